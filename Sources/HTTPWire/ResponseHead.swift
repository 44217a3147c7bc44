/// The head of an upstream's answer. Value.
package struct ResponseHead: Sendable {
    /// 100...599. A 1xx head is returned like any other; the final one follows it.
    package let status: Int
    /// 0 or 1; a later minor version is taken as 1.
    package let minorVersion: Int
    package let fields: FieldBlock
    package let framing: BodyFraming
    /// Whether the connection may carry another request once the body was read to its end.
    package let keepAlive: Bool

    /// An interim answer (RFC 9110 §15.2): the caller reads on. 101 is one too, though nothing here asks for it.
    package var isInterim: Bool { status < 200 }

    /// - Parameter stated: what ``statedFraming(_:minorVersion:)`` says.
    init(status: Int, minorVersion: Int, fields: FieldBlock, stated: BodyFraming, answering method: Method) {
        self.status = status
        self.minorVersion = minorVersion
        self.fields = fields
        let isBodiless = status < 200 || status == 204 || status == 304 || method == .head
        framing = isBodiless ? .none : stated
        let persists = fields.keepsAlive(minorVersion: minorVersion)
        // A 1xx or 204 that announces a body may really send one, which the next exchange would take for its answer.
        let announcesBody = stated != .untilClose && stated != .length(0)
        let isSuspect = (status < 200 || status == 204) && announcesBody
        keepAlive = persists && framing != .untilClose && !isSuspect
    }

    /// What the fields say, whatever status and method make of it (RFC 9112 §6.3).
    static func statedFraming(_ fields: FieldBlock, minorVersion: Int) throws(ResponseFault) -> BodyFraming {
        let length = try contentLength(fields)
        guard let coding = fields[.transferEncoding] else { return length.map { .length($0) } ?? .untilClose }
        let isChunked = !fields.repeatedNames.contains(.transferEncoding) && fields.matches(coding, "chunked")
        guard isChunked, length == nil, minorVersion > 0 else { throw .contradictoryFraming }
        return .chunked
    }

    /// Equal lengths, on several lines or in a list, are one (RFC 9110 §8.6).
    private static func contentLength(_ fields: FieldBlock) throws(ResponseFault) -> Int? {
        guard let first = fields[.contentLength] else { return nil }
        let bytes = fields.bytes.span
        if !fields.repeatedNames.contains(.contentLength), let length = Decimal.parse(bytes, first) { return length }
        var length: Int?
        for field in fields.fields where field.known == .contentLength {
            var isEmpty = true
            for member in ListMembers(bytes: fields.bytes, range: field.value) {
                guard let count = Decimal.parse(bytes, member) else { throw .badContentLength }
                guard length == nil || length == count else { throw .contradictoryFraming }
                length = count
                isEmpty = false
            }
            if isEmpty { throw .badContentLength }
        }
        return length
    }
}

/// Why an upstream's answer cannot be understood. All mean the same to the client (502); the case is for the log.
package enum ResponseFault: Error, Equatable, Sendable {
    /// The bytes are not an HTTP/1 status line.
    case notHTTP
    /// HTTP, but neither 1.0 nor 1.1.
    case unsupportedVersion
    /// Not a number in 100...599.
    case badStatus
    case bareLineEnd
    case malformedField
    case tooManyFields
    case headTooLong
    case badContentLength
    /// Lengths that differ, a length and a transfer encoding, or a transfer encoding other than one `chunked`.
    case contradictoryFraming

    init(_ fault: FieldFault) {
        switch fault {
        case .bareLineEnd: self = .bareLineEnd
        case .badName, .badValue, .folded: self = .malformedField
        case .tooMany: self = .tooManyFields
        case .fieldTooLong, .blockTooLong: self = .headTooLong
        }
    }

    /// For the operator. Constant text.
    package var message: String {
        switch self {
        case .notHTTP: "the answer is not HTTP/1.1"
        case .unsupportedVersion: "the answer is of another HTTP version"
        case .badStatus: "the answer's status is not between 100 and 599"
        case .bareLineEnd: "a line of the answer's head does not end with CR LF"
        case .malformedField: "a header field of the answer is malformed"
        case .tooManyFields: "the answer has too many header fields"
        case .headTooLong: "the answer's head is too long"
        case .badContentLength: "the answer's Content-Length is not a decimal number"
        case .contradictoryFraming: "the answer contradicts itself about where its body ends"
        }
    }
}
