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
            var position = 0
            for index in 0..<16 {
                if index == 4 || index == 6 || index == 8 || index == 10 {
                    unsafe space[position] = UInt8(ascii: "-")
                    position += 1
                }
                let word = index < 8 ? high : low
                let byte = UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * (index & 7)))
                unsafe space[position] = hexDigit(byte >> 4)
                unsafe space[position + 1] = hexDigit(byte & 15)
                position += 2
            }
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

private func hexDigit(_ value: UInt8) -> UInt8 {
    // 39 further for a...f, without a branch that half of all digits would mispredict.
    UInt8(ascii: "0") &+ value &+ (9 &- value) >> 7 &* 39
}
