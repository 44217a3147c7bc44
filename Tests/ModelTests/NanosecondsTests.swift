import Model
import Testing

@Suite struct NanosecondsTests {
    static let counts: [Int64] = [
        0, 1, -1, 999, 1_000_000_000, -1_000_000_001, 86_400_000_000_000, .max, .min, .max - 1, .min + 1,
    ]

    @Test(arguments: counts)
    func countsComeBackAsTheyWere(_ count: Int64) {
        #expect(Duration(nanoseconds: count) == .nanoseconds(count))
        #expect(Duration.nanoseconds(count).clampedNanoseconds == count)
    }

    typealias Case = (rule: String, duration: Duration, nanoseconds: Int64)
    static let cases: [Case] = [
        ("seconds", .seconds(5), 5_000_000_000),
        ("less than a nanosecond is dropped", Duration(secondsComponent: 0, attosecondsComponent: 999_999_999), 0),
        ("towards zero", Duration(secondsComponent: 0, attosecondsComponent: -1_999_999_999), -1),
        ("292 years fit", .seconds(9_223_372_036), 9_223_372_036_000_000_000),
        ("more is the most there is", .seconds(9_223_372_037), .max),
        ("and less the least", .seconds(-9_223_372_037), .min),
        ("the longest of all", Duration(secondsComponent: .max, attosecondsComponent: 0), .max),
        ("the most negative of all", Duration(secondsComponent: .min, attosecondsComponent: 0), .min),
    ]

    @Test(arguments: cases)
    func clampsWhatDoesNotFit(_ c: Case) {
        #expect(c.duration.clampedNanoseconds == c.nanoseconds, "\(c.rule)")
    }

    @Test(arguments: [
        (Duration.zero, 1), (.seconds(-5), 1), (.milliseconds(1), 1), (.seconds(1), 1), (.milliseconds(1001), 2),
        (.seconds(17), 17), (.seconds(Int64.max), 9_223_372_037),
    ])
    func wholeSecondsAreRoundedUp(_ duration: Duration, _ seconds: Int) {
        #expect(duration.wholeSeconds == seconds)
    }
}
