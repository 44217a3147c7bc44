import JSONText
import Testing

/// What is read by a short cut, against the slow and plain way.
@Suite struct FastPathTests {
    @Test func numbersAreThoseOfTheStandardLibrary() {
        var random = SeededGenerator(seed: 21)
        let alphabet = utf8("0123456789.")
        for round in 0..<60_000 {
            let count = Int.random(in: 1...22, using: &random)
            var bytes = (0..<count).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            // Small prices and counts, which the random texts hardly ever are.
            if round % 3 == 0 { bytes = utf8("0.0000\(Int.random(in: 0...99_999, using: &random))") }
            if round % 3 == 1 { bytes = utf8("\(Int.random(in: 0...99_999, using: &random))") }
            if Int.random(in: 0..<8, using: &random) == 0 { bytes.insert(UInt8(ascii: "-"), at: 0) }
            let spelling = text(bytes)
            // Of what is no number nothing is promised.
            guard ReferenceCheck.accepts(bytes) else { continue }
            #expect(jsonDouble(0..<bytes.count, in: bytes.span) == Double(spelling), "\(spelling)")
            if let plain = Int(spelling) {
                #expect(jsonInt(0..<bytes.count, in: bytes.span) == plain, "\(spelling)")
            }
        }
    }

    @Test func numbersAtTheEdgeOfTheShortCut() {
        for spelling in [
            "999999999999999999", "1000000000000000000", "9223372036854775807", "9223372036854775808",
            "9007199254740992", "9007199254740993", "9007199254740993.0", "0.123456789012345678", "123456789.123456789",
            "0.00000000000000001", "1.0", "10.0", "0", "0.0", "0.00002",
        ] {
            let bytes = utf8(spelling)
            #expect(jsonDouble(0..<bytes.count, in: bytes.span) == Double(spelling), "\(spelling)")
            // Exact, unlike a `Double` beyond 2^53.
            if !spelling.contains(".") { #expect(jsonInt(0..<bytes.count, in: bytes.span) == Int(spelling)) }
        }
    }

    @Test func stringsEqualWhatTheySay() {
        var documents = DocumentGenerator(seed: 22)
        let texts = DocumentGenerator.strings + ["b", "\\n", "\n", "\\\\", "a\\", "mode\\", "stop", "stoq"]
        for _ in 0..<200 {
            for one in texts {
                let bytes = documents.spelled(one)
                for other in texts {
                    #expect(equals(text(bytes), other) == one.utf8.elementsEqual(other.utf8), "\(one) \(other)")
                }
            }
        }
    }

    @Test func rowsOfCharactersAreCheckedLikeEachAlone() {
        var random = SeededGenerator(seed: 23)
        let characters = ["я", "é", "\u{80}", "\u{7FF}", "a", "日", "😀", "\u{800}", "\u{FFFF}", " "]
        for _ in 0..<30_000 {
            let count = Int.random(in: 1...14, using: &random)
            let few = Int.random(in: 1...characters.count, using: &random)
            let words = (0..<count).map { _ in characters[Int.random(in: 0..<few, using: &random)] }
            var bytes = utf8("\"" + words.joined())
            if Bool.random(using: &random) {
                bytes[Int.random(in: 1..<bytes.count, using: &random)] =
                    [
                        0x7F, 0x80, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xF0, 0xF4, 0xFF, 0x41,
                    ].randomElement(using: &random) ?? 0
            }
            bytes += utf8("\"")
            #expect(((try? JSONTape(bytes)) != nil) == ReferenceCheck.accepts(bytes), "\(bytes)")
        }
    }

    @Test func asksForManyNamesAtOnce() throws {
        let bytes = utf8(#"{"a":1,"c":2,"b":null}"#)
        let scan = try ObjectScan(bytes.span, names: MemberNames("x", "a", "y", "z", "b", "w"))
        let found = (0..<6).map { first in (first...6).map { scan.hasAny(of: first..<$0) } }
        for first in 0..<6 {
            for end in first...6 {
                let expected = first <= 1 && end > 1 || first <= 4 && end > 4
                #expect(found[first][end - first] == expected, "\(first)..<\(end)")
            }
        }
    }

    @Test func namesBeyondTheSixtyFourthAreAskedForAsTheFirstAre() throws {
        let names = MemberNames(of: (0..<100).map { utf8("n\($0)") })
        for present in [0, 40, 62, 63, 64, 80, 99] {
            let bytes = utf8("{\"n\(present)\":1,\"other\":2}")
            let scan = try ObjectScan(bytes.span, names: names)
            for (first, end) in [(0, 100), (63, 64), (64, 65), (15, 100), (80, 81), (99, 100), (0, 63), (65, 99)] {
                #expect(
                    scan.hasAny(of: first..<end) == (first..<end).contains(present), "\(present) in \(first)..<\(end)")
            }
            #expect((0..<100).filter { scan[$0] != nil } == [present])
        }
    }

    @Test func keysOfAFamilyAreFoundByTheirBeginning() throws {
        let names = MemberNames(["model", "litellm_metadata"], familyBeginning: "litellm_")
        let long = "litellm_" + String(repeating: "x", count: 500)
        let cases: [(key: String, index: Int?)] = [
            ("model", 0), ("litellm_metadata", 1), ("litellm_metadatb", 2), ("litellm_", 2), ("litellm_a", 2),
            (long, 2), (#"litellm\u005fa"#, 2), ("litellm", nil), ("litellm-a", nil), ("xlitellm_", nil), ("", nil),
            ("Litellm_a", nil),
        ]
        #expect(names.family == 2 && names.count == 3)
        for c in cases {
            let bytes = utf8("{\"\(c.key)\":1}")
            let scan = try ObjectScan(bytes.span, names: names)
            #expect(scan.members.map(\.index) == [c.index].compactMap(\.self), "\(c.key)")
            #expect(
                ObjectScan(bytes.span, within: 0..<bytes.count, names: names)?.members.map(\.index)
                    == [c.index].compactMap(\.self), "\(c.key)")
        }
    }
}
