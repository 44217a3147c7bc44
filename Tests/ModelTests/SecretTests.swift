import Model
import Testing

@Suite struct SecretTests {
    static let text = "sk-or-v1-0123456789"
    static let secret = Secret(text)

    static let printed: [(way: String, text: String)] = [
        ("interpolation", "\(secret)"),
        ("describing", String(describing: secret)),
        ("reflecting", String(reflecting: secret)),
        ("inside an optional", "\(Optional(secret) as Any)"),
        ("inside an array", "\([secret])"),
        ("inside a dictionary", "\(["key": secret])"),
        ("inside a credential", "\(Credential(source: .configuration, secret: secret))"),
        ("reflecting a credential", String(reflecting: Credential(source: .environment("A_KEY"), secret: secret))),
        ("dump", dumped(secret)),
        ("dump of a credential", dumped(Credential(source: .configuration, secret: secret))),
        ("a field", "\(Deployment.HeaderField(name: "x-key", value: text))"),
        ("dump of a field", dumped([Deployment.HeaderField(name: "x-key", value: text)])),
        ("mirror", Mirror(reflecting: secret).children.map { "\($0.value)" }.joined()),
    ]

    @Test(arguments: printed)
    func hasNoPrintableForm(_ c: (way: String, text: String)) {
        #expect(!c.text.contains("sk-or"), "\(c.way)")
        #expect(!c.text.contains("0123456789"), "\(c.way)")
    }

    @Test func givesItsTextToWhoeverAsksByName() {
        #expect(Self.secret.reveal() == Self.text)
        #expect(!Self.secret.isEmpty)
        #expect(Secret("").isEmpty)
    }

    static let candidates: [(candidate: String, equal: Bool)] = [
        (text, true),
        ("", false),
        ("s", false),
        (text + "0", false),
        (String(text.dropLast()), false),
        ("Sk-or-v1-0123456789", false),
        (text + "\0", false),
        // 256 bytes more: a difference of lengths that a single byte cannot hold.
        (text + String(repeating: "\0", count: 256), false),
    ]

    @Test(arguments: candidates)
    func matchesExactlyItsOwnBytes(_ c: (candidate: String, equal: Bool)) {
        let bytes = Array(c.candidate.utf8)
        let equal = Self.secret.matches(bytes.span)
        #expect(equal == c.equal)
    }

    @Test func anEmptySecretMatchesNothingButNothing() {
        let (nothing, zero): ([UInt8], [UInt8]) = ([], [0])
        let (matchesNothing, matchesZero) = (Secret("").matches(nothing.span), Secret("").matches(zero.span))
        #expect(matchesNothing)
        #expect(!matchesZero)
    }

    private static func dumped(_ value: some Any) -> String {
        var text = ""
        dump(value, to: &text)
        return text
    }
}
