import HTTPWire
import Model
import Testing

@testable import Gateway

@Suite struct RoutesTests {
    /// An operation in a line, so that a table can hold it.
    static func name(_ operation: Operation) -> String {
        switch operation {
        case .infer(let endpoint, let model): "\(endpoint.path) \(model ?? "-")"
        case .showModel(let model): "showModel \(model)"
        default: "\(operation)"
        }
    }

    static func outcome(_ line: String) throws -> String {
        let head = try request(line)
        do throws(GatewayError) {
            return name(try Routes.match(head))
        } catch {
            switch error {
            case .unknownPath, .unservedPath: return "404"
            case .methodNotAllowed(_, _, let allowed, _): return "405 \(allowed.joined(separator: ","))"
            default: return "\(error)"
            }
        }
    }

    /// Every path stands below each of these.
    static let prefixes = ["", "/v1", "/api/v1", "/openai/v1"]

    static let everywhere: [(path: String, operation: String)] =
        Endpoint.allCases.flatMap { endpoint in
            [
                ("POST /\(endpoint.path)", "\(endpoint.path) -"),
                ("POST /\(endpoint.path)/", "\(endpoint.path) -"),
                ("POST /\(endpoint.path)//", "\(endpoint.path) -"),
                ("POST /engines/gpt-4o/\(endpoint.path)", "\(endpoint.path) gpt-4o"),
                ("POST /engines/openai/gpt-4o:free/\(endpoint.path)/", "\(endpoint.path) openai/gpt-4o:free"),
                ("POST /engines/a%20b/\(endpoint.path)", "\(endpoint.path) a b"),
                ("GET /\(endpoint.path)", "405 POST"),
                ("HEAD /\(endpoint.path)", "405 POST"),
                ("DELETE /\(endpoint.path)", "405 POST"),
            ]
        } + [
            ("GET /models", "listModels"), ("HEAD /models", "listModels"), ("GET /models/", "listModels"),
            ("GET /models/gpt-4o", "showModel gpt-4o"), ("GET /models/openai/gpt-4o", "showModel openai/gpt-4o"),
            ("GET /models/v1", "showModel v1"), ("POST /models", "405 GET"), ("POST /models/gpt-4o", "405 GET"),
            ("GET /model/info", "modelInfo"), ("GET /route?model=x", "explainRoute"), ("GET /routes", "routes"),
            ("GET /health", "health"), ("GET /health/liveliness", "liveness"), ("GET /health/liveness", "liveness"),
            ("GET /health/readiness", "readiness"), ("GET /health/readiness/", "readiness"), ("PUT /health", "405 GET"),
            ("POST /chat/completion", "404"), ("POST /chat", "404"), ("POST /CHAT/COMPLETIONS", "404"),
            ("POST /chat//completions", "404"), ("POST /engines//chat/completions", "404"),
            ("POST /engines/chat/completions", "completions chat"), ("GET /model", "404"), ("GET /modelsx", "404"),
            ("POST /nothing/chat/completions", "404"), ("GET /health/x", "404"),
        ]

    @Test(arguments: everywhere)
    func matchesWithAndWithoutAPrefix(_ c: (path: String, operation: String)) throws {
        let parts = c.path.split(separator: " ", maxSplits: 1)
        for prefix in Self.prefixes {
            #expect(try Self.outcome("\(parts[0]) \(prefix)\(parts[1])") == c.operation, "below `\(prefix)`")
        }
    }

    static let once: [(line: String, operation: String)] = [
        ("GET /", "landing"), ("HEAD /", "landing"), ("GET //", "landing"), ("POST /", "405 GET"),
        ("GET /v1", "landing"), ("GET /v1/", "landing"), ("GET /api/v1", "landing"), ("GET /openai/v1/", "landing"),
        ("GET /v1x", "404"), ("GET /v1x/models", "404"), ("GET /v2/models", "404"), ("GET /v1/v1/models", "404"),
        ("GET /api/models", "404"),
        ("POST /openai/deployments/my-gpt/chat/completions?api-version=2024-10-21", "chat/completions my-gpt"),
        ("POST /openai/deployments/a/b/c/embeddings", "embeddings a/b/c"),
        ("POST /v1/openai/deployments/d/completions", "completions d"),
        ("POST /openai/deployments/d/chat/completions", "chat/completions d"),
        ("POST /openai/deployments//chat/completions", "404"),
        ("GET /openai/deployments/d/chat/completions", "405 POST"),
        ("POST /openai/deployments/d", "404"),
        ("POST /openai/chat/completions", "404"),
        ("POST /openai/responses?api-version=2025-03-01-preview", "responses -"),
        ("GET /openai/models?api-version=2024-10-21", "listModels"), ("GET /openai/models/a/b", "showModel a/b"),
        ("GET /openai/responses", "405 POST"), ("GET /openai/responses/resp_1", "404"),
        ("POST /engines/gpt/chat/completions", "chat/completions gpt"),
    ]

    @Test(arguments: once)
    func matches(_ c: (line: String, operation: String)) throws {
        #expect(try Self.outcome(c.line) == c.operation)
    }

    /// A path is found by parts of it, so each octet has to count.
    @Test(arguments: ["/chat/completions", "/responses", "/completions", "/embeddings"])
    func everyOctetOfAPathCounts(_ path: String) throws {
        for prefix in Self.prefixes {
            let octets = Array("\(prefix)\(path)".utf8)
            #expect(try Self.outcome("POST \(prefix)\(path)") == "\(path.dropFirst()) -")
            for index in octets.indices.dropFirst() {
                var other = octets
                other[index] ^= 1
                #expect(try Self.outcome("POST \(String(decoding: other, as: UTF8.self))") == "404")
            }
        }
    }

    @Test func anUnknownPathAndAWrongMethodSayWhatWasAsked() throws {
        let unknown = try request("GET /v1/nope")
        #expect {
            _ = try Routes.match(unknown)
        } throws: {
            ($0 as? GatewayError)?.outcome.message
                == "Unknown request URL: GET /v1/nope. GET /routes lists what there is."
        }
        let wrong = try request("GET /v1/chat/completions")
        #expect {
            _ = try Routes.match(wrong)
        } throws: {
            ($0 as? GatewayError)?.outcome.message == "GET is not allowed for /v1/chat/completions; use POST."
        }
    }

    /// Only what tells nothing about the configuration and costs nothing is open.
    @Test func fewThingsArePublic() {
        let open = Routes.rows.filter { $0.make("x").isPublic }.map(\.pattern)
        #expect(
            open == ["/routes", "/", "/favicon.ico", "/health/liveliness", "/health/liveness", "/health/readiness"])
    }

    @Test func noPatternStandsTwice() {
        let all = Routes.rows.map { "\($0.method.rawValue) \($0.pattern)" }
        #expect(Set(all).count == all.count)
    }
}

@Suite struct QueryItemsTests {
    static let table: [(query: String, name: String, value: String?)] = [
        ("", "a", nil), ("a", "a", ""), ("a=", "a", ""), ("a=1", "a", "1"), ("b=2&a=1", "a", "1"),
        ("a=1&a=2", "a", "1"), ("a=1=2", "a", "1=2"), ("&&a=1&&", "a", "1"), ("=x", "", "x"), ("a=b+c", "a", "b c"),
        ("a=%2B%26%3D", "a", "+&="), ("%61=1", "a", "1"), ("a=openai%2Fgpt-4o", "a", "openai/gpt-4o"),
        ("a=%C3%A9", "a", "é"), ("a=%", "a", "%"), ("a=%4", "a", "%4"), ("a=%zz", "a", "%zz"), ("a=%41", "a", "A"),
        ("a=%+1", "a", "% 1"), ("a=%-0", "a", "%-0"), ("a=%25", "a", "%"), ("a=%ff", "a", "\u{FFFD}"),
        ("A=1", "a", nil),
    ]

    @Test(arguments: table)
    func decodes(_ c: (query: String, name: String, value: String?)) {
        #expect(QueryItems(c.query)[c.name] == c.value)
    }
}
