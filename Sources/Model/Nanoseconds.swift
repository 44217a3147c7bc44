/// Durations as counts of nanoseconds, without the library's own 128-bit arithmetic: `components` and `.nanoseconds(_:)`
/// cost 300 and 200 instructions a call, and a request makes a dozen of them.
extension Duration {
    package init(nanoseconds: Int64) {
        self.init(attoseconds: Int128(nanoseconds) &* 1_000_000_000)
    }

    /// Whole nanoseconds, clamped to what 64 bits hold (292 years).
    package var clampedNanoseconds: Int64 {
        let attoseconds = attoseconds
        let magnitude = attoseconds.magnitude
        let high = UInt64(truncatingIfNeeded: magnitude >> 64)
        // Below this the quotient fits into 63 bits.
        guard high < 500_000_000 else { return attoseconds < 0 ? .min : .max }
        let divisor: UInt64 = 1_000_000_000
        let quotient = divisor.dividingFullWidth((high, UInt64(truncatingIfNeeded: magnitude))).quotient
        return attoseconds < 0 ? -Int64(quotient) : Int64(quotient)
    }

    /// Rounded up, at least 1: what `Retry-After` says.
    package var wholeSeconds: Int {
        let nanoseconds = clampedNanoseconds
        return Int(max(1, nanoseconds / 1_000_000_000 + (nanoseconds % 1_000_000_000 > 0 ? 1 : 0)))
    }
}
