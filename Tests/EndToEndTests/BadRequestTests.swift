import TestSupport
import Testing

extension Config {
    static let small = """
        model_list:
          - model_name: openrouter/*
            litellm_params:
              model: openrouter/*
              api_key: os.environ/OPEN_ROUTER_API_KEY
          - model_name: mymodel
            litellm_params:
              model: openrouter/openai/gpt-4o
              api_key: os.environ/OPEN_ROUTER_API_KEY
        \(once)
        general_settings:
          max_request_size_mb: 0.0625
        """
}

/// Requests that cannot be served: one exact answer each, and nothing goes upstream.
@Suite(.serialized, .gateway(Config.small)) struct BadRequests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let path: String
        let body: [UInt8]
        let status: Int
        let param: String?
        let code: String
        let message: String

        init(
            _ rule: String, _ path: String, _ body: [UInt8], _ status: Int, _ param: String?, _ code: String,
            _ message: String
        ) {
            (testDescription, self.path, self.body, self.status) = (rule, path, body, status)
            (self.param, self.code, self.message) = (param, code, message)
        }

        var answer: String {
            let param = param.map { TestJSON.quoted($0) } ?? "null"
            return """
                {"error":{"message":\(TestJSON.quoted(message)),"type":"invalid_request_error","param":\(param),\
                "code":"\(code)"}}
                """
        }
    }

    private static let chatPath = "/v1/chat/completions"
    private static let messages = #""messages":[{"role":"user","content":"Hi"}]"#

    private static func json(_ rule: String, _ body: [UInt8], _ reason: String) -> Case {
        Case(rule, chatPath, body, 400, nil, "invalid_json", "The request body is not valid JSON: \(reason).")
    }

    private static func json(_ rule: String, _ body: String, _ reason: String) -> Case {
        json(rule, Array(body.utf8), reason)
    }

    private static func invalid(_ param: String, _ body: String, _ message: String, path: String = chatPath) -> Case {
        Case(body, path, Array(body.utf8), 400, param, "invalid_value", message)
    }

    private static func missing(_ param: String, _ path: String, _ body: String, _ hint: String) -> Case {
        Case(
            body, path, Array(body.utf8), 400, param, "missing_required_parameter",
            "Missing required parameter: '\(param)'. \(hint)")
    }

    private static func notFound(_ model: String, _ hint: String) -> Case {
        Case(
            model, chatPath, Array(chat(model).utf8), 404, "model", "model_not_found",
            "The model '\(model)' does not exist on this gateway. \(hint)")
    }

    private static func refused(_ path: String, _ status: Int, _ code: String, _ message: String) -> Case {
        Case(path, path, Array(chat("mymodel").utf8), status, nil, code, message)
    }

    private static func foreign(_ param: String, _ member: String) -> Case {
        invalid(
            param, chat("mymodel", "," + member),
            "'\(param)' cannot be set by a request; it comes from the gateway's configuration.")
    }

    static let syntax: [Case] = [
        json("empty body", "", "it is empty; send a JSON object with at least 'model'"),
        json("blanks only", "  \n ", "the text is empty"),
        json("no JSON", "hello", "expected an object at byte 0"),
        json("an array", "[]", "expected an object at byte 0"),
        json("null", "null", "expected an object at byte 0"),
        json("a string", "\"model\"", "expected an object at byte 0"),
        json("cut short", #"{"model":"mymodel","messages":[{"role""#, "unexpected end at byte 38"),
        json("a comma too many", #"{"model":"mymodel",}"#, "expected a key in double quotes at byte 19"),
        json("single quotes", "{'model':'mymodel'}", "expected a key in double quotes at byte 1"),
        json("a missing colon", #"{"model" "mymodel"}"#, "expected `:` at byte 9"),
        json("a missing comma", #"{"model":"mymodel" "messages":[]}"#, "expected `,` or `}` at byte 19"),
        json("text behind it", #"{"model":"mymodel"} {}"#, "unexpected text after the value at byte 20"),
        json("NaN", #"{"model":"mymodel","temperature":NaN}"#, "expected a value at byte 33"),
        json("a leading zero", #"{"model":"mymodel","seed":01}"#, "invalid number at byte 27"),
        json("a bad escape", #"{"model":"my\xmodel"}"#, "invalid escape at byte 12"),
        json("a line end in a string", "{\"model\":\"my\nmodel\"}", "unescaped control character at byte 12"),
        json("a byte order mark", "\u{FEFF}{}", "unexpected byte order mark at byte 0"),
        json(
            "invalid UTF-8", Array(#"{"model":"mymodel","user":""#.utf8) + [0xFF, 0x22, 0x7D],
            "invalid UTF-8 at byte 27"),
        json("an overlong form", Array(#"{"model":""#.utf8) + [0xC0, 0x80, 0x22, 0x7D], "invalid UTF-8 at byte 10"),
        json(
            "arrays without end", #"{"model":"mymodel","messages":"# + String(repeating: "[", count: 10_000),
            "nested too deeply at byte 157"),
    ]

    static let meaning: [Case] = [
        missing("model", chatPath, "{" + messages + "}", "GET /v1/models lists what there is."),
        invalid("model", "{\"model\":5," + messages + "}", "'model' must be a string, not a number."),
        invalid("model", "{\"model\":null," + messages + "}", "'model' must be a string, not null."),
        invalid(
            "model", "{\"model\":\"\"," + messages + "}",
            "'model' must not be empty; GET /v1/models lists what there is."),
        missing(
            "messages", chatPath, #"{"model":"mymodel"}"#,
            #"Send an array of messages such as {"role":"user","content":"Hello"}."#),
        invalid(
            "messages", #"{"model":"mymodel","messages":{}}"#,
            "'messages' must be an array of messages, not an object."),
        invalid(
            "messages", #"{"model":"mymodel","messages":"Hi"}"#,
            "'messages' must be an array of messages, not a string."),
        invalid("stream", chat("mymodel", ",\"stream\":\"yes\""), "'stream' must be true or false, not a string."),
        invalid("stream", chat("mymodel", ",\"stream\":1"), "'stream' must be true or false, not a number."),
        missing("input", "/v1/responses", #"{"model":"mymodel"}"#, "Send a string or an array of input items."),
        invalid(
            "input", #"{"model":"mymodel","input":5}"#,
            "'input' must be a string or an array of input items, not a number.", path: "/v1/responses"),
        missing("prompt", "/v1/completions", #"{"model":"mymodel"}"#, "Send a string or an array of strings."),
        missing("input", "/v1/embeddings", #"{"model":"mymodel"}"#, "Send a string or an array of strings."),
        invalid(
            "stream", #"{"model":"mymodel","input":"Hi","stream":true}"#, "'stream' is not possible for /embeddings.",
            path: "/v1/embeddings"),
        notFound("mymodle", "Did you mean 'mymodel'?"),
        notFound("xyzzy-9000-quux", "GET /v1/models lists what there is."),
        foreign("api_base", #""api_base":"http://evil.example/v1""#),
        foreign("base_url", #""base_url":"http://evil.example/v1""#),
        foreign("api_base", #""\u0061pi_base":"http://evil.example/v1""#),
        foreign("api_key", "\"api_key\":\"" + Secrets.wrong + "\""),
        refused(
            "/v1/chat/complete", 404, "unknown_url",
            "Unknown request URL: POST /v1/chat/complete. Did you mean /v1/chat/completions?"),
        refused(
            "/V1/Chat/Completions", 404, "unknown_url",
            "Unknown request URL: POST /V1/Chat/Completions. Did you mean /v1/chat/completions?"),
        refused("/v1/models", 405, "method_not_allowed", "POST is not allowed for /v1/models; use GET."),
    ]

    @Test(arguments: syntax + meaning) func isAnsweredExactly(_ c: Case) throws {
        let stack = try stack()
        stack.fake.forgetRequests()
        let client = try TestHTTPClient(port: stack.port)
        let key = WireField("Authorization", "Bearer \(Stack.masterKey)")
        try client.send("POST", c.path, [key], body: c.body)
        let answer = try client.response()
        #expect(answer.status == c.status)
        #expect(answer.text == c.answer)
        #expect(answer.field("content-type") == "application/json")
        #expect(stack.fake.requests.isEmpty)
        // The connection lives on.
        try client.post("/v1/chat/completions", chat("mymodel"), key: Stack.masterKey)
        #expect(try client.response().status == 200)
    }

    @Test func theMethodsThatWorkAreNamed() throws {
        let answer = try stack().get("/v1/chat/completions")
        #expect(answer.status == 405)
        #expect(answer.field("allow") == "POST")
        #expect(answer.errorMessage == "GET is not allowed for /v1/chat/completions; use POST.")
        #expect(try stack().post("/v1/models", "{}").field("allow") == "GET")
    }

    @Test(arguments: ["multipart/form-data; boundary=x", "Multipart/Mixed"]) func multipartIs415(_ type: String) throws
    {
        let client = try TestHTTPClient(port: stack().port)
        try client.send(
            "POST", "/v1/chat/completions",
            [WireField("Authorization", "Bearer \(Stack.masterKey)"), WireField("Content-Type", type)],
            body: Array("--x--".utf8))
        let answer = try client.response()
        #expect(answer.status == 415)
        #expect(answer.errorCode == "unsupported_media_type")
        #expect(answer.errorMessage == "The request body must be JSON (Content-Type: application/json).")
    }

    @Test func aBodyWithAnyOtherTypeIsTakenForJSON() throws {
        // `curl -d` says that it sends a form.
        let client = try TestHTTPClient(port: stack().port)
        try client.send(
            "POST", "/v1/chat/completions",
            [
                WireField("Authorization", "Bearer \(Stack.masterKey)"),
                WireField("Content-Type", "application/x-www-form-urlencoded"),
            ], body: Array(chat("mymodel").utf8))
        #expect(try client.response().status == 200)
    }

    @Test func aBodyPackedInAWayThatIsNotKnownIs415() throws {
        let (answer, upstream) = try stack().exchange(
            "/v1/chat/completions", chat("mymodel"), [WireField("Content-Encoding", "br")])
        #expect(answer.status == 415)
        #expect(
            answer.errorMessage
                == "The request body's Content-Encoding 'br' is not supported. Send it without, or as gzip, deflate, zstd."
        )
        #expect(upstream == nil)
        let plain = [WireField("Content-Encoding", "identity")]
        #expect(try stack().post("/v1/chat/completions", chat("mymodel"), plain).status == 200)
    }

    // MARK: sizes; the limit of this suite is 64 KiB

    private static let tooLarge =
        #"{"error":{"message":"The request body is larger than 65536 bytes (general_settings.max_request_size_mb).","type":"invalid_request_error","param":null,"code":"request_too_large"}}"#

    @Test func aBodyTooLargeByItsLengthIsRefusedBeforeItIsRead() throws {
        let client = try TestHTTPClient(port: stack().port)
        try client.send(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(Stack.masterKey)\r\n"
                + "Content-Length: 99999999999\r\n\r\n{")
        let answer = try client.response()
        #expect(answer.status == 413)
        #expect(answer.text == Self.tooLarge)
        #expect(answer.field("connection") == "close")
        client.finishSending()
        #expect(client.peerCloses())
    }

    @Test func aBodyTooLargeInChunksIsRefused() throws {
        let client = try TestHTTPClient(port: stack().port)
        let piece = [UInt8](repeating: UInt8(ascii: " "), count: 16 << 10)
        try client.send(
            "POST", "/v1/chat/completions", [WireField("Authorization", "Bearer \(Stack.masterKey)")],
            chunks: Array(repeating: piece, count: 5))
        let answer = try client.response()
        #expect(answer.status == 413)
        #expect(answer.text == Self.tooLarge)
    }

    @Test func theLimitItselfPasses() throws {
        let start = "{\"model\":\"mymodel\",\"messages\":[],\"user\":\""
        let body = start + String(repeating: "x", count: (64 << 10) - start.utf8.count - 2) + "\"}"
        #expect(body.utf8.count == 64 << 10)
        #expect(try stack().post("/v1/chat/completions", body).status == 200)
        #expect(try stack().post("/v1/chat/completions", body + " ").status == 413)
        let client = try TestHTTPClient(port: stack().port)
        let bytes = Array(body.utf8)
        try client.send(
            "POST", "/v1/chat/completions", [WireField("Authorization", "Bearer \(Stack.masterKey)")],
            chunks: [Array(bytes[..<1]), Array(bytes[1..<40_000]), Array(bytes[40_000...])])
        #expect(try client.response().status == 200)
    }

    @Test func aCallerWithoutAKeyIsNotReadFrom() throws {
        let client = try TestHTTPClient(port: stack().port)
        try client.send(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 50000\r\n\r\n")
        let answer = try client.response()
        #expect(answer.status == 401)
        #expect(answer.interim == [])
    }

    @Test func continueIsSaidOnceTheHeadHasPassed() throws {
        let client = try TestHTTPClient(port: stack().port)
        let body = chat("mymodel")
        try client.send(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(Stack.masterKey)\r\n"
                + "Expect: 100-continue\r\nContent-Length: \(body.utf8.count)\r\n\r\n")
        let interim = try client.rawPiece()
        #expect(interim.map { String(decoding: $0, as: UTF8.self) } == "HTTP/1.1 100 Continue\r\n\r\n")
        try client.send(body)
        #expect(try client.response().status == 200)
    }

    // MARK: keys that stand twice, or in disguise

    @Test func aRepeatedModelCannotSayTwoThings() throws {
        let bodies = [
            #"{"model":"openrouter/fault/echo","model":"mymodel","messages":[]}"#,
            #"{"model":"openrouter/fault/echo","\u006dodel":"mymodel","messages":[]}"#,
            #"{"\u006dodel":"openrouter/fault/echo","messages":[],"model":"mymodel"}"#,
        ]
        for body in bodies {
            let (answer, upstream) = try stack().exchange("/v1/chat/completions", body)
            #expect(answer.status == 200)
            // Whatever the upstream takes, first or last, it takes what the gateway routed by.
            let json = try #require(upstream?.json)
            guard case .object(let members) = json else { continue }
            let models = members.filter { $0.name == "model" }.map(\.value)
            #expect(Set(models) == [.string("openai/gpt-4o")])
            #expect(answer.json?["model"]?.string == "mymodel")
        }
    }

    // MARK: what is no HTTP

    typealias Raw = (request: String, status: Int)

    static let raw: [Raw] = [
        ("GET /v1/models HTTP/1.1\r\n\r\n", 400), ("GET /v1/models HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (
            "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
            400
        ),
        ("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        ("GET /v1/../model/info HTTP/1.1\r\nHost: x\r\n\r\n", 400), ("GET /v1/models HTTP/3.0\r\nHost: x\r\n\r\n", 505),
        ("BREW /coffee HTTP/1.1\r\nHost: x\r\n\r\n", 501), ("GET / HTTP/1.1\nHost: x\n\n", 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400), ("TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", 405),
        ("\u{16}\u{03}\u{01}\u{02}\r\n\r\n", 400),
    ]

    @Test(arguments: raw) func isRefusedOnceAndTheConnectionEnds(_ c: Raw) throws {
        let client = try TestHTTPClient(port: stack().port)
        try client.send(c.request + "GET /health/liveliness HTTP/1.1\r\nHost: x\r\n\r\n")
        let answer = try client.response()
        #expect(answer.status == c.status)
        #expect(answer.field("connection") == "close")
        #expect(answer.errorCode == "bad_http_request")
        #expect(answer.errorType == "invalid_request_error")
        client.finishSending()
        #expect(try client.rest() == [])
    }
}
