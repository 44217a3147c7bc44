/// Changes to one JSON text, collected in any order. Whatever they do not touch stays byte for byte.
///
/// Of two edits of which one lies within the other, the outer one counts; of two for the same range, the later one.
package struct JSONEdits: Sendable {
    package enum Piece: Sendable, Hashable {
        /// A part of the old text.
        case source(Range<Int>)
        case text([UInt8])
    }

    private struct Replacement: Sendable {
        var range: Range<Int>
        var text: [UInt8]
        var order = 0

        /// The part of a text of so many bytes that goes.
        func clamped(to count: Int) -> Range<Int> {
            let start = min(max(range.lowerBound, 0), count)
            return start..<min(max(range.upperBound, start), count)
        }
    }

    /// A member or element that goes, or several neighbours, with what stands around them.
    private struct Removal: Sendable {
        /// The separator before it: `,` or the opening bracket.
        var before: Int
        var end: Int
        /// The separator after it: `,` or the closing bracket.
        var after: Int
        var beforeIsComma: Bool
        var afterIsComma: Bool
    }

    private struct Insertion: Sendable {
        /// The bracket pair it goes into, brackets included.
        var container: Range<Int>
        var isEmpty: Bool
        var text: [UInt8]
    }

    /// The one edit of nearly every text, which then needs no list: nothing else is there.
    private var only: Replacement?
    private var lists: Lists?

    /// In the order of the calls; `resolved` puts them in the order of the text. Keeping them sorted instead would let a
    /// text with very many duplicate keys cost quadratic time.
    private struct Lists: Sendable {
        var replacements: [Replacement] = []
        var removals: [Removal] = []
        var insertions: [Insertion] = []
        /// All of them, once they are settled.
        var outcome: [Replacement]?
    }

    package init() {}

    package var isEmpty: Bool { only == nil && lists == nil }

    /// Puts `text` in the place of `range`. With an empty range it goes in front of the byte there, after any text put
    /// there before.
    package mutating func replace(_ range: Range<Int>, with text: [UInt8]) {
        if isEmpty {
            only = Replacement(range: range, text: text)
        } else {
            makeLists()
            lists?.replacements.append(Replacement(range: range, text: text))
        }
    }

    private mutating func makeLists() {
        if lists == nil { lists = Lists() }
        if lists?.outcome != nil { lists?.outcome = nil }
        guard let only else { return }
        lists?.replacements.append(only)
        self.only = nil
    }

    /// Takes out a member with exactly one of its commas. Several neighbours, or all, may go.
    ///
    /// - Parameter bytes: the text, validated.
    package mutating func remove(_ member: ObjectScan.Occurrence, in bytes: Span<UInt8>) {
        remove(from: member.key.lowerBound, to: member.value.upperBound, in: bytes)
    }

    package mutating func remove(key: Range<Int>, value: Range<Int>, in bytes: Span<UInt8>) {
        remove(from: key.lowerBound, to: value.upperBound, in: bytes)
    }

    /// - Parameter member: from the key's first quote to the value's end.
    package mutating func remove(member: Range<Int>, in bytes: Span<UInt8>) {
        remove(from: member.lowerBound, to: member.upperBound, in: bytes)
    }

    /// Takes an element out of an array, with exactly one of its commas.
    package mutating func removeElement(_ range: Range<Int>, in bytes: Span<UInt8>) {
        remove(from: range.lowerBound, to: range.upperBound, in: bytes)
    }

    /// Adds a member after the last one; keys that are there already are not looked at.
    ///
    /// - Parameters:
    ///   - value: a JSON text.
    ///   - object: from `{` to just past `}`.
    ///   - isEmpty: whether the object has no member before any edit.
    package mutating func insert(key: String, value: [UInt8], into object: Range<Int>, isEmpty: Bool) {
        insert(key: key.utf8Span.span, value: value, into: object, isEmpty: isEmpty)
    }

    package mutating func insert(key: String, value: [UInt8], into scan: ObjectScan) {
        insert(key: key.utf8Span.span, value: value, into: scan.object, isEmpty: scan.isEmpty)
    }

    /// Gives the member of this name the value, or adds one when there is none. Of several the last one counts, as most
    /// parsers have it, and the others go: an answer to a text full of them would otherwise be many times as long.
    package mutating func set(_ index: Int, of scan: ObjectScan, to value: [UInt8], in bytes: Span<UInt8>) {
        var last: ObjectScan.Occurrence?
        for member in scan.occurrences(of: index) {
            if let last { remove(last, in: bytes) }
            last = member
        }
        if let last {
            replace(last.value, with: value)
        } else {
            insert(key: scan.names.bytes(of: index).span, value: value, into: scan.object, isEmpty: scan.isEmpty)
        }
    }

    /// The same for the members that a path leads to, without adding one.
    ///
    /// - Returns: whether there is one.
    @discardableResult
    package mutating func set(
        path: Int, of scan: borrowing PathScan, to value: [UInt8], in bytes: Span<UInt8>
    ) -> Bool {
        var last: PathScan.Find?
        for place in 0..<scan.count where scan[place].path == path {
            if let last { remove(member: last.member, in: bytes) }
            last = scan[place]
        }
        guard let last else { return false }
        replace(last.range, with: value)
        return true
    }

    /// Takes out every member of this name.
    package mutating func removeAll(_ index: Int, of scan: ObjectScan, in bytes: Span<UInt8>) {
        for member in scan.occurrences(of: index) { remove(member, in: bytes) }
    }

    /// Takes out every member of these names, in one pass.
    package mutating func removeAll(_ indices: Range<Int>, of scan: ObjectScan, in bytes: Span<UInt8>) {
        for (index, member) in scan.members where indices.contains(index) { remove(member, in: bytes) }
    }

    /// Takes out every member of this name but the last one.
    package mutating func removeEarlier(_ index: Int, of scan: ObjectScan, in bytes: Span<UInt8>) {
        var last: ObjectScan.Occurrence?
        for member in scan.occurrences(of: index) {
            if let last { remove(last, in: bytes) }
            last = member
        }
    }

    /// Adds an element at the end of an array.
    ///
    /// - Parameters:
    ///   - array: from `[` to just past `]`.
    ///   - isEmpty: whether the array has no element before any edit.
    package mutating func append(element: [UInt8], to array: Range<Int>, isEmpty: Bool) {
        makeLists()
        lists?.insertions.append(Insertion(container: array, isEmpty: isEmpty, text: element))
    }

    private mutating func insert(key: Span<UInt8>, value: [UInt8], into object: Range<Int>, isEmpty: Bool) {
        var text: [UInt8] = []
        text.reserveCapacity(key.count + value.count + 4)
        appendJSONString(key, to: &text)
        text.append(ASCII.colon)
        text.append(contentsOf: value)
        makeLists()
        lists?.insertions.append(Insertion(container: object, isEmpty: isEmpty, text: text))
    }

    private mutating func remove(from start: Int, to end: Int, in bytes: Span<UInt8>) {
        var before = start - 1
        while before > 0, isSpace(bytes.byte(before)) { before -= 1 }
        let after = bytes.skippingSpace(from: end)
        guard before >= 0, after < bytes.count else { return }
        makeLists()
        add(
            Removal(
                before: before, end: end, after: after, beforeIsComma: bytes.byte(before) == ASCII.comma,
                afterIsComma: bytes.byte(after) == ASCII.comma))
    }

    private mutating func add(_ removal: Removal) {
        guard let count = lists?.removals.count, count > 0, lists?.removals[count - 1].after == removal.before else {
            lists?.removals.append(removal)
            return
        }
        // Of a row of neighbours only the two ends matter.
        lists?.removals[count - 1].end = removal.end
        lists?.removals[count - 1].after = removal.after
        lists?.removals[count - 1].afterIsComma = removal.afterIsComma
    }
}

// MARK: - The outcome

extension JSONEdits {
    /// The new text in order: parts of the old one, which is `count` bytes long, and what the edits put between them.
    package func forEachPiece(of count: Int, _ body: (Piece) -> Void) {
        if let only {
            let part = only.clamped(to: count)
            if part.lowerBound > 0 { body(.source(0..<part.lowerBound)) }
            if !only.text.isEmpty { body(.text(only.text)) }
            if part.upperBound < count { body(.source(part.upperBound..<count)) }
            return
        }
        var at = 0
        for edit in resolved() {
            let start = min(max(edit.range.lowerBound, at), count)
            if at < start { body(.source(at..<start)) }
            if !edit.text.isEmpty { body(.text(edit.text)) }
            at = min(max(edit.range.upperBound, start), count)
        }
        if at < count { body(.source(at..<count)) }
    }

    /// Puts the edits in order, which each of the following would else do anew.
    package mutating func settle() {
        guard lists != nil else { return }
        let settled = resolved()
        lists?.outcome = settled
    }

    /// The size of the new text in bytes, when the old one has `count`.
    package func size(of count: Int) -> Int {
        if let only { return count - only.clamped(to: count).count + only.text.count }
        var size = 0
        forEachPiece(of: count) { piece in
            switch piece {
            case .source(let range): size += range.count
            case .text(let text): size += text.count
            }
        }
        return size
    }

    package func apply(to bytes: Span<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        let edits = resolved()
        out.reserveCapacity(edits.reduce(bytes.count) { $0 + $1.text.count })
        var at = 0
        for edit in edits {
            let start = min(max(edit.range.lowerBound, at), bytes.count)
            out.append(bytes, at..<start)
            out.append(contentsOf: edit.text)
            at = min(max(edit.range.upperBound, start), bytes.count)
        }
        out.append(bytes, at..<bytes.count)
        return out
    }

    /// Everything as replacements, in the order of the text and apart from each other.
    private func resolved() -> [Replacement] {
        if let only { return [only] }
        guard let lists else { return [] }
        if let outcome = lists.outcome { return outcome }
        var edits = lists.replacements
        var emptied: Set<Int> = []
        if !lists.removals.isEmpty { Self.add(lists.removals, to: &edits, emptied: &emptied) }
        var begun: Set<Int> = []
        for insertion in lists.insertions {
            let start = insertion.container.lowerBound
            let end = max(start, insertion.container.upperBound - 1)
            let isFirst = begun.insert(start).inserted && (insertion.isEmpty || emptied.contains(start))
            edits.append(Replacement(range: end..<end, text: isFirst ? insertion.text : [ASCII.comma] + insertion.text))
        }
        if !Self.areApart(edits) { Self.settle(&edits) }
        return edits
    }

    /// - Parameter emptied: gets the opening bracket of each container that loses all it has.
    private static func add(
        _ removals: [Removal], to edits: inout [Replacement], emptied: inout Set<Int>
    ) {
        let removals = removals.sorted { $0.before < $1.before }
        var place = 0
        while place < removals.count {
            // Neighbours that go together share the separator between them.
            let first = removals[place]
            var last = first
            place += 1
            while place < removals.count, removals[place].before <= last.after {
                // What lies further in, or was named twice, goes anyway.
                if removals[place].before == last.after { last = removals[place] }
                place += 1
            }
            if last.afterIsComma {
                edits.append(Replacement(range: first.before + 1..<last.after + 1, text: []))
            } else if first.beforeIsComma {
                edits.append(Replacement(range: first.before..<last.end, text: []))
            } else {
                edits.append(Replacement(range: first.before + 1..<last.end, text: []))
                emptied.insert(first.before)
            }
        }
    }

    private static func areApart(_ edits: [Replacement]) -> Bool {
        var end = 0
        for edit in edits {
            if edit.range.lowerBound < end { return false }
            end = edit.range.upperBound
        }
        return true
    }

    private static func settle(_ edits: inout [Replacement]) {
        for place in edits.indices { edits[place].order = place }
        // An empty range goes in front of what starts at the same byte, an outer one in front of the inner ones.
        edits.sort { one, other in
            let (a, b) = (one.range, other.range)
            if a.lowerBound != b.lowerBound { return a.lowerBound < b.lowerBound }
            if a.isEmpty != b.isEmpty { return a.isEmpty }
            if a.upperBound != b.upperBound { return a.upperBound > b.upperBound }
            return one.order < other.order
        }
        var kept: [Replacement] = []
        kept.reserveCapacity(edits.count)
        for edit in edits {
            if let last = kept.last, edit.range.lowerBound < last.range.upperBound {
                if edit.range == last.range { kept[kept.count - 1] = edit }
            } else {
                kept.append(edit)
            }
        }
        edits = kept
    }
}

private func isSpace(_ byte: UInt8) -> Bool {
    byte == ASCII.space || byte == ASCII.lineFeed || byte == ASCII.carriageReturn || byte == ASCII.tab
}
