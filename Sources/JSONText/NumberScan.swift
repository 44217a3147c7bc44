/// Validates a number (RFC 8259 §6) that starts at `start` and gives the offset after it.
///
/// - Throws: `.invalidNumber` where the grammar breaks, or `.unexpectedEnd`. What follows the number is not looked at,
///   except for a digit after a leading zero.
@inline(__always)
func scanNumber(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> Int {
    var at = start
    if bytes.byte(at) == ASCII.minus { at += 1 }
    if bytes.byte(at) == ASCII.zero {
        at += 1
        if isDigit(bytes.byte(at)) { throw JSONError(.invalidNumber, at: at) }
    } else {
        at = try scanDigits(bytes, from: at)
    }
    if bytes.byte(at) == ASCII.dot {
        at = try scanDigits(bytes, from: at + 1)
    }
    if bytes.byte(at) | 0x20 == UInt8(ascii: "e") {
        at += 1
        if bytes.byte(at) == ASCII.plus || bytes.byte(at) == ASCII.minus { at += 1 }
        at = try scanDigits(bytes, from: at)
    }
    return at
}

@inline(__always)
func isDigit(_ byte: UInt8) -> Bool {
    byte &- ASCII.zero < 10
}

/// One or more digits.
@inline(__always)
private func scanDigits(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> Int {
    var at = start
    while bytes.count &- at >= 8 {
        // A byte becomes 0 to 9 when it is a digit and more otherwise; only the lowest mark counts.
        let word = unsafe loadWord(unchecked: bytes, at) ^ eachByte(ASCII.zero)
        let others = (word | (word &+ eachByte(0x76))) & eachByte(0x80)
        if others == 0 {
            at &+= 8
            continue
        }
        at &+= others.trailingZeroBitCount / 8
        if at > start { return at }
        throw JSONError(.invalidNumber, at: at)
    }
    while isDigit(bytes.byte(at)) { at &+= 1 }
    guard at > start else {
        throw JSONError(at < bytes.count ? .invalidNumber : .unexpectedEnd, at: at)
    }
    return at
}
