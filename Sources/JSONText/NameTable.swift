/// Member names, each with the number of the object that it belongs to and the number that it stands for: one look-up
/// for each key of a text, without a call and without a branch on the names.
struct NameTable: Sendable {
    /// A name as keys are compared with it: two words, its length and its owner settle all of up to sixteen bytes.
    private struct Slot: Sendable {
        var head: UInt64 = 0
        var tail: UInt64 = 0
        /// No name has this tag.
        var tag = UInt32.max
        var value: Int16 = -1
        /// Where the name stands in `text`.
        var start: UInt16 = 0
    }

    /// Open addressing; an eighth full, or a quarter with many names, so that a key which is no name mostly meets a free slot.
    private let slots: [Slot]
    private let mask: Int
    /// All names, one behind the other.
    private let text: [UInt8]
    let longest: Int
    /// The eight bytes that keys of the family begin with, and what such a key stands for: -1 when there is none.
    private let familyHead: UInt64
    private let familyValue: Int

    /// - Parameters:
    ///   - names: at most 4096, of 65535 bytes in all; of two equal ones of one owner the first counts.
    ///   - hasFamily: keys that begin with the last name, which has eight bytes, stand for what it does.
    init(_ names: [(owner: Int, name: [UInt8], value: Int)], hasFamily: Bool = false) {
        precondition(
            names.count <= 4096 && names.reduce(0) { $0 + $1.name.count } < 1 << 16, "a table is written by us")
        var size = 8
        while size < names.count * (names.count <= 32 ? 8 : 4) { size *= 2 }
        var slots = [Slot](repeating: Slot(), count: size)
        var text: [UInt8] = []
        for name in names {
            let whole = 0..<name.name.count
            var slot = Slot()
            slot.head = headOfKey(name.name.span, whole)
            slot.tail = tailOfKey(name.name.span, whole)
            slot.tag = NameTable.tag(name.owner, whole.count)
            slot.value = Int16(name.value)
            slot.start = UInt16(text.count)
            var place = NameTable.place(slot.head, slot.tag) & (size - 1)
            while slots[place].value >= 0 { place = (place + 1) & (size - 1) }
            slots[place] = slot
            text += name.name
        }
        self.slots = slots
        mask = size - 1
        self.text = text
        longest = names.lazy.map(\.name.count).max() ?? 0
        if hasFamily, let last = names.last {
            familyHead = headOfKey(last.name.span, 0..<last.name.count)
            familyValue = last.value
        } else {
            (familyHead, familyValue) = (0, -1)
        }
    }

    /// Of a key that is no name.
    @inline(__always)
    private func value(ofStranger head: UInt64) -> Int {
        head == familyHead ? familyValue : -1
    }

    /// What the name that a valid key spells stands for, or -1.
    ///
    /// - Parameter key: the key with its quotes.
    @inline(__always)
    func value(of key: Range<Int>, hasEscapes: Bool, owner: Int, in bytes: Span<UInt8>) -> Int {
        let content = key.lowerBound &+ 1..<key.upperBound &- 1
        if hasEscapes { return value(ofEscaped: content, owner: owner, in: bytes) }
        return value(ofPlain: content, owner: owner, in: bytes)
    }

    @inline(never)
    private func value(ofEscaped content: Range<Int>, owner: Int, in bytes: Span<UInt8>) -> Int {
        // The longest spelling of a byte is the six characters of `\u006d`.
        guard content.count <= longest * 6 else { return -1 }
        var plain: [UInt8] = []
        guard appendUnescaped(content, in: bytes, to: &plain) else { return -1 }
        return value(ofPlain: 0..<plain.count, owner: owner, in: plain.span)
    }

    @inline(__always)
    private func value(ofPlain key: Range<Int>, owner: Int, in bytes: Span<UInt8>) -> Int {
        let head = headOfKey(bytes, key)
        guard key.count <= longest else { return value(ofStranger: head) }
        let tag = NameTable.tag(owner, key.count)
        let place = NameTable.place(head, tag) & mask
        let slot = slots[place]
        if slot.head == head, slot.tag == tag {
            if key.count <= 8 || key.count <= 16 && slot.tail == tailOfKey(bytes, key) { return Int(slot.value) }
        }
        // A free slot ends the search.
        if slot.value < 0 { return value(ofStranger: head) }
        return value(ofPlain: key, head, tag, from: place, in: bytes)
    }

    @inline(never)
    private func value(
        ofPlain key: Range<Int>, _ head: UInt64, _ tag: UInt32, from place: Int, in bytes: Span<UInt8>
    ) -> Int {
        let tail = tailOfKey(bytes, key)
        var place = place
        while slots[place].value >= 0 {
            let slot = slots[place]
            if slot.head == head, slot.tag == tag, slot.tail == tail, isMiddleEqual(slot, bytes, key) {
                return Int(slot.value)
            }
            place = (place &+ 1) & mask
        }
        return value(ofStranger: head)
    }

    @inline(__always)
    private func isMiddleEqual(_ slot: Slot, _ bytes: Span<UInt8>, _ key: Range<Int>) -> Bool {
        guard key.count > 16 else { return true }
        // Word by word; the last of them may overlap what was compared before.
        let end = key.count &- 8
        var offset = 8
        while offset < end {
            let word = loadWord(bytes, key.lowerBound &+ offset)
            guard word == loadWord(text.span, Int(slot.start) &+ offset) else { return false }
            offset &+= min(8, end &- offset)
        }
        return true
    }

    @inline(__always)
    private static func tag(_ owner: Int, _ count: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: owner &<< 16 | count)
    }

    @inline(__always)
    private static func place(_ head: UInt64, _ tag: UInt32) -> Int {
        // The multiplier is 2^64 divided by the golden ratio: neighbouring heads land far apart.
        Int(truncatingIfNeeded: ((head &+ UInt64(tag)) &* 0x9E37_79B9_7F4A_7C15) >> 49)
    }
}

/// The first eight bytes of a key, the first one lowest, zeros after its end.
@inline(__always)
private func headOfKey(_ bytes: Span<UInt8>, _ key: Range<Int>) -> UInt64 {
    let start = key.lowerBound
    if bytes.count &- start >= 8 {
        let word = loadWord(bytes, start)
        return key.count >= 8 ? word : word & (1 &<< UInt64(truncatingIfNeeded: key.count &* 8) &- 1)
    }
    var head: UInt64 = 0
    for offset in key.reversed() { head = head << 8 | UInt64(bytes.byte(offset)) }
    return head
}

/// The last eight bytes of a key that has as many, 0 for a shorter one.
@inline(__always)
private func tailOfKey(_ bytes: Span<UInt8>, _ key: Range<Int>) -> UInt64 {
    key.count >= 8 ? loadWord(bytes, key.upperBound &- 8) : 0
}
