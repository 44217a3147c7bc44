internal import EventLoop

/// Makes request ids: version 4 UUIDs in form, unique in practice, and no secret. Loop-owned value.
struct RequestIDSource {
    private var state: UInt64

    init() {
        var system = SystemRandomNumberGenerator()
        state = system.next()
    }

    mutating func next() -> String {
        var (high, low) = (random(), random())
        high = high & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        low = low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        return unsafe String(unsafeUninitializedCapacity: 36) { space in
            let octets = UnsafeMutableRawBufferPointer(space)
            func store(_ digits: some FixedWidthInteger & BitwiseCopyable, at place: Int) {
                unsafe octets.storeBytes(of: digits.bigEndian, toByteOffset: place, as: type(of: digits))
            }
            let (middle, last) = (hexDigits(high), hexDigits(low >> 32))
            store(hexDigits(high >> 32), at: 0)
            store(UInt32(truncatingIfNeeded: middle >> 32), at: 9)
            store(UInt32(truncatingIfNeeded: middle), at: 14)
            store(UInt32(truncatingIfNeeded: last >> 32), at: 19)
            store(UInt32(truncatingIfNeeded: last), at: 24)
            store(hexDigits(low), at: 28)
            let dash = UInt8(ascii: "-")
            unsafe (space[8], space[13], space[18], space[23]) = (dash, dash, dash, dash)
            return 36
        }
    }

    /// 0 up to, not including, 1.
    mutating func fraction() -> Double {
        Double(random() >> 11) / Double(1 << 53)
    }

    /// SplitMix64.
    private mutating func random() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// The eight hexadecimal digits of the low 32 bits, the first one in the highest octet.
private func hexDigits(_ value: UInt64) -> UInt64 {
    // A half byte to each octet.
    var spread = value & 0xFFFF_FFFF
    spread = (spread | spread << 16) & 0x0000_FFFF_0000_FFFF
    spread = (spread | spread << 8) & 0x00FF_00FF_00FF_00FF
    spread = (spread | spread << 4) & 0x0F0F_0F0F_0F0F_0F0F
    // 39 further for a...f: 6 more carries those into the half byte's fifth bit.
    let letters = (spread &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
    return spread &+ 0x3030_3030_3030_3030 &+ letters &* 39
}
