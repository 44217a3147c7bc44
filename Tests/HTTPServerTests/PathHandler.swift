import EventLoop
import HTTPServer
import HTTPWire
import TestSupport

/// Answers as the path says. Loop-owned.
final class PathHandler: RequestHandler {
    private let seen: Watched<Seen>
    private var isReleased = false
    private var waiters: [Waiter] = []

    init(_ seen: Watched<Seen>) { self.seen = seen }

    func addFields(toRefusal fields: inout ResponseFields) { fields.add("X-Refusal", "yes") }

    func body(refusing rejection: RequestRejection) -> [UInt8] { Array(#"{"refused":"\#(rejection.reason)"}"#.utf8) }

    func note(mistake: StaticString) { seen.update { $0.mistakes.append("\(mistake)") } }

    func release() {
        isReleased = true
        for waiter in waiters { waiter.wake() }
    }

    func respond(to exchange: ServerExchange) async {
        seen.update { $0.requests.append("\(exchange.head.method.rawValue) \(exchange.head.path)") }
        await answer(exchange)
        seen.update { $0.ended += 1 }
    }

    private func answer(_ exchange: ServerExchange) async {
        let number = exchange.head.query.flatMap { Int($0) } ?? 0
        switch exchange.head.path {
        case "/echo": await echo(exchange)
        case "/upload": await upload(exchange)
        case "/refuse": await exchange.answer(status: 401, fields: fields(), body: Array("no key".utf8))
        case "/big": await exchange.answer(status: 200, fields: fields(), body: PathHandler.pattern(number))
        case "/stream": await stream(exchange, pieces: number)
        case "/flood": await flood(exchange)
        case "/hold":
            await hold(exchange)
            if exchange.isClientGone { return seen.update { $0.gone += 1 } }
            await exchange.answer(status: 200, fields: fields(), body: Array("held".utf8))
        case "/hold-stream": await holdStream(exchange)
        case "/cut":
            exchange.startStream(status: 200, fields: fields())
            _ = await exchange.send(Array("part".utf8).span)
            exchange.cutStream()
        case "/silent": break
        case "/stream-then-whole":
            exchange.startStream(status: 200, fields: fields())
            _ = await exchange.send(Array("part".utf8).span)
            await exchange.answer(status: 500, fields: fields(), body: Array("another".utf8))
        case "/stream-twice":
            exchange.startStream(status: 200, fields: fields())
            _ = await exchange.send(Array("part".utf8).span)
            exchange.startStream(status: 200, fields: fields())
            _ = await exchange.send(Array("another".utf8).span)
            await exchange.finishStream(Array("end".utf8).span)
        case "/whole-twice":
            await exchange.answer(status: 200, fields: fields(), body: Array("first".utf8))
            await answerLater(exchange, Array("another".utf8))
        case "/unfinished": exchange.startStream(status: 200, fields: fields())
        case "/unflushed": exchange.startAnswer(status: 200, fields: fields(), length: 3)
        case "/parts":
            exchange.startAnswer(status: 200, fields: fields(), length: number)
            exchange.append(Array("abc".utf8).span)
            exchange.append(Array("def".utf8).span)
            await exchange.finishAnswer()
        case "/empty": await exchange.answer(status: number, fields: fields(), body: Array("not to be sent".utf8))
        case "/peer":
            await exchange.answer(
                status: 200, fields: fields(), body: Array((exchange.peer?.description ?? "none").utf8))
        case "/fields":
            var fields = ResponseFields()
            fields.add("X-Text", "plain")
            fields.add("X-Split", "a\r\nX-Injected: yes")
            fields.add("X-Null", "a\0b")
            fields.add(name: "x bad", value: "name")
            fields.add(name: "x-good", value: "value\tüä")
            fields.add("X-Rejected", decimal: fields.rejectedFields)
            await exchange.answer(status: 200, fields: fields, body: [])
        case "/too-late": await answerTooLate(exchange)
        case "/noted": await answerNoted(exchange, "noted")
        case "/big-later": await answerLater(exchange, PathHandler.pattern(number))
        default: await answerLater(exchange, Array(exchange.head.path.utf8))
        }
    }

    /// As the gateway answers.
    private func answerLater(_ exchange: ServerExchange, _ body: [UInt8]) async {
        exchange.startAnswer(status: 200, fields: fields(), length: body.count)
        exchange.append(body)
        if !exchange.finishAnswerAtTurnEnd() { await exchange.finishAnswer() }
    }

    /// Holds the loop until the client has gone, and tells behind the turn's writes whether the answer left.
    private func answerTooLate(_ exchange: ServerExchange) async {
        seen.update { $0.waiting += 1 }
        _ = seen.wait(.seconds(10)) { $0.hasReset ? true : nil }
        await answerNoted(exchange, "late")
    }

    private func answerNoted(_ exchange: ServerExchange, _ text: String) async {
        await answerLater(exchange, Array(text.utf8))
        exchange.waiter.reactor.writeLastAtTurnEnd(LossNote(of: exchange, in: seen))
    }

    private func fields() -> ResponseFields {
        var fields = ResponseFields()
        fields.add("Content-Type", "text/plain" as StaticString)
        return fields
    }

    /// The body, or what its failure calls for.
    private func echo(_ exchange: ServerExchange) async {
        do throws(ServerExchange.BodyError) {
            let body = try await exchange.readBody()
            let bytes = Array(copying: body.bytes)
            seen.update { $0.bodies.append(bytes) }
            await exchange.answer(status: 200, fields: fields(), body: body.bytes)
        } catch {
            seen.update { $0.failures.append(error) }
            let status =
                switch error {
                case .tooLarge: 413
                case .timedOut: 408
                case .malformedChunk: 400
                case .clientGone: 0
                }
            if status > 0 { await exchange.answer(status: status, fields: fields(), body: Array("\(error)".utf8)) }
        }
    }

    private func upload(_ exchange: ServerExchange) async {
        seen.update { $0.waiting += 1 }
        _ = try? await exchange.readBody()
    }

    private func stream(_ exchange: ServerExchange, pieces: Int) async {
        exchange.startStream(status: 200, fields: fields())
        for number in 0..<pieces {
            guard await exchange.send(Array("piece \(number);".utf8).span) else { return }
        }
        await exchange.finishStream()
    }

    /// Sends as fast as the client takes it, until it does not any more.
    private func flood(_ exchange: ServerExchange) async {
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 10)
        exchange.startStream(status: 200, fields: fields())
        while await exchange.send(piece.span) { seen.update { $0.sentBytes += piece.count } }
    }

    private func holdStream(_ exchange: ServerExchange) async {
        exchange.startStream(status: 200, fields: fields())
        guard await exchange.send(Array("first;".utf8).span) else { return }
        await hold(exchange)
        if exchange.isClientGone { return seen.update { $0.gone += 1 } }
        guard await exchange.send(Array("last;".utf8).span) else { return }
        await exchange.finishStream()
    }

    /// Waits for `release()` or for the client to leave.
    private func hold(_ exchange: ServerExchange) async {
        waiters.append(exchange.waiter)
        seen.update { $0.waiting += 1 }
        while !isReleased, !exchange.isClientGone { await exchange.waiter.wait(until: .never) }
    }

    /// `count` bytes in which a lost or repeated piece shows: they repeat after 251, which divides no buffer's size.
    static func pattern(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = Array(1...251)
        while bytes.count < count { bytes += bytes }
        return Array(bytes[..<count])
    }
}

extension [UInt8] {
    init(copying span: Span<UInt8>) {
        self = span.indices.map { span[$0] }
    }
}

/// Notes at the end of a turn whether an answer was lost.
private final class LossNote: TurnEndWriter {
    private let exchange: ServerExchange
    private let seen: Watched<Seen>

    init(of exchange: ServerExchange, in seen: Watched<Seen>) {
        self.exchange = exchange
        self.seen = seen
    }

    func writeAtTurnEnd() {
        let isLost = exchange.failedToLeave
        seen.update { $0.losses.append(isLost) }
    }
}
