/// Appends what a string literal says. Half a surrogate pair becomes U+FFFD.
///
/// - Parameter content: between the quotes.
/// - Returns: false when an escape is broken, which validated text rules out.
func appendUnescaped(_ content: Range<Int>, in bytes: Span<UInt8>, to out: inout [UInt8]) -> Bool {
    guard content.lowerBound >= 0, content.upperBound <= bytes.count else { return false }
    out.reserveCapacity(out.count + content.count)
    var at = content.lowerBound
    while at < content.upperBound {
        let end = endOfRun(CheckedStringStop.self, in: bytes, from: at, to: content.upperBound)
        out.append(bytes, at..<end)
        at = end
        guard at < content.upperBound else { break }
        guard bytes[at] == ASCII.backslash, let escape = escapedScalar(bytes, at) else { return false }
        UTF8.encode(escape.scalar) { out.append($0) }
        at = escape.end
    }
    return at == content.upperBound
}

/// The character that the escape at `at` stands for, and the offset after it.
private func escapedScalar(_ bytes: Span<UInt8>, _ at: Int) -> (scalar: Unicode.Scalar, end: Int)? {
    switch bytes.byte(at + 1) {
    case UInt8(ascii: "\""): ("\"", at + 2)
    case UInt8(ascii: "\\"): ("\\", at + 2)
    case UInt8(ascii: "/"): ("/", at + 2)
    case UInt8(ascii: "b"): ("\u{8}", at + 2)
    case UInt8(ascii: "f"): ("\u{C}", at + 2)
    case UInt8(ascii: "n"): ("\n", at + 2)
    case UInt8(ascii: "r"): ("\r", at + 2)
    case UInt8(ascii: "t"): ("\t", at + 2)
    case UInt8(ascii: "u"): escapedUnit(bytes, at)
    default: nil
    }
}

private func escapedUnit(_ bytes: Span<UInt8>, _ at: Int) -> (scalar: Unicode.Scalar, end: Int)? {
    guard let unit = fourHexDigits(bytes, at + 2) else { return nil }
    if let scalar = Unicode.Scalar(unit) { return (scalar, at + 6) }
    // Half a pair is no character; where a text is read, and not passed on, it becomes one.
    guard bytes.byte(at + 6) == ASCII.backslash, bytes.byte(at + 7) == UInt8(ascii: "u"),
        let second = fourHexDigits(bytes, at + 8), unit & 0xFC00 == 0xD800, second & 0xFC00 == 0xDC00,
        let scalar = Unicode.Scalar(0x10000 + (unit & 0x3FF) << 10 + second & 0x3FF)
    else { return ("\u{FFFD}", at + 6) }
    return (scalar, at + 12)
}

extension [UInt8] {
    /// Appends a part of a span. Traps when the range is not within it.
    @inline(__always)
    mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        unsafe bytes.extracting(range).withUnsafeBufferPointer { buffer in
            unsafe append(contentsOf: buffer)
        }
    }
}
