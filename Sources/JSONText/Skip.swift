/// The offset after the value that starts at `start`, in text that was validated before.
///
/// Looks at strings and brackets only. Over other text the answer means nothing, but it is nil or within the span.
func endOfValue(_ bytes: Span<UInt8>, from start: Int) -> Int? {
    switch bytes.byte(start) {
    case ASCII.quote:
        return endOfString(bytes, from: start)?.end
    case ASCII.openBrace, ASCII.openBracket:
        return endOfContainer(bytes, from: start)
    case 0:
        return nil
    default:
        var at = start
        while at < bytes.count, !endsScalar(bytes[at]) { at += 1 }
        return at > start ? at : nil
    }
}

/// The offset after the string literal whose opening quote is at `start`.
func endOfString(_ bytes: Span<UInt8>, from start: Int) -> (end: Int, hasEscapes: Bool)? {
    var at = start + 1
    var hasEscapes = false
    while at < bytes.count {
        at = endOfRun(CheckedStringStop.self, in: bytes, from: at, to: bytes.count)
        switch bytes.byte(at) {
        case ASCII.quote: return (at + 1, hasEscapes)
        case ASCII.backslash: (at, hasEscapes) = (at + 2, true)
        default: return nil
        }
    }
    return nil
}

private func endOfContainer(_ bytes: Span<UInt8>, from start: Int) -> Int? {
    var depth = 0
    var at = start
    while at < bytes.count {
        switch bytes[at] {
        case ASCII.quote:
            guard let string = endOfString(bytes, from: at) else { return nil }
            at = string.end
            continue
        case ASCII.openBrace, ASCII.openBracket:
            depth += 1
        case ASCII.closeBrace, ASCII.closeBracket:
            depth -= 1
            if depth == 0 { return at + 1 }
        default:
            break
        }
        at += 1
    }
    return nil
}

/// What can follow a number, `true`, `false` or `null`, and what cannot be part of one.
private func endsScalar(_ byte: UInt8) -> Bool {
    switch byte {
    case 0...ASCII.space, ASCII.comma, ASCII.closeBracket, ASCII.closeBrace, ASCII.colon, ASCII.quote: true
    default: false
    }
}
