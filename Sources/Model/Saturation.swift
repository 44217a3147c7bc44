/// Sums of what comes from outside: a count of tokens, an estimate, a cost. A sum that overflows ends the process for every
/// client, and one that wraps is a lie; these stop at the nearest number there is.
extension Int {
    @inlinable package func addingSaturated(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }

    @inlinable package mutating func addSaturated(_ other: Int) {
        self = addingSaturated(other)
    }
}

extension Double {
    /// Adds what is finite, and stays finite.
    @inlinable package mutating func addSaturated(_ other: Double) {
        guard other.isFinite else { return }
        self = min(max(self + other, -Double.greatestFiniteMagnitude), .greatestFiniteMagnitude)
    }
}
