import Model

extension ProviderTable {
    /// The providers with something of their own: other variables, another field for the key, another path.
    static let majors: [Provider] = [
        Provider(
            "openai", "https://api.openai.com/v1",
            bases: ["OPENAI_BASE_URL", "OPENAI_API_BASE"]
        ).with { $0.endpoints = Set(Endpoint.allCases) },

        Provider(
            "openrouter", "https://openrouter.ai/api/v1",
            keys: ["OPENROUTER_API_KEY", "OR_API_KEY"]
        ).with {
            $0.endpoints = Set(Endpoint.allCases)
            $0.hasOwnVendor = true
            $0.wantsAttribution = true
        },

        Provider("azure", nil).with {
            $0.endpoints = Set(Endpoint.allCases)
            $0.authentication = .header("api-key")
            $0.pathStyle = .azure
            $0.versionVariable = "AZURE_API_VERSION"
            $0.ownDomains = azureDomains
        },

        Provider("azure_ai", nil).withResponses().with {
            $0.authentication = .header("api-key")
            $0.ownDomains = azureDomains
        },

        // The path of Google's own API is completed to the one that speaks OpenAI's dialect.
        Provider(
            "gemini", "https://generativelanguage.googleapis.com/v1beta/openai",
            keys: ["GEMINI_API_KEY", "GOOGLE_API_KEY"]
        ).with {
            $0.endpoints = [.chatCompletions, .embeddings]
            $0.basePathSuffix = "v1beta/openai"
        },

        Provider("xai", "https://api.x.ai/v1").with { $0.endpoints = [.chatCompletions, .responses, .completions] },

        Provider("groq", "https://api.groq.com/openai/v1").with {
            $0.endpoints = [.chatCompletions, .responses]
            $0.renamedMembers = olderLimitName
        },

        Provider("mistral", "https://api.mistral.ai/v1").with {
            $0.endpoints = [.chatCompletions, .embeddings]
            $0.renamedMembers = olderLimitName
        },

        Provider("codestral", "https://codestral.mistral.ai/v1").with {
            $0.endpoints = [.chatCompletions]
            $0.renamedMembers = olderLimitName
        },

        Provider("deepseek", "https://api.deepseek.com/beta").with {
            $0.endpoints = [.chatCompletions, .completions]
            $0.renamedMembers = olderLimitName
        },

        Provider(
            "perplexity", "https://api.perplexity.ai", keys: ["PERPLEXITYAI_API_KEY", "PERPLEXITY_API_KEY"]
        ).with {
            $0.endpoints = [.chatCompletions, .responses]
            $0.renamedMembers = olderLimitName
        },

        Provider(
            "together_ai", "https://api.together.ai/v1",
            keys: ["TOGETHER_API_KEY", "TOGETHER_AI_API_KEY", "TOGETHERAI_API_KEY", "TOGETHER_AI_TOKEN"]
        ).with { $0.renamedMembers = olderLimitName },

        Provider(
            "fireworks_ai", "https://api.fireworks.ai/inference/v1",
            keys: ["FIREWORKS_API_KEY", "FIREWORKS_AI_API_KEY", "FIREWORKSAI_API_KEY", "FIREWORKS_AI_TOKEN"]
        ).withResponses().with {
            $0.bareModelPrefix = "accounts/fireworks/models/"
            $0.renamedMembers = olderLimitName
        },

        Provider("text-completion-openai", "https://api.openai.com/v1", keys: ["OPENAI_API_KEY"]).with {
            $0.baseVariables = ["OPENAI_BASE_URL", "OPENAI_API_BASE"]
            $0.endpoints = [.completions]
        },
    ]

    /// Below which resources of Azure have their addresses.
    private static let azureDomains = [
        "openai.azure.com", "cognitiveservices.azure.com", "services.ai.azure.com", "models.ai.azure.com",
    ]

    /// Servers that know only the older name of the limit; with the newer one the limit would be ignored or refused.
    static let olderLimitName = [Provider.Rename(from: "max_completion_tokens", to: "max_tokens")]
}
