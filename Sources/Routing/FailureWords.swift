import JSONText
import Model

/// What a failure says about itself in words: codes and messages of the upstream, also those inside `metadata.raw`
/// (OpenRouter) and in members beyond the usual ones (Google's `details`), compared with the rows of ``FailureTable``.
struct FailureWords {
    private var codes: Set<String> = []
    /// What was said, lower case; the texts apart by line feeds.
    private var said: [UInt8] = []
    private var isModeration = false
    private var found: (ofRequest: FailureMeanings, ofAnything: FailureMeanings) = ([], [])
    private var foundCodes: FailureMeanings = []

    init(_ failure: UpstreamFailure) {
        note(failure.message)
        if let type = failure.type { note(code: type) }
        if let code = failure.code { note(code: FailureWords.scalar(code)) }
        if let bytes = failure.metadata { note(metadata: bytes) }
        if let bytes = failure.otherMembers, let members = FailureWords.parsed(bytes) { noteReasons(in: members) }
        found = FailureTable.phrases.meanings(in: said)
        for code in codes { if let meanings = FailureTable.codes[code] { foundCodes.formUnion(meanings) } }
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
    private static let longestCode = 100
    private static let mostCodes = 32

    private mutating func note(_ text: String) {
        guard said.count < FailureWords.mostSaid else { return }
        said.append(UInt8(ascii: "\n"))
        // The phrases' letters with a case are ASCII, so no other letter's case counts.
        said += text.utf8.prefix(FailureWords.longestText).map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
    }

    private mutating func note(code: String?) {
        guard let code, code.utf8.count <= FailureWords.longestCode, codes.count < FailureWords.mostCodes else {
            return
        }
        codes.insert(code.lowercased())
    }

    /// A code is a word, or a number of the provider's own (GLM's 1261).
    private static func scalar(_ bytes: [UInt8]) -> String? {
        guard bytes.count <= longestCode, let node = parsed(bytes) else { return nil }
        return word(node)
    }

    private static func word(_ node: JSONNode?) -> String? {
        guard let node else { return nil }
        return node.string ?? node.int.map(String.init)
    }

    private mutating func note(metadata bytes: [UInt8]) {
        guard let metadata = FailureWords.parsed(bytes) else {
            note(String(decoding: bytes.prefix(FailureWords.longestText), as: UTF8.self))
            return
        }
        note(code: metadata["error_type"]?.string)
        note(code: FailureWords.word(metadata["provider_code"]))
        isModeration = metadata["flagged_input"] != nil || metadata["patterns"]?.kind == .array
        if let raw = metadata["raw"] { note(raw: raw) }
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
        for key: StaticString in ["code", "type", "status"] { note(code: FailureWords.word(error[key])) }
        noteReasons(in: error)
    }

    /// What stands deeper: Azure's `innererror.code`, Google's `status` and `details[].reason`.
    private mutating func noteReasons(in error: JSONNode) {
        for key: StaticString in ["status", "reason", "error_type", "error_code"] {
            note(code: FailureWords.word(error[key]))
        }
        for key: StaticString in ["innererror", "inner_error"] { note(code: error[key]?["code"]?.string) }
        guard let details = error["details"], details.kind == .array else { return }
        for detail in details.elements.prefix(8) { note(code: detail["reason"]?.string) }
    }

    // MARK: what it says

    /// Of a status that speaks of the request, by code or by phrase.
    func says(_ meaning: FailureMeaning) -> Bool {
        foundCodes.contains(meaning) || found.ofRequest.contains(meaning)
    }

    /// The same whatever the status is: phrases that a server's own trouble may use as well do not count.
    func saysClearly(_ meaning: FailureMeaning) -> Bool {
        foundCodes.contains(meaning) || found.ofAnything.contains(meaning)
    }

    /// By code alone.
    func hasCode(of meaning: FailureMeaning) -> Bool { foundCodes.contains(meaning) }

    /// The prompt, with what it asks for, is longer than the model takes. A limit for a minute or a day is another thing.
    var saysContextWindow: Bool {
        hasCode(of: .contextWindow) || says(.contextWindow) && !says(.period)
    }

    var saysContextWindowClearly: Bool {
        hasCode(of: .contextWindow) || saysClearly(.contextWindow) && !says(.period)
    }

    /// The provider refuses what the prompt says.
    var saysContentPolicy: Bool { isModeration || says(.contentPolicy) }

    /// One request asks for more than a limit of the account takes at all (OpenAI's 429 about tokens per minute).
    var saysRequestTooLarge: Bool { says(.requestTooLarge) }

    /// The same where the status says less (Groq's 413).
    var saysOverRateLimit: Bool { says(.requestTooLarge) && (says(.period) || hasCode(of: .rateLimit)) }

    /// A refusal of what this one request says, not of the account that sends it.
    var refusesInput: Bool {
        mentions(FailureWords.inputWords) && !mentions(FailureWords.accountWords)
    }

    private func mentions(_ words: FailurePhrases) -> Bool { !words.meanings(in: said).ofRequest.isEmpty }

    private static let inputWords = words([
        "moderation", "flagged", "prompt", "your input", "the input", "input was", "harmful", "unsafe", "inappropriate",
        "request blocked", "request was blocked", "guardrail", "content policy", "safety",
    ])

    private static let accountWords = words([
        "api key", "api_key", "key limit", "your key", "account", "organization", "project", "country", "region",
        "territory", "billing", "credit", "subscription", "permission", "not authorized", "not allowed to",
        "access to", "quota",
    ])

    private static func words(_ words: [String]) -> FailurePhrases {
        FailurePhrases(words.map { ($0, .contentPolicy, false) })
    }
}
