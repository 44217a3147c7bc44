package import EventLoop

// The same answers, from buffers: borrowing one for a call keeps the life of its span as short as the call.
extension ServerExchange {
    /// Part of `source`; `range` counts from its first unconsumed byte.
    package func append(_ range: Range<Int>, of source: borrowing ByteBuffer) {
        append(source.bytes.extracting(range))
    }

    package func append(_ bytes: [UInt8]) {
        append(bytes.span)
    }

    package func finishStream(_ last: borrowing ByteBuffer) async {
        await finishStream(last.bytes)
    }

    package func send(_ buffer: borrowing ByteBuffer) async -> Bool {
        await send(buffer.bytes)
    }
}
