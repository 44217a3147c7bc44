import ConfigFile
import Model
import Routing
import Testing

/// A group that cools down as a whole keeps one deployment in use, where answers alone were the reason.
@Suite struct GroupInUseTests {
    /// A group of two that cool down because of `outcome`, and the clock's next second.
    private func resting(_ outcome: Outcome, fallback: Bool = false) throws -> World {
        var world = World(["a": ["a1", "a2"], "b": ["b1"]]) { $0.numRetries = 0 }
        if fallback { world.settings.fallbacks = [FallbackRule(group: "a", targets: ["b"])] }
        world.outcome = { $0 == "b1" ? nil : outcome }
        for first in ["a1", "a2"] {
            world.draw = { targets in targets.first { $0.deployment.id == first } ?? targets.first }
            // Another text each time, as different requests have.
            for _ in 0..<5 where world.states[first, default: .init()].rest == nil { _ = try world.play() }
            #expect(world.states[first]?.rest != nil, "\(outcome)")
            world.now += .seconds(1)
        }
        world.draw = { $0.first }
        return world
    }

    typealias Case = (outcome: Outcome, alone: String, withFallback: String)

    static let cases: [Case] = [
        (.status(500), "a1", "a1"),
        (.status(403), "a1", "a1"),
        (.cause(.notACompletion), "a1", "a1"),
        (.cause(.malformed), "a1", "a1"),
        (.status(429), "a1", "b1"),
        (.status(502), "a1", "b1"),
        (.status(503), "a1", "b1"),
        (.status(504), "a1", "b1"),
        (.status(529), "a1", "b1"),
        (.cause(.cut), "a1", "b1"),
        (.status(401), "resting", "b1"),
        (.status(429, retryAfter: 30), "resting", "b1"),
        (.cause(.connect), "resting", "b1"),
        (.cause(.timeout(.firstByte)), "resting", "b1"),
    ]

    @Test(arguments: cases) func theOneThatComesBackSoonestIsAsked(_ c: Case) throws {
        var world = try resting(c.outcome)
        world.outcome = { _ in nil }
        let deadline = world.deadline
        world.deadline = world.now + .seconds(1)
        let played = try world.play()
        #expect(played.text == (c.alone == "resting" ? "" : c.alone), "\(c.outcome)")
        #expect(played.result.hasPrefix(c.alone == "resting" ? "resting" : "ok"), "\(c.outcome)")
        world = try resting(c.outcome, fallback: true)
        world.outcome = { _ in nil }
        world.deadline = deadline
        #expect(try world.play().text == c.withFallback, "\(c.outcome)")
    }

    @Test func itsAnswerHealsIt() throws {
        var world = try resting(.status(500))
        world.outcome = { _ in nil }
        #expect(try world.play().text == "a1")
        #expect(world.states["a1"]?.rest == nil)
        #expect(world.states["a2"]?.rest != nil)
    }

    @Test func oneThatMayBeAskedComesBefore() throws {
        var world = try resting(.status(500))
        world.states["a2"]?.clearRests(at: world.now)
        world.outcome = { $0 == "a2" ? .status(500) : nil }
        #expect(try world.play().text == "a2", "what cools down is no retry")
        world.outcome = { _ in nil }
        #expect(try world.play().text == "a2")
    }

    @Test func ordersAreOneGroup() throws {
        var world = try resting(.status(500))
        world.change("a1") { $0.order = 2 }
        world.change("a2") { $0.order = 1 }
        world.outcome = { _ in nil }
        #expect(try world.play().text == "a1", "it comes back soonest")
        world.rest("a2", until: world.now)
        #expect(try world.play().text == "a2")
    }

    @Test func itsOwnLimitsHold() throws {
        var world = try resting(.status(500))
        world.draw = { _ in nil }
        #expect(try world.play().text == "")
    }
}
