import ConfigFile
import Model
import Routing
import Testing

/// Where a request goes when its group cannot serve it.
@Suite struct AttemptPlanFallbackTests {
    typealias Case = (rule: String, change: @Sendable (inout World) -> Void, calls: String, result: String)

    /// `a` fails in every one of them, `num_retries` is 0.
    static func world() -> World {
        var world = World(["a": ["a1"], "b": ["b1"], "c": ["c1"], "d": ["d1"], "e": ["e1"]]) { $0.numRetries = 0 }
        world.rules.isDisabled = true
        world.script = ["a1": [.status(500)]]
        return world
    }

    static func rules(_ rules: KeyValuePairs<String, [String]>) -> [FallbackRule] {
        rules.map { FallbackRule(group: $0, targets: $1) }
    }

    static let cases: [Case] = [
        ("nothing is configured", { _ in }, "a1", "500"),
        ("by the group", { $0.settings.fallbacks = rules(["a": ["b"]]) }, "a1 b1", "ok"),
        ("of another group", { $0.settings.fallbacks = rules(["b": ["c"]]) }, "a1", "500"),
        ("by *", { $0.settings.fallbacks = rules(["*": ["b"]]) }, "a1 b1", "ok"),
        ("the group outweighs *", { $0.settings.fallbacks = rules(["*": ["b"], "a": ["c"]]) }, "a1 c1", "ok"),
        ("default_fallbacks", { $0.settings.defaultFallbacks = ["b"] }, "a1 b1", "ok"),
        (
            "a list outweighs default_fallbacks",
            {
                $0.settings.defaultFallbacks = ["b"]
                $0.settings.fallbacks = rules(["a": ["c"]])
            }, "a1 c1", "ok"
        ),
        (
            "one after the other",
            {
                $0.settings.fallbacks = rules(["a": ["b", "c", "d"]])
                $0.script["b1"] = [.status(401)]
                $0.script["c1"] = [.status(404)]
            }, "a1 b1 c1 d1", "ok"
        ),
        (
            "the last error is the answer",
            {
                $0.settings.fallbacks = rules(["a": ["b"]])
                $0.script["b1"] = [.status(503)]
            }, "a1 b1", "503"
        ),
        (
            "a fallback's own fallbacks come right behind it",
            {
                $0.settings.fallbacks = rules(["a": ["b", "c"], "b": ["d"]])
                for id in ["b1", "c1", "d1"] { $0.script[id] = [.status(500)] }
            }, "a1 b1 d1 c1", "500"
        ),
        (
            "a circle ends",
            {
                $0.settings.fallbacks = rules(["a": ["b"], "b": ["c"], "c": ["a", "b"]])
                for id in ["b1", "c1"] { $0.script[id] = [.status(500)] }
            }, "a1 b1 c1", "500"
        ),
        (
            "a circle through * and default_fallbacks ends",
            {
                $0.settings.fallbacks = rules(["*": ["a", "b", "c"]])
                $0.settings.defaultFallbacks = ["a", "d"]
                for id in ["b1", "c1"] { $0.script[id] = [.status(500)] }
            }, "a1 b1 c1", "500"
        ),
        (
            "an entry that leads nowhere is skipped", { $0.settings.fallbacks = rules(["a": ["zz", "b"]]) }, "a1 b1",
            "ok"
        ),
        (
            "max_fallbacks",
            {
                $0.settings.maxFallbacks = 2
                $0.settings.fallbacks = rules(["a": ["b", "c", "d", "e"]])
                for id in ["b1", "c1", "d1"] { $0.script[id] = [.status(500)] }
            }, "a1 b1 c1", "500"
        ),
        (
            "max_fallbacks counts nested ones",
            {
                $0.settings.maxFallbacks = 2
                $0.settings.fallbacks = rules(["a": ["b"], "b": ["c"], "c": ["d"]])
                for id in ["b1", "c1"] { $0.script[id] = [.status(500)] }
            }, "a1 b1 c1", "500"
        ),
        (
            "max_fallbacks 0",
            {
                $0.settings.maxFallbacks = 0
                $0.settings.fallbacks = rules(["a": ["b"]])
            }, "a1", "500"
        ),
        (
            "disable_fallbacks of the request",
            {
                $0.settings.fallbacks = rules(["a": ["b"]])
                $0.policy.disableFallbacks = true
            }, "a1", "500"
        ),
        ("the request's own", { $0.policy.fallbacks = [.init(model: "b")] }, "a1 b1", "ok"),
        (
            "the request's outweigh the configured ones",
            {
                $0.settings.fallbacks = rules(["a": ["b"], "*": ["d"]])
                $0.policy.fallbacks = [.init(model: "c")]
            }, "a1 c1", "ok"
        ),
        (
            "an empty list of the request means none",
            {
                $0.settings.fallbacks = rules(["a": ["b"]])
                $0.policy.fallbacks = []
            }, "a1", "500"
        ),
        (
            "a bad request falls nowhere",
            {
                $0.settings.fallbacks = rules(["a": ["b"], "*": ["c"]])
                $0.settings.defaultFallbacks = ["d"]
                $0.script["a1"] = [.status(400)]
            }, "a1", "400"
        ),
        (
            "401, 402, 403 and 404 do",
            {
                $0.settings.fallbacks = rules(["a": ["b", "c", "d", "e"]])
                $0.script = ["a1": [.status(401)], "b1": [.status(402)], "c1": [.status(403)], "d1": [.status(404)]]
            }, "a1 b1 c1 d1 e1", "ok"
        ),
        (
            "a redirect does not",
            {
                $0.settings.fallbacks = rules(["a": ["b"]])
                $0.script["a1"] = [.cause(.redirect)]
            }, "a1", "502"
        ),
        // A prompt that is too long, content that is refused: only their own lists.
        (
            "too long: not the general list",
            {
                $0.settings.fallbacks = rules(["a": ["b"], "*": ["c"]])
                $0.settings.contentPolicyFallbacks = rules(["a": ["d"]])
                $0.script["a1"] = [.context]
            }, "a1", "400"
        ),
        (
            "too long: its own list",
            {
                $0.settings.fallbacks = rules(["a": ["b"]])
                $0.settings.contextWindowFallbacks = rules(["a": ["c"]])
                $0.script["a1"] = [.context]
            }, "a1 c1", "ok"
        ),
        (
            "too long: its own list by *, then the next by its own name",
            {
                $0.settings.contextWindowFallbacks = rules(["*": ["b"], "b": ["c"]])
                $0.script["a1"] = [.context]
                $0.script["b1"] = [.context]
            }, "a1 b1 c1", "ok"
        ),
        (
            "too long for a fallback: its own list, then the rest of the line",
            {
                $0.settings.fallbacks = rules(["a": ["b", "c"]])
                $0.settings.contextWindowFallbacks = rules(["b": ["d"]])
                $0.script["b1"] = [.context]
                $0.script["d1"] = [.status(500)]
            }, "a1 b1 d1 c1", "ok"
        ),
        (
            "too long for a fallback without a list: the rest of the line",
            {
                $0.settings.fallbacks = rules(["a": ["b", "c"]])
                $0.script["b1"] = [.context]
            }, "a1 b1 c1", "ok"
        ),
        (
            "a bad request, refused content, an unusable answer of a fallback: the rest of the line",
            {
                $0.settings.fallbacks = rules(["a": ["b", "c", "d", "e"]])
                $0.script["b1"] = [.status(400)]
                $0.script["c1"] = [.policy]
                $0.script["d1"] = [.cause(.tooLarge)]
            }, "a1 b1 c1 d1 e1", "ok"
        ),
        (
            "a bad request of a fallback: not its own fallbacks",
            {
                $0.settings.fallbacks = rules(["a": ["b", "c"], "b": ["d"]])
                $0.script["b1"] = [.status(400)]
                $0.script["c1"] = [.status(500)]
            }, "a1 b1 c1", "400"
        ),
        (
            "the first failure about the request is the answer",
            {
                $0.settings.fallbacks = rules(["a": ["b", "c", "d"]])
                $0.script["b1"] = [.context]
                $0.script["c1"] = [.policy]
                $0.script["d1"] = [.status(503)]
            }, "a1 b1 c1 d1", "400"
        ),
        (
            "the larger model fails otherwise: the client hears of its prompt",
            {
                $0.settings.contextWindowFallbacks = rules(["a": ["b"]])
                $0.script["a1"] = [.context]
                $0.script["b1"] = [.status(503)]
            }, "a1 b1", "400"
        ),
        (
            "402, then nobody: the last error",
            {
                $0.settings.fallbacks = rules(["a": ["b"]])
                $0.script = ["a1": [.status(402)], "b1": [.status(503)]]
            }, "a1 b1", "503"
        ),
        (
            "a model that is not there, told as 400",
            {
                $0.settings.fallbacks = rules(["a": ["b"]])
                $0.script["a1"] = [.says(400, "test/a1 is not a valid model ID")]
            }, "a1 b1", "ok"
        ),
        (
            "a tool call that could not be read",
            {
                $0.settings.fallbacks = rules(["a": ["b"]])
                $0.script["a1"] = [.says(400, "Failed to call a function.")]
            }, "a1 b1", "ok"
        ),
        (
            "too long: the larger one fails otherwise, and has a list of its own",
            {
                $0.settings.fallbacks = rules(["b": ["c"]])
                $0.settings.contextWindowFallbacks = rules(["a": ["b"]])
                $0.script["a1"] = [.context]
                $0.script["b1"] = [.status(500)]
            }, "a1 b1 c1", "ok"
        ),
        (
            "too long: the request's list",
            {
                $0.settings.contextWindowFallbacks = rules(["a": ["b"]])
                $0.policy.contextWindowFallbacks = [.init(model: "c")]
                $0.script["a1"] = [.context]
            }, "a1 c1", "ok"
        ),
        (
            "too long: disable_fallbacks",
            {
                $0.settings.contextWindowFallbacks = rules(["a": ["b"]])
                $0.policy.disableFallbacks = true
                $0.script["a1"] = [.context]
            }, "a1", "400"
        ),
        (
            "refused: its own list",
            {
                $0.settings.fallbacks = rules(["a": ["b"]])
                $0.settings.contextWindowFallbacks = rules(["a": ["d"]])
                $0.settings.contentPolicyFallbacks = rules(["a": ["c"]])
                $0.script["a1"] = [.policy]
            }, "a1 c1", "ok"
        ),
        (
            "refused: the request's list",
            {
                $0.policy.contentPolicyFallbacks = [.init(model: "e")]
                $0.script["a1"] = [.policy]
            }, "a1 e1", "ok"
        ),
        (
            "refused: not the general list",
            {
                $0.settings.fallbacks = rules(["a": ["b"]])
                $0.script["a1"] = [.policy]
            }, "a1", "403"
        ),
    ]

    @Test(arguments: cases) func goTo(_ c: Case) throws {
        var world = Self.world()
        c.change(&world)
        let played = try world.play()
        #expect(played.text == c.calls, "\(c.rule)")
        #expect(played.result == c.result, "\(c.rule)")
        #expect(played.fallbacks == played.calls.count - 1, "\(c.rule)")
        #expect(played.waits.isEmpty, "no pause before a fallback: \(c.rule)")
    }

    @Test func theNameThatWasAskedForCountsFirst() throws {
        var world = Self.world()
        world.settings.aliases = [ModelAlias(alias: "nick", target: "a")]
        world.settings.fallbacks = Self.rules(["nick": ["b"], "a": ["c"]])
        #expect(try world.play("nick").text == "a1 b1")
        #expect(try world.play("a").text == "a1 c1")
        world.settings.fallbacks = Self.rules(["a": ["c"]])
        #expect(try world.play("nick").text == "a1 c1")
        // Also where it is a fallback itself.
        world.settings.aliases.append(ModelAlias(alias: "other", target: "b"))
        world.settings.fallbacks = Self.rules(["a": ["other"], "other": ["d"]])
        world.script["b1"] = [.status(500)]
        #expect(try world.play().text == "a1 b1 d1")
    }

    @Test func anEntryMayChangeTheBody() throws {
        var world = Self.world()
        let member = Deployment.BodyMember(key: "temperature", value: Array("0".utf8))
        world.policy.fallbacks = [.init(model: "b", overrides: [member]), .init(model: "c")]
        world.script["b1"] = [.status(500)]
        let played = try world.play()
        #expect(played.attempts.map(\.overrides) == [[], [member], []])
        #expect(played.attempts.map(\.fallbackIndex) == [0, 1, 2])
    }

    @Test func aGroupThatRestsIsPassedOver() throws {
        var world = Self.world()
        world.settings.fallbacks = Self.rules(["a": ["b", "c"]])
        world.rest("a1", until: world.now + .seconds(1))
        let played = try world.play()
        #expect(played.text == "b1")
        #expect(played.fallbacks == 1)
        #expect(played.waits.isEmpty)
    }

    @Test func whenAllRestTheFirstToWakeIsWaitedFor() throws {
        var world = Self.world()
        world.settings.fallbacks = Self.rules(["a": ["b"]])
        world.script = [:]
        world.rest("a1", until: world.now + .seconds(9))
        world.rest("b1", until: world.now + .seconds(1))
        let played = try world.play()
        #expect(played.waits == [.seconds(1)])
        #expect(played.text == "b1")
        // Afterwards, a failure still finds the rest of the line.
        world.rest("a1", until: world.now + .seconds(1))
        world.rest("b1", until: world.now + .seconds(2))
        world.script = ["a1": [.status(404)]]
        let second = try world.play()
        #expect(second.text == "a1")
        #expect(second.result == "404")
    }

    @Test func retriesComeOutOfOneBudget() throws {
        var world = Self.world()
        world.settings.numRetries = 2
        world.settings.fallbacks = Self.rules(["a": ["b", "c"]])
        for id in ["b1", "c1"] { world.script[id] = [.status(500)] }
        let played = try world.play()
        #expect(played.text == "a1 a1 a1 b1 c1")
        #expect(played.retries == 2)
        #expect(played.fallbacks == 2)
    }

    @Test func onlyOneOfTheFirstGroupIsAskedWithoutRetries() throws {
        var world = World(["a": ["a1", "a2"], "b": ["b1"]]) {
            $0.numRetries = 0
            $0.fallbacks = Self.rules(["a": ["b"]])
        }
        world.script = ["a1": [.status(500)]]
        #expect(try world.play().text == "a1 b1")
    }

    // MARK: order

    @Test func orderMakesStages() throws {
        var world = World(["a": ["a3", "a1", "a2", "a4"], "b": ["b1"]]) {
            $0.numRetries = 1
            $0.fallbacks = Self.rules(["a": ["b"]])
        }
        world.rules.isDisabled = true
        for (id, order) in [("a1", 1), ("a2", 1), ("a3", 2)] { world.change(id) { $0.order = order } }
        for id in ["a1", "a2", "a3", "a4"] { world.script[id] = [.status(404)] }
        let played = try world.play()
        // The retry stays within an order; those without one come last, then the fallbacks.
        #expect(played.text == "a1 a2 a3 a4 b1")
        #expect(played.retries == 1)
        #expect(played.fallbacks == 3, "every order counts")
        #expect(played.attempts.map(\.fallbackIndex) == [0, 0, 1, 2, 3])
        #expect(played.attempts.allSatisfy { !$0.isAlone || $0.group == "b" })
    }

    @Test func aPromptThatIsTooLongIsSoForTheNextOrder() throws {
        var world = World(["a": ["a1", "a2"], "b": ["b1"]]) { $0.contextWindowFallbacks = Self.rules(["a": ["b"]]) }
        for (id, order) in [("a1", 1), ("a2", 2)] { world.change(id) { $0.order = order } }
        world.script = ["a1": [.context]]
        #expect(try world.play().text == "a1 b1")
    }

    @Test func anOrderThatRestsIsPassedOver() throws {
        var world = World(["a": ["a1", "a2"]])
        for (id, order) in [("a1", 1), ("a2", 2)] { world.change(id) { $0.order = order } }
        world.rest("a1", until: world.now + .seconds(1))
        #expect(try world.play().text == "a2")
    }

    @Test func aFallbackThatFailsWithABadRequestIsLeftWhole() throws {
        var world = World(["a": ["a1"], "b": ["b1", "b2", "b3"], "c": ["c1"]]) {
            $0.fallbacks = Self.rules(["a": ["b", "c"]])
        }
        for (id, order) in [("b1", 1), ("b2", 1), ("b3", 2)] { world.change(id) { $0.order = order } }
        world.script = ["a1": [.status(404)], "b1": [.status(400)]]
        #expect(try world.play().text == "a1 b1 c1")
    }

    // MARK: chains

    @Test func aChainIsWalkedAfterAnyFailure() throws {
        let failures: [Outcome] = [.status(400), .context, .policy, .status(404), .status(401), .cause(.tooLarge)]
        for failure in failures {
            var world = World(["a": ["a1"]]) { $0.numRetries = 0 }
            world.rules.isDisabled = true
            world.chain = ["test/m2", "test/m3", "test/m4"]
            world.script = ["test/a1": [failure], "test/m2": [failure], "test/m3": [.ok]]
            let played = try world.play()
            #expect(played.models == ["test/a1", "test/m2", "test/m3"])
            #expect(played.result == "ok")
            #expect(played.fallbacks == 2)
        }
    }

    @Test func theLastErrorOfAChainIsTheAnswer() throws {
        var world = World(["a": ["a1"]]) { $0.numRetries = 0 }
        world.rules.isDisabled = true
        world.chain = ["test/m2", "test/m3"]
        world.script = ["a1": [.status(500)], "test/m3": [.status(400)]]
        let played = try world.play()
        #expect(played.models == ["test/a1", "test/m2", "test/m3"])
        #expect(played.result == "400")
    }

    @Test func theGroupsFallbacksComeBehindItsChain() throws {
        var world = World(["a": ["a1"], "b": ["b1"], "c": ["c1"]]) {
            $0.numRetries = 0
            $0.fallbacks = Self.rules(["a": ["b"]])
            $0.contextWindowFallbacks = Self.rules(["a": ["c"]])
        }
        world.rules.isDisabled = true
        world.chain = ["test/m2"]
        world.script = ["a1": [.status(500)]]
        #expect(try world.play().models == ["test/a1", "test/m2", "test/b1"])
        world.script = ["a1": [.context]]
        #expect(try world.play().models == ["test/a1", "test/m2", "test/c1"])
        world.script = ["a1": [.status(400)]]
        #expect(try world.play().models == ["test/a1", "test/m2"])
    }

    // MARK: tags

    typealias Tagged = (rule: String, any: Bool, tags: [String], calls: Set<String>)

    static let tags: [Tagged] = [
        ("one of them", true, ["free"], ["a1", "a3"]),
        ("any of several", true, ["free", "paid"], ["a1", "a2", "a3"]),
        ("all of several", false, ["free", "eu"], ["a3"]),
        ("nobody, but there is a default", true, ["other"], ["a4"]),
        ("none at all: the default", true, [], ["a4"]),
    ]

    @Test(arguments: tags) func leadTo(_ c: Tagged) throws {
        var world = World(["a": ["a1", "a2", "a3", "a4"]]) {
            $0.enableTagFiltering = true
            $0.tagFilteringMatchAny = c.any
            $0.numRetries = 9
        }
        world.rules.isDisabled = true
        let own = ["a1": ["free"], "a2": ["paid"], "a3": ["free", "eu"], "a4": ["default"]]
        for (id, tags) in own {
            world.change(id) { $0.tags = tags }
            world.script[id] = [.status(404)]
        }
        world.policy.tags = c.tags
        #expect(Set(try world.play().calls) == c.calls, "\(c.rule)")
        // A chain asks the same deployments, and nobody else.
        world.chain = ["test/m2"]
        let chained = try world.play()
        #expect(Set(chained.calls) == c.calls, "\(c.rule)")
        #expect(chained.models.contains("test/m2"))
    }

    @Test func tagsThatNobodyHas() throws {
        var world = World(["a": ["a1"]]) { $0.enableTagFiltering = true }
        world.change("a1") { $0.tags = ["free"] }
        world.policy.tags = ["paid"]
        #expect(try world.play().result == "no tag")
        world.policy.tags = []
        #expect(try world.play().text == "a1", "without a default, a request without tags may go anywhere")
        world.settings.enableTagFiltering = false
        world.policy.tags = ["paid"]
        #expect(try world.play().text == "a1")
    }

    // MARK: who is alone

    @Test func aloneIsWhomNobodyCanStandInFor() throws {
        var world = World(["a": ["a1"], "b": ["b1"], "c": ["c1", "c2"]])
        #expect(try world.play("a").attempts.map(\.isAlone) == [true])
        #expect(try world.play("c").attempts.map(\.isAlone) == [false])
        world.settings.fallbacks = Self.rules(["a": ["b"]])
        world.settings.numRetries = 0
        world.script = ["a1": [.status(500)]]
        // The last resort is alone in its own group, whoever was asked before.
        #expect(try world.play("a").attempts.map(\.isAlone) == [false, true])
    }
}
