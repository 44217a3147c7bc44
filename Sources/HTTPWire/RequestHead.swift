/// A request's head after every check that needs nothing but the head. Immutable; a class, since a connection, its parser
/// and its request all keep it.
package final class RequestHead: Sendable {
    package let fields: FieldBlock
    private let target: RequestTarget
    package let method: Method
    private let minor: UInt8
    /// Whether the client lets the connection live on after the answer.
    package let keepAlive: Bool
    /// The client waits for `100 Continue` before it sends a body that is not empty. Never with HTTP/1.0.
    package let expectsContinue: Bool
    /// Never `untilClose`.
    package let framing: BodyFraming

    /// 0 or 1; a later minor version is taken as 1 (RFC 9110 §2.5).
    package var minorVersion: Int { Int(minor) }

    /// Percent-decoded once; begins with `/`, or is `*` (only with `OPTIONS`). UTF-8 without control characters,
    /// backslashes and `..` segments.
    package var pathBytes: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            // Both arrays belong to this head, which never changes them: their octets stay where they are as long as it does.
            let isRaw = target.decodedPath.isEmpty
            let octets = unsafe (isRaw ? fields.bytes : target.decodedPath).withUnsafeBufferPointer { unsafe $0 }
            let path = unsafe Span(_unsafeElements: octets)
            return unsafe _overrideLifetime(isRaw ? path.extracting(target.rawPath) : path, borrowing: self)
        }
    }

    /// ``pathBytes`` as text, made anew each time.
    package var path: String {
        unsafe pathBytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// Offsets in ``pathBytes`` of the first and the last slash that came as `%2F`: part of a segment, not the end of one.
    /// Nothing but a name that may hold slashes should accept them.
    package var encodedSlashes: ClosedRange<Int>? { target.encodedSlashes }

    /// The path as it came; empty when an absolute URL has none.
    package var rawPath: String { fields.string(target.rawPath) }

    /// Name and port of a target that is a whole URL, which stands for the `Host` field then (RFC 9112 §3.2.2). As a range
    /// into the octets of ``fields``.
    package var targetAuthority: Range<Int>? { target.authority }

    /// What follows the first `?`, not decoded; `nil` without one.
    package var query: String? { target.query.map(fields.string) }

    /// The answer has to come without a body.
    package var isHead: Bool { method == .head }

    init(method: Method, target: RequestTarget, minorVersion: Int, fields: FieldBlock) throws(RequestRejection) {
        try RequestHead.checkHost(fields, minorVersion: minorVersion)
        let framing = try RequestHead.framing(fields, minorVersion: minorVersion)
        let expects = try RequestHead.expectation(fields, minorVersion: minorVersion)
        keepAlive = fields.keepsAlive(minorVersion: minorVersion)
        expectsContinue = expects && framing != .none && framing != .length(0)
        minor = UInt8(truncatingIfNeeded: minorVersion)
        (self.method, self.target, self.fields, self.framing) = (method, target, fields, framing)
    }

    private static func checkHost(_ fields: FieldBlock, minorVersion: Int) throws(RequestRejection) {
        guard let host = fields[.host] else {
            if minorVersion > 0 { throw RequestRejection(.missingHost) }
            return
        }
        if fields.repeatedNames.contains(.host) { throw RequestRejection(.repeatedHost) }
        if !HostField.isValid(fields.bytes.span, at: host) { throw RequestRejection(.badHost) }
    }

    private static func framing(_ fields: FieldBlock, minorVersion: Int) throws(RequestRejection) -> BodyFraming {
        let length = fields[.contentLength]
        if let coding = fields[.transferEncoding] {
            if minorVersion == 0 { throw RequestRejection(.transferEncodingInHTTP10) }
            if length != nil { throw RequestRejection(.lengthWithTransferEncoding) }
            if fields.repeatedNames.contains(.transferEncoding) { throw RequestRejection(.badTransferEncoding) }
            if fields.matches(coding, "chunked") { return .chunked }
            throw RequestRejection(
                isChunkedAfterOthers(fields, coding) ? .unsupportedTransferCoding : .badTransferEncoding)
        }
        guard let length else { return .none }
        if fields.repeatedNames.contains(.contentLength) { throw RequestRejection(.repeatedContentLength) }
        guard let count = Decimal.parse(fields.bytes.span, length) else { throw RequestRejection(.badContentLength) }
        return .length(count)
    }

    /// `gzip, chunked` has an end that can be found, so it is not malformed, only unknown (RFC 9112 §6.1, §6.3).
    private static func isChunkedAfterOthers(_ fields: FieldBlock, _ value: Range<Int>) -> Bool {
        var chunkedAt: [Int] = []
        var count = 0
        for member in ListMembers(bytes: fields.bytes, range: value) {
            guard fields.bytes.span.isToken(member) else { return false }
            if fields.matches(member, "chunked") { chunkedAt.append(count) }
            count += 1
        }
        return count > 1 && chunkedAt == [count - 1]
    }

    private static func expectation(_ fields: FieldBlock, minorVersion: Int) throws(RequestRejection) -> Bool {
        guard let value = fields[.expect], minorVersion > 0 else { return false }
        guard !fields.repeatedNames.contains(.expect), fields.matches(value, "100-continue") else {
            throw RequestRejection(.unsupportedExpectation)
        }
        return true
    }
}
