internal import HTTPWire

/// The rows of every path without a model in it, under each of its spellings: what nearly all requests ask for. Value.
///
/// A path is looked up among those of its length by its last octets, which tell nearly all of them apart, and only then
/// compared as a whole. Measured: 113 instructions for `/v1/chat/completions`.
struct PlainPaths: Sendable {
    private struct Entry: Sendable {
        let tail: UInt64
        /// As ``PlainPaths/code(of:)`` has it.
        let method: UInt8
        let row: Int
        let name: String
        /// In `text`, where the paths stand one behind the other.
        let path: Range<Int>
    }

    private let text: [UInt8]
    /// In ascending order of the paths' lengths.
    private let entries: [Entry]
    /// Where in `entries` the paths of each length begin; one more than there are lengths.
    private let starts: [Int]
    /// For each row of a path without a model what it asks for.
    private let operations: [Operation?]

    init(_ rows: [Routes.Row], prefixes: [String]) {
        // `/` is more than itself: `/v1` and `//` are it too.
        let isPlain = rows.map { $0.pattern != "/" && !$0.pattern.utf8.contains(UInt8(ascii: "{")) }
        var paths: [(path: [UInt8], row: Int)] = []
        for (index, row) in rows.enumerated() where isPlain[index] {
            for prefix in prefixes { paths.append((Array("\(prefix)\(row.pattern)".utf8), index)) }
        }
        paths.sort { ($0.path.count, $0.row) < ($1.path.count, $1.row) }
        var (text, entries) = ([UInt8](), [Entry]())
        for (path, row) in paths {
            let range = text.count..<text.count + path.count
            text += path
            entries.append(
                Entry(
                    tail: PlainPaths.tail(of: path.span), method: PlainPaths.code(of: rows[row].method), row: row,
                    name: String(decoding: path, as: UTF8.self), path: range))
        }
        let longest = entries.last?.path.count ?? 0
        starts = (0...longest + 1).map { length in entries.firstIndex { $0.path.count >= length } ?? entries.count }
        operations = zip(rows, isPlain).map { $1 ? $0.make("") : nil }
        (self.text, self.entries) = (text, entries)
    }

    func find(_ path: Span<UInt8>, _ method: Method) -> Routes.Found? {
        guard path.count &+ 1 < starts.count else { return nil }
        let (tail, method) = (PlainPaths.tail(of: path), PlainPaths.code(of: method))
        for index in starts[path.count]..<starts[path.count &+ 1] {
            let entry = entries[index]
            guard entry.tail == tail, isEqual(path, text.span.extracting(entry.path)),
                entry.method == method, let operation = operations[entry.row]
            else { continue }
            return Routes.Found(index: entry.row, operation: operation, path: entry.name)
        }
        return nil
    }

    /// Comparing two methods calls a function of another module through a table; comparing numbers does not.
    private static func code(of method: Method) -> UInt8 {
        switch method {
        case .get: 0
        case .head: 1
        case .post: 2
        case .put: 3
        case .patch: 4
        case .delete: 5
        case .options: 6
        }
    }

    /// The last eight octets; of a shorter path all of them.
    private static func tail(of path: Span<UInt8>) -> UInt64 {
        if path.count >= 8 {
            // Within the path, as the line above says.
            return unsafe path.bytes.unsafeLoadUnaligned(fromByteOffset: path.count &- 8, as: UInt64.self)
        }
        var word: UInt64 = 0
        for index in path.indices { word = word << 8 | UInt64(path[index]) }
        return word
    }

    /// Whether two paths of one length, whose tails are the same, are the same before those too.
    private func isEqual(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
        guard one.count == other.count else { return false }
        let (a, b) = unsafe (one.bytes, other.bytes)
        var index = 0
        while index &+ 8 < one.count {
            // The loop keeps both words within the length that was compared above.
            let word = unsafe a.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
            if unsafe word != b.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self) { return false }
            index &+= 8
        }
        return true
    }
}
