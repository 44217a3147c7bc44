import EventLoop
import Model
import Testing

@testable import Gateway

/// What the debug log shows of a request to an upstream: no secret, whatever its name.
@Suite struct CurlCommandSecrets {
    static func command(_ wire: String, added: [Deployment.BodyMember] = []) throws -> String {
        CurlCommand(buffer(wire), base: try #require(BaseURL("https://h.example/v1")), added: added).text
    }

    static func request(fields: String = "", _ body: String) -> String {
        "POST /v1/chat/completions HTTP/1.1\r\nHost: h.example\r\n\(fields)\r\n\(body)"
    }

    static let fields: [(line: String, shown: String)] = [
        ("Authorization: Bearer abc", "Authorization: Bearer [redacted]"),
        ("Authorization: abc", "Authorization: [redacted]"), ("api-key: abc", "api-key: [redacted]"),
        ("x-tenant: abc", "x-tenant: [redacted]"), ("Cookie: abc", "Cookie: [redacted]"),
        ("Content-Type: application/json", "Content-Type: application/json"), ("User-Agent: u", "User-Agent: u"),
    ]

    @Test(arguments: fields) func onlyListedFieldsAreShown(_ c: (line: String, shown: String)) throws {
        let command = try Self.command(Self.request(fields: "\(c.line)\r\n", "{}"))
        #expect(command == "curl 'https://h.example/v1/chat/completions' -H '\(c.shown)' -d '{}'")
    }

    static let bodies: [Row<String, String>] = [
        Row("as it came", #"{"model": "m", "max_tokens": 1.0}"#, #"{"model": "m", "max_tokens": 1.0}"#),
        Row("added text", #"{"model":"m","tenant":"abc"}"#, #"{"model":"m","tenant":"[redacted]"}"#),
        Row("added object", #"{"tenant":{"a":["abc"]}}"#, #"{"tenant":"[redacted]"}"#),
        Row("added number", #"{"tenant": 1}"#, #"{"tenant": 1}"#),
        Row("called a secret", #"{"a":{"api_key":["abc",1]}}"#, #"{"a":{"api_key":["[redacted]","[redacted]"]}}"#),
        Row("no JSON", "tenant=abc", "tenant=abc"),
    ]

    @Test(arguments: bodies) func whatTheConfigurationAddsIsNotShown(_ row: Row<String, String>) throws {
        let added = [Deployment.BodyMember(key: "tenant", value: Array(#""abc""#.utf8))]
        let command = try Self.command(Self.request(row.input), added: added)
        #expect(command == "curl 'https://h.example/v1/chat/completions' -d '\(row.expected)'", "\(row.rule)")
    }

    @Test func aLargeBodyIsCutAndNeverShownUnread() throws {
        let long = #"{"a":""# + String(repeating: "x", count: 5000) + #""}"#
        #expect(try Self.command(Self.request(long)).hasSuffix(" # body cut at 4000 bytes"))
        let huge = #"{"tenant":""# + String(repeating: "x", count: 2 << 20) + #""}"#
        let added = [Deployment.BodyMember(key: "tenant", value: Array(#""abc""#.utf8))]
        #expect(try Self.command(Self.request(huge), added: added).hasSuffix(" # body of 2097165 bytes not shown"))
    }
}
