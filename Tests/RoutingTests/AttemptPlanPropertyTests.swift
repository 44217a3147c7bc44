import ConfigFile
import Model
import Routing
import Testing

/// What holds in every world: drawn at random, the same in every run.
@Suite struct AttemptPlanPropertyTests {
    static let outcomes: [Outcome] = [
        .ok, .status(400), .context, .policy, .status(401), .status(402), .status(402, retryAfter: 2), .status(403),
        .status(404), .status(408), .status(409), .status(413), .status(422), .status(429),
        .status(429, retryAfter: 0), .status(429, retryAfter: 1), .status(429, retryAfter: 17),
        .status(429, retryAfter: 86_400), .status(500), .status(502), .status(503), .status(503, retryAfter: 3),
        .status(504), .status(529), .cause(.connect), .cause(.cut), .cause(.timeout(.idle)), .cause(.malformed),
        .cause(.notACompletion), .cause(.tooLarge), .cause(.redirect),
    ]

    static func world(_ random: inout SeededGenerator) -> World {
        let names = ["a", "b", "c", "d", "e"]
        var world = World([:])
        for name in names {
            for number in 1...Int.random(in: 1...4, using: &random) {
                let id = "\(name)\(number)"
                world.entries.append(
                    entry(name, "openrouter/test/\(id)") {
                        $0.info.id = id
                        if Bool.random(using: &random) { $0.params.order = Int.random(in: 1...3, using: &random) }
                        if Int.random(in: 0...4, using: &random) == 0 { $0.params.numRetries = 3 }
                        if Int.random(in: 0...4, using: &random) == 0 { $0.params.cooldownTime = .zero }
                    })
                world.script[id] = (0..<3).map { _ in outcomes.randomElement(using: &random) ?? .ok }
                if Int.random(in: 0...5, using: &random) == 0 {
                    world.rest(id, until: world.now + .milliseconds(Int.random(in: 1...9000, using: &random)))
                }
            }
        }
        func list() -> [String] {
            (0..<Int.random(in: 0...3, using: &random)).map { _ in (names + ["zz"]).randomElement(using: &random) ?? ""
            }
        }
        func rules() -> [FallbackRule] {
            (0..<Int.random(in: 0...4, using: &random)).map { _ in
                FallbackRule(group: (names + ["*"]).randomElement(using: &random) ?? "", targets: list())
            }
        }
        world.settings.numRetries = Int.random(in: 0...4, using: &random)
        world.settings.maxFallbacks = Int.random(in: 0...6, using: &random)
        world.settings.fallbacks = rules()
        world.settings.contextWindowFallbacks = rules()
        world.settings.contentPolicyFallbacks = rules()
        if Bool.random(using: &random) { world.settings.defaultFallbacks = list() }
        if Bool.random(using: &random) {
            world.settings.retryPolicy = ["RateLimitErrorRetries": 5, "DefaultRetries": 1]
        }
        if Bool.random(using: &random) { world.policy.numRetries = Int.random(in: 0...6, using: &random) }
        if Bool.random(using: &random) { world.policy.fallbacks = list().map { .init(model: $0) } }
        if Int.random(in: 0...3, using: &random) == 0 { world.chain = ["test/m1", "test/m2", "test/m3"] }
        if Int.random(in: 0...9, using: &random) == 0 { world.policy.disableFallbacks = true }
        if Bool.random(using: &random) { world.rules.allowedFails = Int.random(in: 0...2, using: &random) }
        world.rules.isDisabled = Int.random(in: 0...5, using: &random) == 0
        world.callTime = .milliseconds(Int.random(in: 0...3000, using: &random))
        world.deadline = world.now + .seconds(Int.random(in: 1...60, using: &random))
        world.jitter = random.fraction()
        return world
    }

    @Test(arguments: 0..<20) func everyRequestEndsAndNoneCausesMoreCallsThanItMay(_ part: Int) throws {
        for seed in UInt64(part) * 500..<UInt64(part + 1) * 500 {
            var random = SeededGenerator(seed)
            var world = Self.world(&random)
            var draws = SeededGenerator(seed &+ 1 << 40)
            world.draw = { targets in
                // Sometimes everybody's own limits are used up.
                Int.random(in: 0...19, using: &draws) == 0 ? nil : targets.randomElement(using: &draws)
            }
            let settings = world.settings
            let played = try world.play()
            let most =
                [
                    world.policy.numRetries, world.policy.numRetries == nil ? max(settings.numRetries, 5) : nil,
                ].compactMap(\.self).max() ?? 0

            #expect(played.calls.count <= played.retries + played.fallbacks + 1, "world \(seed)")
            #expect(played.retries <= most, "world \(seed)")
            // Four groups beyond the first, each with three orders and those without; the chain's three likewise.
            let groups = world.policy.disableFallbacks ? 0 : settings.maxFallbacks
            #expect(played.fallbacks < (1 + groups + world.chain.count) * 4, "world \(seed)")
            #expect(world.now <= world.deadline + world.callTime, "world \(seed) waits beyond its deadline")
            #expect(played.waits.allSatisfy { $0 > .zero && $0 <= .seconds(11) }, "world \(seed)")
            switch played.end {
            case .answered: #expect(!played.calls.isEmpty)
            case .gaveUp(.failed), .timedOut: break
            case .gaveUp: #expect(played.calls.isEmpty, "world \(seed): a failure was seen and is not the answer")
            case .never: Issue.record("world \(seed) never ends")
            }
            // A request never goes back in its line.
            #expect(played.attempts.map(\.fallbackIndex) == played.attempts.map(\.fallbackIndex).sorted())
        }
    }

    @Test func aHealthyFirstChoiceIsAllThatIsAsked() throws {
        for seed in UInt64(0)..<500 {
            var random = SeededGenerator(seed)
            var world = Self.world(&random)
            world.script = [:]
            world.states = [:]
            let played = try world.play()
            #expect(played.calls.count == 1)
            #expect(played.retries == 0 && played.fallbacks == 0 && played.waits.isEmpty)
            #expect(played.result == "ok")
        }
    }
}
