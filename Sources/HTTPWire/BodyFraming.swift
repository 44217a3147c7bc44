/// How the end of a message's body is found (RFC 9112 §6.3).
package enum BodyFraming: Equatable, Sendable {
    case none
    /// As `Content-Length` says; may be 0.
    case length(Int)
    case chunked
    /// Responses only: the body ends when the connection does.
    case untilClose
}

/// A decimal number that consists of digits only.
enum Decimal {
    /// `nil` for no digit at all, anything but digits, or a number beyond `Int`.
    static func parse(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int? {
        let digits = bytes.extracting(range)
        guard !digits.isEmpty else { return nil }
        var number = 0
        for index in digits.indices {
            // Of the span's own indices.
            let digit = unsafe digits[unchecked: index] &- 0x30
            guard digit < 10 else { return nil }
            // So many digits hold no number beyond `Int`.
            if index < 18 {
                number = number &* 10 &+ Int(digit)
                continue
            }
            let (tenfold, tooLarge) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = tenfold.addingReportingOverflow(Int(digit))
            if tooLarge || overflow { return nil }
            number = sum
        }
        return number
    }
}
