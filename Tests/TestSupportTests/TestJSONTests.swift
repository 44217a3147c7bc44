import TestSupport
import Testing

@Suite struct TestJSONTests {
    typealias Case = (rule: String, text: String, value: TestJSON?)
    static let cases: [Case] = [
        ("a number keeps its spelling", "6.250e-05", .number("6.250e-05")),
        ("a number too large for any type", "99999999999999999999999", .number("99999999999999999999999")),
        ("no leading zero", "012", nil),
        ("no bare point", "1.", nil),
        ("escapes", #""a\"\\\/\b\f\n\r\té""#, .string("a\"\\/\u{8}\u{c}\n\r\té")),
        ("a surrogate pair", #""😀""#, .string("😀")),
        ("half a surrogate pair", #""\ud83d""#, nil),
        ("a control character", "\"a\nb\"", nil),
        ("blanks anywhere", " [ 1 , { } ] ", .array([.number("1"), .object([])])),
        ("a comma too many", "[1,]", nil),
        ("no comma", "[1 2]", nil),
        ("two texts", "{} {}", nil),
        ("nothing", "", nil),
        ("an open string", "\"abc", nil),
        ("words", "[true,false,null]", .array([.bool(true), .bool(false), .null])),
        ("half a word", "tru", nil),
    ]

    @Test(arguments: cases)
    func readsOneText(_ c: Case) { #expect(TestJSON(c.text) == c.value, "\(c.rule)") }

    @Test func keepsOrderAndRepeats() throws {
        let json = try #require(TestJSON(#"{"b":1,"a":{"c":[true,"x"]},"b":2}"#))
        #expect(json.names == ["b", "a", "b"])
        #expect(json["b"]?.int == 1)
        #expect(json["a"]?["c"]?[1]?.string == "x")
        #expect(json["a"]?["c"]?[2] == nil)
    }

    @Test func endsBeforeTheStackDoes() {
        #expect(TestJSON(String(repeating: "[", count: 512) + String(repeating: "]", count: 512)) != nil)
        #expect(TestJSON(String(repeating: "[", count: 100_000)) == nil)
    }

    @Test(arguments: ["", "plain", "a\"b\\c", "line\nend\r\t", "\u{1}\u{1f}", "Grüße, 世界 🌍"])
    func quotesWhatItReadsBack(_ text: String) { #expect(TestJSON(TestJSON.quoted(text)) == .string(text)) }
}
