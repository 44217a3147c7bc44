/// One head's bytes and where its fields lie in them. Value; it owns its copy, so it outlives the buffer it came from.
package struct FieldBlock: Sendable {
    /// One field line, as offsets into ``FieldBlock/bytes``; the value without the blanks around it.
    package struct Field: Sendable, Equatable {
        package let nameStart: UInt32
        package let nameEnd: UInt32
        package let valueStart: UInt32
        package let valueEnd: UInt32
        package let known: FieldName

        package var name: Range<Int> { unsafe Range(uncheckedBounds: (Int(nameStart), Int(nameEnd))) }
        package var value: Range<Int> { unsafe Range(uncheckedBounds: (Int(valueStart), Int(valueEnd))) }
    }

    /// The whole head: request or status line, field lines and the empty line, as they came.
    package let bytes: [UInt8]
    /// In the order they came; a name may stand there more than once.
    package let fields: [Field]
    /// Which of the known names there are.
    package let names: FieldNames
    /// Which of them stand there more than once.
    package let repeatedNames: FieldNames

    init(bytes: [UInt8], _ list: FieldList) {
        self.bytes = bytes
        fields = list.fields
        names = list.names
        repeatedNames = list.repeatedNames
    }

    // MARK: by a known name

    /// The value of the first field of that name. When there is none, that is known without looking.
    package subscript(name: FieldName) -> Range<Int>? {
        guard names.contains(name) else { return nil }
        for field in fields where field.known == name { return field.value }
        return nil
    }

    /// That value as text; octets that are not UTF-8 become U+FFFD.
    package func string(_ name: FieldName) -> String? {
        self[name].map(string)
    }

    /// Every field with one of these names, in order.
    package func forEach<E: Error>(
        of wanted: FieldNames, _ body: (_ name: FieldName, _ value: Range<Int>) throws(E) -> Void
    ) throws(E) {
        guard !names.isDisjoint(with: wanted) else { return }
        for field in fields where wanted.contains(field.known) { try body(field.known, field.value) }
    }

    /// Every field that is none of ``FieldName`` and whose name begins with `prefix` (lower case), in order.
    package func forEachOther<E: Error>(
        startingWith prefix: StaticString, _ body: (_ name: Range<Int>, _ value: Range<Int>) throws(E) -> Void
    ) throws(E) {
        for field in fields where field.known == .other && field.name.count > prefix.utf8CodeUnitCount {
            if hasPrefix(field.name, prefix) { try body(field.name, field.value) }
        }
    }

    /// Whether `token` (lower case) is a member of the comma-separated list that all fields of that name make up
    /// (RFC 9110 §5.6.1). Any case matches. Parameters are part of a member: `close;x` is not `close`.
    package func listContains(_ name: FieldName, token: StaticString) -> Bool {
        guard names.contains(name) else { return false }
        for field in fields where field.known == name {
            if listContains(field.value, token: token) { return true }
        }
        return false
    }

    /// The members of that list, in order; empty ones are passed over.
    package func forEachMember<E: Error>(
        of name: FieldName, _ body: (_ member: Range<Int>) throws(E) -> Void
    ) throws(E) {
        guard names.contains(name) else { return }
        for field in fields where field.known == name {
            for member in ListMembers(bytes: bytes, range: field.value) { try body(member) }
        }
    }

    /// Whether the sender lets the connection live on (RFC 9112 §9.3).
    func keepsAlive(minorVersion: Int) -> Bool {
        guard let value = self[.connection] else { return minorVersion > 0 }
        // Nearly always the only thing that is said.
        if matches(value, "keep-alive"), !repeatedNames.contains(.connection) { return true }
        if listContains(.connection, token: "close") { return false }
        return minorVersion > 0 || listContains(.connection, token: "keep-alive")
    }

    // MARK: by any name

    /// The value of the first field called `name`, which is given in lower case; any case matches.
    package func first(_ name: StaticString) -> Range<Int>? {
        let known = FieldName(name)
        if known != .other { return self[known] }
        for field in fields where isOther(field, name) { return field.value }
        return nil
    }

    /// ``first(_:)`` as text; octets that are not UTF-8 become U+FFFD.
    package func string(_ name: StaticString) -> String? {
        first(name).map(string)
    }

    /// How many field lines are called `name` (lower case).
    package func count(of name: StaticString) -> Int {
        var count = 0
        forEach(name) { _ in count += 1 }
        return count
    }

    /// Every field in order: where its name and its value lie.
    package func forEach<E: Error>(_ body: (_ name: Range<Int>, _ value: Range<Int>) throws(E) -> Void) throws(E) {
        for field in fields { try body(field.name, field.value) }
    }

    /// The values of all fields called `name` (lower case), in order.
    package func forEach<E: Error>(_ name: StaticString, _ body: (_ value: Range<Int>) throws(E) -> Void) throws(E) {
        let known = FieldName(name)
        if known != .other, !names.contains(known) { return }
        for field in fields where known == .other ? isOther(field, name) : field.known == known {
            try body(field.value)
        }
    }

    /// ``listContains(_:token:)-(FieldName,_)`` for any name (lower case).
    package func listContains(_ name: StaticString, token: StaticString) -> Bool {
        var isFound = false
        forEach(name) { value in isFound = isFound || listContains(value, token: token) }
        return isFound
    }

    // MARK: octets

    /// The octets in `range` as text; those that are not UTF-8 become U+FFFD.
    package func string(_ range: Range<Int>) -> String {
        unsafe bytes.span.extracting(range).withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// Whether the octets in `range` are `text`, which is in lower case; any case matches.
    package func matches(_ range: Range<Int>, _ text: StaticString) -> Bool {
        range.count == text.utf8CodeUnitCount && hasPrefix(range, text)
    }

    /// Whether the octets in `range` are those of `text`, which is in lower case; any case matches.
    package func matches(_ range: Range<Int>, _ text: Span<UInt8>) -> Bool {
        let octets = bytes.span.extracting(range)
        guard octets.count == text.count else { return false }
        for index in octets.indices where ASCII.lowercased(octets[index]) != text[index] { return false }
        return true
    }

    /// Whether the octets in `range` begin with `text`, which is in lower case; any case matches.
    package func hasPrefix(_ range: Range<Int>, _ text: StaticString) -> Bool {
        bytes.span.extracting(range).hasPrefix(text)
    }

    private func isOther(_ field: Field, _ name: StaticString) -> Bool {
        field.known == .other && matches(field.name, name)
    }

    private func listContains(_ value: Range<Int>, token: StaticString) -> Bool {
        if value.count < token.utf8CodeUnitCount { return false }
        for member in ListMembers(bytes: bytes, range: value) where matches(member, token) { return true }
        return false
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
            var comma = rest.lowerBound
            while comma < rest.upperBound, bytes[comma] != ASCII.comma { comma += 1 }
            let member = bytes.span.trimmingBlanks(rest.lowerBound..<comma)
            rest = Swift.min(comma + 1, rest.upperBound)..<rest.upperBound
            if !member.isEmpty { return member }
        }
        return nil
    }
}

extension Span where Element == UInt8 {
    /// `range` without the SP and HTAB at its ends.
    func trimmingBlanks(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        precondition(start >= 0 && end <= count)
        // Both only move towards each other.
        while start < end, ASCII.isBlank(unsafe self[unchecked: start]) { start &+= 1 }
        while start < end, ASCII.isBlank(unsafe self[unchecked: end &- 1]) { end &-= 1 }
        return unsafe Range(uncheckedBounds: (start, end))
    }
}
