/// Reads the head of an upstream's answer (RFC 9112 §4, §5), as strictly as a request's. Value, never copied; keeps no bytes.
///
/// Call it with the bytes that are not consumed yet, and again with more appended. It looks at each byte once, refuses a
/// bad one when it comes into sight, and once it has thrown only throws that again.
package struct ResponseParser: ~Copyable, Sendable {
    package struct Limits: Sendable, Equatable {
        /// Status line, fields and empty line together. Default 256 KiB.
        package let headBytes: Int
        /// Number of fields. Default 1000.
        package let fields: Int

        /// Values are cut to 0...256 MiB: offsets in a head are 32 bits wide.
        package init(headBytes: Int = 256 << 10, fields: Int = 1000) {
            self.headBytes = FieldScanner.bounded(headBytes)
            self.fields = FieldScanner.bounded(fields)
        }
    }

    private enum Phase {
        case version
        case status
        case reason
        case statusLineFeed
        case fields
        case done
    }

    private let limits: Limits
    private var phase = Phase.version
    private var position = 0
    private var majorVersion: UInt8 = 0
    private var minorVersion: UInt8 = 0
    private var status = 0
    private var scanner: FieldScanner
    private var fault: ResponseFault?

    /// After a head was returned: how many bytes of the input it took. Else 0.
    package private(set) var consumedBytes = 0

    package init(limits: Limits = Limits()) {
        self.limits = limits
        scanner = FieldScanner(limits: limits.block(after: 0), startingAt: 0, keepsFields: false)
    }

    /// A byte of a head has been seen: from here on the request cannot be sent again unnoticed.
    package var hasStarted: Bool {
        phase != .done && position > 0
    }

    /// Forgets everything, for the next head. Not needed after ``parse(_:answering:)`` has returned one.
    package mutating func reset() {
        self = ResponseParser(limits: limits)
    }

    /// `nil`: more bytes are needed. After a head (also a 1xx) the next call begins the next one, so the input has to
    /// begin behind ``consumedBytes`` then.
    /// - Parameter method: the request's; an answer to `HEAD` has no body whatever it says.
    package mutating func parse(
        _ input: Span<UInt8>, answering method: Method
    ) throws(ResponseFault) -> ResponseHead? {
        if let fault { throw fault }
        if phase == .done { reset() }
        do {
            return try advance(input, method)
        } catch {
            fault = error
            throw error
        }
    }

    private mutating func advance(_ input: Span<UInt8>, _ method: Method) throws(ResponseFault) -> ResponseHead? {
        if position == 0 { takeStatusLine(of: input) }
        while phase != .fields {
            guard position < input.count else { return nil }
            if position >= limits.headBytes { throw .headTooLong }
            try readStatusLine(input[position])
            position += 1
        }
        do {
            guard try scanner.scan(input, from: &position) else { return nil }
        } catch {
            throw ResponseFault(error)
        }
        let fields = FieldBlock(bytes: input.array(0..<position), scanner.takeFields())
        let minor = minorVersion == UInt8(ascii: "0") ? 0 : 1
        let stated = try ResponseHead.statedFraming(fields, minorVersion: minor)
        consumedBytes = position
        phase = .done
        return ResponseHead(status: status, minorVersion: minor, fields: fields, stated: stated, answering: method)
    }

    /// Takes the status line in one step when it is whole and right. Any other is left to ``readStatusLine(_:)``, which
    /// says what is wrong with it.
    private mutating func takeStatusLine(of input: Span<UInt8>) {
        // As long as `HTTP/1.1 200` and a line end are, so the first two words can be read.
        guard input.count >= 16, let minor = HTTPVersion.minor(of: input.word(at: 0)) else { return }
        let word = input.word(at: 8)
        guard let code = ResponseParser.status(in: word) else { return }
        let end = input.firstControl(from: 12, upTo: limits.headBytes)
        guard end &+ 1 < min(input.count, limits.headBytes), end == 12 || input[12] == ASCII.space,
            input[end] == ASCII.cr, input[end &+ 1] == ASCII.lf
        else { return }
        (majorVersion, minorVersion, status) = (0x31, minor, code)
        position = end &+ 2
        startFields(at: position)
    }

    /// The number in the octets ` ddd`, if it is one of 100...599.
    private static func status(in word: UInt64) -> Int? {
        let digits = (word >> 8) ^ 0x30_3030
        let (hundreds, tens, ones) = (digits & 0xFF, (digits >> 8) & 0xFF, (digits >> 16) & 0xFF)
        guard word & 0xFF == UInt64(ASCII.space), 1...5 ~= hundreds, tens < 10, ones < 10 else { return nil }
        return Int(hundreds * 100 + tens * 10 + ones)
    }

    private mutating func startFields(at offset: Int) {
        scanner = FieldScanner(limits: limits.block(after: offset), startingAt: offset)
        phase = .fields
    }

    private mutating func readStatusLine(_ byte: UInt8) throws(ResponseFault) {
        switch phase {
        case .version:
            switch HTTPVersion.accepts(byte, at: position) {
            case .literal: break
            case .major: majorVersion = byte
            case .minor: minorVersion = byte
            case .none: try endVersion(byte)
            }
        case .status:
            try readStatus(byte)
        case .reason:
            if byte == ASCII.cr {
                phase = .statusLineFeed
            } else if byte == ASCII.lf {
                throw .bareLineEnd
            } else if !ASCII.isFieldText(byte) {
                throw .notHTTP
            }
        case .statusLineFeed:
            if byte != ASCII.lf { throw .bareLineEnd }
            startFields(at: position + 1)
        case .fields, .done:
            break
        }
    }

    /// After `HTTP/1.1`, or where something else stands in its place: `HTTP/2 200` has no minor version.
    private mutating func endVersion(_ byte: UInt8) throws(ResponseFault) {
        guard position >= HTTPVersion.minorOffset - 1, byte == ASCII.space else { throw .notHTTP }
        guard position == HTTPVersion.length, majorVersion == UInt8(ascii: "1") else { throw .unsupportedVersion }
        phase = .status
    }

    /// Three digits; then a blank and the reason, or at once the end of the line, which RFC 9112 §4 does not allow but
    /// many servers send.
    private mutating func readStatus(_ byte: UInt8) throws(ResponseFault) {
        let offset = position - HTTPVersion.length - 1
        if offset < 3 {
            guard ASCII.isDigit(byte) else { throw .badStatus }
            status = status * 10 + Int(byte &- 0x30)
            return
        }
        guard 100...599 ~= status else { throw .badStatus }
        switch byte {
        case ASCII.space: phase = .reason
        case ASCII.cr: phase = .statusLineFeed
        case ASCII.lf: throw .bareLineEnd
        default: throw .badStatus
        }
    }
}

extension ResponseParser.Limits {
    /// What the status line has left for the fields.
    fileprivate func block(after offset: Int) -> FieldScanner.Limits {
        let left = max(headBytes - offset, 0)
        return FieldScanner.Limits(blockBytes: left, fields: fields, fieldBytes: left)
    }
}
