package import EventLoop

/// A histogram of the last five to ten minutes: quantiles since the start of the process would tell nobody anything. A value.
package struct RecentHistogram: Sendable {
    private static let windowNanoseconds: Int64 = 300_000_000_000

    private var index: Int64 = 0
    private var current = Histogram()
    private var previous = Histogram()

    package init() {}

    package mutating func observe(seconds: Double, at now: LoopTime) {
        roll(to: RecentHistogram.index(of: now))
        current.observe(seconds: seconds)
    }

    /// What is not older than the previous window.
    package func histogram(at now: LoopTime) -> Histogram {
        var copy = self
        copy.roll(to: RecentHistogram.index(of: now))
        var both = copy.previous
        both.merge(copy.current)
        return both
    }

    mutating func merge(_ other: RecentHistogram, at now: LoopTime) {
        let index = RecentHistogram.index(of: now)
        var other = other
        roll(to: index)
        other.roll(to: index)
        current.merge(other.current)
        previous.merge(other.previous)
    }

    private mutating func roll(to index: Int64) {
        guard index != self.index else { return }
        previous = index == self.index + 1 ? current : Histogram()
        current = Histogram()
        self.index = index
    }

    private static func index(of now: LoopTime) -> Int64 { now.nanoseconds / windowNanoseconds }
}

/// The largest value of the last one to two minutes. A value.
struct RecentPeak: Sendable {
    private static let windowNanoseconds: Int64 = 60_000_000_000

    private var index: Int64 = 0
    private var current = 0.0
    private var previous = 0.0

    mutating func observe(_ value: Double, at now: LoopTime) {
        roll(to: now.nanoseconds / RecentPeak.windowNanoseconds)
        current = max(current, value)
    }

    func value(at now: LoopTime) -> Double {
        var copy = self
        copy.roll(to: now.nanoseconds / RecentPeak.windowNanoseconds)
        return max(copy.current, copy.previous)
    }

    private mutating func roll(to index: Int64) {
        guard index != self.index else { return }
        previous = index == self.index + 1 ? current : 0
        current = 0
        self.index = index
    }
}
