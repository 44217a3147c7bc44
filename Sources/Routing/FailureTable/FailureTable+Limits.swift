extension FailureTable {
    /// Limits of rate and size, whatever status they come with.
    static let limits: [FailureRow] = [
        .word(
            "rate_limit_exceeded", .rateLimit, "OpenAI, Groq, OpenRouter",
            "platform.openai.com; console.groq.com, also as 413"),
        .code("rate_limit_error", .rateLimit, "Anthropic", "docs.anthropic.com errors"),
        .code("rate_limit_reached_error", .rateLimit, "Moonshot", "platform.moonshot.ai error codes"),
        .code("ratelimitreached", .rateLimit, "Azure AI, GitHub Models", "learn.microsoft.com"),
        .code("too_many_requests", .rateLimit, "many", "public issue reports"),
        .code("throttling_error", .rateLimit, "LiteLLM", "its proxy's error types"),
        .code("throttlingexception", .rateLimit, "Bedrock", "docs.aws.amazon.com common errors"),
        .code("servicequotaexceededexception", .rateLimit, "Bedrock", "docs.aws.amazon.com, as 400"),
        .code("resource_exhausted", .rateLimit, "Gemini, Vertex AI", "google.rpc.Code"),
        .code("throttling", .rateLimit, "DashScope", "alibabacloud.com model-studio error codes"),
        .code("throttling.ratequota", .rateLimit, "DashScope", "alibabacloud.com model-studio error codes"),
        .code("throttling.burstrate", .rateLimit, "DashScope", "alibabacloud.com model-studio error codes"),
        .code("throttling.allocationquota", .rateLimit, "DashScope", "alibabacloud.com model-studio error codes"),
        .code("limit_requests", .rateLimit, "DashScope", "alibabacloud.com model-studio error codes"),
        .code("1302", .rateLimit, "Z.ai, BigModel (GLM)", "docs.z.ai error codes: too many requests"),
        .says("rate limit exceeded", .rateLimit, "many", "OpenRouter's and Mistral's words"),
        .says("rate limit reached", .rateLimit, "OpenAI", "platform.openai.com rate limits"),
        .says("exceeded your rate limit", .rateLimit, "many", "public issue reports"),
        .says("too many requests", .rateLimit, "many", "the reason phrase of 429"),
        .says("too many tokens, please wait", .rateLimit, "Bedrock", "ThrottlingException"),

        .says("request too large", .requestTooLarge, "OpenAI, Groq", "console.groq.com, 413; OpenAI's 429"),
        .says("request is too large", .requestTooLarge, "many", "public issue reports"),
        .says("input or output tokens must be reduced", .requestTooLarge, "OpenAI", "its 429 about tokens per minute"),
        .says("reduce the length of the messages", .requestTooLarge, "Groq", "console.groq.com"),
        .says("please reduce your message size", .requestTooLarge, "Groq", "console.groq.com, 413"),

        .says("per minute", .period, "all", "any limit of rate"),
        .says("per day", .period, "all", "any limit of rate"),
        .says("per hour", .period, "all", "any limit of rate"),
        .says("per second", .period, "all", "any limit of rate"),
        .says("tokens per min", .period, "OpenAI", "platform.openai.com rate limits"),

        .code("overloaded_error", .overloaded, "Anthropic", "docs.anthropic.com errors"),
        .code("engine_overloaded_error", .overloaded, "Moonshot", "platform.moonshot.ai error codes"),
        .code("modelnotreadyexception", .overloaded, "Bedrock", "docs.aws.amazon.com"),
        .code("1305", .overloaded, "Z.ai, BigModel (GLM)", "docs.z.ai error codes: too much traffic"),
    ]

    static let otherWords: [FailureRow] = [
        // What the model wrote could not be read by its own server.
        .word("tool_use_failed", .sampling, "Groq", "console.groq.com tool use, as 400"),
        .word("json_validate_failed", .sampling, "Groq", "console.groq.com structured outputs, as 400"),
        .word("output_parse_failed", .sampling, "Groq", "console.groq.com, as 400"),
        .code("malformed_function_call", .sampling, "Gemini", "ai.google.dev finish reasons"),
        .code("modelerrorexception", .sampling, "Bedrock", "docs.aws.amazon.com, as 424"),
        .code("modelstreamerrorexception", .sampling, "Bedrock", "docs.aws.amazon.com, as 424"),
        .says("failed to call a function", .sampling, "Groq", "console.groq.com tool use"),
        .says("failed to parse tool call arguments", .sampling, "Groq", "public issue reports"),
        .says("tool call validation failed", .sampling, "Groq", "console.groq.com tool use"),
        .says("model generated output that could not be parsed", .sampling, "Groq", "public issue reports"),
        .says("failed to generate json", .sampling, "Groq", "console.groq.com structured outputs"),

        // A server that cannot, whoever asks.
        .says("not supported", .notSupported, "all", "llama.cpp's 500 about an image without a projector"),
        .says("unsupported", .notSupported, "all", "the same in other words"),
        .says("does not support", .notSupported, "all", "the same in other words"),
        .says("doesn't support", .notSupported, "all", "the same in other words"),
        .says("not implemented", .notSupported, "all", "the reason phrase of 501"),
        .says("no support for", .notSupported, "all", "the same in other words"),
    ]

    /// Codes for a member of the request that is wrong by itself.
    static let members: [FailureRow] = [
        .code("invalid_value", .member, "OpenAI", "platform.openai.com error codes"),
        .code("invalid_type", .member, "OpenAI", "platform.openai.com error codes"),
        .code("unknown_parameter", .member, "OpenAI", "platform.openai.com error codes"),
        .code("unsupported_parameter", .member, "OpenAI", "platform.openai.com error codes"),
        .code("missing_required_parameter", .member, "OpenAI", "platform.openai.com error codes"),
        .code("invalid_image", .member, "OpenAI", "platform.openai.com error codes"),
        .code("invalid_image_url", .member, "OpenAI", "platform.openai.com: an address that cannot be fetched"),
        .code("invalid_image_format", .member, "OpenAI", "platform.openai.com error codes"),
        .code("invalid_base64", .member, "OpenAI", "platform.openai.com error codes"),
        .code("invalid_function_parameters", .member, "OpenAI", "platform.openai.com error codes"),
        .code("integer_above_max_value", .member, "OpenAI", "platform.openai.com error codes"),
        .code("integer_below_min_value", .member, "OpenAI", "platform.openai.com error codes"),
        .code("decimal_above_max_value", .member, "OpenAI", "platform.openai.com error codes"),
        .code("decimal_below_min_value", .member, "OpenAI", "platform.openai.com error codes"),
        .code("array_above_max_length", .member, "OpenAI", "platform.openai.com error codes"),
        .code("string_above_max_length", .member, "OpenAI", "platform.openai.com error codes"),
        .code("string_below_min_length", .member, "OpenAI", "platform.openai.com error codes"),
        .code("empty_string", .member, "OpenAI", "platform.openai.com error codes"),
        .code("literal_error", .member, "pydantic", "docs.pydantic.dev validation errors"),
        .code("value_error", .member, "pydantic", "docs.pydantic.dev validation errors"),
        .code("extra_forbidden", .member, "pydantic", "docs.pydantic.dev validation errors"),
    ]
}
