import TestSupport
import Testing

/// A gateway without a master key on this machine: what a page that its user has opened may do with it.
@Suite(.serialized, .gateway(Config.oneModel, masterKey: nil)) struct PagesWithoutAMasterKey {
    typealias Case = (rule: String, method: String, target: String, fields: [WireField])

    private static let evil = WireField("Origin", "https://evil.example")
    private static let crossSite = WireField("Sec-Fetch-Site", "cross-site")

    private static func rebound(_ fields: [WireField] = []) -> [WireField] {
        [WireField("Host", "evil.example:4000")] + fields
    }

    static let foreign: [Case] = [
        (
            "a text that needs no preflight", "POST", "/v1/chat/completions",
            [evil, WireField("Content-Type", "text/plain")]
        ),
        ("Responses", "POST", "/v1/responses", [evil, crossSite]),
        ("a sandboxed page", "POST", "/v1/chat/completions", [WireField("Origin", "null")]),
        ("a read", "GET", "/v1/models", [evil]), ("the front page, read", "GET", "/", [evil]),
        ("an image", "GET", "/health", [crossSite, WireField("Sec-Fetch-Dest", "image")]),
        (
            "a link", "GET", "/health",
            [crossSite, WireField("Sec-Fetch-Mode", "navigate"), WireField("Sec-Fetch-Dest", "document")]
        ),
        ("a silent browser", "GET", "/health", [WireField("User-Agent", "Mozilla/5.0 (X11; Linux x86_64)")]),
        ("a DELETE", "DELETE", "/router/cooldowns", [evil]),
        ("a preflight", "OPTIONS", "/router/cooldowns", [evil, WireField("Access-Control-Request-Method", "DELETE")]),
        ("metrics", "GET", "/metrics", [evil]), ("liveness", "GET", "/health/liveliness", [evil]),
        ("no such path", "GET", "/nothing", [evil]), ("an encoded path", "GET", "/%2e/health", [evil]),
        ("a rebound name", "POST", "/v1/chat/completions", rebound([WireField("Origin", "http://evil.example:4000")])),
        ("a rebound name without an origin", "GET", "/health", rebound()),
        ("a rebound name's front page", "GET", "/", rebound()),
        ("an address of the network", "GET", "/v1/models", [WireField("Host", "192.168.1.5:4000")]),
        ("a whole URL", "GET", "http://evil.example/health", [WireField("Host", "localhost")]),
    ]

    @Test(arguments: foreign) func mayDoNothing(_ c: Case) throws {
        let stack = try stack()
        stack.fake.forgetRequests()
        let client = try TestHTTPClient(port: stack.port)
        try client.send(c.method, c.target, c.fields, body: c.method == "POST" ? Array(chat("mymodel").utf8) : nil)
        let answer = try client.response()
        #expect(answer.status == 403, "\(c.rule)")
        #expect(answer.field("access-control-allow-origin") == nil)
        #expect(answer.field("access-control-allow-methods") == nil)
        #expect(answer.field("vary") == "Origin")
        #expect(answer.errorType == "permission_error")
        let isAboutTheName = c.rule.contains("name") || c.rule.contains("network") || c.rule.contains("URL")
        #expect(answer.errorCode == (isAboutTheName ? "host_not_allowed" : "origin_not_allowed"))
        #expect(stack.fake.requests.isEmpty, "nothing is spent")
    }

    /// The body of a page that may not ask is not waited for.
    @Test func theBodyIsNotRead() throws {
        let client = try TestHTTPClient(port: stack().port)
        try client.send(
            "POST", "/v1/chat/completions",
            [Self.evil, WireField("Content-Length", "1000000"), WireField("Expect", "100-continue")])
        let answer = try client.response()
        #expect(answer.status == 403)
        #expect(answer.interim.isEmpty)
        #expect(answer.field("connection") == "close")
    }

    @Test func theRefusalIsInTheLogWithTheOrigin() throws {
        let answer = try stack().get("/v1/models", key: nil, [Self.evil])
        #expect(answer.errorMessage?.contains("general_settings.allowed_origins") == true)
        let line = try stack().requestLine(answer)
        #expect(line["status"]?.int == 403)
        #expect(line["error"]?.string == "origin_not_allowed")
        #expect(line["detail"]?.string?.contains("https://evil.example") == true)
    }

    @Test(arguments: [
        "http://localhost", "http://localhost:3000", "https://localhost:3000", "http://127.0.0.1:5173",
        "http://127.1.2.3", "http://[::1]:8080",
    ])
    func pagesOfThisMachineMayDoEverything(_ origin: String) throws {
        let stack = try stack()
        let fields = [WireField("Origin", origin), Self.crossSite]
        let client = try TestHTTPClient(port: stack.port)
        try client.send(
            "OPTIONS", "/v1/chat/completions", fields + [WireField("Access-Control-Request-Headers", "content-type")])
        let preflight = try client.response()
        #expect(preflight.status == 204)
        #expect(preflight.field("access-control-allow-origin") == origin)
        #expect(preflight.field("access-control-allow-headers") == "content-type")
        for stream in ["", ",\"stream\":true"] {
            try client.post("/v1/chat/completions", chat("mymodel", stream), fields: fields)
            let answer = try client.response()
            #expect(answer.status == 200)
            #expect(answer.field("access-control-allow-origin") == origin)
            #expect(answer.field("vary") == "Origin")
        }
        let missing = try stack.get("/v1/models/none", key: nil, fields)
        #expect(missing.status == 404)
        #expect(missing.field("access-control-allow-origin") == origin, "it can read errors too")
    }

    @Test(arguments: [
        [], [WireField("Host", "localhost:4000")], [WireField("Host", "[::1]:4000")], [WireField("Host", "127.9.9.9")],
        [WireField("Host", "0.0.0.0:4000")], [WireField("User-Agent", "curl/8.5.0")],
        [WireField("Sec-Fetch-Site", "none"), WireField("User-Agent", "Mozilla/5.0")],
    ])
    func programsNoticeNothing(_ fields: [WireField]) throws {
        for path in ["/health", "/metrics", "/health/liveliness", "/health/readiness", "/"] {
            let answer = try stack().get(path, key: nil, fields)
            #expect(answer.status == 200, "\(path)")
            #expect(answer.field("access-control-allow-origin") == nil)
        }
        #expect(try stack().post("/v1/chat/completions", chat("mymodel"), key: nil, fields).status == 200)
    }

    @Test func aLinkLeadsToTheFrontPage() throws {
        let link = [Self.crossSite, WireField("Sec-Fetch-Mode", "navigate"), WireField("Sec-Fetch-Dest", "document")]
        #expect(try stack().get("/", key: nil, link).status == 200)
    }

    @Test func whatIsNoRequestSaysNothingToPages() throws {
        let client = try TestHTTPClient(port: stack().port)
        try client.send("GET /\\ HTTP/1.1\r\nHost: localhost\r\nOrigin: https://evil.example\r\n\r\n")
        let answer = try client.response()
        #expect(answer.status == 400)
        #expect(answer.field("access-control-allow-origin") == nil)
    }
}

/// The same with names: `allowed_origins` and `allowed_hosts`, and a listener that others can reach.
@Suite(.serialized, .gateway(Config.namesWithoutAMasterKey, arguments: ["--host", "0.0.0.0"], masterKey: nil))
struct NamesWithoutAMasterKey {
    @Test func listedPagesMayAsk() throws {
        let page = [WireField("Origin", "https://app.example.com"), WireField("Sec-Fetch-Site", "cross-site")]
        let answer = try stack().post("/v1/chat/completions", chat("mymodel"), key: nil, page)
        #expect(answer.status == 200)
        #expect(answer.field("access-control-allow-origin") == "https://app.example.com")
        for other in ["http://app.example.com", "https://app.example.com:8443", "https://app.example.com.evil.example"]
        {
            #expect(try stack().get("/v1/models", key: nil, [WireField("Origin", other)]).status == 403)
        }
    }

    @Test(arguments: [
        ("gateway.internal:4000", 200), ("GATEWAY.internal", 200), ("10.1.2.3:4000", 200), ("app.example.com", 200),
        ("localhost", 200), ("other.internal:4000", 403), ("10.1.2.4", 403),
    ])
    func listedNamesAreItsOwn(_ host: String, _ status: Int) throws {
        #expect(try stack().get("/v1/models", key: nil, [WireField("Host", host)]).status == status)
    }

    @Test func theStartSaysWhoMayConnect() throws {
        #expect(
            try stack().gateway.output.contains(
                "  auth       none, and other machines may connect: "))
    }
}

/// With a master key every page may ask, until a list says which ones.
@Suite(.serialized, .gateway(Config.pagesWithAMasterKey)) struct PagesWithAMasterKey {
    private static func origin(_ text: String) -> WireField { WireField("Origin", text) }

    @Test func onlyListedPagesMayAsk() throws {
        let listed = try stack().post(
            "/v1/chat/completions", chat("mymodel"), [Self.origin("https://app.example.com")])
        #expect(listed.status == 200)
        #expect(listed.field("access-control-allow-origin") == "https://app.example.com")
        let other = try stack().post("/v1/chat/completions", chat("mymodel"), [Self.origin("http://localhost:3000")])
        #expect(other.status == 403)
        #expect(other.errorCode == "origin_not_allowed")
        #expect(other.field("access-control-allow-origin") == nil)
    }

    @Test func aProgramMayUseAnyName() throws {
        let answer = try stack().get("/v1/models", [WireField("Host", "anything.example")])
        #expect(answer.status == 200)
        #expect(answer.field("access-control-allow-origin") == nil)
        #expect(answer.field("vary") == "Origin")
    }
}

@Suite(.serialized, .gateway()) struct EveryPageWithAMasterKey {
    /// A page can read that its request was none, and so repair it.
    @Test func everyAnswerCanBeRead() throws {
        let evil = [WireField("Origin", "https://evil.example"), WireField("Sec-Fetch-Site", "cross-site")]
        let answer = try stack().get("/v1/models", key: nil, evil)
        #expect(answer.status == 401)
        #expect(answer.field("access-control-allow-origin") == "*")
        #expect(answer.field("vary") == nil)
        let client = try TestHTTPClient(port: stack().port)
        try client.send("GET /\\ HTTP/1.1\r\nHost: a\r\n\r\n")
        let refusal = try client.response()
        #expect(refusal.status == 400)
        #expect(refusal.field("access-control-allow-origin") == "*")
    }
}

extension Config {
    static let oneModel = """
        model_list:
          - model_name: mymodel
            litellm_params:
              model: openrouter/openai/gpt-4o
              api_base: {fake}
              api_key: os.environ/OPEN_ROUTER_API_KEY
        \(once)
        """

    static let namesWithoutAMasterKey = """
        \(oneModel)
        general_settings:
          dangerously_permit_weak_or_unset_master_key: true
          allowed_origins: [https://app.example.com]
          allowed_hosts: [gateway.internal, 10.1.2.3]
        """

    static let pagesWithAMasterKey = """
        \(oneModel)
        general_settings:
          allowed_origins: https://app.example.com
        """
}
