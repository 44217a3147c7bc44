import ConfigFile
import JSONText
import Model
import Routing
import Testing

/// Names that Unicode holds equal are two names: what is said of one says nothing of the other.
@Suite struct NamesAreBytesTests {
    /// Equal for `String`; other bytes.
    static let kelvin = "\u{212A}"
    static let doubles = [("\u{212A}", "K"), ("e\u{301}", "\u{E9}"), ("a\u{323}\u{307}", "a\u{307}\u{323}")]

    private func bytes(_ text: String?) -> [UInt8]? { text.map { Array($0.utf8) } }

    @Test(arguments: doubles)
    func groupsAliasesIDsAndConfiguredModels(_ one: String, _ other: String) throws {
        let catalog = catalog(
            [
                entry("m-\(one)", "openai/one-\(one)") { $0.info.id = "id-\(one)" },
                entry("m-\(other)", "openai/other-\(one)") { $0.info.id = "id-\(other)" },
                entry("third", "openai/other-\(other)"), entry("w/*", "openai/*"),
            ],
            aliases: [
                ModelAlias(alias: "a-\(one)", target: "m-\(one)"),
                ModelAlias(alias: "a-\(other)", target: "m-\(other)"),
            ])
        #expect(catalog.groups.count == 4)
        let cases = [
            ("m-\(one)", "one-\(one)"), ("m-\(other)", "other-\(one)"), ("a-\(one)", "one-\(one)"),
            ("a-\(other)", "other-\(one)"), ("id-\(one)", "one-\(one)"), ("id-\(other)", "other-\(one)"),
            ("openai/other-\(one)", "other-\(one)"), ("openai/other-\(other)", "other-\(other)"), ("w/\(one)", one),
            ("w/\(other)", other),
        ]
        for (name, model) in cases {
            let route = try catalog.resolve(name)
            #expect(bytes(route.requested) == bytes(name))
            #expect(bytes(route.targets.first?.upstreamModel) == bytes(model), "\(name)")
        }
        #expect(catalog.listing().count == 6)
    }

    @Test func theTrailIsTheNamesOwn() throws {
        let catalog = catalog([entry("openrouter/*", "openrouter/*")])
        #expect(
            try catalog.resolve("openrouter/v/\(Self.kelvin)").targets.first?.trail
                == "openrouter/v/%E2%84%AA>openrouter/*>openrouter:v/%E2%84%AA")
        #expect(
            try catalog.resolve("openrouter/v/K").targets.first?.trail == "openrouter/v/K>openrouter/*>openrouter:v/K")
    }

    @Test(arguments: doubles)
    func aModelsRestIsItsOwn(_ one: String, _ other: String) {
        var state = DeploymentState()
        let failure = UpstreamFailure(cause: .status, provider: "openrouter", status: 429, message: "no")
        state.started(at: .seconds(1))
        state.failed(
            failure, FailureClass(failure), at: .seconds(1), rules: .init(), isAlone: true, retryAfter: .seconds(9),
            own: nil, model: "v/\(one)")
        #expect(state.availability(at: .seconds(2), model: "v/\(one)") != .ready)
        #expect(state.availability(at: .seconds(2), model: "v/\(other)") == .ready)
    }

    @Test func fallbacksAreTheGroupsOwn() throws {
        var world = World(["m-K": ["a1"], "m-\(Self.kelvin)": ["b1"], "c": ["c1"]]) {
            $0.numRetries = 0
            $0.fallbacks = [FallbackRule(group: "m-\(Self.kelvin)", targets: ["m-K", "c"])]
        }
        world.script = ["a1": [.status(500)], "b1": [.status(500)]]
        #expect(try world.play("m-K").calls == ["a1"])
        #expect(try world.play("m-\(Self.kelvin)").calls == ["b1", "a1", "c1"])
    }

    @Test func tagsAreBytes() throws {
        var world = World(["a": ["a1", "a2"]]) { $0.enableTagFiltering = true }
        world.change("a1") { $0.tags = ["K"] }
        world.change("a2") { $0.tags = [Self.kelvin] }
        world.policy.tags = [Self.kelvin]
        #expect(try world.play().calls == ["a2"])
    }

    /// A star with an accent behind it is a star still.
    @Test func aStarIsAByte() throws {
        let catalog = catalog([entry("w/*\u{301}", "openai/*")])
        #expect(catalog.groups.first?.isWildcard == true)
        #expect(try catalog.resolve("w/x\u{301}").targets.first?.upstreamModel == "x")
        #expect(throws: ResolutionError.self) { try catalog.resolve("w/*") }
    }

    @Test func aPrefixEndsAtTheSlashWhateverFollows() throws {
        let catalog = catalog([entry("*", "*")])
        let target = try #require(try catalog.resolve("openai/\u{301}x").targets.first)
        #expect(target.deployment.provider == "openai")
        #expect(bytes(target.upstreamModel) == bytes("\u{301}x"))
    }

    /// Two entries that differ in such a way have two keys.
    @Test func keysAreBytes() throws {
        let catalog = catalog([
            entry("a", "openai/x") { $0.params.apiKey = literal("key-\(Self.kelvin)") },
            entry("b", "openai/x") { $0.params.apiKey = literal("key-K") },
        ])
        for (name, key) in [("a", "key-\(Self.kelvin)"), ("b", "key-K")] {
            let sent = try catalog.resolve(name).targets.first?.access.authentication?.value
            #expect(bytes(sent) == bytes("Bearer \(key)"))
        }
    }
}
