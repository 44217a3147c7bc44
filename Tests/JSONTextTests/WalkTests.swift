import JSONText
import Testing

@Suite struct WalkTests {
    static let valid: [String] = [
        #"["\ud83d"]"#, #"["\ude00"]"#, #"["\ude00\ud83d"]"#, #"["\ud83dx"]"#, #"["\ud83d\n"]"#,
        #"{"\ud83d":"\uDBFF"}"#,
        "0", "-0", "1", "-1", "10", "0.0", "-0.1", "1.25", "1e0", "1E5", "1e+5", "1e-5", "0e0", "0E+00", "1.5e007",
        "123456789012345678901234567890", "1e999999999999999999999", "-1e-400",
        "null", "true", "false", "\"\"", "\"a\"", " \t\r\n1\n\r\t ",
        #""\"\\\/\b\f\n\r\t""#, #""\u0000""#, #""\u00e9\u00E9\uffff\uFFFE""#, #""\ud83d\ude00""#, #""\uDBFF\uDFFF""#,
        #""\\u0000""#, "\"\u{7F}\"", "\"/\"", "\"é日😀\u{10FFFF}\u{FFFF}\u{2028}\u{FEFF}\"",
        "[]", "[ ]", "[1]", "[1,2]", "[ 1 , 2 ]", "[[],[[]],{}]", "[\"a\",null,true,false,0]",
        "{}", "{ }", #"{"a":1}"#, #"{"a":1,"a":2}"#, #"{"":0}"#, #"{ "a" : { "b" : [ ] } , "c" : null }"#,
        #"{"\u0061":"\u0062"}"#, "[0,-0,0]", "[1e1,1]", "{\"a\":[{\"b\":[{}]}]}",
    ]

    @Test(arguments: valid)
    func validTextPasses(_ input: String) throws {
        #expect(ReferenceCheck.accepts(utf8(input)))
        _ = try JSONTape(utf8(input))
        // As a member's value, at every place a wide load can begin.
        for padding in 0..<40 {
            let bytes = utf8("{\"" + String(repeating: "k", count: padding) + "\":" + input + "}")
            _ = try ObjectScan(bytes.span, names: MemberNames())
        }
    }

    typealias Case = (rule: String, input: [UInt8], reason: JSONError.Reason, offset: Int)

    private static func cases(_ reason: JSONError.Reason, _ rows: [(String, String, Int)]) -> [Case] {
        rows.map { ($0.0, utf8($0.1), reason, $0.2) }
    }

    static let invalid: [Case] =
        cases(
            .empty, [("nothing", "", 0), ("only white space", " \n", 2)])
        + cases(.byteOrderMark, [("BOM", "\u{FEFF}{}", 0), ("BOM alone", "\u{FEFF}", 0)])
        + cases(
            .expectedValue,
            [
                ("word", "[abc]", 1), ("capitals", "[True]", 1), ("NaN", "[NaN]", 1), ("infinity", "[Infinity]", 1),
                ("cut literal", "[nul]", 1), ("single quotes", "['a']", 1), ("comment", "[/* */1]", 1),
                ("leading comma", "[,1]", 1), ("double comma", "[1,,2]", 3), ("comma at the end", "[1,]", 3),
                ("no value", "{\"a\":}", 5), ("no value before comma", "{\"a\":,}", 5), ("colon", "[:]", 1),
                ("plus", "[+1]", 1), ("dot first", "[.5]", 1), ("wrong bracket", "[}", 1), ("form feed", "[\u{C}1]", 1),
                ("no-break space", "[\u{A0}1]", 1), ("NUL", "[\u{0}1]", 1), ("U+2028", "[\u{2028}]", 1),
                ("backslash", "[\\n]", 1), ("undefined", "undefined", 0),
            ])
        + cases(
            .expectedKey,
            [
                ("unquoted", "{a:1}", 1), ("number", "{1:1}", 1), ("single quotes", "{'a':1}", 1),
                ("comma at the end", "{\"a\":1,}", 7), ("leading comma", "{,\"a\":1}", 1),
                ("double comma", "{\"a\":1,,\"b\":2}", 7), ("wrong bracket", "{]", 1), ("null", "{null:1}", 1),
                ("colon", "{:1}", 1), ("array", "{[]:1}", 1),
            ])
        + cases(
            .expectedColon,
            [
                ("no colon", "{\"a\" 1}", 5), ("comma", "{\"a\",1}", 4), ("only a key", "{\"a\"}", 4),
                ("equals", "{\"a\"=1}", 4), ("two keys", "{\"a\"\"b\"}", 4),
            ])
        + cases(
            .expectedCommaOrBrace,
            [
                ("no comma", "{\"a\":1 \"b\":2}", 7), ("wrong bracket", "{\"a\":1]", 6),
                ("two colons", "{\"a\":1:2}", 6),
                ("literal goes on", "{\"a\":truex}", 9), ("number goes on", "{\"a\":1x}", 6), ("hex", "{\"a\":0x1}", 6),
                ("semicolon", "{\"a\":1;}", 6), ("two values", "{\"a\":1 2}", 7), ("dot twice", "{\"a\":1.2.3}", 8),
                ("NUL", "{\"a\":1\u{0}}", 6),
            ])
        + cases(
            .expectedCommaOrBracket,
            [
                ("no comma", "[1 2]", 3), ("wrong bracket", "[1}", 2), ("colon", "[\"a\":1]", 4),
                ("two strings", "[\"a\"\"b\"]", 4),
                ("exponent twice", "[1e2e3]", 4), ("vertical tab", "[1\u{B}]", 2),
            ])
        + cases(
            .trailingBytes,
            [
                ("second value", "1 2", 2), ("second object", "{}{}", 2), ("bracket", "[]]", 2), ("comma", "{},", 2),
                ("NUL", "{}\u{0}", 2), ("comment", "{} //", 3), ("word", "nullnull", 4), ("BOM", "{}\u{FEFF}", 2),
            ])
        + cases(
            .invalidNumber,
            [
                ("leading zero", "01", 1), ("minus and leading zero", "-01", 2), ("zeros", "[00]", 2),
                ("minus alone", "[-]", 2), ("two minus", "[--1]", 2), ("minus letter", "[-a]", 2),
                ("minus dot", "[-.5]", 2),
                ("nothing after the dot", "[1.]", 3), ("exponent after the dot", "[1.e3]", 3),
                ("empty exponent", "[1e]", 3),
                ("sign only", "[1e+]", 4), ("two signs", "[1e+-1]", 4), ("exponent dot", "[1e.5]", 3),
                ("minus infinity", "[-Infinity]", 2), ("full-width digit", "[-１]", 2),
            ])
        + cases(
            .invalidEscape,
            [
                ("x", #"["\x41"]"#, 2), ("a", #"["\a"]"#, 2), ("quote only", #"["\'"]"#, 2), ("octal", #"["\0"]"#, 2),
                ("capital U", #"["\U0041"]"#, 2), ("three digits", #"["\u004"]"#, 2), ("no digits", #"["\u"   ]"#, 2),
                ("not hex", #"["\u00g0"]"#, 2), ("high, broken low", #"["\ud83d\ude0"]"#, 8),
                ("plus", #"["\u+041"]"#, 2), ("newline", "[\"\\\n\"]", 2),
                ("non-ASCII", "[\"\\é\"]", 2), ("full-width digits", "[\"\\u００４１\"]", 2), ("blank", #"["\u 041"]"#, 2),
            ])
        + cases(
            .controlCharacter,
            [
                ("newline", "[\"a\nb\"]", 3), ("tab", "[\"\t\"]", 2), ("NUL", "[\"\u{0}\"]", 2),
                ("0x1F", "[\"\u{1F}\"]", 2),
                ("in a key", "{\"\r\":1}", 2), ("after an escape", "[\"\\n\n\"]", 4),
                ("after UTF-8", "[\"é\u{1}\"]", 4),
            ])
        + cases(
            .unexpectedEnd,
            [
                ("open array", "[", 1), ("open object", "{", 1), ("open string", "\"abc", 4), ("escape", "\"\\", 2),
                ("cut unicode escape", "\"\\u00", 5), ("after a key", "{\"a\"", 4), ("after a colon", "{\"a\":", 5),
                ("after a value", "{\"a\":1", 6), ("after a comma", "[1,", 3), ("cut literal", "tru", 0),
                ("cut number", "-", 1), ("cut fraction", "1.", 2), ("cut exponent", "1e", 2), ("only a quote", "\"", 1),
                ("nested", "{\"a\":[1", 7),
            ])

    @Test func invalidTextIsRefusedWhereItBreaks() {
        for (rule, input, reason, offset) in Self.invalid {
            #expect(!ReferenceCheck.accepts(input), "\(rule)")
            #expect(throws: JSONError(reason, at: offset), "\(rule)") { try JSONTape(input) }
        }
    }

    static let notUTF8: [(String, [UInt8])] = [
        ("continuation alone", [0x80]), ("last continuation", [0xBF]), ("overlong slash", [0xC0, 0xAF]),
        ("overlong 2", [0xC1, 0xBF]), ("overlong 3", [0xE0, 0x9F, 0xBF]), ("overlong 4", [0xF0, 0x8F, 0xBF, 0xBF]),
        ("surrogate", [0xED, 0xA0, 0x80]), ("last surrogate", [0xED, 0xBF, 0xBF]), ("above", [0xF4, 0x90, 0x80, 0x80]),
        ("F5", [0xF5, 0x80, 0x80, 0x80]), ("FE", [0xFE]), ("FF", [0xFF]), ("cut 2", [0xC3]), ("cut 3", [0xE6, 0x97]),
        ("cut 4", [0xF0, 0x9F, 0x98]), ("Latin-1", [0xE9, 0x61]), ("lead twice", [0xC3, 0xC3, 0xA9]),
        ("ASCII inside", [0xE6, 0x41, 0xA5]), ("five bytes", [0xF8, 0x88, 0x80, 0x80, 0x80]),
    ]

    @Test(arguments: notUTF8)
    func invalidUTF8IsRefusedAtEveryAlignment(_ rule: String, _ bytes: [UInt8]) {
        for padding in 0..<70 {
            for before in ["", "é", "\\n"] {
                let head = utf8("[\"" + String(repeating: "p", count: padding) + before)
                for tail in [utf8("\"]"), utf8(String(repeating: "q", count: 40) + "\"]")] {
                    #expect(throws: JSONError(.invalidUTF8, at: head.count), "\(rule)") {
                        try JSONTape(head + bytes + tail)
                    }
                }
            }
        }
    }

    @Test func everyTwoAndThreeByteSequenceIsJudgedAsTheStandardLibraryDoes() {
        for lead in UInt8(0x7E)...0xFF {
            for second in [0x00, 0x22, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF] as [UInt8] {
                for rest in [[], [0x80], [0xBF], [0x7F], [0x80, 0x80], [0xBF, 0xBF], [0x80, 0xC0]] as [[UInt8]] {
                    let input = utf8("[\"") + [lead, second] + rest + utf8("\"]")
                    #expect(((try? JSONTape(input)) != nil) == ReferenceCheck.accepts(input), "\(input)")
                }
            }
        }
    }

    @Test func rowsOfThreeByteSequencesAreJudgedOneByOne() {
        let row = utf8("日本語テキストです")
        for place in 0..<row.count {
            for value in [0x00, 0x22, 0x5C, 0x61, 0x80, 0x9F, 0xA0, 0xBF, 0xC3, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xFF]
                as [UInt8]
            {
                var changed = row
                changed[place] = value
                for padding in 0..<4 {
                    let input = utf8("[\"" + String(repeating: "p", count: padding)) + changed + utf8("\"]")
                    #expect(((try? JSONTape(input)) != nil) == ReferenceCheck.accepts(input), "\(input)")
                }
            }
        }
        for lead in UInt8(0xDF)...0xF1 {
            for second in UInt8(0x7F)...0xC0 {
                let input = utf8("[\"日") + [lead, second, 0x80] + row + utf8("\"]")
                #expect(((try? JSONTape(input)) != nil) == ReferenceCheck.accepts(input), "\(input)")
                let other = utf8("[\"") + [lead, second, 0xBF] + row + utf8("\"]")
                #expect(((try? JSONTape(other)) != nil) == ReferenceCheck.accepts(other), "\(other)")
            }
        }
    }

    @Test func onlyAnObjectIsScanned() {
        for input in ["1", "null", "\"{}\"", "[{}]", " []"] {
            let bytes = utf8(input)
            let start = bytes.firstIndex { $0 != 0x20 } ?? 0
            #expect(throws: JSONError(.notAnObject, at: start)) { _ = try ObjectScan(bytes.span, names: MemberNames()) }
        }
    }

    @Test func nestingIsLimited() throws {
        func nested(_ depth: Int) -> [UInt8] {
            utf8(
                "{\"a\":" + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + "}")
        }
        func mixed(_ depth: Int) -> [UInt8] {
            let open = (0..<depth).map { $0 % 3 == 0 ? "{\"k\":" : "[" }.joined()
            let close = (0..<depth).reversed().map { $0 % 3 == 0 ? "}" : "]" }.joined()
            return utf8(open + "0" + close)
        }
        let names = MemberNames("a")
        _ = try ObjectScan(nested(2).span, names: names, depthLimit: 2)
        _ = try ObjectScan(nested(128).span, names: names)
        _ = try ObjectScan(mixed(128).span, names: names)
        _ = try JSONValue.parse(mixed(128).span)
        #expect(throws: JSONError(.tooDeep, at: 6)) { _ = try ObjectScan(nested(3).span, names: names, depthLimit: 2) }
        #expect(throws: JSONError(.tooDeep, at: 5 + 127)) { _ = try ObjectScan(nested(129).span, names: names) }
        // A limit above what the stack holds is not taken.
        #expect(throws: JSONError.self) { _ = try ObjectScan(nested(129).span, names: names, depthLimit: 1000) }
        #expect(throws: JSONError(.tooDeep, at: 0)) { _ = try ObjectScan(utf8("{}").span, names: names, depthLimit: 0) }
        for bytes in [[UInt8](repeating: 0x5B, count: 1_000_000), mixed(100_000)] {
            #expect(throws: JSONError.self) { try JSONTape(bytes) }
        }
        // Brackets of the wrong kind at every depth.
        for depth in [1, 2, 63, 64, 65, 127, 128] {
            var bytes = mixed(depth)
            let last = bytes.count - 1
            bytes[last] = 0x5D
            #expect(throws: JSONError(.expectedCommaOrBrace, at: last)) { try JSONTape(bytes) }
        }
    }

    @Test func aTextCutAnywhereIsRefused() throws {
        let input = utf8(
            #" {"model":"a/b\u00e9\ud83d\ude00","é😀":[1,-2.5e+10,true,false,null,{"x":{}}],"long":"# + "\""
                + String(repeating: "text 日本 ", count: 10) + "\\n\"}")
        _ = try JSONTape(input)
        for end in 0..<input.count {
            let cut = Array(input[..<end])
            #expect(throws: JSONError.self, "\(end)") { try JSONTape(cut) }
            #expect(throws: JSONError.self, "\(end)") { _ = try ObjectScan(cut.span, names: MemberNames("model")) }
        }
    }

    @Test func oneWrongByteIsJudgedAsTheReferenceDoes() {
        var random = SeededGenerator(seed: 7)
        let interesting = utf8("\"\\{}[]:,0-.eE+tfnu \n\t/a") + [0x00, 0x1F, 0x7F, 0x80, 0xBF, 0xC3, 0xED, 0xF4, 0xFF]
        for seed in 0..<400 as Range<UInt64> {
            var generator = DocumentGenerator(seed: seed)
            let value = generator.value(depth: 4)
            let whole = generator.spelled(value)
            #expect(ReferenceCheck.accepts(whole))
            for _ in 0..<20 {
                var bytes = whole
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = interesting.randomElement(using: &random) ?? 0
                case 1: bytes.remove(at: place)
                default: bytes.insert(interesting.randomElement(using: &random) ?? 0, at: place)
                }
                let accepted = (try? JSONTape(bytes)) != nil
                #expect(accepted == ReferenceCheck.accepts(bytes), "\(text(bytes))")
                if accepted { checkReaders(bytes) }
            }
        }
    }

    /// What is validated is read the same by all readers.
    private func checkReaders(_ bytes: [UInt8]) {
        let value = try? JSONValue.parse(bytes.span)
        let again = value.flatMap { try? JSONValue.parse($0.serialized().span) }
        #expect(value != nil && value == again)
    }

    @Test func messagesNameThePlaceButNotTheText() {
        #expect(JSONError(.expectedCommaOrBrace, at: 17).message == "expected `,` or `}` at byte 17")
        #expect(JSONError(.empty, at: 3).message == "the text is empty")
        for reason in JSONError.Reason.allCases { #expect(!JSONError(reason, at: 1).message.isEmpty) }
    }
}
