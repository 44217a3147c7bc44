internal import EventLoop

@testable internal import Upstream

/// A compressed answer, as an upstream may send it unasked.
func checkGzipBody(_ input: [UInt8]) {
    let whole = Inflated(input, [input.count])
    for ends in cuts(of: input) {
        requireEqual(Inflated(input, ends), whole, "a cut body inflates like a whole one")
    }
}

private struct Inflated: Equatable {
    private static let limit = 1 << 20

    var output: [UInt8] = []
    var isComplete = false
    var hasFailed = false

    init(_ input: [UInt8], _ ends: [Int]) {
        guard var decoder = GzipDecoder.make() else { return }
        var source = ByteBuffer()
        source.append(input)
        var inflated = ByteBuffer()
        var arrived = 0
        for end in ends {
            do throws(GzipDecoder.Failure) {
                try decoder.decode(arrived..<end, of: source, into: &inflated, limit: Inflated.limit)
            } catch {
                hasFailed = true
                break
            }
            arrived = end
        }
        require(inflated.count <= Inflated.limit + 16 << 10, "the limit holds, but for one step's output")
        // What came before a failure is dropped with it, and how much that is depends on the cuts.
        guard !hasFailed else { return }
        isComplete = decoder.isComplete
        let bytes = inflated.bytes
        for index in bytes.indices { output.append(bytes[index]) }
    }
}
