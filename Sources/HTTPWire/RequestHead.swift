/// A request's head after every check that needs nothing but the head. Value.
package struct RequestHead: Sendable {
    package let method: Method
    /// Percent-decoded once; begins with `/`, or is `*` (only with `OPTIONS`). Holds no control character, no
    /// backslash, no `..` segment, and no slash that was encoded, but for one in a model's name (`/v1/models/…`).
    package let path: String
    /// 0 or 1; a later minor version is taken as 1 (RFC 9110 §2.5).
    package let minorVersion: Int
    package let fields: FieldBlock
    /// Never `untilClose`.
    package let framing: BodyFraming
    /// Whether the client lets the connection live on after the answer.
    package let keepAlive: Bool
    /// The client waits for `100 Continue` before it sends a body that is not empty. Never with HTTP/1.0.
    package let expectsContinue: Bool
    private let rawPathRange: Range<Int>
    private let queryRange: Range<Int>?

    /// The path as it came; empty when an absolute URL has none.
    package var rawPath: String { fields.string(rawPathRange) }

    /// What follows the first `?`, not decoded; `nil` without one.
    package var query: String? { queryRange.map(fields.string) }

    /// The answer has to come without a body.
    package var isHead: Bool { method == .head }

    init(method: Method, target: RequestTarget, minorVersion: Int, fields: FieldBlock) throws(RequestRejection) {
        self.method = method
        self.minorVersion = minorVersion
        self.fields = fields
        (path, rawPathRange, queryRange) = (target.path, target.rawPath, target.query)
        try RequestHead.checkHost(fields, minorVersion: minorVersion)
        framing = try RequestHead.framing(fields, minorVersion: minorVersion)
        let closes = fields.listContains("connection", token: "close")
        keepAlive = !closes && (minorVersion > 0 || fields.listContains("connection", token: "keep-alive"))
        let expects = try RequestHead.expectation(fields, minorVersion: minorVersion)
        expectsContinue = expects && framing != .none && framing != .length(0)
    }

    private static func checkHost(_ fields: FieldBlock, minorVersion: Int) throws(RequestRejection) {
        guard let host = fields.first("host") else {
            if minorVersion > 0 { throw RequestRejection(.missingHost) }
            return
        }
        if fields.count(of: "host") > 1 { throw RequestRejection(.repeatedHost) }
        if !HostField.isValid(fields.bytes.span, at: host) { throw RequestRejection(.badHost) }
    }

    private static func framing(_ fields: FieldBlock, minorVersion: Int) throws(RequestRejection) -> BodyFraming {
        let length = fields.first("content-length")
        if let coding = fields.first("transfer-encoding") {
            if minorVersion == 0 { throw RequestRejection(.transferEncodingInHTTP10) }
            if length != nil { throw RequestRejection(.lengthWithTransferEncoding) }
            if fields.count(of: "transfer-encoding") > 1 { throw RequestRejection(.badTransferEncoding) }
            if fields.matches(coding, "chunked") { return .chunked }
            throw RequestRejection(
                isChunkedAfterOthers(fields, coding) ? .unsupportedTransferCoding : .badTransferEncoding)
        }
        guard let length else { return .none }
        if fields.count(of: "content-length") > 1 { throw RequestRejection(.repeatedContentLength) }
        guard let count = Decimal.parse(fields.bytes, length) else { throw RequestRejection(.badContentLength) }
        return .length(count)
    }

    /// `gzip, chunked` has an end that can be found, so it is not malformed, only unknown (RFC 9112 §6.1, §6.3).
    private static func isChunkedAfterOthers(_ fields: FieldBlock, _ value: Range<Int>) -> Bool {
        var chunkedAt: [Int] = []
        var count = 0
        for member in ListMembers(bytes: fields.bytes, range: value) {
            guard fields.bytes[member].allSatisfy(ASCII.isToken) else { return false }
            if fields.matches(member, "chunked") { chunkedAt.append(count) }
            count += 1
        }
        return count > 1 && chunkedAt == [count - 1]
    }

    private static func expectation(_ fields: FieldBlock, minorVersion: Int) throws(RequestRejection) -> Bool {
        guard let value = fields.first("expect"), minorVersion > 0 else { return false }
        guard fields.count(of: "expect") == 1, fields.matches(value, "100-continue") else {
            throw RequestRejection(.unsupportedExpectation)
        }
        return true
    }
}
