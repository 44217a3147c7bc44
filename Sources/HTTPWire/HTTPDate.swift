/// Times of RFC 9110 §5.6.7, in whole seconds since 1970-01-01 00:00 UTC. No clock inside.
package enum HTTPDate {
    /// As every sender has to write it: `Sun, 06 Nov 1994 08:49:37 GMT`. Years are kept within 0...9999.
    package static func format(epochSeconds: Int) -> String {
        let seconds = min(max(epochSeconds, earliest), latest)
        let (days, time) = (floorDivide(seconds, 86_400), floorModulo(seconds, 86_400))
        let (year, month, day) = civil(fromDays: days)
        var text: [UInt8] = []
        text.reserveCapacity(29)
        text.append(contentsOf: weekdays[floorModulo(days + 4, 7)].utf8.prefix(3))
        text.append(contentsOf: ", ".utf8)
        append(day, 2, &text, then: ASCII.space)
        text.append(contentsOf: months[month - 1].utf8)
        text.append(ASCII.space)
        append(year, 4, &text, then: ASCII.space)
        append(time / 3600, 2, &text, then: ASCII.colon)
        append(time / 60 % 60, 2, &text, then: ASCII.colon)
        append(time % 60, 2, &text, then: ASCII.space)
        text.append(contentsOf: "GMT".utf8)
        return String(decoding: text, as: UTF8.self)
    }

    /// All three forms a recipient has to take. The weekday is not compared with the date.
    /// - Parameter now: decides the century of a year with two digits (`Sunday, 06-Nov-94 08:49:37 GMT`).
    /// - Returns: `nil` for anything else, and for dates and times that do not exist (a leap second counts as :59).
    package static func parse(_ text: String, now: Int) -> Int? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: true)
        if parts.count == 5 {
            // Sun Nov  6 08:49:37 1994
            guard parts[0].utf8.count == 3, parts[4].utf8.count == 4 else { return nil }
            return seconds(day: parts[2], month: parts[1], year: parts[4], time: parts[3], now: nil)
        }
        guard let weekday = parts.first, weekday.hasSuffix(","), parts.last == "GMT" else { return nil }
        switch parts.count {
        case 6:
            guard parts[1].utf8.count == 2, parts[3].utf8.count == 4 else { return nil }
            return seconds(day: parts[1], month: parts[2], year: parts[3], time: parts[4], now: nil)
        case 4:
            let date = parts[1].split(separator: "-", omittingEmptySubsequences: false)
            guard date.count == 3, date[0].utf8.count == 2, date[2].utf8.count == 2 else { return nil }
            return seconds(day: date[0], month: date[1], year: date[2], time: parts[2], now: now)
        default:
            return nil
        }
    }

    private static func seconds(
        day: Substring, month: Substring, year: Substring, time: Substring, now: Int?
    ) -> Int? {
        let clock = time.split(separator: ":", omittingEmptySubsequences: false)
        guard clock.count == 3, clock.allSatisfy({ $0.utf8.count == 2 }), let hour = number(clock[0]),
            let minute = number(clock[1]), let second = number(clock[2]), hour < 24, minute < 60, second <= 60,
            let day = number(day), let month = months.firstIndex(of: String(month)), let digits = number(year)
        else { return nil }
        let year = now.map { nearest(digits, to: $0) } ?? digits
        let days = days(year, month + 1, day)
        guard civil(fromDays: days) == (year, month + 1, day) else { return nil }
        return days * 86_400 + hour * 3600 + minute * 60 + min(second, 59)
    }

    /// One to four digits.
    private static func number(_ text: Substring) -> Int? {
        guard 1...4 ~= text.utf8.count, text.utf8.allSatisfy(ASCII.isDigit) else { return nil }
        return Int(text)
    }

    /// The year that ends in these two digits: what seems to lie more than 50 years ahead has passed.
    private static func nearest(_ digits: Int, to now: Int) -> Int {
        let current = civil(fromDays: floorDivide(min(max(now, earliest), latest), 86_400)).year
        let candidate = current - current % 100 + digits
        return candidate > current + 50 ? candidate - 100 : candidate
    }

    // MARK: The calendar, in years that begin in March, so that a leap day is a year's last.

    private static let earliest = -62_167_219_200
    private static let latest = 253_402_300_799

    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let marchYear = month > 2 ? year : year - 1
        let monthsSinceMarch = (month + 9) % 12
        let leapDays = floorDivide(marchYear, 4) - floorDivide(marchYear, 100) + floorDivide(marchYear, 400)
        let dayOfYear = (monthsSinceMarch * 153 + 2) / 5 + day - 1
        // 719468: days from 0000-03-01 to 1970-01-01.
        return marchYear * 365 + leapDays + dayOfYear - 719_468
    }

    private static func civil(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let (era, dayOfEra) = (floorDivide(shifted, 146_097), floorModulo(shifted, 146_097))
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100)
        let monthsSinceMarch = (dayOfYear * 5 + 2) / 153
        let month = monthsSinceMarch < 10 ? monthsSinceMarch + 3 : monthsSinceMarch - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (monthsSinceMarch * 153 + 2) / 5 + 1)
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func floorDivide(_ number: Int, _ divisor: Int) -> Int {
        number >= 0 ? number / divisor : -((divisor - 1 - number) / divisor)
    }

    private static func floorModulo(_ number: Int, _ divisor: Int) -> Int {
        number - floorDivide(number, divisor) * divisor
    }

    /// `number` with at least `width` digits.
    private static func append(_ number: Int, _ width: Int, _ text: inout [UInt8], then end: UInt8) {
        var scale = 1
        for _ in 1..<width { scale *= 10 }
        while scale > 0 {
            text.append(0x30 + UInt8(truncatingIfNeeded: number / scale % 10))
            scale /= 10
        }
        text.append(end)
    }
}
