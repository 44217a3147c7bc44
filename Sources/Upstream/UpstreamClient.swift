package import EventLoop
internal import HTTPWire

/// Sends requests to upstreams over pooled connections. One per loop; loop-owned.
package final class UpstreamClient {
    let reactor: Reactor
    let settings: TransportSettings
    let pool: ConnectionPool
    let connector: Connector

    package init(on reactor: Reactor, settings: TransportSettings) {
        self.reactor = reactor
        self.settings = settings
        pool = ConnectionPool(on: reactor, settings: settings)
        connector = Connector(on: reactor, settings: settings)
    }

    package func origin(of target: UpstreamTarget) -> UpstreamOrigin { pool.origin(of: target) }

    package var restingConnections: Int { pool.count }

    /// When an exchange is given up. Absolute times, but for `idle`.
    package struct Deadlines: Sendable {
        /// The first byte of the answer must have come.
        package var firstByte: LoopTime
        /// The longest silence between two bytes of the answer.
        package var idle: Duration
        /// The last byte must have come.
        package var whole: LoopTime

        package init(firstByte: LoopTime, idle: Duration, whole: LoopTime) {
            self.firstByte = firstByte
            self.idle = idle
            self.whole = whole
        }
    }

    /// What to do while the answer's head does not come: a client may be waiting for a sign of life.
    package struct Pulse {
        let interval: Duration
        let beat: () async -> Bool

        /// - Parameter beat: called after every `interval` of silence; `false` gives the exchange up.
        package init(every interval: Duration, beat: @escaping () async -> Bool) {
            self.interval = interval
            self.beat = beat
        }
    }

    /// Sends `request`, of a method other than HEAD, and returns once the answer's head is there.
    ///
    /// A pooled connection that fails before the first byte of an answer was closed by the upstream while it rested:
    /// the request is sent once more on a new connection, which no caller needs to know.
    package func send(
        _ request: OutgoingRequest, to origin: UpstreamOrigin, deadlines: Deadlines, waiter: Waiter,
        pulse: Pulse? = nil
    ) async throws(UpstreamError) -> UpstreamAnswer {
        if let connection = pool.take(from: origin) {
            do throws(UpstreamError) {
                return try await exchange(request, over: connection, deadlines: deadlines, waiter: waiter, pulse: pulse)
            } catch {
                guard error == .closedBeforeAnswer else { throw error }
            }
        }
        let connection = try await connector.connect(
            to: origin, waiter: waiter, deadline: min(deadlines.firstByte, deadlines.whole))
        return try await exchange(request, over: connection, deadlines: deadlines, waiter: waiter, pulse: pulse)
    }

    private func exchange(
        _ request: OutgoingRequest, over connection: UpstreamConnection, deadlines: Deadlines, waiter: Waiter,
        pulse: Pulse?
    ) async throws(UpstreamError) -> UpstreamAnswer {
        connection.watch.waiter = waiter
        let reader = AnswerHeadReader()
        connection.sendAtTurnEnd(request)
        defer { connection.forgetRequest() }
        let head = try await readHead(
            of: request, over: connection, answer: reader, deadlines: deadlines, waiter: waiter, pulse: pulse)
        // An upstream that speaks before it is asked may have ended this exchange before it began.
        let isSent = reader.hasWholeRequest && !connection.hasRequest
        request.release()
        return UpstreamAnswer(
            head: head, connection: connection, client: self, deadlines: deadlines, waiter: waiter, isSent: isSent)
    }

    /// What an upstream may say before it has read everything is kept at most so far, in bytes.
    private static let earlyBytes = 256 << 10

    /// Sends what the end of the turn could not, and listens meanwhile: an upstream may refuse a request before it has read
    /// all (RFC 9112 §9.5).
    ///
    /// Interim answers and the beginning of a success do not stop it.
    ///
    /// - Returns: `false` when the answer came, or the connection ended behind it, before everything was sent.
    private func transmit(
        _ request: OutgoingRequest, over connection: UpstreamConnection, answer reader: AnswerHeadReader,
        deadlines: Deadlines, waiter: Waiter
    ) async throws(UpstreamError) -> Bool {
        var sent = connection.sentBytes
        let end = min(deadlines.firstByte, deadlines.whole)
        while sent < request.count {
            switch request.send(over: connection, from: sent) {
            case .moved(let count):
                sent += count
                continue
            case .ended, .failed:
                // It may have answered and closed without reading on; then its answer is still to be had.
                while reader.head == nil {
                    guard case .moved = connection.receive() else { throw reader.endOfConnection }
                    try reader.advance(over: connection)
                }
                return false
            case .wouldBlock: break
            }
            if connection.inbound.count < UpstreamClient.earlyBytes {
                switch connection.receive() {
                case .moved:
                    try reader.advance(over: connection)
                    if let head = reader.head, head.status >= 300 { return false }
                    continue
                case .ended, .failed:
                    if reader.head != nil { return false }
                    throw reader.endOfConnection
                case .wouldBlock: break
                }
            }
            if waiter.isCancelled { throw .cancelled }
            if reactor.now >= end { throw .timeout(.send) }
            await waiter.wait(until: end)
        }
        return true
    }

    private func readHead(
        of request: OutgoingRequest, over connection: UpstreamConnection, answer reader: AnswerHeadReader,
        deadlines: Deadlines,
        waiter: Waiter, pulse: Pulse?
    ) async throws(UpstreamError) -> ResponseHead {
        let end = min(deadlines.firstByte, deadlines.whole)
        var nextBeat = pulse.map { reactor.now + $0.interval } ?? .never
        while true {
            if let head = reader.takeHead() { return head }
            if connection.isStuck {
                connection.forgetRequest()
                reader.hasWholeRequest = try await transmit(
                    request, over: connection, answer: reader, deadlines: deadlines, waiter: waiter)
                continue
            }
            switch connection.receive() {
            case .moved: try reader.advance(over: connection)
            case .ended, .failed: throw reader.endOfConnection
            case .wouldBlock:
                if waiter.isCancelled { throw .cancelled }
                if reactor.now >= end { throw .timeout(reactor.now >= deadlines.firstByte ? .firstByte : .whole) }
                if let pulse, reactor.now >= nextBeat {
                    guard await pulse.beat() else { throw .cancelled }
                    nextBeat = reactor.now + pulse.interval
                    continue
                }
                await waiter.wait(until: min(end, nextBeat))
            }
        }
    }
}
