/// A validated JSON text with an index of its values, for bodies that must be inspected or translated.
///
/// One node of 16 bytes per key and value, holding a range of the text; no value is decoded before it is asked for.
/// Immutable and cheap to copy: text and index are shared.
package struct JSONTape: Sendable {
    /// Values and keys that a tape may have, so that its index stays below 64 MiB whatever the text is.
    package static let defaultNodeLimit = 4 << 20

    let storage: Storage

    /// - Parameters:
    ///   - source: the text, kept without a copy.
    ///   - depthLimit: brackets open at once, 1 to 128.
    ///   - nodeLimit: values and keys, at most 2^32 - 1.
    /// - Throws: `JSONError` at the first byte that breaks a rule; `.tooManyValues` beyond `nodeLimit`.
    package init(
        _ source: [UInt8], depthLimit: Int = deepestNesting, nodeLimit: Int = defaultNodeLimit
    ) throws(JSONError) {
        var sink = TapeSink(nodeLimit: min(nodeLimit, Int(UInt32.max)))
        try walk(source.span, depthLimit: depthLimit, rootIsObject: false, into: &sink)
        storage = Storage(source: source, nodes: sink.nodes)
    }

    /// The same with a copy of the text.
    package init(
        copying source: Span<UInt8>, depthLimit: Int = deepestNesting, nodeLimit: Int = defaultNodeLimit
    ) throws(JSONError) {
        var copy: [UInt8] = []
        copy.append(source, 0..<source.count)
        try self.init(copy, depthLimit: depthLimit, nodeLimit: nodeLimit)
    }

    package var root: JSONNode { JSONNode(storage: storage, index: 0) }
    package var source: [UInt8] { storage.source }

    /// What one key or value takes, in bytes.
    package static var nodeSize: Int { MemoryLayout<Entry>.stride }

    final class Storage: Sendable {
        let source: [UInt8]
        /// In the order of the text; a member's key directly before its value. Never empty.
        let nodes: [Entry]

        init(source: [UInt8], nodes: [Entry]) {
            self.source = source
            self.nodes = nodes
        }
    }

    struct Entry: Sendable {
        /// Quotes and brackets included.
        var start: UInt32
        var end: UInt32
        /// The index of the first node behind this value and all that is in it.
        var next: UInt32
        var kind: JSONKind
        var isKey: Bool
        var hasEscapes: Bool

        var range: Range<Int> { Int(start)..<Int(end) }
    }
}

private struct TapeSink: JSONSink {
    let nodeLimit: Int
    var nodes: [JSONTape.Entry] = []
    private var open: [Int] = []

    init(nodeLimit: Int) {
        self.nodeLimit = nodeLimit
    }

    @inline(__always)
    mutating func key(_ range: Range<Int>, hasEscapes: Bool, in bytes: Span<UInt8>) {
        // Counted when the value comes.
        append(.string, range, isKey: true, hasEscapes: hasEscapes)
    }

    @inline(__always)
    mutating func scalar(_ kind: JSONKind, _ range: Range<Int>, hasEscapes: Bool) throws(JSONError) {
        guard nodes.count < nodeLimit else { throw JSONError(.tooManyValues, at: range.lowerBound) }
        append(kind, range, isKey: false, hasEscapes: hasEscapes)
    }

    @inline(__always)
    mutating func open(_ kind: JSONKind, at start: Int) throws(JSONError) {
        guard nodes.count < nodeLimit else { throw JSONError(.tooManyValues, at: start) }
        open.append(nodes.count)
        append(kind, start..<start, isKey: false, hasEscapes: false)
    }

    @inline(__always)
    mutating func close(_ kind: JSONKind, at end: Int, isEmpty: Bool) {
        guard let index = open.popLast() else { return }
        nodes[index].end = UInt32(truncatingIfNeeded: end)
        nodes[index].next = UInt32(truncatingIfNeeded: nodes.count)
    }

    @inline(__always)
    private mutating func append(_ kind: JSONKind, _ range: Range<Int>, isKey: Bool, hasEscapes: Bool) {
        // The walk refuses texts of 4 GiB, and a node takes at least one byte of text.
        nodes.append(
            JSONTape.Entry(
                start: UInt32(truncatingIfNeeded: range.lowerBound), end: UInt32(truncatingIfNeeded: range.upperBound),
                next: UInt32(truncatingIfNeeded: nodes.count + 1), kind: kind, isKey: isKey, hasEscapes: hasEscapes))
    }
}
