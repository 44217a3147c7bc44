import HTTPWire
import Testing

@Suite struct HTTPDateTests {
    static let dates: [(text: String, seconds: Int)] = [
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777),
        ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199),
        ("Fri, 01 Mar 2024 00:00:00 GMT", 1_709_251_200),
        ("Tue, 29 Feb 2000 12:00:00 GMT", 951_825_600),
        ("Mon, 01 Mar 2100 00:00:00 GMT", 4_107_542_400),
        ("Wed, 31 Dec 1969 23:59:59 GMT", -1),
        ("Sat, 01 Jan 0000 00:00:00 GMT", -62_167_219_200),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 253_402_300_799),
    ]

    @Test(arguments: dates)
    func writtenAndReadBack(_ date: (text: String, seconds: Int)) {
        #expect(HTTPDate.format(epochSeconds: date.seconds) == date.text)
        #expect(HTTPDate.parse(date.text, now: 0) == date.seconds)
    }

    @Test func daysOfAllCenturiesAreReadBack() {
        for day in stride(from: -719_528, through: 2_932_896, by: 97) {
            let seconds = day * 86_400 + 3661
            #expect(HTTPDate.parse(HTTPDate.format(epochSeconds: seconds), now: 0) == seconds)
        }
    }

    @Test func secondsBeyondTheCalendarAreCut() {
        #expect(HTTPDate.format(epochSeconds: .max) == "Fri, 31 Dec 9999 23:59:59 GMT")
        #expect(HTTPDate.format(epochSeconds: .min) == "Sat, 01 Jan 0000 00:00:00 GMT")
    }

    static let now = 1_795_000_000  // November 2026

    static let retryAfter: [(rule: String, value: String, seconds: Int?)] = [
        ("seconds", "120", 120),
        ("zero", "0", 0),
        ("largest", "9223372036854775807", .max),
        ("too large", "9223372036854775808", nil),
        ("a date ahead", HTTPDate.format(epochSeconds: now + 30), 30),
        ("a date that has passed", "Sun, 06 Nov 1994 08:49:37 GMT", 0),
        ("obsolete date", "Sunday, 06-Nov-94 08:49:37 GMT", 0),
        ("obsolete date ahead", "Friday, 20-Nov-76 00:00:00 GMT", 3_373_056_000 - now),
        ("obsolete date of the past century", "Friday, 20-Nov-77 00:00:00 GMT", 0),
        ("date of C", "Sun Nov  6 08:49:37 1994", 0),
        ("leap second", "Sat, 31 Dec 2016 23:59:60 GMT", 0),
        ("empty", "", nil),
        ("fraction", "1.5", nil),
        ("sign", "-1", nil),
        ("plus", "+1", nil),
        ("unit", "5s", nil),
        ("blank", " 5", nil),
        ("word", "soon", nil),
        ("other zone", "Sun, 06 Nov 1994 08:49:37 PST", nil),
        ("no zone", "Sun, 06 Nov 1994 08:49:37", nil),
        ("no such month", "Sun, 06 Foo 1994 08:49:37 GMT", nil),
        ("no such day", "Sun, 30 Feb 1994 08:49:37 GMT", nil),
        ("day 0", "Sun, 00 Nov 1994 08:49:37 GMT", nil),
        ("no such hour", "Sun, 06 Nov 1994 24:49:37 GMT", nil),
        ("no such minute", "Sun, 06 Nov 1994 08:60:37 GMT", nil),
        ("no such second", "Sun, 06 Nov 1994 08:49:61 GMT", nil),
        ("one-digit day", "Sun, 6 Nov 1994 08:49:37 GMT", nil),
        ("five-digit year", "Sun, 06 Nov 19940 08:49:37 GMT", nil),
        ("signed number", "Sun, +6 Nov 1994 08:49:37 GMT", nil),
        ("two-digit year of C", "Sun Nov  6 08:49:37 94", nil),
        ("only blanks", "    ", nil),
        ("only a zone", "GMT", nil),
        ("only a weekday", "Sun, GMT", nil),
    ]

    @Test(arguments: retryAfter)
    func retryAfterIsSecondsOrADate(_ c: (rule: String, value: String, seconds: Int?)) {
        #expect(RetryAfter.seconds(c.value, now: Self.now) == c.seconds, "\(c.rule)")
        #expect(RetryAfter.seconds(c.value, now: .max) != -1)
        #expect(RetryAfter.seconds(c.value, now: .min) != -1)
    }
}
