package import EventLoop

/// The client's body while requests are made of it. Loop-owned.
package final class RequestBody {
    package private(set) var bytes: ByteBuffer

    package init(_ bytes: consuming ByteBuffer) {
        self.bytes = bytes
    }

    package var count: Int { bytes.count }

    /// Gives its memory back: no further request will be made of it.
    package func release() {
        bytes.removeAll()
        bytes.releaseIfLarge(0)
    }
}

/// A whole HTTP/1.1 request as it goes over the wire. Loop-owned.
///
/// What follows the last change in a large body stays where it is, so that it is copied once less on its way.
package final class OutgoingRequest {
    /// The head and the beginning of the body.
    package private(set) var start: ByteBuffer
    /// The part of `body` that follows it.
    private let rest: Range<Int>
    private let body: RequestBody?

    package init(_ whole: consuming ByteBuffer) {
        start = whole
        (rest, body) = (0..<0, nil)
    }

    /// - Parameter rest: inside of `body`.
    package init(_ start: consuming ByteBuffer, then rest: Range<Int>, of body: RequestBody) {
        self.start = start
        self.rest = rest
        self.body = rest.isEmpty ? nil : body
    }

    package var count: Int { start.count + rest.count }

    /// Gives its memory back, once an answer has come.
    func release() {
        start.removeAll()
        start.releaseIfLarge(0)
    }

    /// Sends what follows the first `sent` bytes, as far as the connection takes it at once.
    func send(over connection: UpstreamConnection, from sent: Int) -> Socket.Transfer {
        guard let body else {
            return sent < start.count ? connection.send(start, from: sent, upTo: start.count) : .moved(0)
        }
        if sent < start.count { return connection.send(start, from: sent, then: rest, of: body.bytes) }
        return connection.send(body.bytes, from: rest.lowerBound + sent - start.count, upTo: rest.upperBound)
    }

    /// Sends from the start as much as the connection takes without waiting.
    ///
    /// - Returns: how many bytes that is.
    func sendAtOnce(over connection: UpstreamConnection) -> Int {
        var sent = 0
        while sent < count, case .moved(let count) = send(over: connection, from: sent) { sent += count }
        return sent
    }

    /// Everything in one piece, for the log.
    package var whole: ByteBuffer {
        var whole = ByteBuffer()
        whole.append(start)
        if let body { whole.append(rest, of: body.bytes) }
        return whole
    }
}
