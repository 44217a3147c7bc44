import ConfigFile
import Glibc
import Model
import Routing
import Testing

/// What the rules of cooling down do to a group of two under traffic: figures, beside those of LiteLLM's rule.
///
/// `PENSTOCK_FIGURES=1 swift test --filter CooldownSimulation` prints the tables of docs/COOLDOWNS.md.
@Suite(.serialized) struct CooldownSimulationTests {
    /// Requests a second, and for how long.
    private static let rate = 20
    private static let seconds = 120

    /// What happened to the requests that were in order.
    struct Figures {
        var sent = 0
        var failed = 0
        /// Refused without asking anybody.
        var refused = 0
        /// Calls upstream beyond one each.
        var extraCalls = 0

        var lost: Double { share(failed + refused) }
        var extra: Double { share(extraCalls) }

        private func share(_ count: Int) -> Double { (Double(count) * 10_000 / Double(max(1, sent))).rounded() / 100 }
    }

    /// - Parameters:
    ///   - poison: share of requests that every deployment answers with 500.
    ///   - text: what is said of the poisoned request with this number, by a deployment.
    ///   - failing: share of ordinary requests that `a1` answers with 500.
    struct Scenario: Sendable, CustomTestStringConvertible {
        let name: String
        var poison = 0.0
        var text: @Sendable (_ request: Int, _ deployment: String) -> String = { "\($0) image input is broken \($1)" }
        var failing = 0.0
        /// The most of the ordinary requests that may be lost, in percent.
        var mostLost = 0.0
        /// The most calls beyond one for 100 ordinary requests.
        var mostExtra = Double.infinity
        var testDescription: String { name }
    }

    private static let letters: @Sendable (Int, String) -> String = { number, deployment in
        "broken by \(String(number, radix: 36).map { "g\($0)" }.joined().filter { !$0.isNumber }) at \(deployment)"
    }

    static let scenarios: [Scenario] =
        [1, 10, 30, 50, 70].flatMap { percent in
            [
                Scenario(
                    name: "\(percent) % poisoned, the same text", poison: Double(percent) / 100,
                    text: { _, _ in "image input is broken" }),
                Scenario(
                    name: "\(percent) % poisoned, another text each time", poison: Double(percent) / 100,
                    text: { "image \(letters($0, $1))" }),
            ]
        } + [
            Scenario(name: "one of two fails always", failing: 1, mostExtra: 5),
            Scenario(name: "one of two fails 70 %", failing: 0.7, mostExtra: 15),
            Scenario(name: "one of two fails 30 %", failing: 0.3, mostExtra: 20),
            Scenario(
                name: "30 % poisoned, and one of two fails always", poison: 0.3,
                text: { "image \(letters($0, $1))" }, failing: 1, mostExtra: 25),
        ]

    @Test(arguments: scenarios) func nobodyPaysForAnothersRequest(_ scenario: Scenario) throws {
        let own = try play(scenario)
        let other = playLiteLLM(scenario)
        #expect(own.lost <= scenario.mostLost, "\(scenario.name): \(own)")
        #expect(own.extra <= scenario.mostExtra, "\(scenario.name): \(own)")
        if unsafe getenv("PENSTOCK_FIGURES") != nil {
            print(
                "| \(scenario.name) | \(own.lost) % | \(own.extra) | \(other.lost) % | \(other.extra) |")
        }
    }

    /// The reported case: four poisoned requests, then one every 5 s, and an ordinary one every second.
    @Test(arguments: [true, false]) func aFewRequestsDoNotStopAGroup(_ isSameText: Bool) throws {
        var random = SeededGenerator(7)
        var world = Self.world(&random)
        let catalog = world.builtCatalog()
        var lost = 0
        for second in 0..<120 {
            world.now = .seconds(1200 + second)
            let poisoned = second == 0 ? 4 : second % 5 == 0 ? 1 : 0
            for number in 0..<poisoned {
                world.outcome = { .says(500, isSameText ? "broken" : Self.letters(second * 10 + number, $0)) }
                _ = try world.play("a", in: catalog)
            }
            world.outcome = { _ in nil }
            if try world.play("a", in: catalog).result != "ok" { lost += 1 }
        }
        #expect(lost == 0)
    }

    // MARK: ours

    private static func world(_ random: inout SeededGenerator) -> World {
        var world = World(["a": ["a1", "a2"]]) { $0.numRetries = 2 }
        var draws = SeededGenerator(random.next())
        world.draw = { $0.randomElement(using: &draws) }
        return world
    }

    private func play(_ scenario: Scenario) throws -> Figures {
        var random = SeededGenerator(1)
        var world = Self.world(&random)
        let catalog = world.builtCatalog()
        var figures = Figures()
        for number in 0..<Self.rate * Self.seconds {
            world.now = .seconds(1200) + .seconds(number) / Self.rate
            world.deadline = world.now + .seconds(600)
            let isPoisoned = random.fraction() < scenario.poison
            let isUnlucky = random.fraction() < scenario.failing
            world.outcome = { id in
                if isPoisoned { return .says(500, scenario.text(number, id)) }
                return id == "a1" && isUnlucky ? .says(500, "worker \(Self.letters(number, id))") : nil
            }
            let played = try world.play("a", in: catalog)
            guard !isPoisoned else { continue }
            figures.sent += 1
            figures.extraCalls += max(0, played.calls.count - 1)
            if played.result == "ok" { continue }
            if played.calls.isEmpty { figures.refused += 1 } else { figures.failed += 1 }
        }
        return figures
    }

    // MARK: LiteLLM's

    /// LiteLLM 1.83's rule where nothing is configured: a deployment of several cools down for 5 s once more than half of a
    /// minute's requests failed, when those are five at least; its counters see the first failed call of a request. A retry
    /// draws again among those that do not cool down; when there is none, the client gets 429.
    private func playLiteLLM(_ scenario: Scenario) -> Figures {
        struct Counter {
            var minute = -1
            var answers = 0
            var failures = 0
            var coolsUntil = 0.0
        }
        var random = SeededGenerator(1)
        var draws = SeededGenerator(2)
        var counters = ["a1": Counter(), "a2": Counter()]
        var figures = Figures()
        for number in 0..<Self.rate * Self.seconds {
            let now = Double(number) / Double(Self.rate)
            let isPoisoned = random.fraction() < scenario.poison
            let isUnlucky = random.fraction() < scenario.failing
            var calls = 0
            var isAnswered = false
            while calls < 3, !isAnswered {
                let open = ["a1", "a2"].filter { (counters[$0]?.coolsUntil ?? 0) <= now }
                guard let id = open.randomElement(using: &draws), var counter = counters[id] else { break }
                calls += 1
                if counter.minute != Int(now) / 60 {
                    (counter.minute, counter.answers, counter.failures) = (Int(now) / 60, 0, 0)
                }
                isAnswered = !isPoisoned && !(id == "a1" && isUnlucky)
                if isAnswered {
                    counter.answers += 1
                } else if calls == 1 {
                    counter.failures += 1
                    if counter.answers + counter.failures >= 5, counter.failures > counter.answers {
                        counter.coolsUntil = now + 5
                    }
                }
                counters[id] = counter
            }
            guard !isPoisoned else { continue }
            figures.sent += 1
            figures.extraCalls += max(0, calls - 1)
            if isAnswered { continue }
            if calls == 0 { figures.refused += 1 } else { figures.failed += 1 }
        }
        return figures
    }
}
