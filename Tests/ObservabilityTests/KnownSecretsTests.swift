import Testing

@testable import Observability

@Suite struct KnownSecretsTests {
    /// The same in every run (SplitMix64).
    private struct Draws: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var bits = state
            bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
            bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
            return bits ^ (bits >> 31)
        }
    }

    /// One after the other, the longest first: what the search over all at once has to come to.
    private static func end(of secrets: [[UInt8]], in bytes: [UInt8], at start: Int, isJSON: Bool) -> Int? {
        secrets.filter { !$0.isEmpty }.sorted { $0.count > $1.count }.lazy.compactMap { secret -> Int? in
            var position = start
            for wanted in secret {
                if let escape = Escape(at: position, in: bytes), escape.byte == wanted,
                    position > start || Escape.isUsual(for: wanted)
                {
                    position = escape.end
                } else if position < bytes.count, bytes[position] == wanted,
                    !isJSON || wanted != UInt8(ascii: "\\") && wanted != UInt8(ascii: "\"")
                {
                    position += 1
                } else {
                    return nil
                }
            }
            return position
        }.first
    }

    @Test func allAtOnceFindWhatEachFindsAlone() {
        var generator = Draws(state: 7)
        let letters = Array("ab/".utf8)
        for round in 0..<300 {
            let secrets = (0..<round % 40 + 1).map { _ in
                (0..<Int.random(in: 1...6, using: &generator)).map { _ in letters.randomElement(using: &generator) ?? 97
                }
            }
            let known = KnownSecrets(secrets)
            let parts = ["a", "b", "/", "%2F", "%61", #"\/"#, #"\u0062"#, "c", #"\\"#, "%"].map { Array($0.utf8) }
            let text = (0..<60).flatMap { _ in parts.randomElement(using: &generator) ?? [] }
            for start in text.indices {
                for isJSON in [false, true] {
                    #expect(
                        known.end(in: text, at: start, isJSON: isJSON)
                            == Self.end(of: secrets, in: text, at: start, isJSON: isJSON),
                        "\(secrets.map { String(decoding: $0, as: UTF8.self) }) in \(String(decoding: text, as: UTF8.self))"
                    )
                }
            }
        }
    }
}
