internal import ConfigFile
internal import EventLoop
internal import Model
internal import Observability
internal import Providers
internal import Routing

/// One client's call upstream that is over. A value.
struct Call {
    let target: Target
    /// Nobody else could serve the group's requests.
    let isAlone: Bool
    let began: LoopTime
    let ended: LoopTime
    /// `nil`: it answered.
    let failure: UpstreamFailure?
    let usage: Usage
    let firstTokenAt: LoopTime?
    /// The client left in the middle: nothing is known of the deployment.
    let isAbandoned: Bool

    init(
        of target: Target, isAlone: Bool, began: LoopTime, ended: LoopTime, failure: UpstreamFailure?,
        usage: Usage = Usage(), firstTokenAt: LoopTime? = nil, isAbandoned: Bool = false
    ) {
        self.target = target
        self.isAlone = isAlone
        self.began = began
        self.ended = ended
        self.failure = failure
        self.usage = usage
        self.firstTokenAt = firstTokenAt
        self.isAbandoned = isAbandoned
    }

    /// The client left, or never was there to wait: nothing is known of the deployment.
    var hasNoVerdict: Bool { failure?.status == 499 || isAbandoned }
}

/// Every client's call upstream goes through these.
extension Gateway {
    func callBegins(_ lane: Lane) -> LoopTime {
        let now = LoopTime.now()
        lane.box.withLock { $0.started(at: now.sinceBoot) }
        return now
    }

    func callSucceeded(_ call: Call, _ lane: Lane) {
        let seconds = (call.ended - call.began).milliseconds / 1000
        let perToken = call.usage.completionTokens.map { seconds / Double(max(1, $0)) }
        let firstToken = call.firstTokenAt.map { ($0 - call.began).milliseconds / 1000 }
        lane.box.withLock {
            $0.succeeded(
                at: call.ended.sinceBoot, tokens: call.usage.totalTokens ?? 0, perToken: perToken ?? seconds,
                firstToken: firstToken, model: call.target.wildcardModel)
        }
    }

    /// - Parameters:
    ///   - counts: whether the failure counts against the deployment now.
    ///   - requestID: of the client's request.
    ///   - redactor: of the client's request, when it has one of its own.
    /// - Returns: what it changed, to be taken back perhaps.
    func callFailed(
        _ call: Call, _ failure: UpstreamFailure, _ failureClass: FailureClass, counts: Bool, _ lane: Lane,
        _ snapshot: Snapshot, requestID: String, redactor: Redactor?
    ) -> DeploymentState.Mark {
        let mark = lane.box.withLock {
            $0.failed(
                failure, failureClass, at: call.ended.sinceBoot, rules: snapshot.cooldownRules, isAlone: call.isAlone,
                retryAfter: failure.retryAfterDuration, own: ownCooldown(of: call.target, snapshot),
                model: call.target.wildcardModel, counts: counts)
        }
        note(mark, failure, failureClass, of: call.target)
        log(
            "attempt failed", failure, failureClass, of: call.target, rests: mark.rests, requestID: requestID, redactor)
        return mark
    }

    /// Counts a failure that did not count when it came.
    func count(
        _ call: Call, _ failure: UpstreamFailure, _ failureClass: FailureClass, _ lane: Lane, _ snapshot: Snapshot
    ) {
        let mark = lane.box.withLock {
            $0.count(
                failure, failureClass, at: LoopTime.now().sinceBoot, rules: snapshot.cooldownRules,
                isAlone: call.isAlone, retryAfter: failure.retryAfterDuration,
                own: ownCooldown(of: call.target, snapshot), model: call.target.wildcardModel)
        }
        note(mark, failure, failureClass, of: call.target)
    }

    /// A health check takes no client's place: it is not under way for the limits of its deployment, heals, and lets
    /// nobody cool down who serves.
    ///
    /// - Parameter failure: `nil`: it answered.
    func checkEnded(_ target: Target, _ failure: UpstreamFailure?, _ lane: Lane, _ snapshot: Snapshot) {
        var outcome = "success"
        if let failure {
            let failureClass = FailureClass(failure)
            outcome = failureClass.rawValue
            let own = ownCooldown(of: target, snapshot)
            let mark = lane.box.withLock {
                $0.failedCheck(
                    failure, failureClass, at: LoopTime.now().sinceBoot, rules: snapshot.cooldownRules, own: own)
            }
            let redactor = snapshot.redactor(
                of: nil, quoting: [target.upstreamModel], known: [target.deployment.configuredModel])
            log("health check failed", failure, failureClass, of: target, rests: mark.rests, requestID: "", redactor)
        } else {
            lane.box.withLock { $0.passedCheck(model: target.wildcardModel) }
        }
        metrics.healthChecked(
            target.deployment.id, provider: target.access.provider.prefix, outcome: outcome, metricNames)
    }

    private func ownCooldown(of target: Target, _ snapshot: Snapshot) -> Duration? {
        snapshot.catalog.entries[target.deployment.id]?.params.cooldownTime
    }

    private func note(
        _ mark: DeploymentState.Mark, _ failure: UpstreamFailure, _ failureClass: FailureClass, of target: Target
    ) {
        guard mark.isNew else { return }
        metrics.cooledDown(
            target.deployment.id, provider: target.access.provider.prefix, class: failureClass.rawValue,
            status: failure.status, metricNames)
    }

    private func log(
        _ message: StaticString, _ failure: UpstreamFailure, _ failureClass: FailureClass, of target: Target,
        rests: Bool, requestID id: String, _ redactor: Redactor?
    ) {
        state.log.write(
            .warning, message, redactedBy: redactor,
            [
                "request_id": .text(id.isEmpty ? nil : id), "group": .text(target.deployment.group),
                "deployment": .text(target.deployment.id), "upstream_model": .text(target.upstreamModel),
                "class": .text(failureClass.rawValue), "status": .number(failure.status),
                "cause": .text(failure.cause.label), "upstream_message": .text(failure.message),
                "detail": .text(failure.logDetail), "rests": .flag(rests),
            ])
    }
}
