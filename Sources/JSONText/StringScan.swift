/// Where a string literal ends.
struct StringEnd {
    /// Offset of the closing quote.
    var quote: Int
    var hasEscapes: Bool
}

/// Validates the rest of a string literal: escapes, paired surrogates, no control characters, UTF-8.
///
/// - Parameter start: just past the opening quote.
@inline(__always)
func scanString(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> StringEnd {
    // Keys and short values end within one block. `start` stands behind a byte of the text, so it is not negative.
    guard bytes.count &- start >= 16, let place = unsafe firstStop(UncheckedStringStop.self, inBlockOf: bytes, start)
    else { return try scanLongString(bytes, from: start) }
    let at = start &+ place
    if unsafe bytes[unchecked: at] == ASCII.quote { return StringEnd(quote: at, hasEscapes: false) }
    return try scanSpecialString(bytes, from: at)
}

/// The same for a string that is longer than a block, or close to the end of the text.
@inline(never)
private func scanLongString(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> StringEnd {
    let at = endOfRun(UncheckedStringStop.self, in: bytes, from: start, to: bytes.count)
    if bytes.byte(at) == ASCII.quote { return StringEnd(quote: at, hasEscapes: false) }
    return try scanSpecialString(bytes, from: at)
}

/// The same for a string that is not plain ASCII. `start` may be any character's first byte.
@inline(never)
private func scanSpecialString(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> StringEnd {
    var at = start
    var hasEscapes = false
    while at < bytes.count {
        let byte = bytes[at]
        if byte == ASCII.backslash {
            hasEscapes = true
            at = try scanEscape(bytes, at)
            // Escapes come in rows (`\"\n`) and close to the end.
            if bytes.byte(at) == ASCII.backslash { continue }
        } else if byte >= 0x80 {
            at = byte < 0xE0 ? endOfTwoByteRow(bytes, from: at) : endOfThreeByteRow(bytes, from: at)
            if bytes.byte(at) < 0x80 { continue }
            let length = lengthOfUTF8Sequence(bytes, at)
            if length == 0 { throw JSONError(.invalidUTF8, at: at) }
            at += length
            if bytes.byte(at) >= 0x80 { continue }
        } else if byte == ASCII.quote {
            return StringEnd(quote: at, hasEscapes: hasEscapes)
        } else if byte < 0x20 {
            throw JSONError(.controlCharacter, at: at)
        }
        at = endOfRun(UncheckedStringStop.self, in: bytes, from: at, to: bytes.count)
    }
    throw JSONError(.unexpectedEnd, at: bytes.count)
}

/// The offset after the escape whose backslash is at `at`; a surrogate pair counts as one escape.
@inline(__always)
private func scanEscape(_ bytes: Span<UInt8>, _ at: Int) throws(JSONError) -> Int {
    switch bytes.byte(at + 1) {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
        UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
        return at + 2
    case UInt8(ascii: "u"):
        return try scanUnicodeEscape(bytes, at)
    default:
        throw at + 1 < bytes.count ? JSONError(.invalidEscape, at: at) : JSONError(.unexpectedEnd, at: bytes.count)
    }
}

private func scanUnicodeEscape(_ bytes: Span<UInt8>, _ at: Int) throws(JSONError) -> Int {
    guard let unit = fourHexDigits(bytes, at + 2) else {
        throw at + 6 <= bytes.count ? JSONError(.invalidEscape, at: at) : JSONError(.unexpectedEnd, at: bytes.count)
    }
    guard unit & 0xF800 == 0xD800 else { return at + 6 }
    guard unit < 0xDC00, bytes.byte(at + 6) == ASCII.backslash, bytes.byte(at + 7) == UInt8(ascii: "u"),
        let second = fourHexDigits(bytes, at + 8), second & 0xFC00 == 0xDC00
    else { throw JSONError(.loneSurrogate, at: at) }
    return at + 12
}

/// The number written in the four bytes from `at`; nil when one of them is missing or no hexadecimal digit.
func fourHexDigits(_ bytes: Span<UInt8>, _ at: Int) -> UInt32? {
    var value: UInt32 = 0
    for offset in at..<at + 4 {
        let byte = bytes.byte(offset)
        let letter = byte | 0x20
        let digit: UInt8
        if byte &- 0x30 < 10 {
            digit = byte &- 0x30
        } else if letter &- 0x61 < 6 {
            digit = letter &- 0x57
        } else {
            return nil
        }
        value = value << 4 | UInt32(digit)
    }
    return value
}

/// The offset after as many valid two-byte UTF-8 sequences as follow each other from `start`, up to four at a time: the
/// words of Greek, Cyrillic, Hebrew and Arabic text. What it leaves is not thereby invalid.
@inline(__always)
private func endOfTwoByteRow(_ bytes: Span<UInt8>, from start: Int) -> Int {
    var at = start
    while bytes.count &- at >= 8 {
        let word = loadWord(bytes, at)
        // Sixteen bits for each sequence, the lead lowest. Neither sum reaches the neighbour.
        let wrong = (word & 0xC0E0_C0E0_C0E0_C0E0) ^ 0x80C0_80C0_80C0_80C0
        let isWrong = (wrong & 0x7FFF_7FFF_7FFF_7FFF &+ 0x7FFF_7FFF_7FFF_7FFF) | wrong
        // C0 and C1 would be overlong: one of the lead's other bits is set.
        let isLong = word & 0x001E_001E_001E_001E &+ 0x7FFF_7FFF_7FFF_7FFF
        let bad = (isWrong | ~isLong) & 0x8000_8000_8000_8000
        if bad != 0 { return at &+ bad.trailingZeroBitCount / 16 * 2 }
        at &+= 8
    }
    return at
}

/// The offset after as many valid three-byte UTF-8 sequences as follow each other from `start`, two at a time: nearly
/// all of Chinese, Japanese and Korean text. What it leaves is not thereby invalid.
@inline(__always)
private func endOfThreeByteRow(_ bytes: Span<UInt8>, from start: Int) -> Int {
    var at = start
    while bytes.count - at >= 8 {
        let word = loadWord(bytes, at)
        guard word & 0xC0C0_F0C0_C0F0 == 0x8080_E080_80E0 else { break }
        // Of the lead's low bits and the second byte's 0x20: E0 needs it (overlong), ED must not have it (surrogates).
        let first = word & 0x200F
        let second = (word >> 24) & 0x200F
        guard first != 0, first != 0x200D, second != 0, second != 0x200D else { break }
        at += 6
    }
    return at
}

/// The length of the UTF-8 sequence at `at`, whose first byte is 0x80 or more; 0 when it is none (RFC 3629 §4).
@inline(__always)
func lengthOfUTF8Sequence(_ bytes: Span<UInt8>, _ at: Int) -> Int {
    let second = bytes.byte(at + 1)
    let third = bytes.byte(at + 2)
    switch bytes.byte(at) {
    case 0xC2...0xDF:
        return isContinuation(second) ? 2 : 0
    case 0xE0:
        return second & 0xE0 == 0xA0 && isContinuation(third) ? 3 : 0  // below 0xA0: overlong
    case 0xED:
        return second & 0xE0 == 0x80 && isContinuation(third) ? 3 : 0  // from 0xA0: surrogates
    case 0xE1...0xEF:
        return isContinuation(second) && isContinuation(third) ? 3 : 0
    case 0xF0...0xF4:
        guard isContinuation(second), isContinuation(third), isContinuation(bytes.byte(at + 3)) else { return 0 }
        // Below F0 90: overlong. From F4 90: above U+10FFFF.
        let lead = bytes.byte(at)
        return (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second >= 0x90) ? 0 : 4
    default:
        return 0
    }
}

@inline(__always)
private func isContinuation(_ byte: UInt8) -> Bool {
    byte & 0xC0 == 0x80
}
