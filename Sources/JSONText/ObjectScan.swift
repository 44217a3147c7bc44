/// Where the wanted members of one object stand in its text; the rest of the text is only checked.
package struct ObjectScan: Sendable {
    /// One member as it stands in the text.
    package struct Occurrence: Sendable, Hashable {
        /// With both quotes.
        package let key: Range<Int>
        package let value: Range<Int>

        package init(key: Range<Int>, value: Range<Int>) {
            self.key = key
            self.value = value
        }
    }

    /// From `{` to just past `}`.
    package let object: Range<Int>
    package let isEmpty: Bool
    package let names: MemberNames
    private let found: [FoundMember]
    /// A bit for each name that was found, so that the many that were not cost nothing to ask for. Those from the 64th on
    /// share the last one.
    private let present: UInt64

    /// One validating pass over a whole JSON text whose top level is an object: structure, nesting, UTF-8, escapes,
    /// the numbers' grammar, and nothing but white space around the object.
    ///
    /// - Parameter depthLimit: brackets open at once, the object's own included; 1 to 128.
    /// - Throws: `JSONError` at the first byte that breaks a rule; `.tooManyValues` for 262,144 wanted members.
    package init(_ bytes: Span<UInt8>, names: MemberNames, depthLimit: Int = deepestNesting) throws(JSONError) {
        var sink = MemberSink(names: names)
        try walk(bytes, depthLimit: depthLimit, rootIsObject: true, into: &sink)
        try self.init(consume sink)
    }

    fileprivate init(_ sink: MemberSink) throws(JSONError) {
        if sink.isFull { throw JSONError(.tooManyValues, at: sink.rootStart) }
        names = sink.names
        object = sink.rootStart..<sink.end
        isEmpty = !sink.hasMembers
        found = sink.found
        present = sink.present
    }

    /// Finds the members of an object that is part of a text already validated, without validating it again.
    ///
    /// - Parameter range: from `{` to just past `}`, white space around it allowed. Nil when it holds no object.
    package init?(_ bytes: Span<UInt8>, within range: Range<Int>, names: MemberNames) {
        guard bytes.count < UInt32.max, jsonKind(of: range, in: bytes) == .object else { return nil }
        var members = JSONMembers(range, in: bytes)
        var found: [FoundMember] = []
        var present: UInt64 = 0
        var isEmpty = true
        while let (key, value) = members.next() {
            isEmpty = false
            let hasEscapes = members.keyHasEscapes
            let name = names.index(of: key, hasEscapes: hasEscapes, in: bytes)
            guard name >= 0 else { continue }
            found.append(FoundMember(name: name, key: key, value: value))
            present |= bit(of: name)
        }
        guard let end = members.end else { return nil }
        self.names = names
        self.found = found
        self.present = present
        self.isEmpty = isEmpty
        object = bytes.skippingSpace(from: range.lowerBound)..<end
    }

    /// The value of the last member that has this name, however the key is spelled: most parsers let the last one win.
    package subscript(_ index: Int) -> Range<Int>? {
        guard mayHave(index) else { return nil }
        for place in stride(from: found.count - 1, through: 0, by: -1) where found[place].name == index {
            return found[place].value
        }
        return nil
    }

    @inline(__always)
    private func mayHave(_ index: Int) -> Bool {
        present & bit(of: index) != 0
    }

    /// Whether the object has a member with one of these names. Nearly free when it has none.
    package func hasAny(of indices: Range<Int>) -> Bool {
        // Two shifts cut the bits of the names out; those from the 64th on share one, so then each is asked for.
        let (first, end) = (min(indices.lowerBound, 63), min(indices.upperBound, 64))
        guard first < end else { return false }
        let width = UInt64(truncatingIfNeeded: end &- first)
        if present &>> UInt64(truncatingIfNeeded: first) & (~0 &>> (64 &- width)) == 0 { return false }
        for index in indices where mayHave(index) && self[index] != nil { return true }
        return false
    }

    /// Every member that has this name, in the order of the text.
    package func occurrences(of index: Int) -> Occurrences {
        Occurrences(found: mayHave(index) ? found : [], name: index)
    }

    /// Every wanted member with the index of its name, in the order of the text.
    package var members: Members { Members(found: found) }

    package struct Members: Sequence, IteratorProtocol, Sendable {
        fileprivate let found: [FoundMember]
        fileprivate var place = 0

        package mutating func next() -> (index: Int, member: Occurrence)? {
            guard place < found.count else { return nil }
            let member = found[place]
            place += 1
            return (member.name, Occurrence(key: member.key, value: member.value))
        }
    }

    package struct Occurrences: Sequence, IteratorProtocol, Sendable {
        fileprivate let found: [FoundMember]
        fileprivate let name: Int
        fileprivate var place = 0

        package mutating func next() -> Occurrence? {
            while place < found.count {
                let member = found[place]
                place += 1
                if member.name == name { return Occurrence(key: member.key, value: member.value) }
            }
            return nil
        }
    }
}

/// An ``ObjectScan`` that is made in parts. A value.
package struct ObjectScanInParts: Sendable {
    private var sink: MemberSink
    private var state = WalkState()

    package init(names: MemberNames) {
        sink = MemberSink(names: names)
    }

    /// Goes on for about `count` bytes; `bytes` have to be the same each time.
    ///
    /// - Returns: the scan, when it is done.
    package mutating func advance(_ bytes: Span<UInt8>, by count: Int) throws(JSONError) -> ObjectScan? {
        let isDone = try walk(
            bytes, depthLimit: deepestNesting, rootIsObject: true, from: &state, by: count, into: &sink)
        return isDone ? try ObjectScan(sink) : nil
    }
}

/// An occurrence in 20 bytes, so that an object full of wanted keys cannot take much more memory than its text.
private struct FoundMember: Sendable {
    private let index, keyStart, keyEnd, valueStart, valueEnd: UInt32

    /// Every offset is below `UInt32.max`: longer texts are refused before this.
    init(name: Int, key: Range<Int>, value: Range<Int>) {
        index = UInt32(truncatingIfNeeded: name)
        keyStart = UInt32(truncatingIfNeeded: key.lowerBound)
        keyEnd = UInt32(truncatingIfNeeded: key.upperBound)
        valueStart = UInt32(truncatingIfNeeded: value.lowerBound)
        valueEnd = UInt32(truncatingIfNeeded: value.upperBound)
    }

    var name: Int { Int(index) }
    var key: Range<Int> { Int(keyStart)..<Int(keyEnd) }
    var value: Range<Int> { Int(valueStart)..<Int(valueEnd) }
}

/// Keeps the wanted members of the outermost object.
private struct MemberSink: JSONSink, Sendable {
    /// Of wanted members, all told: what a text full of them costs has to have an end.
    static let mostFound = 1 << 18

    let names: MemberNames
    var found: [FoundMember] = []
    var present: UInt64 = 0
    var rootStart = 0
    var end = 0
    var hasMembers = false
    /// There are more than that.
    var isFull = false
    private var depth = 0
    /// Of the outermost object's current member: its name, or -1 when it is not wanted.
    private var name = -1
    private var currentKey = 0..<0
    private var valueStart = 0

    init(names: MemberNames) {
        self.names = names
    }

    @inline(__always)
    mutating func key(_ range: Range<Int>, hasEscapes: Bool, in bytes: Span<UInt8>) {
        guard depth == 1 else { return }
        hasMembers = true
        name = names.index(of: range, hasEscapes: hasEscapes, in: bytes)
        currentKey = range
    }

    @inline(__always)
    mutating func scalar(_ kind: JSONKind, _ range: Range<Int>, hasEscapes: Bool) {
        if depth == 1, name >= 0 { keep(range) }
    }

    @inline(__always)
    mutating func open(_ kind: JSONKind, at start: Int) {
        if depth == 0 { rootStart = start }
        if depth == 1 { valueStart = start }
        depth += 1
    }

    @inline(__always)
    mutating func close(_ kind: JSONKind, at end: Int, isEmpty: Bool) {
        depth -= 1
        if depth == 1, name >= 0 { keep(valueStart..<end) }
        if depth == 0 { self.end = end }
    }

    private mutating func keep(_ value: Range<Int>) {
        // One allocation for nearly every request.
        if found.isEmpty { found.reserveCapacity(min(names.count, 16)) }
        guard found.count < MemberSink.mostFound else {
            isFull = true
            return
        }
        found.append(FoundMember(name: name, key: currentKey, value: value))
        present |= bit(of: name)
    }
}

/// Of a name among those that were found.
@inline(__always)
private func bit(of name: Int) -> UInt64 {
    1 &<< UInt64(truncatingIfNeeded: min(name, 63))
}
