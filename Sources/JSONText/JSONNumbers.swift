/// The number as an exact integer: also `1e3`, `10.0` and `-0`. Nil when it is none, does not fit, or is no number.
package func jsonInt(_ range: Range<Int>, in bytes: Span<UInt8>) -> Int? {
    if let plain = plainDigits(range, in: bytes), plain.places == 0 { return plain.value }
    guard let number = Decimal(range, in: bytes) else { return nil }
    return number.integer
}

/// The number rounded to the nearest `Double`. Nil when that is not finite, or when it is no number.
package func jsonDouble(_ range: Range<Int>, in bytes: Span<UInt8>) -> Double? {
    if let plain = plainDigits(range, in: bytes), let exact = magnitudeAsDouble(UInt64(plain.value), -plain.places) {
        return exact
    }
    guard let number = Decimal(range, in: bytes) else { return nil }
    if let exact = number.exactDouble { return exact }
    guard let text = jsonText(number.range, in: bytes), let value = Double(text), value.isFinite else { return nil }
    return value
}

/// What nearly every number is: up to eighteen digits, perhaps with a dot among them and `places` of them behind it.
/// Nil for any other one, and for what only looks like a number (`01`, `.5`, `1.`).
private func plainDigits(_ range: Range<Int>, in bytes: Span<UInt8>) -> (value: Int, places: Int)? {
    guard range.lowerBound >= 0, range.upperBound <= bytes.count, 1...19 ~= range.count else { return nil }
    var value = 0
    var at = range.lowerBound
    var dot = -1
    while at < range.upperBound {
        let digit = bytes.byte(at) &- ASCII.zero
        if digit < 10 {
            // Eighteen digits fit; nineteen may wrap, and are refused below.
            value = value &* 10 &+ Int(digit)
        } else if digit == ASCII.dot &- ASCII.zero, dot < 0 {
            dot = at
        } else {
            return nil
        }
        at &+= 1
    }
    let wholeEnd = dot < 0 ? range.upperBound : dot
    let wholes = wholeEnd &- range.lowerBound
    guard wholes == 1 || wholes > 1 && bytes.byte(range.lowerBound) != ASCII.zero else { return nil }
    guard dot >= 0 else { return range.count <= 18 ? (value, 0) : nil }
    let places = range.upperBound &- dot &- 1
    return places > 0 ? (value, places) : nil
}

/// When both the digits and the power of ten are exact as `Double`s, one operation rounds correctly.
private func magnitudeAsDouble(_ value: UInt64, _ exponent: Int) -> Double? {
    guard value <= 1 << 53, exponent.magnitude <= 22 else { return nil }
    var power = 1.0
    for _ in 0..<exponent.magnitude { power *= 10 }
    return exponent < 0 ? Double(value) / power : Double(value) * power
}

/// ±`significand` · 10^`exponent`, without trailing zeros in the significand.
private struct Decimal {
    /// The number itself, without white space.
    var range: Range<Int>
    var isNegative = false
    /// Nil when the significant digits do not fit.
    var significand: UInt64? = 0
    var exponent = 0

    init?(_ range: Range<Int>, in bytes: Span<UInt8>) {
        guard jsonKind(of: range, in: bytes) == .number else { return nil }
        let start = bytes.skippingSpace(from: range.lowerBound)
        guard let end = try? scanNumber(bytes, from: start), end <= range.upperBound else { return nil }
        self.range = start..<end

        var at = start
        if bytes.byte(at) == ASCII.minus {
            isNegative = true
            at += 1
        }
        // Zeros count only once another digit follows them. Every counter here is at most the text's length.
        var zeros = 0
        var places = 0
        var isFraction = false
        while at < end {
            let byte = bytes[at]
            if isDigit(byte) {
                if isFraction { places += 1 }
                if byte == ASCII.zero {
                    zeros += 1
                } else {
                    append(byte &- ASCII.zero, after: zeros)
                    zeros = 0
                }
            } else if byte == ASCII.dot {
                isFraction = true
            } else {
                break
            }
            at += 1
        }
        exponent = zeros - places
        if at < end { addExponent(bytes, at + 1, end) }
    }

    private mutating func append(_ digit: UInt8, after zeros: Int) {
        guard var value = significand else { return }
        if value != 0 {
            // Twenty digits never fit.
            guard zeros < 20 else { return significand = nil }
            for _ in 0...zeros {
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                guard !overflow else { return significand = nil }
                value = product
            }
        }
        let (sum, overflow) = value.addingReportingOverflow(UInt64(digit))
        significand = overflow ? nil : sum
    }

    private mutating func addExponent(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) {
        var isNegative = false
        var written = 0
        for at in start..<end {
            switch bytes[at] {
            case ASCII.minus: isNegative = true
            case ASCII.plus: break
            // Beyond any text's length the value no longer matters.
            case let digit: written = min(written * 10 + Int(digit &- ASCII.zero), 1 << 40)
            }
        }
        exponent += isNegative ? -written : written
    }

    var integer: Int? {
        guard var value = significand else { return nil }
        if value == 0 { return 0 }
        guard exponent >= 0, exponent < 20 else { return nil }
        for _ in 0..<exponent {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = product
        }
        if isNegative { return value <= Int.min.magnitude ? Int(truncatingIfNeeded: 0 &- value) : nil }
        return Int(exactly: value)
    }

    var exactDouble: Double? {
        guard let significand, let magnitude = magnitudeAsDouble(significand, exponent) else { return nil }
        return isNegative ? -magnitude : magnitude
    }
}
