/// What stands between method and version, in parts (RFC 9112 §3.2): origin-form, absolute-form, or `*` with `OPTIONS`.
struct RequestTarget: Sendable {
    /// The path percent-decoded once; empty when that is how it came.
    let decodedPath: [UInt8]
    // Offsets of 32 bits: a head is moved a few times before somebody answers it.
    private let authorityStart: UInt32
    private let pathStart: UInt32
    private let pathEnd: UInt32
    private let queryEnd: UInt32
    private let firstSlash: UInt32
    private let lastSlash: UInt32

    /// The path as it came, as a range into the head; empty when an absolute URL has none.
    var rawPath: Range<Int> { Int(pathStart)..<Int(pathEnd) }

    /// Name and port of an absolute URL, as a range into the head. Nothing is derived from it.
    var authority: Range<Int>? { authorityStart > 0 ? Int(authorityStart)..<Int(pathStart) : nil }

    /// What follows the first `?`, not decoded.
    var query: Range<Int>? { queryEnd > pathEnd ? Int(pathEnd) + 1..<Int(queryEnd) : nil }

    /// Offsets in the decoded path of the first and the last slash that was encoded.
    var encodedSlashes: ClosedRange<Int>? {
        // An encoded slash is never the first octet of a path.
        lastSlash > 0 ? Int(firstSlash)...Int(lastSlash) : nil
    }

    private init(
        _ path: Range<Int>, upTo end: Int, authorityStart: Int = 0, decoded: [UInt8] = [],
        slashes: ClosedRange<Int>? = nil
    ) {
        decodedPath = decoded
        self.authorityStart = UInt32(truncatingIfNeeded: authorityStart)
        (pathStart, pathEnd) = (
            UInt32(truncatingIfNeeded: path.lowerBound), UInt32(truncatingIfNeeded: path.upperBound)
        )
        queryEnd = UInt32(truncatingIfNeeded: end)
        firstSlash = UInt32(truncatingIfNeeded: slashes?.lowerBound ?? 0)
        lastSlash = UInt32(truncatingIfNeeded: slashes?.upperBound ?? 0)
    }

    /// - Parameter range: where the target lies in `head`; only visible ASCII other than `#`.
    init(_ head: Span<UInt8>, at range: Range<Int>, method: Method) throws(RequestRejection) {
        var start = range.lowerBound
        var authorityStart = 0
        guard start < range.upperBound else { throw RequestRejection(.malformedRequestLine) }
        if head[start] != ASCII.slash {
            if head[start] == UInt8(ascii: "*"), range.count == 1 {
                guard method == .options else { throw RequestRejection(.badTarget) }
                self.init(range, upTo: range.upperBound)
                return
            }
            let authority = try RequestTarget.authority(of: head, at: range)
            guard HostField.isValid(head, at: authority) else { throw RequestRejection(.badTarget) }
            start = authority.upperBound
            authorityStart = authority.lowerBound
        }
        var end = head.firstMarkOfTarget(from: start, upTo: range.upperBound)
        let isPlain = end > start && (end == range.upperBound || head[end] == ASCII.question)
        while end < range.upperBound, head[end] != ASCII.question { end += 1 }
        if isPlain {
            self.init(start..<end, upTo: range.upperBound, authorityStart: authorityStart)
        } else if start == end {
            self.init(
                start..<end, upTo: range.upperBound, authorityStart: authorityStart, decoded: [ASCII.slash])
        } else {
            let (path, slashes) = try RequestTarget.decode(head, at: start..<end)
            self.init(
                start..<end, upTo: range.upperBound, authorityStart: authorityStart, decoded: path, slashes: slashes)
        }
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

    /// Decodes once. Where a slash was encoded is told, since it does not end a segment.
    private static func decode(
        _ head: Span<UInt8>, at range: Range<Int>
    ) throws(RequestRejection) -> (path: [UInt8], encodedSlashes: ClosedRange<Int>?) {
        var slashes: ClosedRange<Int>?
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
                if byte < 0x20 || byte == ASCII.delete { throw RequestRejection(.unsafePath) }
                if byte == ASCII.slash { slashes = (slashes?.lowerBound ?? decoded.count)...decoded.count }
            }
            if byte == ASCII.backslash { throw RequestRejection(.unsafePath) }
            decoded.append(byte)
        }
        for segment in decoded.split(separator: ASCII.slash) where segment.elementsEqual([ASCII.dot, ASCII.dot]) {
            throw RequestRejection(.unsafePath)
        }
        guard String(validating: decoded, as: UTF8.self) != nil else { throw RequestRejection(.unsafePath) }
        return (decoded, slashes)
    }
}

/// The `Host` field and the authority of an absolute URL: `name` or `name:port`, without user (RFC 9110 §7.2).
enum HostField {
    static func isValid(_ bytes: Span<UInt8>, at range: Range<Int>) -> Bool {
        guard let nameEnd = endOfName(bytes, range), nameEnd > range.lowerBound else { return false }
        if nameEnd == range.upperBound { return true }
        guard bytes[nameEnd] == ASCII.colon else { return false }
        let port = (nameEnd + 1)..<range.upperBound
        return port.isEmpty || Decimal.parse(bytes, port).map { $0 <= 65535 } ?? false
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
        while true {
            index = bytes.firstNotHostName(in: index..<range.upperBound)
            if index == range.upperBound || bytes[index] == ASCII.colon { return index }
            guard bytes[index] == ASCII.percent, index + 2 < range.upperBound,
                ASCII.hexValue(bytes[index + 1]) != nil, ASCII.hexValue(bytes[index + 2]) != nil
            else { return nil }
            index += 1
        }
    }
}
