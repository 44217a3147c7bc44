internal import Glibc

/// Ends the process with `claim` when it does not hold; libFuzzer then keeps the input.
func require(_ holds: Bool, _ claim: @autoclosure () -> String) {
    guard !holds else { return }
    complain("does not hold: \(claim())")
    abort()
}

func requireEqual<Value: Equatable>(_ left: Value, _ right: Value, _ claim: @autoclosure () -> String) {
    require(left == right, "\(claim())\n  \(left)\n  \(right)")
}

func complain(_ text: String) {
    let bytes = Array("fuzz: \(text)\n".utf8)
    _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
}

/// Ways to cut an input, the same for the same input: where each piece ends.
func cuts(of input: [UInt8]) -> [[Int]] {
    var random = SeededNumbers(seed: input)
    var some: [Int] = []
    var at = 0
    while at < input.count {
        at = min(input.count, at + 1 + Int(random.next() % 24))
        some.append(at)
    }
    // Byte by byte finds the most, but is quadratic where a parser wants what it has not used again.
    let each = input.count <= 2048 ? [Array(1...max(1, input.count))] : []
    return input.isEmpty ? [] : each + [some]
}

/// SplitMix64, seeded by the bytes.
struct SeededNumbers {
    private var state: UInt64 = 0xCBF2_9CE4_8422_2325

    init(seed: [UInt8]) {
        for byte in seed { state = (state ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// An input whose first byte chooses options: its low bits, and the rest of the bytes.
struct Optioned {
    let options: UInt8
    let bytes: [UInt8]

    init(_ input: [UInt8]) {
        options = input.first ?? 0
        bytes = Array(input.dropFirst())
    }

    func has(_ bit: UInt8) -> Bool { options & (1 << bit) != 0 }
}

extension ArraySlice<UInt8> {
    /// Where `mark`, which is not empty, stands first. The library's own search is generic, and many times as slow.
    func firstPlace(of mark: String) -> Range<Int>? {
        let mark = Array(mark.utf8)
        return unsafe withUnsafeBytes { region in
            guard let start = unsafe region.baseAddress else { return nil }
            var from = 0
            while region.count - from >= mark.count,
                let found = unsafe memchr(start + from, Int32(mark[0]), region.count - from - mark.count + 1)
            {
                let place = unsafe UnsafeRawPointer(found) - start
                if unsafe memcmp(found, mark, mark.count) == 0 {
                    return startIndex + place..<startIndex + place + mark.count
                }
                from = place + 1
            }
            return nil
        }
    }
}

func text(_ bytes: some Sequence<UInt8>) -> String {
    String(decoding: Array(bytes), as: UTF8.self)
}
