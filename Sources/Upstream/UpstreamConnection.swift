internal import EventLoop
internal import HTTPWire
internal import Model

/// One open connection to an upstream, in use or at rest in a pool. Loop-owned; closes when it goes.
final class UpstreamConnection {
    /// The most that one call of `curl_easy_recv` gives: it never fills more than `CURLOPT_BUFFERSIZE`.
    static let readBytes = 16 << 10

    let origin: UpstreamOrigin
    let watch: Watch
    var inbound = ByteBuffer()
    /// When it came to rest.
    private(set) var restedAt = LoopTime.never
    /// The loop's turn in which it did.
    private(set) var restedInTurn: UInt64 = 0
    private let reactor: Reactor
    private let transport: Transport
    /// What leaves at the end of the turn, or could not leave whole.
    private var request: OutgoingRequest?
    private var isQueued = false
    /// How much of the request has left.
    private(set) var sentBytes = 0

    private enum Transport {
        /// Nothing stands between us and the upstream: its socket is ours, and libcurl has forgotten it
        /// (docs/decisions/0008).
        case direct(Socket)
        /// TLS, or a proxy: libcurl moves the bytes, and closes. `isDirect`: what the kernel does not hold, libcurl does not
        /// hold either, once a whole record has been read.
        case curl(CurlTicket, isDirect: Bool)
    }

    /// A connection whose bytes are libcurl's. Takes `watch` over.
    init(ticket: CurlTicket, isDirect: Bool, watch: Watch, to origin: UpstreamOrigin, on reactor: Reactor) {
        transport = .curl(ticket, isDirect: isDirect)
        self.origin = origin
        self.reactor = reactor
        self.watch = watch
        watch.source = ticket
        // TLS may stand between, be it the upstream's or a proxy's.
        watch.readsAfterWriting = true
        // What came with the handshake may already wait inside libcurl, where epoll does not see it.
        watch.readable = true
    }

    init(socket: Socket, to origin: UpstreamOrigin, on reactor: Reactor) {
        transport = .direct(socket)
        self.origin = origin
        self.reactor = reactor
        watch = socket.watch
    }

    deinit {
        if case .curl = transport { reactor.unwatch(watch, closing: true) }
    }

    func send(_ buffer: borrowing ByteBuffer, from offset: Int, upTo end: Int) -> Socket.Transfer {
        switch transport {
        case .direct: return watch.send(buffer, from: offset, upTo: end)
        case .curl(let ticket, _):
            let transfer = ticket.send(buffer, from: offset, upTo: end)
            if transfer == .wouldBlock { watch.writable = false }
            return transfer
        }
    }

    /// The same for `start` from `offset` on and what follows it in `body`, or the first part of that.
    func send(
        _ start: borrowing ByteBuffer, from offset: Int, then rest: Range<Int>, of body: borrowing ByteBuffer
    ) -> Socket.Transfer {
        switch transport {
        case .direct: watch.send(start, from: offset, then: rest, of: body)
        case .curl: send(start, from: offset, upTo: start.count)
        }
    }

    /// Sends `request` at the end of the turn, as far as it goes.
    func sendAtTurnEnd(_ request: OutgoingRequest) {
        self.request = request
        sentBytes = 0
        isQueued = true
        reactor.writeAtTurnEnd(self)
    }

    /// Not all of the request has left.
    var hasRequest: Bool { request != nil }

    /// Not all of it could leave at the end of its turn.
    var isStuck: Bool { hasRequest && !isQueued }

    /// What has not left yet is somebody else's to send, or nobody's.
    func forgetRequest() { request = nil }

    /// Receives once into `inbound`.
    func receive() -> Socket.Transfer {
        let transfer = watch.receive(into: &inbound, atLeast: UpstreamConnection.readBytes)
        // Whoever waits holds no buffer.
        if transfer == .wouldBlock { inbound.releaseIfLarge(0) }
        return transfer
    }

    /// The next head in `inbound`, interim ones included; its bytes stay there.
    func parseHead(with parser: inout ResponseParser) throws(ResponseFault) -> ResponseHead? {
        guard !inbound.isEmpty else { return nil }
        return try parser.parse(inbound)
    }

    func rest() {
        (restedAt, restedInTurn) = (reactor.now, reactor.turns)
    }

    /// Whether a connection at rest may carry another request: nothing unasked has arrived and nobody has hung up.
    ///
    /// Unasked bytes would be taken for the next answer, which belongs to another client. What had come when this turn
    /// began, events have told; one that came to rest within it is looked at. A TLS session ticket also makes the socket
    /// readable; reading tells the two apart.
    var isStillClean: Bool {
        guard !watch.hungUp, inbound.isEmpty, !watch.hasReadAhead else { return false }
        if !reactor.hasLooked(since: restedInTurn) { watch.readable = true }
        guard watch.readable else { return true }
        // Most often the socket is empty; to see that costs a tenth of what a read through TLS does.
        if case .curl(_, isDirect: true) = transport, watch.hasNothingToRead {
            watch.readable = false
            return true
        }
        return receive() == .wouldBlock
    }
}

extension UpstreamConnection: TurnEndWriter {
    func writeAtTurnEnd() {
        isQueued = false
        guard let request else { return }
        sentBytes = request.sendAtOnce(over: self)
        if sentBytes == request.count {
            self.request = nil
        } else {
            watch.waiter?.wake()
        }
    }
}

// Borrowing the buffer for one call keeps the life of its span as short as the call.
extension ResponseParser {
    fileprivate mutating func parse(_ buffer: borrowing ByteBuffer) throws(ResponseFault) -> ResponseHead? {
        try parse(buffer.bytes, answering: .post)
    }
}
