import EventLoop
import Testing

@testable import Observability

@Suite struct HistogramTests {
    typealias Case = (rule: String, seconds: [Double], fraction: Double, expected: Double?)

    static let quantiles: [Case] = [
        ("nothing observed, nothing said", [], 0.5, nil),
        ("half way into the only bucket", [0.3, 0.3], 0.5, 0.375),
        ("all of the only bucket", [0.3, 0.3], 1, 0.5),
        ("the first bucket begins at 0", [0.001, 0.001], 0.5, 0.0025),
        ("a bound belongs to the bucket below it", [0.005], 1, 0.005),
        ("the slow one decides the tail", [0.3, 0.3, 0.3, 8], 0.99, 9.8),
        ("beyond the last bound, the last bound", [601, 9000], 0.5, 600),
        ("what is no duration is left out", [-1, .nan, .infinity, 0.3], 1, 0.5),
        ("a share out of range is clamped", [0.3], 7, 0.5),
    ]

    @Test(arguments: quantiles) func quantile(_ c: Case) throws {
        var histogram = Histogram()
        for seconds in c.seconds { histogram.observe(seconds: seconds) }
        let found = histogram.quantile(c.fraction)
        #expect((found == nil) == (c.expected == nil), "\(c.rule)")
        if let found, let expected = c.expected { #expect(abs(found - expected) < 1e-9, "\(c.rule)") }
    }

    @Test func mergingIsAddingUp() {
        var (one, two, both) = (Histogram(), Histogram(), Histogram())
        for seconds in [0.001, 0.2, 700] {
            one.observe(seconds: seconds)
            both.observe(seconds: seconds)
        }
        for seconds in [0.2, 3] {
            two.observe(seconds: seconds)
            both.observe(seconds: seconds)
        }
        one.merge(two)
        #expect(one.cumulated == both.cumulated)
        #expect(one.count == 5)
        #expect(one.sum == both.sum)
    }

    typealias Window = (rule: String, observedAt: [Int], readAt: Int, count: Int)

    /// In seconds; a window is 300.
    static let windows: [Window] = [
        ("the same window", [0, 299], 299, 2), ("the window before is kept", [10], 599, 1),
        ("the one before that is not", [10], 600, 0), ("both at once", [10, 310], 310, 2),
        ("a gap forgets both", [10, 20], 2000, 0), ("after a gap it counts anew", [10, 2000], 2001, 1),
    ]

    @Test(arguments: windows) func recentForgets(_ c: Window) {
        func time(_ seconds: Int) -> LoopTime { LoopTime(nanoseconds: Int64(3_000 + seconds) * 1_000_000_000) }
        var recent = RecentHistogram()
        for second in c.observedAt { recent.observe(seconds: 1, at: time(second)) }
        #expect(recent.histogram(at: time(c.readAt)).count == c.count, "\(c.rule)")
        var merged = RecentHistogram()
        merged.merge(recent, at: time(c.readAt))
        #expect(merged.histogram(at: time(c.readAt)).count == c.count, "\(c.rule), merged")
    }
}
