package import EventLoop
package import HTTPWire
package import Model

/// One request and its answer. Loop-owned; valid until `RequestHandler.respond(to:)` returns, and what it tells of its
/// answer until the end of that turn.
package final class ServerExchange {
    package let head: RequestHead
    package let startedAt: LoopTime
    private let connection: ServerConnection
    /// The connection's; asked several times a request, which by way of two other objects is dear.
    private let client: Watch
    private var bodyState = BodyState.unread
    private var answerState = AnswerState.none
    private var closeAfter: Bool
    /// What the connection had counted when the answer was left to the end of the turn; see `timesEmptied`.
    private var queuedAfter: Int?
    /// The answer goes without its body (RFC 9110 §9.3.2, §15.3.5, §15.4.5).
    private var dropsBody = false

    private enum BodyState {
        case unread
        case read
        /// It cannot be read to its end, so the connection cannot be used again.
        case abandoned
    }

    private enum AnswerState: Equatable {
        case none
        /// A length was announced; so many bytes of it are still to come. Negative when there were too many.
        case sized(left: Int)
        case streaming
        case done
    }

    init(head: RequestHead, connection: ServerConnection) {
        self.head = head
        self.connection = connection
        client = connection.client
        startedAt = connection.reactor.now
        closeAfter = !head.keepAlive
        switch head.framing {
        case .none, .length(0): bodyState = .read
        case .length, .chunked, .untilClose: break
        }
    }

    /// Where this request's task waits; it also knows whether the client is still there.
    package var waiter: Waiter { connection.waiter }
    package var isDraining: Bool { connection.server.isDraining }
    /// A status line has been written or queued, so another answer is no longer possible.
    package var hasAnswered: Bool { answerState != .none }
    package var isClientGone: Bool { connection.isBroken || client.hungUp }
    /// Where the connection comes from: the client, or a proxy in front of the gateway.
    package var clientAddress: IPAddress { connection.address }
    /// Whose connection it is, as far as limits go.
    package var clientNetwork: ClientNetwork { connection.network }
    /// A request on this connection has come with the right key: set by who has compared it.
    package var hasShownKey: Bool {
        get { connection.hasShownKey }
        set { connection.hasShownKey = newValue }
    }
    /// The other end, looked up on demand.
    package var peer: PeerAddress? { PeerAddress(descriptor: connection.descriptor) }

    package enum BodyError: Error, Equatable {
        /// - Parameter limitBytes: the largest body taken.
        case tooLarge(limitBytes: Int)
        case timedOut
        case malformedChunk
        /// The client left; nobody is there to answer.
        case clientGone
    }

    /// The whole body, when it has come with the head: then nobody has to wait. Else `nil`, and ``readBody()`` reads it.
    package func bodyAtHand() -> ByteBuffer? {
        guard case .unread = bodyState, case .length(let length) = head.framing, length <= connection.inbound.count,
            length <= connection.limits.requestBodyBytes
        else { return nil }
        bodyState = .read
        return connection.takeBody(length: length)
    }

    /// Reads the whole body. Sends `100 Continue` first when the client waits for it: call it once the head has passed
    /// every check, because that is the client's sign to start sending (RFC 9110 §10.1.1).
    package func readBody() async throws(BodyError) -> ByteBuffer {
        guard case .unread = bodyState else { return ByteBuffer() }
        let limit = connection.limits.requestBodyBytes
        bodyState = .abandoned
        if case .length(let length) = head.framing, length > limit { throw .tooLarge(limitBytes: limit) }
        if head.expectsContinue, head.minorVersion == 1, connection.inbound.isEmpty {
            guard await connection.sendContinue() else { throw .clientGone }
        }
        do throws(ServerConnection.BodyFailure) {
            let body: ByteBuffer
            switch head.framing {
            case .length(let length): body = try await connection.readBody(length: length)
            case .chunked: body = try await connection.readChunkedBody(limit: limit)
            case .none, .untilClose: body = ByteBuffer()
            }
            bodyState = .read
            return body
        } catch {
            switch error {
            case .tooLarge: throw .tooLarge(limitBytes: limit)
            case .timedOut: throw .timedOut
            case .malformed: throw .malformedChunk
            case .cut:
                connection.breakOff()
                throw .clientGone
            }
        }
    }

    // MARK: answering

    /// Answers with a whole body.
    package func answer(status: Int, fields: borrowing ResponseFields, body: Span<UInt8>) async {
        startAnswer(status: status, fields: fields, length: body.count)
        append(body)
        await finishAnswer()
    }

    package func answer(status: Int, fields: borrowing ResponseFields, body: [UInt8]) async {
        startAnswer(status: status, fields: fields, length: body.count)
        append(body.span)
        await finishAnswer()
    }

    /// Starts an answer of `length` bytes, to be given by `append` and ended by `finishAnswer`. To HEAD, and with a
    /// status that has no body (204, 304), what is given is dropped.
    package func startAnswer(status: Int, fields: borrowing ResponseFields, length: Int) {
        guard mayBegin() else { return }
        let isBodyless = status == 204 || status == 304
        connection.startAnswer(
            status: status, minorVersion: head.minorVersion, fields: fields, close: closeAfter,
            length: isBodyless ? -1 : length)
        dropsBody = isHead || isBodyless
        answerState = .sized(left: length)
    }

    /// One answer to one request. A second one is a mistake of ours, and one request's: it ends this connection, so that
    /// what has been sent does not look whole, and nobody else's.
    private func mayBegin() -> Bool {
        guard answerState == .none else {
            cutStream()
            connection.server.handler.note(mistake: "a second answer to one request was begun")
            return false
        }
        decideWhetherToClose()
        return true
    }

    package func append(_ bytes: Span<UInt8>) {
        guard case .sized(let left) = answerState, !dropsBody else { return }
        answerState = .sized(left: left - bytes.count)
        if bytes.count <= left { connection.outbound.append(bytes) }
    }

    /// Sends what was given so far, for an answer too large to be held as a whole. `false` when the client is gone.
    package func flush() async -> Bool {
        await connection.flush()
    }

    /// Has the answer sent at the end of the loop's turn; nobody need wait for that. `false`: ``finishAnswer()`` has to
    /// send it.
    package func finishAnswerAtTurnEnd() -> Bool {
        // A turn with little to do sends at once, so the count is taken before.
        let count = connection.timesEmptied
        guard case .sized(let left) = answerState, left == 0 || dropsBody, !closeAfter, connection.flushAtTurnEnd()
        else { return false }
        answerState = .done
        queuedAfter = count
        return true
    }

    /// An answer that was left to the end of the turn could not be sent: the client is gone. Known after those writes.
    package var failedToLeave: Bool { queuedAfter == connection.timesEmptied && connection.isBroken }

    /// Sends the answer. One that does not have the length announced would shift every answer after it, so it ends the
    /// connection instead.
    package func finishAnswer() async {
        guard case .sized(let left) = answerState else { return }
        answerState = .done
        if left != 0, !dropsBody {
            connection.breakOff()
        } else {
            _ = await connection.flush()
        }
    }

    /// Starts an answer whose length is not known. Its head leaves with the first `send`.
    package func startStream(status: Int, fields: borrowing ResponseFields) {
        guard mayBegin() else { return }
        if head.minorVersion == 0 { closeAfter = true }
        connection.startAnswer(
            status: status, minorVersion: head.minorVersion, fields: fields, close: closeAfter, length: nil)
        answerState = .streaming
        // A stream may last for an hour; a pipelined request is the only thing that needs the room meanwhile.
        if connection.inbound.isEmpty { connection.inbound.releaseIfLarge(0) }
    }

    /// Sends one piece of a stream, together with what is still unsent. `false` when the client is gone.
    package func send(_ bytes: Span<UInt8>) async -> Bool {
        guard answerState == .streaming, !isHead else { return await connection.flush() }
        if !bytes.isEmpty {
            appendChunk(bytes)
        }
        return await connection.flush()
    }

    /// Ends a stream properly, so that the client can tell it from a cut one. `last` leaves with the same write.
    package func finishStream(_ last: Span<UInt8> = Span()) async {
        guard answerState == .streaming else { return }
        answerState = .done
        if !last.isEmpty, !isHead { appendChunk(last) }
        if head.minorVersion == 1, !isHead { connection.outbound.append("0\r\n\r\n") }
        _ = await connection.flush()
    }

    /// Ends a stream that cannot be completed by closing the connection without its last chunk. HTTP/1.0 knows no
    /// chunks, so there the connection is reset.
    package func cutStream() {
        answerState = .done
        if head.minorVersion == 0 {
            connection.reset()
        } else {
            connection.breakOff()
        }
    }

    private var isHead: Bool { head.method == .head }

    private func appendChunk(_ bytes: Span<UInt8>) {
        guard head.minorVersion == 1 else {
            connection.outbound.append(bytes)
            return
        }
        connection.outbound.append(hexadecimal: bytes.count)
        connection.outbound.append("\r\n")
        connection.outbound.append(bytes)
        connection.outbound.append("\r\n")
    }

    /// The connection is where the next request starts: there is nothing left to ``complete()``.
    var isSettled: Bool {
        guard case .read = bodyState else { return false }
        return answerState == .done && !closeAfter && !connection.isBroken
    }

    /// Brings the connection to where the next request starts. `false` when it cannot be used again.
    func complete() async -> Bool {
        guard !connection.isBroken, answerState == .done else {
            // What there is of an answer nobody finished must not look like one.
            connection.breakOff()
            return false
        }
        if case .unread = bodyState { _ = try? await readBody() }
        if case .read = bodyState, !closeAfter { return true }
        await connection.lingerAndClose()
        return false
    }

    /// A body that nobody read is read and dropped when it is short; else the connection has to go.
    private func decideWhetherToClose() {
        if isDraining { closeAfter = true }
        if case .unread = bodyState {
            let isShort =
                if case .length(let length) = head.framing {
                    length <= min(64 << 10, connection.limits.requestBodyBytes)
                } else { false }
            if !isShort || head.expectsContinue || closeAfter { bodyState = .abandoned }
        }
        if case .abandoned = bodyState { closeAfter = true }
    }
}
