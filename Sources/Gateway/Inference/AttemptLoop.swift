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
    let inference: Inference
    private let body: RequestBody
    let envelope: Envelope
    /// The client's own limits of an attempt, and of a stream's silence.
    private let wishedTimes: (attempt: Duration?, silence: Duration?)
    private var plan: AttemptPlan
    /// Those that were judged, in their order.
    private var failedCalls: [FailedCall] = []
    private let requestEnd: LoopTime
    /// The client's `models` stays here: it is walked, or must not be mixed with a router model.
    let keepsChain: Bool
    /// Nobody of the group speaks the endpoint. Told when no other group stands in.
    private let notSpoken: GatewayError?
    /// What the operator lets go upstream of the client's head.
    let forwarded: [Deployment.HeaderField]
    /// The call under way asks for usage though the client did not.
    var addsUsageOptions = false
    /// `nil` without `enable_pre_call_checks`.
    private var promptCheck: PromptCheck?

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

    var gateway: Gateway { inference.gateway }
    private var lanes: Lanes { inference.lanes }
    var exchange: ServerExchange { inference.exchange }
    private var reactor: Reactor { inference.reactor }
    private var config: Config { inference.snapshot.config }

    // What decides is kept out of the functions that wait: what they hold, a stream holds for as long as it lasts.

    func run() async throws(GatewayError) {
        if config.router.enablePreCallChecks { promptCheck = await PromptCheck(of: body, exchange.waiter) }
        while true {
            switch try next() {
            case .attempt(let attempt): if try await perform(attempt) { return }
            case .wait(let until):
                let end = min(LoopTime(sinceBoot: until), requestEnd)
                while reactor.now < end, !exchange.isClientGone { await exchange.waiter.wait(until: end) }
            }
        }
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
            if let check = loop.promptCheck { targets = check.fitting(targets) }
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
        } else if let tooLong = promptCheck?.failure(of: attempt.target, model: envelope.model) {
            inference.noteEnd(of: tooLong, at: LoopTime.now())
            failure = tooLong
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
                let failure = inference.told(await withoutEchoes(error, of: body), of: attempt.target)
                callEnded(attempt, sent, lane, began, failure)
                return failure
            }
        }
    }

    /// What a failure repeats of the request says nothing of the upstream. Looked for only where such words decide.
    private func withoutEchoes(_ failure: UpstreamFailure, of body: RequestBody) async -> UpstreamFailure {
        let words = failure.tellingWords
        guard !words.isEmpty else { return failure }
        var echo = RequestEcho(of: words)
        while !echo.advance(over: body.bytes.bytes, by: LargeText.partBytes / 8) { await exchange.waiter.yield() }
        return failure.echoing(echo.found)
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
