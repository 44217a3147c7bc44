/// Reads the field lines of a head, or of the trailers of a chunked body, up to and including the empty line
/// (RFC 9112 §5). The one place that knows their grammar.
///
/// It looks at every byte once and keeps no position in the caller's buffer, only how many bytes of the head are
/// behind it; so it works at any cut, and a caller that needs no names may drop what was read.
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
    private let blockEnd: Int
    private var lineStart = 0
    private var nameEnd = 0
    private var valueEnd = 0
    /// Values still have the blanks around them: the bytes are not at hand here.
    private(set) var fields: [FieldBlock.Field] = []

    /// - Parameters:
    ///   - offset: bytes of the head before the first field line.
    ///   - keepsFields: `false` checks the lines and forgets them.
    init(limits: Limits, startingAt offset: Int, keepsFields: Bool = true) {
        self.limits = limits
        self.offset = offset
        self.keepsFields = keepsFields
        blockEnd = offset + limits.blockBytes
        if keepsFields { fields.reserveCapacity(16) }
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
            if phase == .value {
                index = input.firstControl(
                    from: index, upTo: min(lineStart + limits.fieldBytes - base, blockEnd - base))
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
                endLine()
            case .lastLineFeed:
                if byte != ASCII.lf { throw .bareLineEnd }
                index += 1
                return true
            }
            index += 1
        }
        return false
    }

    private mutating func startLine(_ byte: UInt8, at here: Int) throws(FieldFault) {
        if byte == ASCII.lf { throw .bareLineEnd }
        if ASCII.isBlank(byte) { throw .folded }
        if !ASCII.isToken(byte) { throw .badName }
        if fieldCount >= limits.fields { throw .tooMany }
        fieldCount += 1
        lineStart = here
        phase = .name
    }

    private mutating func endLine() {
        phase = .lineStart
        guard keepsFields else { return }
        fields.append(
            FieldBlock.Field(
                nameStart: UInt32(lineStart), nameEnd: UInt32(nameEnd), valueStart: UInt32(nameEnd + 1),
                valueEnd: UInt32(valueEnd)))
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

extension FieldBlock {
    /// A head of `bytes`, whose field lines `scanned` has found: takes the blanks off the values.
    init(bytes: [UInt8], scanned: [Field]) {
        let trimmed = scanned.map { field in
            let value = bytes.trimmingBlanks(field.value)
            return Field(
                nameStart: field.nameStart, nameEnd: field.nameEnd, valueStart: UInt32(value.lowerBound),
                valueEnd: UInt32(value.upperBound))
        }
        self.init(bytes: bytes, fields: trimmed)
    }
}
