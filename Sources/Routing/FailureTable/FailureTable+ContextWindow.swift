extension FailureTable {
    /// The prompt is too long, in every server's words.
    static let contextWindow: [FailureRow] = [
        // Codes.
        .word(
            "context_length_exceeded", .contextWindow, "OpenAI, Groq, Cerebras, OpenRouter",
            "platform.openai.com error codes"),
        .word("context_window_exceeded", .contextWindow, "proxies", "public issue reports"),
        .word(
            "model_context_window_exceeded", .contextWindow, "Z.ai, Anthropic", "docs.z.ai, stop reasons of Messages"),
        .code("token_limit_exceeded", .contextWindow, "OpenRouter", "openrouter.ai errors-and-debugging, error_type"),
        .code("max_tokens_exceeded", .contextWindow, "OpenRouter", "openrouter.ai errors-and-debugging, error_type"),
        .word("exceed_context_size_error", .contextWindow, "llama.cpp", "server's error types; run 2026-11"),
        .word("model_max_prompt_tokens_exceeded", .contextWindow, "GitHub Copilot", "public logs of its 400"),
        .code("max_prompt_tokens_exceeded", .contextWindow, "GitHub Copilot", "public logs of its 400"),
        .code("1261", .contextWindow, "Z.ai, BigModel (GLM)", "docs.z.ai error codes: prompt exceeds max length"),
        .code("contextlengthexceeded", .contextWindow, "Azure AI", "public issue reports"),
        .code("contextwindowexceedederror", .contextWindow, "LiteLLM", "its exception classes"),

        // OpenAI and whoever took over its words.
        .says(
            "maximum context length", .contextWindow, "OpenAI, vLLM, SGLang, DeepSeek, OpenRouter, Mistral",
            "platform.openai.com error codes"),
        .says(
            "maximum context limit", .contextWindow, "Bedrock through LiteLLM", "BerriAI/litellm, its exception mapping"
        ),
        .says("exceeds the context window", .contextWindow, "OpenAI's Responses", "platform.openai.com"),
        .says("exceeds the model's context window", .contextWindow, "OpenAI", "platform.openai.com"),
        .says("exceeded the model's context window", .contextWindow, "OpenAI", "platform.openai.com"),
        .says("context length exceeded", .contextWindow, "many", "public issue reports", ofRequestsOnly: true),
        .says("exceeds the model's context length", .contextWindow, "many", "public issue reports"),
        .says(
            "invalid 'messages*string too long", .contextWindow, "OpenAI", "code string_above_max_length of a message"),
        .says("invalid 'input*string too long", .contextWindow, "OpenAI", "code string_above_max_length of the input"),
        .says("maximum input length is # tokens", .contextWindow, "OpenAI's embeddings", "platform.openai.com"),
        .says(
            "input tokens exceed the configured limit", .contextWindow, "Azure OpenAI",
            "learn.microsoft.com; gpt-5's 400"),
        .says(
            "please reduce the length of the messages or completion", .contextWindow, "Groq, Cerebras",
            "console.groq.com errors"),

        // vLLM, today's words and older ones; SGLang, TensorRT-LLM.
        .says(
            "context length is only # tokens", .contextWindow, "vLLM",
            "its renderer's check, 0.10 and later; run 2026-11"),
        .says("maximum input length of # tokens", .contextWindow, "vLLM", "the same message"),
        .says("longer than the maximum model length", .contextWindow, "vLLM", "V1 engine's processor"),
        .says("cannot be greater than max_model_len", .contextWindow, "vLLM", "run 2026-11"),
        .says(
            "longer than the model's context length", .contextWindow, "SGLang, Together",
            "SGLang's tokenizer manager; docs.together.ai"),
        .says("exceeds the maximum allowed length (# tokens", .contextWindow, "SGLang", "its tokenizer manager"),
        .says("input length (# tokens) exceeds", .contextWindow, "SGLang", "its tokenizer manager"),
        .says("exceeds maximum input length", .contextWindow, "TensorRT-LLM", "its executor's check"),
        .says("should not exceed max_num_tokens", .contextWindow, "TensorRT-LLM", "its executor's check"),
        .says("greater than max_seq_len", .contextWindow, "TabbyAPI", "its check of the prompt"),

        // Text Generation Inference and Text Embeddings Inference.
        .says(
            "tokens + `max_new_tokens` must be", .contextWindow, "TGI, Together",
            "TGI's validation: InputAndMaxNewTokens"),
        .says("tokens + max_new_tokens must be", .contextWindow, "TGI", "the same, without quotes"),
        .says("`inputs` must have less than # tokens", .contextWindow, "TGI, TEI", "TGI's validation: InputLength"),
        .says("inputs must have less than # tokens", .contextWindow, "TGI, TEI", "the same, without quotes"),

        // llama.cpp and what is made of it.
        .says("exceeds the available context size", .contextWindow, "llama.cpp", "server-context.cpp; also as 500"),
        .says(
            "context size has been exceeded", .contextWindow, "llama.cpp, LM Studio", "server-context.cpp; also as 500"),
        .says("larger than the max context size", .contextWindow, "llama.cpp", "server-context.cpp: embeddings"),
        .says(
            "tokens) is too large to process", .contextWindow, "llama.cpp",
            "server-context.cpp: embeddings, as 500; run 2026-11"),
        .says(
            "requested tokens (#) exceed context window", .contextWindow, "llama-cpp-python", "Llama.create_completion"),
        .says("but the configured context size is", .contextWindow, "DS4", "public logs"),
        .says("the input length exceeds the context length", .contextWindow, "Ollama", "server routes; also as 500"),
        .says("input length exceeds maximum context length", .contextWindow, "Ollama", "older server routes"),
        .says(
            "exceeded max context length", .contextWindow, "Ollama",
            "runner: prompt too long; exceeded max context length by"),
        .says("prompt too long; exceeded context length", .contextWindow, "Ollama", "runner"),
        .says(
            "greater than the context length", .contextWindow, "LM Studio",
            "lmstudio-bug-tracker: tokens to keep from the initial prompt"),
        .says(
            "context the overflows", .contextWindow, "LM Studio",
            "lmstudio-bug-tracker: trying to keep the first N tokens"),
        .says("is loaded with context length of only", .contextWindow, "LM Studio", "the same message"),
        .says("n_keep (#) >= n_ctx (#)", .contextWindow, "LM Studio", "lmstudio-bug-tracker: cannot truncate prompt"),
        .says(
            "reached context length of # tokens", .contextWindow, "LM Studio",
            "lmstudio-bug-tracker: mid-generation overflow"),

        // Hosted ones, each in its own words.
        .says("prompt is too long: #", .contextWindow, "Anthropic, Fireworks", "docs.anthropic.com errors"),
        .says(
            "prompt is too long", .contextWindow, "Anthropic, Bedrock", "docs.anthropic.com errors",
            ofRequestsOnly: true),
        .says(
            "input length and `max_tokens` exceed", .contextWindow, "Anthropic", "docs.anthropic.com context windows"),
        .says(
            "exceed context limit", .contextWindow, "Anthropic", "docs.anthropic.com context windows",
            ofRequestsOnly: true),
        .says(
            "exceeds the maximum number of tokens allowed", .contextWindow, "Gemini",
            "ai.google.dev: the input token count"),
        .says("input token count*exceeds the maximum", .contextWindow, "Gemini", "ai.google.dev"),
        .says("input token count is # but", .contextWindow, "Vertex AI", "cloud.google.com: model only supports up to"),
        .says("input is too long for requested model", .contextWindow, "Bedrock", "repost.aws, ValidationException"),
        .says(
            "too many input tokens", .contextWindow, "Bedrock", "ValidationException of Titan and Nova",
            ofRequestsOnly: true),
        .says("input tokens exceeded", .contextWindow, "Bedrock", "ValidationException of Nova", ofRequestsOnly: true),
        .says(
            "expected maxlength: #, actual: #", .contextWindow, "Bedrock",
            "ValidationException: malformed input request"),
        .says(
            "too large for model with # maximum context length", .contextWindow, "Mistral", "docs.mistral.ai, code 3051"
        ),
        .says("number of tokens in the prompt cannot exceed", .contextWindow, "Cohere", "docs.cohere.com errors"),
        .says(
            "total tokens must be less than", .contextWindow, "Cohere", "docs.cohere.com errors", ofRequestsOnly: true),
        .says("exceeds max prompt length", .contextWindow, "Cohere", "public issue reports"),
        .says("input too long:", .contextWindow, "Cohere, Copilot", "public issue reports", ofRequestsOnly: true),
        .says("maximum prompt length is", .contextWindow, "xAI", "docs.x.ai"),
        .says(
            "prompt token count of # exceeds the limit of #", .contextWindow, "GitHub Copilot", "public logs of its 400"
        ),
        .says("exceeded model token limit", .contextWindow, "Moonshot (Kimi)", "platform.moonshot.ai error codes"),
        .says("prompt exceeds max length", .contextWindow, "BigModel (GLM)", "code 1261"),
        .says("prompt too long", .contextWindow, "Z.ai (GLM)", "code 1261", ofRequestsOnly: true),
        .says("prompt \u{8D85}\u{957F}", .contextWindow, "BigModel (GLM)", "code 1261"),
        .says(
            "range of input length should be", .contextWindow, "DashScope, Xunfei",
            "alibabacloud.com model-studio error codes"),
        .says(
            "total message token length exceed", .contextWindow, "DashScope",
            "alibabacloud.com model-studio error codes"),
        .says(
            "context window exceeds limit", .contextWindow, "MiniMax", "platform.minimax.io: invalid params, code 2013"),
        .says(
            "exceeds maximum allowed token size", .contextWindow, "Databricks",
            "docs.databricks.com foundation model APIs"),
        .says(
            "exceeds the maximum allowed input length of # tokens", .contextWindow, "OpenRouter (Poolside)",
            "public issue reports"),
        .says("exceed max message tokens", .contextWindow, "Volcengine", "volcengine.com ark error codes"),
        .says("the prompt length #*model context", .contextWindow, "AI21", "docs.ai21.com"),
        .says("number of input tokens # cannot exceed", .contextWindow, "watsonx", "cloud.ibm.com watsonx errors"),
        .says(
            "has too many tokens", .contextWindow, "Voyage", "docs.voyageai.com: the example at index",
            ofRequestsOnly: true),
        .says("the max input characters is", .contextWindow, "Qianfan", "cloud.baidu.com qianfan error codes, 336007"),
        .says("prompt tokens too long", .contextWindow, "Qianfan", "cloud.baidu.com qianfan error codes"),
    ]
}
