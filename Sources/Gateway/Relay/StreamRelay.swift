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

/// Passes one stream on, event by event. Loop-owned; lives as long as the stream.
///
/// Nothing of the answer goes to the client before its first real content: until then a failure is thrown, to be retried
/// or told by an honest HTTP status. After it, a failure is an error event and the end of the stream.
final class StreamRelay {
    private let inference: Inference
    private let envelope: Envelope
    private let target: Target
    /// Kept for another attempt until content has come.
    private let body: RequestBody
    private var rewriter: any StreamRewriter
    private var parser: EventStreamParser
    private var out = ByteBuffer()
    /// The next event, at the front of what has arrived, when it is so long that it is read in parts.
    private var largeEvent: EventStreamParser.Event?
    /// Real content has come; from then on a failure ends the stream instead of becoming a status.
    private var hasContent = false
    private var isAnswererNoted = false

    init(_ inference: Inference, _ envelope: Envelope, _ target: Target, _ body: RequestBody) {
        self.inference = inference
        self.envelope = envelope
        self.target = target
        self.body = body
        let model = inference.modelText
        let provider = target.access.provider.prefix
        rewriter =
            envelope.endpoint == .responses
            ? ResponsesStreamRewriter(model: model, provider: provider)
            : ChatStreamRewriter(model: model, wantsUsage: envelope.wantsUsageChunk, provider: provider)
        parser = EventStreamParser(maxEventBytes: inference.snapshot.config.general.limits.eventBytes)
    }

    /// A finish waits so long for the usage chunk behind it, which most servers send with it.
    private static let longestHold: Duration = .milliseconds(50)

    private var provider: String { target.access.provider.prefix }
    private var exchange: ServerExchange { inference.exchange }

    /// - Parameters:
    ///   - due: when its first content has to be there. Comments, roles and the like are none.
    ///   - silence: the longest wait for more of it.
    /// - Returns: what broke the stream after content had gone out; `nil` when it is complete.
    /// - Throws: what broke it before: the client has seen nothing, so another deployment may be asked.
    func relay(
        _ answer: UpstreamAnswer, tokenBy due: LoopTime, silence: Duration
    ) async throws(UpstreamFailure) -> UpstreamFailure? {
        do throws(UpstreamFailure) {
            guard try await pump(answer, tokenBy: due, silence: silence) else {
                try await relayWholeAnswer(answer)
                return nil
            }
        } catch {
            bookUsage()
            guard hasContent else { throw error }
            start(answer)
            await breakOff(inference.told(error, of: target))
            return error
        }
        bookUsage()
        inference.record.upstreamEndedAt = inference.reactor.now
        start(answer)
        noteFirstToken()
        inference.record.answerBytes += out.count
        await exchange.finishStream(out)
        if exchange.isClientGone { inference.record.clientLeft = true }
        out.removeAll()
        out.releaseIfLarge(0)
        await drainQuietly(answer)
        return nil
    }

    /// Reads until the stream is complete, writing what one read brought with one write; what came last stays in `out`, to
    /// leave together with the end.
    ///
    /// - Returns: `false`, with nothing taken, when the answer is no stream.
    private func pump(
        _ answer: UpstreamAnswer, tokenBy due: LoopTime, silence: Duration
    ) async throws(UpstreamFailure) -> Bool {
        var due = due
        let limits = inference.snapshot.config.general.limits
        let heartbeat = inference.heartbeatInterval(target)
        var lastSent = inference.reactor.now
        var form: AnswerForm?
        while true {
            let arrival: UpstreamAnswer.Arrival
            do throws(UpstreamError) {
                var pause = heartbeat > .zero ? lastSent + heartbeat : .never
                pause = min(pause, due)
                if rewriter.isHolding { pause = min(pause, inference.reactor.now + StreamRelay.longestHold) }
                arrival = try await answer.read(until: pause, limit: limits.eventBytes + 64 << 10)
            } catch {
                // Before the first token, silence is one way not to send it.
                if case .timeout(.idle) = error { try checkToken(due) }
                throw UpstreamFailure(error, provider: provider)
            }
            if arrival == .silence {
                try checkToken(due)
                if rewriter.isHolding {
                    rewriter.release(into: &out)
                    start(answer)
                    try await flush()
                    lastSent = inference.reactor.now
                    continue
                }
                let now = inference.reactor.now
                guard lastSent + heartbeat <= now else { continue }
                guard await inference.sendHeartbeat(answer, target) else {
                    throw UpstreamFailure(UpstreamError.cancelled, provider: provider)
                }
                lastSent = inference.reactor.now
                // The wait for a slow client is none for the upstream.
                due = due + (lastSent - now)
                continue
            }
            if form == nil {
                form = AnswerForm.read(answer, isWhole: arrival == .end)
                if form == .whole { return false }
                if form == nil {
                    try checkToken(due)
                    continue
                }
            }
            var progress = try rewriteEvents(of: answer)
            while let event = largeEvent {
                largeEvent = nil
                let later = try await rewriteLarge(event, of: answer)
                if later != .nothing { progress = later }
                if later == .done { break }
            }
            if arrival == .end, progress != .done { progress = try await finish(answer) }
            // What came before the first content waits for it: another deployment may yet have to answer.
            if progress == .nothing, !hasContent {
                try checkToken(due)
                continue
            }
            if progress == .done { return true }
            if !out.isEmpty {
                start(answer)
                try await flush()
                lastSent = inference.reactor.now
            }
            if progress == .content || isReceiving(answer.content) {
                due = inference.reactor.now + silence
            } else {
                try checkToken(due)
            }
        }
    }

    /// Part of an event has come. A comment is none.
    private func isReceiving(_ content: borrowing ByteBuffer) -> Bool {
        content.bytes.first.map { $0 != UInt8(ascii: ":") } ?? false
    }

    private func checkToken(_ due: LoopTime) throws(UpstreamFailure) {
        guard inference.reactor.now >= due else { return }
        if hasContent { throw UpstreamFailure(UpstreamError.timeout(.idle), provider: provider) }
        throw UpstreamFailure(
            cause: .timeout(.firstToken), provider: provider, status: 504,
            message: "\(provider) sent no token in time (first-token timeout).")
    }

    private func start(_ answer: UpstreamAnswer) {
        if !isAnswererNoted, hasContent {
            isAnswererNoted = true
            inference.startStream(answer, target, by: inference.note(rewriter.answerer))
        }
        inference.startStream(answer, target)
    }

    private enum Progress {
        case nothing
        case content
        case done
    }

    /// Rewrites the whole events that have arrived. What a failed stream brought before its failure is sent first.
    private func rewriteEvents(of answer: UpstreamAnswer) throws(UpstreamFailure) -> Progress {
        var progress = Progress.nothing
        var position = 0
        defer { answer.content.consume(position) }
        while let event = try nextEvent(of: answer.content, from: &position) {
            if event.range.count > LargeText.partBytes {
                // Its bytes stay, now at the front, until it is read.
                largeEvent = event.moved(by: event.range.lowerBound)
                position = event.range.lowerBound
                return progress
            }
            let step = try take(rewriter.rewrite(event, of: answer.content, into: &out))
            if step != .nothing { progress = step }
            if step == .done { return .done }
        }
        return progress
    }

    private func take(_ step: StreamStep) throws(UpstreamFailure) -> Progress {
        switch step {
        case .held, .skipped: return .nothing
        case .content:
            if !hasContent {
                hasContent = true
                // From here on nobody else may answer.
                body.release()
            }
            return .content
        case .failed(let failure): throw failure
        case .done:
            // The usual ending is written by `end`, in one place for streams with and without it.
            if let failure = rewriter.end(into: &out) { throw failure }
            return .done
        }
    }

    /// Reads an event of megabytes in parts, rewrites it, and then what stands behind it.
    private func rewriteLarge(
        _ event: EventStreamParser.Event, of answer: UpstreamAnswer
    ) async throws(UpstreamFailure) -> Progress {
        let progress = try take(await rewrite(event, of: answer.content))
        answer.content.consume(event.range.count)
        if progress == .done { return .done }
        let later = try rewriteEvents(of: answer)
        return later == .nothing ? progress : later
    }

    private func rewrite(
        _ event: EventStreamParser.Event, of content: borrowing ByteBuffer
    ) async -> StreamStep {
        guard event.range.count > LargeText.partBytes, rewriter.isOpen else {
            return rewriter.rewrite(event, of: content, into: &out)
        }
        var data = ByteBuffer()
        if let range = event.data { data.append(range, of: content) }
        if let line = event.lineOfJoinedData { data.append(line) }
        var scan = PathScan(rewriter.paths)
        do throws(JSONError) {
            try await exchange.waiter.read(data, into: &scan)
        } catch {
            return .failed(.malformedEvent(error, provider: provider))
        }
        let name = content.bytes.extracting(event.name ?? 0..<0)
        return rewriter.rewrite(data.bytes, named: name, scan, into: &out)
    }

    private func nextEvent(
        of content: borrowing ByteBuffer, from position: inout Int
    ) throws(UpstreamFailure) -> EventStreamParser.Event? {
        do throws(EventStreamError) {
            return try parser.next(content.bytes, from: &position)
        } catch {
            throw UpstreamFailure(
                cause: .tooLarge, provider: provider, status: 502,
                message:
                    "\(provider) sent a stream event larger than the gateway takes (general_settings.max_event_size_mb)."
            )
        }
    }

    /// The upstream ended its answer properly: is the stream complete as well?
    private func finish(_ answer: UpstreamAnswer) async throws(UpstreamFailure) -> Progress {
        var position = 0
        if let event = lastEvent(of: answer.content, from: &position) {
            switch await rewrite(event, of: answer.content) {
            // Half an event is no event: whether the stream is complete without it, `end` knows.
            case .failed(let failure) where failure.cause != .malformed: throw failure
            case .failed: break
            case .held, .skipped, .content, .done: break
            }
        }
        answer.content.removeAll()
        if let failure = rewriter.end(into: &out) { throw failure }
        return .done
    }

    private func lastEvent(of content: borrowing ByteBuffer, from position: inout Int) -> EventStreamParser.Event? {
        parser.finish(content.bytes, from: &position)
    }

    private func noteFirstToken() {
        if hasContent, inference.record.firstTokenAt == nil { inference.record.firstTokenAt = inference.reactor.now }
    }

    private func flush() async throws(UpstreamFailure) {
        noteFirstToken()
        guard await send(out) else { throw UpstreamFailure(UpstreamError.cancelled, provider: provider) }
        out.removeAll()
        out.releaseIfLarge(1 << 10)
    }

    private func send(_ bytes: borrowing ByteBuffer) async -> Bool {
        inference.record.answerBytes += bytes.count
        return await exchange.send(bytes)
    }

    /// Whatever follows the end of the stream is read, so that the connection can be used again; a little of it.
    private func drainQuietly(_ answer: UpstreamAnswer) async {
        answer.content.removeAll()
        let end = inference.reactor.now + .milliseconds(250)
        while !answer.isComplete, let arrival = try? await answer.read(until: end, limit: 16 << 10) {
            answer.content.removeAll()
            if arrival != .bytes { break }
        }
        answer.cancel()
    }

    private func bookUsage() {
        if let usage = rewriter.usage { inference.record.usage = usage }
        inference.record.cost = inference.record.usage.cost(at: target.deployment.price)
    }

    /// Ends a stream that cannot be completed: the text so far, an error in the dialect of the endpoint, the end. A finish
    /// reason or `[DONE]` is never made up for it.
    private func breakOff(_ failure: UpstreamFailure) async {
        let record = inference.record
        inference.record.errorCode = failure.cause.label
        inference.record.errorDetail = failure.logDetail
        if failure.status == 499 || exchange.isClientGone {
            inference.record.clientLeft = true
            exchange.cutStream()
            return
        }
        rewriter.release(into: &out)
        let error = GatewayError.upstream(failure)
        let redactor = inference.gateway.hideSecrets(of: error, exchange, inference.snapshot, record)
        out.append(
            rewriter.failureEvent(
                error, requestID: record.requestID, context: FailureContext(redactor: redactor)))
        _ = await send(out)
        await exchange.finishStream()
    }

    // MARK: a whole answer where a stream was asked for

    private func relayWholeAnswer(_ answer: UpstreamAnswer) async throws(UpstreamFailure) {
        do throws(UpstreamError) {
            while try await answer.read(limit: inference.snapshot.config.general.limits.responseBodyBytes) == .bytes {}
        } catch {
            throw UpstreamFailure(error, provider: provider)
        }
        let check = try await AnswerCheck.read(
            answer.content, endpoint: envelope.endpoint, provider: provider, exchange.waiter)
        if let usage = check.usage { inference.record.usage = usage }
        inference.record.cost = inference.record.usage.cost(at: target.deployment.price)
        inference.record.upstreamEndedAt = inference.reactor.now
        let stream = try await WholeAnswerAsStream.read(
            answer.content, envelope: envelope, provider: provider, exchange.waiter)
        var content = ByteBuffer()
        swap(&content, &answer.content)
        body.release()
        inference.startStream(answer, target, by: inference.note(check, of: content))
        await inference.write(stream, of: content)
    }
}

/// What a success turned out to be.
private enum AnswerForm {
    case events
    /// JSON, a page, or whatever else is no stream.
    case whole

    /// Told by the first bytes, and by the label only where they leave it open. `nil`: too few have come.
    ///
    /// Blanks in front are taken: DeepSeek sends blank lines while an answer waits for its turn.
    ///
    /// - Parameter isWhole: no more will come.
    static func read(_ answer: UpstreamAnswer, isWhole: Bool) -> AnswerForm? {
        let start = answer.content.bytes.startOfText
        answer.content.consume(start)
        if answer.content.isEmpty, !isWhole { return nil }
        return read(answer.content, isWhole: isWhole, isLabelledAsWhole: isLabelledAsWhole(answer.head.fields))
    }

    private static func read(
        _ content: borrowing ByteBuffer, isWhole: Bool, isLabelledAsWhole: Bool
    ) -> AnswerForm? {
        let bytes = content.bytes
        switch bytes.first {
        case UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: "<"): return .whole
        default: break
        }
        if bytes.startsLikeEvents { return .events }
        if bytes.mayBecomeEvents, !isWhole { return nil }
        return isLabelledAsWhole ? .whole : .events
    }

    private static func isLabelledAsWhole(_ fields: FieldBlock) -> Bool {
        guard let type = fields[.contentType] else { return false }
        return fields.hasPrefix(type, "application/json") || fields.hasPrefix(type, "text/html")
    }
}
