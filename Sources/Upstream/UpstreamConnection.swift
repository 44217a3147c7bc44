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
    private let ticket: CurlTicket
    private let reactor: Reactor
    private let isPlain: Bool
    /// Nothing stands between us and the upstream's socket, so bytes go to it without libcurl, which adds a walk through
    /// its list of connections to each call (docs/decisions/0008).
    private let isDirect: Bool

    init(ticket: CurlTicket, watch: Watch, origin: UpstreamOrigin, reactor: Reactor, isDirect: Bool) {
        self.ticket = ticket
        self.watch = watch
        self.origin = origin
        self.reactor = reactor
        self.isDirect = isDirect
        isPlain = origin.target.origin.scheme == .http
        // What came with the handshake may already wait inside libcurl, where epoll does not see it.
        watch.readable = true
    }

    deinit {
        reactor.unwatch(watch, closing: true)
    }

    func send(_ buffer: borrowing ByteBuffer, from offset: Int) -> Socket.Transfer {
        if isDirect { return watch.send(buffer, from: offset) }
        let transfer = ticket.send(buffer, from: offset)
        if transfer == .wouldBlock { watch.writable = false }
        return transfer
    }

    /// Receives once into `inbound`.
    func receive() -> Socket.Transfer {
        if isDirect {
            let transfer = watch.receive(into: &inbound, atLeast: UpstreamConnection.readBytes)
            // Whoever waits holds no buffer.
            if transfer == .wouldBlock { inbound.releaseIfLarge(0) }
            return transfer
        }
        // Saves a system call after each request. Not for TLS: it may have to be called again when there is room to write.
        if isPlain, !watch.readable { return .wouldBlock }
        let (transfer, filled) = ticket.receive(into: &inbound, room: UpstreamConnection.readBytes)
        switch transfer {
        case .wouldBlock:
            watch.readable = false
            // Whoever waits holds no buffer.
            inbound.releaseIfLarge(0)
        // A plain socket that gave less than there was room for is empty; TLS may hold a decoded rest.
        case .moved where isPlain && !filled && !watch.hungUp: watch.readable = false
        default: break
        }
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
        guard !watch.hungUp, inbound.isEmpty else { return false }
        if !reactor.hasLooked(since: restedInTurn) { watch.readable = true }
        guard watch.readable else { return true }
        return receive() == .wouldBlock
    }
}

// Borrowing the buffer for one call keeps the life of its span as short as the call.
extension ResponseParser {
    fileprivate mutating func parse(_ buffer: borrowing ByteBuffer) throws(ResponseFault) -> ResponseHead? {
        try parse(buffer.bytes, answering: .post)
    }
}
