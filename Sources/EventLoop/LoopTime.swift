internal import Glibc
internal import Model

/// A point on the monotonic clock, in nanoseconds. Comparable only within one run of the process.
package struct LoopTime: Comparable, Hashable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Later than everything: "no deadline".
    package static let never = LoopTime(nanoseconds: .max)

    package static func now() -> LoopTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return LoopTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    package static func < (left: LoopTime, right: LoopTime) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// Saturates at `never`.
    package static func + (time: LoopTime, duration: Duration) -> LoopTime {
        let (sum, overflow) = time.nanoseconds.addingReportingOverflow(duration.clampedNanoseconds)
        return overflow ? .never : LoopTime(nanoseconds: sum)
    }

    package static func - (left: LoopTime, right: LoopTime) -> Duration {
        let (difference, overflow) = left.nanoseconds.subtractingReportingOverflow(right.nanoseconds)
        return Duration(nanoseconds: overflow ? .max : difference)
    }
}

extension Duration {
    /// Milliseconds with a fraction, for logs.
    package var milliseconds: Double {
        Double(clampedNanoseconds) / 1e6
    }
}

/// Whole milliseconds since 1970.
package func wallClockMilliseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
}

/// Seconds since 1970, for the `Date` field, log lines and `created`.
package func wallClockSeconds() -> Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
