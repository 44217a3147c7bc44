internal import JSONText

/// The configured text as a request wants it: as JSON of its schema, up to its stop sequence, within its limit. Value.
struct CannedText {
    let text: String
    /// It was cut by the limit of tokens.
    let isCut: Bool
    /// In this text's own count, in which a word is one token and a long word several.
    let tokens: Int

    /// LiteLLM's fixed count, when no limit is lower.
    private static let usualTokens = 20
    private static let bytesOfToken = 6

    init(_ configured: String, _ request: CannedRequest) {
        var text = configured
        // Who has configured JSON has said what it should be.
        if let schema = request.schema, (try? JSONValue.parse(configured))?.objectValue == nil {
            text = String(decoding: CannedJSON.value(of: schema, text: configured).serialized(), as: UTF8.self)
        }
        self.init(uncut: text, request)
    }

    /// Arguments of a tool: cut like any text, and never looked through for stop sequences.
    init(arguments: JSONValue, _ request: CannedRequest) {
        self.init(uncut: String(decoding: arguments.serialized(), as: UTF8.self), request, stops: [])
    }

    private init(uncut text: String, _ request: CannedRequest, stops: [String]? = nil) {
        var bytes = Substring(text)
        for stop in stops ?? request.stops {
            if let found = bytes.firstRange(of: stop) { bytes = bytes[..<found.lowerBound] }
        }
        let usual = CannedText.usualTokens
        guard let most = request.mostTokens, let end = CannedText.end(of: bytes, afterTokens: most) else {
            (self.text, isCut, tokens) = (String(bytes), false, min(request.mostTokens ?? usual, usual))
            return
        }
        (self.text, isCut, tokens) = (String(bytes[..<end]), true, most)
    }

    /// Where `count` tokens of `text` end; `nil` when it has no more than these.
    private static func end(of text: Substring, afterTokens count: Int) -> Substring.Index? {
        var tokens = 0
        var length = 0
        var wasBlank = true
        for index in text.indices {
            let isBlank = text[index].isWhitespace
            if length == bytesOfToken || isBlank && !wasBlank || tokens == 0 {
                if tokens == count { return index }
                tokens += 1
                length = 0
            }
            length += 1
            wasBlank = isBlank
        }
        return nil
    }
}
