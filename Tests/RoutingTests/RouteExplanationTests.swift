import ConfigFile
import JSONText
import Model
import Routing
import Testing

@Suite struct RouteExplanationTests {
    @Test func readsLikeTheWayItIs() throws {
        let route = try Fixtures.mymodel(byAlias: true).resolve("mymodel")
        let explanation = RouteExplanation(route, endpoint: .responses)
        let id = try #require(route.targets.first).deployment.id
        #expect(
            explanation.lines == [
                "mymodel on /v1/responses",
                "  alias `mymodel` -> `openrouter/openai/gpt-4o`",
                "  wildcard `openrouter/*` matches, * = `openai/gpt-4o`",
                "  -> openrouter: openai/gpt-4o",
                "     `openrouter/*` becomes `openrouter/openai/gpt-4o`",
                "     prefix `openrouter/` removed",
                "     deployment  \(id)",
                "     url         https://openrouter.ai/api/v1/responses",
                "     key         variable OPEN_ROUTER_API_KEY (set)",
            ])
        #expect(explanation.header == "mymodel>openrouter/*>openrouter:openai/gpt-4o")
    }

    @Test func saysWhatIsMissingAndWhatIsLeftOut() throws {
        let route = try catalog(
            [entry("m", "groq/llama"), entry("m", "anthropic/claude"), entry("m", "openrouter/auto")], environment: [:]
        ).resolve("m")
        let lines = RouteExplanation(route, endpoint: .embeddings).lines
        #expect(lines.contains("     key         variable GROQ_API_KEY (not set)"))
        #expect(lines.contains("     endpoint    groq has no /embeddings of its own"))
        #expect(lines.contains("     `openrouter/auto` is the provider's own id, sent whole"))
        #expect(lines.last == "  left out: provider `anthropic` is known, but its dialect is not supported")
    }

    @Test func isTheSameAsJSON() throws {
        let one = catalog([entry("m", "openai/gpt-4o") { $0.info.id = "d1" }])
        guard case .object(let members) = RouteExplanation(try one.resolve("m"), endpoint: .chatCompletions).json else {
            Issue.record("not an object")
            return
        }
        #expect(
            members == [
                .init("requested", .string("m")),
                .init("endpoint", .string("/v1/chat/completions")),
                .init("group", .string("m")),
                .init("steps", .array([.string("model group `m`")])),
                .init("route", .string("m>openai:gpt-4o")),
                .init(
                    "deployments",
                    .array([
                        .object([
                            .init("id", .string("d1")),
                            .init("provider", .string("openai")),
                            .init("model", .string("gpt-4o")),
                            .init("url", .string("https://api.openai.com/v1/chat/completions")),
                            .init(
                                "key",
                                .object([
                                    .init("source", .string("environment")),
                                    .init("variable", .string("OPENAI_API_KEY")),
                                    .init("set", .bool(true)),
                                ])),
                            .init("speaks_endpoint", .bool(true)),
                            .init("steps", .array([.string("prefix `openai/` removed")])),
                            .init("route", .string("m>openai:gpt-4o")),
                        ])
                    ])),
                .init("left_out", .array([])),
            ])
    }

    static let trails: [(request: String, trail: String)] = [
        ("fixed", "fixed>openai:gpt-4o"),
        ("w/a/b", "w/a/b>w/*>openai:a/b"),
        ("w/a b", "w/a%20b>w/*>openai:a%20b"),
        ("w/a\r\nX: y", "w/a%0D%0AX:%20y>w/*>openai:a%0D%0AX:%20y"),
        ("w/é", "w/%C3%A9>w/*>openai:%C3%A9"),
        ("w/a>b%", "w/a%3Eb%25>w/*>openai:a%3Eb%25"),
        ("w/\0\u{7f}", "w/%00%7F>w/*>openai:%00%7F"),
    ]

    static let some = catalog([entry("fixed", "openai/gpt-4o"), entry("w/*", "openai/*")])

    @Test(arguments: trails)
    func theHeaderIsASCIIWhateverIsAskedFor(_ c: (request: String, trail: String)) throws {
        #expect(try Self.some.resolve(c.request).targets.map(\.trail) == [c.trail])
    }

    @Test(arguments: ["x", "é", "\n", ">"])
    func theHeaderIsShortAndNeverCutInsideAnEncodedByte(_ letter: String) throws {
        for count in [80, 83, 84, 85, 86, 127, 160, 161, 162, 163, 240, 255] {
            let name = "w/" + String(repeating: letter, count: count)
            let trail = try #require(try Self.some.resolve(name).targets.first).trail
            #expect(trail.utf8.count <= 512)
            #expect(trail.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
            if trail.hasSuffix("...") {
                let tail = trail.dropLast(3).suffix(2)
                #expect(!tail.contains("%"), "\(trail)")
            }
        }
    }

    @Test func theTerminalSeesNoControlCharacters() throws {
        let lines = RouteExplanation(try Self.some.resolve("w/\u{1b}[2J\n"), endpoint: .chatCompletions).lines
        #expect(lines.joined().unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F })
    }

    @Test func noKeyIsInIt() throws {
        let one = catalog([
            entry("m", "openai/a") {
                $0.params.apiKey = literal("sk-written")
                $0.params.apiBase = "https://h/v1?key=sk-query"
                $0.params.extraHeaders = [("X-Key", literal("sk-header"))]
            }
        ])
        let explanation = RouteExplanation(try one.resolve("m"), endpoint: .chatCompletions)
        var text = explanation.lines.joined() + explanation.header + "\(explanation.json)"
        dump(explanation, to: &text)
        #expect(!text.contains("sk-"))
    }
}
