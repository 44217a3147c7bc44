/// One value of a tape. Keeps the tape alive; what does not fit the value's kind is nil or empty.
package struct JSONNode: Sendable {
    let storage: JSONTape.Storage
    let index: Int

    private var entry: JSONTape.Entry { storage.nodes[index] }

    package var kind: JSONKind { entry.kind }
    package var isNull: Bool { entry.kind == .null }

    /// Where the value stands in the tape's source, quotes and brackets included.
    package var range: Range<Int> { entry.range }

    /// The value as it is written.
    package var text: [UInt8] { Array(storage.source[range]) }

    package func appendText(to out: inout [UInt8]) {
        let source = storage.source
        out.append(source.span, range)
    }

    package var string: String? {
        let source = storage.source
        return jsonString(range, in: source.span)
    }

    package var bool: Bool? {
        let source = storage.source
        return jsonBool(range, in: source.span)
    }

    /// Exact; also `1e3` and `10.0`.
    package var int: Int? {
        let source = storage.source
        return jsonInt(range, in: source.span)
    }

    /// Finite.
    package var double: Double? {
        let source = storage.source
        return jsonDouble(range, in: source.span)
    }

    package func equals(_ text: StaticString) -> Bool {
        let source = storage.source
        return jsonStringEquals(range, in: source.span, text)
    }

    package func equals(_ text: String) -> Bool {
        let source = storage.source
        return jsonStringEquals(range, in: source.span, text)
    }

    // MARK: - What is inside

    /// Whether the value holds no other one.
    package var isEmpty: Bool { Int(entry.next) == index + 1 }

    /// The elements of an array.
    package var elements: Elements { Elements(of: self) }

    /// The members of an object; with duplicates, in the order of the text.
    package var members: Members { Members(of: self) }

    /// The element at a place of an array; takes time in proportion to it.
    package subscript(_ place: Int) -> JSONNode? {
        guard place >= 0 else { return nil }
        var elements = elements
        for _ in 0..<place where elements.next() == nil { return nil }
        return elements.next()
    }

    /// The value of the last member that has this name, however its key is spelled.
    package subscript(_ name: StaticString) -> JSONNode? {
        var found: JSONNode?
        for member in members where member.key.equals(name) { found = member.value }
        return found
    }

    package func member(named name: String) -> JSONNode? {
        var found: JSONNode?
        for member in members where member.key.equals(name) { found = member.value }
        return found
    }

    package struct Elements: Sequence, IteratorProtocol, Sendable {
        private let storage: JSONTape.Storage
        private var index: Int
        private let end: Int

        fileprivate init(of node: JSONNode) {
            storage = node.storage
            index = node.index + 1
            end = node.kind == .array ? Int(node.entry.next) : index
        }

        package mutating func next() -> JSONNode? {
            guard index < end else { return nil }
            defer { index = Int(storage.nodes[index].next) }
            return JSONNode(storage: storage, index: index)
        }
    }

    package struct Members: Sequence, IteratorProtocol, Sendable {
        private let storage: JSONTape.Storage
        private var index: Int
        private let end: Int

        fileprivate init(of node: JSONNode) {
            storage = node.storage
            index = node.index + 1
            end = node.kind == .object ? Int(node.entry.next) : index
        }

        package mutating func next() -> (key: JSONNode, value: JSONNode)? {
            guard index + 1 < end else { return nil }
            defer { index = Int(storage.nodes[index + 1].next) }
            return (JSONNode(storage: storage, index: index), JSONNode(storage: storage, index: index + 1))
        }
    }
}
