package import Model

/// What the router knows of one deployment: rest, load, latency, use. A value without a clock; times are durations since
/// some fixed point that the caller keeps.
package struct DeploymentState: Sendable {
    /// The rules that decide when a deployment rests.
    package struct Rules: Sendable, Hashable {
        package var isDisabled = false
        /// How long, when neither the deployment nor the upstream says.
        package var cooldownTime = Duration.seconds(5)
        /// More failures than this within a cooldown time rest it. `nil`: five in a row
        /// do, or more than half of a minute's requests, when those are five at least.
        package var allowedFails: Int?
        package var allowedFailsPolicy: [String: Int] = [:]

        package init() {}
    }

    package enum Availability: Sendable, Hashable {
        case ready
        /// It has rested and not proved itself since; one request at a time tries.
        case probing
        case resting(until: Duration)
    }

    /// Why it rests, for operators and for the client that nobody else can serve.
    package struct Rest: Sendable {
        package var until: Duration
        package var failure: UpstreamFailure
        package var failureClass: FailureClass
        package var since: Duration
    }

    package private(set) var rest: Rest?
    /// Rests of single models, for a wildcard deployment.
    package private(set) var modelRests = ModelRests()
    /// Requests under way.
    package private(set) var inFlight = 0
    private var probeUnderWay = false
    private var window = MinuteWindow()
    private var fails = (count: 0, until: Duration.zero)
    private var failsInRow = 0
    private var latencies = Samples()
    private var firstTokens = Samples()
    /// The last call that counts for or against it failed.
    package private(set) var isFailing = false
    package private(set) var failuresTotal = 0
    package private(set) var successesTotal = 0
    package private(set) var cooldownsTotal = 0

    package init() {}

    // MARK: asking

    /// - Parameter model: what it would be asked for, when it is a wildcard deployment.
    package func availability(at now: Duration, model: String? = nil) -> Availability {
        if let model, !modelRests.isEmpty, let rest = modelRests.rest(of: model, at: now) {
            return .resting(until: max(rest.until, self.rest?.until ?? .zero))
        }
        guard let rest else { return .ready }
        if now < rest.until { return .resting(until: rest.until) }
        return probeUnderWay ? .resting(until: now + .milliseconds(100)) : .probing
    }

    /// Why it cannot be asked for `model`.
    package func rest(at now: Duration, model: String?) -> Rest? {
        rest ?? model.flatMap { modelRests.rest(of: $0, at: now) }
    }

    /// Requests and tokens of the current minute.
    package func use(at now: Duration) -> (requests: Int, tokens: Int) {
        window.isCurrent(at: now) ? (window.requests, window.tokens) : (0, 0)
    }

    /// Mean seconds per completion token (or to the first token, for streams) of the last calls; 0 when unknown.
    package func latency(isStream: Bool) -> Double {
        (isStream ? firstTokens : latencies).mean
    }

    // MARK: telling

    package mutating func started(at now: Duration) {
        inFlight += 1
        window.roll(to: now)
        window.requests += 1
        if rest != nil { probeUnderWay = true }
    }

    /// The request is over without a verdict on the deployment: the client left, or it was the client's fault.
    package mutating func ended() {
        inFlight = max(0, inFlight - 1)
        probeUnderWay = false
    }

    /// It answered. Heals whatever was wrong, also when the answer was to a health check.
    ///
    /// - Parameters:
    ///   - perToken: seconds per completion token, when it is known.
    ///   - firstToken: seconds to a stream's first token.
    ///   - model: what it was asked for, when it is a wildcard deployment.
    package mutating func succeeded(
        at now: Duration, tokens: Int, perToken: Double?, firstToken: Double?, model: String? = nil
    ) {
        ended()
        window.roll(to: now)
        window.tokens.addSaturated(max(0, tokens))
        successesTotal += 1
        isFailing = false
        rest = nil
        if let model { modelRests.end(of: model) }
        fails.count = 0
        failsInRow = 0
        if let perToken { latencies.add(perToken) }
        if let firstToken { firstTokens.add(firstToken) }
    }

    /// It failed. `true` when it rests now, or longer than before.
    ///
    /// - Parameters:
    ///   - isAlone: nobody else could serve the group's requests.
    ///   - retryAfter: what the upstream asked for.
    ///   - own: the deployment's own `cooldown_time`; zero switches cooldowns off for it.
    ///   - model: what it was asked for, when it is a wildcard deployment. What says something about that model only (a
    ///     rate limit, a refusal, a `Retry-After`) rests that model; a bad key or an empty account rests them all.
    @discardableResult
    package mutating func failed(
        _ failure: UpstreamFailure, _ failureClass: FailureClass, at now: Duration, rules: Rules, isAlone: Bool,
        retryAfter: Duration?, own: Duration?, model: String? = nil
    ) -> Bool {
        let wasProbe = rest != nil
        ended()
        window.roll(to: now)
        window.failures += 1
        failuresTotal += 1
        isFailing = Verdict.on(failureClass).cooldown != .none
        if failureClass == .timeout {
            // LiteLLM's penalty, so that latency-based routing avoids what times out.
            latencies.add(1000)
            firstTokens.add(1000)
        }
        guard !rules.isDisabled, own != .zero else { return false }
        // "Again at once" is no length for a rest.
        let asked = retryAfter.flatMap { $0 > .zero ? $0 : nil }
        let duration = own ?? asked ?? rules.cooldownTime
        guard duration > .zero else { return false }
        let verdict = Verdict.on(failureClass).cooldown
        if verdict != .none { failsInRow += 1 }
        let failsAgain = wasProbe && verdict != .none && !isAlone
        guard failsAgain || shouldRest(verdict, failureClass, at: now, rules, isAlone, retryAfter) else { return false }
        // Nobody rests longer than an hour on an upstream's word.
        let end = now + min(duration, .seconds(3600))
        if let model, !wasProbe, asked != nil || verdict == .whenNotAlone || failureClass == .permission,
            failureClass != .authentication, failureClass != .paymentRequired
        {
            modelRests.begin(
                Rest(until: end, failure: failure, failureClass: failureClass, since: now), of: model, at: now)
            cooldownsTotal += 1
            return true
        }
        // A later failure may extend a rest, never shorten it.
        let until = max(rest?.until ?? .zero, end)
        if rest == nil { cooldownsTotal += 1 }
        rest = Rest(until: until, failure: failure, failureClass: failureClass, since: rest?.since ?? now)
        return true
    }

    private mutating func shouldRest(
        _ verdict: Verdict.Cooldown, _ failureClass: FailureClass, at now: Duration, _ rules: Rules, _ isAlone: Bool,
        _ retryAfter: Duration?
    ) -> Bool {
        guard verdict != .none else { return false }
        let named = rules.allowedFailsPolicy[failureClass.allowedFailsKey]
        if verdict == .atOnce, named == nil { return true }
        if let retryAfter, retryAfter > .zero { return true }
        // A lone deployment that rests for less would only turn a failure into an outage.
        if isAlone, verdict != .atOnce { return false }
        if let allowed = named ?? rules.allowedFails {
            if now >= fails.until { fails = (0, now + rules.cooldownTime) }
            fails.count += 1
            return fails.count > allowed
        }
        if verdict == .whenNotAlone { return retryAfter != .zero }
        // A minute full of successes must not hide that it has stopped answering.
        return failsInRow >= 5 || window.requests >= 5 && window.failures * 2 > window.requests
    }

    /// Ends every rest, for `DELETE /router/cooldowns`.
    ///
    /// - Returns: how many there were.
    @discardableResult
    package mutating func clearRests(at now: Duration) -> Int {
        let cleared = modelRests.endAll(at: now) + (rest == nil ? 0 : 1)
        rest = nil
        fails.count = 0
        failsInRow = 0
        probeUnderWay = false
        return cleared
    }
}

/// Counts of the current minute.
private struct MinuteWindow: Sendable {
    private var begin = Duration.zero
    private var end = Duration.zero
    var requests = 0
    var failures = 0
    var tokens = 0

    func isCurrent(at now: Duration) -> Bool { now >= begin && now < end }

    mutating func roll(to now: Duration) {
        guard !isCurrent(at: now) else { return }
        self = MinuteWindow()
        begin = .seconds(now.components.seconds / 60 * 60)
        end = begin + .seconds(60)
    }
}

/// The last ten samples.
private struct Samples: Sendable {
    private var values: [Double] = []
    private var next = 0

    var mean: Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }

    mutating func add(_ value: Double) {
        guard value.isFinite, value >= 0 else { return }
        if values.count < 10 {
            values.append(value)
        } else {
            values[next] = value
            next = (next + 1) % 10
        }
    }
}
