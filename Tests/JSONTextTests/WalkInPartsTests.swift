import Testing

@testable import JSONText

/// A walk in parts finds what a walk at a stretch finds, wherever it stops.
@Suite struct WalkInPartsTests {
    private static let names = MemberNames("a", "model", "")
    private static let paths = JSONPaths(["a", "model", "model.*", "a[]", "a[].a"])

    private static func whole(_ bytes: [UInt8]) -> Result<[String], JSONError> {
        Result { () throws(JSONError) in describe(try ObjectScan(bytes.span, names: names)) }
    }

    private static func inParts(_ bytes: [UInt8], of size: Int) -> Result<[String], JSONError> {
        Result { () throws(JSONError) in
            var parts = ObjectScanInParts(names: names)
            while true {
                if let scan = try parts.advance(bytes.span, by: size) { return describe(scan) }
            }
        }
    }

    private static func describe(_ scan: ObjectScan) -> [String] {
        ["\(scan.object) \(scan.isEmpty)"] + scan.members.map { "\($0.index) \($0.member.key) \($0.member.value)" }
    }

    private static func finds(_ bytes: [UInt8], of size: Int?) -> Result<[PathScan.Find], JSONError> {
        Result { () throws(JSONError) in
            var scan = PathScan(paths)
            if let size {
                while try !scan.advance(bytes.span, by: size) {}
            } else {
                try scan.read(bytes.span)
            }
            return (0..<scan.count).map { scan[$0] }
        }
    }

    private func compare(_ bytes: [UInt8], _ sizes: [Int]) {
        for size in sizes {
            #expect(Self.inParts(bytes, of: size) == Self.whole(bytes), "\(size): \(text(Array(bytes.prefix(200))))")
            #expect(Self.finds(bytes, of: size) == Self.finds(bytes, of: nil), "\(size)")
        }
    }

    @Test func documentsAreTheSameInParts() {
        for seed in 1..<200 as Range<UInt64> {
            var generator = DocumentGenerator(seed: seed)
            let tree = generator.object(depth: 4)
            let bytes = generator.space() + generator.spelled(tree) + generator.space()
            compare(bytes, [1, 7, 64, 5000])
            // Spoilt at some place, and cut there.
            let place = Int.random(in: 0..<bytes.count, using: &generator.random)
            var spoilt = bytes
            spoilt[place] = UInt8.random(in: 0...255, using: &generator.random)
            compare(spoilt, [1, 64])
            compare(Array(bytes[..<place]), [1, 64])
        }
    }

    static let strings: [String] = [
        "a", #"\n"#, #"\u00e9"#, #"\ud83d\ude00"#, "é", "日", "😀", #"a\"b\\"#, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaé",
    ]

    @Test(arguments: strings) func longStringsAreTheSameInParts(_ unit: String) {
        let long = String(repeating: unit, count: 20_000 / unit.utf8.count)
        for (before, after) in [("", ""), ("x", ""), ("", #"\"#), ("", "\u{1}"), (#"\ud83d"#, ""), ("xx", #"\u12"#)] {
            let bytes = utf8(#"{"model":"\#(before)\#(long)\#(after)","a":["\#(long)",{"a":1}]}"#)
            compare(bytes, [1, 1000, 4096, 5000, 16_384])
            for cut in [9000, 15_001, 20_002] { compare(Array(bytes.prefix(cut)), [1000, 5000]) }
            var spoilt = bytes
            for place in [11_000, 11_001, 19_990] {
                spoilt[place] = 0xC0
                compare(spoilt, [1000, 5000])
            }
        }
    }

    @Test func aPartIsNotMuchLongerThanAskedFor() throws {
        for unit in ["1,", "[],", #""abc","#, #""\#(String(repeating: #"\ud83d\ude00"#, count: 10_000))","#] {
            let bytes = utf8(#"{"a":["# + String(repeating: unit, count: 400_000 / unit.utf8.count) + "0]}")
            var parts = ObjectScanInParts(names: Self.names)
            var count = 1
            while try parts.advance(bytes.span, by: 10_000) == nil { count += 1 }
            #expect(count >= bytes.count / 20_000, "\(unit.prefix(10))")
        }
    }

    @Test func aKeyOfMegabytesIsRefusedInParts() {
        let bytes = utf8(#"{"\#(String(repeating: "k", count: 1 << 20))x":1}"#)
        #expect(Self.inParts(bytes, of: 1 << 20) == .failure(JSONError(.keyTooLong, at: 2)))
        let shorter = utf8(#"{"\#(String(repeating: "k", count: 1 << 19))x":1}"#)
        compare(shorter, [1 << 20])
    }

    @Test func wantedMembersAndFindsHaveAnEnd() {
        func many(_ unit: String, _ count: Int) -> [UInt8] {
            utf8("{" + String(repeating: unit, count: count) + "\"z\":0}")
        }
        #expect(throws: Never.self) { try ObjectScan(many(#""a":1,"#, 1 << 18).span, names: Self.names) }
        #expect(throws: JSONError.self) { try ObjectScan(many(#""a":1,"#, 1 << 18 | 1).span, names: Self.names) }
        for size in [nil, 100_000] {
            #expect(throws: Never.self) { try Self.finds(many(#""a":1,"#, 98_304), of: size).get() }
            guard case .failure(let error) = Self.finds(many(#""a":1,"#, 98_305), of: size) else {
                Issue.record("it has no end")
                return
            }
            #expect(error.reason == .tooManyValues)
        }
    }

    @Test func blanksAreSkippedHoweverTheyAreMixed() {
        for unit in [" ", "\n", "\r\n", " \t", "\n        "] {
            for count in 0..<40 {
                let blanks = String(repeating: unit, count: count)
                compare(
                    utf8("\(blanks){\(blanks)\"a\"\(blanks):\(blanks)[\(blanks)1\(blanks),2]\(blanks)}\(blanks)"),
                    [1, 64])
                // What is next to white space is none.
                for byte in [0x08, 0x0B, 0x0C, 0x0E, 0x1F, 0x21, 0x00, 0x7F, 0x80, 0x89, 0xA0] as [UInt8] {
                    let bytes = utf8("{\"a\":\(blanks)") + [byte] + utf8("\(blanks)1}")
                    compare(bytes, [64])
                }
            }
        }
    }
}
