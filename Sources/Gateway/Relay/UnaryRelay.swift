internal import ConfigFile
internal import EventLoop
internal import HTTPServer
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
        let check = try AnswerCheck(answer.content, endpoint: envelope.endpoint, provider: provider)
        if let usage = check.usage { record.usage = usage }
        record.cost = record.usage.cost(at: target.deployment.price)
        start(answer.content, check, envelope, answerFields(answer, target))
        await finish()
    }

    /// Writes a checked answer under the client's name for the model; ``finish()`` sends it.
    func start(
        _ content: borrowing ByteBuffer, _ check: AnswerCheck, _ envelope: Envelope, _ fields: consuming ResponseFields
    ) {
        fields.add("Content-Type", "application/json" as StaticString)
        if let cost = record.costText { fields.add("x-litellm-response-cost", cost) }
        let now = LoopTime.now()
        fields.add("x-litellm-response-duration-ms", millisecondsOf: now.nanoseconds &- record.startedAt.nanoseconds)
        if let overhead = record.overheadNanoseconds(at: now) {
            fields.add("x-litellm-overhead-duration-ms", millisecondsOf: overhead)
        }
        let edits = check.edits(restoring: modelText, in: content)
        let length = edits.size(of: content.count)
        record.status = 200
        record.answerBytes = length
        exchange.startAnswer(status: 200, fields: fields, length: length)
        edits.forEachPiece(of: content.count) { piece in
            switch piece {
            case .source(let range): exchange.append(range, of: content)
            case .text(let text): exchange.append(text)
            }
        }
    }

    /// Sends what ``start(_:_:_:_:)`` wrote.
    func finish() async {
        // Whether an answer that leaves later did leave is seen then.
        if !exchange.finishAnswerAtTurnEnd() { await exchange.finishAnswer() }
        if exchange.isClientGone { record.clientLeft = true }
    }
}
