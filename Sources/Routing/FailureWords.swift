import JSONText
import Model

/// What a failure says about itself in words: codes and messages of OpenRouter (also inside `metadata.raw`), OpenAI,
/// Anthropic, Azure, Gemini, Bedrock and the servers that imitate them.
///
/// Codes are compared whole, and phrases are as long as they have to be: an ordinary 400 that mentions a context window or
/// a content filter is no such failure.
struct FailureWords {
    private var codes: Set<String> = []
    /// What was said, lower case; the texts apart by line feeds.
    private var said: [UInt8] = []
    private var isModeration = false

    init(_ failure: UpstreamFailure) {
        note(failure.message)
        if let type = failure.type { codes.insert(type.lowercased()) }
        if let code = failure.code, let word = FailureWords.parsed(code)?.string { codes.insert(word.lowercased()) }
        guard let bytes = failure.metadata else { return }
        guard let metadata = FailureWords.parsed(bytes) else {
            note(String(decoding: bytes.prefix(FailureWords.longestText), as: UTF8.self))
            return
        }
        if let type = metadata["error_type"]?.string { codes.insert(type.lowercased()) }
        isModeration = metadata["flagged_input"] != nil || metadata["patterns"]?.kind == .array
        if let raw = metadata["raw"] { note(raw: raw) }
    }

    /// `nil` for what is no JSON, or too long to be worth it.
    private static func parsed(_ bytes: [UInt8]) -> JSONNode? {
        guard bytes.count <= longestJSON else { return nil }
        return try? JSONTape(copying: bytes.span).root
    }

    private static let longestJSON = 64 << 10
    /// A long error says what it is near its beginning.
    private static let longestText = 8192
    private static let mostSaid = 4 * longestText

    private mutating func note(_ text: String) {
        guard said.count < FailureWords.mostSaid else { return }
        said.append(UInt8(ascii: "\n"))
        // The phrases are ASCII, so no other letter's case counts.
        said += text.utf8.prefix(FailureWords.longestText).map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
    }

    /// A provider's own error: a text, a text that is JSON, or an object.
    private mutating func note(raw: JSONNode) {
        guard let text = raw.string else { return note(object: raw) }
        if text.utf8.first == UInt8(ascii: "{"), let value = FailureWords.parsed(Array(text.utf8)) {
            note(object: value)
        } else {
            note(text)
        }
    }

    /// `{"error":{"code","type","message",…}}`, the same without `error`, or `{"error":"…"}`.
    private mutating func note(object: JSONNode) {
        let error = object["error"].flatMap { $0.isNull ? nil : $0 } ?? object
        if let text = error.string { return note(text) }
        for key: StaticString in ["message", "msg", "detail"] {
            if let text = error[key]?.string { note(text) }
        }
        for key: StaticString in ["code", "type", "status"] {
            if let word = error[key]?.string { codes.insert(word.lowercased()) }
        }
        for key: StaticString in ["innererror", "inner_error"] {
            if let word = error[key]?["code"]?.string { codes.insert(word.lowercased()) }
        }
    }

    /// The prompt, with what it asks for, is longer than the model takes.
    var saysContextWindow: Bool {
        !codes.isDisjoint(with: FailureWords.contextCodes)
            || says(FailureWords.contextPhrases)
    }

    /// The provider refuses what the prompt says.
    var saysContentPolicy: Bool {
        isModeration || !codes.isDisjoint(with: FailureWords.policyCodes)
            || says(FailureWords.policyPhrases)
    }

    /// One pass over what was said: a phrase is compared only where one begins.
    private func says(_ phrases: [(first: UInt16, text: [UInt8])]) -> Bool {
        var begins = [Bool](repeating: false, count: 256)
        for phrase in phrases { begins[Int(phrase.first >> 8)] = true }
        for place in said.indices.dropLast() {
            guard begins[Int(said[place])] else { continue }
            let pair = UInt16(said[place]) << 8 | UInt16(said[place + 1])
            for phrase in phrases where phrase.first == pair && said[place...].starts(with: phrase.text) { return true }
        }
        return false
    }

    /// One request asks for more than a limit of the account takes at all (OpenAI's 429 about tokens per minute).
    var saysRequestTooLarge: Bool {
        says(FailureWords.tooLargePhrases)
    }

    /// The same where the status says less (Groq's 413).
    var saysOverRateLimit: Bool {
        saysRequestTooLarge && says(FailureWords.periodPhrases)
    }

    /// The server cannot do what is asked, whoever asks (llama.cpp's 500 about an image without a projector).
    var saysNotSupported: Bool {
        says(FailureWords.notSupportedPhrases)
    }

    /// A refusal of what this one request says, not of the account that sends it.
    var refusesInput: Bool {
        says(FailureWords.inputPhrases)
            && !says(FailureWords.accountPhrases)
    }

    private static let tooLargePhrases = phrases([
        "request too large", "request is too large", "input or output tokens must be reduced",
        "reduce the length of the messages", "please reduce your message size",
    ])

    private static let periodPhrases = phrases(["per minute", "per day"])

    private static let notSupportedPhrases = phrases([
        "not supported", "unsupported", "does not support", "doesn't support", "not implemented", "no support for",
    ])

    private static let inputPhrases = phrases([
        "moderation", "flagged", "prompt", "your input", "the input", "input was", "harmful", "unsafe", "inappropriate",
        "request blocked", "request was blocked", "guardrail", "content policy", "safety",
    ])

    private static let accountPhrases = phrases([
        "api key", "api_key", "key limit", "your key", "account", "organization", "project", "country", "region",
        "territory", "billing", "credit", "subscription", "permission", "not authorized", "not allowed to",
        "access to", "quota",
    ])

    private static let contextCodes: Set<String> = [
        "context_length_exceeded", "token_limit_exceeded", "max_tokens_exceeded", "exceed_context_size_error",
    ]

    private static let contextPhrases = phrases([
        "context_length_exceeded",
        // OpenAI, vLLM, DeepSeek, Mistral, OpenRouter; OpenAI's Responses; xAI
        "maximum context length", "exceeds the context window", "maximum prompt length is",
        // Anthropic
        "prompt is too long", "exceed context limit",
        // vLLM, TGI, llama.cpp, Ollama
        "longer than the maximum model length", "longer than the model's context length",
        "`inputs` tokens + `max_new_tokens` must be", "exceeds the available context size",
        "exceeds the context length",
        // Gemini, Bedrock, Azure, Cohere
        "exceeds the maximum number of tokens allowed", "input is too long for requested model", "input too long:",
        "model's maximum context limit", "input tokens exceed the configured limit",
        "number of tokens in the prompt cannot exceed",
    ])

    private static let policyCodes: Set<String> = [
        "content_policy_violation", "content_filter", "responsibleaipolicyviolation", "moderation_blocked",
        "safety_violation",
    ]

    private static let policyPhrases = phrases([
        "content_policy_violation",
        // OpenAI
        "as a result of our safety system", "flagged as potentially violating our usage polic",
        "rejected by the safety system",
        // Azure, Anthropic
        "content management policy", "content filtering policy",
        // OpenRouter
        "requires moderation", "prompt injection patterns",
    ])

    /// With the two bytes that each begins with.
    private static func phrases(_ texts: [String]) -> [(first: UInt16, text: [UInt8])] {
        texts.map { text in
            let bytes = Array(text.utf8)
            return (UInt16(bytes[0]) << 8 | UInt16(bytes[1]), bytes)
        }
    }
}
