internal import HTTPServer
internal import HTTPWire

/// Which of an upstream's header fields a client may see. Everything else stays here: it may hold a key or a cookie.
enum UpstreamFields {
    private static let allowed: [StaticString] = [
        "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-limit-requests",
        "x-ratelimit-limit-tokens", "x-ratelimit-remaining-requests", "x-ratelimit-remaining-tokens",
        "x-ratelimit-reset-requests", "x-ratelimit-reset-tokens", "retry-after", "retry-after-ms", "x-request-id",
        "request-id", "openai-processing-ms", "openai-version", "x-generation-id", "x-openrouter-cache-status",
    ]

    /// Under `llm_provider-<name>`, as LiteLLM does; OpenRouter's generation id under its own name as well.
    static func pass(_ upstream: FieldBlock, into fields: inout ResponseFields) {
        upstream.forEach { name, value in
            // All of them begin with one of these, and few of the others do.
            switch upstream.bytes[name.lowerBound] | 0x20 {
            case UInt8(ascii: "x"), UInt8(ascii: "r"), UInt8(ascii: "o"): break
            default: return
            }
            guard let known = allowed.first(where: { upstream.matches(name, $0) }) else { return }
            let text = upstream.string(value)
            fields.add(name: "llm_provider-\(known)", value: text)
            if upstream.matches(name, "x-generation-id") { fields.add("x-generation-id", text) }
        }
    }
}
