internal import ConfigFile
internal import EventLoop
internal import HTTPServer
internal import HTTPWire
internal import JSONText
internal import Model
internal import Observability
internal import Providers
internal import Routing
internal import Upstream

extension Inference {
    /// Passes on an answer that is not streamed: read whole, checked, the client's model name put back, one write.
    func relayUnary(_ answer: UpstreamAnswer, _ envelope: Envelope, _ target: Target) async throws(UpstreamFailure) {
        let provider = target.access.provider.prefix
        do throws(UpstreamError) {
            let limit = snapshot.config.general.limits.responseBodyBytes
            var arrival = try answer.readArrived(limit: limit)
            while arrival != .end { arrival = try await answer.read(limit: limit) }
        } catch {
            throw UpstreamFailure(error, provider: provider)
        }
        record.upstreamEndedAt = reactor.now
        let check = try await check(answer, envelope.endpoint, provider)
        if let usage = check.usage { record.usage = usage }
        record.usage.noteCost(in: answer.head.fields)
        record.cost = record.usage.cost(at: target.deployment.price)
        var fields = answerFields(answer, target)
        if let answerer = note(check, of: answer.content) { fields.add(answerer.lines) }
        if answer.content.count <= LargeText.partBytes {
            start(answer.content, check, envelope, fields)
            await finish()
        } else {
            await writeLarge(answer, check, fields)
        }
    }

    private func check(
        _ answer: UpstreamAnswer, _ endpoint: Endpoint, _ provider: String
    ) async throws(UpstreamFailure) -> AnswerCheck {
        guard answer.content.count > LargeText.partBytes else {
            return try AnswerCheck(answer.content, endpoint: endpoint, provider: provider)
        }
        return try await AnswerCheck.read(answer.content, endpoint: endpoint, provider: provider, exchange.waiter)
    }

    /// Writes an answer of megabytes a part at a time, no faster than the client reads it.
    private func writeLarge(
        _ answer: UpstreamAnswer, _ check: AnswerCheck, _ fields: consuming ResponseFields
    ) async {
        var content = ByteBuffer()
        swap(&content, &answer.content)
        var edits = check.edits(restoring: modelText, in: content)
        edits.settle()
        begin(fields, length: edits.size(of: content.count))
        var pieces: [JSONEdits.Piece] = []
        edits.forEachPiece(of: content.count) { pieces.append($0) }
        var pending = 0
        for piece in pieces {
            switch piece {
            case .source(let range):
                var at = range.lowerBound
                while at < range.upperBound {
                    let end = min(range.upperBound, at + Inference.bytesOfOneWrite - pending)
                    exchange.append(at..<end, of: content)
                    (pending, at) = (pending + end - at, end)
                    guard await writePart(&pending) else { return }
                }
            case .text(let text):
                exchange.append(text)
                pending += text.count
                guard await writePart(&pending) else { return }
            }
        }
        await exchange.finishAnswer()
        if exchange.isClientGone { record.clientLeft = true }
    }

    /// - Returns: `false` when the client is gone.
    private func writePart(_ pending: inout Int) async -> Bool {
        guard pending >= Inference.bytesOfOneWrite else { return true }
        pending = 0
        if await exchange.flush() { return true }
        record.clientLeft = true
        return false
    }

    /// Writes a checked answer under the client's name for the model; ``finish()`` sends it.
    func start(
        _ content: borrowing ByteBuffer, _ check: AnswerCheck, _ envelope: Envelope, _ fields: consuming ResponseFields
    ) {
        var edits = check.edits(restoring: modelText, in: content)
        edits.settle()
        begin(fields, length: edits.size(of: content.count))
        edits.forEachPiece(of: content.count) { piece in
            switch piece {
            case .source(let range): exchange.append(range, of: content)
            case .text(let text): exchange.append(text)
            }
        }
    }

    private func begin(_ fields: consuming ResponseFields, length: Int) {
        fields.add(lines: "Content-Type: application/json\r\n")
        if let cost = record.costText { fields.add("x-litellm-response-cost", cost) }
        let now = LoopTime.now()
        let taken = now.nanoseconds &- record.startedAt.nanoseconds
        fields.add(lineFrom: "x-litellm-response-duration-ms: ", millisecondsOf: taken)
        if let overhead = record.overheadNanoseconds(at: now) {
            fields.add(lineFrom: "x-litellm-overhead-duration-ms: ", millisecondsOf: overhead)
        }
        record.status = 200
        record.answerBytes = length
        exchange.startAnswer(status: 200, fields: fields, length: length)
    }

    /// Sends what ``start(_:_:_:_:)`` wrote.
    func finish() async {
        // Whether an answer that leaves later did leave is seen then.
        if !exchange.finishAnswerAtTurnEnd() { await exchange.finishAnswer() }
        if exchange.isClientGone { record.clientLeft = true }
    }
}
