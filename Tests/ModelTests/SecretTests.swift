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

    private static func dumped(_ value: some Any) -> String {
        var text = ""
        dump(value, to: &text)
        return text
    }
}
