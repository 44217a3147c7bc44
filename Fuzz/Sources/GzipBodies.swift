internal import ContentCoding
internal import EventLoop

/// A compressed body, as clients send it and upstreams may, under each coding's name.
func checkGzipBody(_ input: [UInt8]) {
    for coding in ContentCoding.allCases {
        let whole = Unpacked(coding, input, [input.count])
        for ends in cuts(of: input) {
            requireEqual(Unpacked(coding, input, ends), whole, "a cut body unpacks like a whole one")
        }
    }
}

private struct Unpacked: Equatable {
    private static let limit = 1 << 20

    var output: [UInt8] = []
    var isComplete = false
    var hasFailed = false

    init(_ coding: ContentCoding, _ input: [UInt8], _ ends: [Int]) {
        var decoder = ContentDecoder(coding)
        var source = ByteBuffer()
        source.append(input)
        var unpacked = ByteBuffer()
        var arrived = 0
        for end in ends {
            do throws(ContentDecoder.Failure) {
                while arrived < end {
                    arrived += try decoder.decode(
                        arrived..<end, of: source, into: &unpacked, limit: Unpacked.limit)
                }
            } catch {
                hasFailed = true
                break
            }
        }
        require(unpacked.count <= Unpacked.limit + 1 << 20, "the limit holds, but for one step's output")
        // What came before a failure is dropped with it, and how much that is depends on the cuts.
        guard !hasFailed else { return }
        isComplete = decoder.isComplete
        let bytes = unpacked.bytes
        for index in bytes.indices { output.append(bytes[index]) }
    }
}
