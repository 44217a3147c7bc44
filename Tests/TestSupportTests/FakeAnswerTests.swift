import TestSupport
import Testing

let key = "sk-or-v1-test"

extension FakeOpenRouter {
    /// Posts to `/api/v1<path>` on a connection of its own.
    func post(_ path: String, _ body: String, key: String? = key) throws -> TestResponse {
        try TestHTTPClient.post(port, "/api/v1" + path, body, key: key)
    }

    func chat(_ model: String, stream: Bool = false, more: String = "") throws -> TestResponse {
        try post("/chat/completions", Self.chatBody(model, stream: stream, more: more))
    }

    func responses(_ model: String, stream: Bool = false) throws -> TestResponse {
        try post("/responses", #"{"model":"\#(model)","input":"Hi"\#(stream ? ",\"stream\":true" : "")}"#)
    }

    static func chatBody(_ model: String, stream: Bool = false, more: String = "") -> String {
        """
        {"model":"\(model)","messages":[{"role":"user","content":"Hi"}]\(stream ? ",\"stream\":true" : "")\(more)}
        """
    }
}

extension TestResponse {
    /// `choices[0].message.content`.
    var content: String? { json?["choices"]?[0]?["message"]?["content"]?.string }

    /// The content of every chunk put together.
    var streamedContent: String {
        events.compactMap { $0.json?["choices"]?[0]?["delta"]?["content"]?.string }.joined()
    }
}

/// Rows 1 to 14, 19 to 30, 45, 47, 48, 52 and 54 of docs/MOCK.md: what is answered, byte for byte where that is known.
@Suite struct FakeAnswerTests {
    let fake: FakeOpenRouter

    init() throws { fake = try FakeOpenRouter() }

    typealias Served = (asked: String, model: String, provider: String, usage: [Int], cost: String)
    static let served: [Served] = [
        ("openai/gpt-4o", "openai/gpt-4o", "OpenAI", [12, 5, 17], "0.00008"),  // row 1
        ("openrouter/free", "openai/gpt-oss-20b:free", "OpenInference", [69, 22, 91], "0"),  // row 2
        ("openrouter/auto", "openai/gpt-4o-mini", "OpenAI", [12, 5, 17], "0.00008"),  // row 3
        ("~anthropic/claude-sonnet-latest", "anthropic/claude-sonnet-4.5", "Anthropic", [12, 5, 17], "0.00008"),
        ("anthropic/claude-sonnet-4", "anthropic/claude-4-sonnet-20250522", "Anthropic", [12, 5, 17], "0.00008"),
        ("openai/gpt-4o:nitro", "openai/gpt-4o", "OpenAI", [12, 5, 17], "0.00008"),
        ("@preset/mine", "openai/gpt-4o", "OpenAI", [12, 5, 17], "0.00008"),
        ("openrouter/auto@preset/mine", "openai/gpt-4o-mini", "OpenAI", [12, 5, 17], "0.00008"),
        ("test/anything", "test/anything", "TestProvider", [12, 5, 17], "0.00008"),
    ]

    @Test(arguments: served)
    func namesTheModelThatServed(_ row: Served) throws {
        let answer = try fake.chat(row.asked)
        let json = try #require(answer.json)
        #expect(answer.status == 200)
        #expect(answer.field("content-type") == "application/json")
        #expect(json["id"]?.string == answer.field("x-generation-id"))
        #expect(json["object"]?.string == "chat.completion")
        #expect(json["model"]?.string == row.model)
        #expect(json["provider"]?.string == row.provider)
        let usage = try #require(json["usage"])
        let counts = ["prompt_tokens", "completion_tokens", "total_tokens"].compactMap { usage[$0]?.int }
        #expect(counts == row.usage)
        #expect(usage["cost"] == .number(row.cost))
        #expect(json["choices"]?[0]?["finish_reason"]?.string == "stop")
        #expect(json["choices"]?[0]?["native_finish_reason"]?.string == "stop")
        #expect(fake.malformed == [])
    }

    @Test func countsTheFreeModelLikeTheRecordedAnswer() throws {
        let json = try #require(try fake.chat("openrouter/free").json)
        #expect(json["usage"]?["prompt_tokens_details"]?["cached_tokens"]?.int == 64)
        #expect(json["usage"]?["completion_tokens_details"]?["reasoning_tokens"]?.int == 3)
        #expect(json["choices"]?[0]?["message"]?["reasoning"]?.string == "Greet.")
    }

    @Test(arguments: ["/chat/completions", "/responses", "/completions", "/embeddings"])
    func refusesPrefixedNamesExactly(_ path: String) throws {  // rows 5 and 6
        let free = try fake.post(path, #"{"model":"openrouter/openrouter/free","input":"Hi","messages":[]}"#)
        #expect(free.status == 400)
        #expect(
            free.text
                == #"{"error":{"message":"openrouter/openrouter/free is not a valid model ID","code":400},"#
                + #""user_id":"user_3CPzNQdGnhemSE8rJv8M8IGGLPu"}"#)
        let prefixed = try fake.post(path, #"{"model":"openrouter/openai/gpt-4o","input":"Hi","messages":[]}"#)
        #expect(prefixed.status == 400)
        #expect(
            prefixed.text
                == #"{"error":{"message":"openrouter/openai/gpt-4o is not a valid model ID","code":400},"#
                + #""user_id":"user_33T2s3poJxTY0aRaCzsDNON2Xb1"}"#)
    }

    @Test(arguments: ["gpt-4o", "acme/nope", "fault/no-such-fault", "fault/delay-x", "test/", "@preset/", ":free"])
    func refusesUnknownNames(_ model: String) throws {  // row 7
        let answer = try fake.chat(model)
        #expect(answer.status == 400)
        #expect(answer.json?["error"]?["message"]?.string == "\(model) is not a valid model ID")
    }

    typealias Refusal = (rule: String, path: String, key: String?, body: String, status: Int, text: String)
    static let refusals: [Refusal] = [
        (
            "row 8", "/chat/completions", nil, "{}", 401,
            #"{"error":{"message":"No cookie auth credentials found","code":401}}"#
        ),
        ("row 9", "/responses", "sk-other", "{}", 401, #"{"error":{"message":"User not found.","code":401}}"#),
        (
            "row 10", "/chat/completions", key, #"{"model":"openai/gpt-4o","input":"Hi"}"#, 400,
            #"{"error":{"message":"Input required: specify \"prompt\" or \"messages\"","code":400},"user_id":"user_x"}"#
        ),
        (
            "row 11", "/chat/completions", key, "{", 400,
            #"{"error":{"message":"Input must have at least 1 token.","code":400,"#
                + #""metadata":{"provider_name":null}},"user_id":"user_x"}"#
        ),
        (
            "row 12", "/chat/completions", key, #"{"models":["a/a","a/b","a/c","a/d"],"messages":[]}"#, 400,
            #"{"error":{"message":"'models' array must have 3 items or fewer.","code":400},"user_id":"user_x"}"#
        ),
        ("row 54", "/nothing", key, "{}", 404, #"{"error":{"message":"Not Found","code":404}}"#),
    ]

    @Test(arguments: refusals)
    func refuses(_ row: Refusal) throws {
        let answer = try fake.post(row.path, row.body, key: row.key)
        #expect(answer.status == row.status, "\(row.rule)")
        #expect(answer.text == row.text, "\(row.rule)")
        #expect(answer.field("content-type") == "application/json")
    }

    typealias Failure = (name: String, status: Int, message: String)
    static let failures: [Failure] = [
        (
            "402-credits", 402,
            "This request requires more credits, or fewer max_tokens. You requested up to 16384 tokens, but can only "
                + "afford 3919. To increase, visit https://openrouter.ai/settings/credits and upgrade to a paid account"
        ),
        (
            "429-free-cap", 429,
            "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day"
        ),
        ("429", 429, "Provider returned error"),
        ("429-retry-after", 429, "Provider returned error"),
        ("provider-400-context", 400, "Provider returned error"),
        ("502", 502, "Provider returned error"),
        ("529", 529, "Provider returned error"),
        ("503-retry-after", 503, "Service temporarily unavailable"),
        ("500", 500, "Internal Server Error"),
        ("error-null-metadata", 502, "Provider returned error"),
        ("status-418", 418, "Status 418"),
    ]

    /// Row 36: a stream that cannot begin is refused like anything else.
    @Test(arguments: failures, [false, true])
    func failsWithARealStatus(_ row: Failure, _ stream: Bool) throws {
        for answer in [
            try fake.chat("fault/" + row.name, stream: stream), try fake.responses("fault/" + row.name, stream: stream),
        ] {
            #expect(answer.status == row.status)
            #expect(answer.field("content-type") == "application/json")
            #expect(answer.json?["error"]?["message"]?.string == row.message)
            #expect(answer.json?["error"]?["code"]?.int == row.status)
        }
    }

    @Test func tellsWhenToRetry() throws {
        #expect(try fake.chat("fault/429-retry-after").field("retry-after") == "17")
        #expect(try fake.chat("fault/429").field("retry-after") == nil)
        let pool = try fake.chat("fault/429").json?["error"]?["metadata"]
        #expect(pool?["retry_after_seconds"]?.int == 17)
        #expect(pool?["headers"]?["Retry-After"]?.string == "17")
        #expect(try fake.chat("fault/503-retry-after").field("retry-after") == "1")
        let cap = try fake.chat("fault/429-free-cap")
        #expect(cap.field("x-ratelimit-limit") == "50")
        #expect(cap.json?["error"]?["metadata"]?["headers"]?["X-RateLimit-Remaining"]?.string == "0")
    }

    @Test func wrapsTheProvidersOwnError() throws {  // row 28
        let raw = try fake.chat("fault/provider-400-context").json?["error"]?["metadata"]?["raw"]?.string
        let inner = try #require(TestJSON(raw ?? ""))
        #expect(inner["error"]?["code"]?.string == "context_length_exceeded")
    }

    @Test func everyRefusalIsJSONUnlessItSaysHTML() throws {
        for name in FakeOpenRouter.refusalNames {
            let answer = try fake.chat("fault/" + name)
            #expect(answer.status >= 400, "\(name)")
            #expect((answer.json == nil) == name.hasSuffix("html"), "\(name)")
        }
    }

    @Test func triesTheListInOrder() throws {  // rows 13 and 14
        let second = try fake.post("/chat/completions", #"{"models":["fault/429","openai/gpt-4o"],"messages":[]}"#)
        #expect(second.json?["model"]?.string == "openai/gpt-4o")
        #expect(second.json?["provider"]?.string == "OpenAI")
        let last = try fake.post(
            "/chat/completions", #"{"model":"fault/429","models":["fault/500","fault/502"],"messages":[]}"#)
        #expect(last.status == 502)
    }

    @Test func actsAsOtherModelsInTurn() throws {
        fake.answer(model: "openai/gpt-4o", as: ["fault/502", "fault/429", "openai/gpt-4o"])
        #expect(try (0..<4).map { _ in try fake.chat("openai/gpt-4o").status } == [502, 429, 200, 200])
        fake.answer(key: "sk-or-v1-test-b", as: ["fault/402-credits"])
        let body = FakeOpenRouter.chatBody("openai/gpt-4o")
        #expect(try fake.post("/chat/completions", body, key: "sk-or-v1-test-b").status == 402)
        #expect(try fake.post("/chat/completions", body, key: "sk-or-v1-test-a").status == 200)
    }

    @Test func speaksTheOldCompletions() throws {
        let whole = try fake.post("/completions", #"{"model":"openai/gpt-4o","prompt":"Hi"}"#)
        #expect(whole.json?["object"]?.string == "text_completion")
        #expect(whole.json?["choices"]?[0]?["text"]?.string == "Hello from the fake.")
        let stream = try fake.post("/completions", #"{"model":"openai/gpt-4o","prompt":"Hi","stream":true}"#)
        let text = stream.events.compactMap { $0.json?["choices"]?[0]?["text"]?.string }.joined()
        #expect(text == "Hello from the fake.")
        #expect(stream.events.last?.data == "[DONE]")
    }

    @Test func embedsAsNumbersAndAsBase64() throws {  // row 47
        let model = "\"model\":\"openai/text-embedding-3-small\""
        let floats = try fake.post("/embeddings", "{\(model),\"input\":[\"a\",\"b\"]}")
        #expect(floats.json?["data"]?[1]?["embedding"] == .array([.number("0.5"), .number("-0.25"), .number("1.0")]))
        #expect(floats.json?["usage"]?["total_tokens"]?.int == 6)
        let coded = try fake.post("/embeddings", "{\(model),\"input\":[1,2,3],\"encoding_format\":\"base64\"}")
        #expect(coded.json?["data"]?.array?.count == 1)
        // 0.5, -0.25 and 0 as little-endian floats.
        #expect(coded.json?["data"]?[0]?["embedding"]?.string == "AAAAPwAAgL4AAAAA")
        #expect(try fake.post("/embeddings", #"{"model":"acme/nope","input":"a"}"#).status == 400)
    }

    @Test func listsModelsWithoutAKey() throws {  // row 48
        let all = try TestHTTPClient.get(fake.port, "/api/v1/models")
        let rows = try #require(all.json?["data"]?.array)
        #expect(all.json?["object"] == nil)
        #expect(rows.count == all.json?["total_count"]?.int)
        let auto = rows.first { $0["id"]?.string == "openrouter/auto" }
        #expect(auto?["pricing"]?["prompt"]?.string == "-1")
        let free = rows.first { $0["id"]?.string == "openai/gpt-oss-20b:free" }
        #expect(free?["pricing"]?["prompt"]?.string == "0")
        let latest = rows.first { $0["id"]?.string == "~anthropic/claude-sonnet-latest" }
        #expect(latest?["alias_target"]?["slug"]?.string == "anthropic/claude-sonnet-4.5")
        #expect(rows.allSatisfy { $0["owned_by"] == nil })
        let page = try TestHTTPClient.get(fake.port, "/v1/models?limit=2&offset=1")
        #expect(page.json?["data"]?.array?.count == 2)
        #expect(page.json?["links"]?["next"]?.string == "/api/v1/models?offset=3&limit=2")
    }

    @Test(arguments: [#""store":true"#, #""previous_response_id":"resp_1""#])
    func keepsNoResponses(_ member: String) throws {  // row 45
        #expect(try fake.post("/responses", #"{"model":"openai/gpt-4o","input":"Hi",\#(member)}"#).status == 400)
        #expect(try fake.post("/responses", #"{"model":"openai/gpt-4o","input":"Hi","store":false}"#).status == 200)
    }

    @Test func documentsEveryFault() throws {
        let text = try #require(readme())
        for name in FakeOpenRouter.refusalNames + FakeOpenRouter.faultNames {
            #expect(text.contains("`\(name)`"), "\(name) is missing in docs/MOCK.md")
        }
    }
}
