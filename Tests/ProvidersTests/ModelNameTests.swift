import Model
import Providers
import Testing

@Suite struct ModelNameTests {
    struct Case: Sendable {
        let configured: String
        var custom: String?
        var base: String?
        let provider: String
        let model: String

        init(_ configured: String, custom: String? = nil, base: String? = nil, _ provider: String, _ model: String) {
            (self.configured, self.custom, self.base) = (configured, custom, base)
            (self.provider, self.model) = (provider, model)
        }
    }

    static let openRouter = [
        Case("openrouter/openai/gpt-4o", "openrouter", "openai/gpt-4o"),
        Case("openrouter/anthropic/claude-3.5-sonnet", "openrouter", "anthropic/claude-3.5-sonnet"),
        Case("openrouter/openrouter/free", "openrouter", "openrouter/free"),
        Case("openrouter/openrouter/auto", "openrouter", "openrouter/auto"),
        Case("openrouter/openrouter/openrouter/x", "openrouter", "openrouter/openrouter/x"),
        Case("openrouter/auto", "openrouter", "openrouter/auto"),
        Case("openrouter/free", "openrouter", "openrouter/free"),
        Case("openrouter/horizon-alpha", "openrouter", "openrouter/horizon-alpha"),
        Case("openrouter/~anthropic/claude-sonnet-latest", "openrouter", "~anthropic/claude-sonnet-latest"),
        Case("openrouter/@preset/mine", "openrouter", "@preset/mine"),
        Case("openrouter/openai/gpt-4o@preset/mine", "openrouter", "openai/gpt-4o@preset/mine"),
        Case("openrouter/meta-llama/x:free", "openrouter", "meta-llama/x:free"),
        Case("openrouter/auto:online", "openrouter", "openrouter/auto:online"),
        Case("openrouter/auto@preset/mine", "openrouter", "openrouter/auto@preset/mine"),
        Case("openrouter/openrouter/auto@preset/mine", "openrouter", "openrouter/auto@preset/mine"),
        // `custom_llm_provider` settles the provider; its own prefix goes once at most.
        Case("openai/gpt-4o", custom: "openrouter", "openrouter", "openai/gpt-4o"),
        Case("openrouter/openai/gpt-4o", custom: "openrouter", "openrouter", "openai/gpt-4o"),
        Case("openrouter/openrouter/free", custom: "openrouter", "openrouter", "openrouter/free"),
        Case("openrouter/free", custom: "openrouter", "openrouter", "openrouter/free"),
        Case("free", custom: "openrouter", "openrouter", "openrouter/free"),
        // No prefix, but a base that is OpenRouter's.
        Case("meta-llama/llama-3", base: "https://openrouter.ai/api/v1", "openrouter", "meta-llama/llama-3"),
        Case("~openai/gpt-latest", base: "https://openrouter.ai/api/v1", "openrouter", "~openai/gpt-latest"),
        Case("auto", base: "https://openrouter.ai/api/v1", "openrouter", "openrouter/auto"),
    ]

    static let others = [
        Case("openai/gpt-4o", "openai", "gpt-4o"),
        Case("openai/openai/x", "openai", "openai/x"),
        Case("azure/my-dep", "azure", "my-dep"),
        Case("ollama/llama3:8b", "ollama", "llama3:8b"),
        Case("hosted_vllm/meta-llama/Llama-3", "hosted_vllm", "meta-llama/Llama-3"),
        Case("anthropic/claude-3", "anthropic", "claude-3"),
        Case("bedrock/us.anthropic.claude-v2:0", "bedrock", "us.anthropic.claude-v2:0"),
        Case("fireworks_ai/llama-v3", "fireworks_ai", "accounts/fireworks/models/llama-v3"),
        Case("fireworks_ai/accounts/me/models/x", "fireworks_ai", "accounts/me/models/x"),
        Case("nano-gpt/x", "nano-gpt", "x"),
        // A prefix wins over the base.
        Case("groq/llama", base: "http://localhost:9/v1", "groq", "llama"),
        // An unknown first segment is part of the id.
        Case("meta-llama/Llama-3", base: "http://localhost:8000/v1", "openai", "meta-llama/Llama-3"),
        Case("Qwen/Qwen3", custom: "openai", "openai", "Qwen/Qwen3"),
        Case("openrouter/openai/gpt-4o", custom: "openai", "openai", "openrouter/openai/gpt-4o"),
        Case("openai/gpt-4o", custom: "openai", "openai", "gpt-4o"),
        Case("openai/openai/gpt-4o", custom: "openai", "openai", "openai/gpt-4o"),
        Case("openai", custom: "openai", "openai", "openai"),
        Case("claude-3", base: "http://localhost:8000/v1", "openai", "claude-3"),
        Case("llama-3.3-70b", base: "https://api.groq.com/openai/v1", "groq", "llama-3.3-70b"),
        Case("gpt-4o", custom: "", "openai", "gpt-4o"),
        Case("gpt-4o", custom: "OpenAI", "openai", "gpt-4o"),
        Case("meta/llama", custom: "together-ai", "together_ai", "meta/llama"),
        Case("hosted_vllm/x/y", custom: " hosted_vllm/ ", "hosted_vllm", "x/y"),
    ]

    static let bare = [
        Case("gpt-4o", "openai", "gpt-4o"),
        Case("gpt-5.9-mini", "openai", "gpt-5.9-mini"),
        Case("chatgpt-4o-latest", "openai", "chatgpt-4o-latest"),
        Case("o1", "openai", "o1"),
        Case("o3-mini", "openai", "o3-mini"),
        Case("o4-mini", "openai", "o4-mini"),
        Case("text-embedding-3-small", "openai", "text-embedding-3-small"),
        Case("claude-opus-9", "anthropic", "claude-opus-9"),
        Case("gemini-2.5-pro", "gemini", "gemini-2.5-pro"),
        Case("deepseek-chat", "deepseek", "deepseek-chat"),
        Case("mistral-large-latest", "mistral", "mistral-large-latest"),
        Case("grok-4", "xai", "grok-4"),
        Case("command-r-plus", "cohere", "command-r-plus"),
    ]

    @Test(arguments: openRouter + others + bare)
    func isReadByOneRule(_ c: Case) throws {
        let base = try c.base.map { try #require(BaseURL($0)) }
        let name = try ModelName(c.configured, customProvider: c.custom, base: base)
        #expect(name.provider.prefix == c.provider, "\(c.configured)")
        #expect(name.model == c.model, "\(c.configured)")
    }

    static let refused: [(configured: String, custom: String?, error: ModelNameError)] = [
        ("meta-llama/Llama-3", nil, .noProvider("meta-llama/Llama-3")),
        ("my-own-model", nil, .noProvider("my-own-model")),
        ("o1x", nil, .noProvider("o1x")),
        ("gpt-", nil, .noProvider("gpt-")),
        ("openrouter", nil, .noProvider("openrouter")),
        ("OpenRouter/auto", nil, .noProvider("OpenRouter/auto")),
        ("/gpt-4o", nil, .noProvider("/gpt-4o")),
        ("openrouter/", nil, .noModel("openrouter/")),
        ("openai/", nil, .noModel("openai/")),
        ("", nil, .noModel("")),
        ("gpt-4o", "nobody", .unknownProvider("nobody")),
        ("openai/", "openai", .noModel("openai/")),
    ]

    @Test(arguments: refused)
    func refuses(_ c: (configured: String, custom: String?, error: ModelNameError)) {
        #expect(throws: c.error) { try ModelName(c.configured, customProvider: c.custom) }
        #expect(!"\(c.error)".isEmpty)
    }

    @Test func aCombiningMarkBehindTheSlashIsPartOfTheModel() throws {
        // As a `Character` the slash would not be there at all.
        let name = try ModelName("openai/\u{301}x")
        #expect(name.model == "\u{301}x")
    }

    @Test(arguments: [
        ("openai/gpt-4o", ["gpt-4o"]), ("gpt-4o", ["openai/gpt-4o"]), ("groq/llama-3", ["llama-3"]), ("llama-3", []),
        ("openrouter/openai/gpt-4o", ["openai/gpt-4o"]), ("nobody/gpt-4o", []), ("*", []), ("", []),
    ])
    func aListMayLeaveTheProviderOut(_ c: (name: String, others: [String])) {
        #expect(ModelName.otherSpellings(of: c.name) == c.others)
    }
}
