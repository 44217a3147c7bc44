/// Where the values of some paths stand in an object's text, found by the walk that validates it.
///
/// Lives on the stack of the function that reads it and is never copied.
package struct PathScan: ~Copyable {
    /// One value. What stands inside it was found before it.
    package struct Find: Sendable, Hashable {
        @usableFromInline let start, end, keyStart: UInt32
        @usableFromInline let index: UInt16
        private let flags: UInt8
        package let kind: JSONKind

        @inline(__always)
        fileprivate init(
            path: Int, _ kind: JSONKind, _ range: Range<Int>, keyStart: UInt32, isBlank: Bool, hasEscapes: Bool = false
        ) {
            // Longer texts than the offsets can tell are refused by the walk.
            start = UInt32(truncatingIfNeeded: range.lowerBound)
            end = UInt32(truncatingIfNeeded: range.upperBound)
            index = UInt16(truncatingIfNeeded: path)
            self.keyStart = keyStart
            self.kind = kind
            flags = (isBlank ? 1 : 0) | (hasEscapes ? 2 : 0)
        }

        /// `null`, `""`, `[]` or `{}`.
        package var isBlank: Bool { flags & 1 != 0 }
        /// A string that is not written as it is.
        package var hasEscapes: Bool { flags & 2 != 0 }
        /// The index of its path.
        @inlinable package var path: Int { Int(index) }
        /// Quotes and brackets included.
        @inlinable package var range: Range<Int> { Int(start)..<Int(end) }
        /// From the key's first quote to the value's end, when it is a member of an object.
        package var member: Range<Int> { Int(keyStart)..<Int(end) }
    }

    /// From `{` to just past `}`.
    package private(set) var object = 0..<0
    package private(set) var isEmpty = true
    package private(set) var finds = FindList()

    // The walk's place among the paths.
    private let paths: JSONPaths
    /// The wanted containers that are open. Outside of them ``JSONPaths/mostSteps`` bounds the depth.
    private var levels = InlineArray<8, Level>(repeating: Level())
    private var depth = 0
    /// Brackets open inside a value that no path leads to.
    private var unwanted = 0
    /// The innermost wanted container: its path's index plus one.
    private var owner = 0
    /// The same of the value that comes next; -1 when it is not wanted.
    private var next = 0
    private var keyStart: UInt32 = 0
    /// Of a walk in parts.
    private var state = WalkState()

    private struct Level {
        var start: UInt32 = 0
        var keyStart: UInt32 = 0
        /// Of the container around it.
        var owner: Int32 = 0
    }

    /// Nothing found yet.
    package init(_ paths: JSONPaths) {
        self.paths = paths
    }

    package init(_ bytes: Span<UInt8>, _ paths: JSONPaths) throws(JSONError) {
        self.init(paths)
        try read(bytes)
    }

    /// One validating pass over a whole JSON text whose top level is an object, as of ``ObjectScan``. To be called once.
    ///
    /// - Throws: `JSONError` at the first byte that breaks a rule; `.tooManyValues` for more than 98,304 finds.
    package mutating func read(_ bytes: Span<UInt8>, depthLimit: Int = deepestNesting) throws(JSONError) {
        try walk(bytes, depthLimit: depthLimit, rootIsObject: true, into: &self)
        if finds.isFull { throw JSONError(.tooManyValues, at: object.lowerBound) }
    }

    /// The same in parts of about `count` bytes; `bytes` have to be the same each time. To be called until it says `true`.
    package mutating func advance(_ bytes: Span<UInt8>, by count: Int) throws(JSONError) -> Bool {
        var walked = state
        let isDone = try walk(
            bytes, depthLimit: deepestNesting, rootIsObject: true, from: &walked, by: count, into: &self)
        state = walked
        if finds.isFull { throw JSONError(.tooManyValues, at: object.lowerBound) }
        return isDone
    }

    /// How many values were found.
    @inlinable package var count: Int { finds.count }

    /// In the order in which the values end in the text.
    @inlinable package subscript(_ place: Int) -> Find { finds[place] }
}

extension PathScan: JSONSink {
    @inline(__always)
    mutating func key(_ range: Range<Int>, hasEscapes: Bool, in bytes: Span<UInt8>) {
        guard unwanted == 0 else { return }
        let inside = paths.inside[owner]
        next =
            inside.hasNames ? paths.table.value(of: range, hasEscapes: hasEscapes, owner: owner, in: bytes) : -1
        if next < 0 { next = Int(inside.otherMember) }
        keyStart = UInt32(truncatingIfNeeded: range.lowerBound)
    }

    @inline(__always)
    mutating func scalar(_ kind: JSONKind, _ range: Range<Int>, hasEscapes: Bool) {
        guard next > 0 else { return }
        let isBlank = kind == .null || kind == .string && range.count == 2
        finds.append(
            Find(path: next &- 1, kind, range, keyStart: keyStart, isBlank: isBlank, hasEscapes: hasEscapes))
    }

    @inline(__always)
    mutating func open(_ kind: JSONKind, at start: Int) {
        guard next >= 0 else {
            unwanted &+= 1
            return
        }
        levels[depth] = Level(
            start: UInt32(truncatingIfNeeded: start), keyStart: keyStart, owner: Int32(truncatingIfNeeded: owner))
        depth &+= 1
        owner = next
        next = kind == .array ? Int(paths.inside[owner].element) : -1
    }

    @inline(__always)
    mutating func close(_ kind: JSONKind, at end: Int, isEmpty: Bool) {
        guard unwanted == 0 else {
            unwanted &-= 1
            return
        }
        depth &-= 1
        let level = levels[depth]
        if owner > 0 {
            let range = Int(level.start)..<end
            finds.append(Find(path: owner &- 1, kind, range, keyStart: level.keyStart, isBlank: isEmpty))
        } else {
            object = Int(level.start)..<end
            self.isEmpty = isEmpty
        }
        owner = Int(level.owner)
        // For the elements that may follow; in an object, the next key decides.
        next = Int(paths.inside[owner].element)
    }
}

extension PathScan.Find {
    /// Whether it is this string, however it is spelled.
    package func equals(_ text: StaticString, in bytes: Span<UInt8>) -> Bool {
        kind == .string && range.count >= text.utf8CodeUnitCount + 2 && jsonStringEquals(range, in: bytes, text)
    }
}
