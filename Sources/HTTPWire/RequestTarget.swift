/// What stands between method and version, in parts (RFC 9112 §3.2): origin-form, absolute-form (whose authority is
/// checked and then ignored), or `*` with `OPTIONS`.
struct RequestTarget: Equatable {
    /// Percent-decoded once.
    let path: String
    /// The path as it came, as a range into the head; empty when an absolute URL has none.
    let rawPath: Range<Int>
    /// What follows the first `?`, not decoded.
    let query: Range<Int>?

    /// - Parameter range: where the target lies in `head`; only visible ASCII other than `#`.
    init(_ head: Span<UInt8>, at range: Range<Int>, method: Method) throws(RequestRejection) {
        var start = range.lowerBound
        guard start < range.upperBound else { throw RequestRejection(.malformedRequestLine) }
        if head[start] == UInt8(ascii: "*"), range.count == 1 {
            guard method == .options else { throw RequestRejection(.badTarget) }
            (path, rawPath, query) = ("*", range, nil)
            return
        }
        if head[start] != ASCII.slash {
            let authority = try RequestTarget.authority(of: head, at: range)
            guard HostField.isValid(head, at: authority) else { throw RequestRejection(.badTarget) }
            start = authority.upperBound
        }
        var pathEnd = start
        while pathEnd < range.upperBound, head[pathEnd] != ASCII.question { pathEnd += 1 }
        rawPath = start..<pathEnd
        query = pathEnd < range.upperBound ? (pathEnd + 1)..<range.upperBound : nil
        path = rawPath.isEmpty ? "/" : try RequestTarget.decode(head, at: rawPath)
    }

    /// Where the authority of an `http` or `https` URL lies.
    private static func authority(of head: Span<UInt8>, at range: Range<Int>) throws(RequestRejection) -> Range<Int> {
        for scheme in ["http://", "https://"] as [StaticString] {
            let start = range.lowerBound + scheme.utf8CodeUnitCount
            guard start <= range.upperBound, head.hasPrefix(scheme, at: range.lowerBound) else { continue }
            var end = start
            while end < range.upperBound, head[end] != ASCII.slash, head[end] != ASCII.question { end += 1 }
            return start..<end
        }
        throw RequestRejection(.badTarget)
    }

    /// Below these an encoded slash is part of a model's name: SDKs encode the id of `GET /v1/models/{id}`. Nothing is
    /// routed by what stands there.
    private static let namesBegin = ["/models/", "/v1/models/", "/api/v1/models/", "/openai/v1/models/"].map {
        Array($0.utf8)
    }

    /// Decodes once. An encoded slash would change where segments end, so anywhere but in a name it is refused.
    private static func decode(_ head: Span<UInt8>, at range: Range<Int>) throws(RequestRejection) -> String {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            var byte = head[index]
            index += 1
            if byte == ASCII.percent {
                guard index + 1 < range.upperBound, let high = ASCII.hexValue(head[index]),
                    let low = ASCII.hexValue(head[index + 1])
                else { throw RequestRejection(.badTarget) }
                byte = high << 4 | low
                index += 2
                let splits = byte == ASCII.slash && !namesBegin.contains { decoded.starts(with: $0) }
                if splits || byte < 0x20 || byte == ASCII.delete { throw RequestRejection(.unsafePath) }
            }
            if byte == ASCII.backslash { throw RequestRejection(.unsafePath) }
            decoded.append(byte)
        }
        for segment in decoded.split(separator: ASCII.slash) where segment.elementsEqual([ASCII.dot, ASCII.dot]) {
            throw RequestRejection(.unsafePath)
        }
        guard let text = String(validating: decoded, as: UTF8.self) else { throw RequestRejection(.unsafePath) }
        return text
    }
}

/// The `Host` field and the authority of an absolute URL: `name` or `name:port`, without user (RFC 9110 §7.2).
enum HostField {
    static func isValid(_ bytes: Span<UInt8>, at range: Range<Int>) -> Bool {
        guard let nameEnd = endOfName(bytes, range), nameEnd > range.lowerBound else { return false }
        if nameEnd == range.upperBound { return true }
        guard bytes[nameEnd] == ASCII.colon else { return false }
        var port = 0
        for index in (nameEnd + 1)..<range.upperBound {
            guard ASCII.isDigit(bytes[index]) else { return false }
            port = port * 10 + Int(bytes[index] &- 0x30)
            if port > 65535 { return false }
        }
        return true
    }

    /// Where the name or the bracketed address ends; `nil` if an octet cannot stand there.
    private static func endOfName(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        var index = range.lowerBound
        if index < range.upperBound, bytes[index] == UInt8(ascii: "[") {
            index += 1
            let start = index
            while index < range.upperBound, bytes[index] != UInt8(ascii: "]") {
                let byte = bytes[index]
                guard ASCII.hexValue(byte) != nil || byte == ASCII.colon || byte == ASCII.dot else { return nil }
                index += 1
            }
            return index < range.upperBound && index - start >= 2 ? index + 1 : nil
        }
        while index < range.upperBound, bytes[index] != ASCII.colon {
            if bytes[index] == ASCII.percent {
                guard index + 2 < range.upperBound, ASCII.hexValue(bytes[index + 1]) != nil,
                    ASCII.hexValue(bytes[index + 2]) != nil
                else { return nil }
            } else if !ASCII.isHostName(bytes[index]) {
                return nil
            }
            index += 1
        }
        return index
    }
}

extension Span where Element == UInt8 {
    /// Whether `prefix` (lower case) stands at `start`, in any case.
    fileprivate func hasPrefix(_ prefix: StaticString, at start: Int) -> Bool {
        guard count - start >= prefix.utf8CodeUnitCount else { return false }
        for offset in 0..<prefix.utf8CodeUnitCount {
            let expected = unsafe prefix.utf8Start[offset]
            if ASCII.lowercased(self[start + offset]) != expected { return false }
        }
        return true
    }
}
