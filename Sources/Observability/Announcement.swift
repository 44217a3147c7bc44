/// What stands before a credential and says that it is one: `Bearer ` in any form in which paths, URLs and lists write it, or
/// a URL's `key=`; `api_key=` and `access_token=` end like that.
enum Announcement {
    case scheme
    case item

    /// What may stand between `bearer` and the credential; a `%` begins an escape.
    static let schemeEnds = Array(" \t/+:=%".utf8)

    /// - Parameter boundary: nothing before it belongs to the word.
    init?(before start: Int, in bytes: [UInt8], after boundary: Int) {
        var end = start
        var separator: UInt8
        if start >= 3, let escape = Escape(at: start - 3, in: bytes), escape.end == start,
            bytes[start - 3] == UInt8(ascii: "%")
        {
            (separator, end) = (escape.byte, start - 3)
        } else {
            guard start > 0 else { return nil }
            (separator, end) = (bytes[start - 1], start - 1)
        }
        while end > 0, separator == UInt8(ascii: " "),
            bytes[end - 1] == UInt8(ascii: " ") || bytes[end - 1] == UInt8(ascii: ":")
        {
            end -= 1
        }
        func follows(_ name: StaticString) -> Bool {
            let begin = end - name.utf8CodeUnitCount
            guard begin >= 0 else { return false }
            for offset in 0..<name.utf8CodeUnitCount {
                let byte = bytes[begin + offset]
                let isCapital = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
                if unsafe (isCapital ? byte | 0x20 : byte) != name.utf8Start[offset] { return false }
            }
            return begin <= boundary || !CredentialShape.isLetterOrDigit(bytes[begin - 1])
                || Escape.ends(at: begin, in: bytes)
        }
        if separator == UInt8(ascii: "="), follows("key") || follows("apikey") || follows("token") {
            self = .item
        } else if Announcement.schemeEnds.dropLast().contains(separator), follows("bearer") {
            self = .scheme
        } else {
            return nil
        }
    }
}
