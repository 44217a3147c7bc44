internal import ConfigFile
internal import EventLoop
internal import Model
internal import Observability
internal import Providers
internal import Routing

/// One call upstream that is over, for a client or to see whether somebody is there. A value.
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

    enum Purpose {
        /// - Parameter id: of the client's request.
        case request(_ id: String)
        case healthCheck
    }

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
}

/// Every call upstream goes through these two, whatever it was made for: so a health check heals as a client's request
/// does, and counts as one.
extension Gateway {
    func callBegins(_ lane: Lane) -> LoopTime {
        let now = LoopTime.now()
        lane.box.withLock { $0.started(at: now.sinceBoot) }
        return now
    }

    func callEnded(_ call: Call, for purpose: Call.Purpose, _ lane: Lane, _ snapshot: Snapshot) {
        let target = call.target
        let box = lane.box
        let now = call.ended.sinceBoot
        guard let failure = call.failure else {
            let seconds = (call.ended - call.began).milliseconds / 1000
            let perToken = call.usage.completionTokens.map { seconds / Double(max(1, $0)) }
            let firstToken = call.firstTokenAt.map { ($0 - call.began).milliseconds / 1000 }
            box.withLock {
                $0.succeeded(
                    at: now, tokens: call.usage.totalTokens ?? 0, perToken: perToken ?? seconds, firstToken: firstToken,
                    model: target.wildcardModel)
            }
            return count(call, "success", purpose)
        }
        guard failure.status != 499, !call.isAbandoned else { return box.withLock { $0.ended() } }
        let own = snapshot.catalog.entries[target.deployment.id]?.params.cooldownTime
        let failureClass = FailureClass(failure)
        let retryAfter = failure.retryAfterDuration
        let (rests, isNew) = box.withLock { state -> (Bool, Bool) in
            let before = state.cooldownsTotal
            let rests = state.failed(
                failure, failureClass, at: now, rules: snapshot.cooldownRules, isAlone: call.isAlone,
                retryAfter: retryAfter, own: own, model: target.wildcardModel)
            return (rests, state.cooldownsTotal > before)
        }
        if isNew {
            metrics.cooledDown(
                target.deployment.id, provider: target.access.provider.prefix, class: failureClass.rawValue,
                status: failure.status, metricNames)
        }
        count(call, failureClass.rawValue, purpose)
        log(failure, failureClass, of: target, rests: rests, purpose)
    }

    /// Calls for clients are counted with their request's record.
    private func count(_ call: Call, _ outcome: String, _ purpose: Call.Purpose) {
        guard case .healthCheck = purpose else { return }
        metrics.healthChecked(
            call.target.deployment.id, provider: call.target.access.provider.prefix, outcome: outcome, metricNames)
    }

    private func log(
        _ failure: UpstreamFailure, _ failureClass: FailureClass, of target: Target, rests: Bool,
        _ purpose: Call.Purpose
    ) {
        let (message, id): (StaticString, String) =
            switch purpose {
            case .request(let id): ("attempt failed", id)
            case .healthCheck: ("health check failed", "")
            }
        state.log.write(
            .warning, message,
            [
                "request_id": id, "group": target.deployment.group, "deployment": target.deployment.id,
                "upstream_model": target.upstreamModel, "class": failureClass.rawValue, "status": "\(failure.status)",
                "cause": failure.cause.label, "message": failure.message, "detail": failure.detail ?? "",
                "rests": rests ? "true" : "false",
            ])
    }
}
