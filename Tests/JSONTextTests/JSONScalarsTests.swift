import JSONText
import Testing

@Suite struct JSONScalarsTests {
    @Test func kinds() {
        for (input, kind) in [
            ("null", .null), ("true", .bool), ("false", .bool), ("0", .number), ("-1", .number), ("\"\"", .string),
            ("[]", .array), ("{}", .object), ("  {}", .object), ("", .null), ("x", .null),
        ] as [(String, JSONKind)] {
            #expect(jsonKind(of: 0..<input.utf8.count, in: utf8(input).span) == kind)
        }
        #expect(jsonKind(of: 5..<9, in: utf8("[]").span) == .null)
        #expect(jsonKind(of: -1..<1, in: utf8("[]").span) == .null)
    }

    static let strings: [(literal: String, text: String?)] = [
        (#""""#, ""), (#""abc""#, "abc"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u0000""#, "\u{0}"),
        (#""\u00e9é""#, "éé"), (#""\ud83d\ude00""#, "😀"), (#""\uD834\uDD1E""#, "𝄞"),
        (#""\uFFFF\ufeff""#, "\u{FFFF}\u{FEFF}"),
        (#""a\\""#, "a\\"), (#""\\u0041""#, "\\u0041"), (#" "x" "#, "x"), ("1", nil), ("[\"a\"]", nil), ("null", nil),
        ("\"" + String(repeating: "日本語 ", count: 30) + "\\n\"", String(repeating: "日本語 ", count: 30) + "\n"),
        (#""\udbff\udfff""#, "\u{10FFFF}"), (#""\ud800\udc00""#, "\u{10000}"),
        // Half of a pair is no character.
        (#""a\ud83d""#, "a\u{FFFD}"), (#""\ude00b""#, "\u{FFFD}b"), (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
        (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""\ud83d\n""#, "\u{FFFD}\n"),
    ]

    @Test(arguments: strings)
    func stringsAreUnescaped(_ literal: String, _ expected: String?) {
        let bytes = utf8(literal)
        let range = 0..<bytes.count
        #expect(jsonString(range, in: bytes.span).map(utf8) == expected.map(utf8))
        #expect(jsonStringBytes(range, in: bytes.span) == expected.map(utf8))
        if let expected {
            #expect(equals(literal, expected))
            #expect(!equals(literal, expected + "x"))
            #expect(!equals(literal, String(expected.dropLast()) + "\u{2}"))
        }
    }

    @Test func equality() {
        for (literal, expected) in [
            (#""user""#, true), (#""\u0075ser""#, true), (#""\u0075\u0073\u0065\u0072""#, true), (#""User""#, false),
            (#""user ""#, false), (#""use""#, false), (#""\u0055ser""#, false), ("1", false), (#"["user"]"#, false),
        ] {
            #expect(
                equals(literal, "user" as StaticString) == expected)
        }
        // Bytes are compared, not characters.
        #expect(!equals("\"e\u{301}\"", "é" as StaticString))
        #expect(!equals("\"e\u{301}\"", "é" as String))
        #expect(equals("\"a\"", "a" as StaticString))
        #expect(equals("\"\"", "" as StaticString))
    }

    static let integers: [(String, Int?)] = [
        ("0", 0), ("-0", 0), ("7", 7), ("-7", -7), ("10.0", 10), ("1e3", 1000), ("1E+3", 1000), ("1.5e1", 15),
        ("0.5", nil),
        ("1e-1", nil), ("1000e-3", 1), ("1001e-3", nil), ("-1.50e2", -150), ("0e99999999999999999999", 0), ("0.000", 0),
        ("0.00001e5", 1), ("0.00001e4", nil), ("9223372036854775807", .max), ("9223372036854775808", nil),
        ("-9223372036854775808", .min), ("-9223372036854775809", nil), ("922337203685477580.7e1", .max),
        ("1e18", 1_000_000_000_000_000_000),
        ("1e19", nil), ("1e400", nil), ("1e99999999999999999999999", nil), ("1e-99999999999999999999999", nil),
        ("18446744073709551615", nil), ("18446744073709551616", nil), ("99999999999999999999", nil),
        ("1" + String(repeating: "0", count: 400) + "e-400", 1),
        ("0." + String(repeating: "0", count: 400) + "7e401", 7),
        ("1." + String(repeating: "0", count: 400), 1), ("1." + String(repeating: "0", count: 400) + "1", nil),
        ("true", nil), ("\"1\"", nil), ("null", nil), ("", nil), (" 5 ", 5), ("01", nil), ("-", nil),
    ]

    @Test(arguments: integers)
    func integersAreExactOrNil(_ literal: String, _ expected: Int?) {
        #expect(jsonInt(0..<literal.utf8.count, in: utf8(literal).span) == expected)
        #expect(JSONValue.number(literal).intValue == expected)
    }

    static let doubles: [(String, Double?)] = [
        ("0", 0), ("0.1", 0.1), ("-2.5e-3", -0.0025), ("1e22", 1e22), ("1e23", 1e23),
        ("123456789012345678", 123_456_789_012_345_680),
        ("1e308", 1e308), ("1e309", nil), ("-1e309", nil), ("1e400", nil), ("5e-324", .leastNonzeroMagnitude),
        ("1e-400", 0),
        ("9007199254740993", 9_007_199_254_740_992), ("0.30000000000000004", 0.30000000000000004),
        ("2.2250738585072011e-308", .leastNormalMagnitude.nextDown),
        ("1e99999999999999999999999", nil), ("true", nil), ("\"1\"", nil), ("", nil), (" 1.5 ", 1.5),
        ("1" + String(repeating: "0", count: 300), 1e300),
        ("1" + String(repeating: "0", count: 400), nil), ("1" + String(repeating: "0", count: 400) + "e-400", 1),
    ]

    @Test(arguments: doubles)
    func doublesAreRoundedOrNil(_ literal: String, _ expected: Double?) {
        #expect(jsonDouble(0..<literal.utf8.count, in: utf8(literal).span) == expected)
    }

    @Test func doublesAgreeWithTheStandardLibrary() {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<3000 {
            let value = Double(bitPattern: random.next())
            let short = Double(Int.random(in: -99_999...99_999, using: &random)) / 1000
            for value in [value, short] where value.isFinite {
                let literal = value.description
                #expect(jsonDouble(0..<literal.utf8.count, in: utf8(literal).span) == value, "\(literal)")
            }
        }
        #expect(jsonDouble(0..<2, in: utf8("-0").span)?.sign == .minus)
    }

    @Test func bools() {
        #expect(jsonBool(0..<4, in: utf8("true").span) == true)
        #expect(jsonBool(0..<5, in: utf8("false").span) == false)
        for other in ["null", "1", "\"true\"", "[true]", ""] {
            #expect(jsonBool(0..<other.utf8.count, in: utf8(other).span) == nil)
        }
    }

    @Test func elementsAndMembers() {
        let array = utf8(#" [ 1 ,"a]",[2,[3]] , {"b":"}]"} ,null]x"#)
        var elements = JSONElements(0..<array.count, in: array.span)
        var seen: [String?] = []
        while let element = elements.next() { seen.append(slice(element, array)) }
        #expect(seen == ["1", "\"a]\"", "[2,[3]]", "{\"b\":\"}]\"}", "null"])
        #expect(elements.next() == nil)

        let object = utf8(#"{"a" : 1,"a":{"b":[]} , "\"}":"}" }"#)
        var members = JSONMembers(0..<object.count, in: object.span)
        var pairs: [[String?]] = []
        while let (key, value) = members.next() { pairs.append([slice(key, object), slice(value, object)]) }
        #expect(pairs == [["\"a\"", "1"], ["\"a\"", "{\"b\":[]}"], [#""\"}""#, "\"}\""]])
        #expect(members.next() == nil)

        for other in ["{}", "1", "\"[]\"", "[]", "[ ]", ""] {
            var none = JSONElements(0..<other.utf8.count, in: utf8(other).span)
            #expect(none.next() == nil)
            var noMembers = JSONMembers(0..<other.utf8.count, in: utf8(other).span)
            #expect(noMembers.next() == nil)
        }
    }

    @Test func written() throws {
        for (input, expected) in [
            ("", #""""#), ("abc", #""abc""#), ("\"\\/", #""\"\\/""#), ("\n\r\t\u{8}\u{C}", #""\n\r\t\b\f""#),
            ("\u{0}\u{1}\u{1F}\u{10}", #""\u0000\u0001\u001f\u0010""#), ("é日😀\u{7F}\u{2028}", "\"é日😀\u{7F}\u{2028}\""),
        ] {
            var out = utf8("=")
            appendJSONString(input, to: &out)
            #expect(text(out) == "=" + expected)
        }
        for text in DocumentGenerator.strings {
            for padding in 0..<40 {
                let text = String(repeating: "-", count: padding) + text
                var out: [UInt8] = []
                appendJSONString(text, to: &out)
                #expect(try JSONTape(out).root.string == text)
            }
        }
    }
}
