import ConfigFile
import JSONText
import Model
import Routing
import Testing

/// What each strategy looks at, and how it draws.
@Suite struct SelectionTests {
    static let now = Duration.seconds(6000)

    struct Setting: Sendable {
        var id: String
        var limits: @Sendable (inout ModelParams) -> Void = { _ in }
        var state: @Sendable (inout DeploymentState) -> Void = { _ in }
    }

    static func candidates(_ settings: [Setting], isStream: Bool = false) throws -> [Candidate] {
        let catalog = catalog(
            settings.map { setting in
                entry("a", "openrouter/test/\(setting.id)") {
                    $0.info.id = setting.id
                    setting.limits(&$0.params)
                }
            })
        return try zip(settings, catalog.resolve("a").targets).map { setting, target in
            var state = DeploymentState()
            setting.state(&state)
            return Candidate(target, state, at: now, isStream: isStream)
        }
    }

    static func selection(
        _ strategy: RouterSettings.Strategy, _ change: (inout RouterSettings) -> Void = { _ in }
    ) -> Selection {
        var settings = RouterSettings()
        settings.strategy = strategy
        change(&settings)
        return Selection(settings)
    }

    /// How often each is drawn in 10,000 draws.
    static func shares(_ selection: Selection, _ candidates: [Candidate], tokens: Int = 10) -> [String: Int] {
        var random = SeededGenerator(42)
        var counts: [String: Int] = [:]
        for _ in 0..<10_000 {
            let target = selection.pick(candidates, tokens: tokens, draw: random.fraction())
            counts[target?.deployment.id ?? "nobody", default: 0] += 1
        }
        return counts
    }

    /// Pearson's sum over the expected shares; zeros must be met exactly.
    static func fits(_ counts: [String: Int], _ shares: [String: Double]) -> Bool {
        guard counts.allSatisfy({ (shares[$0.key] ?? 0) > 0 }) else { return false }
        let sum = shares.values.reduce(0, +)
        let squares = shares.filter { $0.value > 0 }.map { id, share -> Double in
            let expected = 10_000 * share / sum
            let difference = Double(counts[id] ?? 0) - expected
            return difference * difference / expected
        }
        // 99.9 % of fair draws stay below, for up to six degrees of freedom.
        return squares.reduce(0, +) < 22.5
    }

    static func used(_ requests: Int, tokens: Int = 0) -> @Sendable (inout DeploymentState) -> Void {
        { state in
            for _ in 0..<requests { state.started(at: now) }
            state.succeeded(at: now, tokens: tokens, perToken: nil, firstToken: nil)
            for _ in 0..<requests { state.ended() }
        }
    }

    static func latency(_ seconds: Double) -> @Sendable (inout DeploymentState) -> Void {
        { $0.succeeded(at: now, tokens: 0, perToken: seconds, firstToken: seconds * 10) }
    }

    // MARK: simple-shuffle

    typealias Weights = (rule: String, settings: [Setting], shares: [String: Double])

    static let weights: [Weights] = [
        ("nothing is set: uniform", [.init(id: "x"), .init(id: "y"), .init(id: "z")], ["x": 1, "y": 1, "z": 1]),
        (
            "weight", [.init(id: "x") { $0.weight = 1 }, .init(id: "y") { $0.weight = 3 }],
            ["x": 1, "y": 3]
        ),
        (
            "who has no weight is not drawn",
            [.init(id: "x") { $0.weight = 2 }, .init(id: "y"), .init(id: "z") { $0.weight = 0.5 }],
            ["x": 2, "y": 0, "z": 0.5]
        ),
        (
            "nor who has none of it",
            [.init(id: "x") { $0.weight = 0 }, .init(id: "y") { $0.weight = 1 }, .init(id: "z") { $0.weight = 9 }],
            ["y": 1, "z": 9]
        ),
        (
            "all zeros: uniform", [.init(id: "x") { $0.weight = 0 }, .init(id: "y") { $0.weight = 0 }],
            ["x": 1, "y": 1]
        ),
        (
            "all zeros: the next measure",
            [
                .init(id: "x") {
                    $0.weight = 0
                    $0.requestsPerMinute = 100
                },
                .init(id: "y") {
                    $0.weight = 0
                    $0.requestsPerMinute = 900
                },
            ], ["x": 1, "y": 9]
        ),
        (
            "weight over rpm over tpm",
            [
                .init(id: "x") {
                    $0.weight = 9
                    $0.requestsPerMinute = 1
                },
                .init(id: "y") {
                    $0.weight = 1
                    $0.requestsPerMinute = 99
                },
            ], ["x": 9, "y": 1]
        ),
        (
            "rpm over tpm",
            [
                .init(id: "x") {
                    $0.requestsPerMinute = 300
                    $0.tokensPerMinute = 1
                },
                .init(id: "y") {
                    $0.requestsPerMinute = 100
                    $0.tokensPerMinute = 9999
                },
            ], ["x": 3, "y": 1]
        ),
        (
            "tpm", [.init(id: "x") { $0.tokensPerMinute = 1000 }, .init(id: "y") { $0.tokensPerMinute = 4000 }],
            ["x": 1, "y": 4]
        ),
        ("one alone, also without weight", [.init(id: "x") { $0.weight = 0 }], ["x": 1]),
        (
            "six", (1...6).map { number in .init(id: "x\(number)") { $0.weight = Double(number) } },
            ["x1": 1, "x2": 2, "x3": 3, "x4": 4, "x5": 5, "x6": 6]
        ),
    ]

    @Test(arguments: weights.indices) func simpleShuffleDrawsBy(_ index: Int) throws {
        let c = Self.weights[index]
        for strategy in [RouterSettings.Strategy.simpleShuffle, .providerBudget, .lar1] {
            let counts = Self.shares(Self.selection(strategy), try Self.candidates(c.settings))
            #expect(Self.fits(counts, c.shares), "\(c.rule): \(counts)")
        }
    }

    @Test func everyDrawFindsSomebody() throws {
        let weighted = try Self.candidates(
            (1...7).map { number in .init(id: "x\(number)") { $0.weight = 0.1 * Double(number) } })
        let plain = try Self.candidates((1...7).map { .init(id: "x\($0)") })
        for draw in [0, 0.5, 0.999_999_999_999_999_9, Double(1).nextDown] {
            for candidates in [weighted, plain] {
                #expect(Self.selection(.simpleShuffle).pick(candidates, tokens: 0, draw: draw) != nil)
            }
        }
        for strategy in RouterSettings.Strategy.allCases {
            #expect(Self.selection(strategy).pick([], tokens: 0, draw: 0.5) == nil)
        }
    }

    // MARK: the others

    @Test func leastBusyTakesTheFirstOfTheFewest() throws {
        func busy(_ count: Int) -> @Sendable (inout DeploymentState) -> Void {
            { state in for _ in 0..<count { state.started(at: Self.now) } }
        }
        let selection = Self.selection(.leastBusy)
        let settings: [Setting] = [
            .init(id: "x", state: busy(3)), .init(id: "y", state: busy(1)), .init(id: "z", state: busy(1)),
        ]
        #expect(Self.shares(selection, try Self.candidates(settings)) == ["y": 10_000])
    }

    @Test(arguments: [RouterSettings.Strategy.usageBased, .usageBasedV2])
    func usageTakesTheFewestTokensOfTheMinute(_ strategy: RouterSettings.Strategy) throws {
        let selection = Self.selection(strategy)
        let settings: [Setting] = [
            .init(id: "x", state: Self.used(1, tokens: 500)), .init(id: "y", state: Self.used(9, tokens: 100)),
            .init(id: "z", state: Self.used(2, tokens: 100)),
        ]
        // At random among equals.
        #expect(Self.fits(Self.shares(selection, try Self.candidates(settings)), ["y": 1, "z": 1]))
        // What was used in another minute counts no more.
        let old: @Sendable (inout DeploymentState) -> Void = { state in
            state.succeeded(at: Self.now - .seconds(60), tokens: 9999, perToken: nil, firstToken: nil)
        }
        let rolled = try Self.candidates([.init(id: "x", state: old), .init(id: "y", state: Self.used(1, tokens: 1))])
        #expect(Self.shares(selection, rolled) == ["x": 10_000])
    }

    @Test func latencyTakesTheFastestAndTriesTheUnknownFirst() throws {
        let settings: [Setting] = [
            .init(id: "x", state: Self.latency(0.10)), .init(id: "y", state: Self.latency(0.12)),
            .init(id: "z", state: Self.latency(0.30)),
        ]
        let candidates = try Self.candidates(settings)
        #expect(Self.shares(Self.selection(.latencyBased), candidates) == ["x": 10_000])
        let buffered = Self.selection(.latencyBased) {
            $0.strategyArguments = [.init("lowest_latency_buffer", .number("0.5"))]
        }
        #expect(Self.fits(Self.shares(buffered, candidates), ["x": 1, "y": 1]))
        let new = try Self.candidates(settings + [.init(id: "w")])
        #expect(Self.shares(buffered, new) == ["w": 10_000])
        // Streams go by the time to the first token.
        let stream = try Self.candidates(
            [
                .init(id: "x", state: { $0.succeeded(at: Self.now, tokens: 0, perToken: 9, firstToken: 1) }),
                .init(id: "y", state: { $0.succeeded(at: Self.now, tokens: 0, perToken: 1, firstToken: 9) }),
            ], isStream: true)
        #expect(Self.shares(Self.selection(.latencyBased), stream) == ["x": 10_000])
    }

    @Test func costTakesTheCheapestAndTheUnpricedLast() throws {
        func price(_ input: Double, _ output: Double) -> @Sendable (inout ModelParams) -> Void {
            {
                $0.inputCostPerToken = input
                $0.outputCostPerToken = output
            }
        }
        let settings: [Setting] = [
            .init(id: "x", limits: price(0.001, 0.003)), .init(id: "y", limits: price(0.003, 0.0005)),
            .init(id: "z"),
        ]
        #expect(Self.shares(Self.selection(.costBased), try Self.candidates(settings)) == ["y": 10_000])
        let unpriced = try Self.candidates([.init(id: "u"), .init(id: "v")])
        #expect(Self.fits(Self.shares(Self.selection(.costBased), unpriced), ["u": 1, "v": 1]))
    }

    // MARK: limits

    typealias Limit = (rule: String, setting: Setting, tokens: Int, rates: Bool, parallel: Bool)

    /// `rates`: refused by strategies that enforce rates; `parallel`: refused by all.
    static let limits: [Limit] = [
        (
            "one request below rpm", .init(id: "x", limits: { $0.requestsPerMinute = 3 }, state: used(2)), 10, false,
            false
        ),
        ("rpm used up", .init(id: "x", limits: { $0.requestsPerMinute = 3 }, state: used(3)), 10, true, false),
        (
            "tpm just fits", .init(id: "x", limits: { $0.tokensPerMinute = 100 }, state: used(1, tokens: 90)), 10,
            false, false
        ),
        (
            "tpm does not", .init(id: "x", limits: { $0.tokensPerMinute = 100 }, state: used(1, tokens: 90)), 11, true,
            false
        ),
        (
            "one more in parallel",
            .init(id: "x", limits: { $0.maxParallelRequests = 2 }, state: { $0.started(at: now) }), 10, false, false
        ),
        (
            "parallel used up", .init(id: "x", limits: { $0.maxParallelRequests = 1 }, state: { $0.started(at: now) }),
            10, true, true
        ),
    ]

    @Test(arguments: limits.indices) func itsOwnLimitsLeaveRoom(_ index: Int) throws {
        let c = Self.limits[index]
        let candidates = try Self.candidates([c.setting])
        for strategy in RouterSettings.Strategy.allCases {
            let enforces = [.usageBased, .usageBasedV2, .latencyBased, .costBased].contains(strategy)
            let refused = enforces ? c.rates : c.parallel
            #expect(
                (Self.selection(strategy).pick(candidates, tokens: c.tokens, draw: 0) == nil) == refused, "\(c.rule)")
            let strict = Self.selection(strategy) { $0.optionalPreCallChecks = ["enforce_model_rate_limits"] }
            #expect((strict.pick(candidates, tokens: c.tokens, draw: 0) == nil) == c.rates, "\(c.rule)")
        }
    }

    @Test func whoHasNoRoomIsNotDrawn() throws {
        let settings: [Setting] = [
            .init(
                id: "x",
                limits: {
                    $0.weight = 100
                    $0.maxParallelRequests = 1
                }, state: { $0.started(at: Self.now) }), .init(id: "y", limits: { $0.weight = 1 }),
        ]
        for strategy in RouterSettings.Strategy.allCases {
            #expect(Self.shares(Self.selection(strategy), try Self.candidates(settings)) == ["y": 10_000])
        }
    }
}
