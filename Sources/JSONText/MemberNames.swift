/// The keys that a scan looks for; made once and kept. A name's index is its place in the list.
package struct MemberNames: Sendable {
    private struct Name {
        /// The first eight bytes, the first one lowest, zeros after the end.
        var head: UInt64
        /// Where the name stands in `text`.
        var start: Int
        var count: Int
    }

    private let names: [Name]
    private let text: [UInt8]
    /// Open addressing by `slotOfKey`; -1 is free. At most a quarter full.
    private let slots: [Int16]
    private let longest: Int

    /// - Parameter names: at most 4096, each different; of two equal ones the first is found.
    package init(_ names: StaticString...) {
        var text: [UInt8] = []
        var entries: [Name] = []
        for name in names.prefix(4096) {
            let start = text.count
            name.withUTF8Buffer { unsafe text.append(contentsOf: $0) }
            let head = headOfKey(text.span, start..<text.count)
            entries.append(Name(head: head, start: start, count: text.count - start))
        }
        var size = 8
        while size < entries.count * 4 { size *= 2 }
        var slots = [Int16](repeating: -1, count: size)
        for (index, name) in entries.enumerated() {
            var slot = slotOfKey(name.head, name.count) & (size - 1)
            while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
            slots[slot] = Int16(index)
        }
        self.names = entries
        self.text = text
        self.slots = slots
        longest = entries.lazy.map(\.count).max() ?? 0
    }

    package var count: Int { names.count }

    /// The name as it was given.
    package func bytes(of index: Int) -> [UInt8] {
        Array(text[names[index].start..<names[index].start + names[index].count])
    }

    /// The index of the name that a valid key spells, or nil.
    ///
    /// - Parameter key: the key with its quotes.
    func index(of key: Range<Int>, hasEscapes: Bool, in bytes: Span<UInt8>) -> Int? {
        let content = key.lowerBound + 1..<max(key.lowerBound + 1, key.upperBound - 1)
        guard hasEscapes else { return index(ofPlain: content, in: bytes) }
        // The longest spelling of a byte is the six characters of `\u006d`.
        guard content.count <= longest * 6 else { return nil }
        var plain: [UInt8] = []
        guard appendUnescaped(content, in: bytes, to: &plain) else { return nil }
        return index(ofPlain: 0..<plain.count, in: plain.span)
    }

    @inline(__always)
    private func index(ofPlain key: Range<Int>, in bytes: Span<UInt8>) -> Int? {
        guard key.count <= longest else { return nil }
        let head = headOfKey(bytes, key)
        let mask = slots.count - 1
        var slot = slotOfKey(head, key.count) & mask
        while slots[slot] >= 0 {
            let index = Int(slots[slot])
            let name = names[index]
            if name.head == head, name.count == key.count, key.count <= 8 || isTailEqual(name, bytes, key) {
                return index
            }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private func isTailEqual(_ name: Name, _ bytes: Span<UInt8>, _ key: Range<Int>) -> Bool {
        for offset in 8..<name.count where text[name.start + offset] != bytes.byte(key.lowerBound + offset) {
            return false
        }
        return true
    }
}

/// The first eight bytes of a key, the first one lowest, zeros after its end.
@inline(__always)
private func headOfKey(_ bytes: Span<UInt8>, _ key: Range<Int>) -> UInt64 {
    let start = key.lowerBound
    if bytes.count - start >= 8 {
        let word = loadWord(bytes, start)
        return key.count >= 8 ? word : word & (1 &<< UInt64(key.count * 8) &- 1)
    }
    var head: UInt64 = 0
    for offset in key.reversed() { head = head << 8 | UInt64(bytes.byte(offset)) }
    return head
}

@inline(__always)
private func slotOfKey(_ head: UInt64, _ count: Int) -> Int {
    // The multiplier is 2^64 divided by the golden ratio: neighbouring heads land far apart.
    Int(((head &+ UInt64(count)) &* 0x9E37_79B9_7F4A_7C15) >> 49)
}

/// Whether `bytes[range]` is `text`.
@inline(__always)
func isEqual(_ text: Span<UInt8>, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    guard text.count == range.count else { return false }
    for offset in 0..<text.count where text[offset] != bytes.byte(range.lowerBound + offset) { return false }
    return true
}
