internal import Model

/// Counts of durations by LiteLLM's bucket bounds. A value without references, so that a table of them is one block.
package struct Histogram: Sendable {
    /// Upper bounds in seconds; the last bucket has none.
    package static let bounds: [Double] = [
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 420, 600,
    ]

    private var counts: InlineArray<18, Int> = .init(repeating: 0)
    private(set) var count = 0
    /// Seconds.
    private(set) var sum = 0.0

    package init() {}

    package mutating func observe(seconds: Double) {
        guard seconds.isFinite, seconds >= 0 else { return }
        var bucket = 0
        while bucket < Histogram.bounds.count, seconds > Histogram.bounds[bucket] { bucket += 1 }
        counts[bucket] += 1
        count += 1
        sum.addSaturated(seconds)
    }

    package mutating func merge(_ other: Histogram) {
        for bucket in counts.indices { counts[bucket].addSaturated(other.counts[bucket]) }
        count.addSaturated(other.count)
        sum.addSaturated(other.sum)
    }

    /// How many were at most as long as each bound.
    var cumulated: [Int] {
        var total = 0
        return Histogram.bounds.indices.map { bucket in
            total += counts[bucket]
            return total
        }
    }

    /// Seconds that the share `fraction` stayed below, interpolated within a bucket as Prometheus's `histogram_quantile`
    /// does; the last bound for what is beyond it. `nil` when nothing was observed.
    package func quantile(_ fraction: Double) -> Double? {
        guard count > 0 else { return nil }
        let rank = max(0, min(1, fraction)) * Double(count)
        var below = 0
        for (bucket, bound) in Histogram.bounds.enumerated() {
            let within = counts[bucket]
            if within > 0, Double(below + within) >= rank {
                let lower = bucket == 0 ? 0 : Histogram.bounds[bucket - 1]
                return lower + (bound - lower) * max(0, rank - Double(below)) / Double(within)
            }
            below += within
        }
        return Histogram.bounds.last
    }
}
