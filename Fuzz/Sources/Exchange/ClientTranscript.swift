internal import ConfigFile
internal import HTTPWire
internal import Model

@testable internal import Gateway
@testable internal import HTTPServer

/// What one client sent and what it got, on one connection. A value.
struct ClientTranscript {
    /// What a request asks for, as far as it can be read.
    struct Asked {
        let head: RequestHead?
        /// Of a whole request.
        var body: [UInt8]?
        /// `nil`: not an inference, or one that cannot be read.
        var envelope: Envelope?

        /// Of those who are not well the answer is a report, with a status that says so.
        var isAboutHealth: Bool {
            guard let head, let operation = try? Routes.match(head) else { return false }
            switch operation {
            case .health, .readiness: return true
            default: return false
            }
        }

        /// It has no head that can be taken, or its body is broken: nothing behind it is looked at.
        var isLast: Bool { head == nil || body == nil }
    }

    private let connection: PeerSocket
    private let asked: [Asked]
    /// The client has read all and stayed to the end, and so has the gateway.
    private let isUndisturbed: Bool
    private let hasLimit: Bool

    init(_ connection: PeerSocket, _ setup: ExchangeSetup, isDraining: Bool) {
        self.connection = connection
        asked = ClientTranscript.requests(
            connection.sent, RequestLimits(setup.snapshot.config.general.limits))
        isUndisturbed = !connection.hasLeft && connection.readsOn && !isDraining
        hasLimit = setup.connectionLimit < ScriptPlayer.mostClients
    }

    /// The requests in `bytes`, up to the first that a server cannot get past.
    private static func requests(_ bytes: [UInt8], _ limits: RequestLimits) -> [Asked] {
        var requests: [Asked] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            // A parser that has seen no request before: the server's own remembers the last one.
            var parser = RequestParser(limits: limits)
            do throws(RequestRejection) {
                guard let head = try parser.parse(Array(rest).span) else {
                    if parser.hasStarted { requests.append(Asked(head: nil)) }
                    return requests
                }
                rest = rest.dropFirst(parser.consumedBytes)
                var request = Asked(head: head)
                request.body = takeBody(head.framing, from: &rest)
                request.envelope = envelope(head, request.body)
                requests.append(request)
                if request.isLast { return requests }
            } catch {
                requests.append(Asked(head: nil))
                return requests
            }
        }
        return requests
    }

    /// `nil` when it is broken or not all there.
    private static func takeBody(_ framing: BodyFraming, from rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        switch framing {
        case .none, .untilClose: return []
        case .length(let length):
            guard length <= rest.count else { return nil }
            defer { rest = rest.dropFirst(length) }
            return Array(rest.prefix(length))
        case .chunked:
            var decoder = ChunkedDecoder()
            let input = Array(rest)
            var body: [UInt8] = []
            var position = 0
            while let step = try? decoder.next(input.span, from: &position) {
                switch step {
                case .data(let range): body += input[range]
                case .needMore: return nil
                case .end:
                    rest = rest.dropFirst(position)
                    return body
                }
            }
            return nil
        }
    }

    private static func envelope(_ head: RequestHead, _ body: [UInt8]?) -> Envelope? {
        guard let body, case .infer(let endpoint, let model) = try? Routes.match(head) else { return nil }
        return try? Envelope(body.span, asked: endpoint, pathModel: model)
    }

    // MARK: claims

    func check(_ who: String) {
        var reader = AnswerReader(connection.received, isEnded: connection.isEnded)
        var answers: [ReceivedAnswer] = []
        var isOver = false
        if hasLimit, let refusal = reader.refusalOfConnection() {
            answers.append(refusal)
            isOver = true
        }
        for request in asked where !isOver {
            guard let answer = reader.next(to: request.head) else { break }
            answers.append(answer)
            answer.check(request)
            isOver = answer.saysClose || !answer.isWhole
        }
        let shown = { "\(who): \(text(connection.sent))\n  -> \(text(connection.received))" }
        require(reader.isAtEnd, "nothing comes behind the last answer, \(shown())")
        guard isUndisturbed else { return }
        require(connection.isEnded, "the gateway ends what nobody uses, \(shown())")
        if let last = answers.last { require(last.isWhole, "who stays gets a whole answer, \(shown())") }
        if !isOver { requireEqual(answers.count, asked.count, "every request gets one answer, \(shown())") }
    }
}
