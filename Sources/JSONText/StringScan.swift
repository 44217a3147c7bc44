internal import CJSONText

/// Where a string literal ends.
struct StringEnd {
    /// Offset of the closing quote.
    var quote: Int
    var hasEscapes: Bool
}

/// Validates the rest of a string literal: escapes, no control characters, UTF-8. Any `\u` escape is one, also of half a
/// surrogate pair (RFC 8259 §8.2): texts are passed on as they came.
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
    if bytes.count &- start > 64, start >= 3, unsafe !endsSoon(bytes, start) {
        return try scanBlocks(bytes, from: start)
    }
    return try scanCharacters(bytes, from: start, hasEscapes: false)
}

/// Whether the string that goes on at `at` ends so soon that blocks would not pay. Eighteen bytes have to be there.
@unsafe @inline(__always)
private func endsSoon(_ bytes: Span<UInt8>, _ at: Int) -> Bool {
    guard let place = unsafe firstStop(CheckedStringStop.self, inBlockOf: bytes, at &+ 2) else { return false }
    return unsafe bytes[unchecked: at &+ 2 &+ place] == ASCII.quote
}

/// The same in blocks of 64 bytes, which is how nearly all of a long text goes.
///
/// - Parameter start: 3 or more.
@inline(never)
private func scanBlocks(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> StringEnd {
    var at = start
    var hasEscapes = false
    while true {
        let run = unsafe bytes.withUnsafeBufferPointer { text in
            unsafe penstock_json_run(text.baseAddress, at, text.count)
        }
        at = run.end
        hasEscapes = hasEscapes || run.has_escapes != 0
        if bytes.byte(at) == ASCII.quote { return StringEnd(quote: at, hasEscapes: hasEscapes) }
        guard bytes.byte(at) == ASCII.backslash, bytes.byte(at &+ 1) == UInt8(ascii: "u") else { break }
        hasEscapes = true
        at = try scanUnicodeEscape(bytes, at)
    }
    // The text is about to end, or something is wrong with it.
    return try scanCharacters(bytes, from: at, hasEscapes: hasEscapes)
}

/// The same one by one, up to whatever is wrong.
@inline(never)
private func scanCharacters(_ bytes: Span<UInt8>, from start: Int, hasEscapes: Bool) throws(JSONError) -> StringEnd {
    var at = start
    var hasEscapes = hasEscapes
    while at < bytes.count {
        let byte = bytes[at]
        if byte == ASCII.backslash {
            hasEscapes = true
            at = try scanEscape(bytes, at)
            // Escapes come in rows (`\"\n`) and close to the end.
            if bytes.byte(at) == ASCII.backslash { continue }
        } else if byte >= 0x80 {
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

/// The offset after the escape whose backslash is at `at`; a surrogate pair is two of them.
@inline(__always)
func scanEscape(_ bytes: Span<UInt8>, _ at: Int) throws(JSONError) -> Int {
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

@inline(never)
func scanUnicodeEscape(_ bytes: Span<UInt8>, _ at: Int) throws(JSONError) -> Int {
    guard fourHexDigits(bytes, at + 2) != nil else {
        throw at + 6 <= bytes.count ? JSONError(.invalidEscape, at: at) : JSONError(.unexpectedEnd, at: bytes.count)
    }
    return at + 6
}

/// The number written in the four bytes from `at`; nil when one of them is missing or no hexadecimal digit.
func fourHexDigits(_ bytes: Span<UInt8>, _ at: Int) -> UInt32? {
    guard at >= 0, bytes.count &- at >= 4 else { return nil }
    var value: UInt32 = 0
    for offset in at..<at &+ 4 {
        let byte = unsafe bytes[unchecked: offset]
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

/// The length of the UTF-8 sequence at `at`, whose first byte is 0x80 or more; 0 when it is none (RFC 3629 §4).
@inline(__always)
func lengthOfUTF8Sequence(_ bytes: Span<UInt8>, _ at: Int) -> Int {
    let lead = bytes.byte(at)
    let second = bytes.byte(at &+ 1)
    guard isContinuation(second), lead >= 0xC2 else { return 0 }
    if lead < 0xE0 { return 2 }
    guard isContinuation(bytes.byte(at &+ 2)) else { return 0 }
    if lead < 0xF0 {
        // Below E0 A0: overlong. From ED A0: surrogates.
        return (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second >= 0xA0) ? 0 : 3
    }
    // Below F0 90: overlong. From F4 90: above U+10FFFF.
    guard isContinuation(bytes.byte(at &+ 3)), lead <= 0xF4 else { return 0 }
    return (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second >= 0x90) ? 0 : 4
}

@inline(__always)
private func isContinuation(_ byte: UInt8) -> Bool {
    byte & 0xC0 == 0x80
}
