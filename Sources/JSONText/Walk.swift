/// What a kind of result wants to hear of a text that is being validated, in the order of the text.
protocol JSONSink: ~Copyable {
    /// `range` includes both quotes.
    mutating func key(_ range: Range<Int>, hasEscapes: Bool, in bytes: Span<UInt8>)
    mutating func scalar(_ kind: JSONKind, _ range: Range<Int>, hasEscapes: Bool) throws(JSONError)
    mutating func open(_ kind: JSONKind, at start: Int) throws(JSONError)
    /// - Parameters:
    ///   - end: just past the bracket.
    ///   - isEmpty: nothing stands between the brackets.
    mutating func close(_ kind: JSONKind, at end: Int, isEmpty: Bool)
}

/// The deepest nesting that any reader here takes: one bit of the walk's stack for each level.
package let deepestNesting = 128

/// One pass over a whole JSON text (RFC 8259) that checks everything there is to check and tells `sink` what it finds.
///
/// - Parameters:
///   - depthLimit: brackets open at once; taken as 128 when above that.
///   - rootIsObject: whether any other value at the top is an error.
func walk<Sink: JSONSink & ~Copyable>(
    _ bytes: Span<UInt8>, depthLimit: Int, rootIsObject: Bool, into sink: inout Sink
) throws(JSONError) {
    var state = WalkState()
    _ = try walk(
        Unbroken.self, bytes, depthLimit: depthLimit, rootIsObject: rootIsObject, from: &state, upTo: .max, into: &sink)
}

/// A part of such a pass: goes on where `state` says, for about `count` bytes. The same bytes have to be given each time.
///
/// - Returns: whether the text has ended.
func walk<Sink: JSONSink & ~Copyable>(
    _ bytes: Span<UInt8>, depthLimit: Int, rootIsObject: Bool, from state: inout WalkState, by count: Int,
    into sink: inout Sink
) throws(JSONError) -> Bool {
    let (limit, overflows) = state.reached.addingReportingOverflow(max(count, 1))
    return try walk(
        InParts.self, bytes, depthLimit: depthLimit, rootIsObject: rootIsObject, from: &state,
        upTo: overflows ? .max : limit, into: &sink)
}

/// Whether a walk may stop on its way: one that never does has no test for it.
private protocol WalkPace {
    static var stops: Bool { get }
}

private enum Unbroken: WalkPace {
    @inline(__always) static var stops: Bool { false }
}

private enum InParts: WalkPace {
    @inline(__always) static var stops: Bool { true }
}

@inline(__always)
private func longestKey<Pace: WalkPace>(_: Pace.Type) -> Int { Pace.stops ? 1 << 20 : .max }

/// The stack is a number: a bit for each open bracket, the innermost lowest, 1 for an object.
@inline(__always)
private func walk<Pace: WalkPace, Sink: JSONSink & ~Copyable>(
    _: Pace.Type, _ bytes: Span<UInt8>, depthLimit: Int, rootIsObject: Bool, from state: inout WalkState,
    upTo limit: Int, into sink: inout Sink
) throws(JSONError) -> Bool {
    var (at, depth, objects) = (state.at, state.depth, state.objects)
    if !Pace.stops || !state.hasBegun {
        guard bytes.count < UInt32.max else { throw JSONError(.tooLong, at: 0) }
        at = bytes.skippingSpace(from: 0)
        guard at < bytes.count else { throw JSONError(.empty, at: at) }
        if bytes.byte(0) == 0xEF, bytes.byte(1) == 0xBB, bytes.byte(2) == 0xBF {
            throw JSONError(.byteOrderMark, at: 0)
        }
        if rootIsObject, bytes[at] != ASCII.openBrace { throw JSONError(.notAnObject, at: at) }
        if Pace.stops { state.hasBegun = true }
    }
    let depthLimit = min(depthLimit, deepestNesting)

    // Each turn reads one value, whose first byte is at `at`, then the brackets and the comma that follow it. Offsets lie
    // within the text or at its end, so sums of them and a few bytes cannot overflow.
    while true {
        if Pace.stops, at >= limit, at < bytes.count {
            (state.at, state.depth, state.objects) = (at, depth, objects)
            return false
        }
        let start = at
        let first = bytes.byte(at)
        if first == ASCII.quote {
            if Pace.stops {
                guard let end = try state.string.scan(bytes, from: at, upTo: limit) else {
                    (state.at, state.depth, state.objects) = (at, depth, objects)
                    return false
                }
                at = end.quote &+ 1
                try sink.scalar(.string, start..<at, hasEscapes: end.hasEscapes)
            } else {
                let end = try scanString(bytes, from: at &+ 1)
                at = end.quote &+ 1
                try sink.scalar(.string, start..<at, hasEscapes: end.hasEscapes)
            }
        } else {
            switch first {
            case ASCII.openBrace:
                guard depth < depthLimit else { throw JSONError(.tooDeep, at: at) }
                try sink.open(.object, at: at)
                at = bytes.skippingSpace(from: at &+ 1)
                if bytes.byte(at) != ASCII.closeBrace {
                    depth &+= 1
                    objects = objects &<< 1 | 1
                    at = try walkKey(bytes, at, longest: longestKey(Pace.self), into: &sink)
                    continue
                }
                at &+= 1
                sink.close(.object, at: at, isEmpty: true)
            case ASCII.openBracket:
                guard depth < depthLimit else { throw JSONError(.tooDeep, at: at) }
                try sink.open(.array, at: at)
                at = bytes.skippingSpace(from: at &+ 1)
                if bytes.byte(at) != ASCII.closeBracket {
                    depth &+= 1
                    objects = objects &<< 1
                    continue
                }
                at &+= 1
                sink.close(.array, at: at, isEmpty: true)
            case ASCII.minus, ASCII.zero...ASCII.nine:
                at = isLoneDigit(bytes, at) ? at &+ 1 : try scanNumber(bytes, from: at)
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
        }

        afterValue: while depth > 0 {
            let inObject = objects & 1 == 1
            var byte = bytes.byte(at)
            if byte <= ASCII.space {
                at = bytes.skippingSpace(from: at)
                byte = bytes.byte(at)
            }
            if byte == ASCII.comma {
                at =
                    inObject
                    ? try walkKey(bytes, at &+ 1, longest: longestKey(Pace.self), into: &sink)
                    : bytes.skippingSpace(from: at &+ 1)
                break afterValue
            }
            guard byte == (inObject ? ASCII.closeBrace : ASCII.closeBracket) else {
                guard at < bytes.count else { throw JSONError(.unexpectedEnd, at: at) }
                throw JSONError(inObject ? .expectedCommaOrBrace : .expectedCommaOrBracket, at: at)
            }
            depth &-= 1
            objects = objects &>> 1
            at &+= 1
            sink.close(inObject ? .object : .array, at: at, isEmpty: false)
        }
        if depth == 0 {
            at = bytes.skippingSpace(from: at)
            if at < bytes.count { throw JSONError(.trailingBytes, at: at) }
            return true
        }
    }
}

/// A key and its colon; gives the offset of the value's first byte.
@inline(__always)
private func walkKey<Sink: JSONSink & ~Copyable>(
    _ bytes: Span<UInt8>, _ start: Int, longest: Int, into sink: inout Sink
) throws(JSONError) -> Int {
    // The usual key is short and has one blank before it and after its colon, or none. From a blank on, a quote, a block, a
    // colon, a blank and the value's first byte are twenty-one bytes, with another block thirty-seven: when they are there,
    // nothing below reaches past the end.
    guard bytes.count &- start >= 21 else { return try walkAnyKey(bytes, start, longest: longest, into: &sink) }
    let key = start &+ (unsafe bytes[unchecked: start] == ASCII.space ? 1 : 0)
    guard unsafe bytes[unchecked: key] == ASCII.quote else {
        return try walkAnyKey(bytes, start, longest: longest, into: &sink)
    }
    var quote = key &+ 1
    if let place = unsafe firstStop(UncheckedStringStop.self, inBlockOf: bytes, quote) {
        quote &+= place
    } else if bytes.count &- start >= 37,
        let place = unsafe firstStop(UncheckedStringStop.self, inBlockOf: bytes, quote &+ 16)
    {
        quote &+= 16 &+ place
    } else {
        return try walkAnyKey(bytes, start, longest: longest, into: &sink)
    }
    guard unsafe bytes[unchecked: quote] == ASCII.quote, unsafe bytes[unchecked: quote &+ 1] == ASCII.colon else {
        return try walkAnyKey(bytes, start, longest: longest, into: &sink)
    }
    let value = quote &+ (unsafe bytes[unchecked: quote &+ 2] == ASCII.space ? 3 : 2)
    guard unsafe bytes[unchecked: value] > ASCII.space else {
        return try walkAnyKey(bytes, start, longest: longest, into: &sink)
    }
    sink.key(key..<quote &+ 1, hasEscapes: false, in: bytes)
    return value
}

/// The same for whatever may stand there.
@inline(never)
private func walkAnyKey<Sink: JSONSink & ~Copyable>(
    _ bytes: Span<UInt8>, _ start: Int, longest: Int, into sink: inout Sink
) throws(JSONError) -> Int {
    let start = bytes.skippingSpace(from: start)
    guard bytes.byte(start) == ASCII.quote else {
        throw JSONError(start < bytes.count ? .expectedKey : .unexpectedEnd, at: start)
    }
    let end = try scanKey(bytes, from: start &+ 1, longest: longest)
    sink.key(start..<end.quote &+ 1, hasEscapes: end.hasEscapes, in: bytes)
    let colon = bytes.skippingSpace(from: end.quote &+ 1)
    guard bytes.byte(colon) == ASCII.colon else {
        throw JSONError(colon < bytes.count ? .expectedColon : .unexpectedEnd, at: colon)
    }
    return bytes.skippingSpace(from: colon &+ 1)
}

/// A key's end. One that is longer than a part of a walk is refused rather than read at a stretch.
private func scanKey(_ bytes: Span<UInt8>, from start: Int, longest: Int) throws(JSONError) -> StringEnd {
    guard bytes.count &- start > longest else { return try scanString(bytes, from: start) }
    do {
        return try scanString(bytes.extracting(0..<start &+ longest), from: start)
    } catch {
        // Something may be wrong with it only where it was cut off.
        throw error.offset >= start &+ longest &- 12 ? JSONError(.keyTooLong, at: start) : error
    }
}

/// Whether there is a number of one digit, with what may follow a value right behind it.
@inline(__always)
private func isLoneDigit(_ bytes: Span<UInt8>, _ at: Int) -> Bool {
    let next = bytes.byte(at &+ 1)
    // Both closing brackets are the same but for one bit.
    return (next == ASCII.comma || next | 0x20 == ASCII.closeBrace) && bytes.byte(at) != ASCII.minus
}

/// `true`, `false` or `null`, whose first byte is at `start`.
@inline(__always)
private func scanLiteral(_ literal: StaticString, _ bytes: Span<UInt8>, _ start: Int) throws(JSONError) -> Int {
    let count = literal.utf8CodeUnitCount
    // The last four bytes tell all: the first of five was looked at.
    if bytes.count &- start >= count,
        unsafe loadHalfWord(unchecked: bytes, start &+ count &- 4) == lastFourBytes(of: literal)
    {
        return start &+ count
    }
    for offset in 0..<count where unsafe bytes.byte(start + offset) != literal.utf8Start[offset] {
        throw JSONError(start + offset < bytes.count ? .expectedValue : .unexpectedEnd, at: min(start, bytes.count))
    }
    return start + count
}

@inline(__always)
private func lastFourBytes(of literal: StaticString) -> UInt32 {
    let last = unsafe literal.utf8Start + literal.utf8CodeUnitCount - 4
    return unsafe UInt32(last[0]) | UInt32(last[1]) << 8 | UInt32(last[2]) << 16 | UInt32(last[3]) << 24
}
