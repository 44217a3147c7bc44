import ConfigFile
import JSONText
import Model
import Providers
import Routing
import Testing

/// `model: "*"`: the client's name chooses the provider, and must not choose who gets the entry's key.
@Suite struct OpenEntryTests {
    typealias Change = @Sendable (inout ModelParams) -> Void

    static let environment = [
        "OPENAI_API_KEY": "own-openai", "GROQ_API_KEY": "own-groq", "OPENROUTER_API_KEY": "own-or", "MINE": "own-mine",
    ]

    private func open(
        name: String = "*", _ model: String = "*", environment: [String: String] = environment, _ change: Change
    ) -> Catalog {
        catalog([entry(name, model, line: 7) { change(&$0.params) }], environment: environment)
    }

    /// The key and the fields that a request for `name` carries.
    private func sent(_ name: String, _ catalog: Catalog) throws -> (key: String?, fields: [String]) {
        let target = try #require(try catalog.resolve(name).targets.first)
        let fields = target.deployment.headers.map { "\($0.name): \($0.value)" }
        return (target.access.authentication?.value, fields)
    }

    struct Key: Sendable {
        let rule: String
        var entry = ("*", "*")
        let change: Change
        /// By the name that is asked for.
        let sent: [String: String?]
        let warns: Bool
    }

    static let keys = [
        Key(
            rule: "none is written", change: { _ in },
            sent: ["openai/a": "own-openai", "groq/a": "own-groq", "mistral/a": nil], warns: false),
        Key(
            rule: "a provider's own variable is that provider's",
            change: { $0.apiKey = variable("OPENAI_API_KEY", "w") },
            sent: ["openai/a": "w", "gpt-4o": "w", "groq/a": "own-groq", "mistral/a": nil], warns: false),
        Key(
            rule: "also when it is not set", change: { $0.apiKey = variable("MISTRAL_API_KEY") },
            sent: ["openai/a": "own-openai", "mistral/a": nil], warns: false),
        Key(
            rule: "a provider's second variable", change: { $0.apiKey = variable("OR_API_KEY", "w") },
            sent: ["openrouter/a/b": "w", "openai/a": "own-openai"], warns: false),
        Key(
            rule: "a written key is nobody's", change: { $0.apiKey = literal("sk-written") },
            sent: ["openai/a": "own-openai", "groq/a": "own-groq", "mistral/a": nil], warns: true),
        Key(
            rule: "a variable of the operator's own is nobody's", change: { $0.apiKey = variable("MINE", "own-mine") },
            sent: ["openai/a": "own-openai", "mistral/a": nil], warns: true),
        Key(
            rule: "two stars are as open", entry: ("*/*", "*/*"), change: { $0.apiKey = literal("sk-written") },
            sent: ["openai/a": "own-openai", "mistral/a": nil], warns: true),
        Key(
            rule: "what follows the group's own prefix is the client's", entry: ("openai/*", "*"),
            change: { $0.apiKey = literal("sk-written") },
            sent: ["openai/groq/a": "own-groq", "openai/gpt-4o": "own-openai"], warns: true),
        Key(
            rule: "a pattern that leaves one provider settles it", entry: ("gpt-*", "gpt-*"),
            change: { $0.apiKey = literal("sk-written") }, sent: ["gpt-4o": "sk-written"], warns: false),
        Key(
            rule: "so does the group's name, when it goes whole", entry: ("groq/*/*", "*"),
            change: { $0.apiKey = literal("sk-written") }, sent: ["groq/a/b": "sk-written"], warns: false),
        Key(
            rule: "a beginning that two providers share does not", entry: ("*", "openai*"),
            change: { $0.apiKey = literal("sk-written") }, sent: ["/a": "own-openai"], warns: true),
        Key(
            rule: "custom_llm_provider settles it",
            change: {
                $0.apiKey = literal("sk-written")
                $0.customProvider = "groq"
            }, sent: ["openai/a": "sk-written", "x": "sk-written"], warns: false),
        Key(
            rule: "a provider in the model settles it", entry: ("*", "groq/*"),
            change: { $0.apiKey = literal("sk-written") }, sent: ["openai/a": "sk-written"], warns: false),
    ]

    @Test(arguments: keys)
    func aKeyGoesToOneProviderOnly(_ c: Key) throws {
        let catalog = open(name: c.entry.0, c.entry.1, c.change)
        for (name, key) in c.sent {
            #expect(try sent(name, catalog).key == key.map { "Bearer \($0)" }, "\(c.rule): \(name)")
        }
        let warnings = catalog.issues.filter {
            if case .accountOfNobody = $0.cause { true } else { false }
        }
        #expect(warnings.count == (c.warns ? 1 : 0), "\(c.rule)")
    }

    /// Nothing that a client can write reaches anybody else with it.
    @Test func noNameLeadsTheKeyAstray() throws {
        let catalog = open { $0.apiKey = variable("OPENAI_API_KEY", "w") }
        for row in ProviderTable.all {
            for name in [
                "\(row.prefix)/m", "\(row.prefix)/openai/m", "\(row.prefix)/../openai", "\(row.prefix)/\u{301}m",
            ] {
                for target in (try? catalog.resolve(name).targets) ?? [] {
                    let isOwn = ["openai", "text-completion-openai"].contains(target.deployment.provider)
                    #expect(isOwn || target.access.authentication?.value.contains("Bearer w") != true, "\(name)")
                    #expect(!isOwn || target.deployment.base.host == "api.openai.com")
                }
            }
        }
    }

    @Test func theWarningSaysWhereAndWhatToWrite() throws {
        let catalog = open {
            $0.apiKey = literal("sk-written")
            $0.organization = "org"
            $0.extraHeaders = [("Authorization", literal("Bearer written"))]
            $0.extraBody = [.init("seed", 1), .init("opts", .object([.init("api_key", "written")]))]
        }
        let issue = try #require(catalog.issues.first)
        #expect(!issue.isFatal)
        #expect(
            issue.description
                == "config.yaml:7: model_list[0]: model `*`: `api_key`, `organization`, `extra_headers.Authorization`, `extra_body.opts` not sent: `model: *` lets the client's name choose the provider, and nothing says which one this is for; write `model: <provider>/*`, or set `custom_llm_provider`, or let `api_key` be `os.environ/` and the provider's own variable"
        )
        #expect(!issue.description.contains("written"))
    }

    /// Whatever may say who the caller is goes the way of the key.
    @Test func fieldsOrganizationAndSecretsOfTheBodyFollowTheKey() throws {
        func made(_ key: SecretReference?) -> Catalog {
            open {
                $0.apiKey = key
                $0.organization = "org"
                $0.extraHeaders = [("X-Team", literal("team")), ("Authorization", literal("Bearer written"))]
                $0.extraBody = [.init("seed", 1), .init("opts", .array([.object([.init("api_key", "written")])]))]
                $0.defaults = [.init("temperature", 0)]
            }
        }
        let owned = made(variable("OPENAI_API_KEY", "w"))
        #expect(
            try sent("openai/a", owned).fields
                == ["x-team: team", "authorization: Bearer written", "openai-organization: org"])
        #expect(try sent("groq/a", owned).fields == [])
        #expect(try sent("groq/a", owned).key == "Bearer own-groq")
        for (name, catalog, keys) in [
            ("openai/a", owned, ["temperature", "seed", "opts"]), ("groq/a", owned, ["temperature", "seed"]),
            ("openai/a", made(nil), ["temperature", "seed"]),
        ] {
            let target = try #require(try catalog.resolve(name).targets.first)
            #expect(target.deployment.defaults.map(\.key) == keys)
        }
        #expect(try sent("openai/a", made(nil)).fields == [])
    }

    @Test func aNamedCredentialIsNoExcuse() throws {
        var shared = ModelParams()
        shared.apiKey = literal("sk-shared")
        shared.extraHeaders = [("X-Key", literal("shared"))]
        let one = catalog([entry("*", "*") { $0.params.credentialName = "c" }], environment: Self.environment) {
            $0.credentials = [.init(name: "c", params: shared)]
        }
        #expect(try sent("openai/a", one).key == "Bearer own-openai")
        #expect(try sent("openai/a", one).fields == [])
        shared.customProvider = "groq"
        let settled = catalog([entry("*", "*") { $0.params.credentialName = "c" }], environment: Self.environment) {
            $0.credentials = [.init(name: "c", params: shared)]
        }
        #expect(try sent("openai/a", settled).key == "Bearer sk-shared")
        #expect(try settled.resolve("openai/a").targets.first?.deployment.base.host == "api.groq.com")
    }

    @Test(arguments: ["ollama", "ollama_chat", "lemonade", "llamafile", "docker_model_runner"])
    func aServerOfOnesOwnHasToBeNamed(_ prefix: String) throws {
        let row = try #require(ProviderTable.row(prefix))
        #expect(row.isOnThisMachine)
        do throws(ResolutionError) {
            _ = try open { _ in }.resolve("\(prefix)/m")
            Issue.record("\(prefix) was found")
        } catch {
            guard case .unusable(let unusable) = error else { throw error }
            #expect(unusable.issues.map(\.cause) == [.localBaseNotSet(prefix: prefix, variables: row.baseVariables)])
            #expect(
                unusable.description
                    == "model `\(prefix)/m` cannot be called: provider `\(prefix)` is a server of your own, and a name that a client chooses reaches it only when \(row.baseVariables[0]) says where it is"
            )
        }
        let named = open(environment: [row.baseVariables[0]: "http://box:1234"]) { _ in }
        #expect(try named.resolve("\(prefix)/m").targets.first?.deployment.base.host == "box")
        // Whoever writes the provider means it.
        let settled = catalog([entry("*", "\(prefix)/*")])
        #expect(try settled.resolve("m").targets.first?.deployment.base.scheme == .http)
    }

    /// A client's words in a path stay one segment of it.
    @Test(arguments: ["a", "..", "../../x", "a?b", "a#b", "a%2f..", "@evil.example", "\r\nHost: x"])
    func aModelInAPathNamesNoOtherHost(_ model: String) throws {
        let catalog = catalog([entry("*", "azure/*") { $0.params.apiBase = "https://mine.example" }])
        let target = try #require(try catalog.resolve(model).targets.first)
        #expect(target.deployment.base.authority == "mine.example")
        let path = target.requestTarget(for: .chatCompletions)
        let segments = path.split(separator: "/")
        #expect(segments.count == 5 && segments[0] == "openai" && segments[2] != "..", "\(path)")
        #expect(path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") })
    }

    @Test func anAskForAnotherModelKeepsTheHost() throws {
        let target = try #require(try open { _ in }.resolve("openrouter/a/b").targets.first)
        let other = try #require(target.asking(for: "groq/llama"))
        #expect(other.deployment === target.deployment && other.access === target.access)
        #expect(other.upstreamModel == "groq/llama")
    }
}
