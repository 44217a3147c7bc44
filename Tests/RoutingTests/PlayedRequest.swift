import ConfigFile
import JSONText
import Model
import Routing

/// A generator whose draws are the same in every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    /// 0 up to, not including, 1.
    mutating func fraction() -> Double { Double.random(in: 0..<1, using: &self) }
}

/// What a deployment does with one call.
enum Outcome: Sendable {
    case ok
    /// An HTTP status, with the seconds of a `Retry-After`.
    case status(Int, retryAfter: Int? = nil, message: String = "No.")
    case cause(UpstreamFailure.Cause)
    /// A status with the upstream's own words.
    case says(Int, String)

    static let context = Outcome.status(400, message: "This model's maximum context length is 10 tokens.")
    static let policy = Outcome.status(403, message: "This requires moderation.")

    func failure() -> UpstreamFailure? {
        switch self {
        case .ok: return nil
        case .status(let status, let retryAfter, let message):
            var failure = UpstreamFailure(cause: .status, provider: "openrouter", status: status, message: message)
            failure.retryAfter = retryAfter.map(String.init)
            return failure
        case .says(let status, let message):
            var failure = UpstreamFailure(cause: .status, provider: "openrouter", status: status, message: message)
            failure.quotesUpstream = true
            return failure
        case .cause(let cause):
            let isTimeout = FailureClass(UpstreamFailure(cause: cause, provider: "", status: 502, message: ""))
            return UpstreamFailure(
                cause: cause, provider: "openrouter", status: isTimeout == .timeout ? 504 : 502, message: "No.")
        }
    }

    var retryAfter: Duration? {
        if case .status(_, let seconds?, _) = self { .seconds(seconds) } else { nil }
    }
}

/// Groups, their deployments and what those do, under a clock that only moves when somebody waits or calls.
struct World {
    /// `model_name` and the ids of its deployments, which are also their models: `openrouter/test/<id>`.
    var entries: [ModelEntry] = []
    var settings = RouterSettings()
    var policy = RequestPolicy()
    /// Further ids that the request names for the same deployments.
    var chain: [String] = []
    /// The client chose times that run out before the operator's.
    var isClientsLimit = false
    var rules = DeploymentState.Rules()
    /// By deployment id, or by model where that is more than one; the last one repeats. Nothing: it answers.
    var script: [String: [Outcome]] = [:]
    var states: [String: DeploymentState] = [:]
    var now = Duration.seconds(1000)
    var deadline = Duration.seconds(1000 + 600)
    /// How long a call takes.
    var callTime = Duration.zero
    var jitter = 0.0
    var draw: (([Target]) -> Target?) = { $0.first }
    /// What a deployment does, where it says so; else the script.
    var outcome: (String) -> Outcome? = { _ in nil }

    init(_ groups: KeyValuePairs<String, [String]>, _ change: (inout RouterSettings) -> Void = { _ in }) {
        for (name, ids) in groups {
            for id in ids {
                entries.append(RoutingTests.entry(name, "openrouter/test/\(id)") { $0.info.id = id })
            }
        }
        change(&settings)
    }

    mutating func change(_ id: String, _ change: (inout ModelParams) -> Void) {
        for index in entries.indices where entries[index].info.id == id { change(&entries[index].params) }
    }

    /// One request, carried out as the attempt loop does.
    mutating func play(_ model: String = "a") throws -> Played {
        try play(model, in: builtCatalog())
    }

    func builtCatalog() -> Catalog {
        let (aliases, ownSettings) = (settings.aliases, settings)
        return catalog(entries, aliases: aliases) { $0.router = ownSettings }
    }

    mutating func play(_ model: String, in catalog: Catalog) throws -> Played {
        let route = try catalog.resolve(model)
        var policy = policy
        policy.chain = chain.map { id in route.with(targets: route.targets.compactMap { $0.asking(for: id) }) }
        var plan = AttemptPlan(route: route, rules: AttemptRules(settings), policy: policy)
        var played = Played()
        var failed: [FailedCall] = []
        for _ in 0..<10_000 {
            guard now < deadline else {
                played.end = .timedOut
                return played
            }
            let step = plan.next(
                in: PlayedMoment(now: now, deadline: deadline, states: states, catalog: catalog, draw: draw))
            (played.retries, played.fallbacks) = (plan.retriesUsed, plan.fallbacksUsed)
            played.retryLimit = plan.retryLimit
            switch step {
            case .attempt(let attempt):
                let id = attempt.target.deployment.id
                played.calls.append(id)
                played.models.append(attempt.target.upstreamModel)
                played.groups.append(attempt.group)
                played.attempts.append(attempt)
                states[id, default: DeploymentState()].started(at: now)
                now += callTime
                let outcome = next(id, attempt.target.upstreamModel)
                guard let failure = outcome.failure() else {
                    for place in plan.answered() { count(failed[place]) }
                    states[id]?.succeeded(at: now, tokens: 10, perToken: 0.01, firstToken: nil)
                    played.end = .answered
                    return played
                }
                let params = catalog.entries[id]?.params
                let judgement = plan.judge(
                    attempt, failure, FailureClass(failure), isClientsLimit: isClientsLimit,
                    retryAfter: outcome.retryAfter)
                for place in judgement.takenBack { states[failed[place].id]?.takeBack(failed[place].mark) }
                let mark =
                    states[id]?.failed(
                        failure, FailureClass(failure), at: now, rules: rules, isAlone: attempt.isAlone,
                        retryAfter: outcome.retryAfter, own: params?.cooldownTime, counts: judgement.counts)
                    ?? DeploymentState.Mark()
                failed.append(FailedCall(id: id, failure: failure, isAlone: attempt.isAlone, mark: mark))
                played.counted.append(judgement.counts)
                plan.failed(
                    attempt, failure, FailureClass(failure), retryAfter: outcome.retryAfter,
                    ownRetries: params?.numRetries, at: now, jitter: jitter)
            case .wait(let until):
                played.waits.append(until - now)
                now = until
            case .giveUp(let exhaustion):
                played.end = .gaveUp(exhaustion)
                return played
            }
        }
        return played
    }

    private struct FailedCall {
        let id: String
        let failure: UpstreamFailure
        let isAlone: Bool
        let mark: DeploymentState.Mark
    }

    private mutating func count(_ call: FailedCall) {
        _ = states[call.id]?.count(
            call.failure, FailureClass(call.failure), at: now, rules: rules, isAlone: call.isAlone, retryAfter: nil,
            own: nil, model: nil)
    }

    private mutating func next(_ id: String, _ model: String) -> Outcome {
        if let outcome = outcome(id) { return outcome }
        let key = script[model] == nil ? id : model
        guard let list = script[key], let first = list.first else { return .ok }
        if list.count > 1 { script[key] = Array(list.dropFirst()) }
        return first
    }

    /// Rests a deployment until then.
    mutating func rest(_ id: String, until: Duration, status: Int = 503) {
        var state = DeploymentState()
        let failure = UpstreamFailure(cause: .status, provider: "openrouter", status: status, message: "Rest.")
        state.started(at: now)
        state.failed(
            failure, FailureClass(failure), at: now, rules: DeploymentState.Rules(), isAlone: false,
            retryAfter: until - now, own: nil)
        states[id] = state
    }
}

/// What the plan sees of the played world.
private struct PlayedMoment: AttemptPlan.Surroundings {
    let now: Duration
    let deadline: Duration
    let states: [String: DeploymentState]
    let catalog: Catalog
    let draw: ([Target]) -> Target?

    private func state(_ target: Target) -> DeploymentState { states[target.deployment.id] ?? DeploymentState() }

    func availability(of target: Target, at time: Duration) -> DeploymentState.Availability {
        state(target).availability(at: time, model: target.wildcardModel)
    }

    func rest(of target: Target) -> DeploymentState.Rest? {
        state(target).rest(at: now, model: target.wildcardModel)
    }

    func pick(_ targets: [Target]) -> Target? { draw(targets) }
    func route(to entry: String) -> Route? { try? catalog.resolve(entry) }
}

/// What became of one request.
struct Played {
    enum End {
        case answered
        case gaveUp(AttemptPlan.Exhaustion)
        case timedOut
        case never
    }

    var calls: [String] = []
    var models: [String] = []
    var groups: [String] = []
    var attempts: [AttemptPlan.Attempt] = []
    var waits: [Duration] = []
    /// Of each failed call: whether it counted when it came.
    var counted: [Bool] = []
    var retries = 0
    var retryLimit: Int?
    var fallbacks = 0
    var end = End.never

    var text: String { calls.joined(separator: " ") }

    /// A word for each kind of end; the status of what the client gets.
    var result: String {
        switch end {
        case .answered: "ok"
        case .gaveUp(.failed(let failure)): "\(failure.status)"
        case .gaveUp(.resting(let resting)): "resting \(resting.left.wholeSeconds)"
        case .gaveUp(.limited): "limited"
        case .gaveUp(.noTagMatch): "no tag"
        case .timedOut: "timed out"
        case .never: "never"
        }
    }
}
