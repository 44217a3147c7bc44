package enum JSONKind: UInt8, Sendable, Hashable {
    case null, bool, number, string, array, object
}

// These read one value of a text that was validated before. `range` is the value's, white space around it allowed.
// Over other text they give nil or nonsense, but never trap and never read outside the span.

/// The kind that the value's first byte tells; `.null` for what is no value.
package func jsonKind(of range: Range<Int>, in bytes: Span<UInt8>) -> JSONKind {
    switch bytes.byte(bytes.start(of: range)) {
    case ASCII.quote: .string
    case ASCII.openBrace: .object
    case ASCII.openBracket: .array
    case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
    case ASCII.minus, ASCII.zero...ASCII.nine: .number
    default: .null
    }
}

package func jsonBool(_ range: Range<Int>, in bytes: Span<UInt8>) -> Bool? {
    switch bytes.byte(bytes.start(of: range)) {
    case UInt8(ascii: "t"): true
    case UInt8(ascii: "f"): false
    default: nil
    }
}

/// Where the string literal at `start` stands, quotes included. Unlike its neighbours this validates: nil when there is
/// none that JSON allows.
package func jsonStringLiteral(at start: Int, in bytes: Span<UInt8>) -> Range<Int>? {
    guard bytes.byte(start) == ASCII.quote, let end = try? scanString(bytes, from: start &+ 1) else { return nil }
    return start..<end.quote &+ 1
}

/// The string without quotes and escapes; nil when the value is not a string.
package func jsonString(_ range: Range<Int>, in bytes: Span<UInt8>) -> String? {
    guard let string = stringContent(range, in: bytes) else { return nil }
    if !string.hasEscapes { return jsonText(string.content, in: bytes) }
    var plain: [UInt8] = []
    guard appendUnescaped(string.content, in: bytes, to: &plain) else { return nil }
    return jsonText(0..<plain.count, in: plain.span)
}

/// The bytes of a range as they are; nil when they are not UTF-8 or not within the span.
func jsonText(_ range: Range<Int>, in bytes: Span<UInt8>) -> String? {
    guard range.lowerBound >= 0, range.upperBound <= bytes.count,
        let text = try? UTF8Span(validating: bytes.extracting(range))
    else { return nil }
    return String(copying: text)
}

/// The string's UTF-8 without quotes and escapes; nil when the value is not a string.
package func jsonStringBytes(_ range: Range<Int>, in bytes: Span<UInt8>) -> [UInt8]? {
    guard let string = stringContent(range, in: bytes) else { return nil }
    var plain: [UInt8] = []
    return appendUnescaped(string.content, in: bytes, to: &plain) ? plain : nil
}

/// Whether the value is a string equal to `text`, byte for byte. Allocates only when it is written with escapes.
package func jsonStringEquals(_ range: Range<Int>, in bytes: Span<UInt8>, _ text: StaticString) -> Bool {
    guard text.hasPointerRepresentation else {
        return jsonString(range, in: bytes).map { $0.utf8.elementsEqual("\(text)".utf8) } ?? false
    }
    let buffer = unsafe UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    return unsafe isStringEqual(range, in: bytes, buffer.span)
}

/// Whether the value is a string equal to `text`, byte for byte: unlike `==` of two `String`s, which takes different
/// encodings of one character as equal.
package func jsonStringEquals(_ range: Range<Int>, in bytes: Span<UInt8>, _ text: String) -> Bool {
    isStringEqual(range, in: bytes, text.utf8Span.span)
}

private func isStringEqual(_ range: Range<Int>, in bytes: Span<UInt8>, _ text: Span<UInt8>) -> Bool {
    // What is written as long as the text says it without escapes, or says something shorter.
    if range.count == text.count &+ 2, bytes.byte(range.lowerBound) == ASCII.quote,
        bytes.byte(range.upperBound &- 1) == ASCII.quote
    {
        let content = range.lowerBound &+ 1..<range.upperBound &- 1
        return isEqual(text, bytes, content) && !hasBackslash(bytes, content)
    }
    guard let string = stringContent(range, in: bytes) else { return false }
    if !string.hasEscapes { return isEqual(text, bytes, string.content) }
    // A byte is written with one to six characters.
    guard string.content.count / 6 <= text.count, string.content.count >= text.count else { return false }
    var plain: [UInt8] = []
    guard appendUnescaped(string.content, in: bytes, to: &plain) else { return false }
    return isEqual(text, plain.span, 0..<plain.count)
}

private func hasBackslash(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    for at in range where bytes.byte(at) == ASCII.backslash { return true }
    return false
}

/// What stands between the quotes.
private func stringContent(_ range: Range<Int>, in bytes: Span<UInt8>) -> (content: Range<Int>, hasEscapes: Bool)? {
    let start = bytes.start(of: range)
    guard bytes.byte(start) == ASCII.quote, let string = endOfString(bytes, from: start) else { return nil }
    return (start + 1..<string.end - 1, string.hasEscapes)
}

extension Span<UInt8> {
    /// The value's first byte, or the end when the range is not within the span.
    fileprivate func start(of range: Range<Int>) -> Int {
        guard range.lowerBound >= 0, range.upperBound <= count else { return count }
        return skippingSpace(from: range.lowerBound)
    }
}
