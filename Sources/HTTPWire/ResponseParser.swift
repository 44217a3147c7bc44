/// Reads the head of an upstream's answer (RFC 9112 §4, §5), as strictly as a request's. Value; keeps no bytes.
///
/// Call it with the bytes that are not consumed yet, and again with more appended. It looks at each byte once, refuses a
/// bad one when it comes into sight, and once it has thrown only throws that again.
package struct ResponseParser: Sendable {
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
        let fields = FieldBlock(bytes: input.array(0..<position), scanned: scanner.fields)
        let head = try ResponseHead(
            status: status, minorVersion: minorVersion == UInt8(ascii: "0") ? 0 : 1, fields: fields, answering: method)
        consumedBytes = position
        phase = .done
        return head
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
            let offset = position + 1
            scanner = FieldScanner(limits: limits.block(after: offset), startingAt: offset)
            phase = .fields
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
