internal import HTTPWire

/// The bytes are a chunked body; then they are the data of one. The first byte's lowest bit chooses small limits.
func checkChunkedBody(_ input: [UInt8]) {
    let input = Optioned(input)
    let limits =
        input.has(0)
        ? ChunkedDecoder.Limits(extensionBytes: 12, trailerBytes: 40) : ChunkedDecoder.Limits()
    let whole = Decoded(input.bytes, [input.bytes.count], limits)
    for ends in cuts(of: input.bytes) {
        requireEqual(Decoded(input.bytes, ends, limits), whole, "a cut body reads like a whole one")
    }
    if let end = whole.end {
        require(whole.data.count < end, "data is less than what carries it")
        // What follows the body is left alone.
        let more = input.bytes[..<end] + Array("GET / HTTP/1.1\r\n".utf8)
        requireEqual(Decoded(Array(more), [more.count], limits).end, end, "the next message is not touched")
    }
    checkEncoded(input.bytes)
}

private struct Decoded: Equatable {
    var data: [UInt8] = []
    /// How many bytes the body took, once it is complete.
    var end: Int?
    var error: ChunkError?

    init(_ input: [UInt8], _ ends: [Int], _ limits: ChunkedDecoder.Limits) {
        var decoder = ChunkedDecoder(limits: limits)
        var dropped = 0
        var unread: [UInt8] = []
        var arrived = 0
        for stop in ends {
            unread += input[arrived..<stop]
            arrived = stop
            var position = 0
            do throws(ChunkError) {
                reading: while true {
                    switch try decoder.next(unread.span, from: &position) {
                    case .data(let range):
                        require(!range.isEmpty, "a run of data has bytes")
                        data += unread[range]
                    case .needMore:
                        requireEqual(position, unread.count, "all was used")
                        break reading
                    case .end:
                        end = dropped + position
                        return
                    }
                }
            } catch {
                self.error = error
                return
            }
            unread.removeFirst(position)
            dropped += position
        }
    }
}

private func checkEncoded(_ data: [UInt8]) {
    var written: [UInt8] = []
    var at = 0
    for end in cuts(of: data).last ?? [] {
        appendChunkHeader(end - at, to: &written)
        written += data[at..<end]
        appendChunkEnd(to: &written)
        at = end
    }
    appendLastChunk(to: &written)
    let read = Decoded(written, [written.count], ChunkedDecoder.Limits())
    requireEqual(read.data, data, "what was written chunked is read again")
    requireEqual(read.end, written.count, "what was written chunked is whole")
}
