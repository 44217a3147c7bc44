/// Why a request is refused before anybody looks at what it asks for. The connection is closed after the answer, and
/// bytes that follow are never looked at (RFC 9112 §9.6).
package struct RequestRejection: Error, Equatable, Sendable {
    package enum Reason: Equatable, Sendable, CaseIterable {
        case malformedRequestLine
        case requestLineTooLong
        case unknownMethod
        case methodNotAllowed
        /// The first bytes of HTTP/2 on a port that speaks HTTP/1.1.
        case http2Preface
        /// The first byte of TLS on a port that speaks plain HTTP.
        case tlsHandshake
        case badTarget
        /// An encoded NUL or other control, a backslash, a `..` segment, or bytes that are not UTF-8.
        case unsafePath
        case unsupportedVersion
        case bareLineEnd
        case badFieldName
        case badFieldValue
        case foldedField
        case tooManyFields
        case fieldTooLong
        case fieldsTooLong
        case missingHost
        case repeatedHost
        case badHost
        case badContentLength
        case repeatedContentLength
        case lengthWithTransferEncoding
        case badTransferEncoding
        case unsupportedTransferCoding
        /// HTTP/1.0 knows no transfer encoding: the framing is faulty (RFC 9112 §6.1).
        case transferEncodingInHTTP10
        case unsupportedExpectation
        /// For the reader of the body: more than the configured limit.
        case bodyTooLarge
        /// For the reader of the body: its chunks are malformed.
        case badChunk
        /// For the connection: head or body did not come in time.
        case timeout
    }

    package let reason: Reason

    package init(_ reason: Reason) {
        self.reason = reason
    }

    init(field fault: FieldFault) {
        reason =
            switch fault {
            case .bareLineEnd: .bareLineEnd
            case .badName: .badFieldName
            case .badValue: .badFieldValue
            case .folded: .foldedField
            case .tooMany: .tooManyFields
            case .fieldTooLong: .fieldTooLong
            case .blockTooLong: .fieldsTooLong
            }
    }

    package var status: Int { outcome.status }

    /// For the client. Constant text, so it cannot carry anything that came in.
    package var message: String { outcome.message }

    private var outcome: (status: Int, message: String) {
        switch reason {
        case .malformedRequestLine: (400, "The request line is not `METHOD target HTTP/1.1`.")
        case .requestLineTooLong: (414, "The request line is too long.")
        case .unknownMethod: (501, "This method is not known here.")
        case .methodNotAllowed: (405, "This method is not allowed here.")
        case .http2Preface:
            (400, "This port speaks HTTP/1.1, not HTTP/2: use a client without prior knowledge of HTTP/2, or a proxy.")
        case .tlsHandshake: (400, "This looks like TLS, and this port speaks plain HTTP; use http:// in the URL.")
        case .badTarget: (400, "The request target is not a valid path or URL.")
        case .unsafePath: (400, "The path holds a character or a segment that is not allowed.")
        case .unsupportedVersion: (505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.")
        case .bareLineEnd: (400, "A line does not end with CR LF.")
        case .badFieldName: (400, "A header field has no valid name directly before a colon.")
        case .badFieldValue: (400, "A header field's value holds a control character.")
        case .foldedField: (400, "A header line begins with a blank.")
        case .tooManyFields: (431, "There are too many header fields.")
        case .fieldTooLong: (431, "A header field is too long.")
        case .fieldsTooLong: (431, "The header fields are too long.")
        case .missingHost: (400, "The Host header field is missing.")
        case .repeatedHost: (400, "There is more than one Host header field.")
        case .badHost: (400, "The Host header field is not `name` or `name:port`.")
        case .badContentLength: (400, "Content-Length is not a decimal number.")
        case .repeatedContentLength: (400, "There is more than one Content-Length.")
        case .lengthWithTransferEncoding: (400, "Content-Length and Transfer-Encoding exclude each other.")
        case .badTransferEncoding: (400, "Transfer-Encoding is not `chunked`.")
        case .unsupportedTransferCoding: (501, "The only transfer coding known here is `chunked`.")
        case .transferEncodingInHTTP10: (400, "HTTP/1.0 has no Transfer-Encoding.")
        case .unsupportedExpectation: (417, "The only expectation known here is `100-continue`.")
        case .bodyTooLarge: (413, "The request body is too large.")
        case .badChunk: (400, "The chunked request body is malformed.")
        case .timeout: (408, "The request did not arrive in time.")
        }
    }
}
