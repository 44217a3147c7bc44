import Testing

@testable import Gateway

@Suite struct PathAdviceTests {
    static func advice(_ path: String) -> PathAdvice? {
        PathAdvice(for: path, patterns: Routes.rows.map(\.pattern))
    }

    private static let azure = "/openai/deployments/{model}/chat/completions"

    static let meant: [Row<String, (path: String, isDoubled: Bool)>] = [
        Row("a prefix twice", "/v1/v1/chat/completions", ("/v1/chat/completions", true)),
        Row("three times", "/v1/v1/v1/models", ("/v1/models", true)),
        Row("an empty segment", "//v1/chat/completions", ("/v1/chat/completions", true)),
        Row("without its s", "/chat/completion", ("/v1/chat/completions", false)),
        Row("the same with a prefix", "/v1/chat/completion", ("/v1/chat/completions", false)),
        Row("half of it", "/v1/chat", ("/v1/chat/completions", false)),
        Row("the verb", "/v1/chat/complete", ("/v1/chat/completions", false)),
        Row("one empty segment inside", "/v1/chat//completions", ("/v1/chat/completions", false)),
        Row("the whole path as base", "/v1/chat/completions/chat/completions", ("/v1/chat/completions", true)),
        Row("with its prefix", "/v1/chat/completions/v1/chat/completions", ("/v1/chat/completions", true)),
        Row("without any", "/chat/completions/chat/completions", ("/v1/chat/completions", true)),
        Row("another path as base", "/v1/chat/completions/embeddings", ("/v1/embeddings", true)),
        Row("a list below a path", "/v1/chat/completions/models", ("/v1/models", true)),
        Row("responses twice", "/v1/responses/responses", ("/v1/responses", true)),
        Row("something in front", "/my/proxy/v1/chat/completions", ("/v1/chat/completions", true)),
        Row("a URL as path", "/http://localhost:4000/v1/models", ("/v1/models", false)),
        Row("capitals", "/V1/Chat/Completions", ("/v1/chat/completions", false)),
        Row("another version", "/v2/chat/completions", ("/v1/chat/completions", false)),
        Row("Azure's without a deployment", "/openai/chat/completions", ("/v1/chat/completions", false)),
        Row("Azure's alone", "/openai/deployments/d", ("/openai/deployments/{model}/chat/completions", false)),
        Row("Azure's endpoint with its path", "/openai/openai/deployments/d/chat/completions", (azure, true)),
        Row("below /v1", "/v1/openai/deployments/d/chat/completions", (azure, true)),
        Row("without its path", "/deployments/d/chat/completions", (azure, false)),
        Row("an engine", "/v2/engines/e/embeddings", ("/v1/engines/{model}/embeddings", false)),
        Row("two letters swapped", "/v1/modles", ("/v1/models", false)),
        Row("singular", "/v1/embedding", ("/v1/embeddings", false)),
        Row("a blank behind", "/v1/chat/completions ", ("/v1/chat/completions", false)),
        Row("a quote behind", "/v1/chat/completions\"", ("/v1/chat/completions", false)),
        Row("a model below two prefixes", "/v1/v1/models/gpt-4o", ("/v1/models/{model}", true)),
        Row("Kubernetes' word", "/healthz", ("/health/liveliness", false)),
        Row("a short form", "/health/ready", ("/health/readiness", false)),
    ]

    @Test(arguments: meant)
    func namesThePathThatIsMeant(_ row: Row<String, (path: String, isDoubled: Bool)>) {
        #expect(Self.advice(row.input) == .meant(path: row.expected.path, isDoubled: row.expected.isDoubled))
    }

    static let foreign: [Row<String, String>] = [
        Row("images", "/v1/images/generations", "OpenAI"), Row("a file", "/v1/files/file-1/content", "OpenAI"),
        Row("a stored response", "/v1/responses/resp_1", "OpenAI"), Row("compaction", "/responses/compact", "OpenAI"),
        Row("audio of a deployment", "/openai/deployments/d/audio/speech", "Azure OpenAI"),
        Row("messages", "/v1/messages", "Anthropic"), Row("count", "/v1/messages/count_tokens", "Anthropic"),
        Row("pass-through", "/anthropic/v1/messages", "Anthropic"),
        Row("Gemini", "/v1beta/models/gemini-2.5-pro:generateContent", "Google"),
        Row("tags", "/api/tags", "Ollama"), Row("chat", "/api/chat", "Ollama"),
        Row("rerank", "/v1/rerank", "Cohere"), Row("credits", "/api/v1/credits", "OpenRouter"),
        Row("keys", "/key/generate", "LiteLLM"), Row("the dashboard", "/ui/", "LiteLLM"),
        Row("group", "/model_group/info", "LiteLLM"), Row("a provider's name", "/groq/chat/completions", "LiteLLM"),
    ]

    @Test(arguments: foreign)
    func namesWhosePathItIs(_ row: Row<String, String>) {
        guard case .notServed(let owner, _) = Self.advice(row.input) else {
            Issue.record("\(row.rule): \(Self.advice(row.input)?.text ?? "nothing")")
            return
        }
        #expect(owner == row.expected)
    }

    @Test(arguments: ["/nope", "/", "/xyzzy/9000", "/wp-login.php", "/.env", String(repeating: "/chat", count: 500)])
    func saysNothingOfWhatItDoesNotKnow(_ path: String) {
        #expect(Self.advice(path) == nil)
    }

    /// A path may hold a key: it is never put into the advice.
    @Test(arguments: [
        "/v1/v1/models/sk-secret", "/sk-secret/v1/models", "/v1/files/sk-secret", "/openai/deployments/sk-secret",
    ])
    func doesNotRepeatWhatItWasAsked(_ path: String) throws {
        #expect(!(try #require(Self.advice(path)).text.contains("secret")))
    }
}
