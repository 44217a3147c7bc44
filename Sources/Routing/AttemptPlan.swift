package import ConfigFile
package import Model
internal import Providers

/// The course of one request through deployments and groups: which to ask next, when to pause, when to give up. A value,
/// never copied; the loop that carries it out has the sockets and the clock.
///
/// A request is a line of stages: the deployments of a group that share an `order`, then those of the next order, then the
/// client's own chain, then the groups it falls back to, each with its own fallbacks right behind it. Retries stay within a
/// stage and come out of one budget for the whole request; every move to another stage counts as a fallback. So the calls
/// a client request can cause are its retries plus its fallbacks plus one.
package struct AttemptPlan: ~Copyable, Sendable {
    struct Stage: Sendable {
        let group: String
        /// What the lists of fallbacks may also call the group: as it was asked for.
        let asked: String
        let targets: [Target]
        let overrides: [Deployment.BodyMember]
        /// No other stage holds a deployment of the group.
        let isWholeGroup: Bool
        /// The group's fallbacks are looked up when this stage is done.
        var isLastOfGroup = false
        /// That has been done; once is enough, also when the line is walked again after a wait.
        var isLookedUp = false
        /// One of the client's chain. As OpenRouter does, the next one is asked after any failure.
        var isLinkOfChain = false
        /// Of a group that was fallen back to. The next one is asked after any failure, too.
        var isFallback = false
    }

    /// A request waits this long, all in all, for the first deployment to wake.
    package static let longestWait = Duration.seconds(2)
    /// An upstream's `Retry-After` is waited for when it is this short.
    package static let longestRetryAfter = Duration.seconds(10)

    /// A failed attempt that has not been answered by a retry or a fallback yet.
    private struct Pending: Sendable {
        let attempt: Attempt
        let verdict: Verdict
        let retry: Verdict.Retry
        let allowedRetries: Int
        /// The rest of the group need not be asked.
        let leavesGroup: Bool
    }

    private let rules: AttemptRules
    /// `nil`: the request has no wishes.
    private let policy: RequestPolicy?
    private(set) var stages: [Stage] = []
    var stageIndex = 0
    /// Targets that failed for this request.
    private var tried: Set<Name> = []
    /// When those that may be asked once more may be asked; whoever is tried and not in here is done with this request.
    private var again: [Name: Duration] = [:]
    /// Filled when the first fallback is looked up, which most requests never need.
    private var triedGroups: Set<Name> = []
    private var groupsAppended = 0
    private var pending: Pending?
    /// When the request's patience with resting deployments ends; set by the first wait.
    private var patienceEnd: Duration?
    private var lastFailure: UpstreamFailure?
    /// The first one that is about what the client asks for.
    private var ownFailure: UpstreamFailure?
    private var failures = RequestFailures()
    /// Repeated calls so far.
    package private(set) var retriesUsed = 0
    /// What the operator allowed after the last failure, when the request wished for more.
    package private(set) var retryLimit: Int?
    /// Stages passed on the way to the one that was asked last.
    package private(set) var fallbacksUsed = 0

    /// - Parameter policy: the request's own wishes, if it has any.
    package init(route: Route, rules: AttemptRules, policy: RequestPolicy?) {
        self.rules = rules
        self.policy = policy
        stages = line(for: route, asked: route.requested, overrides: [])
        guard let chain = self.policy?.chain, !chain.isEmpty else { return }
        for link in chain {
            for targets in AttemptPlan.byOrder(tagged(link.targets)) {
                stages.append(
                    Stage(
                        group: link.group, asked: route.requested, targets: targets, overrides: [],
                        isWholeGroup: false))
            }
        }
        for index in stages.indices {
            stages[index].isLinkOfChain = true
            stages[index].isLastOfGroup = index == stages.count - 1
        }
    }

    /// The stages of one group.
    private func line(for route: Route, asked name: String, overrides: [Deployment.BodyMember]) -> [Stage] {
        // Nobody of the group can be asked for this endpoint; who stands in for it perhaps can.
        if route.targets.isEmpty {
            var nobody = Stage(group: route.group, asked: name, targets: [], overrides: [], isWholeGroup: false)
            nobody.isLastOfGroup = true
            return [nobody]
        }
        let targets = tagged(route.targets)
        if !targets.isEmpty, targets.allSatisfy({ $0.deployment.limits.order == nil }) {
            var only = Stage(
                group: route.group, asked: name, targets: targets, overrides: overrides,
                isWholeGroup: targets.count == route.targets.count)
            only.isLastOfGroup = true
            return [only]
        }
        let orders = AttemptPlan.byOrder(targets)
        let isWhole = route.targets.count == orders.first?.count
        var stages = orders.map {
            Stage(
                group: route.group, asked: name, targets: $0, overrides: overrides,
                isWholeGroup: isWhole)
        }
        if !stages.isEmpty { stages[stages.count - 1].isLastOfGroup = true }
        return stages
    }

    /// Lowest order first; those without one come last.
    private static func byOrder(_ targets: [Target]) -> [[Target]] {
        guard targets.contains(where: { $0.deployment.limits.order != nil }) else {
            return targets.isEmpty ? [] : [targets]
        }
        let orders = Set(targets.map { $0.deployment.limits.order ?? .max }).sorted()
        return orders.map { order in targets.filter { ($0.deployment.limits.order ?? .max) == order } }
    }

    /// Tag routing: deployments with one of the request's tags (or all of them), else those tagged `default`;
    /// requests without tags go to those tagged `default`, or, where nobody is, to anybody.
    private func tagged(_ targets: [Target]) -> [Target] {
        guard rules.settings.enableTagFiltering else { return targets }
        let tags = (policy?.tags ?? []).map { Name($0) }
        if tags.isEmpty {
            let defaults = targets.filter { $0.deployment.limits.tags.contains("default") }
            return defaults.isEmpty ? targets : defaults
        }
        let matching = targets.filter { target in
            let own = target.deployment.limits.tags.map { Name($0) }
            return rules.settings.tagFilteringMatchAny
                ? tags.contains { own.contains($0) } : tags.allSatisfy { own.contains($0) }
        }
        return matching.isEmpty ? targets.filter { $0.deployment.limits.tags.contains("default") } : matching
    }

    // MARK: what to do next

    /// What the plan needs to know of the world each time it decides.
    package protocol Surroundings {
        /// On the same clock as the states.
        var now: Duration { get }
        /// Of the whole request; no pause goes beyond it.
        var deadline: Duration { get }
        func availability(of target: Target, at time: Duration) -> DeploymentState.Availability
        /// Why it cannot be asked.
        func rest(of target: Target) -> DeploymentState.Rest?
        /// Chooses among targets that are ready; `nil` when their own limits are used up.
        func pick(_ targets: [Target]) -> Target?
        /// Where a fallback entry leads; `nil` when it leads nowhere.
        func route(to entry: String) -> Route?
    }

    package mutating func next(in world: some Surroundings) -> Step {
        guard !stages.isEmpty else { return .giveUp(.noTagMatch(policy?.tags ?? [])) }
        if let failed = pending {
            if let step = retry(failed, in: world) { return step }
            pending = nil
            if failed.leavesGroup { leaveGroup() }
            guard fallBack(failed.verdict.fallback, in: world) else { return giveUp() }
        }
        var soonest: (until: Duration, target: Target, group: String)?
        var isLimited = false
        while true {
            let ready = ready(in: world)
            if !ready.isEmpty {
                if let target = world.pick(ready) { return begin(target) }
                isLimited = true
            }
            for target in stages[stageIndex].targets where !hasFailed(target) {
                guard case .resting(let until) = world.availability(of: target, at: world.now) else { continue }
                if soonest.map({ until < $0.until }) ?? true { soonest = (until, target, stages[stageIndex].group) }
            }
            if ready.isEmpty, let target = keptInUse(in: world) { return begin(target) }
            guard fallBack(.general, in: world) else { break }
        }
        if lastFailure != nil { return giveUp() }
        guard let soonest else { return .giveUp(.limited) }
        if !isLimited, let target = lastInUse(in: world) { return begin(target) }
        let wait = soonest.until - world.now
        let end = patienceEnd ?? world.now + AttemptPlan.longestWait
        if !isLimited, soonest.until <= end, soonest.until < world.deadline {
            (patienceEnd, stageIndex) = (end, 0)
            return .wait(until: soonest.until)
        }
        return .giveUp(
            .resting(
                Resting(
                    target: soonest.target, group: soonest.group, left: wait,
                    reason: world.rest(of: soonest.target)?.reason,
                    isAlone: stages.count == 1 && stages[0].targets.count == 1)))
    }

    private func giveUp() -> Step {
        (ownFailure ?? lastFailure).map { .giveUp(.failed($0)) } ?? .giveUp(.limited)
    }

    /// Another attempt within the stage: a deployment that has not failed at once, else the one that has rested longest
    /// since, after its pause.
    private mutating func retry(_ failed: Pending, in world: some Surroundings) -> Step? {
        guard failed.retry != .never, retriesUsed < failed.allowedRetries else { return nil }
        if let target = pick(ready(in: world), in: world) {
            retriesUsed += 1
            return begin(target)
        }
        var soonest: (target: Target, at: Duration)?
        for target in stages[stageIndex].targets {
            guard let at = again[key(target)], at < world.deadline, soonest.map({ at < $0.at }) ?? true else {
                continue
            }
            let moment = max(at, world.now)
            if case .resting(let until) = world.availability(of: target, at: moment), until > moment { continue }
            soonest = (target, at)
        }
        guard let (target, at) = soonest else { return nil }
        if at > world.now { return .wait(until: at) }
        guard let target = pick([target], in: world) else { return nil }
        retriesUsed += 1
        return begin(target)
    }

    private func pick(_ targets: [Target], in world: some Surroundings) -> Target? {
        targets.isEmpty ? nil : world.pick(targets)
    }

    /// Those of the stage that can be asked now and have not failed for this request.
    private func ready(in world: some Surroundings) -> [Target] {
        let targets = stages[stageIndex].targets
        // Nearly always it is all of them.
        var isWhole = true
        for target in targets where !isReady(target, in: world) {
            isWhole = false
            break
        }
        if isWhole { return targets }
        var ready: [Target] = []
        for target in targets where isReady(target, in: world) { ready.append(target) }
        return ready
    }

    private func isReady(_ target: Target, in world: some Surroundings) -> Bool {
        guard !hasFailed(target) else { return false }
        // One whose rest is over is tried by one request, which can still be served elsewhere.
        if case .resting = world.availability(of: target, at: world.now) { return false }
        return true
    }

    /// A target that failed for this request is in none of its group's later stages worth asking.
    private mutating func leaveGroup() {
        guard !stages[stageIndex].isLinkOfChain else { return }
        var last = stageIndex
        while last < stages.count - 1, !stages[last].isLastOfGroup { last += 1 }
        guard last > stageIndex else { return }
        stages.removeSubrange(stageIndex + 1...last)
        stages[stageIndex].isLastOfGroup = true
    }

    private mutating func begin(_ target: Target) -> Step {
        if pending != nil { pending = nil }
        fallbacksUsed = stageIndex
        let isAlone =
            stages[stageIndex].isWholeGroup && stages[stageIndex].targets.count == 1 && !hasFallbacks(stageIndex)
        return .attempt(
            Attempt(
                target: target, group: stages[stageIndex].group, overrides: stages[stageIndex].overrides,
                fallbackIndex: stageIndex, isAlone: isAlone))
    }

    func hasFailed(_ target: Target) -> Bool {
        // The first attempt of nearly every request: no name has to be put together for it.
        !tried.isEmpty && tried.contains(key(target))
    }

    /// One deployment may stand in several stages under different models.
    private func key(_ target: Target) -> Name { Name("\(target.deployment.id) \(target.upstreamModel)") }

    // MARK: what became of it

    /// Says whether a failed call counts against its deployment, and which earlier ones of this request do not after all.
    ///
    /// - Parameters:
    ///   - isClientsLimit: a time ran out that the client had chosen, before the operator's did.
    ///   - retryAfter: what the upstream asked for.
    package mutating func judge(
        _ attempt: Attempt, _ failure: UpstreamFailure, _ failureClass: FailureClass, isClientsLimit: Bool,
        retryAfter: Duration?
    ) -> FailureJudgement {
        failures.judge(
            failure, failureClass, of: attempt.target.deployment.id, isClientsLimit: isClientsLimit,
            isTold: retryAfter.map { $0 > .zero } ?? false)
    }

    /// The request was answered.
    ///
    /// - Returns: which of the failures that were judged count now, by their places from 0.
    package mutating func answered() -> [Int] { failures.answered() }

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
        if ownFailure == nil, failureClass.isOfRequest || failures.isRequestsFault { ownFailure = failure }
        tried.insert(key(attempt.target))
        let verdict = Verdict.on(failureClass)
        let (allowed, byPolicy) = rules.settings.retries(
            for: failureClass, group: attempt.group, own: ownRetries, request: policy?.numRetries)
        if let wished = policy?.numRetries { retryLimit = allowed < wished ? allowed : nil }
        // A policy that names the class outweighs the table; so does an upstream that says when there is money again.
        let outweighs = byPolicy || failureClass == .paymentRequired && retryAfter != nil
        // Two deployments have said the same of it, so a third one would.
        let asked: Verdict.Retry = failures.isRequestsFault ? .never : outweighs ? .any : verdict.retry
        // A canned answer is the same each time; another deployment's is not.
        let retry = asked == .any && attempt.target.deployment.mock != nil ? .others : asked
        again[key(attempt.target)] = retry == .any ? pause(retryAfter, jitter: jitter).map { now + $0 } : nil
        pending = Pending(
            attempt: attempt, verdict: verdict, retry: retry, allowedRetries: allowed,
            leavesGroup: failures.isRequestsFault || failureClass == .notSupported || verdict.fallback != .general)
    }

    /// Before the same deployment is asked again; `nil` when the upstream asks for more patience than a request has.
    private func pause(_ retryAfter: Duration?, jitter: Double) -> Duration? {
        if let retryAfter, retryAfter > .zero {
            guard retryAfter <= AttemptPlan.longestRetryAfter else { return nil }
            return retryAfter + .milliseconds(Int(jitter * 250))
        }
        let doubled = Duration.milliseconds(500 << min(retriesUsed, 4))
        return min(max(doubled, rules.settings.retryAfter), .seconds(8)) + .milliseconds(Int(jitter * 750))
    }

    // MARK: fallbacks

    /// Moves on to the next stage. At the end of a group, what the request or the configuration names for it comes next,
    /// before what else was left of the line. `false` when there is nothing left.
    ///
    /// A line of fallbacks goes on to its end, whatever one of them fails with: they are other models, and what one cannot
    /// take another may.
    private mutating func fallBack(_ list: Verdict.Fallback, in world: some Surroundings) -> Bool {
        let stage = stages[stageIndex]
        let list = stage.isLinkOfChain && !stage.isLastOfGroup ? .general : list
        if !stage.isFallback {
            guard list != .none else { return false }
            // A prompt that is too long is so for the rest of the group too: only its own list can help.
            if list != .general { stages.removeSubrange((stageIndex + 1)...) }
        }
        if policy?.disableFallbacks != true, list != .none,
            list != .general || stage.isLastOfGroup && !stage.isLookedUp
        {
            if triedGroups.isEmpty { triedGroups = [Name(stages[0].asked), Name(stages[0].group)] }
            var line: [Stage] = []
            for entry in entries(list, for: stage) where groupsAppended < max(0, rules.settings.maxFallbacks) {
                guard triedGroups.insert(Name(entry.model)).inserted, let route = world.route(to: entry.model) else {
                    continue
                }
                groupsAppended += 1
                line += self.line(for: route, asked: entry.model, overrides: entry.overrides)
            }
            for index in line.indices { line[index].isFallback = true }
            stages.insert(contentsOf: line, at: stageIndex + 1)
            stages[stageIndex].isLookedUp = true
        }
        guard stageIndex + 1 < stages.count else { return false }
        stageIndex += 1
        return true
    }

    private func hasFallbacks(_ stage: Int) -> Bool {
        (policy?.fallbacks != nil || rules.hasFallbacks) && !entries(.general, for: stages[stage]).isEmpty
    }

    /// The request's own list, else the configured one for the group (under the name that was asked for, or its own; then
    /// under either with its provider's prefix or without), else the one for `*`.
    private func entries(_ list: Verdict.Fallback, for stage: Stage) -> [RequestPolicy.FallbackEntry] {
        let (own, lists): ([RequestPolicy.FallbackEntry]?, [FallbackRule]) =
            switch list {
            case .none: (nil, [])
            case .general: (policy?.fallbacks, rules.settings.fallbacks)
            case .contextWindow: (policy?.contextWindowFallbacks, rules.settings.contextWindowFallbacks)
            case .contentPolicy: (policy?.contentPolicyFallbacks, rules.settings.contentPolicyFallbacks)
            }
        if let own { return own }
        func rule(of name: String) -> FallbackRule? { lists.first { Name($0.group) == Name(name) } }
        func ruleOfOther(_ name: String) -> FallbackRule? {
            ModelName.otherSpellings(of: name).lazy.compactMap(rule).first
        }
        if !lists.isEmpty,
            let rule = rule(of: stage.asked) ?? rule(of: stage.group) ?? ruleOfOther(stage.asked)
                ?? ruleOfOther(stage.group) ?? rule(of: "*")
        {
            return rule.targets.map { .init(model: $0) }
        }
        return list == .general ? rules.settings.defaultFallbacks.map { .init(model: $0) } : []
    }
}

/// The router's settings, for every plan of one configuration. A class: a plan that kept a copy would retain and release
/// the dozen collections in it for each request.
package final class AttemptRules: Sendable {
    let settings: RouterSettings
    /// Some group has others to fall back to.
    let hasFallbacks: Bool

    package init(_ settings: RouterSettings) {
        self.settings = settings
        hasFallbacks = !settings.fallbacks.isEmpty || !settings.defaultFallbacks.isEmpty
    }
}
