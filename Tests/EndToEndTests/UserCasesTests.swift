import TestSupport
import Testing

/// What users of such a gateway have reported, to the letter: LiteLLM's #26773 and #26199.
@Suite struct UserCases {
    /// The configuration of #26773 as it was reported: the alias is an entry of `model_list`.
    static let entry = """
        model_list:
          - model_name: openrouter/*
            litellm_params:
              model: openrouter/*
              api_base: {fake}
              api_key: os.environ/OPEN_ROUTER_API_KEY
          - model_name: mymodel
            litellm_params:
              model: openrouter/openai/gpt-4o
              api_key: os.environ/OPEN_ROUTER_API_KEY
        \(Config.once)
        """

    /// The same with the alias in `router_settings`.
    static func alias(_ target: String) -> String {
        """
        model_list:
          - model_name: openrouter/*
            litellm_params:
              model: openrouter/*
              api_base: {fake}
              api_key: os.environ/OPEN_ROUTER_API_KEY
        \(Config.once)
          model_group_alias:
            "mymodel": \(target)
        """
    }

    @Suite(.serialized, .gateway(entry)) struct AliasAsAnEntry {
        @Test(arguments: AliasClaims.all) func holds(_ claim: AliasClaims.Claim) throws { try claim.check(stack()) }
    }

    @Suite(.serialized, .gateway(alias("\"openrouter/openai/gpt-4o\""))) struct AliasAsAString {
        @Test(arguments: AliasClaims.all) func holds(_ claim: AliasClaims.Claim) throws { try claim.check(stack()) }
    }

    @Suite(.serialized, .gateway(alias("{model: openrouter/openai/gpt-4o, hidden: true}"))) struct AliasAsAMapping {
        @Test(arguments: AliasClaims.all) func holds(_ claim: AliasClaims.Claim) throws { try claim.check(stack()) }

        @Test func aHiddenAliasIsNotListed() throws {
            let list = try stack().get("/v1/models")
            #expect(list.json?["data"]?.array?.compactMap { $0["id"]?.string } == ["openrouter/*"])
        }
    }
}

/// What holds for `mymodel`, however it is configured.
enum AliasClaims {
    struct Claim: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let check: @Sendable (Stack) throws -> Void

        init(_ name: String, _ check: @escaping @Sendable (Stack) throws -> Void) {
            (testDescription, self.check) = (name, check)
        }
    }

    static let attribution = ["OR_SITE_URL": "https://app.example", "OR_APP_NAME": "Example"]

    /// The body of the issue's second curl.
    static let responsesBody = """
        {
            "model": "mymodel",
            "input": [
                {"role": "system", "content": [{"type": "input_text", "text": "You are a helpful assistant."}]},
                {"role": "user", "content": "Hello!"}
            ],
            "store": false,
            "temperature": 0.5
        }
        """

    static let all: [Claim] = [
        Claim("the first curl: chat, on both spellings of the path") { stack in
            let body = #"{"model": "mymodel", "messages": [{"role": "user", "content": "Hello!"}]}"#
            for path in ["/chat/completions", "/v1/chat/completions"] {
                let (answer, upstream) = try stack.exchange(path, body)
                #expect(answer.status == 200)
                #expect(upstream?.method == "POST")
                #expect(upstream?.target == "/api/v1/chat/completions")
                #expect(upstream?.field("authorization") == "Bearer \(Stack.providerKey)")
                #expect(
                    upstream?.text
                        == #"{"model": "openai/gpt-4o", "messages": [{"role": "user", "content": "Hello!"}]}"#)
                // Byte for byte what the provider said, but for the model's name.
                let number = try #require(upstream?.number)
                #expect(answer.text == chatAnswer("mymodel", number: number))
                #expect(answer.field("content-type") == "application/json")
            }
        },
        Claim("the second curl on /responses, and as printed on /chat/completions") { stack in
            for path in ["/v1/responses", "/responses", "/openai/v1/responses", "/chat/completions"] {
                let (answer, upstream) = try stack.exchange(path, responsesBody)
                #expect(answer.status == 200)
                #expect(upstream?.target == "/api/v1/responses")
                #expect(upstream?.text == responsesBody.replacing("\"mymodel\"", with: "\"openai/gpt-4o\""))
                #expect(upstream?.json?["store"]?.bool == false)
                #expect(upstream?.json?["temperature"] == .number("0.5"))
                #expect(answer.json?["model"]?.string == "mymodel")
                #expect(answer.json?["object"]?.string == "response")
                #expect(answer.json?["output"]?[0]?["content"]?[0]?["text"]?.string == "Hello from the fake.")
                #expect(answer.json?["usage"]?["cost"] == .number("0.00008"))
            }
        },
        Claim("streams go the same way and keep the alias in every chunk") { stack in
            let (answer, upstream) = try stack.exchange("/chat/completions", chat("mymodel", ",\"stream\":true"))
            #expect(upstream?.model == "openai/gpt-4o")
            let chunks = answer.events.compactMap(\.json)
            #expect(chunks.count == 6)
            #expect(chunks.allSatisfy { $0["model"]?.string == "mymodel" && $0["provider"]?.string == "OpenAI" })
            #expect(content(answer.events) == "Hello from the fake.")
            let (events, second) = try stack.exchange("/v1/responses", responses("mymodel", ",\"stream\":true"))
            #expect(second?.model == "openai/gpt-4o")
            let models = events.events.compactMap { $0.json?["response"]?["model"]?.string }
            #expect(models == ["mymodel", "mymodel", "mymodel"])
            #expect(outputText(events.events) == "Hello from the fake.")
        },
        Claim("the full name works beside the alias") { stack in
            let (answer, upstream) = try stack.exchange("/v1/chat/completions", chat("openrouter/openai/gpt-4o"))
            #expect(upstream?.model == "openai/gpt-4o")
            #expect(answer.json?["model"]?.string == "openrouter/openai/gpt-4o")
        },
    ]

    /// The fake's answer to its request `number`, under the client's name for the model.
    static func chatAnswer(_ model: String, number: Int) -> String {
        let digits = String(number)
        let suffix = "AbCdEfGhIjKl" + String(repeating: "0", count: 8 - digits.count) + digits
        return """
            {"id":"gen-1776809776-\(suffix)","object":"chat.completion","created":1776809776,"model":"\(model)",\
            "provider":"OpenAI","system_fingerprint":null,"choices":[{"index":0,"logprobs":null,"finish_reason":"stop",\
            "native_finish_reason":"stop","message":{"role":"assistant","content":"Hello from the fake.",\
            "refusal":null,"reasoning":null}}],"usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17,\
            "cost":0.00008,"is_byok":false,"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":0,\
            "audio_tokens":0,"video_tokens":0},"cost_details":{"upstream_inference_cost":0.00008,\
            "upstream_inference_prompt_cost":0,"upstream_inference_completions_cost":0},"completion_tokens_details":{\
            "reasoning_tokens":0,"image_tokens":0,"audio_tokens":0}}}
            """
    }
}

/// OpenRouter's own ids, attribution, and how clients reach the gateway.
@Suite(.serialized, .gateway(environment: AliasClaims.attribution)) struct OpenRouterIDs {
    typealias Case = (asked: String, sent: String, served: String)

    /// The prefix is removed once; what is OpenRouter's own stays whole.
    static let ids: [Case] = [
        ("openrouter/openrouter/free", "openrouter/free", "openai/gpt-oss-20b:free"),
        ("openrouter/openrouter/auto", "openrouter/auto", "openai/gpt-4o-mini"),
        ("openrouter/free", "openrouter/free", "openai/gpt-oss-20b:free"),
        ("openrouter/auto", "openrouter/auto", "openai/gpt-4o-mini"),
        ("openrouter/auto:online", "openrouter/auto:online", "openai/gpt-4o-mini"),
        ("openrouter/openai/gpt-4o", "openai/gpt-4o", "openai/gpt-4o"),
        ("openrouter/openai/gpt-4o:nitro", "openai/gpt-4o:nitro", "openai/gpt-4o"),
        ("openrouter/anthropic/claude-sonnet-4", "anthropic/claude-sonnet-4", "anthropic/claude-4-sonnet-20250522"),
        (
            "openrouter/~anthropic/claude-sonnet-latest", "~anthropic/claude-sonnet-latest",
            "anthropic/claude-sonnet-4.5"
        ),
        ("openrouter/@preset/mine", "@preset/mine", "openai/gpt-4o"),
        ("openrouter/auto@preset/mine", "openrouter/auto@preset/mine", "openai/gpt-4o-mini"),
    ]

    @Test(arguments: ids) func isSentOnEveryEndpoint(_ c: Case) throws {
        let stack = try stack()
        let bodies = [
            ("/v1/chat/completions", chat(c.asked)), ("/v1/responses", responses(c.asked)),
            ("/v1/completions", "{\"model\":\"\(c.asked)\",\"prompt\":\"Hi\"}"),
            ("/v1/embeddings", "{\"model\":\"\(c.asked)\",\"input\":\"Hi\"}"),
            ("/v1/chat/completions", chat(c.asked, ",\"stream\":true")),
            ("/v1/responses", responses(c.asked, ",\"stream\":true")),
        ]
        for (path, body) in bodies {
            let (answer, upstream) = try stack.exchange(path, body)
            #expect(answer.status == 200, "\(path)")
            #expect(upstream?.model == c.sent, "\(path)")
            #expect(upstream?.target == "/api" + path)
            // Every place that names the model names it as the client did.
            #expect(answer.text.contains("\"model\":\"\(c.asked)\""), "\(path)")
            #expect(!answer.text.contains("\"model\":\"\(c.served)\""), "\(path)")
        }
    }

    /// Behind a router the client sees its own name in `model`; who really answered is in a field and in the log.
    @Test(arguments: [false, true]) func whoReallyAnsweredIsTold(_ isStream: Bool) throws {
        let stack = try stack()
        let answer = try stack.post(
            "/v1/chat/completions", chat("openrouter/openrouter/free", isStream ? ",\"stream\":true" : ""))
        #expect(answer.field("x-penstock-answered-by") == "openai/gpt-oss-20b:free; provider=OpenInference")
        let line = try stack.requestLine(answer)
        #expect(line["answered_model"]?.string == "openai/gpt-oss-20b:free")
        #expect(line["answered_provider"]?.string == "OpenInference")
        let metrics = try stack.get("/metrics").text.split(separator: "\n").filter {
            $0.hasPrefix("penstock_answers_total")
        }
        #expect(
            metrics.contains { $0.contains(#"answered_model="other",answered_provider="OpenInference""#) }, "\(metrics)"
        )
    }

    @Test func theFreeModelsAnswerKeepsWhatTheProviderAdded() throws {
        let answer = try stack().post("/v1/chat/completions", chat("openrouter/openrouter/free"))
        let json = try #require(answer.json)
        #expect(json["model"]?.string == "openrouter/openrouter/free")
        #expect(json["provider"]?.string == "OpenInference")
        #expect(json["choices"]?[0]?["message"]?["reasoning"]?.string == "Greet.")
        #expect(json["choices"]?[0]?["native_finish_reason"]?.string == "stop")
        #expect(json["usage"]?["prompt_tokens"]?.int == 69)
        #expect(json["usage"]?["completion_tokens"]?.int == 22)
        #expect(json["usage"]?["prompt_tokens_details"]?["cached_tokens"]?.int == 64)
        #expect(json["usage"]?["completion_tokens_details"]?["reasoning_tokens"]?.int == 3)
        #expect(json["usage"]?["cost"] == .number("0"))
        #expect(answer.field("x-generation-id") == json["id"]?.string)
    }

    @Test(arguments: ["/chat/completions", "/responses", "/completions", "/embeddings"])
    func attributionIsSentOnEveryEndpoint(_ path: String) throws {
        let body = "{\"model\":\"mymodel\",\"messages\":[],\"input\":\"Hi\",\"prompt\":\"Hi\"}"
        let (_, own) = try stack().exchange(path, body)
        #expect(own?.fields.all("http-referer") == ["https://app.example"])
        #expect(own?.fields.all("x-title") == ["Example"])
        let fields = [WireField("HTTP-Referer", "https://site.example/a"), WireField("X-Title", "Client")]
        let (_, clients) = try stack().exchange(path, body, fields)
        #expect(clients?.fields.all("http-referer") == ["https://site.example/a"])
        #expect(clients?.fields.all("x-title") == ["Client"])
        #expect(clients?.field("content-type") == "application/json")
        #expect(clients?.field("accept-encoding") == "identity")
    }

    @Test func whatTheClientSendsAboutItselfStaysHere() throws {
        let fields = [
            WireField("X-Api-Key", Secrets.wrong), WireField("Cookie", "a=b"), WireField("X-Forwarded-For", "10.0.0.1"),
            WireField("Host", "evil.example"), WireField("Accept-Encoding", "gzip, br"),
        ]
        let (answer, upstream) = try stack().exchange("/v1/chat/completions", chat("mymodel"), fields)
        #expect(answer.status == 200)
        let names = Set(upstream?.fields.map { $0.name.lowercased() } ?? [])
        #expect(
            names == [
                "host", "content-type", "accept-encoding", "accept", "user-agent", "authorization", "content-length",
                "http-referer", "x-title",
            ])
        #expect(upstream?.field("host") == "127.0.0.1:\(try stack().fake.port)")
    }

    // MARK: who may call, and where

    static let accepted: [WireField] = [
        WireField("Authorization", "Bearer sk-1234"), WireField("authorization", "bearer sk-1234"),
        WireField("Authorization", "BEARER   sk-1234"), WireField("Authorization", "Basic sk-1234"),
        WireField("x-litellm-api-key", "sk-1234"), WireField("x-litellm-api-key", "Bearer sk-1234"),
        WireField("api-key", "sk-1234"), WireField("x-api-key", "sk-1234"), WireField("X-Goog-Api-Key", "sk-1234"),
        WireField("Ocp-Apim-Subscription-Key", "sk-1234"),
    ]

    @Test(arguments: accepted) func theKeyMayStandInAnyOfTheseFields(_ field: WireField) throws {
        #expect(try stack().post("/v1/chat/completions", chat("mymodel"), key: nil, [field]).status == 200)
    }

    static let refused: [[WireField]] = [
        [WireField("Authorization", "Bearer \(Secrets.wrong)")], [WireField("Authorization", "Bearer sk-123")],
        [WireField("Authorization", "Bearer sk-12345")], [WireField("Authorization", "Bearer SK-1234")],
        [WireField("x-api-key", Secrets.wrong)], [WireField("api-key", "sk-1234 x")],
        [WireField("x-litellm-api-key", Secrets.wrong), WireField("Authorization", "Bearer sk-1234")],
    ]

    @Test(arguments: refused) func aWrongKeyIsRefused(_ fields: [WireField]) throws {
        let (answer, upstream) = try stack().exchange("/v1/chat/completions", chat("mymodel"), key: nil, fields)
        #expect(answer.status == 401)
        #expect(upstream == nil)
        #expect(answer.field("www-authenticate") == "Bearer")
        #expect(
            answer.text
                == #"{"error":{"message":"The API key is not valid for this gateway.","type":"authentication_error","param":null,"code":"invalid_api_key"}}"#
        )
    }

    static let missing: [(String, [WireField])] = [
        ("/v1/models", []), ("/v1/models?key=sk-1234", []), ("/v1/models", [WireField("Authorization", "sk-1234")]),
        ("/v1/models", [WireField("Authorization", "Bearer")]), ("/model/info", []), ("/health", []),
        ("/v1/route?model=mymodel", []), ("/v1/models/mymodel", []), ("//v1/models", []),
    ]

    @Test(arguments: missing) func noKeyIsRefused(_ path: String, _ fields: [WireField]) throws {
        let answer = try stack().get(path, key: nil, fields)
        #expect(answer.status == 401 || path.hasPrefix("//"))
        #expect(answer.status != 200)
        if answer.status == 401 { #expect(answer.errorCode == "missing_api_key") }
    }

    @Test(arguments: [
        "/chat/completions", "/v1/chat/completions", "/v1/chat/completions/", "/chat/completions//",
        "/api/v1/chat/completions", "/openai/v1/chat/completions", "/v1/chat%2Dcompletions",
    ])
    func everySpellingOfThePathWorks(_ path: String) throws {
        let (answer, upstream) = try stack().exchange(path, chat("mymodel"))
        if path.contains("%") {
            #expect(answer.status == 404)
        } else {
            #expect(answer.status == 200)
            #expect(upstream?.target == "/api/v1/chat/completions")
        }
    }

    @Test func anAbsoluteTargetWorksAndItsHostIsIgnored() throws {
        let client = try TestHTTPClient(port: stack().port)
        try client.post("http://evil.example/v1/chat/completions", chat("mymodel"), key: Stack.masterKey)
        #expect(try client.response().json?["model"]?.string == "mymodel")
    }
}
