internal import EventLoop
internal import HTTPWire
internal import Model

/// One client connection: reads a request, has it answered, and so on until either side has enough. Loop-owned.
///
/// Requests that the client pipelines wait in `inbound` and are answered one at a time, in order.
final class ServerConnection {
    let server: HTTPServer
    let waiter: Waiter
    private let socket: Socket
    let address: IPAddress
    let network: ClientNetwork
    /// A request has come with the right key.
    var hasShownKey = false
    var inbound = ByteBuffer()
    var outbound = ByteBuffer()
    private var parser: RequestParser
    private(set) var isBroken = false
    /// How often all that `outbound` held has left: by it an answer is known to have done so.
    private(set) var timesEmptied = 0
    /// `outbound` is sent at the end of the turn.
    private var isQueued = false
    /// Requests, reads and writes since this connection last let others have the loop, which was in that turn.
    private var steps = 0
    private var turnOfSteps: UInt64 = 0

    init(socket: Socket, of address: IPAddress, server: HTTPServer) {
        self.socket = socket
        self.address = address
        network = ClientNetwork(address)
        self.server = server
        waiter = Waiter(on: server.reactor)
        waiter.client = socket.watch
        socket.watch.waiter = waiter
        parser = RequestParser(limits: server.limits.head)
    }

    var limits: ServerLimits { server.limits }
    var reactor: Reactor { server.reactor }
    var client: Watch { socket.watch }
    var descriptor: Int32 { client.descriptor }

    func run() async {
        while let head = await nextHead() {
            if isTurnOver() { await waiter.yield() }
            let exchange = ServerExchange(head: head, connection: self)
            await server.handler.respond(to: exchange)
            if !exchange.isSettled, await !exchange.complete() { break }
            if server.isDraining, inbound.isEmpty { break }
        }
        if !outbound.isEmpty { _ = await flush() }
        end()
    }

    /// Answers a client that the server has no place for, whatever it asks.
    func turnAway(_ reason: TurnAwayReason) async {
        let body = reason.body
        var fields = ResponseFields()
        server.handler.addFields(toRefusal: &fields)
        fields.add("Content-Type", "application/json" as StaticString)
        fields.add("Retry-After", "1" as StaticString)
        startAnswer(status: 503, minorVersion: 1, fields: fields, close: true, length: body.utf8CodeUnitCount)
        outbound.append(body)
        if await flush() { await lingerAndClose() }
        end()
    }

    private func end() {
        waiter.retire()
        socket.close()
    }

    /// Counts a step. `true` after 16 of them (1 MiB at most): a client that is always ready must not starve the rest.
    private func isTurnOver() -> Bool {
        countStep()
        guard steps >= 16 else { return false }
        steps = 0
        return true
    }

    private func countStep() {
        // Who had to wait has let the others go first.
        if turnOfSteps != reactor.turns { (turnOfSteps, steps) = (reactor.turns, 0) }
        steps += 1
    }

    // MARK: reading a head

    /// `nil` when the connection is over: closed, idle for too long, or refused.
    private func nextHead() async -> RequestHead? {
        parser.reset()
        var deadline = reactor.now + limits.idleTime
        var hasStarted = false
        while !isBroken {
            do throws(RequestRejection) {
                if let head = try parseHead() {
                    // A client that does not wait for an answer gets it before its next request can go wrong.
                    if !outbound.isEmpty, await !flush() { return nil }
                    return head
                }
            } catch {
                await refuse(error)
                return nil
            }
            if !outbound.isEmpty, !isQueued, await !flush() { return nil }
            if parser.hasStarted, !hasStarted {
                hasStarted = true
                deadline = reactor.now + limits.headerTime
            }
            switch socket.read(into: &inbound, atLeast: 4096) {
            case .moved:
                if isTurnOver() { await waiter.yield() }
                continue
            case .ended, .failed: return nil
            case .wouldBlock: break
            }
            if server.isDraining, !hasStarted { return nil }
            if inbound.isEmpty { inbound.releaseIfLarge(0) }
            if reactor.now >= deadline {
                if hasStarted { await refuse(RequestRejection(.timeout)) }
                return nil
            }
            await waiter.wait(until: deadline)
        }
        return nil
    }

    private func parseHead() throws(RequestRejection) -> RequestHead? {
        guard !inbound.isEmpty else { return nil }
        let head = try parser.parse(inbound)
        if head != nil { inbound.consume(parser.consumedBytes) }
        return head
    }

    /// Answers bytes that are no acceptable request and ends the connection; what follows them is never looked at.
    private func refuse(_ rejection: RequestRejection) async {
        let body = server.handler.body(refusing: rejection)
        var fields = ResponseFields()
        server.handler.addFields(toRefusal: &fields)
        fields.add("Content-Type", "application/json")
        if rejection.reason == .methodNotAllowed {
            // RFC 9110 §15.5.6 asks for it.
            fields.add("Allow", Method.allCases.map(\.rawValue).joined(separator: ", "))
        }
        startAnswer(status: rejection.status, minorVersion: 1, fields: fields, close: true, length: body.count)
        outbound.append(body)
        _ = await flush()
        await lingerAndClose()
    }

    // MARK: reading a body

    enum BodyFailure: Error {
        case tooLarge
        case timedOut
        /// The client went away, or ended its side in the middle.
        case cut
        case malformed(ChunkError)
    }

    /// Reads more of the request. Typed by what the caller can do about it.
    private func readMore(atLeast room: Int) async throws(BodyFailure) {
        let deadline = reactor.now + limits.bodyTime
        while true {
            switch socket.read(into: &inbound, atLeast: room) {
            case .moved:
                if isTurnOver() { await waiter.yield() }
                return
            case .ended, .failed: throw .cut
            case .wouldBlock:
                if reactor.now >= deadline { throw .timedOut }
                await waiter.wait(until: deadline)
            }
        }
    }

    /// What has come of a body of `length` bytes, in a buffer of its own.
    func takeBody(length: Int) -> ByteBuffer {
        var body = ByteBuffer()
        // Room that is not written to costs address space only, so a promise may be believed this far: a body of usual
        // size is then never moved while it grows.
        body.reserve(min(length, 256 << 10))
        body.append(0..<min(length, inbound.count), of: inbound)
        inbound.consume(length)
        return body
    }

    /// Reads a body of `length` bytes into a buffer of its own.
    func readBody(length: Int) async throws(BodyFailure) -> ByteBuffer {
        var body = takeBody(length: length)
        while body.count < length {
            try await readInto(&body, upTo: length - body.count)
        }
        return body
    }

    private func readInto(_ body: inout ByteBuffer, upTo wanted: Int) async throws(BodyFailure) {
        let deadline = reactor.now + limits.bodyTime
        while true {
            // The room is what the peer has earned by sending, not what its Content-Length promised.
            switch socket.read(into: &body, atLeast: min(wanted, 64 << 10)) {
            case .moved(let count):
                if count > wanted {
                    inbound.append(body.count - (count - wanted)..<body.count, of: body)
                    body.truncate(to: body.count - (count - wanted))
                }
                if isTurnOver() { await waiter.yield() }
                return
            case .ended, .failed: throw .cut
            case .wouldBlock:
                if reactor.now >= deadline { throw .timedOut }
                await waiter.wait(until: deadline)
            }
        }
    }

    /// Reads a chunked body; its trailers are checked and dropped (RFC 9110 §6.5.1).
    func readChunkedBody(limit: Int) async throws(BodyFailure) -> ByteBuffer {
        var decoder = ChunkedDecoder()
        var body = ByteBuffer()
        while true {
            var position = 0
            var ended = false
            do throws(ChunkError) {
                steps: while true {
                    switch try decoder.next(in: inbound, from: &position) {
                    case .data(let range): body.append(range, of: inbound)
                    case .needMore: break steps
                    case .end:
                        ended = true
                        break steps
                    }
                }
            } catch {
                throw .malformed(error)
            }
            inbound.consume(position)
            if body.count > limit { throw .tooLarge }
            if ended { return body }
            try await readMore(atLeast: 16 << 10)
        }
    }

    /// `false` when the client is gone.
    func sendContinue() async -> Bool {
        outbound.append("HTTP/1.1 100 Continue\r\n\r\n")
        return await flush()
    }

    // MARK: writing

    /// Writes a status line and fields to `outbound`.
    ///
    /// - Parameter length: of the body; `nil` means chunked in HTTP/1.1, until close in HTTP/1.0; −1 means that an
    ///   answer of this kind has neither body nor length (204).
    func startAnswer(status: Int, minorVersion: Int, fields: borrowing ResponseFields, close: Bool, length: Int?) {
        // One block for head and body of a usual answer.
        outbound.reserve(fields.wire.count + 192 + min(max(0, length ?? 0), 16 << 10))
        // Nearly every answer's.
        if status == 200 {
            outbound.append("HTTP/1.1 200 OK")
        } else {
            outbound.append("HTTP/1.1 ")
            outbound.append(decimal: status)
            outbound.append(byte: UInt8(ascii: " "))
            outbound.append(reasonPhrase(status))
        }
        outbound.append(server.dateLine)
        outbound.append(fields.wire)
        if let length {
            if length >= 0 {
                outbound.append("Content-Length: ")
                outbound.append(decimal: length)
                outbound.append("\r\n")
            }
        } else if minorVersion == 1 {
            outbound.append("Transfer-Encoding: chunked\r\n")
        }
        if close {
            outbound.append("Connection: close\r\n")
        } else if minorVersion == 0 {
            outbound.append("Connection: keep-alive\r\n")
        }
        outbound.append("\r\n")
    }

    /// Has what `outbound` holds sent at the end of the turn. What does not leave then is sent before the next request is
    /// read. `false`: the connection is broken.
    func flushAtTurnEnd() -> Bool {
        guard !isBroken else { return false }
        countStep()
        if !isQueued {
            isQueued = true
            reactor.writeAtTurnEnd(self)
        }
        return true
    }

    /// A stream's chunk fits into what stays; an answer's buffer goes, since its connection may idle.
    private static let keptOutboundBytes = 512

    /// Sends what `outbound` holds. `false` when the client is gone or took nothing for the time allowed.
    func flush() async -> Bool {
        guard !isBroken else {
            outbound.removeAll()
            return false
        }
        var deadline = reactor.now + limits.writeTime
        while !outbound.isEmpty {
            switch socket.write(from: &outbound) {
            case .moved:
                if isTurnOver() { await waiter.yield() }
                deadline = reactor.now + limits.writeTime
            case .wouldBlock:
                // A client that only ended its side may still read; one that is gone makes the write fail.
                if reactor.now >= deadline { return breakOff() }
                await waiter.wait(until: deadline)
            case .ended, .failed: return breakOff()
            }
        }
        hasEmptied()
        return true
    }

    private func hasEmptied() {
        timesEmptied += 1
        outbound.releaseIfLarge(ServerConnection.keptOutboundBytes)
    }

    /// Breaks off so that the client sees an error and no end of file: for a body that only the end delimits.
    func reset() {
        socket.resetOnClose()
        breakOff()
    }

    /// Forgets what is unsent and marks the connection unusable.
    @discardableResult
    func breakOff() -> Bool {
        isBroken = true
        outbound.removeAll()
        outbound.releaseIfLarge()
        return false
    }

    /// Lets a client that is still sending read our answer before the connection goes (RFC 9112 §9.6): ends our side and
    /// discards what comes, for 2 s or 1 MiB.
    func lingerAndClose() async {
        guard !isBroken else { return }
        socket.endWriting()
        let deadline = reactor.now + .seconds(2)
        var left = 1 << 20
        inbound.removeAll()
        while left > 0, reactor.now < deadline {
            switch socket.read(into: &inbound, atLeast: 16 << 10) {
            case .moved(let count):
                left -= count
                inbound.removeAll()
            case .ended, .failed: return
            case .wouldBlock: await waiter.wait(until: deadline)
            }
        }
    }
}

/// Why a client gets no place.
enum TurnAwayReason {
    case gatewayIsFull
    case addressHasTooMany

    fileprivate var body: StaticString {
        switch self {
        case .gatewayIsFull:
            """
            {"error":{"message":"The gateway has too many open connections.","type":"server_error","param":null,\
            "code":"too_many_connections"}}
            """
        case .addressHasTooMany:
            """
            {"error":{"message":"There are too many open connections from this address \
            (general_settings.max_connections_per_address).","type":"server_error","param":null,\
            "code":"too_many_connections"}}
            """
        }
    }
}

extension ServerConnection: TurnEndWriter {
    func writeAtTurnEnd() {
        isQueued = false
        guard !isBroken, !outbound.isEmpty else { return }
        switch socket.write(from: &outbound) {
        case .moved where outbound.isEmpty: return hasEmptied()
        case .moved, .wouldBlock: break
        case .ended, .failed: breakOff()
        }
        waiter.wake()
    }
}

// The parsers read spans; borrowing the buffer for one call keeps the span's life as short as the call.
extension RequestParser {
    fileprivate mutating func parse(_ buffer: borrowing ByteBuffer) throws(RequestRejection) -> RequestHead? {
        try parse(buffer.bytes)
    }
}

extension ChunkedDecoder {
    fileprivate mutating func next(
        in buffer: borrowing ByteBuffer, from position: inout Int
    ) throws(ChunkError) -> Step {
        try next(buffer.bytes, from: &position)
    }
}
