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

    private var provider: String { target.access.provider.prefix }
    private var exchange: ServerExchange { inference.exchange }

    /// - Returns: what broke the stream after content had gone out; `nil` when it is complete.
    /// - Throws: what broke it before: the client has seen nothing, so another deployment may be asked.
    func relay(_ answer: UpstreamAnswer) async throws(UpstreamFailure) -> UpstreamFailure? {
        if !mayBeEvents(answer) {
            try await relayWholeAnswer(answer)
            return nil
        }
        do throws(UpstreamFailure) {
            try await pump(answer)
        } catch {
            bookUsage()
            guard hasContent else { throw error }
            inference.startStream(answer, target)
            await breakOff(inference.told(error, of: target))
            return error
        }
        bookUsage()
        inference.record.upstreamEndedAt = inference.reactor.now
        inference.startStream(answer, target)
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
    private func pump(_ answer: UpstreamAnswer) async throws(UpstreamFailure) {
        let limits = inference.snapshot.config.general.limits
        let heartbeat = inference.heartbeatInterval(target)
        var lastSent = inference.reactor.now
        while true {
            let arrival: UpstreamAnswer.Arrival
            do throws(UpstreamError) {
                let pause = heartbeat > .zero ? lastSent + heartbeat : .never
                arrival = try await answer.read(until: pause, limit: limits.eventBytes + 64 << 10)
            } catch {
                throw UpstreamFailure(error, provider: provider)
            }
            if arrival == .silence {
                guard await inference.sendHeartbeat(answer, target) else {
                    throw UpstreamFailure(UpstreamError.cancelled, provider: provider)
                }
                lastSent = inference.reactor.now
                continue
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
            if progress == .nothing, !hasContent { continue }
            if progress == .done { return }
            if !out.isEmpty {
                inference.startStream(answer, target)
                try await flush()
                lastSent = inference.reactor.now
            }
        }
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
        inference.record.errorDetail = failure.detail
        if failure.status == 499 || exchange.isClientGone {
            inference.record.clientLeft = true
            exchange.cutStream()
            return
        }
        out.append(
            rewriter.failureEvent(
                .upstream(failure), requestID: record.requestID,
                context: FailureContext(redactor: inference.snapshot.redactor)))
        _ = await send(out)
        await exchange.finishStream()
    }

    // MARK: a whole answer where a stream was asked for

    /// Some servers label their events badly or not at all, but nobody calls them JSON or a page.
    private func mayBeEvents(_ answer: UpstreamAnswer) -> Bool {
        let fields = answer.head.fields
        guard let type = fields[.contentType] else { return true }
        return !fields.hasPrefix(type, "application/json") && !fields.hasPrefix(type, "text/html")
    }

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
        inference.startStream(answer, target)
        await inference.write(stream, of: content)
    }
}
