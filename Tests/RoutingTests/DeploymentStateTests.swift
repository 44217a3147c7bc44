import Model
import Routing
import Testing

/// When a deployment rests, for how long, and what heals it.
@Suite struct DeploymentStateTests {
    /// The first moment of a minute.
    static let start = Duration.seconds(600)

    /// A state under a clock.
    final class Subject {
        var state = DeploymentState()
        var rules = DeploymentState.Rules()
        var now = DeploymentStateTests.start
        var isAlone = false
        var own: Duration?

        @discardableResult
        func fail(_ status: Int, retryAfter: Duration? = nil, message: String = "No.") -> Bool {
            state.started(at: now)
            return finish(status, retryAfter: retryAfter, message: message)
        }

        /// Ends a request that began before.
        @discardableResult
        func finish(_ status: Int, retryAfter: Duration? = nil, message: String = "No.") -> Bool {
            let failure = UpstreamFailure(cause: .status, provider: "openrouter", status: status, message: message)
            return state.failed(
                failure, FailureClass(failure), at: now, rules: rules, isAlone: isAlone, retryAfter: retryAfter,
                own: own
            ).rests
        }

        func succeed(_ times: Int = 1) {
            for _ in 0..<times {
                state.started(at: now)
                state.succeeded(at: now, tokens: 10, perToken: 0.5, firstToken: nil)
            }
        }

        /// The length of the rest from now; `nil` without one.
        var rest: Duration? {
            guard case .resting(let until) = state.availability(at: now) else { return nil }
            return until - now
        }
    }

    static func subject(_ change: (Subject) -> Void = { _ in }) -> Subject {
        let subject = Subject()
        change(subject)
        return subject
    }

    // MARK: which failures

    typealias Row = (status: Int, message: String, withOthers: Bool, alone: Bool)

    /// One failure of each class, nothing else configured.
    static let rows: [Row] = [
        (400, "No.", false, false), (400, "prompt is too long", false, false),
        (403, "This requires moderation.", false, false),
        (404, "No.", false, false), (413, "No.", false, false), (422, "No.", false, false),
        (401, "No.", true, true), (402, "No.", false, false), (403, "No.", true, false),
        (403, "Your prompt was rejected.", false, false), (403, "Request too large", false, false),
        (429, "No.", true, false), (429, "Request too large for gpt-4o in organization org-1", false, false),
        (500, "image input is not supported", false, false), (501, "No.", false, false),
        (408, "No.", false, false), (409, "No.", false, false), (500, "No.", false, false), (502, "No.", false, false),
        (503, "No.", false, false), (504, "No.", false, false), (529, "No.", false, false),
    ]

    @Test(arguments: rows) func oneFailure(_ c: Row) {
        let subject = Self.subject()
        #expect(subject.fail(c.status, message: c.message) == c.withOthers)
        #expect(subject.rest == (c.withOthers ? .seconds(5) : nil))
        let lone = Self.subject { $0.isAlone = true }
        #expect(lone.fail(c.status, message: c.message) == c.alone)
        #expect(lone.rest == (c.alone ? .seconds(5) : nil))
    }

    @Test func whatIsTheClientsFaultNeverRestsAnybody() {
        for (status, message) in [(400, "No."), (404, "No."), (422, "No."), (400, "prompt is too long")] {
            let subject = Self.subject {
                $0.rules.allowedFails = 0
                $0.rules.allowedFailsPolicy = ["BadRequestErrorAllowedFails": 0, "NotFoundErrorAllowedFails": 0]
            }
            for _ in 0..<100 { #expect(!subject.fail(status, retryAfter: .seconds(9), message: message)) }
            #expect(subject.rest == nil)
            // Nor does it extend a rest, or end it.
            subject.fail(401)
            subject.now += .seconds(6)
            #expect(!subject.fail(status, message: message))
            #expect(subject.state.availability(at: subject.now) == .probing)
        }
    }

    // MARK: how long

    typealias Length = (rule: String, own: Duration?, hint: Duration?, router: Duration, rest: Duration?)

    static let lengths: [Length] = [
        ("the router's", nil, nil, .seconds(5), .seconds(5)),
        ("the upstream's over the router's", nil, .seconds(17), .seconds(5), .seconds(17)),
        ("a shorter one of the upstream", nil, .seconds(1), .seconds(5), .seconds(1)),
        ("the deployment's over both", .seconds(30), .seconds(17), .seconds(5), .seconds(30)),
        ("a shorter one of the deployment", .milliseconds(100), .seconds(17), .seconds(5), .milliseconds(100)),
        ("nobody rests longer than an hour on an upstream's word", nil, .seconds(86_400), .seconds(5), .seconds(3600)),
        ("the deployment's 0 switches rests off", .zero, .seconds(17), .seconds(5), nil),
        ("the router's 0", nil, nil, .zero, nil),
        ("the router's 0 and the upstream's word", nil, .seconds(17), .zero, .seconds(17)),
        ("\"again at once\" means that", nil, .zero, .seconds(5), nil),
    ]

    @Test(arguments: lengths) func theLengthIs(_ c: Length) {
        let subject = Self.subject {
            $0.own = c.own
            $0.rules.cooldownTime = c.router
        }
        subject.fail(429, retryAfter: c.hint)
        #expect(subject.rest == c.rest, "\(c.rule)")
    }

    @Test func disableCooldowns() {
        let subject = Self.subject { $0.rules.isDisabled = true }
        for _ in 0..<10 { #expect(!subject.fail(401, retryAfter: .seconds(5))) }
        #expect(subject.rest == nil)
        #expect(subject.state.failuresTotal == 10)
        #expect(subject.state.cooldownsTotal == 0)
    }

    @Test func aRetryAfterRestsAlsoALoneOne() {
        for status in [408, 429, 500, 502, 503] {
            let subject = Self.subject { $0.isAlone = true }
            #expect(subject.fail(status, retryAfter: .seconds(7)))
            #expect(subject.rest == .seconds(7))
        }
    }

    @Test func aLaterFailureExtendsARestAndNeverShortensIt() {
        let subject = Self.subject()
        // Three requests were under way when it fell.
        for _ in 0..<3 { subject.state.started(at: subject.now) }
        #expect(subject.finish(429, retryAfter: .seconds(20)))
        subject.now += .seconds(2)
        subject.finish(429, retryAfter: .seconds(1))
        #expect(subject.rest == .seconds(18))
        subject.finish(503, retryAfter: .seconds(60))
        #expect(subject.rest == .seconds(60))
        #expect(subject.state.cooldownsTotal == 1)
        #expect(subject.state.rest?.since == Self.start)
        #expect(subject.state.rest?.reason.failureClass == .serviceUnavailable)
    }

    // MARK: how many

    @Test func theRateOfTheMinuteDecides() {
        // More failures than good answers, by twice the square root of their number.
        typealias Rate = (good: Int, bad: Int, rests: Bool)
        let rates: [Rate] = [
            (0, 4, false), (0, 5, true), (2, 3, false), (3, 4, false), (1, 7, true), (2, 8, false), (2, 9, true),
            (50, 51, false), (50, 72, false), (50, 73, true),
        ]
        for rate in rates {
            let subject = Self.subject()
            // The successes between the failures, so that no five of these come in a row.
            for number in 0..<rate.bad - 1 {
                if number < rate.good { subject.succeed() }
                #expect(!subject.fail(500), "\(rate)")
            }
            subject.succeed(max(0, rate.good - rate.bad + 1))
            #expect(subject.fail(500) == rate.rests, "\(rate)")
        }
        let lone = Self.subject { $0.isAlone = true }
        for _ in 0..<100 { #expect(!lone.fail(500)) }
    }

    @Test func fiveInARowAreEnough() {
        let subject = Self.subject()
        subject.succeed(1000)
        for _ in 0..<4 { #expect(!subject.fail(500)) }
        // What the client did wrong says nothing either way.
        #expect(!subject.fail(400))
        #expect(subject.fail(500))
        #expect(subject.rest == .seconds(5))
        let other = Self.subject()
        other.succeed(1000)
        for _ in 0..<9 {
            for _ in 0..<4 { #expect(!other.fail(500)) }
            other.succeed()
        }
    }

    @Test func aNewMinuteBeginsToCountUseAnewAndRemembersHowTheLastOneWent() {
        let subject = Self.subject()
        subject.now += .seconds(59)
        for _ in 0..<4 { subject.fail(500) }
        subject.succeed()
        #expect(subject.rest == nil)
        #expect(subject.state.use(at: subject.now).requests == 5)
        #expect(subject.state.use(at: subject.now).tokens == 10)
        subject.now += .seconds(1)
        #expect(subject.state.use(at: subject.now) == (0, 0))
        #expect(!subject.fail(500))
        #expect(!subject.fail(500))
        #expect(subject.fail(500), "seven of eight, all in all")
        // Two minutes later nothing is known of them any more.
        let other = Self.subject()
        for _ in 0..<4 { other.fail(500) }
        other.succeed()
        other.now += .seconds(120)
        for _ in 0..<4 { #expect(!other.fail(500)) }
        #expect(other.fail(500))
        // A request that ends in another minute than it began.
        let late = Self.subject()
        late.now += .milliseconds(59_999)
        late.state.started(at: late.now)
        late.now += .milliseconds(1)
        #expect(!late.finish(500))
        #expect(late.state.use(at: late.now) == (0, 0))
    }

    @Test func allowedFailsHasToBeExceeded() {
        for allowed in [0, 1, 3] {
            for status in [408, 429, 500, 503] {
                let subject = Self.subject { $0.rules.allowedFails = allowed }
                for _ in 0..<allowed { #expect(!subject.fail(status)) }
                #expect(subject.fail(status))
                #expect(subject.rest == .seconds(5))
            }
        }
    }

    @Test func allowedFailsCountsWithinACooldownTime() {
        let subject = Self.subject { $0.rules.allowedFails = 2 }
        subject.fail(500)
        subject.fail(500)
        subject.now += .seconds(5)
        #expect(!subject.fail(500))
        #expect(!subject.fail(500))
        #expect(subject.fail(500))
        // A success forgets them.
        let healed = Self.subject { $0.rules.allowedFails = 1 }
        healed.fail(500)
        healed.succeed()
        #expect(!healed.fail(500))
        #expect(healed.fail(500))
    }

    @Test func allowedFailsPolicyOutweighsIt() {
        var subject = Self.subject {
            $0.rules.allowedFails = 0
            $0.rules.allowedFailsPolicy = ["RateLimitErrorAllowedFails": 2, "AuthenticationErrorAllowedFails": 1]
        }
        #expect(!subject.fail(429))
        #expect(!subject.fail(429))
        #expect(subject.fail(429))
        subject = Self.subject { $0.rules = subject.rules }
        #expect(subject.fail(500))
        // Also for what would rest at once, and also when it is alone.
        subject = Self.subject {
            $0.rules = subject.rules
            $0.isAlone = true
        }
        #expect(!subject.fail(401))
        #expect(subject.fail(401))
    }

    // MARK: the way back

    @Test func afterItsRestOneRequestTries() {
        let subject = Self.subject()
        subject.fail(429, retryAfter: .seconds(10))
        subject.now += .milliseconds(9_999)
        #expect(subject.rest == .milliseconds(1))
        subject.now += .milliseconds(1)
        #expect(subject.state.availability(at: subject.now) == .probing)
        subject.state.started(at: subject.now)
        // Everybody else looks again shortly.
        #expect(subject.rest == .milliseconds(100))
        // It fails: another rest, whatever the rate says.
        #expect(subject.finish(500))
        #expect(subject.rest == .seconds(5))
        subject.now += .seconds(5)
        subject.state.started(at: subject.now)
        #expect(subject.rest != nil)
        // The client leaves: no verdict, the next one may try.
        subject.state.ended()
        #expect(subject.state.availability(at: subject.now) == .probing)
        subject.succeed()
        #expect(subject.state.availability(at: subject.now) == .ready)
        #expect(subject.state.rest == nil)
    }

    @Test func anySuccessHeals() {
        let subject = Self.subject()
        subject.state.started(at: subject.now)
        subject.fail(401)
        #expect(subject.rest != nil)
        // One that had begun before, or a health check.
        subject.state.succeeded(at: subject.now, tokens: 0, perToken: nil, firstToken: nil)
        #expect(subject.state.availability(at: subject.now) == .ready)
    }

    @Test func aLoneOneIsNotSentBackToRestByWhatWouldNotRestIt() {
        let subject = Self.subject { $0.isAlone = true }
        subject.fail(401)
        subject.now += .seconds(5)
        #expect(!subject.fail(500))
        #expect(subject.state.availability(at: subject.now) == .probing)
        #expect(subject.fail(401))
        #expect(subject.rest == .seconds(5))
    }

    @Test func clearingARestEndsIt() {
        let subject = Self.subject()
        subject.fail(401)
        subject.state.clearRests(at: .seconds(0))
        #expect(subject.state.availability(at: subject.now) == .ready)
        #expect(subject.state.rest == nil)
    }

    // MARK: use

    @Test func requestsUnderWayAreCountedAndNeverBelowNone() {
        var state = DeploymentState()
        state.ended()
        #expect(state.inFlight == 0)
        state.started(at: .zero)
        state.started(at: .zero)
        #expect(state.inFlight == 2)
        state.succeeded(at: .zero, tokens: 1, perToken: nil, firstToken: nil)
        state.ended()
        state.ended()
        #expect(state.inFlight == 0)
        #expect(state.successesTotal == 1)
    }

    @Test func latencyIsTheMeanOfTheLastTen() {
        var state = DeploymentState()
        #expect(state.latency(isStream: false) == 0)
        for number in 1...12 {
            state.succeeded(at: .zero, tokens: 0, perToken: Double(number), firstToken: Double(number) / 2)
        }
        #expect(state.latency(isStream: false) == 7.5)
        #expect(state.latency(isStream: true) == 3.75)
        for odd in [Double.nan, .infinity, -1] {
            state.succeeded(at: .zero, tokens: 0, perToken: odd, firstToken: odd)
        }
        #expect(state.latency(isStream: false) == 7.5)
    }

    @Test func aTimeoutIsAPenalty() {
        let subject = Self.subject()
        subject.fail(504)
        #expect(subject.state.latency(isStream: false) == 1000)
        #expect(subject.state.latency(isStream: true) == 1000)
        subject.fail(500)
        #expect(subject.state.latency(isStream: false) == 1000)
    }
}
