/// The methods this program answers. Names are case-sensitive (RFC 9110 §9.1); everything else is refused while the
/// request line is read.
package enum Method: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"

    /// `CONNECT` and `TRACE` are known and refused: 405, others 501 (RFC 9110 §9.1). `PRI` opens HTTP/2 (RFC 9113 §3.4).
    init(_ name: Span<UInt8>) throws(RequestRejection) {
        if let method = Method.named(name) {
            self = method
            return
        }
        if name.isEqual(to: "CONNECT") || name.isEqual(to: "TRACE") { throw RequestRejection(.methodNotAllowed) }
        throw RequestRejection(name.isEqual(to: "PRI") ? .http2Preface : .unknownMethod)
    }

    /// Without a raw value's text: this is asked for every request.
    private static func named(_ name: Span<UInt8>) -> Method? {
        if name.isEqual(to: "POST") { return .post }
        if name.isEqual(to: "GET") { return .get }
        if name.isEqual(to: "HEAD") { return .head }
        if name.isEqual(to: "PUT") { return .put }
        if name.isEqual(to: "PATCH") { return .patch }
        if name.isEqual(to: "DELETE") { return .delete }
        return name.isEqual(to: "OPTIONS") ? .options : nil
    }
}

extension Span where Element == UInt8 {
    fileprivate func isEqual(to text: StaticString) -> Bool {
        guard text.utf8CodeUnitCount == count else { return false }
        for index in indices where unsafe self[index] != text.utf8Start[index] { return false }
        return true
    }
}
