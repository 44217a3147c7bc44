import ConfigFile
import Model
import Routing
import Testing

/// Retries: how many, where they go, and how long a request pauses.
@Suite struct AttemptPlanTests {
    /// One failure by status, and how often the same deployment is asked with two retries.
    static let classes: [(Outcome, calls: Int, others: Int)] = [
        (.status(400), 1, 1), (.context, 1, 1), (.policy, 1, 1), (.status(413), 1, 1), (.status(422), 1, 1),
        (.cause(.redirect), 1, 1), (.cause(.tooLarge), 1, 1),
        // Another deployment at once, never the same one.
        (.status(401), 1, 2), (.status(402), 1, 2), (.status(403), 1, 2), (.status(404), 1, 2),
        // Another one at once, else the same after a pause.
        (.status(408), 3, 3), (.status(409), 3, 3), (.status(429), 3, 3), (.status(500), 3, 3), (.status(502), 3, 3),
        (.status(503), 3, 3), (.status(504), 3, 3), (.status(524), 3, 3), (.status(529), 3, 3),
        (.cause(.connect), 3, 3), (.cause(.cut), 3, 3), (.cause(.timeout(.firstByte)), 3, 3),
        (.cause(.malformed), 3, 3), (.cause(.notACompletion), 3, 3),
    ]

    @Test(arguments: classes) func everyClassIsRepeatedAsItsVerdictSays(_ outcome: Outcome, _ calls: Int, _ others: Int)
        throws
    {
        var lone = World(["a": ["a1"]])
        lone.script = ["a1": [outcome]]
        let alone = try lone.play()
        #expect(alone.calls.count == calls)
        #expect(alone.retries == calls - 1)
        #expect(alone.waits.count == calls - 1, "a pause before each repeat of the same one, none after the last")

        var pair = World(["a": ["a1", "a2"]])
        pair.rules.isDisabled = true
        pair.script = ["a1": [outcome], "a2": [outcome]]
        let both = try pair.play()
        #expect(both.calls.count == others)
        #expect(both.calls.prefix(2) == (others == 1 ? ["a1"] : ["a1", "a2"]))
        #expect(both.waits.count == max(0, others - 2), "none before another deployment")
    }

    typealias Count = (rule: String, change: @Sendable (inout World) -> Void, calls: Int)

    static let counts: [Count] = [
        ("the default is 2", { _ in }, 3),
        ("the router's", { $0.settings.numRetries = 4 }, 5),
        ("the router's 0", { $0.settings.numRetries = 0 }, 1),
        ("the deployment's over the router's", { $0.change("a1") { $0.numRetries = 1 } }, 2),
        ("the deployment's 0", { $0.change("a1") { $0.numRetries = 0 } }, 1),
        (
            "the policy over the deployment's",
            {
                $0.change("a1") { $0.numRetries = 1 }
                $0.settings.retryPolicy = ["ServiceUnavailableErrorRetries": 3]
            }, 4
        ),
        ("the policy's 0", { $0.settings.retryPolicy = ["ServiceUnavailableErrorRetries": 0] }, 1),
        ("the policy of another class", { $0.settings.retryPolicy = ["RateLimitErrorRetries": 5] }, 3),
        ("the policy's default", { $0.settings.retryPolicy = ["DefaultRetries": 1] }, 2),
        (
            "the policy's class over its default",
            { $0.settings.retryPolicy = ["DefaultRetries": 5, "ServiceUnavailableErrorRetries": 1] }, 2
        ),
        (
            "the group's policy over the policy",
            {
                $0.settings.retryPolicy = ["ServiceUnavailableErrorRetries": 5]
                $0.settings.modelGroupRetryPolicy = ["a": ["ServiceUnavailableErrorRetries": 1]]
            }, 2
        ),
        (
            "the policy of another group",
            { $0.settings.modelGroupRetryPolicy = ["b": ["ServiceUnavailableErrorRetries": 5]] }, 3
        ),
        (
            "the request over all",
            {
                $0.settings.retryPolicy = ["ServiceUnavailableErrorRetries": 5]
                $0.settings.modelGroupRetryPolicy = ["a": ["ServiceUnavailableErrorRetries": 5]]
                $0.policy.numRetries = 1
            }, 2
        ),
        (
            "the request's 0 over all",
            {
                $0.settings.retryPolicy = ["ServiceUnavailableErrorRetries": 5]
                $0.change("a1") { $0.numRetries = 5 }
                $0.policy.numRetries = 0
            }, 1
        ),
    ]

    @Test(arguments: counts) func theNumberOfRetriesComesFrom(_ c: Count) throws {
        var world = World(["a": ["a1"]])
        world.script = ["a1": [.status(503)]]
        c.change(&world)
        let played = try world.play()
        #expect(played.calls.count == c.calls, "\(c.rule)")
        #expect(played.result == "503")
    }

    @Test func aPolicyThatNamesTheClassOutweighsTheTable() throws {
        var world = World(["a": ["a1"]]) { $0.retryPolicy = ["BadRequestErrorRetries": 2, "DefaultRetries": 4] }
        world.script = ["a1": [.status(400)]]
        #expect(try world.play().calls.count == 3)
        // A default names none: what cannot be helped by asking again stays so.
        world.settings.retryPolicy = ["DefaultRetries": 4]
        #expect(try world.play().calls.count == 1)
        // The request's own number names none either.
        world.policy.numRetries = 4
        #expect(try world.play().calls.count == 1)
    }

    @Test func aRetryThatHelpsIsTheAnswer() throws {
        var world = World(["a": ["a1"]])
        world.script = ["a1": [.status(500), .status(502), .ok]]
        let played = try world.play()
        #expect(played.result == "ok")
        #expect(played.retries == 2)
        #expect(played.fallbacks == 0)
    }

    @Test func everyDeploymentIsAskedOnceBeforeAnyIsAskedAgain() throws {
        var world = World(["a": ["a1", "a2", "a3"]]) { $0.numRetries = 7 }
        world.rules.isDisabled = true
        world.callTime = .milliseconds(1)
        world.script = ["a1": [.status(500)], "a2": [.status(500)], "a3": [.status(500)]]
        let played = try world.play()
        // Then the one that has rested longest, never the one that failed just now.
        #expect(played.calls.prefix(4) == ["a1", "a2", "a3", "a1"])
        for (one, next) in zip(played.calls, played.calls.dropFirst()) { #expect(one != next) }
        #expect(played.calls.count == 8)
    }

    @Test func oneThatCannotHelpIsNotAskedAgainWhenTheOthersAre() throws {
        var world = World(["a": ["a1", "a2"]]) { $0.numRetries = 5 }
        world.rules.isDisabled = true
        world.script = ["a1": [.status(404)], "a2": [.status(500)]]
        #expect(try world.play().text == "a1 a2 a2 a2 a2 a2")
    }

    // MARK: pauses

    @Test func pausesDoubleUpToAnEnd() throws {
        var world = World(["a": ["a1"]]) { $0.numRetries = 7 }
        world.script = ["a1": [.status(500)]]
        #expect(
            try world.play().waits == [
                .milliseconds(500), .seconds(1), .seconds(2), .seconds(4), .seconds(8), .seconds(8), .seconds(8),
            ])
        world.settings.retryAfter = .seconds(3)
        #expect(try world.play().waits.prefix(4) == [.seconds(3), .seconds(3), .seconds(3), .seconds(4)])
        world.settings.retryAfter = .seconds(60)
        #expect(try world.play().waits.first == .seconds(8))
        world.settings.retryAfter = .zero
        world.jitter = 0.999
        #expect(try world.play().waits.first == .milliseconds(500 + 749))
    }

    static let hints: [(seconds: Int, waits: [Duration])] = [
        (0, [.milliseconds(500), .seconds(1)]), (1, [.seconds(1), .seconds(1)]), (10, [.seconds(10), .seconds(10)]),
        (11, []), (86_400, []),
    ]

    @Test(arguments: hints) func retryAfterIsHonouredUpToTenSeconds(_ seconds: Int, _ waits: [Duration]) throws {
        for status in [429, 503] {
            var world = World(["a": ["a1"]])
            world.rules.isDisabled = true
            world.script = ["a1": [.status(status, retryAfter: seconds)]]
            let played = try world.play()
            #expect(played.waits == waits)
            #expect(played.calls.count == waits.count + 1)
            #expect(played.result == "\(status)")
        }
    }

    @Test func anUpstreamThatSaysWhenThereIsMoneyAgainIsAskedThen() throws {
        var world = World(["a": ["a1"]])
        world.rules.isDisabled = true
        world.script = ["a1": [.status(402, retryAfter: 2), .ok]]
        let played = try world.play()
        #expect(played.waits == [.seconds(2)])
        #expect(played.result == "ok")
    }

    /// The cooldown that a `Retry-After` brings ends when it may be asked again.
    @Test func itsOwnRestDoesNotStopTheRetry() throws {
        var world = World(["a": ["a1"]])
        world.script = ["a1": [.status(429, retryAfter: 3), .ok]]
        let played = try world.play()
        #expect(played.waits == [.seconds(3)])
        #expect(played.result == "ok")
    }

    @Test func noPauseGoesBeyondTheDeadline() throws {
        var world = World(["a": ["a1"]]) { $0.numRetries = 9 }
        world.script = ["a1": [.status(500)]]
        world.deadline = world.now + .seconds(3)
        let played = try world.play()
        #expect(played.waits == [.milliseconds(500), .seconds(1)])
        #expect(played.result == "500")
        #expect(world.now < world.deadline)
    }

    @Test func aRestOfItsOwnLengthEndsTheRetries() throws {
        var world = World(["a": ["a1", "a2"]])
        world.rules.allowedFails = 0
        world.script = ["a1": [.cause(.connect)], "a2": [.cause(.connect)]]
        let played = try world.play()
        #expect(played.text == "a1 a2")
        #expect(played.waits.isEmpty)
    }

    @Test func oneThatRestsIsPassedOver() throws {
        var world = World(["a": ["a1", "a2", "a3"]])
        world.rest("a1", until: world.now + .seconds(30))
        world.script = ["a2": [.status(500)]]
        #expect(try world.play().text == "a2 a3")
    }

    // MARK: nobody is there

    @Test func aShortRestIsWaitedFor() throws {
        var world = World(["a": ["a1", "a2"]])
        world.rest("a1", until: world.now + .seconds(2))
        world.rest("a2", until: world.now + .seconds(5))
        let played = try world.play()
        #expect(played.waits == [.seconds(2)])
        #expect(played.text == "a1")
        #expect(played.result == "ok")
    }

    @Test func aLongRestIs429WithTheTrueRetryAfter() throws {
        var world = World(["a": ["a1", "a2"]])
        world.rest("a1", until: world.now + .milliseconds(20_300), status: 500)
        world.rest("a2", until: world.now + .milliseconds(3_200), status: 502)
        let played = try world.play()
        #expect(played.calls.isEmpty)
        #expect(played.waits.isEmpty)
        #expect(played.result == "resting 4")
        guard case .gaveUp(.resting(let resting)) = played.end else { return #expect(Bool(false)) }
        #expect(resting.left == .milliseconds(3_200))
        #expect(resting.reason?.status == 502, "the cause of the one that wakes first")
        #expect(resting.target.deployment.id == "a2")
        #expect(resting.group == "a")
        #expect(!resting.isAlone)
    }

    @Test func aShortRestIsNotWaitedForBeyondTheDeadline() throws {
        var world = World(["a": ["a1", "a2"]])
        world.rest("a1", until: world.now + .seconds(1))
        world.rest("a2", until: world.now + .seconds(1))
        world.deadline = world.now + .milliseconds(500)
        #expect(try world.play().result == "resting 1")
    }

    @Test func aLoneDeploymentAtRestIsTheStatusOfItsFailure() throws {
        var world = World(["a": ["a1"]])
        world.script = ["a1": [.status(429, retryAfter: 60)]]
        #expect(try world.play().result == "429")
        world.now += .seconds(20)
        let second = try world.play()
        #expect(second.calls.isEmpty)
        guard case .gaveUp(.resting(let resting)) = second.end else { return #expect(Bool(false)) }
        #expect(resting.isAlone)
        #expect(resting.left == .seconds(40), "what is left of it")
        #expect(resting.reason?.summary == "429 RateLimitError")
    }

    @Test func nobodyWaitsForEverBehindAProbe() throws {
        var world = World(["a": ["a1", "a2"]])
        for id in ["a1", "a2"] { world.rest(id, until: world.now + .seconds(1)) }
        world.now += .seconds(2)
        for id in ["a1", "a2"] { world.states[id]?.started(at: world.now) }
        let begin = world.now
        let played = try world.play()
        #expect(played.result == "resting 1")
        #expect(world.now - begin <= AttemptPlan.longestWait)
    }

    @Test func limitsThatAreUsedUp() throws {
        var world = World(["a": ["a1"], "b": ["b1"]])
        world.draw = { $0.first { $0.deployment.id != "a1" } }
        #expect(try world.play().result == "limited")
        world.settings.fallbacks = [FallbackRule(group: "a", targets: ["b"])]
        #expect(try world.play().text == "b1")
    }

    @Test func aRepeatHasToFitTheLimitsToo() throws {
        var world = World(["a": ["a1"]])
        world.script = ["a1": [.status(500)]]
        var draws = 0
        world.draw = { targets in
            draws += 1
            return draws > 1 ? nil : targets.first
        }
        #expect(try world.play().text == "a1")
    }
}
