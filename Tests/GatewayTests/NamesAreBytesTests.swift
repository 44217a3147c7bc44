import ConfigFile
import HTTPWire
import JSONText
import Model
import Observability
import Providers
import Routing
import Testing

@testable import Gateway

/// What a client writes is compared by its bytes, on every way that it takes.
@Suite struct NamesAreBytesTests {
    static let doubles = [("\u{212A}", "K"), ("e\u{301}", "\u{E9}")]

    private func catalog() -> Catalog {
        var params = ModelParams()
        params.model = "openrouter/*"
        var config = Config()
        config.models = [
            ModelEntry(
                name: "openrouter/*", params: params,
                location: ConfigLocation(path: "model_list[0]", file: "c.yaml", line: 1))
        ]
        return Catalog(config: config, environment: Keys.environment)
    }

    /// One request must not decide where the next one's name leads.
    @Test(arguments: doubles)
    func aRememberedRouteIsTheNamesOwn(_ one: String, _ other: String) throws {
        for (first, second) in [(one, other), (other, one)] {
            var memory = RouteMemory(catalog())
            for name in [first, second, first, "x", second] {
                let route = try memory.resolve("openrouter/v/\(name)")
                #expect(Array(route.requested.utf8) == Array("openrouter/v/\(name)".utf8))
                #expect(Array(route.targets[0].upstreamModel.utf8) == Array("v/\(name)".utf8))
            }
            #expect(memory.count == 3)
        }
    }

    static let paths: [(line: String, operation: String)] = [
        ("GET /models/%CC%81x", "showModel \u{301}x"), ("GET /v1/models/%CC%81x", "showModel \u{301}x"),
        ("GET /models/x%CC%81", "showModel x\u{301}"), ("GET /models/%E2%84%AA", "showModel \u{212A}"),
        ("GET /models%CC%81", "404"), ("GET /v1%CC%81/models", "404"), ("GET /v1/%CC%81models", "404"),
        ("POST /engines/%CC%81a/%CC%81b/chat/completions", "chat/completions \u{301}a/\u{301}b"),
        // U+0600 takes what follows it into one character, a slash too.
        ("POST /engines/a%D8%80/chat/completions", "chat/completions a\u{600}"),
        ("GET /models%D8%80/", "404"), ("GET /models/x%D8%80/", "showModel x\u{600}"),
        ("POST /engines/x/chat/completions%CC%81", "404"),
    ]

    @Test(arguments: paths)
    func pathsAreBytes(_ c: (line: String, operation: String)) throws {
        #expect(Array(try RoutesTests.outcome(c.line).utf8) == Array(c.operation.utf8))
    }

    @Test func tagsAreBytes() throws {
        let body = #"{"model":"m","messages":[]}"#
        let head = try request("POST /v1/chat/completions", "x-litellm-tags: a,\u{301}b , \u{301}c ")
        let wishes = try RequestWishes.read(try envelope(body), of: buffer(body), head.fields)
        #expect(wishes?.policy.tags.map { Array($0.utf8) } == ["a", "\u{301}b", "\u{301}c"].map { Array($0.utf8) })
    }

    /// A default of the operator's, or a member that may not go upstream, is meant for its own name.
    @Test func membersAreBytes() throws {
        let target = try target("openai/x") {
            $0.extraBody = [.init("K", .number(1))]
            $0.additionalDropParams = ["\u{E9}"]
        }
        let body = #"{"model":"m","messages":[],"\#u{212A}":2,"e\#u{301}":3,"\#u{E9}":4}"#
        var builder = UpstreamRequestBuilder(
            target: target, endpoint: .chatCompletions, attribution: .init(environment: [:]))
        let sent = text(builder.build(body: buffer(body), envelope: try envelope(body), client: nil))
        let end = try #require(sent.utf8.lastIndex(of: UInt8(ascii: "\n")))
        #expect(
            Array(sent.utf8[end...].dropFirst())
                == Array(#"{"model":"x","messages":[],"\#u{212A}":2,"e\#u{301}":3,"K":1}"#.utf8))
        #expect(builder.changedMembers.names.map { Array($0.utf8) } == [Array("\u{E9}".utf8)])
    }

    @Test func aQueryFindsItsOwnID() {
        let board = DeploymentBoard()
        _ = board.box("id-K")
        _ = board.box("id-\u{212A}")
        #expect(board.all.count == 2)
        #expect(QueryItems("%E2%84%AA=1&K=2")["K"] == "2")
    }

    /// A quote with an accent behind it ends the shell's string like any other.
    @Test func noQuoteGetsOutOfTheCurlCommand() throws {
        let base = try #require(BaseURL("http://h/v1"))
        let command = CurlCommand(buffer("POST /v1/x HTTP/1.1\r\n\r\nit'\u{301}; reboot '"), base: base).text
        #expect(Array(command.utf8) == Array("curl 'http://h/v1/x' -d 'it'\\''\u{301}; reboot '\\'''".utf8))
    }
}
