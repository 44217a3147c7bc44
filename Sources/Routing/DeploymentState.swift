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

    /// A time in which it is not asked.
    package struct Rest: Sendable {
        package var until: Duration
        package var since: Duration
        package var reason: RestReason
    }

    /// What one failure changed, so that it can be taken back.
    package struct Mark: Sendable {
        /// It rests now, or longer than before.
        package private(set) var rests = false
        /// It did not rest before.
        package private(set) var isNew = false
        fileprivate var minute: Duration?
        fileprivate var period = Duration.zero
        fileprivate var wasFailing = false
        fileprivate var model: String?
        fileprivate var before: Rest?
        fileprivate var after: Rest?

        package init() {}

        fileprivate mutating func set(_ rest: Rest, before: Rest?, model: String?) {
            (rests, isNew, after, self.before, self.model) = (true, before == nil, rest, before, model)
        }
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
        forgetTexts(at: now)
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

    /// It answered. Heals whatever was wrong.
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
        window.good += 1
        successesTotal += 1
        heal(model)
        if let perToken { latencies.add(perToken) }
        if let firstToken { firstTokens.add(firstToken) }
    }

    /// It answered a health check, which heals as a request does. A check takes no request's place.
    package mutating func passedCheck(model: String?) {
        heal(model)
    }

    private mutating func heal(_ model: String?) {
        isFailing = false
        rest = nil
        if let model { modelRests.end(of: model) }
        fails.count = 0
        failsInRow = 0
    }

    /// It failed a health check: a rest goes on, and none begins, since whoever is served may be served well.
    package mutating func failedCheck(
        _ failure: UpstreamFailure, _ failureClass: FailureClass, at now: Duration, rules: Rules, own: Duration?
    ) -> Mark {
        var mark = Mark()
        guard Verdict.on(failureClass).cooldown != .none else { return mark }
        isFailing = true
        guard !rules.isDisabled, own != .zero, rest != nil else { return mark }
        extend(failure, failureClass, at: now, by: own ?? rules.cooldownTime, isTold: false, &mark)
        return mark
    }

    /// It failed.
    ///
    /// - Parameters:
    ///   - counts: what `RequestFailures` says of it. A failure that does not is over without a verdict, unless `count`
    ///     comes later.
    ///   - isAlone: nobody else could serve the group's requests.
    ///   - retryAfter: what the upstream asked for.
    ///   - own: the deployment's own `cooldown_time`; zero switches cooldowns off for it.
    ///   - model: what it was asked for, when it is a wildcard deployment. What says something about that model only (a
    ///     rate limit, a refusal, a `Retry-After`) rests that model; a bad key rests them all.
    @discardableResult
    package mutating func failed(
        _ failure: UpstreamFailure, _ failureClass: FailureClass, at now: Duration, rules: Rules, isAlone: Bool,
        retryAfter: Duration?, own: Duration?, model: String? = nil, counts: Bool = true
    ) -> Mark {
        let wasProbe = rest != nil
        ended()
        failuresTotal += 1
        guard counts else { return Mark() }
        return count(
            failure, failureClass, at: now, rules: rules, isAlone: isAlone, retryAfter: retryAfter, own: own,
            model: model, wasProbe: wasProbe)
    }

    /// Counts a failure that was over before.
    package mutating func count(
        _ failure: UpstreamFailure, _ failureClass: FailureClass, at now: Duration, rules: Rules, isAlone: Bool,
        retryAfter: Duration?, own: Duration?, model: String?, wasProbe: Bool = false
    ) -> Mark {
        let verdict = Verdict.on(failureClass).cooldown
        var mark = Mark()
        mark.wasFailing = isFailing
        guard verdict != .none else {
            isFailing = false
            return mark
        }
        window.roll(to: now)
        window.bad += 1
        mark.minute = window.begin
        isFailing = true
        if failureClass == .timeout {
            // LiteLLM's penalty, so that latency-based routing avoids what times out.
            latencies.add(1000)
            firstTokens.add(1000)
        }
        guard !rules.isDisabled, own != .zero else { return mark }
        // "Again at once" is no length for a rest.
        let asked = retryAfter.flatMap { $0 > .zero ? $0 : nil }
        let duration = own ?? asked ?? rules.cooldownTime
        guard duration > .zero else { return mark }
        failsInRow += 1
        if now >= fails.until { fails = (0, now + rules.cooldownTime) }
        mark.period = fails.until
        let failsAgain = wasProbe && !isAlone
        let rests = shouldRest(verdict, failureClass, rules, isAlone, retryAfter)
        guard failsAgain || rests else { return mark }
        if let model, !wasProbe, asked != nil || verdict == .whenNotAlone || failureClass == .permission,
            failureClass != .authentication
        {
            let begun = Rest(
                until: now + min(duration, DeploymentState.longestRest), since: now,
                reason: RestReason(failure, failureClass, isTold: asked != nil))
            let before = modelRests.rest(of: model, at: now)
            mark.set(modelRests.begin(begun, of: model, at: now), before: before, model: model)
            cooldownsTotal += 1
            return mark
        }
        extend(failure, failureClass, at: now, by: duration, isTold: asked != nil, &mark)
        return mark
    }

    /// Nobody rests longer than this on an upstream's word.
    private static let longestRest = Duration.seconds(3600)

    /// A later failure may extend a rest, never shorten it.
    private mutating func extend(
        _ failure: UpstreamFailure, _ failureClass: FailureClass, at now: Duration, by duration: Duration,
        isTold: Bool, _ mark: inout Mark
    ) {
        let until = max(rest?.until ?? .zero, now + min(duration, DeploymentState.longestRest))
        if rest == nil { cooldownsTotal += 1 }
        let extended = Rest(
            until: until, since: rest?.since ?? now, reason: RestReason(failure, failureClass, isTold: isTold))
        mark.set(extended, before: rest, model: nil)
        rest = extended
    }

    private mutating func shouldRest(
        _ verdict: Verdict.Cooldown, _ failureClass: FailureClass, _ rules: Rules, _ isAlone: Bool,
        _ retryAfter: Duration?
    ) -> Bool {
        let named = rules.allowedFailsPolicy[failureClass.allowedFailsKey]
        if let retryAfter, retryAfter > .zero { return true }
        // A refusal may be of one input after all, and would stay in use all the same.
        if isAlone, failureClass == .permission { return false }
        if verdict == .atOnce, named == nil { return true }
        // A lone deployment that rests for less would only turn a failure into an outage.
        if isAlone, verdict != .atOnce { return false }
        if let allowed = named ?? rules.allowedFails {
            fails.count += 1
            return fails.count > allowed
        }
        if verdict == .whenNotAlone { return retryAfter != .zero }
        return hasStoppedAnswering
    }

    /// Whether its failures are more than chance, given its good answers of this minute and the one before.
    ///
    /// Either five in a row, and more of them the more often it fails between good answers: chance must not have brought
    /// about the row in one of a hundred million requests. Or clearly more failures than good answers: by more than twice
    /// the square root of their number, which is twice the deviation of a coin's throws.
    private var hasStoppedAnswering: Bool {
        guard failsInRow >= DeploymentState.shortestRow else { return outnumbersGoodAnswers }
        let good = Double(window.recentGood)
        let before = Double(max(0, window.recentBad - failsInRow))
        guard good > 0 else { return true }
        // The usual share of failures, as far as it is known: the row itself left out.
        let share = (before + 0.5) / (good + before + 1)
        var chance = 1.0
        for _ in 0..<failsInRow where chance > DeploymentState.improbable { chance *= share }
        return chance <= DeploymentState.improbable || outnumbersGoodAnswers
    }

    private var outnumbersGoodAnswers: Bool {
        let (good, bad) = (Double(window.recentGood), Double(window.recentBad))
        return bad - good > 2 * (good + bad).squareRoot()
    }

    private static let shortestRow = 5
    private static let improbable = 1e-8

    /// Takes back what a failure changed, once it has turned out to be the request's own fault.
    package mutating func takeBack(_ mark: Mark) {
        guard let minute = mark.minute else { return }
        window.takeBackBad(of: minute)
        failsInRow = max(0, failsInRow - 1)
        if fails.until == mark.period { fails.count = max(0, fails.count - 1) }
        isFailing = mark.wasFailing
        guard let after = mark.after else { return }
        // Only while it is the same rest: another failure may have extended it.
        if let model = mark.model {
            modelRests.takeBack(after, of: model, to: mark.before)
        } else if let rest, rest.until == after.until, rest.since == after.since {
            self.rest = mark.before
        }
    }

    /// Texts go when the rest is over, whether or not the deployment has proved itself since.
    private mutating func forgetTexts(at now: Duration) {
        if let until = rest?.until, until <= now { rest?.reason.forgetText() }
        if !modelRests.isEmpty { modelRests.dropEnded(at: now) }
    }

    /// Ends every rest, for `DELETE /router/cooldowns`.
    ///
    /// - Returns: how many there were.
    @discardableResult
    package mutating func clearRests(at now: Duration) -> Int {
        let cleared = modelRests.endAll(at: now) + (rest == nil ? 0 : 1)
        rest = nil
        window.forgetBad()
        fails.count = 0
        failsInRow = 0
        probeUnderWay = false
        return cleared
    }
}

/// Counts of the current minute, and how the calls of the minute before ended.
private struct MinuteWindow: Sendable {
    private(set) var begin = Duration.zero
    private var end = Duration.zero
    var requests = 0
    var tokens = 0
    var good = 0
    /// Failures that count.
    var bad = 0
    private var before = (good: 0, bad: 0)

    var recentGood: Int { good + before.good }
    var recentBad: Int { bad + before.bad }

    func isCurrent(at now: Duration) -> Bool { now >= begin && now < end }

    mutating func roll(to now: Duration) {
        guard !isCurrent(at: now) else { return }
        let last = self
        self = MinuteWindow()
        begin = .seconds(now.components.seconds / 60 * 60)
        end = begin + .seconds(60)
        if last.end == begin { before = (last.good, last.bad) }
    }

    mutating func forgetBad() { (bad, before.bad) = (0, 0) }

    mutating func takeBackBad(of minute: Duration) {
        if minute == begin {
            bad = max(0, bad - 1)
        } else if minute + .seconds(60) == begin {
            before.bad = max(0, before.bad - 1)
        }
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
