/// What a kind of result wants to hear of a text that is being validated, in the order of the text.
protocol JSONSink {
    /// `range` includes both quotes.
    mutating func key(_ range: Range<Int>, hasEscapes: Bool, in bytes: Span<UInt8>)
    mutating func scalar(_ kind: JSONKind, _ range: Range<Int>, hasEscapes: Bool) throws(JSONError)
    mutating func open(_ kind: JSONKind, at start: Int) throws(JSONError)
    /// `end` is just past the bracket.
    mutating func close(at end: Int)
}

/// The deepest nesting that any reader here takes: one bit of the walk's stack for each level.
package let deepestNesting = 128

/// One pass over a whole JSON text (RFC 8259) that checks everything there is to check and tells `sink` what it finds.
///
/// The stack is a number: a bit for each open bracket, the innermost lowest, 1 for an object.
///
/// - Parameters:
///   - depthLimit: brackets open at once; taken as 128 when above that.
///   - rootIsObject: whether any other value at the top is an error.
func walk<Sink: JSONSink>(
    _ bytes: Span<UInt8>, depthLimit: Int, rootIsObject: Bool, into sink: inout Sink
) throws(JSONError) {
    guard bytes.count < UInt32.max else { throw JSONError(.tooLong, at: 0) }
    var at = bytes.skippingSpace(from: 0)
    guard at < bytes.count else { throw JSONError(.empty, at: at) }
    if bytes.byte(0) == 0xEF, bytes.byte(1) == 0xBB, bytes.byte(2) == 0xBF {
        throw JSONError(.byteOrderMark, at: 0)
    }
    if rootIsObject, bytes[at] != ASCII.openBrace { throw JSONError(.notAnObject, at: at) }

    let depthLimit = min(depthLimit, deepestNesting)
    var depth = 0
    var objects: UInt128 = 0

    // Each turn reads one value, whose first byte is at `at`, then the brackets and the comma that follow it.
    while true {
        let start = at
        switch bytes.byte(at) {
        case ASCII.quote:
            let end = try scanString(bytes, from: at + 1)
            at = end.quote + 1
            try sink.scalar(.string, start..<at, hasEscapes: end.hasEscapes)
        case ASCII.openBrace:
            guard depth < depthLimit else { throw JSONError(.tooDeep, at: at) }
            depth += 1
            objects = objects &<< 1 | 1
            try sink.open(.object, at: at)
            at = bytes.skippingSpace(from: at + 1)
            if bytes.byte(at) != ASCII.closeBrace {
                at = try walkKey(bytes, at, into: &sink)
                continue
            }
            depth -= 1
            objects = objects &>> 1
            at += 1
            sink.close(at: at)
        case ASCII.openBracket:
            guard depth < depthLimit else { throw JSONError(.tooDeep, at: at) }
            depth += 1
            objects = objects &<< 1
            try sink.open(.array, at: at)
            at = bytes.skippingSpace(from: at + 1)
            if bytes.byte(at) != ASCII.closeBracket { continue }
            depth -= 1
            objects = objects &>> 1
            at += 1
            sink.close(at: at)
        case ASCII.minus, ASCII.zero...ASCII.nine:
            at = try scanNumber(bytes, from: at)
            try sink.scalar(.number, start..<at, hasEscapes: false)
        case UInt8(ascii: "t"):
            at = try scanLiteral("true", bytes, at)
            try sink.scalar(.bool, start..<at, hasEscapes: false)
        case UInt8(ascii: "f"):
            at = try scanLiteral("false", bytes, at)
            try sink.scalar(.bool, start..<at, hasEscapes: false)
        case UInt8(ascii: "n"):
            at = try scanLiteral("null", bytes, at)
            try sink.scalar(.null, start..<at, hasEscapes: false)
        default:
            throw JSONError(at < bytes.count ? .expectedValue : .unexpectedEnd, at: at)
        }

        afterValue: while true {
            at = bytes.skippingSpace(from: at)
            if depth == 0 {
                if at < bytes.count { throw JSONError(.trailingBytes, at: at) }
                return
            }
            let inObject = objects & 1 == 1
            switch bytes.byte(at) {
            case ASCII.comma:
                at = bytes.skippingSpace(from: at + 1)
                if inObject { at = try walkKey(bytes, at, into: &sink) }
                break afterValue
            case inObject ? ASCII.closeBrace : ASCII.closeBracket:
                depth -= 1
                objects = objects &>> 1
                at += 1
                sink.close(at: at)
            default:
                guard at < bytes.count else { throw JSONError(.unexpectedEnd, at: at) }
                throw JSONError(inObject ? .expectedCommaOrBrace : .expectedCommaOrBracket, at: at)
            }
        }
    }
}

/// A key and its colon; gives the offset of the value's first byte.
@inline(__always)
private func walkKey<Sink: JSONSink>(
    _ bytes: Span<UInt8>, _ start: Int, into sink: inout Sink
) throws(JSONError) -> Int {
    guard bytes.byte(start) == ASCII.quote else {
        throw JSONError(start < bytes.count ? .expectedKey : .unexpectedEnd, at: start)
    }
    let end = try scanString(bytes, from: start + 1)
    sink.key(start..<end.quote + 1, hasEscapes: end.hasEscapes, in: bytes)
    let colon = bytes.skippingSpace(from: end.quote + 1)
    guard bytes.byte(colon) == ASCII.colon else {
        throw JSONError(colon < bytes.count ? .expectedColon : .unexpectedEnd, at: colon)
    }
    return bytes.skippingSpace(from: colon + 1)
}

@inline(__always)
private func scanLiteral(_ literal: StaticString, _ bytes: Span<UInt8>, _ start: Int) throws(JSONError) -> Int {
    let count = literal.utf8CodeUnitCount
    for offset in 0..<count where unsafe bytes.byte(start + offset) != literal.utf8Start[offset] {
        throw JSONError(start + offset < bytes.count ? .expectedValue : .unexpectedEnd, at: min(start, bytes.count))
    }
    return start + count
}
