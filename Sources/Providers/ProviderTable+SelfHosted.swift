import Model

extension ProviderTable {
    /// Servers that people run themselves. Whether they want a key is the operator's choice.
    ///
    /// Nearly all of them have `/responses`: vLLM, llama.cpp and what is made of it (llamafile, Lemonade, Docker's runner),
    /// LM Studio, and Ollama from 0.13.3 on. Who does not answers 404.
    static let selfHosted: [Provider] = [
        ollama("ollama"),
        ollama("ollama_chat"),
        selfHosted("hosted_vllm", nil).with { $0.fallbackKey = "fake-api-key" },
        selfHosted("lm_studio", nil).with { $0.fallbackKey = "fake-api-key" },
        selfHosted("litellm_proxy", nil).with { $0.endpoints = Set(Endpoint.allCases) },
        selfHosted("openai_like", nil),
        selfHosted("custom_openai", nil),
        selfHosted("llamafile", "http://127.0.0.1:8080/v1").with { $0.fallbackKey = "fake-api-key" },
        selfHosted("docker_model_runner", "http://localhost:22088/engines/llama.cpp"),
        selfHosted("lemonade", "http://localhost:8000/api/v1"),
    ]

    private static func selfHosted(_ prefix: String, _ base: String?) -> Provider {
        Provider(prefix, base).withResponses().with { $0.needsKey = false }
    }

    /// Its own API is at the bare host, the one in OpenAI's dialect below `/v1`; operators write the former.
    private static func ollama(_ prefix: String) -> Provider {
        Provider(prefix, "http://localhost:11434/v1", keys: ["OLLAMA_API_KEY"], bases: ["OLLAMA_API_BASE"])
            .withResponses().with {
                $0.needsKey = false
                $0.basePathSuffix = "v1"
            }
    }
}
