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

/// Carries out one request's `AttemptPlan`: asks, pauses, asks elsewhere, gives up. The only attempt loop. Loop-owned.
final class AttemptLoop {
    private let inference: Inference
    private let body: RequestBody
    private let envelope: Envelope
    /// The client's own limits of an attempt, and of a stream's silence.
    private let wishedTimes: (attempt: Duration?, silence: Duration?)
    private var plan: AttemptPlan
    /// Those that were judged, in their order.
    private var failedCalls: [FailedCall] = []
    private let requestEnd: LoopTime
    /// The client's `models` stays here: it is walked, or must not be mixed with a router model.
    private let keepsChain: Bool
    /// Nobody of the group speaks the endpoint. Told when no other group stands in.
    private let notSpoken: GatewayError?
    /// What the operator lets go upstream of the client's head.
    private let forwarded: [Deployment.HeaderField]
    /// The call under way asks for usage though the client did not.
    private var addsUsageOptions = false
    /// About how long the prompt is; `nil` without `enable_pre_call_checks`.
    private var promptTokens: Int?

    init(
        _ inference: Inference, _ body: RequestBody, _ envelope: Envelope, _ wishes: consuming RequestWishes?,
        _ route: Route
    ) throws(GatewayError) {
        let speakers: Route
        do throws(GatewayError) {
            speakers = try route.limited(to: envelope.endpoint, model: envelope.model)
            notSpoken = nil
        } catch {
            speakers = route.with(targets: [])
            notSpoken = error
        }
        keepsChain = try wishes?.takeChain(of: speakers, envelope, inference) ?? false
        plan = AttemptPlan(route: speakers, rules: inference.snapshot.attemptRules, policy: wishes?.policy)
        forwarded = inference.fieldsToForward(envelope, body)
        self.inference = inference
        self.body = body
        self.envelope = envelope
        wishedTimes = (wishes?.timeout, wishes?.streamTimeout)
        let whole = wishes?.requestTimeout ?? inference.snapshot.config.litellm.requestTimeout
        requestEnd = inference.exchange.startedAt + whole
    }

    private var gateway: Gateway { inference.gateway }
    private var lanes: Lanes { inference.lanes }
    private var exchange: ServerExchange { inference.exchange }
    private var reactor: Reactor { inference.reactor }
    private var config: Config { inference.snapshot.config }

    // What decides is kept out of the functions that wait: what they hold, a stream holds for as long as it lasts.

    func run() async throws(GatewayError) {
        if config.router.enablePreCallChecks { await estimatePrompt() }
        while true {
            switch try next() {
            case .attempt(let attempt): if try await perform(attempt) { return }
            case .wait(let until):
                let end = min(LoopTime(sinceBoot: until), requestEnd)
                while reactor.now < end, !exchange.isClientGone { await exchange.waiter.wait(until: end) }
            }
        }
    }

    private func estimatePrompt() async {
        var estimate = PromptEstimate()
        while !estimate.advance(over: body.bytes, by: LargeText.partBytes) { await exchange.waiter.yield() }
        promptTokens = estimate.tokens
    }

    /// Whether the prompt is longer than the model takes.
    private func isTooLong(for target: Target) -> Bool {
        guard let promptTokens, let most = target.deployment.limits.maxInputTokens else { return false }
        return promptTokens > most
    }

    private struct FailedCall {
        let call: Call
        let failure: UpstreamFailure
        let failureClass: FailureClass
        let lane: Lane
        let mark: DeploymentState.Mark
    }

    private enum Step {
        case attempt(AttemptPlan.Attempt)
        case wait(until: Duration)
    }

    private func next() throws(GatewayError) -> Step {
        if exchange.isClientGone { throw .clientGone }
        guard reactor.now < requestEnd else { throw .requestTimedOut(model: envelope.model) }
        let step = plan.next(in: Moment(loop: self, now: reactor.now.sinceBoot, deadline: requestEnd.sinceBoot))
        inference.record.retries = plan.retriesUsed
        inference.record.fallbacks = plan.fallbacksUsed
        inference.record.retryLimit = plan.retryLimit
        switch step {
        case .attempt(let attempt):
            inference.begin(attempt, at: LoopTime.now())
            return .attempt(attempt)
        case .wait(let until): return .wait(until: until)
        case .giveUp(let exhaustion): throw error(for: exhaustion)
        }
    }

    // MARK: choosing

    /// What the plan sees of the world when it decides.
    private struct Moment: AttemptPlan.Surroundings {
        let loop: AttemptLoop
        let now: Duration
        let deadline: Duration

        func availability(of target: Target, at time: Duration) -> DeploymentState.Availability {
            loop.lanes.lane(of: target).box.withLock { $0.availability(at: time, model: target.wildcardModel) }
        }

        func rest(of target: Target) -> DeploymentState.Rest? {
            loop.lanes.lane(of: target).box.withLock { $0.rest(at: now, model: target.wildcardModel) }
        }

        func pick(_ targets: [Target]) -> Target? {
            var targets = targets
            if loop.promptTokens != nil {
                let fitting = targets.filter { !loop.isTooLong(for: $0) }
                // With none that fits, one of them says so.
                if !fitting.isEmpty { targets = fitting }
            }
            let selection = loop.inference.snapshot.selection
            if let only = selection.only(of: targets) { return only }
            let isStream = loop.envelope.isStream
            let candidates = targets.map { target in
                loop.lanes.lane(of: target).box.withLock { Candidate(target, $0, at: now, isStream: isStream) }
            }
            // Four bytes a token is close enough to keep within a limit per minute.
            return selection.pick(candidates, tokens: loop.body.count / 4, draw: loop.gateway.requestIDs.fraction())
        }

        func route(to entry: String) -> Route? {
            guard let route = try? loop.lanes.resolve(entry, suggesting: false) else { return nil }
            return try? route.limited(to: loop.envelope.endpoint, model: entry)
        }
    }

    // MARK: one attempt

    /// - Returns: whether the request is answered, for better or worse. If not, the plan knows why.
    /// - Throws: what no other deployment could do better.
    private func perform(_ attempt: AttemptPlan.Attempt) async throws(GatewayError) -> Bool {
        let failure: UpstreamFailure?
        if let mock = attempt.target.deployment.mock {
            failure = await answer(with: mock, attempt.target, body)
        } else if attempt.target.lacksKey {
            failure = missingKey(attempt.target)
        } else if isTooLong(for: attempt.target) {
            failure = tooLongPrompt(attempt.target)
        } else if attempt.overrides.isEmpty {
            failure = await ask(attempt, sending: envelope, body)
        } else {
            let changed = try await BodyOverrides(attempt.overrides).applied(to: body, exchange.waiter)
            failure = await ask(attempt, sending: try await overridden(changed), changed)
        }
        guard let failure else { return true }
        note(failure, of: attempt)
        return false
    }

    private func answer(
        with mock: Deployment.MockAnswer, _ target: Target, _ body: RequestBody
    ) async -> UpstreamFailure? {
        do throws(UpstreamFailure) {
            try await inference.answer(with: mock, envelope, body, target)
            return nil
        } catch {
            inference.noteEnd(of: error, at: LoopTime.now())
            return error
        }
    }

    private func builder(_ envelope: Envelope, _ target: Target, _ lane: Lane) -> UpstreamRequestBuilder {
        var builder = UpstreamRequestBuilder(
            target: target, endpoint: envelope.endpoint, attribution: inference.snapshot.catalog.attribution,
            lane: lane)
        builder.dropsChain = keepsChain
        builder.forwarded = forwarded
        return builder
    }

    /// What the deployment changes in a large body is looked for in parts.
    private func membersOfLargeBody(
        _ body: RequestBody, _ envelope: Envelope, _ target: Target, _ lane: Lane
    ) async throws(JSONError) -> ObjectScan? {
        guard body.count > LargeText.partBytes, case let made = builder(envelope, target, lane), made.hasRules
        else { return nil }
        return try await exchange.waiter.scanIfLarge(body, names: made.rules.names)
    }

    private func build(
        _ body: RequestBody, _ envelope: Envelope, _ target: Target, _ lane: Lane, _ members: ObjectScan?
    ) -> OutgoingRequest {
        var builder = builder(envelope, target, lane)
        builder.ruledMembers = members
        let request = builder.build(body, envelope: envelope, client: exchange.head)
        return note(request, builder.changedMembers, builder.addsUsageOptions, target)
    }

    private func buildInParts(
        _ body: RequestBody, _ envelope: Envelope, _ target: Target, _ lane: Lane, _ members: ObjectScan?
    ) async -> OutgoingRequest {
        var builder = builder(envelope, target, lane)
        builder.ruledMembers = members
        let request = await builder.build(body, envelope: envelope, client: exchange.head, exchange.waiter)
        return note(request, builder.changedMembers, builder.addsUsageOptions, target)
    }

    private func note(
        _ request: OutgoingRequest, _ changed: ChangedMembers, _ addsUsage: Bool, _ target: Target
    ) -> OutgoingRequest {
        inference.note(changed)
        addsUsageOptions = addsUsage
        if gateway.state.log.isOn(.debug) {
            gateway.logUpstreamRequest(
                request, to: target, requestID: inference.record.requestID, inference.ownRedactor(for: target))
        }
        return request
    }

    /// The envelope of a body that a fallback entry has changed. How the client gets its answer is settled by its own
    /// request: an entry may switch a stream of the upstream off, since a whole answer can be told as events.
    private func overridden(_ body: RequestBody) async throws(GatewayError) -> Envelope {
        let sent = try await Envelope.read(
            body, asked: envelope.endpoint, pathModel: envelope.model, exchange.waiter)
        guard sent.endpoint == envelope.endpoint else {
            throw .invalidRequest(
                param: "fallbacks",
                message:
                    "A fallback must not turn a request for /\(envelope.endpoint.path) into another kind of request.")
        }
        guard envelope.isStream || !sent.isStream else {
            throw .invalidRequest(
                param: "fallbacks",
                message: "A fallback must not set 'stream' to true in a request that is not streamed.")
        }
        return sent
    }

    /// - Parameter sent: of `body`, which goes upstream; the client is answered by the envelope of its own request.
    /// - Returns: the failure, when another attempt may still answer the request.
    private func ask(
        _ attempt: AttemptPlan.Attempt, sending sent: Envelope, _ body: RequestBody
    ) async -> UpstreamFailure? {
        let lane = lanes.lane(of: attempt.target)
        let members: ObjectScan?
        do throws(JSONError) {
            members = try await membersOfLargeBody(body, sent, attempt.target, lane)
        } catch {
            let failure = inference.told(
                .tooManyMembers(attempt.target.access.provider.prefix, error), of: attempt.target)
            inference.noteEnd(of: failure, at: LoopTime.now())
            return failure
        }
        let began = gateway.callBegins(lane)
        let deadlines = timeLimits(of: attempt.target, sent).deadlines(from: began, requestEnd: requestEnd)
        while true {
            do throws(UpstreamFailure) {
                let answer = try await gateway.ask(
                    attempt.target, over: lane.origin,
                    body.count > LargeText.partBytes
                        ? buildInParts(body, sent, attempt.target, lane, members)
                        : build(body, sent, attempt.target, lane, members),
                    deadlines: deadlines, waiter: exchange.waiter,
                    pulse: envelope.isStream ? inference.heartbeat(attempt.target) : nil)
                inference.noteFirstByte(at: LoopTime.now())
                if envelope.isStream {
                    // A stream that broke after its first content has told the client so; nothing is sent twice.
                    let broken = try await StreamRelay(inference, envelope, attempt.target, body).relay(
                        answer, tokenBy: deadlines.firstByte, silence: deadlines.idle)
                    callEnded(attempt, sent, lane, began, broken)
                } else {
                    try await inference.relayUnary(answer, envelope, attempt.target)
                    callEnded(attempt, sent, lane, began, nil)
                }
                return nil
            } catch {
                // The option is ours, so its refusal is no failure of the client's request.
                if addsUsageOptions, error.refusesUsageOptions {
                    lane.server.refusesUsageOptions = true
                    continue
                }
                let failure = inference.told(error, of: attempt.target)
                callEnded(attempt, sent, lane, began, failure)
                return failure
            }
        }
    }

    private func callEnded(
        _ attempt: AttemptPlan.Attempt, _ sent: Envelope, _ lane: Lane, _ began: LoopTime, _ failure: UpstreamFailure?
    ) {
        let ended = LoopTime.now()
        inference.noteEnd(of: failure, at: ended)
        let call = Call(
            of: attempt.target, isAlone: attempt.isAlone, began: began, ended: ended, failure: failure,
            usage: inference.record.usage, firstTokenAt: inference.record.firstTokenAt,
            isAbandoned: exchange.isClientGone && failure != nil)
        if call.hasNoVerdict { return lane.box.withLock { $0.ended() } }
        guard let failure else {
            for place in plan.answered() where place < failedCalls.count {
                let other = failedCalls[place]
                gateway.count(other.call, other.failure, other.failureClass, other.lane, inference.snapshot)
            }
            return gateway.callSucceeded(call, lane)
        }
        judge(failure, of: call, attempt, sent, lane)
    }

    private func judge(
        _ failure: UpstreamFailure, of call: Call, _ attempt: AttemptPlan.Attempt, _ sent: Envelope, _ lane: Lane
    ) {
        let failureClass = FailureClass(failure)
        let isEarly = timeLimits(of: attempt.target, sent).isEarly(failure.cause, after: call.ended - call.began)
        let judgement = plan.judge(
            attempt, failure, failureClass, isClientsLimit: isEarly, retryAfter: failure.retryAfterDuration)
        for place in judgement.takenBack where place < failedCalls.count {
            let other = failedCalls[place]
            other.lane.box.withLock { $0.takeBack(other.mark) }
        }
        let redactor = inference.ownRedactor(for: call.target)
        // Whatever becomes of the request, a name that was refused and looks like a credential is told to nobody.
        if let redactor { inference.record.redactor = redactor }
        let mark = gateway.callFailed(
            call, failure, failureClass, counts: judgement.counts, lane, inference.snapshot,
            requestID: inference.record.requestID, redactor: redactor)
        failedCalls.append(
            FailedCall(call: call, failure: failure, failureClass: failureClass, lane: lane, mark: mark))
    }

    private func timeLimits(of target: Target, _ sent: Envelope) -> TimeLimits {
        TimeLimits(of: target, isStream: sent.isStream, wished: wishedTimes, config)
    }

    // MARK: what became of it

    private func note(_ failure: UpstreamFailure, of attempt: AttemptPlan.Attempt) {
        plan.failed(
            attempt, failure, FailureClass(failure), retryAfter: failure.retryAfterDuration,
            ownRetries: inference.snapshot.catalog.entries[attempt.target.deployment.id]?.params.numRetries,
            at: reactor.now.sinceBoot, jitter: gateway.requestIDs.fraction())
    }

    private func missingKey(_ target: Target) -> UpstreamFailure {
        var variable = "its variable"
        if case .environment(let name) = target.deployment.credential?.source { variable = name }
        let error = GatewayError.missingProviderKey(
            provider: target.access.provider.prefix, variable: variable, model: envelope.model)
        var failure = UpstreamFailure(
            cause: .status, provider: target.access.provider.prefix, status: error.outcome.status,
            message: error.outcome.message)
        failure.type = error.outcome.type
        failure.code = error.outcome.code
        inference.noteEnd(of: failure, at: LoopTime.now())
        return failure
    }

    /// Nobody is asked; it ends as it would if the upstream had said so.
    private func tooLongPrompt(_ target: Target) -> UpstreamFailure {
        var failure = UpstreamFailure(
            cause: .status, provider: target.access.provider.prefix, status: 400,
            message: "The prompt is longer than the context length of '\(envelope.model)': about "
                + "\(promptTokens ?? 0) tokens, and model_info.max_input_tokens is \(target.deployment.limits.maxInputTokens ?? 0) "
                + "(router_settings.enable_pre_call_checks).")
        failure.type = "invalid_request_error"
        failure.code = Array("\"context_length_exceeded\"".utf8)
        inference.noteEnd(of: failure, at: LoopTime.now())
        return failure
    }

    private func error(for exhaustion: AttemptPlan.Exhaustion) -> GatewayError {
        switch exhaustion {
        case .failed(var failure):
            if failure.status == 499 { return .clientGone }
            failure.tried = inference.record.attemptLog.map {
                "\($0.upstream.provider):\($0.upstream.upstreamModel) (\($0.status) \($0.outcome))"
            }
            return .upstream(failure)
        case .resting(let resting):
            inference.noteResting(resting)
            return .resting(
                GatewayError.Resting(
                    model: envelope.model, left: resting.left, cause: resting.cause,
                    loneStatus: resting.isAlone ? resting.reason?.status : nil))
        case .limited: return notSpoken ?? .limited(model: envelope.model)
        case .noTagMatch(let tags): return .noTagMatch(tags: tags)
        }
    }
}

extension Route {
    /// The targets that are asked for this endpoint directly.
    func limited(to endpoint: Endpoint, model: String) throws(GatewayError) -> Route {
        if targets.allSatisfy({ $0.speaks(endpoint) || $0.deployment.mock != nil }) { return self }
        let speakers = targets.filter { $0.speaks(endpoint) || $0.deployment.mock != nil }
        guard !speakers.isEmpty else {
            throw .unsupportedEndpoint(endpoint, model: model, provider: targets.first?.access.provider.prefix ?? "")
        }
        return with(targets: speakers)
    }
}

extension RequestWishes {
    /// OpenRouter takes `models` with up to three entries. A longer chain is walked here, first to last; a router model
    /// such as `openrouter/auto` chooses by itself and is not mixed with one.
    ///
    /// What is walked is resolved as any name is: an id leads nowhere that a request for it would not.
    ///
    /// - Returns: whether the client's `models` stays here.
    fileprivate mutating func takeChain(
        of route: Route, _ envelope: Envelope, _ inference: Inference
    ) throws(GatewayError) -> Bool {
        guard !models.isEmpty, let first = route.targets.first, first.access.provider.hasOwnVendor else { return false }
        if first.upstreamModel.utf8.starts(with: "openrouter/auto".utf8) { return true }
        guard models.count > 3 else { return false }
        guard models.count <= RequestWishes.longestChain else {
            throw .invalidRequest(
                param: "models", message: "'models' must have at most \(RequestWishes.longestChain) entries.")
        }
        var chain: [Route] = []
        let asked = [Name(envelope.model), Name(first.upstreamModel)]
        for id in models where !asked.contains(Name(id)) {
            chain.append(try inference.route(toID: id).limited(to: envelope.endpoint, model: id))
        }
        walk(chain)
        return true
    }
}

extension UpstreamFailure {
    /// `Retry-After` as a duration from now.
    var retryAfterDuration: Duration? {
        guard let retryAfter, let seconds = RetryAfter.seconds(retryAfter, now: Int(wallClockSeconds())) else {
            return nil
        }
        return .seconds(max(0, seconds))
    }
}
