/// A name as the bytes it is written with: the key of every table that is asked for what a client wrote, and the way to
/// compare two such texts. A value of one `String`.
///
/// `String` holds texts equal that Unicode calls equivalent: `K` (KELVIN SIGN, three bytes) is `K`, `é` is `e` with an accent
/// behind it. An upstream tells them apart, so a request for the one must neither find nor leave behind what is the
/// other's. An ASCII literal without `K`, `;` and a grave accent has no such doubles and is compared as it is.
package struct Name: Sendable {
    package let text: String

    @inlinable package init(_ text: String) {
        self.text = text
    }
}

extension Name: Hashable {
    @inlinable package static func == (one: Name, other: Name) -> Bool {
        areEqual(one.text.utf8.span, other.text.utf8.span)
    }

    /// Whether both texts are there and have the same bytes, or neither is there.
    @inlinable package static func areSame(_ one: String?, _ other: String?) -> Bool {
        guard let one, let other else { return one == nil && other == nil }
        return areEqual(one.utf8.span, other.utf8.span)
    }

    package func hash(into hasher: inout Hasher) {
        unsafe text.utf8.span.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        // No byte of UTF-8: where one name ends and the next begins is part of a hash over several.
        hasher.combine(0xFF as UInt8)
    }
}

extension Name: ExpressibleByStringLiteral, CustomStringConvertible {
    package init(stringLiteral text: String) { self.text = text }
    package var description: String { text }
}

/// Whether a `model_name` is a pattern: a `*` in it, whatever stands behind it. (For `String` a star and the accent behind
/// it are one character, and no star.)
package func isPattern(_ name: String) -> Bool {
    name.utf8.contains(UInt8(ascii: "*"))
}

/// Whether two texts have the same bytes, eight at a time.
@usableFromInline
package func areEqual(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
    guard one.count == other.count else { return false }
    guard one.count >= 8 else {
        for index in one.indices where one[index] != other[index] { return false }
        return true
    }
    let (a, b) = unsafe (one.bytes, other.bytes)
    // Every word lies within the length, which is the same for both: the last one begins eight bytes before the end.
    let last = one.count &- 8
    var index = 0
    while true {
        let word = unsafe a.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
        if unsafe word != b.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self) { return false }
        if index == last { return true }
        index = min(index &+ 8, last)
    }
}
