import Model
import Testing

@Suite struct WebOriginTests {
    typealias Case = (text: String, origin: String, host: String, isOfThisMachine: Bool)

    static let origins: [Case] = [
        ("https://app.example.com", "https://app.example.com", "app.example.com", false),
        ("HTTPS://App.Example.com:443", "https://app.example.com", "app.example.com", false),
        ("http://app.example.com:80", "http://app.example.com", "app.example.com", false),
        ("http://app.example.com:443", "http://app.example.com:443", "app.example.com", false),
        ("http://localhost:3000", "http://localhost:3000", "localhost", true),
        ("https://LOCALHOST", "https://localhost", "localhost", true),
        ("http://127.0.0.1:5173", "http://127.0.0.1:5173", "127.0.0.1", true),
        ("http://[::1]:5173", "http://[::1]:5173", "[::1]", true),
        ("http://[FD00::5]", "http://[fd00::5]", "[fd00::5]", false),
        ("app://obsidian.md", "app://obsidian.md", "obsidian.md", false),
        ("chrome-extension://abcdefgh", "chrome-extension://abcdefgh", "abcdefgh", false),
        ("capacitor://localhost", "capacitor://localhost", "localhost", false),
        ("http://localhost.evil.example", "http://localhost.evil.example", "localhost.evil.example", false),
        ("http://xn--bcher-kva.example", "http://xn--bcher-kva.example", "xn--bcher-kva.example", false),
    ]

    @Test(arguments: origins) func reads(_ c: Case) throws {
        let origin = try WebOrigin(c.text)
        #expect(origin.text == c.origin)
        #expect(origin.host == c.host)
        #expect(origin.isOfThisMachine == c.isOfThisMachine)
        #expect(origin.text.hasSuffix("://" + origin.authority))
        #expect(try WebOrigin(origin.text) == origin)
    }

    static let faults: [(text: String, fault: WebOrigin.Fault)] = [
        ("", .noScheme), ("app.example.com", .noScheme), ("localhost:3000", .noScheme), ("//a.example", .noScheme),
        ("://a.example", .noScheme), ("1http://a.example", .noScheme), ("ht tp://a.example", .noScheme),
        ("null", .opaque), ("NULL", .opaque), ("https://a.example/", .path), ("https://a.example/x", .path),
        ("https://a.example?x", .path), ("https://a.example#x", .path), ("https://*.example", .wildcard),
        ("https://", .badHost), ("https://:80", .badHost), ("https://user@a.example", .badHost),
        ("https://u:p@a.example", .badHost),
        ("https://a b", .badHost), ("https://bücher.example", .badHost), ("https://[::1", .badHost),
        ("https://[::1]x", .badHost), ("https://[]", .badHost), ("https://a\u{0}", .badHost),
        ("https://a.example:", .badPort), ("https://a.example:0", .badPort), ("https://a.example:65536", .badPort),
        ("https://a.example:8o", .badPort), ("https://a.example:+80", .badPort), ("https://a:1:2", .badPort),
        ("https://a.example:999999999999999999999", .badPort), ("http://evil.example http://localhost", .path),
    ]

    @Test(arguments: faults) func refuses(_ c: (text: String, fault: WebOrigin.Fault)) {
        #expect(throws: c.fault) { try WebOrigin(c.text) }
    }

    /// The Kelvin sign is no `k`, however it is written.
    @Test func onlyASCIIHasACase() {
        #expect(throws: WebOrigin.Fault.badHost) { try WebOrigin("https://\u{212A}iosk.example") }
        #expect(asciiLowercased("\u{212A}K É") == "\u{212A}k É")
    }
}

@Suite struct HostNameTests {
    @Test(arguments: [
        ("Gateway.Example.com", "gateway.example.com"), ("10.0.0.5", "10.0.0.5"), ("fd00::5", "[fd00::5]"),
        ("[FD00::5]", "[fd00::5]"), ("my_host", "my_host"), ("", nil), ("a:80", nil), ("cafe:80", nil), ("a/b", nil),
        ("https://a", nil), ("*.example", nil), ("[::1]:80", nil), ("[::1", nil), ("a b", nil), ("ä", nil),
        (String(repeating: "a", count: 254), nil),
    ])
    func reads(_ text: String, _ name: String?) {
        #expect(HostName(text)?.text == name)
    }

    @Test(arguments: ["localhost", "127.0.0.1", "127.255.255.255", "127.1.2.3", "[::1]", "0.0.0.0", "[::]"])
    func alwaysMeansThisMachine(_ host: String) {
        #expect(HostName.isOfThisMachine(host))
    }

    @Test(arguments: [
        "", "localhost.", "localhost.evil.example", "evil.localhost.example", "127.0.0.1.evil.example", "127.0.0",
        "127.1", "127.0.0.256", "127.0.0.01", "127.0.0.0x1", "127.0.0.+1", "127.0.0.1 ", "127..0.1", "128.0.0.1",
        "2130706433", "::1", "[::2]", "[::ffff:127.0.0.1]", "10.0.0.1", "127.0.0.9999999999999999999999",
    ])
    func mayMeanAnother(_ host: String) {
        #expect(!HostName.isOfThisMachine(host))
    }

    @Test(arguments: [
        ("a", "a", nil), ("a:80", "a", "80"), ("a:", "a", ""), ("[::1]", "[::1]", nil), ("[::1]:80", "[::1]", "80"),
        ("", "", nil), (":", "", ""), ("[::1", "[", ":1"), ("[", "[", nil), ("a:b:c", "a", "b:c"),
    ])
    func aPortIsSplitOff(_ authority: String, _ host: String, _ port: String?) {
        let parts = splitAuthority(Substring(authority))
        #expect(parts.host == host)
        #expect(parts.port.map(String.init) == port)
    }
}
