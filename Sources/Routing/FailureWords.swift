import JSONText
import Model

/// What a failure says about itself in words: codes and messages of the upstream, also those inside `metadata.raw`
/// (OpenRouter) and in members beyond the usual ones (Google's `details`), compared with the rows of ``FailureTable``.
struct FailureWords {
    /// Which phrases count.
    enum Reading {
        case all
        /// Those that are the upstream's own: not what it quotes of the request, nor what is known as an echo of it.
        case own
        /// None: codes alone.
        case codes
    }

    private var codes: Set<String> = []
    /// What was said, lower case.
    private var texts: [[UInt8]] = []
    private var size = 0
    private(set) var isModeration = false
    /// Which LiteLLM names at the start of the message.
    private(set) var litellmClass: FailureClass?
    /// `param` names a member that has nothing to do with the account.
    private var isOfMember = false
    private var found: (ofRequest: FailureMeanings, ofAnything: FailureMeanings) = ([], [])
    private var foundCodes: FailureMeanings = []
    private let reading: Reading
    private let echoes: Set<DoubtfulWords>
    /// The words that were found.
    private(set) var telling: [DoubtfulWords] = []

    init(_ failure: UpstreamFailure, _ reading: Reading) {
        self.reading = reading
        echoes = Set(failure.echoes)
        note(failure.message)
        if let type = failure.type { note(code: type) }
        if let code = failure.code { note(code: FailureWords.scalar(code)) }
        if let bytes = failure.metadata { note(metadata: bytes) }
        if let bytes = failure.otherMembers, let members = FailureWords.parsed(bytes) { noteReasons(in: members) }
        for code in codes { if let meanings = FailureTable.codes[code] { foundCodes.formUnion(meanings) } }
        let param = failure.param.flatMap(FailureWords.scalar) ?? ""
        isOfMember =
            foundCodes.contains(.member) || !param.isEmpty && !FailureWords.otherParams.contains(param.lowercased())
        noteLiteLLMClass(failure.message)
        for match in matches(of: FailureTable.phrases) {
            found.ofRequest.insert(match.meaning)
            if !match.isOfRequestsOnly { found.ofAnything.insert(match.meaning) }
        }
    }

    /// What `param` says where the request is not at fault.
    private static let otherParams: Set<String> = [
        "model", "models", "key", "api_key", "apikey", "api-key", "x-api-key", "authorization", "token", "none", "null",
        "account", "billing", "organization", "project", "quota", "region",
    ]

    // MARK: what counts

    /// What is found of `phrases`, as far as it counts.
    private mutating func matches(of phrases: FailurePhrases) -> [FailurePhrases.Match] {
        guard reading != .codes else { return [] }
        var matches: [FailurePhrases.Match] = []
        for text in texts {
            let found = phrases.matches(in: text)
            let quotes = reading == .all || found.isEmpty ? [] : QuotedRequest.ranges(in: text)
            for match in found {
                let words = FailureWords.words(match, in: text)
                if reading == .own, quotes.contains(where: { $0.contains(match.range) }) || echoes.contains(words) {
                    continue
                }
                if match.meaning != .period, telling.count < FailureWords.mostTelling, !telling.contains(words) {
                    telling.append(words)
                }
                matches.append(match)
            }
        }
        return matches
    }

    private mutating func noteLiteLLMClass(_ message: String) {
        guard reading != .codes, let (failureClass, names) = LiteLLMClassName.find(in: message) else { return }
        let words = DoubtfulWords(phrase: RequestEcho.normalized(names), sentence: nil)
        if reading == .own, echoes.contains(words) { return }
        litellmClass = failureClass
        telling.append(words)
    }

    private static let mostTelling = 16

    /// Nobody shall be able to rest a deployment with words of his own, so there the phrase alone makes it doubtful. Prompts
    /// that speak of context windows shall still find their fallback, so everywhere else more is asked of an echo.
    private static func words(_ match: FailurePhrases.Match, in text: [UInt8]) -> DoubtfulWords {
        let phrase = RequestEcho.normalized(text[match.range])
        if match.meaning.restsDeployments { return DoubtfulWords(phrase: phrase, sentence: nil) }
        var range = match.range
        while range.lowerBound > 0, range.count < longestSentence, !isEnd(at: range.lowerBound - 1, of: text) {
            range = range.lowerBound - 1..<range.upperBound
        }
        while range.upperBound < text.count, range.count < longestSentence, !isEnd(at: range.upperBound, of: text) {
            range = range.lowerBound..<range.upperBound + 1
        }
        return DoubtfulWords(phrase: phrase, sentence: RequestEcho.normalized(text[range]))
    }

    private static let longestSentence = 512

    /// What ends a sentence, or a value within it.
    private static func isEnd(at place: Int, of text: [UInt8]) -> Bool {
        switch text[place] {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: "="), UInt8(ascii: ";"),
            UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"),
            UInt8(ascii: "}"), UInt8(ascii: "<"), UInt8(ascii: ">"), 0..<0x20:
            true
        case UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "!"), UInt8(ascii: "?"):
            place + 1 == text.count || text[place + 1] <= 0x20 || text[place + 1] == text[place]
        default: false
        }
    }

    // MARK: reading it

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
        guard size < FailureWords.mostSaid else { return }
        // The phrases' letters with a case are ASCII, so no other letter's case counts.
        let said = text.utf8.prefix(FailureWords.longestText).map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
        size += said.count
        texts.append(said)
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
    func says(_ meaning: FailureMeaning) -> Bool { hasCode(of: meaning) || hasPhrase(of: meaning) }

    /// The same whatever the status is: phrases that a server's own trouble may use as well do not count.
    func saysClearly(_ meaning: FailureMeaning) -> Bool {
        foundCodes.contains(meaning) || found.ofAnything.contains(meaning)
    }

    /// By code alone.
    func hasCode(of meaning: FailureMeaning) -> Bool { foundCodes.contains(meaning) }

    /// By phrase alone. What is said of a member of the request says nothing of a key, a rate or a server.
    func hasPhrase(of meaning: FailureMeaning) -> Bool {
        found.ofRequest.contains(meaning) && !(isOfMember && meaning.restsDeployments)
    }

    /// The prompt, with what it asks for, is longer than the model takes. A limit for a minute or a day is another thing.
    var saysContextWindow: Bool { hasPhrase(of: .contextWindow) && !says(.period) }

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
    mutating func refusesInput() -> Bool {
        let input = matches(of: FailureWords.inputWords)
        let account = matches(of: FailureWords.accountWords)
        return !input.isEmpty && account.isEmpty
    }

    private static let inputWords = FailurePhrases(
        [
            "moderation", "flagged", "prompt", "your input", "the input", "input was", "harmful", "unsafe",
            "inappropriate", "request blocked", "request was blocked", "guardrail", "content policy", "safety",
        ].map { ($0, .contentPolicy, false) })

    private static let accountWords = FailurePhrases(
        [
            "api key", "api_key", "key limit", "your key", "account", "organization", "project", "country", "region",
            "territory", "billing", "credit", "subscription", "permission", "not authorized", "not allowed to",
            "access to", "quota",
        ].map { ($0, .payment, false) })
}
