internal import HTTPServer
internal import HTTPWire
internal import Observability

/// Which of an upstream's header fields a client may see. Everything else stays here: it may hold a key or a cookie.
enum UpstreamFields {
    private static let passed = FieldNames(
        .xRateLimitLimit, .xRateLimitRemaining, .xRateLimitReset, .xRateLimitLimitRequests, .xRateLimitLimitTokens,
        .xRateLimitRemainingRequests, .xRateLimitRemainingTokens, .xRateLimitResetRequests, .xRateLimitResetTokens,
        .retryAfter, .retryAfterMs, .xRequestID, .requestID, .openAIProcessingMs, .openAIVersion, .xGenerationID,
        .xOpenRouterCacheStatus)

    /// Under `llm_provider-<name>`, as LiteLLM does; what OpenRouter says of its own routing (`x-openrouter-…`,
    /// `x-generation-id`) under its own name as well. The values are the upstream's and so redacted like all of its words.
    static func pass(_ upstream: FieldBlock, into fields: inout ResponseFields, _ redactor: Redactor) {
        upstream.forEach(of: passed) { name, value in
            let text = redactor.redact(upstream.string(value))
            fields.add(name: "llm_provider-\(name.text)", value: text)
            if name == .xGenerationID { fields.add("x-generation-id", text) }
            if name == .xOpenRouterCacheStatus { fields.add("x-openrouter-cache-status", text) }
        }
        upstream.forEachOther(startingWith: "x-openrouter-") { name, value in
            fields.add(name: upstream.string(name).lowercased(), value: redactor.redact(upstream.string(value)))
        }
    }
}
