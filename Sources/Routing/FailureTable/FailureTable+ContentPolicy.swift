extension FailureTable {
    /// The provider refuses what is said.
    static let contentPolicy: [FailureRow] = [
        .word(
            "content_policy_violation", .contentPolicy, "OpenAI, OpenRouter",
            "platform.openai.com, images and moderation"),
        .code(
            "content_filter", .contentPolicy, "Azure OpenAI, Moonshot",
            "learn.microsoft.com content filters; platform.moonshot.ai"),
        .code("responsibleaipolicyviolation", .contentPolicy, "Azure OpenAI", "learn.microsoft.com, innererror"),
        .code("moderation_blocked", .contentPolicy, "OpenAI", "platform.openai.com, images"),
        .code("safety_violation", .contentPolicy, "proxies", "public issue reports"),
        .code("data_inspection_failed", .contentPolicy, "DashScope", "alibabacloud.com model-studio error codes"),
        .code("datainspectionfailed", .contentPolicy, "DashScope", "alibabacloud.com model-studio error codes"),
        .code("sensitivecontentdetected", .contentPolicy, "Volcengine", "volcengine.com ark error codes"),
        .code("inputtextsensitivecontentdetected", .contentPolicy, "Volcengine", "volcengine.com ark error codes"),
        .code("1301", .contentPolicy, "Z.ai, BigModel (GLM)", "docs.z.ai error codes: unsafe or sensitive content"),
        .code("contentpolicyviolationerror", .contentPolicy, "LiteLLM", "its exception classes"),

        .says("as a result of our safety system", .contentPolicy, "OpenAI", "platform.openai.com"),
        .says("flagged as potentially violating our usage polic", .contentPolicy, "OpenAI", "reasoning models' 400"),
        .says("rejected by the safety system", .contentPolicy, "OpenAI", "platform.openai.com"),
        .says("content management policy", .contentPolicy, "Azure OpenAI", "learn.microsoft.com content filters"),
        .says("content filtering policy", .contentPolicy, "Anthropic", "output blocked by content filtering policy"),
        .says("requires moderation", .contentPolicy, "OpenRouter", "openrouter.ai errors-and-debugging"),
        .says("prompt injection patterns", .contentPolicy, "OpenRouter", "openrouter.ai guardrails"),
        .says(
            "may contain inappropriate content", .contentPolicy, "DashScope",
            "alibabacloud.com model-studio error codes"),
        .says("content exists risk", .contentPolicy, "DeepSeek", "api-docs.deepseek.com; public issue reports"),
        .says("considered high risk", .contentPolicy, "Moonshot", "platform.moonshot.ai: the request was rejected"),
        .says("content violates usage guidelines", .contentPolicy, "xAI", "docs.x.ai; its 403"),
        .says("may contain sensitive information", .contentPolicy, "Volcengine", "volcengine.com ark error codes"),
        .says("new_sensitive", .contentPolicy, "MiniMax", "platform.minimax.io error codes 1026, 1027"),
        .says("blocked by our content policy", .contentPolicy, "proxies", "public issue reports"),
        .says("violated guardrail policy", .contentPolicy, "LiteLLM", "its guardrails' 400"),
        .says("guardrail_intervened", .contentPolicy, "Bedrock", "docs.aws.amazon.com guardrails"),
    ]
}
