/// A `Retry-After` value (RFC 9110 §10.2.3).
package enum RetryAfter {
    /// How many seconds from `now` (epoch seconds) it asks to wait; 0 for a date that has passed. `nil` when it is
    /// neither a whole number of seconds nor a date: such a value is not passed on.
    package static func seconds(_ value: String, now: Int) -> Int? {
        let bytes = value.utf8.span
        if let seconds = Decimal.parse(bytes, 0..<bytes.count) { return seconds }
        guard let date = HTTPDate.parse(value, now: now) else { return nil }
        let (wait, overflow) = date.subtractingReportingOverflow(now)
        return overflow || wait < 0 ? 0 : wait
    }
}
