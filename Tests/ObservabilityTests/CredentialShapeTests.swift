import Testing

@testable import Observability

/// What of a client's words is taken for a credential, and what is not.
@Suite struct CredentialShapeTests {
    static let credentials = [
        // By their beginnings.
        "AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "gho_16C7e42F292c6912E7710c838347Ae178B4a", "github_pat_11ABCDEFG0aaaaaaaaaaaa_bbbbbbbbbbbbbbbbbbbbbbbb",
        "xai-abcdefghijklmnopqrst", "gsk_abcdefghijklmnopqrstuvwxyz", "AIzaSyaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "sk-or-v1-0123456789abcdef", "glpat-aaaaaaaaaaaaaaaaaaaa", "xoxb-123456789012-abcdefghijkl",
        "hf_abcdefghijklmnopqrst",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "nvapi-aaaaaaaaaaaaaaaaaaaaaaaa", "pplx-aaaaaaaaaaaaaaaaaaaaaaaa", "fw_aaaaaaaaaaaaaaaaaaaa",
        "ya29.aaaaaaaaaaaaaaaaaaaaaaaaa",
        // Hexadecimal: random, in order, without a digit, and with the marks of a UUID.
        "d41d8cd98f00b204e9800998ecf8427e", "0123456789abcdef0123456789abcdef", "deadbeefdeadbeefdeadbeefdeadbeef",
        "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08", "550e8400-e29b-41d4-a716-446655440000",
        // Base64 and its kin.
        "dGhpcyBpcyBhIHNlY3JldCBrZXkgb2YgbWluZQ==", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "Zm9v+YmFyYmF6/cXV4cXV1eGNvcmdlZ3JhdWx0",
        "pD8sQw-1mZ4xR_7tLk0vB3nH-6yGcJ2fWaE9uXo5", "abcdefghijklmnopqrstuvwxyz012345", "q7W2eR9tY4uI1oP6aS3dF8gH",
        // With something in front.
        "prod-key-d41d8cd98f00b204e9800998ecf8427e", "my-llama-a8f3k2l9x7q1z5w0b4n6",
        "d41d8cd98f00b204e9800998ecf8427e.Ab3dE5fG7hJ9kL1m",
    ]

    @Test(arguments: credentials)
    func aCredentialIsFoundWherePathsAndNamesAre(_ key: String) {
        for around in [
            "@", "/@", "/v1/@", "/v1/models/@", "/openai/deployments/@/chat/completions", "openrouter/@",
            "accounts/me/models/@", "vendor/model:@", "The model '@' does not exist.", "\"@\"", "(@)", "Is it @?",
        ] {
            let text = around.replacing("@", with: key)
            #expect(CredentialShape.words(in: text).contains { $0.contains(key) }, "\(text)")
            #expect(
                !Redactor(secrets: []).hiding(CredentialShape.words(in: text)).redact(text).contains(key), "\(text)")
        }
    }

    /// Ids of OpenRouter, OpenAI, Azure, Bedrock, Vertex, Fireworks, Together, Hugging Face, Ollama and others, 2024 to 2026.
    static let names = """
        meta-llama/Llama-3.3-70B-Instruct meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8 gpt-4o-2024-08-06
        gpt-4o-mini-2024-07-18 gpt-3.5-turbo-16k-0613 gpt-35-turbo-16k-0613 gpt4o20240806 o3-mini-2025-01-31 chatgpt-4o-latest
        gpt-4o-realtime-preview-2024-12-17 gpt-4o-mini-search-preview-2025-03-11 text-embedding-3-large
        text-embedding-ada-002 ft:gpt-4o-mini-2024-07-18:my-org:custom_suffix:AbCdEf12
        accounts/fireworks/models/deepseek-v3-0324 accounts/fireworks/models/qwen2p5-coder-1p5b-instruct
        accounts/fireworks/models/llama-v3p1-70b-instruct-1b fireworks_ai/accounts/fireworks/models/dolphin-2p6-mixtral-8x7b
        anthropic.claude-3-5-sonnet-20241022-v2:0 us.anthropic.claude-sonnet-4-20250514-v1:0 claude-opus-4-1-20250805
        bedrock/arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-3-5-haiku-20241022-v1:0
        bedrock/us-gov-west-1/amazon.titan-text-premier-v1:0 qwen.qwen3-coder-480b-a35b-v1:0
        1024-x-1024/50-steps/bedrock/amazon.nova-canvas-v1:0 hf.co/bartowski/Llama-3.2-3B-Instruct-GGUF:Q4_K_M
        hf.co/unsloth/Qwen3-30B-A3B-Instruct-2507-GGUF:UD-Q4_K_XL mlx-community/Qwen3-Coder-480B-A35B-Instruct-4bit
        mlx-community/Qwen3-30B-A3B-4bit-DWQ-0508 deepseek-ai/DeepSeek-R1-Distill-Qwen-32B deepseek-ai/DeepSeek-R1-0528-Qwen3-8B
        deepseek/deepseek-r1-0528-qwen3-8b:free tngtech/deepseek-r1t2-chimera:free nvidia/Llama-3_1-Nemotron-Ultra-253B-v1
        nvidia/llama-3.3-nemotron-super-49b-v1.5 NousResearch/Hermes-3-Llama-3.1-405B-FP8 TheBloke/Mixtral-8x7B-Instruct-v0.1-AWQ
        MaziyarPanahi/Meta-Llama-3.1-405B-Instruct-GGUF cognitivecomputations/Dolphin3.0-R1-Mistral-24B
        cognitivecomputations/dolphin-mistral-24b-venice-edition:free HuggingFaceTB/SmolLM2-1.7B-Instruct
        HuggingFaceH4/zephyr-7b-beta MiniMaxAI/MiniMax-M1-80k Qwen/QwQ-32B-AWQ Qwen/Qwen2.5-VL-72B-Instruct
        Qwen/Qwen3-Next-80B-A3B-Thinking-FP8 qwen3:30b-a3b-instruct-2507-q4_K_M openai/gpt-oss-120b openai/gpt-oss-20b:free
        google/gemini-2.5-flash-lite-preview-09-2025 google/gemma-3n-e4b-it:free google/t5gemma-2b-2b-ul2-it
        vertex_ai/1234567890123456789 vertex_ai/gemini-2.5-flash-image-preview x-ai/grok-code-fast-1 z-ai/glm-4.5-air:free
        moonshotai/kimi-k2-0905 baidu/ernie-4.5-21b-a3b-thinking tencent/hunyuan-a13b-instruct:free inclusionai/ling-1t
        mistralai/mistral-small-3.2-24b-instruct:free mistral-large-2411 codestral-2508 ft:mistral-small-latest:daf5e488:20240430
        cohere/command-r-plus-08-2024 c4ai-command-r7b-12-2024 ai21/jamba-large-1.7 01-ai/Yi-1.5-34B-Chat-16K
        nvidia/Llama3-ChatQA-1.5-8B sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2 BAAI/bge-m3
        intfloat/multilingual-e5-large-instruct Alibaba-NLP/gte-Qwen2-1.5B-instruct voyage-3.5-lite
        perplexity/pplx-embed-context-v1-0.6b pplx-70b-online jina_embeddings_v3_base_model
        openrouter/auto @preset/my-preset-2025 deployment/8f3a1b2c my-company-production-gpt-4o-mini-2024-07-18-eu-west-1
        mycompanyproduction2024v2 customer-support-agent-2025-11-30 DavidAU/L3.2-8X3B-MOE-Dark-Champion-18.4B
        amazon.nova-pro-v1:0 watsonx/ibm/granite-3-8b-instruct databricks-meta-llama-3-3-70b-instruct
        @cf/meta/llama-3.3-70b-instruct-fp8-fast lmstudio-community/Qwen2.5-7B-Instruct-GGUF/Qwen2.5-7B-Instruct-Q4_K_M.gguf
        /v1/chat/completions /v1/threads/runs /openai/deployments/my-gpt-4o-deployment/chat/completions /v1/v1/embeddings
        /v1beta/models/gemini-2.5-pro:generateContent /api/v1/chat/completions /.well-known/openid-configuration
        """.split { " \n".contains($0) }.map(String.init)

    @Test(arguments: names)
    func aNameIsNone(_ name: String) {
        for text in [name, "openrouter/\(name)", "/v1/models/\(name)", "The model '\(name)' does not exist."] {
            #expect(CredentialShape.words(in: text) == [])
        }
    }

    @Test func ofEveryTextAllAreFound() {
        let text = "'AKIAIOSFODNN7EXAMPLE' or 'd41d8cd98f00b204e9800998ecf8427e'"
        #expect(
            CredentialShape.words(in: text).sorted() == ["AKIAIOSFODNN7EXAMPLE", "d41d8cd98f00b204e9800998ecf8427e"])
        #expect(CredentialShape.words(in: "") == [])
        #expect(CredentialShape.words(in: "é \u{0}/////====") == [])
    }

    /// A client may send a name of megabytes.
    @Test func isFastOnLongTexts() {
        let clock = ContinuousClock()
        for unit in ["a", "aB3", "sk-", "/", "a1/", "=", "gpt", "deadbeef"] {
            let text = String(repeating: unit, count: (1 << 20) / unit.utf8.count)
            // A debug build takes some ten milliseconds for what is looked at; for all of it, seconds.
            #expect(clock.measure { _ = CredentialShape.words(in: text) } < .seconds(2), "\(unit)")
        }
    }
}
