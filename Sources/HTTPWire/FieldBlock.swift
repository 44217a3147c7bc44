/// One head's bytes and where its fields lie in them. Value; it owns its copy, so it outlives the buffer it came from.
package struct FieldBlock: Sendable {
    /// One field line, as offsets into ``FieldBlock/bytes``; the value without the blanks around it.
    package struct Field: Sendable, Equatable {
        package let nameStart: UInt32
        package let nameEnd: UInt32
        package let valueStart: UInt32
        package let valueEnd: UInt32

        package var name: Range<Int> { Int(nameStart)..<Int(nameEnd) }
        package var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
    }

    /// The whole head: request or status line, field lines and the empty line, as they came.
    package let bytes: [UInt8]
    /// In the order they came; a name may stand there more than once.
    package let fields: [Field]

    init(bytes: [UInt8], fields: [Field]) {
        self.bytes = bytes
        self.fields = fields
    }

    /// The value of the first field called `name`, which is given in lower case; any case matches.
    package func first(_ name: StaticString) -> Range<Int>? {
        for field in fields where matches(field.name, name) { return field.value }
        return nil
    }

    /// ``first(_:)`` as text; octets that are not UTF-8 become U+FFFD.
    package func string(_ name: StaticString) -> String? {
        first(name).map(string)
    }

    /// The octets in `range` as text; those that are not UTF-8 become U+FFFD.
    package func string(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    /// How many field lines are called `name` (lower case).
    package func count(of name: StaticString) -> Int {
        var count = 0
        for field in fields where matches(field.name, name) { count += 1 }
        return count
    }

    /// Every field in order: where its name and its value lie.
    package func forEach<E: Error>(_ body: (_ name: Range<Int>, _ value: Range<Int>) throws(E) -> Void) throws(E) {
        for field in fields { try body(field.name, field.value) }
    }

    /// The values of all fields called `name` (lower case), in order.
    package func forEach<E: Error>(_ name: StaticString, _ body: (_ value: Range<Int>) throws(E) -> Void) throws(E) {
        for field in fields where matches(field.name, name) { try body(field.value) }
    }

    /// Whether `token` (lower case) is a member of the comma-separated list that all fields called `name` make up
    /// (RFC 9110 §5.6.1). Any case matches. Parameters are part of a member: `close;x` is not `close`.
    package func listContains(_ name: StaticString, token: StaticString) -> Bool {
        for field in fields where matches(field.name, name) {
            for member in ListMembers(bytes: bytes, range: field.value) where matches(member, token) { return true }
        }
        return false
    }

    /// Whether the octets in `range` are `text`, which is in lower case; any case matches.
    package func matches(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        for offset in 0..<range.count {
            let expected = unsafe text.utf8Start[offset]
            if ASCII.lowercased(bytes[range.lowerBound + offset]) != expected { return false }
        }
        return true
    }
}

/// The members of a comma-separated list, without the blanks around them; empty members are passed over.
/// Commas inside quoted strings split too, so this serves lists of tokens only.
struct ListMembers: Sequence, IteratorProtocol {
    private let bytes: [UInt8]
    private var rest: Range<Int>

    init(bytes: [UInt8], range: Range<Int>) {
        self.bytes = bytes
        rest = range
    }

    mutating func next() -> Range<Int>? {
        while !rest.isEmpty {
            let comma = bytes[rest].firstIndex(of: ASCII.comma)
            let member = bytes.trimmingBlanks(rest.lowerBound..<(comma ?? rest.upperBound))
            rest = comma.map { ($0 + 1)..<rest.upperBound } ?? (rest.upperBound..<rest.upperBound)
            if !member.isEmpty { return member }
        }
        return nil
    }
}

extension [UInt8] {
    /// `range` without the SP and HTAB at its ends.
    func trimmingBlanks(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, ASCII.isBlank(self[start]) { start += 1 }
        while start < end, ASCII.isBlank(self[end - 1]) { end -= 1 }
        return start..<end
    }
}
