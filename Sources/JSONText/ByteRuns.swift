/// A class of bytes that end a run. Each form says the same thing about a byte, at a different width.
protocol ByteStop {
    static func stops(_ byte: UInt8) -> Bool
    /// 0x80 in the lowest byte that stops; bytes above that one may be marked wrongly, bytes below never.
    static func marks(_ word: UInt64) -> UInt64
    static func stops(_ block: SIMD32<UInt8>) -> SIMDMask<SIMD32<Int8>>
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

    @inline(__always) static func stops(_ block: SIMD32<UInt8>) -> SIMDMask<SIMD32<Int8>> {
        // As signed numbers, the control characters and everything from 0x80 lie below 0x20.
        let signed = SIMD32<Int8>(truncatingIfNeeded: block)
        return (signed .< 0x20) .| (signed .== 0x22) .| (signed .== 0x5C)
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

    @inline(__always) static func stops(_ block: SIMD32<UInt8>) -> SIMDMask<SIMD32<Int8>> {
        let signed = SIMD32<Int8>(truncatingIfNeeded: block)
        return (signed .== 0x22) .| (signed .== 0x5C)
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

    @inline(__always) static func stops(_ block: SIMD32<UInt8>) -> SIMDMask<SIMD32<Int8>> {
        let signed = SIMD32<Int8>(truncatingIfNeeded: block)
        return ((signed .< 0x20) .& (signed .>= 0)) .| (signed .== 0x22) .| (signed .== 0x5C)
    }
}

/// The offset of the first byte in `start ..< end` at which `Stop` ends the run, or `end`.
///
/// Keys and short values end within two words; only what is longer pays for setting up the wide loop.
@inline(__always)
func endOfRun<Stop: ByteStop>(_: Stop.Type, in bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
    var at = start
    if end - at >= 16 {
        let first = Stop.marks(loadWord(bytes, at))
        if first != 0 { return at + first.trailingZeroBitCount / 8 }
        let second = Stop.marks(loadWord(bytes, at + 8))
        if second != 0 { return at + 8 + second.trailingZeroBitCount / 8 }
        at += 16
        while end - at >= 32 {
            let block = unsafe bytes.bytes.unsafeLoadUnaligned(fromByteOffset: at, as: SIMD32<UInt8>.self)
            if isAnySet(Stop.stops(block)) { break }
            at += 32
        }
    }
    while end - at >= 8 {
        let marks = Stop.marks(loadWord(bytes, at))
        if marks != 0 { return at + marks.trailingZeroBitCount / 8 }
        at += 8
    }
    while at < end, !Stop.stops(bytes[at]) { at += 1 }
    return at
}

/// The eight bytes from `at`, the first one lowest. Traps when they are not all there.
@inline(__always)
func loadWord(_ bytes: Span<UInt8>, _ at: Int) -> UInt64 {
    unsafe UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
}

@inline(__always)
func eachByte(_ byte: UInt8) -> UInt64 {
    UInt64(byte) &* 0x0101_0101_0101_0101
}

@inline(__always)
private func isAnySet(_ mask: SIMDMask<SIMD32<Int8>>) -> Bool {
    let words = unsafe unsafeBitCast(mask, to: SIMD4<UInt64>.self)
    return (words.x | words.y) | (words.z | words.w) != 0
}
