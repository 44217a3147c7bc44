/// Appends `text` as a JSON string, quoted and escaped. Characters outside ASCII stay as they are.
package func appendJSONString(_ text: String, to out: inout [UInt8]) {
    appendJSONString(text.utf8Span.span, to: &out)
}

/// `text` as a JSON string, quotes included.
package func jsonText(of text: String) -> [UInt8] {
    var out: [UInt8] = []
    appendJSONString(text, to: &out)
    return out
}

/// The same as `appendJSONString(_:to:)` for text in bytes.
///
/// - Parameter text: valid UTF-8; it is not checked.
package func appendJSONString(_ text: Span<UInt8>, to out: inout [UInt8]) {
    out.reserveCapacity(out.count + text.count + 2)
    out.append(ASCII.quote)
    var at = 0
    while true {
        let end = endOfRun(EscapeStop.self, in: text, from: at, to: text.count)
        out.append(text, at..<end)
        guard end < text.count else { break }
        appendEscape(of: text[end], to: &out)
        at = end + 1
    }
    out.append(ASCII.quote)
}

private func appendEscape(of byte: UInt8, to out: inout [UInt8]) {
    out.append(ASCII.backslash)
    switch byte {
    case 0x08: out.append(UInt8(ascii: "b"))
    case 0x09: out.append(UInt8(ascii: "t"))
    case 0x0A: out.append(UInt8(ascii: "n"))
    case 0x0C: out.append(UInt8(ascii: "f"))
    case 0x0D: out.append(UInt8(ascii: "r"))
    case 0..<0x20:
        let low = byte & 0x0F
        out.append(contentsOf: [UInt8(ascii: "u"), ASCII.zero, ASCII.zero, ASCII.zero + byte >> 4])
        out.append(low < 10 ? ASCII.zero + low : UInt8(ascii: "a") + low - 10)
    default: out.append(byte)
    }
}
