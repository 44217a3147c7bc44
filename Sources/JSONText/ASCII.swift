enum ASCII {
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let quote: UInt8 = 0x22
    static let plus: UInt8 = 0x2B
    static let comma: UInt8 = 0x2C
    static let minus: UInt8 = 0x2D
    static let dot: UInt8 = 0x2E
    static let zero: UInt8 = 0x30
    static let nine: UInt8 = 0x39
    static let colon: UInt8 = 0x3A
    static let openBracket: UInt8 = 0x5B
    static let backslash: UInt8 = 0x5C
    static let closeBracket: UInt8 = 0x5D
    static let openBrace: UInt8 = 0x7B
    static let closeBrace: UInt8 = 0x7D
}

extension Span<UInt8> {
    /// The byte at `offset`, or 0 past the end. No rule of the grammar accepts a NUL, so both fail alike.
    @inline(__always)
    func byte(_ offset: Int) -> UInt8 {
        // Compared without a sign, one test rules out what lies before the span and what lies behind it.
        UInt(bitPattern: offset) < UInt(bitPattern: count) ? unsafe self[unchecked: offset] : 0
    }

    /// The offset of the first byte from `start` on that is not white space (RFC 8259 §2), or the end.
    @inline(__always)
    func skippingSpace(from start: Int) -> Int {
        // Compact text has none, and no other byte up to 0x20 can follow. Python writes one behind commas and colons.
        if byte(start) > ASCII.space { return start }
        if byte(start &+ 1) > ASCII.space, byte(start) == ASCII.space { return start &+ 1 }
        return skippingSomeSpace(from: start)
    }

    @inline(never)
    private func skippingSomeSpace(from start: Int) -> Int {
        var at = start
        while at < count {
            switch self[at] {
            case ASCII.space, ASCII.lineFeed, ASCII.carriageReturn, ASCII.tab: at += 1
            default: return at
            }
            // Indentation, and line ends between.
            while count - at >= 8, isSpace(loadWord(self, at)) { at += 8 }
        }
        return at
    }
}

/// Whether all eight bytes are white space.
@inline(__always)
private func isSpace(_ word: UInt64) -> Bool {
    if word == eachByte(ASCII.space) { return true }
    // Below 0x80 nothing borrows from its neighbour, and from 0x80 on nothing is white space.
    guard word & eachByte(0x80) == 0 else { return false }
    func marks(_ byte: UInt8) -> UInt64 { eachByte(0x80) &- (word ^ eachByte(byte)) }
    let all =
        marks(ASCII.space) | marks(ASCII.lineFeed) | marks(ASCII.carriageReturn) | marks(ASCII.tab)
    return all & eachByte(0x80) == eachByte(0x80)
}
