/// Reads the field lines of a head, or of the trailers of a chunked body, up to and including the empty line
/// (RFC 9112 §5). The one place that knows their grammar.
///
/// Lines that are whole and right are taken in one step, all others byte by byte, so that a bad byte is refused when it
/// comes into sight. It keeps no position in the caller's buffer, only how many bytes of the head are behind it; so it
/// works at any cut, and a caller that needs no names may drop what was read.
struct FieldScanner: Sendable {
    struct Limits: Sendable, Equatable {
        /// All field lines with their line ends and the empty line.
        var blockBytes: Int
        /// Number of field lines.
        var fields: Int
        /// One field line without its line end.
        var fieldBytes: Int
    }

    private enum Phase {
        case lineStart
        case name
        case value
        case lineFeed
        case lastLineFeed
    }

    private let limits: Limits
    private let keepsFields: Bool
    private var phase = Phase.lineStart
    private var fieldCount = 0
    /// Bytes of the head behind us.
    private var offset: Int
    /// The offset at which the block is too long.
    private var blockEnd: Int
    private var lineStart = 0
    private var nameEnd = 0
    private var valueEnd = 0
    private var fields = FieldList()

    /// - Parameters:
    ///   - offset: bytes of the head before the first field line.
    ///   - keepsFields: `false` checks the lines and forgets them; otherwise every input holds the head from its start.
    init(limits: Limits, startingAt offset: Int, keepsFields: Bool = true) {
        self.limits = limits
        self.offset = offset
        self.keepsFields = keepsFields
        blockEnd = offset + limits.blockBytes
    }

    /// Begins with the first field line of a head, `offset` bytes into it. Only before anything was read.
    mutating func start(at offset: Int) {
        self.offset = offset
        blockEnd = offset + limits.blockBytes
    }

    /// Takes those lines of a head with the same limits that end within its first `end` bytes, which are known to be those
    /// of the head that begins. The last line is not taken.
    /// - Returns: how many bytes of the head are behind us then.
    mutating func keep(_ known: FieldBlock, upTo end: Int) -> Int {
        var count = 0
        while count + 1 < known.fields.count, known.fields[count + 1].nameStart <= end { count += 1 }
        guard count > 0 else { return offset }
        fields.append(known.fields[..<count])
        fieldCount = count
        offset = Int(known.fields[count].nameStart)
        return offset
    }

    /// The fields, once: what keeps the scanner need not keep them too.
    mutating func takeFields() -> FieldList {
        var taken = FieldList()
        swap(&taken, &fields)
        return taken
    }

    /// Moves `position` past what it has looked at. `true`: the empty line was read, and `position` stands behind it.
    mutating func scan(_ input: Span<UInt8>, from position: inout Int) throws(FieldFault) -> Bool {
        let base = offset - position
        var index = position
        defer {
            offset = base + index
            position = index
        }
        while index < input.count {
            if phase == .lineStart {
                if takeWholeLines(of: input, from: &index, base) { return true }
                if index == input.count { break }
            }
            if try takeByte(of: input, at: &index, base) { return true }
        }
        return false
    }

    /// Takes lines that are whole and right, and stops at the start of any other: what is wrong with it, or where it was
    /// cut, is for ``takeByte(of:at:_:)`` to say. `true`: the empty line was read.
    private mutating func takeWholeLines(of input: Span<UInt8>, from index: inout Int, _ base: Int) -> Bool {
        let end = min(input.count, blockEnd - base)
        guard index &+ 1 < end else { return false }
        var (position, count) = (index, fieldCount)
        let limits = limits
        fields.append(keeps: keepsFields) {
            guard count < limits.fields,
                let line = WholeLine(input, from: position, upTo: end, longest: limits.fieldBytes)
            else { return nil }
            count &+= 1
            position = line.valueEnd &+ 2
            return line.field(base)
        }
        (index, fieldCount) = (position, count)
        guard index &+ 1 < end, input[index] == ASCII.cr, input[index &+ 1] == ASCII.lf else { return false }
        index &+= 2
        return true
    }

    /// Takes one byte, and what follows it of a value; its line is cut, or wrong further on. `true`: the empty line was read.
    private mutating func takeByte(
        of input: Span<UInt8>, at index: inout Int, _ base: Int
    ) throws(FieldFault) -> Bool {
        if phase == .value {
            index = input.firstControl(from: index, upTo: min(lineStart + limits.fieldBytes - base, blockEnd - base))
            if index >= input.count { return false }
        }
        let here = base + index
        let byte = input[index]
        if here >= blockEnd { throw .blockTooLong }
        switch phase {
        case .lineStart:
            if byte == ASCII.cr {
                phase = .lastLineFeed
            } else {
                try startLine(byte, at: here)
            }
        case .name:
            if byte == ASCII.colon {
                nameEnd = here
                phase = .value
            } else if !ASCII.isToken(byte) {
                throw byte == ASCII.lf ? .bareLineEnd : .badName
            }
            if here - lineStart >= limits.fieldBytes { throw .fieldTooLong }
        case .value:
            if byte == ASCII.cr {
                valueEnd = here
                phase = .lineFeed
            } else if here - lineStart >= limits.fieldBytes {
                throw .fieldTooLong
            } else if byte != ASCII.tab {
                throw byte == ASCII.lf ? .bareLineEnd : .badValue
            }
        case .lineFeed:
            if byte != ASCII.lf { throw .bareLineEnd }
            endLine(of: input, base)
        case .lastLineFeed:
            if byte != ASCII.lf { throw .bareLineEnd }
            index += 1
            return true
        }
        index += 1
        return false
    }

    private mutating func startLine(_ byte: UInt8, at here: Int) throws(FieldFault) {
        if byte == ASCII.lf { throw .bareLineEnd }
        if ASCII.isBlank(byte) { throw .folded }
        if !ASCII.isToken(byte) { throw .badName }
        if fieldCount >= limits.fields { throw .tooMany }
        lineStart = here
        phase = .name
    }

    private mutating func endLine(of input: Span<UInt8>, _ base: Int) {
        phase = .lineStart
        fieldCount += 1
        guard keepsFields else { return }
        let name = (lineStart - base)..<(nameEnd - base)
        let known = FieldName(input.extracting(name), visibleIn: 0..<name.count)
        let line = WholeLine(input, name, known, untrimmed: (nameEnd + 1 - base)..<(valueEnd - base))
        fields.append(line.field(base))
    }
}

/// A field line that lies in the input as a whole, in offsets into that.
private struct WholeLine {
    private let name: Range<Int>
    private let known: FieldName
    private let value: Range<Int>
    /// Where its CRLF stands.
    let valueEnd: Int

    @inline(__always)
    init(_ input: Span<UInt8>, _ name: Range<Int>, _ known: FieldName, untrimmed: Range<Int>) {
        (self.name, self.known, valueEnd) = (name, known, untrimmed.upperBound)
        value = input.trimmingBlanks(untrimmed)
    }

    /// `nil` if the line that begins at `start` does not end before `end`, is longer than `longest`, or is not right.
    /// - Precondition: `start >= 0`, and `end` does not lie beyond the input.
    @inline(__always)
    init?(_ input: Span<UInt8>, from start: Int, upTo end: Int, longest: Int) {
        let colon = input.firstNotVisible(or: ASCII.colon, from: start, upTo: end)
        // Every index that is not checked was compared with `end`.
        guard colon > start, colon < end, unsafe input[unchecked: colon] == ASCII.colon else { return nil }
        let name = unsafe Range(uncheckedBounds: (start, colon))
        let known = FieldName(input, visibleIn: name)
        if known == .other, !input.isToken(name) { return nil }
        var index = colon &+ 1
        while true {
            index = input.firstControl(from: index, upTo: end)
            guard index &+ 1 < end else { return nil }
            if unsafe input[unchecked: index] != ASCII.tab { break }
            index &+= 1
        }
        guard unsafe input[unchecked: index] == ASCII.cr, unsafe input[unchecked: index &+ 1] == ASCII.lf,
            index &- start <= longest
        else { return nil }
        self.init(input, name, known, untrimmed: unsafe Range(uncheckedBounds: (colon &+ 1, index)))
    }

    /// - Parameter base: how many bytes of the head stand before the input.
    @inline(__always)
    func field(_ base: Int) -> FieldBlock.Field {
        FieldBlock.Field(
            nameStart: UInt32(truncatingIfNeeded: name.lowerBound &+ base),
            nameEnd: UInt32(truncatingIfNeeded: name.upperBound &+ base),
            valueStart: UInt32(truncatingIfNeeded: value.lowerBound &+ base),
            valueEnd: UInt32(truncatingIfNeeded: value.upperBound &+ base), known: known)
    }
}

/// What is wrong with a field line; the parsers that use ``FieldScanner`` give it their own name.
enum FieldFault: Error, Equatable {
    /// A CR or LF by itself where CRLF ends a line.
    case bareLineEnd
    /// Not `1*tchar` directly followed by a colon.
    case badName
    /// A control character in a value.
    case badValue
    /// A line that begins with a blank: line folding, or blanks before the first field (RFC 9112 §5.2, §2.2).
    case folded
    case tooMany
    case fieldTooLong
    case blockTooLong
}
