/// How much of a request's head is read before it is refused.
package struct RequestLimits: Sendable, Equatable {
    /// Default 16 KiB, without the line end. RFC 9112 §3 asks for 8000 octets at least.
    package let requestLineBytes: Int
    /// All field lines and the empty line. Default 64 KiB.
    package let headerBlockBytes: Int
    /// Number of fields. Default 200.
    package let fields: Int
    /// One field line without its line end. Default 16 KiB.
    package let fieldBytes: Int

    /// Values are cut to 0...256 MiB: offsets in a head are 32 bits wide.
    package init(
        requestLineBytes: Int = 16 << 10, headerBlockBytes: Int = 64 << 10, fields: Int = 200,
        fieldBytes: Int = 16 << 10
    ) {
        self.requestLineBytes = FieldScanner.bounded(requestLineBytes)
        self.headerBlockBytes = FieldScanner.bounded(headerBlockBytes)
        self.fields = FieldScanner.bounded(fields)
        self.fieldBytes = FieldScanner.bounded(fieldBytes)
    }
}

/// Reads one request head after another from a connection (RFC 9112 §2, §3, §5). Value, never copied.
///
/// Call ``parse(_:)`` with the bytes that are not consumed yet, and again with more appended: it looks at each byte once,
/// and refuses a bad one when it comes into sight, not when the head is whole. Once it has thrown it only throws that
/// again: the bytes that follow mean nothing.
package struct RequestParser: ~Copyable, Sendable {
    private enum Phase {
        case start
        case leadingLineFeed
        case method
        case target
        case version
        case requestLineFeed
        case fields
        case done
    }

    private let limits: RequestLimits
    private var phase = Phase.start
    /// What was looked at, and where the request line and its parts begin: offsets into the input.
    private var position = 0
    private var headStart = 0
    private var targetStart = 0
    private var targetEnd = 0
    private var method = Method.get
    private var majorVersion: UInt8 = 0
    private var minorVersion: UInt8 = 0
    private var scanner: FieldScanner
    private var rejection: RequestRejection?
    /// A client that asks again on its connection sends much the same: lines that have not changed are not read twice.
    /// Kept when it is short, since an idle connection keeps it too.
    private var lastHead: RequestHead?
    private static let longestKeptBytes = 1024

    /// After a head was returned: how many bytes of the input it took, with an ignored empty line before it. Else 0.
    package private(set) var consumedBytes = 0

    package init(limits: RequestLimits = RequestLimits()) {
        self.limits = limits
        scanner = FieldScanner(limits: limits.block, startingAt: 0)
    }

    /// A byte of a head has been seen, so its time runs. An empty line between requests does not count.
    package var hasStarted: Bool {
        switch phase {
        case .start, .leadingLineFeed, .done: false
        case .method, .target, .version, .requestLineFeed, .fields: true
        }
    }

    /// Begins with the next head. Not needed after ``parse(_:)`` has returned one.
    package mutating func reset() {
        phase = .start
        (position, headStart, consumedBytes) = (0, 0, 0)
        rejection = nil
        scanner = FieldScanner(limits: limits.block, startingAt: 0)
    }

    /// `nil`: more bytes are needed. After a head the next call begins the next one, so the input has to begin behind
    /// ``consumedBytes`` then (and behind the body).
    package mutating func parse(_ input: Span<UInt8>) throws(RequestRejection) -> RequestHead? {
        if let rejection { throw rejection }
        if phase == .done { reset() }
        do {
            return try advance(input)
        } catch {
            rejection = error
            throw error
        }
    }

    private mutating func advance(_ input: Span<UInt8>) throws(RequestRejection) -> RequestHead? {
        var unchangedBytes = 0
        if position == 0, let lastHead {
            let known = lastHead.fields.bytes
            unchangedBytes = input.commonPrefix(with: known.span)
            if unchangedBytes == known.count {
                // The same octets are the same head, whatever follows them.
                consumedBytes = unchangedBytes
                phase = .done
                return lastHead
            }
        }
        while phase != .fields {
            if phase == .start, takeRequestLine(of: input) {
                if let lastHead, unchangedBytes > position {
                    position = scanner.keep(lastHead.fields, upTo: unchangedBytes)
                }
                break
            }
            guard position < input.count else { return nil }
            try readRequestLine(input[position], of: input)
            position += 1
        }
        do {
            guard try scanner.scan(input, from: &position) else { return nil }
        } catch {
            throw RequestRejection(field: error)
        }
        let bytes = input.array(headStart..<position)
        let target = try RequestTarget(
            bytes.span, at: (targetStart - headStart)..<(targetEnd - headStart), method: method)
        let head = try RequestHead(
            method: method, target: target, minorVersion: minorVersion == 0x30 ? 0 : 1,
            fields: FieldBlock(bytes: bytes, scanner.takeFields()))
        consumedBytes = position
        phase = .done
        lastHead = bytes.count <= RequestParser.longestKeptBytes ? head : nil
        return head
    }

    /// Takes the request line in one step when it is whole, right and begins with one of the usual methods. Any other is
    /// left to ``readRequestLine(_:of:)``, which says what is wrong with it.
    private mutating func takeRequestLine(of input: Span<UInt8>) -> Bool {
        // The shortest such line is longer, so the first word can be read.
        guard position &+ 16 <= input.count else { return false }
        let start = input.word(at: position)
        let known: Method
        if start & 0xFF_FFFF_FFFF == 0x20_5453_4F50 {  // "POST "
            (known, targetStart) = (.post, position &+ 5)
        } else if start & 0xFFFF_FFFF == 0x2054_4547 {  // "GET "
            (known, targetStart) = (.get, position &+ 4)
        } else {
            return false
        }
        let end = input.firstNotVisible(
            or: ASCII.hash, from: targetStart, upTo: position &+ limits.requestLineBytes)
        // The version and the line end; so all indices up to `end + 10` lie within the input.
        let line = end &+ 1 &+ HTTPVersion.length &- position
        guard end > targetStart, end &+ 11 <= input.count, line <= limits.requestLineBytes,
            input[end] == ASCII.space, let minor = HTTPVersion.minor(of: input.word(at: end &+ 1)),
            input[end &+ 9] == ASCII.cr, input[end &+ 10] == ASCII.lf
        else { return false }
        (method, targetEnd) = (known, end)
        (majorVersion, minorVersion) = (0x31, minor)
        position = end &+ 11
        scanner.start(at: position - headStart)
        phase = .fields
        return true
    }

    /// One byte of the request line, or of the empty line that may stand before it (RFC 9112 §2.2).
    private mutating func readRequestLine(_ byte: UInt8, of input: Span<UInt8>) throws(RequestRejection) {
        if byte != ASCII.cr, phase != .requestLineFeed, position - headStart >= limits.requestLineBytes {
            throw RequestRejection(.requestLineTooLong)
        }
        if byte == ASCII.lf, phase != .requestLineFeed, phase != .leadingLineFeed {
            throw RequestRejection(.bareLineEnd)
        }
        switch phase {
        case .start:
            if byte == ASCII.cr, headStart == 0 {
                phase = .leadingLineFeed
            } else {
                phase = .method
                try readMethod(byte, of: input)
            }
        case .leadingLineFeed:
            if byte != ASCII.lf { throw RequestRejection(.bareLineEnd) }
            headStart = position + 1
            phase = .start
        case .method:
            try readMethod(byte, of: input)
        case .target:
            if byte == ASCII.space {
                targetEnd = position
                if targetEnd == targetStart { throw RequestRejection(.malformedRequestLine) }
                phase = .version
            } else if byte == ASCII.cr {
                throw RequestRejection(.malformedRequestLine)
            } else if !ASCII.isVisible(byte) || byte == ASCII.hash {
                throw RequestRejection(.badTarget)
            }
        case .version:
            try readVersion(byte)
        case .requestLineFeed:
            if byte != ASCII.lf { throw RequestRejection(.bareLineEnd) }
            scanner.start(at: position + 1 - headStart)
            phase = .fields
        case .fields, .done:
            break
        }
    }

    private mutating func readMethod(_ byte: UInt8, of input: Span<UInt8>) throws(RequestRejection) {
        if ASCII.isToken(byte) { return }
        // The record type of a handshake (RFC 8446 §5.1), with which every TLS client begins.
        if byte == 0x16, position == headStart { throw RequestRejection(.tlsHandshake) }
        guard byte == ASCII.space, position > headStart else { throw RequestRejection(.malformedRequestLine) }
        method = try Method(input.extracting(headStart..<position))
        targetStart = position + 1
        phase = .target
    }

    /// `HTTP/d.d` and a CR, nothing else (RFC 9112 §2.3).
    private mutating func readVersion(_ byte: UInt8) throws(RequestRejection) {
        switch HTTPVersion.accepts(byte, at: position - targetEnd - 1) {
        case .literal: break
        case .major: majorVersion = byte
        case .minor: minorVersion = byte
        case .none:
            guard byte == ASCII.cr, position - targetEnd - 1 == HTTPVersion.length else {
                throw RequestRejection(.malformedRequestLine)
            }
            if majorVersion != UInt8(ascii: "1") { throw RequestRejection(.unsupportedVersion) }
            phase = .requestLineFeed
        }
    }
}

/// `HTTP/1.1`, byte by byte; request and status line share it.
enum HTTPVersion {
    enum Part {
        case literal
        case major
        case minor
    }

    static let length = 8

    /// The minor version's digit, if the octets of `word`, lowest first, are `HTTP/1.0` or `HTTP/1.1`.
    static func minor(of word: UInt64) -> UInt8? {
        switch word {
        case 0x302E_312F_5054_5448: 0x30
        case 0x312E_312F_5054_5448: 0x31
        default: nil
        }
    }
    static let minorOffset = 7

    /// Which part of the version `byte` is as its octet number `offset`; `nil` if it cannot stand there.
    static func accepts(_ byte: UInt8, at offset: Int) -> Part? {
        let expected: UInt8
        switch offset {
        case 0: expected = UInt8(ascii: "H")
        case 1, 2: expected = UInt8(ascii: "T")
        case 3: expected = UInt8(ascii: "P")
        case 4: expected = ASCII.slash
        case 5: return ASCII.isDigit(byte) ? .major : nil
        case 6: expected = ASCII.dot
        case minorOffset: return ASCII.isDigit(byte) ? .minor : nil
        default: return nil
        }
        return byte == expected ? .literal : nil
    }
}

extension FieldScanner {
    static func bounded(_ limit: Int) -> Int {
        min(max(limit, 0), 256 << 20)
    }
}

extension RequestLimits {
    fileprivate var block: FieldScanner.Limits {
        FieldScanner.Limits(blockBytes: headerBlockBytes, fields: fields, fieldBytes: fieldBytes)
    }
}
