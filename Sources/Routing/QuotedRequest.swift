/// Where an error quotes the request: `Invalid value for 'stop': "invalid api key"` says nothing of a key.
///
/// Quotes count as the request's behind words that find fault with a member or with what is said (pydantic's and jsonschema's
/// words among them), or before words that find fault with what stands in them (`'x' is not one of …`). All others may be an
/// error within an error, as proxies pass it on.
enum QuotedRequest {
    /// - Parameter text: lower case.
    /// - Returns: the ranges within the quotes; of quotes within quotes those as well.
    static func ranges(in text: [UInt8]) -> [Range<Int>] {
        let introduction = introductions.matches(in: text).first?.range.upperBound ?? text.count
        var ranges: [Range<Int>] = []
        var open: [(mark: UInt8, start: Int)] = []

        /// Those inside it, which nobody closed, end there too.
        func close(_ depth: Int, at end: Int, isSubject: Bool) {
            let start = open[depth].start
            open.removeSubrange(depth...)
            if start > introduction || isSubject { ranges.append(start..<end) }
        }

        var place = 0
        while place < text.count {
            guard let (mark, length) = mark(in: text, at: place) else {
                place += 1
                continue
            }
            let behind = place + length
            let isInWord = place > 0 && isOfWord(text[place - 1])
            let isBeforeWord = behind < text.count && isOfWord(text[behind])
            if !isBeforeWord, let depth = open.lastIndex(where: { $0.mark == mark }) {
                close(depth, at: place, isSubject: isSubject(behind: behind, text))
            } else if !isInWord, open.count < deepest {
                open.append((mark, behind))
            }
            place = behind
        }
        if !open.isEmpty { close(0, at: text.count, isSubject: false) }
        return ranges
    }

    /// Nobody quotes deeper.
    private static let deepest = 8

    /// A quotation mark, and its length; those that differ at both ends count as one.
    private static func mark(in text: [UInt8], at place: Int) -> (UInt8, Int)? {
        switch text[place] {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): return (text[place], 1)
        case 0xE2 where place + 2 < text.count && text[place + 1] == 0x80:
            switch text[place + 2] {
            case 0x98, 0x99: return (UInt8(ascii: "'"), 3)
            case 0x9C, 0x9D: return (UInt8(ascii: "\""), 3)
            default: return nil
            }
        default: return nil
        }
    }

    private static func isOfWord(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte >= 0x80 && byte != 0xE2
    }

    private static func isSubject(behind place: Int, _ text: [UInt8]) -> Bool {
        predicates.contains { text[place...].starts(with: $0.utf8) }
    }

    private static let predicates = [
        " is not ", " is no ", " is invalid", " is an invalid", " is unknown", " is an unknown", " is unsupported",
        " is too ", " isn't ", " was not ", " does not match", " not in ", " must ", " should ", " cannot be ",
        " could not be ",
    ]

    private static let introductions = FailurePhrases(
        [
            // A member's value: OpenAI, Google, Azure, Mistral.
            "invalid value", "invalid '", "invalid \"", "invalid `", "invalid type", "invalid parameter",
            "invalid argument", "invalid input", "invalid enum", "invalid choice", "invalid option", "invalid format",
            "invalid schema", "invalid role", "invalid content", "invalid image", "invalid url", "invalid json",
            "invalid tool", "invalid function", "invalid stop", "invalid name", "invalid character", "invalid literal",
            "invalid message", "unknown role", "unsupported content", "unsupported role", "unsupported tool",
            "unknown parameter", "unknown name", "unknown field", "unknown argument", "unknown value",
            "unknown variant", "unrecognized", "unexpected", "unsupported value", "unsupported parameter",
            "unsupported type", "not permitted", "but got", "but received", "the value ", "value:", "parameter ",
            "argument ", "property ", "field ",
            // pydantic, FastAPI, jsonschema.
            "input should be", "validation error", "value error", "input_value=", "'input':", "\"input\":", "'ctx':",
            "\"ctx\":", "does not match", "did not match",
            // Go, Rust, C++.
            "failed to parse", "could not parse", "cannot parse", "unable to parse", "failed to deserialize",
            "cannot unmarshal", "failed to decode", "cannot convert", "parse error", "syntax error", "last read:",
            // What the prompt says.
            "flagged", "blocked", "violat", "content policy", "content filter", "usage polic", "moderation", "safety",
            "prohibited", "harmful", "inappropriate", "sensitive", "guardrail", "your prompt", "the prompt",
            "your input", "the input ", "your message", "your request contains",
        ].map { ($0, .contentPolicy, false) })
}
