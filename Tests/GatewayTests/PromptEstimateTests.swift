import Testing

@testable import Gateway

@Suite struct PromptEstimateTests {
    typealias Case = (rule: String, text: String, tokens: Int)

    static let cases: [Case] = [
        ("a quarter of the bytes", "abcdefgh", 2),
        ("indentation counts once", "ab" + String(repeating: " ", count: 50) + "c", 1),
        ("a letter written as an escape is three bytes", String(repeating: #"\u4f60"#, count: 4), 3),
        ("a file is no text", #""url":"data:image/png;base64,AAAAAAAAAAAAAAAAAAAAAAAA","b""#, 6),
        ("a sound is no text", #"{"data": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#, 0),
        ("within a string a key is none", #"\"data\": \"AAAA\""#, 4),
        ("nothing", "", 0),
    ]

    @Test(arguments: cases, [1, 2, 3, 7, 4096])
    func theSameHoweverTheBytesAreCut(_ c: Case, _ size: Int) {
        var estimate = PromptEstimate()
        let bytes = Array(c.text.utf8)
        while !estimate.advance(over: bytes.span, by: size) {}
        #expect(estimate.tokens == c.tokens, "\(c.rule)")
    }
}
