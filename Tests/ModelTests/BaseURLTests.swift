import Model
import Testing

@Suite struct BaseURLTests {
    struct Good: Sendable {
        let text: String
        let host: String
        let port: Int
        let path: String
        let query: String
        let authority: String

        init(_ text: String, _ host: String, _ port: Int, _ path: String, _ query: String = "", authority: String) {
            (self.text, self.host, self.port, self.path, self.query) = (text, host, port, path, query)
            self.authority = authority
        }
    }

    static let good = [
        Good("https://openrouter.ai/api/v1", "openrouter.ai", 443, "/api/v1", authority: "openrouter.ai"),
        Good("https://openrouter.ai/api/v1/", "openrouter.ai", 443, "/api/v1", authority: "openrouter.ai"),
        Good("https://openrouter.ai/api/v1///", "openrouter.ai", 443, "/api/v1", authority: "openrouter.ai"),
        Good("http://localhost:11434", "localhost", 11434, "", authority: "localhost:11434"),
        Good("HTTPS://API.OpenAI.com/V1", "api.openai.com", 443, "/V1", authority: "api.openai.com"),
        Good("http://h:80/", "h", 80, "", authority: "h"),
        Good("https://h:80", "h", 80, "", authority: "h:80"),
        Good("http://[::1]:8080/v1", "::1", 8080, "/v1", authority: "[::1]:8080"),
        Good("http://[::1]", "::1", 80, "", authority: "[::1]"),
        Good(
            "https://r.openai.azure.com?api-version=1", "r.openai.azure.com", 443, "", "api-version=1",
            authority: "r.openai.azure.com"),
        Good("https://h/a/?b=/c/", "h", 443, "/a", "b=/c/", authority: "h"),
        Good("http://127.0.0.1:65535", "127.0.0.1", 65535, "", authority: "127.0.0.1:65535"),
    ]

    @Test(arguments: good)
    func readsItsParts(_ c: Good) throws {
        let url = try #require(BaseURL(c.text), "\(c.text)")
        #expect(url.host == c.host)
        #expect(url.port == c.port)
        #expect(url.path == c.path)
        #expect(url.query == c.query)
        #expect(url.authority == c.authority)
        #expect(url.origin == Origin(scheme: url.scheme, host: c.host, port: c.port))
    }

    static let bad: [(rule: String, text: String)] = [
        ("nothing", ""),
        ("no scheme", "openrouter.ai/api/v1"),
        ("another scheme", "ftp://openrouter.ai"),
        ("a file", "file:///etc/passwd"),
        ("no host", "https://"),
        ("no host, a path", "https:///v1"),
        ("no host, a port", "http://:80"),
        ("one slash", "http:/host"),
        ("a user", "https://user@host/"),
        ("a user with a password", "https://user:secret@host/"),
        ("a fragment", "https://host/#a"),
        ("a blank", "https://ho st/"),
        ("a line feed", "https://host/\n"),
        ("CR LF and a field", "https://host/\r\nX: y"),
        ("a tab", "https://host\t"),
        ("NUL", "https://host/\0"),
        ("a letter beyond ASCII", "https://hôst/"),
        ("a backslash in the authority", "https://host\\@other/"),
        ("port 0", "http://host:0"),
        ("a port too high", "http://host:65536"),
        ("a port that overflows", "http://host:99999999999999999999999"),
        ("a port with a sign", "http://host:+80"),
        ("a negative port", "http://host:-80"),
        ("no digits after the colon", "http://host:"),
        ("a port that is no number", "http://host:http"),
        ("two ports", "http://host:1:2"),
        ("IPv6 without brackets", "http://::1/"),
        ("an open bracket", "http://[::1/"),
        ("an empty bracket", "http://[]/"),
        ("something behind the bracket", "http://[::1]x"),
        ("a bracket within brackets", "http://[[;1]:9/v1"),
        ("a name in brackets", "http://[host]/"),
        ("brackets within a name", "http://a[::1]/"),
        ("an environment reference", "os.environ/OPENAI_API_BASE"),
    ]

    @Test(arguments: bad)
    func refuses(_ c: (rule: String, text: String)) {
        #expect(BaseURL(c.text) == nil, "\(c.rule)")
    }

    @Test func itsTextLeavesTheQueryOut() throws {
        let url = try #require(BaseURL("https://h:8443/v1?key=sk-secret"))
        #expect(url.text == "https://h:8443/v1")
    }

    @Test func everyCutOfAURLIsReadOrRefusedWithoutATrap() {
        let text = "https://[::1]:8443/openai/v1/?api-version=2024-10-21#x"
        for start in text.indices {
            for end in text[start...].indices { _ = BaseURL(String(text[start..<end])) }
        }
    }
}
