/// A class of bytes that end a run. Each form says the same thing about a byte, at a different width.
protocol ByteStop {
    static func stops(_ byte: UInt8) -> Bool
    /// 0x80 in the lowest byte that stops; bytes above that one may be marked wrongly, bytes below never.
    static func marks(_ word: UInt64) -> UInt64
    /// All bits set in the bytes that stop, taken as signed numbers.
    static func marks(_ block: SIMD16<Int8>) -> SIMD16<Int8>
}

/// Ends a run of plain ASCII inside a string that is still to be validated: quote, backslash, control, not ASCII.
enum UncheckedStringStop: ByteStop {
    @inline(__always) static func stops(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte >= 0x80 || byte == ASCII.quote || byte == ASCII.backslash
    }

    @inline(__always) static func marks(_ word: UInt64) -> UInt64 {
        // Bytes from 0x80 are marked by `word` itself, so the subtractions need not spare them.
        (word | (word &- eachByte(0x20)) | ((word ^ eachByte(0x22)) &- eachByte(1))
            | ((word ^ eachByte(0x5C)) &- eachByte(1))) & eachByte(0x80)
    }

    @inline(__always) static func marks(_ block: SIMD16<Int8>) -> SIMD16<Int8> {
        // As signed numbers, the control characters and everything from 0x80 lie below 0x20.
        below(0x20, block) | equal(0x22, block) | equal(0x5C, block)
    }
}

/// Ends a run inside a string that is known to be valid: quote or backslash.
enum CheckedStringStop: ByteStop {
    @inline(__always) static func stops(_ byte: UInt8) -> Bool {
        byte == ASCII.quote || byte == ASCII.backslash
    }

    @inline(__always) static func marks(_ word: UInt64) -> UInt64 {
        let quote = word ^ eachByte(0x22)
        let backslash = word ^ eachByte(0x5C)
        return (((quote &- eachByte(1)) & ~quote) | ((backslash &- eachByte(1)) & ~backslash)) & eachByte(0x80)
    }

    @inline(__always) static func marks(_ block: SIMD16<Int8>) -> SIMD16<Int8> {
        equal(0x22, block) | equal(0x5C, block)
    }
}

/// Ends a run that can be written into a string as it is: quote, backslash, control.
enum EscapeStop: ByteStop {
    @inline(__always) static func stops(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == ASCII.quote || byte == ASCII.backslash
    }

    @inline(__always) static func marks(_ word: UInt64) -> UInt64 {
        let control = (word &- eachByte(0x20)) & ~word & eachByte(0x80)
        return control | CheckedStringStop.marks(word)
    }

    @inline(__always) static func marks(_ block: SIMD16<Int8>) -> SIMD16<Int8> {
        (below(0x20, block) & ~below(0, block)) | equal(0x22, block) | equal(0x5C, block)
    }
}

/// The offset of the first byte in `start ..< end` at which `Stop` ends the run, or `end`.
///
/// - Parameter start: not negative.
@inline(__always)
func endOfRun<Stop: ByteStop>(_: Stop.Type, in bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
    precondition(start >= 0 && end <= bytes.count, "a run lies within its text")
    // From here on `at` only grows, and every load below ends at `end` or before it: none needs a test of its own.
    var at = start
    if end &- at >= 16 {
        if let place = unsafe firstStop(Stop.self, inBlockOf: bytes, at) { return at &+ place }
        at &+= 16
        while end &- at >= 32 {
            let marks = unsafe Stop.marks(loadBlock(bytes, at)) | Stop.marks(loadBlock(bytes, at &+ 16))
            if isAnySet(marks) { break }
            at &+= 32
        }
        while end &- at >= 16 {
            if let place = unsafe firstStop(Stop.self, inBlockOf: bytes, at) { return at &+ place }
            at &+= 16
        }
    }
    if end &- at >= 8 {
        let marks = unsafe Stop.marks(loadWord(unchecked: bytes, at))
        if marks != 0 { return at &+ marks.trailingZeroBitCount / 8 }
        at &+= 8
    }
    while at < end, unsafe !Stop.stops(bytes[unchecked: at]) { at &+= 1 }
    return at
}

/// The place of the first byte that stops among the sixteen from `at`, which have to be there.
@unsafe @inline(__always)
func firstStop<Stop: ByteStop>(_: Stop.Type, inBlockOf bytes: Span<UInt8>, _ at: Int) -> Int? {
    let words = unsafe unsafeBitCast(Stop.marks(loadBlock(bytes, at)), to: SIMD2<UInt64>.self)
    if words.x != 0 { return words.x.trailingZeroBitCount / 8 }
    if words.y != 0 { return 8 &+ words.y.trailingZeroBitCount / 8 }
    return nil
}

/// The eight bytes from `at`, the first one lowest. Traps when they are not all there.
@inline(__always)
func loadWord(_ bytes: Span<UInt8>, _ at: Int) -> UInt64 {
    unsafe UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
}

/// The same where the caller knows that they are there.
@unsafe @inline(__always)
func loadWord(unchecked bytes: Span<UInt8>, _ at: Int) -> UInt64 {
    unsafe UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: UInt64.self))
}

/// Four bytes likewise.
@unsafe @inline(__always)
func loadHalfWord(unchecked bytes: Span<UInt8>, _ at: Int) -> UInt32 {
    unsafe UInt32(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: UInt32.self))
}

@inline(__always)
func eachByte(_ byte: UInt8) -> UInt64 {
    UInt64(byte) &* 0x0101_0101_0101_0101
}

/// The sixteen bytes from `at`, which have to be there.
@unsafe @inline(__always)
private func loadBlock(_ bytes: Span<UInt8>, _ at: Int) -> SIMD16<Int8> {
    unsafe bytes.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: SIMD16<Int8>.self)
}

// Comparisons of two vectors whose type is spelled out, and results taken as vectors, become one instruction each. With
// the type left to inference, a scalar operand, or `.|` of two masks they become a loop over the bytes: 67 MB/s for long
// strings instead of 24 GB/s (Swift 6.3.1, x86-64).

@inline(__always)
private func below(_ limit: Int8, _ block: SIMD16<Int8>) -> SIMD16<Int8> {
    unsafe unsafeBitCast(block .< SIMD16<Int8>(repeating: limit), to: SIMD16<Int8>.self)
}

@inline(__always)
private func equal(_ byte: Int8, _ block: SIMD16<Int8>) -> SIMD16<Int8> {
    unsafe unsafeBitCast(block .== SIMD16<Int8>(repeating: byte), to: SIMD16<Int8>.self)
}

@inline(__always)
private func isAnySet(_ marks: SIMD16<Int8>) -> Bool {
    let words = unsafe unsafeBitCast(marks, to: SIMD2<UInt64>.self)
    return words.x | words.y != 0
}
