package import ConfigFile
package import Model

/// The course of one request through deployments and groups: which to ask next, when to pause, when to give up. A value;
/// the loop that carries it out has the sockets and the clock.
///
/// A request is a line of stages: the deployments of a group that share an `order`, then those of the next order, then the
/// groups it falls back to. Retries stay within a stage and come out of one budget for the whole request, so the calls a
/// client request can cause are bounded by its retries plus its fallbacks plus one.
package struct AttemptPlan: Sendable {
    package enum Step: Sendable {
        case attempt(Attempt)
        /// Nobody can be asked before then.
        case wait(until: Duration)
        case giveUp(Exhaustion)
    }

    package struct Attempt: Sendable {
        package let target: Target
        /// The group the target was asked for.
        package let group: String
        /// Changes to the body that a fallback entry asked for.
        package let overrides: [Deployment.BodyMember]
        /// 0 for the first.
        package let fallbackIndex: Int
        /// Nobody else could serve this request.
        package let isAlone: Bool
    }

    package enum Exhaustion: Sendable {
        /// The last failure, which the client gets.
        case failed(UpstreamFailure)
        /// Every deployment rests and none was asked; the first wakes after `retryAfter`.
        case resting(retryAfter: Duration, last: UpstreamFailure?)
        /// Every deployment's own limits are used up.
        case limited
        /// Tag routing leaves nobody.
        case noTagMatch([String])
    }

    private struct Stage: Sendable {
        let group: String
        let targets: [Target]
        let overrides: [Deployment.BodyMember]
        /// Place in the chain of groups; orders of one group share it.
        let groupIndex: Int
    }

    /// A pause for the first deployment to wake is worth it when it is this short.
    package static let longestWait = Duration.seconds(2)
    /// An upstream's `Retry-After` is waited for when it is this short.
    package static let longestRetryAfter = Duration.seconds(10)

    /// A failed attempt that has not been answered by a retry or a fallback yet.
    private struct Pending: Sendable {
        let attempt: Attempt
        let verdict: Verdict
        let retry: Verdict.Retry
        let allowedRetries: Int
        /// When the same deployment may be asked again; `nil`: not within this request.
        let again: Duration?
    }

    private let settings: RouterSettings
    private let policy: RequestPolicy
    private let requested: String
    private var stages: [Stage] = []
    private var stageIndex = 0
    /// Targets that failed for this request.
    private var tried: Set<String> = []
    private var triedGroups: Set<String>
    private var groupIndex = 0
    private var fallbacksAppended = 0
    private var pending: Pending?
    private var lastFailure: UpstreamFailure?
    /// Repeated calls so far.
    package private(set) var retriesUsed = 0
    /// Groups beyond the first that have been asked.
    package private(set) var fallbacksUsed = 0

    package init(route: Route, settings: RouterSettings, policy: RequestPolicy) {
        self.settings = settings
        self.policy = policy
        requested = route.requested
        triedGroups = [route.requested, route.group]
        append(route, overrides: [])
        for id in policy.chain {
            let targets = route.targets.compactMap { $0.asking(for: id) }
            guard !targets.isEmpty else { continue }
            groupIndex += 1
            stages += AttemptPlan.byOrder(targets).map {
                Stage(group: id, targets: $0, overrides: [], groupIndex: groupIndex)
            }
        }
    }

    private mutating func append(_ route: Route, overrides: [Deployment.BodyMember]) {
        let targets = tagged(route.targets)
        stages += AttemptPlan.byOrder(targets).map {
            Stage(group: route.group, targets: $0, overrides: overrides, groupIndex: groupIndex)
        }
    }

    /// Lowest order first; those without one come last.
    private static func byOrder(_ targets: [Target]) -> [[Target]] {
        guard targets.contains(where: { $0.deployment.limits.order != nil }) else {
            return targets.isEmpty ? [] : [targets]
        }
        let orders = Set(targets.map { $0.deployment.limits.order ?? .max }).sorted()
        return orders.map { order in targets.filter { ($0.deployment.limits.order ?? .max) == order } }
    }

    /// Tag routing: deployments with one of the request's tags (or all of them); requests without tags go to those tagged
    /// `default`, or to the untagged.
    private func tagged(_ targets: [Target]) -> [Target] {
        guard settings.enableTagFiltering else { return targets }
        if policy.tags.isEmpty {
            let defaults = targets.filter { $0.deployment.limits.tags.contains("default") }
            return defaults.isEmpty ? targets : defaults
        }
        let matching = targets.filter { target in
            let own = target.deployment.limits.tags
            return settings.tagFilteringMatchAny
                ? policy.tags.contains { own.contains($0) } : policy.tags.allSatisfy { own.contains($0) }
        }
        return matching.isEmpty ? targets.filter { $0.deployment.limits.tags.contains("default") } : matching
    }

    // MARK: what to do next

    /// What the plan needs to know of the world each time it decides.
    package struct Surroundings {
        /// On the same clock as the states.
        package let now: Duration
        /// Of the whole request; no pause goes beyond it.
        package let deadline: Duration
        package let state: (Deployment.ID) -> DeploymentState
        /// Chooses among targets that are ready; `nil` when their own limits are used up.
        package let pick: ([Target]) -> Target?
        /// Where a fallback entry leads; `nil` when it leads nowhere.
        package let route: (String) -> Route?

        package init(
            now: Duration, deadline: Duration, state: @escaping (Deployment.ID) -> DeploymentState,
            pick: @escaping ([Target]) -> Target?, route: @escaping (String) -> Route?
        ) {
            self.now = now
            self.deadline = deadline
            self.state = state
            self.pick = pick
            self.route = route
        }
    }

    package mutating func next(in world: Surroundings) -> Step {
        guard !stages.isEmpty else { return .giveUp(.noTagMatch(policy.tags)) }
        if let failed = pending {
            if let step = retry(failed, in: world) { return step }
            pending = nil
            guard fallBack(failed.verdict.fallback, from: failed.attempt.group, in: world) else { return giveUp() }
        }
        var soonest: (until: Duration, failure: UpstreamFailure?)?
        var isLimited = false
        while true {
            let stage = stages[stageIndex]
            let ready = ready(stage, in: world)
            if !ready.isEmpty {
                if let target = world.pick(ready) { return begin(target, in: stage) }
                isLimited = true
            }
            for target in stage.targets where !tried.contains(key(target)) {
                let state = world.state(target.deployment.id)
                guard case .resting(let until) = state.availability(at: world.now) else { continue }
                if soonest.map({ until < $0.until }) ?? true { soonest = (until, state.rest?.failure) }
            }
            guard fallBack(.general, from: stage.group, in: world) else { break }
        }
        if lastFailure != nil { return giveUp() }
        guard let soonest else { return .giveUp(.limited) }
        let wait = soonest.until - world.now
        if !isLimited, wait <= AttemptPlan.longestWait, soonest.until < world.deadline {
            stageIndex = 0
            return .wait(until: soonest.until)
        }
        // A deployment that nobody can stand in for: the client gets what the upstream said.
        if isAlone, let failure = soonest.failure { return .giveUp(.failed(failure)) }
        return .giveUp(.resting(retryAfter: wait, last: soonest.failure))
    }

    private func giveUp() -> Step {
        lastFailure.map { .giveUp(.failed($0)) } ?? .giveUp(.limited)
    }

    /// Another attempt within the stage: another deployment at once, else the same one after a pause.
    private mutating func retry(_ failed: Pending, in world: Surroundings) -> Step? {
        guard failed.retry != .never, retriesUsed < failed.allowedRetries else { return nil }
        let stage = stages[stageIndex]
        let others = ready(stage, in: world)
        if !others.isEmpty, let target = world.pick(others) {
            retriesUsed += 1
            return begin(target, in: stage)
        }
        guard let again = failed.again, again < world.deadline else { return nil }
        if case .resting(let until) = world.state(failed.attempt.target.deployment.id).availability(at: again),
            until > again
        {
            return nil
        }
        if again > world.now { return .wait(until: again) }
        retriesUsed += 1
        return begin(failed.attempt.target, in: stage)
    }

    /// Those of a stage that can be asked now and have not failed for this request.
    private func ready(_ stage: Stage, in world: Surroundings) -> [Target] {
        stage.targets.filter { target in
            guard !tried.contains(key(target)) else { return false }
            // One whose rest is over is tried by one request, which can still be served elsewhere.
            if case .resting = world.state(target.deployment.id).availability(at: world.now) { return false }
            return true
        }
    }

    private mutating func begin(_ target: Target, in stage: Stage) -> Step {
        pending = nil
        fallbacksUsed = stage.groupIndex
        return .attempt(
            Attempt(
                target: target, group: stage.group, overrides: stage.overrides, fallbackIndex: stage.groupIndex,
                isAlone: isAlone))
    }

    /// Nobody else could serve this request.
    private var isAlone: Bool { stages.count == 1 && stages[0].targets.count == 1 }

    /// One deployment may stand in several stages under different models.
    private func key(_ target: Target) -> String { "\(target.deployment.id) \(target.upstreamModel)" }

    // MARK: what became of it

    /// Notes a failed attempt; `next` then decides where the request goes from there.
    ///
    /// - Parameters:
    ///   - retryAfter: what the upstream asked for.
    ///   - ownRetries: the deployment's `num_retries`.
    ///   - jitter: 0 up to, not including, 1.
    package mutating func failed(
        _ attempt: Attempt, _ failure: UpstreamFailure, _ failureClass: FailureClass, retryAfter: Duration?,
        ownRetries: Int?, at now: Duration, jitter: Double
    ) {
        lastFailure = failure
        tried.insert(key(attempt.target))
        let verdict = Verdict.on(failureClass)
        let (allowed, byPolicy) = settings.retries(
            for: failureClass, group: attempt.group, own: ownRetries, request: policy.numRetries)
        // A policy that names the class outweighs the table; so does an upstream that says when there is money again.
        let outweighs = byPolicy || failureClass == .paymentRequired && retryAfter != nil
        let retry = outweighs ? .any : verdict.retry
        pending = Pending(
            attempt: attempt, verdict: verdict, retry: retry, allowedRetries: allowed,
            again: retry == .any ? pause(retryAfter, jitter: jitter).map { now + $0 } : nil)
    }

    /// Before the same deployment is asked again; `nil` when the upstream asks for more patience than a request has.
    private func pause(_ retryAfter: Duration?, jitter: Double) -> Duration? {
        if let retryAfter, retryAfter > .zero {
            guard retryAfter <= AttemptPlan.longestRetryAfter else { return nil }
            return retryAfter + .milliseconds(Int(jitter * 250))
        }
        let doubled = Duration.milliseconds(500 << min(retriesUsed, 4))
        return min(max(doubled, settings.retryAfter), .seconds(8)) + .milliseconds(Int(jitter * 750))
    }

    // MARK: fallbacks

    /// Moves on to the next stage. At the end of the line, appends what the request or the configuration names for the
    /// group that could not serve. `false` when there is nothing left.
    private mutating func fallBack(_ list: Verdict.Fallback, from group: String, in world: Surroundings) -> Bool {
        guard list != .none else { return false }
        if list == .general, stageIndex + 1 < stages.count {
            stageIndex += 1
            return true
        }
        guard !policy.disableFallbacks else { return false }
        // A prompt that is too long is so for the rest of the line too: only its own list can help.
        if list != .general { stages.removeSubrange((stageIndex + 1)...) }
        for entry in entries(list, for: group) where fallbacksAppended < max(0, settings.maxFallbacks) {
            guard triedGroups.insert(entry.model).inserted, let route = world.route(entry.model) else { continue }
            groupIndex += 1
            fallbacksAppended += 1
            append(route, overrides: entry.overrides)
        }
        guard stageIndex + 1 < stages.count else { return false }
        stageIndex += 1
        return true
    }

    /// The request's own list, else the configured one for the group (under the name that was asked for, or its own),
    /// else the one for `*`.
    private func entries(_ list: Verdict.Fallback, for group: String) -> [RequestPolicy.FallbackEntry] {
        let (own, rules): ([RequestPolicy.FallbackEntry]?, [FallbackRule]) =
            switch list {
            case .none: (nil, [])
            case .general: (policy.fallbacks, settings.fallbacks)
            case .contextWindow: (policy.contextWindowFallbacks, settings.contextWindowFallbacks)
            case .contentPolicy: (policy.contentPolicyFallbacks, settings.contentPolicyFallbacks)
            }
        if let own { return own }
        let names = stages[stageIndex].groupIndex == 0 ? [requested, group, "*"] : [group, "*"]
        for name in names {
            if let rule = rules.first(where: { $0.group == name }) { return rule.targets.map { .init(model: $0) } }
        }
        return list == .general ? settings.defaultFallbacks.map { .init(model: $0) } : []
    }
}
