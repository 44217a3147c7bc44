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

    /// Saturates: too late is `never`.
    package static func + (time: LoopTime, duration: Duration) -> LoopTime {
        let (sum, overflow) = time.nanoseconds.addingReportingOverflow(duration.clampedNanoseconds)
        guard overflow else { return LoopTime(nanoseconds: sum) }
        return duration < .zero ? LoopTime(nanoseconds: .min) : .never
    }

    /// Saturates.
    package static func - (left: LoopTime, right: LoopTime) -> Duration {
        Duration(nanoseconds: left.nanoseconds(since: right))
    }

    /// The same as a number.
    func nanoseconds(since other: LoopTime) -> Int64 {
        let (difference, overflow) = nanoseconds.subtractingReportingOverflow(other.nanoseconds)
        guard overflow else { return difference }
        return self < other ? .min : .max
    }

    /// How long `epoll_wait` may wait from `now` until then: in milliseconds, rounded up, since waking a moment early would
    /// spin until the time has come; 0 for what has passed, and at most what the call takes.
    func wholeMilliseconds(from now: LoopTime) -> Int32 {
        let left = max(0, nanoseconds(since: now))
        return Int32(clamping: left / 1_000_000 + (left % 1_000_000 == 0 ? 0 : 1))
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
