import Model
import Providers
import Testing

@Suite struct ProviderTableTests {
    @Test func prefixesAreUnique() {
        let prefixes = ProviderTable.all.map(\.prefix)
        #expect(Set(prefixes).count == prefixes.count)
    }

    @Test(arguments: ProviderTable.all.map(\.prefix))
    func everyRowIsSane(_ prefix: String) throws {
        let row = try #require(ProviderTable.row(prefix))
        #expect(!prefix.isEmpty && !prefix.contains("/") && !prefix.contains("*"))
        #expect(prefix == prefix.lowercased())
        #expect(!row.keyVariables.isEmpty)
        #expect(!row.baseVariables.isEmpty)
        for variable in row.keyVariables + row.baseVariables + [row.versionVariable].compactMap(\.self) {
            #expect(variable.utf8.allSatisfy { (65...90).contains($0) || (48...57).contains($0) || $0 == 95 })
        }
        #expect(row.speaksOpenAI == !row.endpoints.isEmpty)
        if let text = row.defaultBase {
            let base = try #require(row.base(from: text), "\(prefix)")
            #expect(base == BaseURL(text), "the base in the table is complete")
            #expect(base.query.isEmpty)
            #expect(base.scheme == .https || ["localhost", "127.0.0.1"].contains(base.host))
        }
        if row.needsKey, row.speaksOpenAI, row.defaultBase?.hasPrefix("http:") == true {
            Issue.record("a server of one's own needs no key: \(prefix)")
        }
    }

    static let facts: [(prefix: String, base: String?, keys: [String])] = [
        ("openai", "https://api.openai.com/v1", ["OPENAI_API_KEY"]),
        ("openrouter", "https://openrouter.ai/api/v1", ["OPENROUTER_API_KEY", "OR_API_KEY"]),
        ("azure", nil, ["AZURE_API_KEY"]),
        ("gemini", "https://generativelanguage.googleapis.com/v1beta/openai", ["GEMINI_API_KEY", "GOOGLE_API_KEY"]),
        ("groq", "https://api.groq.com/openai/v1", ["GROQ_API_KEY"]),
        ("perplexity", "https://api.perplexity.ai", ["PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"]),
        ("nano-gpt", "https://nano-gpt.com/api/v1", ["NANOGPT_API_KEY"]),
        ("meta_llama", "https://api.llama.com/compat/v1", ["LLAMA_API_KEY"]),
        ("scaleway", "https://api.scaleway.ai/v1", ["SCW_SECRET_KEY"]),
        ("veniceai", "https://api.venice.ai/api/v1", ["VENICE_AI_API_KEY"]),
        ("ollama_chat", "http://localhost:11434/v1", ["OLLAMA_API_KEY"]),
        ("hosted_vllm", nil, ["HOSTED_VLLM_API_KEY"]),
        ("lm_studio", nil, ["LM_STUDIO_API_KEY"]),
        ("litellm_proxy", nil, ["LITELLM_PROXY_API_KEY"]),
    ]

    @Test(arguments: facts)
    func knows(_ c: (prefix: String, base: String?, keys: [String])) throws {
        let row = try #require(ProviderTable.row(c.prefix))
        #expect(row.defaultBase == c.base)
        #expect(row.keyVariables == c.keys)
        #expect(row.speaksOpenAI)
    }

    @Test(arguments: ["anthropic", "bedrock", "vertex_ai", "cohere", "huggingface", "replicate", "sagemaker"])
    func knowsPrefixesThatItDoesNotSpeak(_ prefix: String) throws {
        let row = try #require(ProviderTable.row(prefix))
        #expect(!row.speaksOpenAI)
        #expect(row.endpoints.isEmpty)
    }

    @Test func responsesAreNativeOnlyWhereTheyAre() {
        let native = ProviderTable.all.filter { $0.endpoints.contains(.responses) }.map(\.prefix)
        #expect(
            native == [
                "openai", "openrouter", "azure", "azure_ai", "xai", "groq", "perplexity", "fireworks_ai", "aihubmix",
                "nano-gpt", "ovhcloud", "poe", "scaleway", "vercel_ai_gateway", "volcengine", "ollama", "ollama_chat",
                "hosted_vllm", "lm_studio", "litellm_proxy", "openai_like", "custom_openai", "llamafile",
                "docker_model_runner", "lemonade",
            ])
    }

    static let addresses: [(prefix: String, base: String, isOwn: Bool)] = [
        ("openai", "https://api.openai.com/v1", true), ("openai", "https://eu.api.openai.com/v1", true),
        ("openai", "https://openai.com.example.org/v1", false), ("openai", "https://notopenai.com/v1", false),
        ("openai", "http://127.0.0.1:8000/v1", false), ("openai", "http://api.openai.com/v1", false),
        ("openrouter", "https://openrouter.ai/api/v1", true), ("openrouter", "https://proxy.example.org/v1", false),
        ("azure", "https://res.openai.azure.com", true), ("azure", "https://gateway.example.org/azure", false),
        ("hosted_vllm", "https://vllm.example.org/v1", false), ("ollama", "http://localhost:11434/v1", false),
        ("groq", "https://api.groq.com/openai/v1", true),
    ]

    @Test(arguments: addresses) func anOperatorsServerIsNotTheProvider(_ prefix: String, _ base: String, _ isOwn: Bool)
        throws
    {
        let row = try #require(ProviderTable.row(prefix))
        let url = try #require(BaseURL(base))
        #expect(row.isOwnAddress(url) == isOwn)
    }

    @Test func aHostOfTheTableIsRecognisedAndLocalhostIsNot() {
        #expect(ProviderTable.row(host: "openrouter.ai")?.prefix == "openrouter")
        #expect(ProviderTable.row(host: "api.openai.com")?.prefix == "openai")
        #expect(ProviderTable.row(host: "api.groq.com")?.prefix == "groq")
        #expect(ProviderTable.row(host: "localhost") == nil)
        #expect(ProviderTable.row(host: "openrouter.ai.example.com") == nil)
        #expect(ProviderTable.row(host: "api.anthropic.com") == nil)
    }

    static let keys: [(prefix: String, key: String, field: String?)] = [
        ("openrouter", "sk-or-1", "authorization: Bearer sk-or-1"),
        ("azure", "abc", "api-key: abc"),
        ("openai", "", nil),
        ("openai", "sk-1\r\nX-Evil: 1", nil),
        ("openai", "sk-1\n", nil),
        ("azure", "a\0b", nil),
        ("azure", " abc", nil),
    ]

    @Test(arguments: keys)
    func aKeyTravelsInItsFieldOrNotAtAll(_ c: (prefix: String, key: String, field: String?)) throws {
        let row = try #require(ProviderTable.row(c.prefix))
        let field = row.authenticationField(key: Secret(c.key))
        #expect(field.map { "\($0.name): \($0.value)" } == c.field)
    }
}
