/// A sum of money in the fewest digits that say exactly it. Without an exponent as long as twelve decimals are enough,
/// which also costs a tenth of what printing any number does. `nil` for what is no number.
func sumOfMoney(_ cost: Double) -> String? {
    guard cost.isFinite else { return nil }
    let scaled = (cost * 1e12).rounded()
    // Up to 2^53 both the whole number and the quotient's nearest neighbour are exact.
    guard scaled >= 0, scaled < 0x1p53, scaled / 1e12 == cost, cost.sign == .plus else { return "\(cost)" }
    let (whole, fraction) = UInt64(scaled).quotientAndRemainder(dividingBy: 1_000_000_000_000)
    var (digits, count) = (fraction, 12)
    while count > 1, digits % 10 == 0 { (digits, count) = (digits / 10, count - 1) }
    // Below 9007.
    let wholeCount = whole < 10 ? 1 : whole < 100 ? 2 : whole < 1000 ? 3 : 4
    // The room decides whether the text needs memory of its own: nearly none does.
    return unsafe String(unsafeUninitializedCapacity: wholeCount + 1 + count) { space in
        func write(_ number: UInt64, _ count: Int, at start: Int) {
            var rest = number
            for place in (start..<start + count).reversed() {
                unsafe space[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
        }
        write(whole, wholeCount, at: 0)
        unsafe space[wholeCount] = UInt8(ascii: ".")
        write(digits, count, at: wholeCount + 1)
        return wholeCount + 1 + count
    }
}
