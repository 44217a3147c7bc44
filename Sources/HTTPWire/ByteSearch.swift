/// Searches that take eight bytes a step. They read a `Span` only, so an index beyond it cannot be reached.
extension Span where Element == UInt8 {
    /// The first control octet other than those above 0x7F (0x00...0x1F, 0x7F; so HTAB, CR and LF too) in
    /// `start..<end`, or `end` when there is none (`start` if that lies beyond). `end` is cut to the span's own end.
    func firstControl(from start: Int, upTo end: Int) -> Int {
        let end = Swift.min(end, count)
        var index = start
        let words = unsafe bytes
        while index &+ 8 <= end {
            let word = unsafe UInt64(littleEndian: words.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            let low = (word &- Lanes.all(0x20)) & ~word & Lanes.high
            let hits = low | Lanes.zeros(in: word ^ Lanes.all(0x7F))
            if hits != 0 { return index &+ hits.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < end {
            let byte = self[index]
            if byte < 0x20 || byte == 0x7F { return index }
            index &+= 1
        }
        return index
    }

    /// The first CR or LF in `start..<end`, or `end` when there is none (`start` if that lies beyond). `end` is cut to the span's own end.
    func firstLineEnd(from start: Int, upTo end: Int) -> Int {
        let end = Swift.min(end, count)
        var index = start
        let words = unsafe bytes
        while index &+ 8 <= end {
            let word = unsafe UInt64(littleEndian: words.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self))
            let hits = Lanes.zeros(in: word ^ Lanes.all(ASCII.lf)) | Lanes.zeros(in: word ^ Lanes.all(ASCII.cr))
            if hits != 0 { return index &+ hits.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < end {
            let byte = self[index]
            if byte == ASCII.lf || byte == ASCII.cr { return index }
            index &+= 1
        }
        return index
    }

    /// A copy of the bytes in `range`, which has to lie within the span.
    func array(_ range: Range<Int>) -> [UInt8] {
        unsafe extracting(range).withUnsafeBufferPointer { unsafe Array($0) }
    }
}

/// Arithmetic on the eight bytes of a word.
private enum Lanes {
    static let high: UInt64 = 0x8080_8080_8080_8080

    static func all(_ byte: UInt8) -> UInt64 {
        0x0101_0101_0101_0101 &* UInt64(byte)
    }

    /// The top bit of every byte that is zero. A borrow can mark bytes above the lowest zero too, so only the lowest
    /// mark counts.
    static func zeros(in word: UInt64) -> UInt64 {
        (word &- all(1)) & ~word & high
    }
}
