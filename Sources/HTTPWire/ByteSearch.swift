/// Searches that take eight bytes a step. Each looks in `start..<end`, whose end is cut to the span's own, and gives
/// `end` when nothing is found (`start` if that lies beyond).
extension Span where Element == UInt8 {
    /// The first control octet other than those above 0x7F (0x00...0x1F, 0x7F; so HTAB, CR and LF too).
    @inline(__always)
    func firstControl(from start: Int, upTo end: Int) -> Int {
        search(from: start, upTo: end, { Lanes.below(0x20, in: $0) | Lanes.deletes(in: $0) }) {
            $0 < 0x20 || $0 == ASCII.delete
        }
    }

    /// The first CR or LF.
    func firstLineEnd(from start: Int, upTo end: Int) -> Int {
        search(from: start, upTo: end, { Lanes.equal(ASCII.lf, in: $0) | Lanes.equal(ASCII.cr, in: $0) }) {
            $0 == ASCII.lf || $0 == ASCII.cr
        }
    }

    /// The first octet that is not visible ASCII, or is `mark`.
    @inline(__always)
    func firstNotVisible(or mark: UInt8, from start: Int, upTo end: Int) -> Int {
        search(
            from: start, upTo: end,
            { Lanes.below(0x21, in: $0) | Lanes.deletes(in: $0) | ($0 & Lanes.high) | Lanes.equal(mark, in: $0) }
        ) {
            !ASCII.isVisible($0) || $0 == mark
        }
    }

    /// The first octet of a target that is more than itself: `?`, `%`, or one that may have no place in a path (`\`, `.`).
    @inline(__always)
    func firstMarkOfTarget(from start: Int, upTo end: Int) -> Int {
        search(
            from: start, upTo: end,
            {
                Lanes.equal(ASCII.question, in: $0) | Lanes.equal(ASCII.percent, in: $0)
                    | Lanes.equal(ASCII.backslash, in: $0) | Lanes.equal(ASCII.dot, in: $0)
            }
        ) {
            $0 == ASCII.question || $0 == ASCII.percent || $0 == ASCII.backslash || $0 == ASCII.dot
        }
    }

    /// Whether the octets in `range`, which lies within the span, are all `tchar`.
    func isToken(_ range: Range<Int>) -> Bool {
        if range.count >= 8 {
            // Nearly all names are letters, digits and hyphens. The last word overlaps the one before.
            var index = range.lowerBound
            let last = range.upperBound &- 8
            while Lanes.areNameOctets(word(at: index)) {
                if index == last { return true }
                index = Swift.min(index &+ 8, last)
            }
        }
        for index in range where !ASCII.isToken(self[index]) { return false }
        return true
    }

    /// The first octet in `range`, which lies within the span, that cannot stand in a host's name; else its end.
    func firstNotHostName(in range: Range<Int>) -> Int {
        var index = range.lowerBound
        while index &+ 8 <= range.upperBound, Lanes.areNameOctets(word(at: index), or: ASCII.dot) { index &+= 8 }
        while index < range.upperBound, ASCII.isHostName(unsafe self[unchecked: index]) { index &+= 1 }
        return index
    }

    /// How many octets both begin with.
    func commonPrefix(with other: Span<UInt8>) -> Int {
        let end = Swift.min(count, other.count)
        var index = 0
        // Both are as long as `end` or longer.
        while index &+ 32 <= end {
            let first = (word(at: index) ^ other.word(at: index)) | (word(at: index &+ 8) ^ other.word(at: index &+ 8))
            let second =
                (word(at: index &+ 16) ^ other.word(at: index &+ 16))
                | (word(at: index &+ 24) ^ other.word(at: index &+ 24))
            if first | second != 0 { break }
            index &+= 32
        }
        while index &+ 8 <= end {
            let difference = word(at: index) ^ other.word(at: index)
            if difference != 0 { return index &+ difference.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < end, unsafe self[unchecked: index] == other[unchecked: index] { index &+= 1 }
        return index
    }

    /// Whether the octets from `start` on begin with `text`, which is in lower case; any case matches.
    func hasPrefix(_ text: StaticString, at start: Int = 0) -> Bool {
        let count = text.utf8CodeUnitCount
        guard start >= 0, self.count &- start >= count else { return false }
        let prefix = unsafe Span(_unsafeStart: text.utf8Start, count: count)
        // Every octet that is read lies within the text, and so, behind `start`, within the span; the last word overlaps
        // the one before.
        if count < 4 {
            for index in 0..<count {
                let octet = unsafe self[unchecked: start &+ index]
                if unsafe ASCII.lowercased(octet) != prefix[unchecked: index] { return false }
            }
            return true
        }
        if count < 8 {
            let octets = halves(at: start, start &+ count &- 4)
            return Lanes.lowercased(octets) == prefix.halves(at: 0, count &- 4)
        }
        var index = 0
        while true {
            if Lanes.lowercased(word(at: start &+ index)) != prefix.word(at: index) { return false }
            if index == count &- 8 { return true }
            index = Swift.min(index &+ 8, count &- 8)
        }
    }

    /// Twice four octets as one word.
    /// - Precondition: both lie within the span.
    @inline(__always)
    private func halves(at first: Int, _ second: Int) -> UInt64 {
        let low = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: first, as: UInt32.self)
        let high = unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: second, as: UInt32.self)
        return UInt64(high) << 32 | UInt64(low)
    }

    /// The eight octets from `index` on, the first as the lowest.
    /// - Precondition: `index + 8 <= count`.
    @inline(__always)
    func word(at index: Int) -> UInt64 {
        // As the callers' loops have made sure; a check would cost as much as the search.
        unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self))
    }

    /// - Parameter marks: of the octets of a word, at least the first that is searched for by its top bit, and no
    ///   earlier one.
    @inline(__always)
    private func search(
        from start: Int, upTo end: Int, _ marks: (UInt64) -> UInt64, _ isFound: (UInt8) -> Bool
    ) -> Int {
        let end = Swift.min(end, count)
        guard start < end else { return start }
        precondition(start >= 0)
        var index = start
        // The last word may reach beyond `end`, not beyond the span.
        let wordsEnd = Swift.min(end, count &- 7)
        while index < wordsEnd {
            let hits = marks(word(at: index))
            if hits != 0 { return Swift.min(index &+ hits.trailingZeroBitCount / 8, end) }
            index &+= 8
        }
        while index < end {
            // Below `end`, which is not beyond the span.
            if isFound(unsafe self[unchecked: index]) { return index }
            index &+= 1
        }
        return end
    }

    /// A copy of the bytes in `range`, which has to lie within the span.
    func array(_ range: Range<Int>) -> [UInt8] {
        unsafe extracting(range).withUnsafeBufferPointer { unsafe Array($0) }
    }
}

/// Arithmetic on the eight octets of a word; the top bit of an octet is the answer for it.
private enum Lanes {
    static let high: UInt64 = 0x8080_8080_8080_8080

    @inline(__always)
    static func all(_ byte: UInt8) -> UInt64 {
        0x0101_0101_0101_0101 &* UInt64(byte)
    }

    /// Octets below `limit`, which is not above 0x80. A borrow can mark octets above the lowest such one too, so only the
    /// lowest mark counts.
    @inline(__always)
    static func below(_ limit: UInt8, in word: UInt64) -> UInt64 {
        (word &- all(limit)) & ~word & high
    }

    /// Octets that are `byte`; again only the lowest mark counts.
    @inline(__always)
    static func equal(_ byte: UInt8, in word: UInt64) -> UInt64 {
        let difference = word ^ all(byte)
        return (difference &- all(1)) & ~difference & high
    }

    /// Upper-case letters as lower-case ones, all other octets as they are.
    @inline(__always)
    static func lowercased(_ word: UInt64) -> UInt64 {
        let low = word & ~high
        let letters = (low &+ all(0x80 - 0x41)) & ~(low &+ all(0x80 - 0x5B)) & ~word & high
        return word | (letters >> 2)
    }

    /// Octets that are 0x7F.
    @inline(__always)
    static func deletes(in word: UInt64) -> UInt64 {
        ((word & ~high) &+ all(1)) & ~word & high
    }

    /// Whether all octets are letters, digits, hyphens or `other`. Nothing carries: top bits are cut off and asked last.
    @inline(__always)
    static func areNameOctets(_ word: UInt64, or other: UInt8 = ASCII.hyphen) -> Bool {
        let lower = (word | all(0x20)) & ~high
        let letters = (lower &+ all(0x80 - 0x61)) & ~(lower &+ all(0x80 - 0x7B))
        let low = word & ~high
        let digits = (low &+ all(0x80 - 0x30)) & ~(low &+ all(0x80 - 0x3A))
        let hyphens = ~((low ^ all(ASCII.hyphen)) &+ all(0x7F)) | ~((low ^ all(other)) &+ all(0x7F))
        return (letters | digits | hyphens) & ~word & high == high
    }
}
