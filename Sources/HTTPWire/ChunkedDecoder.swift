/// Finds the data in a chunked body (RFC 9112 §7.1). Value; copies nothing, works at any cut of the bytes.
///
/// Sizes are digits and nothing else, lines end with CRLF. Extensions and trailers are checked, bounded and dropped: a
/// trailer never becomes a header.
package struct ChunkedDecoder: Sendable {
    package enum Step: Equatable, Sendable {
        /// The next run of data, as a range into the input; never empty.
        case data(Range<Int>)
        /// Everything given was used.
        case needMore
        /// The body is complete. What stands at the position belongs to the next message.
        case end
    }

    package struct Limits: Sendable, Equatable {
        /// All extensions of a message together. Default 16 KiB.
        package let extensionBytes: Int
        /// All trailers with the empty line. Default 8 KiB.
        package let trailerBytes: Int

        /// Values are cut to 0...256 MiB.
        package init(extensionBytes: Int = 16 << 10, trailerBytes: Int = 8 << 10) {
            self.extensionBytes = FieldScanner.bounded(extensionBytes)
            self.trailerBytes = FieldScanner.bounded(trailerBytes)
        }
    }

    private enum Phase {
        case size
        case extensions
        case sizeLineFeed
        case data
        case dataReturn
        case dataLineFeed
        case trailers
        case end
    }

    private let limits: Limits
    private var phase = Phase.size
    private var digits = 0
    /// The size that is being read; then the bytes of the chunk that are still to come.
    private var remaining = 0
    private var extensions = ChunkExtensions()
    private var extensionBytes = 0
    private var trailers: FieldScanner
    private var failure: ChunkError?

    package init(limits: Limits = Limits()) {
        self.limits = limits
        let block = FieldScanner.Limits(
            blockBytes: limits.trailerBytes, fields: .max, fieldBytes: limits.trailerBytes)
        trailers = FieldScanner(limits: block, startingAt: 0, keepsFields: false)
    }

    package var isAtEnd: Bool {
        phase == .end
    }

    /// Moves `position` past what it has used; the caller may drop those bytes. Once it has thrown it throws that again.
    package mutating func next(_ input: Span<UInt8>, from position: inout Int) throws(ChunkError) -> Step {
        if let failure { throw failure }
        do {
            return try advance(input, &position)
        } catch {
            failure = error
            throw error
        }
    }

    private mutating func advance(_ input: Span<UInt8>, _ position: inout Int) throws(ChunkError) -> Step {
        while true {
            switch phase {
            case .end:
                return .end
            case .trailers:
                do {
                    guard try trailers.scan(input, from: &position) else { return .needMore }
                    phase = .end
                } catch {
                    throw error == .blockTooLong || error == .tooMany ? .trailersTooLong : .badTrailer
                }
            case .data:
                let count = min(remaining, input.count - position)
                guard count > 0 else { return .needMore }
                let start = position
                position += count
                remaining -= count
                if remaining == 0 { phase = .dataReturn }
                return .data(start..<position)
            case .size where digits == 0 && takeSizeLine(input, &position):
                continue
            case .dataReturn where takeLineEnd(input, &position):
                (phase, digits) = (.size, 0)
            default:
                guard position < input.count else { return .needMore }
                try read(input[position])
                position += 1
            }
        }
    }

    /// Takes a size and its line end in one step when both are there and nothing is beside them: a chunk then costs 200
    /// instructions instead of 318. All else is left to ``read(_:)``.
    @inline(__always)
    private mutating func takeSizeLine(_ input: Span<UInt8>, _ position: inout Int) -> Bool {
        var (index, size) = (position, 0)
        // Eight digits are more than any chunk has, and no number that overflows.
        let end = min(input.count, position &+ 8)
        while index < end, let value = ASCII.hexValue(input[index]) {
            size = size &<< 4 | Int(value)
            index &+= 1
        }
        guard index > position, takeLineEnd(input, &index) else { return false }
        position = index
        remaining = size
        phase = size > 0 ? .data : .trailers
        return true
    }

    /// Takes a CRLF that is there as a whole.
    @inline(__always)
    private func takeLineEnd(_ input: Span<UInt8>, _ position: inout Int) -> Bool {
        guard position &+ 2 <= input.count, input[position] == ASCII.cr, input[position &+ 1] == ASCII.lf else {
            return false
        }
        position &+= 2
        return true
    }

    /// One byte of what stands between runs of data.
    private mutating func read(_ byte: UInt8) throws(ChunkError) {
        switch phase {
        case .size:
            try readSize(byte)
        case .extensions:
            extensionBytes += 1
            if extensionBytes > limits.extensionBytes { throw .extensionsTooLong }
            guard extensions.accepts(byte) else { throw .badExtension }
            if extensions.isAtEnd { phase = .sizeLineFeed }
        case .sizeLineFeed:
            guard byte == ASCII.lf else { throw .badLineEnd }
            phase = remaining > 0 ? .data : .trailers
        case .dataReturn:
            guard byte == ASCII.cr else { throw .badLineEnd }
            phase = .dataLineFeed
        case .dataLineFeed:
            guard byte == ASCII.lf else { throw .badLineEnd }
            (phase, digits) = (.size, 0)
        case .data, .trailers, .end:
            break
        }
    }

    private mutating func readSize(_ byte: UInt8) throws(ChunkError) {
        if let value = ASCII.hexValue(byte) {
            // Sixteen digits hold any size; without a bound the zeros before one could go on for ever.
            guard digits < 16, remaining <= Int.max >> 4 else { throw .sizeTooLarge }
            remaining = remaining << 4 | Int(value)
            digits += 1
            return
        }
        guard digits > 0 else { throw .badSize }
        switch byte {
        case ASCII.cr:
            phase = .sizeLineFeed
        case ASCII.semicolon:
            extensionBytes += 1
            if extensionBytes > limits.extensionBytes { throw .extensionsTooLong }
            (phase, extensions) = (.extensions, ChunkExtensions())
        default:
            throw .badSize
        }
    }
}

/// Why a chunked body cannot be read on. The connection it came on is of no more use.
package enum ChunkError: Error, Equatable, Sendable {
    /// Not `1*HEXDIG` followed by `;` or CRLF.
    case badSize
    case sizeTooLarge
    case badExtension
    case extensionsTooLong
    /// CRLF is missing behind a size or behind a chunk's data.
    case badLineEnd
    case badTrailer
    case trailersTooLong
}

/// Where in the extensions behind a chunk size we are: `*( ";" name [ "=" ( token / quoted-string ) ] )`. Blanks are
/// taken behind `;` and around `=` (RFC 9112 §7.1.1), control characters nowhere.
struct ChunkExtensions: Sendable {
    private enum Phase {
        case beforeName
        case name
        case afterName
        case beforeValue
        case token
        case quoted
        case escaped
        case afterValue
        case end
    }

    private var phase = Phase.beforeName

    var isAtEnd: Bool { phase == .end }

    /// `false` if `byte` cannot stand here. A CR outside quotes ends the extensions.
    mutating func accepts(_ byte: UInt8) -> Bool {
        switch phase {
        case .beforeName:
            if ASCII.isToken(byte) { phase = .name } else { return ASCII.isBlank(byte) }
        case .name:
            if byte == ASCII.equals {
                phase = .beforeValue
            } else if !ASCII.isToken(byte) {
                return ends(byte, .afterName)
            }
        case .afterName:
            if byte == ASCII.equals {
                phase = .beforeValue
            } else if byte == ASCII.semicolon {
                phase = .beforeName
            } else {
                return ASCII.isBlank(byte)
            }
        case .beforeValue:
            if byte == ASCII.quote {
                phase = .quoted
            } else if ASCII.isToken(byte) {
                phase = .token
            } else {
                return ASCII.isBlank(byte)
            }
        case .token:
            if !ASCII.isToken(byte) { return ends(byte, .afterValue) }
        case .quoted:
            if byte == ASCII.quote {
                phase = .afterValue
            } else if byte == ASCII.backslash {
                phase = .escaped
            } else {
                return ASCII.isFieldText(byte)
            }
        case .escaped:
            phase = .quoted
            return ASCII.isFieldText(byte)
        case .afterValue:
            return ends(byte, .afterValue)
        case .end:
            return false
        }
        return true
    }

    /// What may follow a name or a value: the end, another extension, or a blank.
    private mutating func ends(_ byte: UInt8, _ afterBlank: Phase) -> Bool {
        switch byte {
        case ASCII.cr: phase = .end
        case ASCII.semicolon: phase = .beforeName
        default:
            guard ASCII.isBlank(byte) else { return false }
            phase = afterBlank
        }
        return true
    }
}
