import ConfigFile
import Model
import Providers
import Routing
import Testing

/// What is asked for, and what goes upstream: the same on every endpoint.
@Suite struct ResolutionTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let rule: String
        let catalog: Catalog
        let request: String
        let group: String
        let model: String
        let provider: String

        var testDescription: String { "\(rule): \(request)" }

        init(
            _ rule: String, _ catalog: Catalog, _ request: String, group: String, _ model: String,
            provider: String = "openrouter"
        ) {
            (self.rule, self.catalog, self.request) = (rule, catalog, request)
            (self.group, self.model, self.provider) = (group, model, provider)
        }
    }

    static let wild = catalog([entry("openrouter/*", "openrouter/*")])
    static let wildID = "openrouter/*"

    static let userCases = [
        Case(
            "#26773 as a second entry", Fixtures.mymodel(byAlias: false), "mymodel", group: "mymodel", "openai/gpt-4o"),
        Case("#26773 as an alias", Fixtures.mymodel(byAlias: true), "mymodel", group: wildID, "openai/gpt-4o"),
        Case(
            "#26773 by its full name", Fixtures.mymodel(byAlias: false), "openrouter/openai/gpt-4o", group: wildID,
            "openai/gpt-4o"),
        Case("#26199", wild, "openrouter/openrouter/free", group: wildID, "openrouter/free"),
        Case(
            "#26199 as an entry", catalog([entry("free", "openrouter/openrouter/free")]), "free", group: "free",
            "openrouter/free"),
    ]

    /// Request through `openrouter/*`, and what OpenRouter has to get.
    static let grammar: [(request: String, model: String)] = [
        ("openrouter/openai/gpt-4o", "openai/gpt-4o"),
        ("openrouter/anthropic/claude-3.5-sonnet", "anthropic/claude-3.5-sonnet"),
        ("openrouter/openrouter/free", "openrouter/free"),
        ("openrouter/openrouter/auto", "openrouter/auto"),
        ("openrouter/auto", "openrouter/auto"),
        ("openrouter/free", "openrouter/free"),
        ("openrouter/~anthropic/claude-sonnet-latest", "~anthropic/claude-sonnet-latest"),
        ("openrouter/@preset/mine", "@preset/mine"),
        ("openrouter/meta-llama/x:free", "meta-llama/x:free"),
        ("openrouter/auto:online", "openrouter/auto:online"),
        ("openrouter/auto@preset/mine", "openrouter/auto@preset/mine"),
        ("openrouter/openai/gpt-4o@preset/mine", "openai/gpt-4o@preset/mine"),
    ]

    /// Every id of the grammar, by each way there is to configure it.
    static let byEveryWay: [Case] = grammar.flatMap { request, model in
        [
            Case("wildcard", wild, request, group: wildID, model),
            Case("entry", catalog([entry("mine", request)]), "mine", group: "mine", model),
            Case(
                "alias to the wildcard",
                catalog([entry("openrouter/*", "openrouter/*")], aliases: [.init(alias: "a", target: request)]), "a",
                group: wildID, model),
            Case(
                "alias to an entry",
                catalog([entry("mine", request)], aliases: [.init(alias: "a", target: "mine", hidden: true)]), "a",
                group: "mine", model),
            Case("everything", catalog([entry("*", "*")]), request, group: "*", model),
            Case("raw", catalog([entry("mine", request)]), request, group: "mine", model),
            Case(
                "custom provider", catalog([entry("mine", request) { $0.params.customProvider = "openrouter" }]),
                "mine",
                group: "mine", model),
            Case(
                "default fallback",
                catalog([entry("mine", request)]) { $0.router.defaultFallbacks = ["mine", "other"] }, "who-knows",
                group: "mine", model),
            Case(
                "deployment id", catalog([entry("mine", request) { $0.info.id = "d-1" }]), "d-1", group: "mine", model),
        ]
    }

    static let order = [
        Case(
            "a group beats a wildcard",
            catalog([entry("openrouter/*", "openrouter/*"), entry("openrouter/x/y", "openai/z")]), "openrouter/x/y",
            group: "openrouter/x/y", "z", provider: "openai"),
        Case(
            "a group beats a deployment id",
            catalog([entry("b", "openai/of-b") { $0.info.id = "a" }, entry("a", "openai/of-a")]), "a", group: "a",
            "of-a", provider: "openai"),
        Case(
            "a deployment id beats a wildcard",
            catalog([entry("*", "openai/*"), entry("b", "openai/of-b") { $0.info.id = "id-1" }]), "id-1", group: "b",
            "of-b", provider: "openai"),
        Case(
            "an alias shadows a group of its name",
            catalog(
                [entry("gpt-4", "openai/gpt-4"), entry("cheap", "openai/mini")],
                aliases: [.init(alias: "gpt-4", target: "cheap")]), "gpt-4", group: "cheap", "mini", provider: "openai"),
        Case(
            "an alias to its own name is the group",
            catalog([entry("gpt-4", "openai/gpt-4")], aliases: [.init(alias: "gpt-4", target: "gpt-4")]), "gpt-4",
            group: "gpt-4", "gpt-4", provider: "openai"),
        Case(
            "an alias may name a deployment id",
            catalog(
                [entry("b", "openai/of-b") { $0.info.id = "id-1" }], aliases: [.init(alias: "a", target: "id-1")]), "a",
            group: "b", "of-b", provider: "openai"),
        Case(
            "a bare known name is looked up with its provider", catalog([entry("openai/*", "openai/*")]), "gpt-4o",
            group: "openai/*", "gpt-4o", provider: "openai"),
        Case(
            "and finds a group of that name", catalog([entry("openai/gpt-4o", "openrouter/openai/gpt-4o")]), "gpt-4o",
            group: "openai/gpt-4o", "openai/gpt-4o"),
        Case(
            "a wildcard for the bare name comes first",
            catalog([entry("openai/*", "openai/*"), entry("gpt-*", "openrouter/openai/gpt-*")]), "gpt-4o",
            group: "gpt-*", "openai/gpt-4o"),
        Case(
            "a configured model may be asked for",
            catalog([entry("mine", "azure/my-dep") { $0.params.apiBase = "https://r.openai.azure.com" }]),
            "azure/my-dep", group: "mine", "my-dep", provider: "azure"),
        Case(
            "an unknown name goes to the first default fallback",
            catalog([entry("a", "openai/a"), entry("b", "openai/b")]) { $0.router.defaultFallbacks = ["b", "a"] },
            "nothing-like-it", group: "b", "b", provider: "openai"),
        Case(
            "a default fallback may be an alias",
            catalog([entry("b", "openai/b")], aliases: [.init(alias: "a", target: "b")]) {
                $0.router.defaultFallbacks = ["a"]
            }, "nothing-like-it", group: "b", "b", provider: "openai"),
        Case(
            "an alias that leads nowhere goes there, too",
            catalog([entry("b", "openai/b")], aliases: [.init(alias: "a", target: "gone")]) {
                $0.router.defaultFallbacks = ["b"]
            }, "a", group: "b", "b", provider: "openai"),
    ]

    static let wildcards = [
        Case(
            "no star in the target", catalog([entry("claude-*", "openrouter/anthropic/claude-3")]), "claude-9",
            group: "claude-*", "anthropic/claude-3"),
        Case("everything is OpenAI's", catalog([entry("*", "openai/*")]), "x/y", group: "*", "x/y", provider: "openai"),
        Case(
            "everything, and the client says whose", catalog([entry("*", "*")]), "openai/gpt-4o", group: "*", "gpt-4o",
            provider: "openai"),
        Case(
            "the same with a bare name", catalog([entry("*", "*")]), "gpt-4o", group: "*", "gpt-4o", provider: "openai"),
        Case(
            "everything at OpenRouter's host is OpenRouter's",
            catalog([entry("*", "*") { $0.params.apiBase = "https://openrouter.ai/api/v1" }]), "openai/gpt-4o",
            group: "*", "openai/gpt-4o"),
        Case(
            "everything at a server of one's own is sent whole",
            catalog([entry("*", "*") { $0.params.apiBase = "http://localhost:8000/v1" }]), "mistral/x", group: "*",
            "mistral/x", provider: "openai"),
        Case(
            "two captures, one star: the whole name",
            catalog([entry("a/*/b/*", "openai/*")]), "a/x/b/y", group: "a/*/b/*", "a/x/b/y", provider: "openai"),
        Case(
            "stars left over stay", catalog([entry("foo/*", "openai/x-*-*")]), "foo/z", group: "foo/*", "x-z-*",
            provider: "openai"),
        Case(
            "the client's prefix, not the provider's", catalog([entry("foo/*", "openrouter/*")]), "foo/openai/gpt-4o",
            group: "foo/*", "openai/gpt-4o"),
        Case(
            "a capture with a prefix inside is stripped of the outer one only",
            catalog([entry("foo/*", "openrouter/*")]), "foo/openrouter/auto", group: "foo/*", "openrouter/auto"),
        Case(
            "a pattern that ends", catalog([entry("my-*-model", "openai/gpt-*")]), "my-4o-model", group: "my-*-model",
            "gpt-4o", provider: "openai"),
    ]

    @Test(arguments: userCases + byEveryWay + order + wildcards, Endpoint.allCases)
    func leadsToTheSameModelOnEveryEndpoint(_ c: Case, _ endpoint: Endpoint) throws {
        let route = try c.catalog.resolve(c.request)
        #expect(route.requested == c.request)
        #expect(route.group == c.group, "\(c.rule): \(c.request)")
        let target = try #require(route.targets.first)
        #expect(target.upstreamModel == c.model, "\(c.rule): \(c.request)")
        #expect(target.access.provider.prefix == c.provider, "\(c.rule): \(c.request)")
        let upstream = try #require(RouteExplanation(route, endpoint: endpoint).upstreams.first)
        #expect(upstream.model == c.model)
        if c.provider == "openrouter" {
            #expect(upstream.url == "https://openrouter.ai/api/v1/\(endpoint.path)")
            #expect(upstream.speaksEndpoint)
        }
    }

    static let ranking = [
        entry("*", "openai/any"), entry("foo/*", "openai/foo"), entry("openai/*", "openai/openai"),
        entry("a/*/b/*", "openai/ab"), entry("anthropic/*", "openai/anthropic"), entry("openrouter/*", "openai/router"),
        entry("my-*-model", "openai/my"), entry("anthropic/claude-*", "openai/claude"), entry("o*", "openai/o"),
        entry("ab*", "openai/first"), entry("a*b", "openai/second"), entry("c**", "openai/two"),
        entry("c*", "openai/one"),
    ]

    static let ranked: [(request: String, model: String)] = [
        ("anthropic/claude-3", "claude"), ("anthropic/other", "anthropic"), ("openrouter/x", "router"),
        ("openai/x", "openai"), ("my-4o-model", "my"), ("foo/x", "foo"), ("a/1/b/2", "ab"), ("zzz", "any"),
        ("ollama", "o"),
        // Anchored at both ends.
        ("my-4o-modelXYZ", "any"), ("xmy-4o-model", "any"),
        // Equal lengths: the file's order, then fewer stars.
        ("abb", "first"), ("ab", "first"), ("axb", "second"), ("cc", "one"),
    ]

    @Test(arguments: ranked)
    func theMostSpecificPatternWins(_ c: (request: String, model: String)) throws {
        #expect(try catalog(Self.ranking).resolve(c.request).targets.map(\.upstreamModel) == [c.model])
    }

    @Test func onePatternOrNameIsOneGroupInTheFilesOrder() throws {
        let both = catalog([
            entry("x/*", "openai/*"), entry("m", "openai/1"), entry("x/*", "openrouter/*"), entry("m", "openai/2"),
        ])
        #expect(try both.resolve("x/a/b").targets.map(\.upstreamModel) == ["a/b", "a/b"])
        #expect(try both.resolve("x/a/b").targets.map(\.access.provider.prefix) == ["openai", "openrouter"])
        #expect(try both.resolve("m").targets.map(\.upstreamModel) == ["1", "2"])
    }

    @Test func aliasesAreOneHop() {
        let chained = catalog(
            [entry("m", "openai/m")],
            aliases: [.init(alias: "first", target: "second"), .init(alias: "second", target: "m")])
        #expect(throws: ResolutionError.self) { try chained.resolve("first") }
        #expect(throws: Never.self) { try chained.resolve("second") }
        #expect(chained.issues.map(\.model) == ["first"])
    }
}
