import Model
import Testing

@Suite struct NameTests {
    /// Equal for `String`, and not the same name.
    static let doubles: [(String, String)] = [
        ("\u{212A}", "K"), ("\u{37E}", ";"), ("\u{1FEF}", "`"), ("\u{E9}", "e\u{301}"), ("\u{212B}", "\u{C5}"),
        ("a\u{323}\u{307}", "a\u{307}\u{323}"), ("openai/gpt-\u{212A}", "openai/gpt-K"),
    ]

    @Test(arguments: doubles)
    func bytesDecide(_ one: String, _ other: String) {
        #expect(one == other)
        #expect(Name(one) != Name(other))
        #expect(Set([Name(one), Name(other)]).count == 2)
        #expect([Name(one): 1][Name(other)] == nil)
    }

    /// Both forms of storage, and lengths around the words that are compared.
    @Test func equalNamesAreEqualAtEveryLength() {
        for length in 0..<70 {
            let text = String(repeating: "x", count: length)
            #expect(Name(text) == Name(String(decoding: Array(text.utf8), as: UTF8.self)))
            #expect(Name(text).hashValue == Name(String(decoding: Array(text.utf8), as: UTF8.self)).hashValue)
            #expect(Name(text) != Name(text + "x"))
            for place in 0..<length {
                var bytes = Array(text.utf8)
                bytes[place] = UInt8(ascii: "y")
                #expect(Name(text) != Name(String(decoding: bytes, as: UTF8.self)))
            }
        }
    }

    /// What the comment on `Name` promises to those who compare with a literal.
    @Test func noOtherASCIILetterHasADouble() {
        let letters = Set((0 as UInt8..<0x80).map { String(Unicode.Scalar($0)) })
        var doubled: Set<String> = []
        for value in (0x80 as UInt32)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value), let place = letters.firstIndex(of: String(scalar)) else {
                continue
            }
            doubled.insert(letters[place])
        }
        #expect(doubled == ["K", ";", "`"])
    }

    @Test func aStarMakesAPatternWhateverFollows() {
        #expect(isPattern("openai/*"))
        #expect(isPattern("*\u{301}"))
        #expect(!isPattern("openai/x"))
    }
}
