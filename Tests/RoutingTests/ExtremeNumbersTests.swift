import ConfigFile
import JSONText
import Model
import Routing
import Testing

/// Numbers as large and as small as types allow, in a configuration, in answers and on the clock: nothing here may end the
/// process, and somebody is picked as long as somebody has room.
@Suite struct ExtremeNumbersTests {
    static let counts: [Int] = [0, 1, 1 << 53, .max - 1, .max]
    static let fractions: [Double] = [
        0, 5e-324, 1e-9, 1, 1e300, .greatestFiniteMagnitude, .infinity, -.infinity, -1, .nan,
    ]
    static let durations: [Duration] = [
        .zero, .nanoseconds(1), .milliseconds(1), .seconds(3600), .seconds(1_000_000_000), .seconds(Int64.max),
    ]

    @Test func aMinuteTakesAnyNumberOfTokens() {
        var state = DeploymentState()
        let now = Duration.seconds(6000)
        for _ in 0..<2000 { state.succeeded(at: now, tokens: 1 << 53, perToken: nil, firstToken: nil) }
        #expect(state.use(at: now).tokens == .max)
        state.succeeded(at: now, tokens: .max, perToken: nil, firstToken: nil)
        #expect(state.use(at: now).tokens == .max)
        state.succeeded(at: now, tokens: .min, perToken: nil, firstToken: nil)
        #expect(state.use(at: now).tokens == .max)
    }

    @Test(arguments: durations) func restsOnAnyWord(_ asked: Duration) {
        for own in [nil] + Self.durations.map(Optional.init) {
            for cooldown in Self.durations {
                var rules = DeploymentState.Rules()
                rules.cooldownTime = cooldown
                rules.allowedFails = .max
                rules.allowedFailsPolicy = ["RateLimitErrorAllowedFails": .max]
                var state = DeploymentState()
                for (status, now) in [(429, Duration.zero), (401, .seconds(5)), (500, .nanoseconds(Int64.max))] {
                    let failure = UpstreamFailure(cause: .status, provider: "p", status: status, message: "No.")
                    state.started(at: now)
                    state.failed(
                        failure, FailureClass(failure), at: now, rules: rules, isAlone: false, retryAfter: asked,
                        own: own,
                        model: "m")
                    if case .resting(let until) = state.availability(at: now, model: "m") {
                        #expect((until - now).wholeSeconds >= 1)
                    }
                }
                state.clearRests(at: .seconds(1))
            }
        }
    }

    @Test(arguments: RouterSettings.Strategy.allCases)
    func everyStrategyPicksSomebody(_ strategy: RouterSettings.Strategy) throws {
        for number in Self.fractions {
            let settings = (0..<3).map { place in
                SelectionTests.Setting(
                    id: "x\(place)",
                    limits: { params in
                        params.weight = number
                        params.inputCostPerToken = number
                        params.outputCostPerToken = number
                        params.order = .max
                        params.requestsPerMinute = .max
                        params.tokensPerMinute = .max
                        params.maxParallelRequests = .max
                    },
                    state: { state in
                        for tokens in Self.counts {
                            state.started(at: SelectionTests.now)
                            state.succeeded(
                                at: SelectionTests.now, tokens: tokens, perToken: number, firstToken: number)
                        }
                    })
            }
            let candidates = try SelectionTests.candidates(settings)
            for buffer in ["0", "-1", "-1e308", "1e308", "5e-324"] {
                let selection = SelectionTests.selection(strategy) {
                    $0.strategyArguments = [.init("lowest_latency_buffer", .number(buffer))]
                }
                for tokens in Self.counts {
                    for draw in [0, 0.5, Double(1).nextDown] {
                        #expect(selection.pick(candidates, tokens: tokens, draw: draw) != nil)
                    }
                }
            }
        }
    }

    @Test func aNegativeBufferStillTakesTheFastest() throws {
        let candidates = try SelectionTests.candidates([
            .init(id: "x", state: SelectionTests.latency(0.1)), .init(id: "y", state: SelectionTests.latency(0.2)),
        ])
        let selection = SelectionTests.selection(.latencyBased) {
            $0.strategyArguments = [.init("lowest_latency_buffer", .number("-0.5"))]
        }
        #expect(SelectionTests.shares(selection, candidates) == ["x": 10_000])
    }

    @Test func whatIsUsedUpByManyIsUsedUp() throws {
        let full = try SelectionTests.candidates([
            .init(id: "x", limits: { $0.tokensPerMinute = .max - 1 }, state: SelectionTests.used(1, tokens: .max))
        ])
        for tokens in Self.counts {
            #expect(SelectionTests.selection(.usageBased).pick(full, tokens: tokens, draw: 0) == nil)
        }
    }
}
