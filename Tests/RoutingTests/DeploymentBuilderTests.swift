import ConfigFile
import JSONText
import Model
import Providers
import Routing
import Testing

@Suite struct DeploymentBuilderTests {
    private func deployment(
        _ model: String, environment: [String: String] = [:], _ change: @escaping (inout ModelParams) -> Void = { _ in }
    ) throws -> Deployment {
        try #require(target(model, environment: environment, change)).deployment
    }

    private func target(
        _ model: String, environment: [String: String] = [:], _ change: @escaping (inout ModelParams) -> Void = { _ in }
    ) -> Target? {
        let one = catalog([entry("m", model) { change(&$0.params) }], environment: environment)
        return try? one.resolve("m").targets.first
    }

    private func issues(
        _ model: String, environment: [String: String] = [:], _ change: @escaping (inout ModelParams) -> Void = { _ in }
    ) -> [CatalogIssue.Cause] {
        catalog([entry("m", model) { change(&$0.params) }], environment: environment).issues.map(\.cause)
    }

    /// Ten thousand deployments often have a dozen bases and keys.
    @Test func deploymentsOfOneBaseAndKeyShareTheirAccess() throws {
        func made(_ key: String, _ base: String, chat: Bool? = nil) -> ModelEntry {
            entry("m", "openai/x") {
                $0.params.apiKey = literal(key)
                $0.params.apiBase = base
                $0.params.useChatCompletionsAPI = chat
            }
        }
        let one = catalog([
            made("a", "http://h/v1"), made("a", "http://h/v1"), made("b", "http://h/v1"), made("a", "http://h/v2"),
            made("a", "http://h/v1?q=1"), made("a", "http://h/v1", chat: true),
        ])
        let accesses = try one.resolve("m").targets.map(\.access)
        #expect(accesses[0] === accesses[1])
        #expect(Set(accesses.map { ObjectIdentifier($0) }).count == 5)
        #expect(accesses.map(\.authentication?.value) == ["a", "a", "b", "a", "a", "a"].map { "Bearer \($0)" })
        #expect(accesses.map { $0.endpoints.contains(.responses) } == [true, true, true, true, true, false])
    }

    // MARK: - Key

    struct Key: Sendable {
        let rule: String
        let model: String
        var written: SecretReference?
        var base: String?
        var environment: [String: String] = [:]
        /// `nil`: none is wanted.
        let source: Credential.Source?
        var secret: String?
        /// The field that is sent.
        let field: String?
    }

    static let keys = [
        Key(
            rule: "written out", model: "openai/a", written: literal("sk-w"), environment: ["OPENAI_API_KEY": "sk-e"],
            source: .configuration, secret: "sk-w", field: "authorization: Bearer sk-w"),
        Key(
            rule: "a variable that the loader has read", model: "openrouter/a/b",
            written: variable("OPEN_ROUTER_API_KEY", "sk-u"), source: .environment("OPEN_ROUTER_API_KEY"),
            secret: "sk-u", field: "authorization: Bearer sk-u"),
        Key(
            rule: "a variable that only the environment knows", model: "openrouter/a/b", written: variable("MINE"),
            environment: ["MINE": "sk-m"], source: .environment("MINE"), secret: "sk-m",
            field: "authorization: Bearer sk-m"),
        Key(
            rule: "a written variable that is not set is not replaced by another key", model: "openrouter/a/b",
            written: variable("MINE"), environment: ["OPENROUTER_API_KEY": "sk-e"], source: .environment("MINE"),
            field: nil),
        Key(
            rule: "the provider's first variable that is set", model: "openrouter/a/b",
            environment: ["OR_API_KEY": "second", "OPENROUTER_API_KEY": ""], source: .environment("OR_API_KEY"),
            secret: "second", field: "authorization: Bearer second"),
        Key(
            rule: "the first of two", model: "openrouter/a/b",
            environment: ["OR_API_KEY": "second", "OPENROUTER_API_KEY": "first"],
            source: .environment("OPENROUTER_API_KEY"), secret: "first", field: "authorization: Bearer first"),
        Key(rule: "none is set", model: "openrouter/a/b", source: .environment("OPENROUTER_API_KEY"), field: nil),
        Key(
            rule: "a server of one's own wants none", model: "openai/a", base: "http://localhost:8000/v1", source: nil,
            field: nil),
        Key(
            rule: "OpenAI's own host wants one", model: "openai/a", base: "https://api.openai.com/v1",
            source: .environment("OPENAI_API_KEY"), field: nil),
        Key(rule: "Ollama wants none", model: "ollama/a", source: nil, field: nil),
        Key(
            rule: "vLLM gets a made-up one", model: "hosted_vllm/a", base: "http://h/v1", source: nil,
            field: "authorization: Bearer fake-api-key"),
        Key(
            rule: "Azure's goes in its own field", model: "azure/a", written: literal("k"),
            base: "https://r.openai.azure.com", source: .configuration, secret: "k", field: "api-key: k"),
        Key(
            rule: "a line feed at the end is the file's, not the key's", model: "openai/a",
            environment: ["OPENAI_API_KEY": "sk-e\r\n"], source: .environment("OPENAI_API_KEY"), secret: "sk-e",
            field: "authorization: Bearer sk-e"),
        Key(
            rule: "one in the middle makes it unusable", model: "openai/a", written: literal("a\r\nX: y"),
            source: .configuration, secret: "a\r\nX: y", field: nil),
        Key(rule: "an empty one is none", model: "openai/a", written: literal(" "), source: .configuration, field: nil),
    ]

    @Test(arguments: keys)
    func findsTheKey(_ c: Key) throws {
        let target = try #require(
            target(c.model, environment: c.environment) {
                $0.apiKey = c.written
                $0.apiBase = c.base
            })
        #expect(target.deployment.credential?.source == c.source, "\(c.rule)")
        #expect(target.deployment.credential?.secret?.reveal() == c.secret, "\(c.rule)")
        #expect(target.access.authentication.map { "\($0.name): \($0.value)" } == c.field, "\(c.rule)")
        #expect(target.lacksKey == (c.source != nil && c.field == nil), "\(c.rule)")
    }

    @Test func saysWhichVariableIsMissing() {
        #expect(issues("openrouter/a/b") == [.keyNotSet(variables: ["OPENROUTER_API_KEY", "OR_API_KEY"])])
        #expect(issues("openrouter/a/b") { $0.apiKey = variable("MINE") } == [.keyNotSet(variables: ["MINE"])])
        #expect(issues("openai/a") { $0.apiKey = literal("a\nb") } == [.keyUnusable])
        #expect(issues("ollama/a").isEmpty)
    }

    // MARK: - Base

    struct Base: Sendable {
        let model: String
        var written: String?
        var version: String?
        var custom: String?
        var environment: [String: String] = [:]
        let url: String
    }

    static let bases = [
        Base(model: "openrouter/a/b", url: "https://openrouter.ai/api/v1/chat/completions"),
        Base(
            model: "openrouter/a/b", environment: ["OPENROUTER_API_BASE": "http://h:1/v1"],
            url: "http://h:1/v1/chat/completions"),
        Base(
            model: "openrouter/a/b", written: "http://w:1", environment: ["OPENROUTER_API_BASE": "http://h:1/v1"],
            url: "http://w:1/chat/completions"),
        Base(
            model: "openai/a", environment: ["OPENAI_API_BASE": "http://second", "OPENAI_BASE_URL": "http://first"],
            url: "http://first/chat/completions"),
        Base(
            model: "openai/a", written: "os.environ/MY_BASE", environment: ["MY_BASE": "http://mine/v1"],
            url: "http://mine/v1/chat/completions"),
        Base(model: "meta-llama/x", written: "http://vllm:8000/v1", url: "http://vllm:8000/v1/chat/completions"),
        Base(
            model: "meta-llama/x", written: "http://vllm:8000/v1", custom: "hosted_vllm",
            url: "http://vllm:8000/v1/chat/completions"),
        Base(model: "ollama/llama3", url: "http://localhost:11434/v1/chat/completions"),
        Base(model: "ollama/llama3", written: "http://box:11434", url: "http://box:11434/v1/chat/completions"),
        Base(
            model: "azure/dep", written: "https://r.openai.azure.com", version: "2024-02-01",
            url: "https://r.openai.azure.com/openai/deployments/dep/chat/completions?api-version=2024-02-01"),
        Base(
            model: "azure/dep", environment: ["AZURE_API_BASE": "https://e/", "AZURE_API_VERSION": "2023-05-15"],
            url: "https://e/openai/deployments/dep/chat/completions?api-version=2023-05-15"),
        Base(
            model: "azure/dep", written: "https://r?api-version=1&key=sk-secret", version: "2",
            url: "https://r/openai/deployments/dep/chat/completions?api-version=1"),
        Base(
            model: "azure/dep", written: "https://r/openai/v1", version: "2024-02-01",
            url: "https://r/openai/v1/chat/completions"),
        Base(model: "azure/dep", written: "https://r", version: "v1", url: "https://r/openai/v1/chat/completions"),
        Base(
            model: "azure/dep", written: "https://r", version: "preview",
            url: "https://r/openai/v1/chat/completions?api-version=preview"),
        Base(
            model: "azure/dep", written: "https://r", version: "1&x=y",
            url: "https://r/openai/deployments/dep/chat/completions?api-version=1%26x%3Dy"),
        Base(model: "openai/a", written: "http://h/v1?key=sk-secret", url: "http://h/v1/chat/completions"),
    ]

    @Test(arguments: bases)
    func findsTheBase(_ c: Base) throws {
        let target = try #require(
            target(c.model, environment: c.environment) {
                $0.apiBase = c.written
                $0.apiVersion = c.version
                $0.customProvider = c.custom
            })
        let route = try catalog(
            [
                entry("m", c.model) {
                    $0.params.apiBase = c.written
                    $0.params.apiVersion = c.version
                    $0.params.customProvider = c.custom
                }
            ], environment: c.environment
        ).resolve("m")
        #expect(RouteExplanation(route, endpoint: .chatCompletions).upstreams.map(\.url) == [c.url])
        // The explanation hides what the request carries.
        if c.written?.contains("key=") == true {
            #expect(target.requestTarget(for: .chatCompletions).contains("key=sk-secret"))
        }
    }

    static let faults: [(model: String, base: String?, custom: String?, cause: CatalogIssue.Cause)] = [
        ("anthropic/claude-3", nil, nil, .providerNotSpoken(prefix: "anthropic")),
        ("bedrock/x", "http://h", nil, .providerNotSpoken(prefix: "bedrock")),
        ("claude-3", nil, nil, .providerNotSpoken(prefix: "anthropic")),
        ("azure/x", nil, nil, .baseMissing(prefix: "azure", variables: ["AZURE_API_BASE"])),
        ("hosted_vllm/x", nil, nil, .baseMissing(prefix: "hosted_vllm", variables: ["HOSTED_VLLM_API_BASE"])),
        ("openai/x", "os.environ/GONE", nil, .baseMissing(prefix: "openai", variables: ["GONE"])),
        ("x", "os.environ/GONE", nil, .baseMissing(prefix: "openai", variables: ["GONE"])),
        ("openai/x", "localhost:8000", nil, .baseInvalid(source: "`api_base`")),
        ("x", nil, nil, .modelName(.noProvider("x"))),
        ("openai/x", nil, "nobody", .modelName(.unknownProvider("nobody"))),
        ("openai/", nil, nil, .modelName(.noModel("openai/"))),
        ("openai/*", nil, nil, .keyNotSet(variables: ["OPENAI_API_KEY"])),
    ]

    @Test(arguments: faults)
    func saysWhatIsWrong(_ c: (model: String, base: String?, custom: String?, cause: CatalogIssue.Cause)) {
        let found = catalog(
            [
                entry("m", c.model, line: 7) {
                    $0.params.apiBase = c.base
                    $0.params.customProvider = c.custom
                }
            ], environment: [:]
        ).issues
        #expect(found.map(\.cause) == [c.cause])
        #expect(found.first?.description.hasPrefix("config.yaml:7: model_list[0]: model `m`: ") == true)
    }

    // MARK: - What a request carries

    @Test func headersAreCheckedAndNamedOnce() throws {
        let made = try deployment("openai/a", environment: ["MINE": "from-env"]) {
            $0.organization = "org-1"
            $0.extraHeaders = [
                ("X-One", literal("1")), ("x-one", literal("2")), ("X-Env", variable("MINE")),
                ("X-Gone", variable("GONE")), ("Host", literal("evil")), ("Content-Length", literal("0")),
                ("Bad Name", literal("x")), ("X-Split", literal("a\r\nX-Evil: 1")),
            ]
        }
        #expect(
            made.headers.map { "\($0.name): \($0.value)" }
                == ["x-one: 2", "x-env: from-env", "openai-organization: org-1"])
        let causes = issues("ollama/a") {
            $0.extraHeaders = [("X-Gone", variable("GONE")), ("Host", literal("evil")), ("X-S", literal("a\nb"))]
        }
        #expect(
            causes == [
                .fieldNotSet(name: "X-Gone", variable: "GONE"), .fieldRefused(name: "Host"), .fieldRefused(name: "X-S"),
            ])
    }

    @Test func theOperatorsOwnAuthenticationStands() throws {
        let own = try #require(
            target("openai/a", environment: ["OPENAI_API_KEY": "sk-1"]) {
                $0.extraHeaders = [("Authorization", literal("Basic abc"))]
            })
        #expect(own.access.authentication == nil)
        #expect(!own.lacksKey)
        #expect(issues("openai/a") { $0.extraHeaders = [("Authorization", literal("Basic abc"))] }.isEmpty)
    }

    @Test func attributionGoesToOpenRouterOnly() throws {
        let environment = ["OR_SITE_URL": "https://site", "OR_APP_NAME": "App", "OPENAI_API_KEY": "k"]
        #expect(try deployment("openai/a", environment: environment).headers.isEmpty)
        let router = try deployment("openrouter/a/b", environment: environment)
        #expect(router.headers.map { "\($0.name): \($0.value)" } == ["http-referer: https://site", "x-title: App"])
        let own = try deployment("openrouter/a/b", environment: environment) {
            $0.extraHeaders = [("X-Title", literal("Mine"))]
        }
        #expect(own.headers.map { "\($0.name): \($0.value)" } == ["x-title: Mine", "http-referer: https://site"])
    }

    @Test func defaultsAreTheBodysMembers() throws {
        let made = try deployment("ollama/a") {
            $0.defaults = [.init("temperature", .number("0.50")), .init("seed", .number("1"))]
            $0.extraBody = [.init("provider", .object([.init("sort", .string("p\"q"))])), .init("seed", .number("2"))]
            $0.additionalDropParams = ["user"]
        }
        #expect(
            made.defaults.map { "\($0.key)=\(String(decoding: $0.value, as: UTF8.self))" }
                == ["temperature=0.50", "seed=2", #"provider={"sort":"p\"q"}"#])
        #expect(made.droppedMembers == ["user"])
    }

    @Test func limitsTimeoutsPriceAndMock() throws {
        let one = catalog([
            entry("m", "ollama/a") {
                $0.params.requestsPerMinute = 10
                $0.params.weight = 2
                $0.params.order = 1
                $0.params.tags = ["free"]
                $0.params.timeout = .seconds(7)
                $0.params.streamTimeout = .seconds(3)
                $0.params.inputCostPerToken = 0.5
                $0.params.mockResponse = .string("hello")
                $0.info.inputCostPerToken = 9
                $0.info.outputCostPerToken = 0.25
            },
            entry("n", "ollama/a") {
                $0.info.inputCostPerToken = -1
                $0.params.mockResponse = .object([.init("id", .string("x"))])
            },
            entry("o", "ollama/a") { $0.params.maxParallelRequests = 3 },
        ]) { $0.router.defaultMaxParallelRequests = 8 }
        let made = try #require(try one.resolve("m").targets.first).deployment
        #expect(made.limits.requestsPerMinute == 10)
        #expect(made.limits.maxParallelRequests == 8)
        #expect(made.limits.weight == 2)
        #expect(made.limits.order == 1)
        #expect(made.limits.tags == ["free"])
        #expect(made.timeouts == .init(whole: .seconds(7), stream: .seconds(3)))
        #expect(made.price == .init(input: 0.5, output: 0.25))
        #expect(made.mock == .text("hello"))
        let other = try #require(try one.resolve("n").targets.first).deployment
        #expect(other.price == nil)
        #expect(other.mock == .body(Array(#"{"id":"x"}"#.utf8)))
        #expect(try one.resolve("o").targets.first?.deployment.limits.maxParallelRequests == 3)
    }

    @Test func aNamedCredentialLiesUnderneath() throws {
        var shared = ModelParams()
        shared.apiKey = literal("sk-shared")
        shared.apiBase = "http://shared/v1"
        shared.timeout = .seconds(9)
        shared.extraHeaders = [("X-A", literal("shared")), ("X-B", literal("shared"))]
        let one = catalog([
            entry("m", "openai/a") {
                $0.params.credentialName = "c"
                $0.params.apiBase = "http://own/v1"
                $0.params.extraHeaders = [("x-a", literal("own"))]
            },
            entry("n", "openai/a") { $0.params.credentialName = "unheard-of" },
        ]) { $0.credentials = [.init(name: "c", params: shared)] }
        let made = try #require(try one.resolve("m").targets.first).deployment
        #expect(made.credential?.secret?.reveal() == "sk-shared")
        #expect(made.base.text == "http://own/v1")
        #expect(made.timeouts.whole == .seconds(9))
        #expect(Set(made.headers.map { "\($0.name): \($0.value)" }) == ["x-a: own", "x-b: shared"])
        #expect(one.issues.map(\.cause) == [.unknownCredential("unheard-of")])
    }

    @Test func chatCanBeForced() throws {
        let plain = try #require(target("openai/a"))
        let forced = try #require(target("openai/a") { $0.useChatCompletionsAPI = true })
        #expect(plain.speaks(.responses))
        #expect(!forced.speaks(.responses))
        #expect(forced.speaks(.chatCompletions))
    }

    @Test func theConfigurationsVariablesWin() throws {
        let one = catalog([entry("m", "openai/a")], environment: ["OPENAI_API_KEY": "process"]) {
            $0.environment = [.init(name: "OPENAI_API_KEY", value: Secret("file"))]
        }
        #expect(try one.resolve("m").targets.first?.deployment.credential?.secret?.reveal() == "file")
    }

    @Test func aCatalogNeverPrintsAKey() {
        let one = catalog([
            entry("m", "openai/a") {
                $0.params.apiKey = literal("sk-written")
                $0.params.extraHeaders = [("X-Key", literal("sk-header"))]
            }, entry("*", "*"),
        ])
        var text = "\(one)"
        dump(one, to: &text)
        #expect(!text.contains("sk-"))
    }
}
