import Testing

@testable import EventLoop

/// Times at the ends of the scale: a deadline may be anything, since durations come from configurations and requests.
@Suite struct LoopTimeTests {
    private static func at(_ nanoseconds: Int64) -> LoopTime { LoopTime(nanoseconds: nanoseconds) }

    typealias Sum = (time: Int64, duration: Duration, sum: Int64)

    static let sums: [Sum] = [
        (0, .zero, 0), (5, .nanoseconds(7), 12), (5, .nanoseconds(-7), -2),
        (1, .seconds(1_000_000_000), 1_000_000_000_000_000_001),
        (.max, .nanoseconds(1), .max), (.max - 1, .nanoseconds(1), .max), (1, .seconds(Int64.max), .max),
        (.min, .nanoseconds(-1), .min), (-1, .seconds(Int64.min), .min), (.min, .seconds(Int64.max), -1),
    ]

    @Test(arguments: sums) func adds(_ c: Sum) {
        #expect((Self.at(c.time) + c.duration).nanoseconds == c.sum)
    }

    typealias Difference = (left: Int64, right: Int64, nanoseconds: Int64)

    static let differences: [Difference] = [
        (12, 5, 7), (5, 12, -7), (.max, .min, .max), (.min, .max, .min), (.max, -1, .max), (.min, 1, .min),
        (.max, .max, 0), (.min, .min, 0), (0, .min, .max),
    ]

    @Test(arguments: differences) func subtracts(_ c: Difference) {
        #expect(Self.at(c.left) - Self.at(c.right) == .nanoseconds(c.nanoseconds))
    }

    typealias Wait = (next: Int64, now: Int64, milliseconds: Int32)

    static let waits: [Wait] = [
        (10, 10, 0), (9, 10, 0), (11, 10, 1), (1_000_010, 10, 1), (1_000_011, 10, 2),
        (.max - 1, 0, .max), (.max - 1, .max - 2, 1), (.max, .min, .max), (.min, .max, 0), (.min, 0, 0),
        (.max - 1, 5, .max),
    ]

    @Test(arguments: waits) func waitsInWholeMilliseconds(_ c: Wait) {
        #expect(Self.at(c.next).wholeMilliseconds(from: Self.at(c.now)) == c.milliseconds)
    }
}
