/// The ways in which `count` bytes may arrive: at once, in two parts cut anywhere, in three around each byte, and one by
/// one. Each is the ascending list of how many bytes are there at each call; the last is `count`.
func arrivals(of count: Int) -> [[Int]] {
    var ways = [[count], Array(0...count)]
    for cut in 0..<count {
        ways.append([cut, count])
        ways.append([cut, cut + 1, count])
    }
    return ways
}

/// Latin-1 text as bytes: `\u{80}`...`\u{FF}` are one byte each.
func latin1(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
}
