import ConfigFile
import HTTPWire
import Model
import Testing

@testable import Gateway

@Suite struct OriginPolicyTests {
    enum Verdict: Sendable, Equatable {
        /// Served; a page may read the answer if it is the one that is named.
        case served(readableBy: String? = nil)
        case foreignPage, foreignHost
    }

    static func policy(
        key: Bool = false, origins: [String]? = nil, hosts: [String] = []
    ) throws -> OriginPolicy? {
        var general = GeneralSettings()
        if key { general.masterKey = SecretReference(variable: nil, secret: Secret("sk-1")) }
        general.allowedOrigins = try origins.map { list in
            AllowList(Set(try list.filter { $0 != "*" }.map { try WebOrigin($0) }), allowsAll: list.contains("*"))
        }
        general.allowedHosts = AllowList(
            Set(hosts.compactMap { HostName($0) }), allowsAll: hosts.contains("*"))
        return OriginPolicy(general)
    }

    /// - Parameter text: a request line and fields.
    static func verdict(_ policy: OriginPolicy?, _ text: String) throws -> Verdict {
        let lines = text.split(separator: "|").map { $0.trimmed }
        let head = try head("\(lines[0]) HTTP/1.1\n" + lines.dropFirst().map { "\($0)\n" }.joined() + "\n")
        let policy = try #require(policy)
        do throws(GatewayError) {
            try policy.check(head)
            return .served(readableBy: policy.grantedOrigin(head))
        } catch {
            #expect(error.outcome.status == 403)
            #expect(policy.grantedOrigin(head) == nil || head.fields.names.contains(.host))
            switch error {
            case .foreignPage: return .foreignPage
            case .foreignHost: return .foreignHost
            default: throw error
            }
        }
    }

    static let withoutAKey: [Row<String, Verdict>] = [
        // Programs say nothing about pages.
        Row("curl", "POST /v1/chat/completions | Host: localhost:4000 | User-Agent: curl/8", .served()),
        Row("curl by address", "GET /health | Host: 127.0.0.1:4000", .served()),
        Row("any loopback address", "GET /health | Host: 127.8.9.10", .served()),
        Row("IPv6", "GET /health | Host: [::1]:4000", .served()),
        Row("LiteLLM's habit", "POST /v1/responses | Host: 0.0.0.0:4000", .served()),
        Row("any case", "GET / | Host: LocalHost:4000", .served()),
        // Pages of this machine.
        Row(
            "localhost", "GET / | Host: localhost:4000 | Origin: http://localhost:3000",
            .served(readableBy: "http://localhost:3000")),
        Row(
            "https", "GET / | Host: localhost:4000 | Origin: https://localhost",
            .served(readableBy: "https://localhost")),
        Row(
            "across names", "DELETE / | Host: localhost | Origin: http://127.0.0.1:5173 | Sec-Fetch-Site: cross-site",
            .served(readableBy: "http://127.0.0.1:5173")),
        Row("IPv6 page", "OPTIONS / | Host: localhost | Origin: http://[::1]:1", .served(readableBy: "http://[::1]:1")),
        Row("an image of a page here", "GET /health | Host: localhost:4000 | Sec-Fetch-Site: same-site", .served()),
        Row("the own front page", "GET /routes | Host: localhost:4000 | Sec-Fetch-Site: same-origin", .served()),
        Row("typed", "GET /health | Host: localhost:4000 | Sec-Fetch-Site: none", .served()),
        // Pages from elsewhere.
        Row(
            "simple POST",
            "POST /v1/chat/completions | Host: localhost:4000 | Origin: https://evil.example | Content-Type: text/plain",
            .foreignPage),
        Row(
            "preflight",
            "OPTIONS /router/cooldowns | Host: localhost:4000 | Origin: https://evil.example | Access-Control-Request-Method: DELETE",
            .foreignPage),
        Row("null", "POST /v1/responses | Host: localhost:4000 | Origin: null", .foreignPage),
        Row("empty", "POST /v1/responses | Host: localhost:4000 | Origin:", .foreignPage),
        Row("looks like localhost", "GET / | Host: localhost | Origin: http://localhost.evil.example", .foreignPage),
        Row("looks like loopback", "GET / | Host: localhost | Origin: http://127.0.0.1.evil.example", .foreignPage),
        Row("a user called localhost", "GET / | Host: localhost | Origin: http://localhost@evil.example", .foreignPage),
        Row("an app", "GET / | Host: localhost | Origin: capacitor://localhost", .foreignPage),
        Row(
            "two origins", "GET / | Host: localhost | Origin: http://localhost | Origin: https://evil.example",
            .foreignPage),
        Row(
            "two allowed origins", "GET / | Host: localhost | Origin: http://localhost | Origin: http://localhost",
            .served()),
        Row(
            "image",
            "GET /health | Host: localhost:4000 | Sec-Fetch-Site: cross-site | Sec-Fetch-Mode: no-cors | Sec-Fetch-Dest: image",
            .foreignPage),
        Row("two sites", "GET / | Host: localhost | Sec-Fetch-Site: none | Sec-Fetch-Site: cross-site", .foreignPage),
        Row("a site nobody knows", "GET /health | Host: localhost | Sec-Fetch-Site: other", .foreignPage),
        // Links.
        Row(
            "link to the front page",
            "GET / | Host: localhost:4000 | Sec-Fetch-Site: cross-site | Sec-Fetch-Mode: navigate | Sec-Fetch-Dest: document",
            .served()),
        Row(
            "frame",
            "GET / | Host: localhost:4000 | Sec-Fetch-Site: cross-site | Sec-Fetch-Mode: navigate | Sec-Fetch-Dest: iframe",
            .foreignPage),
        Row(
            "image of the front page",
            "GET / | Host: localhost:4000 | Sec-Fetch-Site: cross-site | Sec-Fetch-Mode: no-cors | Sec-Fetch-Dest: image",
            .foreignPage),
        Row(
            "link to /health",
            "GET /health | Host: localhost:4000 | Sec-Fetch-Site: cross-site | Sec-Fetch-Mode: navigate | Sec-Fetch-Dest: document",
            .foreignPage),
        Row(
            "form",
            "POST / | Host: localhost:4000 | Sec-Fetch-Site: cross-site | Sec-Fetch-Mode: navigate | Sec-Fetch-Dest: document",
            .foreignPage),
        // Names.
        Row(
            "rebound name",
            "POST /v1/responses | Host: evil.example:4000 | Origin: http://evil.example:4000 | Sec-Fetch-Site: same-origin",
            .foreignHost),
        Row("rebound name, GET", "GET /v1/models | Host: evil.example:4000", .foreignHost),
        Row("a name in front", "GET / | Host: localhost.evil.example", .foreignHost),
        Row("an address of the network", "GET / | Host: 192.168.1.5:4000", .foreignHost),
        Row("a number", "GET / | Host: 2130706433", .foreignHost),
        Row("encoded", "GET / | Host: %6cocalhost", .foreignHost),
        Row("empty brackets' neighbour", "GET / | Host: [::2]:4000", .foreignHost),
        Row("absolute target", "GET http://evil.example/v1/models | Host: localhost", .foreignHost),
        Row("absolute target, foreign Host", "GET http://localhost/v1/models | Host: evil.example", .foreignHost),
        Row("absolute target, both right", "GET http://127.0.0.1:1/v1/models | Host: localhost", .served()),
    ]

    @Test(arguments: withoutAKey) func decidesWithoutAKey(_ row: Row<String, Verdict>) throws {
        #expect(try Self.verdict(Self.policy(), row.input) == row.expected)
    }

    static let withNames: [Row<String, Verdict>] = [
        Row(
            "listed page", "POST / | Host: localhost | Origin: https://app.example.com | Sec-Fetch-Site: cross-site",
            .served(readableBy: "https://app.example.com")),
        Row("another port", "POST / | Host: localhost | Origin: https://app.example.com:8443", .foreignPage),
        Row("another scheme", "POST / | Host: localhost | Origin: http://app.example.com", .foreignPage),
        Row("a name below", "POST / | Host: localhost | Origin: https://x.app.example.com", .foreignPage),
        Row(
            "listed app", "POST / | Host: localhost | Origin: app://obsidian.md",
            .served(readableBy: "app://obsidian.md")),
        Row(
            "pages of this machine still", "POST / | Host: localhost | Origin: http://localhost:1",
            .served(readableBy: "http://localhost:1")),
        Row("listed name", "POST / | Host: gw.example.com:4000", .served()),
        Row(
            "its own page", "GET / | Host: gw.example.com:4000 | Origin: http://gw.example.com:4000",
            .served(readableBy: "http://gw.example.com:4000")),
        Row(
            "its neighbour on another port", "GET / | Host: gw.example.com:4000 | Origin: http://gw.example.com:3000",
            .foreignPage),
        Row("an image of a neighbour", "GET /health | Host: gw.example.com | Sec-Fetch-Site: same-site", .foreignPage),
        Row("the name of a listed page", "GET / | Host: app.example.com", .served()),
        Row("the name of a listed app", "GET / | Host: obsidian.md", .foreignHost),
        Row("listed address", "GET / | Host: [fd00::5]:4000", .served()),
        Row("a name below a listed one", "GET / | Host: x.gw.example.com", .foreignHost),
    ]

    @Test(arguments: withNames) func decidesWithNames(_ row: Row<String, Verdict>) throws {
        let policy = try Self.policy(
            origins: ["https://app.example.com", "app://obsidian.md"], hosts: ["gw.example.com", "fd00::5"])
        #expect(try Self.verdict(policy, row.input) == row.expected)
    }

    static let withEveryPage: [Row<String, Verdict>] = [
        Row(
            "any page, by its name", "POST / | Host: localhost | Origin: https://evil.example",
            .served(readableBy: "https://evil.example")),
        Row("null", "POST / | Host: localhost | Origin: null", .served(readableBy: "null")),
        Row("image", "GET /health | Host: localhost | Sec-Fetch-Site: cross-site", .served()),
        Row("names are another matter", "POST / | Host: evil.example", .foreignHost),
    ]

    @Test(arguments: withEveryPage) func decidesWithEveryPage(_ row: Row<String, Verdict>) throws {
        #expect(try Self.verdict(Self.policy(origins: ["*"]), row.input) == row.expected)
    }

    static let withAKey: [Row<String, Verdict>] = [
        Row(
            "listed page", "POST / | Host: gw.example.com | Origin: https://app.example.com",
            .served(readableBy: "https://app.example.com")),
        Row("another page", "OPTIONS / | Host: gw.example.com | Origin: https://evil.example", .foreignPage),
        Row(
            "a page of the user's machine", "POST / | Host: gw.example.com | Origin: http://localhost:3000",
            .foreignPage),
        Row("a program under any name", "POST / | Host: whatever.example", .served()),
        Row("image", "GET /metrics | Host: gw.example.com | Sec-Fetch-Site: cross-site", .foreignPage),
        Row("a rebound name is no own page", "POST / | Host: evil.example | Origin: http://evil.example", .foreignPage),
    ]

    @Test(arguments: withAKey) func decidesWithAKeyAndAList(_ row: Row<String, Verdict>) throws {
        #expect(
            try Self.verdict(Self.policy(key: true, origins: ["https://app.example.com"]), row.input) == row.expected)
    }

    @Test func withAKeyTheListAloneDecidesWhetherThereIsAPolicy() throws {
        #expect(try Self.policy(key: true) == nil)
        #expect(try Self.policy(key: true, origins: ["https://app.example.com", "*"]) == nil)
        #expect(try Self.policy(key: true, hosts: ["gw.example.com"]) == nil)
        #expect(
            try Self.verdict(Self.policy(key: true, origins: []), "GET / | Host: a | Origin: https://b") == .foreignPage
        )
    }

    @Test func anyNameWillDoWhenTheListSaysSo() throws {
        let policy = try Self.policy(hosts: ["*"])
        #expect(try Self.verdict(policy, "GET / | Host: 10.1.2.3:4000") == .served())
        #expect(try Self.verdict(policy, "GET / | Host: a | Origin: https://evil.example") == .foreignPage)
    }

    /// HTTP/1.0 has no `Host`, and no browser speaks it.
    @Test func aProgramMayHaveNoHost() throws {
        let policy = try #require(try Self.policy())
        try policy.check(try head("GET /health/liveliness HTTP/1.0\n\n"))
        #expect(throws: GatewayError.self) {
            try policy.check(try head("GET / HTTP/1.0\nOrigin: https://evil.example\n\n"))
        }
    }

    static let spending: [Row<String, Bool>] = [
        Row("curl", "User-Agent: curl/8.5", true),
        Row("nobody", "X-A: b", true),
        Row("a browser that says nothing", "User-Agent: Mozilla/5.0 (Macintosh)", false),
        Row("one that does", "User-Agent: Mozilla/5.0\nSec-Fetch-Site: none", true),
        Row("a page that may", "User-Agent: Mozilla/5.0\nOrigin: http://localhost", true),
    ]

    @Test(arguments: spending) func aSilentBrowserMaySpendNothing(_ row: Row<String, Bool>) throws {
        let head = try head("GET /health HTTP/1.1\nHost: gw.example.com\n\(row.input)\n\n")
        func isServed(_ policy: OriginPolicy?) throws -> Bool {
            do throws(GatewayError) {
                try policy?.checkSpending(head)
                return true
            } catch {
                guard case .unnamedPage = error else { throw error }
                return false
            }
        }
        #expect(try isServed(Self.policy(hosts: ["gw.example.com"])) == row.expected)
        #expect(try isServed(Self.policy(origins: ["*"])))
        #expect(try isServed(Self.policy(key: true, origins: [])))
    }

    @Test func refusalsSayWhatIsAllowed() {
        let page = GatewayError.foreignPage(origin: "https://evil.example", isOpen: true).outcome
        #expect(
            page.message
                == "Web pages of 'https://evil.example' may not use this gateway. Allowed are localhost, 127.0.0.0/8 and "
                + "[::1], on any port, and the origins in general_settings.allowed_origins.")
        let closed = GatewayError.foreignPage(origin: nil, isOpen: false).outcome
        #expect(
            closed.message
                == "Web pages of another site may not use this gateway. Allowed are the origins in "
                + "general_settings.allowed_origins.")
        let host = GatewayError.foreignHost("evil.example:4000").outcome
        #expect(
            host.message
                == "This gateway has no master key, so it does not answer under the name 'evil.example:4000'. Allowed are "
                + "localhost, 127.0.0.0/8 and [::1], on any port, and the names in general_settings.allowed_hosts and "
                + "allowed_origins.")
        let long = GatewayError.foreignHost(String(repeating: "é", count: 8000)).outcome
        #expect(long.message.utf8.count < 500)
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text
    }
}
