import Model
import Testing

@Suite struct RefusedKeyTests {
    static let ends: [(key: String, end: String)] = [
        ("", "…"), ("abc", "…"), ("abcd", "…d"), ("sk-1234", "…4"), ("12345678", "…78"),
        ("sk-or-v1-0123456789", "…6789"),
        ("0123456789abcde\u{1}fg\u{e9}", "…fg??"),
    ]

    @Test(arguments: ends) func showsAQuarterAndAtMostFour(_ c: (key: String, end: String)) {
        #expect(RefusedKey(Array(c.key.utf8)).end == c.end)
    }

    static let remarks: [(key: String, word: String?)] = [
        ("sk-or-v1-0123456789", "OpenRouter"), ("sk-ant-api03-x", "Anthropic"), ("sk-proj-abc", "OpenAI"),
        ("gsk_0123", "Groq"), ("AIzaSy0123", "Google"), ("$LITELLM_MASTER_KEY", "variable"),
        ("os.environ/KEY", "variable"), ("Bearer sk-1234", "twice"), ("'sk-1234'", "quotes"), ("sk-wrong", nil),
        ("", nil),
    ]

    @Test(arguments: remarks) func saysWhoseItLooksLike(_ c: (key: String, word: String?)) {
        let remark = RefusedKey(Array(c.key.utf8)).remark
        #expect((remark == nil) == (c.word == nil))
        if let word = c.word { #expect(remark?.contains(word) == true, "\(remark ?? "")") }
        if c.key.utf8.count > 8 { #expect(remark?.contains(c.key) != true) }
    }
}
