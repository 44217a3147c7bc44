internal import CJSONText

/// How far a walk has come that is made in parts, so that a text of megabytes need not be read at a stretch. A value.
struct WalkState: Sendable {
    var hasBegun = false
    /// The first byte of the next value, or of the string that is being read.
    var at = 0
    var depth = 0
    var objects: UInt128 = 0
    var string = StringState()

    /// What has been looked at.
    var reached: Int { max(at, string.at) }
}

/// How far a string has been read. A value.
struct StringState: Sendable {
    /// 0 outside of a string.
    fileprivate(set) var at = 0
    private var hasEscapes = false

    init() {}

    /// So much has to be left for a part to be worth it.
    private static let leastPart = 4096

    /// Reads on in the string whose opening quote is at `start`, as far as about `limit`.
    ///
    /// - Returns: its end; `nil` when that is further away.
    mutating func scan(_ bytes: Span<UInt8>, from start: Int, upTo limit: Int) throws(JSONError) -> StringEnd? {
        let from = at > start ? at : start &+ 1
        if bytes.count &- from >= 16, let place = unsafe firstStop(UncheckedStringStop.self, inBlockOf: bytes, from),
            bytes.byte(from &+ place) == ASCII.quote
        {
            return end(from &+ place, hasEscapes)
        }
        // The end of the text is near, so the string ends soon, one way or the other.
        if bytes.count &- from <= StringState.leastPart || limit >= bytes.count {
            let rest = try scanString(bytes, from: from)
            return end(rest.quote, hasEscapes || rest.hasEscapes)
        }
        var place = from
        while place < max(limit, from &+ StringState.leastPart / 2) {
            let bound = min(bytes.count, max(limit, from &+ StringState.leastPart))
            let run = unsafe bytes.withUnsafeBufferPointer { text in
                unsafe penstock_json_run(text.baseAddress, place, bound)
            }
            hasEscapes = hasEscapes || run.has_escapes != 0
            let moved = run.end > place
            place = run.end
            if bytes.byte(place) == ASCII.quote { return end(place, hasEscapes) }
            if bytes.byte(place) == ASCII.backslash, bytes.byte(place &+ 1) == UInt8(ascii: "u") {
                hasEscapes = true
                place = try scanUnicodeEscape(bytes, place)
            } else if !moved {
                // Close to the bound, or something is wrong here: one character tells.
                guard let next = try character(bytes, at: place) else { return end(place, hasEscapes) }
                place = next
            }
        }
        at = place
        return nil
    }

    /// The offset after the character at `place`; `nil` when the string ends there.
    private mutating func character(_ bytes: Span<UInt8>, at place: Int) throws(JSONError) -> Int? {
        let byte = bytes.byte(place)
        switch byte {
        case ASCII.quote: return nil
        case ASCII.backslash:
            hasEscapes = true
            return try scanEscape(bytes, place)
        case 0x80...:
            let length = lengthOfUTF8Sequence(bytes, place)
            if length == 0 { throw JSONError(.invalidUTF8, at: place) }
            return place &+ length
        case 0x20...: return place &+ 1
        default: throw JSONError(.controlCharacter, at: place)
        }
    }

    private mutating func end(_ quote: Int, _ hasEscapes: Bool) -> StringEnd {
        (at, self.hasEscapes) = (0, false)
        return StringEnd(quote: quote, hasEscapes: hasEscapes)
    }
}
