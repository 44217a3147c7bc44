import TestSupport
import Testing

extension Config {
    static let rewriting = """
        model_list:
          - model_name: openrouter/*
            litellm_params:
              model: openrouter/*
              api_key: os.environ/OPEN_ROUTER_API_KEY
          - model_name: tuned
            litellm_params:
              model: openrouter/openai/gpt-4o
              api_key: os.environ/OPEN_ROUTER_API_KEY
              temperature: 0.2
              max_tokens: 64
              organization: org-42
              extra_headers: {X-Team: blue, X-Secret: os.environ/TEAM_SECRET}
              extra_body: {provider: {order: [openai]}, transforms: []}
              additional_drop_params: [user, logit_bias]
          - model_name: compatible
            litellm_params:
              model: openai/fault/echo
              api_base: {fake}/
              api_key: os.environ/OPEN_ROUTER_API_KEY
          - model_name: own-headers
            litellm_params:
              model: openrouter/openai/gpt-4o
              api_key: os.environ/OPEN_ROUTER_API_KEY
              extra_headers: {HTTP-Referer: https://operator.example}
        \(once)
        """
}

/// What of a request reaches the upstream, and in which bytes.
@Suite(.serialized, .gateway(Config.rewriting, environment: ["TEAM_SECRET": "team-secret-0123456789"]))
struct Rewriting {
    /// Spellings that a JSON library would not keep: numbers, blanks, escapes, order, unknown and repeated members.
    static let spelling =
        #"{ "z" : 1e400,"a":1.0, "big": 99999999999999999999, "neg":-0.0,"#
        + #""model":"openrouter/fault/echo" , "messages":[ {"role":"user","content":"\u00e9\ud83d\ude00é😀\/","x":null} ],"#
        + #" "temperature":0.70 ,"tools":[],"unknown_field":{"b":1,"a":[true , false]},"seed":007e0}"#

    /// Read in parts (docs/decisions/0012), changed at its beginning and at its end.
    @Test func aLargeBodyIsChangedAsASmallOneIs() throws {
        let texts = ["plain words ", #"\ud83d\ude00\n"#, "é日😀"].map {
            String(repeating: $0, count: 1_500_000 / $0.utf8.count)
        }
        for text in texts {
            for entry in [#""a":1,"#, #""user":"dropped","#] {
                let messages = #""messages":[{"role":"user","content":"\#(text)"},"x",{"a":[1,2]}]"#
                let body =
                    #"{\#(entry)"tags":["x"],"model":1,\#(messages),"max_tokens":5,"model":"tuned","num_retries":0}"#
                let upstream = try stack().exchange("/v1/chat/completions", body).upstream
                let kept = entry.contains("dropped") ? "" : entry
                let start = #"{\#(kept)\#(messages),"max_tokens":5,"model":"openai/gpt-4o""#
                #expect(upstream?.text.hasPrefix(start) == true)
                #expect(upstream?.json?["temperature"] == .number("0.2"))
                #expect(upstream?.json?["num_retries"] == nil && upstream?.json?["user"] == nil)
            }
        }
        let cut = try stack().post("/v1/chat/completions", #"{"model":"tuned","messages":["\#(texts[0])"#)
        #expect(cut.status == 400)
        #expect(cut.errorMessage?.contains("unexpected end at byte") == true)
    }

    @Test func everythingElsePassesByteForByte() throws {
        let body = Self.spelling.replacing("007e0", with: "7e0")
        let (answer, upstream) = try stack().exchange("/v1/chat/completions", body)
        #expect(upstream?.text == body.replacing("openrouter/fault/echo", with: "fault/echo"))
        // And back: the fake says what it got.
        #expect(answer.json?["choices"]?[0]?["message"]?["content"]?.string == upstream?.text)
        let input = body.replacing("\"messages\"", with: "\"input\"")
        let (_, second) = try stack().exchange("/v1/responses", input)
        #expect(second?.text == input.replacing("openrouter/fault/echo", with: "fault/echo"))
    }

    @Test func defaultsAndHeadersAreAdded() throws {
        let (answer, upstream) = try stack().exchange("/v1/chat/completions", chat("tuned"))
        #expect(answer.status == 200)
        #expect(
            upstream?.text
                == #"{"model":"openai/gpt-4o","messages":[{"role":"user","content":"Hi"}],"temperature":0.2,"max_tokens":64,"provider":{"order":["openai"]},"transforms":[]}"#
        )
        #expect(upstream?.field("x-team") == "blue")
        #expect(upstream?.field("x-secret") == "team-secret-0123456789")
        #expect(upstream?.field("openai-organization") == "org-42")
        #expect(answer.field("x-penstock-dropped-params") == nil)
    }

    @Test func theRequestWinsOverDefaults() throws {
        let (_, upstream) = try stack().exchange(
            "/v1/chat/completions",
            chat("tuned", #","temperature":0.90,"provider":{"order":["azure"]},"max_tokens":null"#))
        #expect(
            upstream?.text
                == #"{"model":"openai/gpt-4o","messages":[{"role":"user","content":"Hi"}],"temperature":0.90,"provider":{"order":["azure"]},"max_tokens":null,"transforms":[]}"#
        )
    }

    @Test func whatIsDroppedIsNamed() throws {
        for more in ["", ",\"stream\":true"] {
            let (answer, upstream) = try stack().exchange(
                "/v1/chat/completions", chat("tuned", #","user":"u1","seed":7,"logit_bias":{"1":2}"# + more))
            #expect(answer.field("x-penstock-dropped-params") == "user,logit_bias")
            #expect(upstream?.json?["user"] == nil)
            #expect(upstream?.json?["logit_bias"] == nil)
            #expect(upstream?.json?["seed"] == .number("7"))
        }
    }

    static let gatewayOnly = [
        "num_retries": "3", "timeout": "30", "request_timeout": "5", "fallbacks": "[]", "disable_fallbacks": "true",
        "context_window_fallbacks": "[]", "litellm_metadata": "{}", "tags": "[\"a\"]", "cache": "{\"no-cache\":true}",
        "guardrails": "[]", "drop_params": "true", "additional_drop_params": "[\"a\"]", "mock_response": "\"x\"",
        "keepalive_seconds": "5", "litellm_trace_id": "\"t\"",
    ]

    @Test(arguments: gatewayOnly.keys.sorted()) func whatSpeaksToTheGatewayStaysHere(_ name: String) throws {
        let value = try #require(Self.gatewayOnly[name])
        let plain = chat("openrouter/openai/gpt-4o")
        let (answer, upstream) = try stack().exchange(
            "/v1/chat/completions", chat("openrouter/openai/gpt-4o", ",\"\(name)\":\(value)"))
        #expect(answer.status == 200)
        #expect(upstream?.text == plain.replacing("openrouter/openai", with: "openai"))
    }

    @Test func whatSpeaksToTheProviderGoesThere() throws {
        let more =
            #","metadata":{"a":"b"},"user":"u","models":["openai/gpt-4o-mini"],"provider":{"zdr":true},"transforms":["middle-out"],"reasoning":{"effort":"low"},"plugins":[{"id":"web"}],"store":false"#
        let (_, upstream) = try stack().exchange("/v1/chat/completions", chat("openrouter/openai/gpt-4o", more))
        #expect(upstream?.text == chat("openai/gpt-4o", more))
    }

    @Test func usageIsAskedForWhereItDoesNotComeByItself() throws {
        let (quiet, upstream) = try stack().exchange("/v1/chat/completions", chat("compatible", ",\"stream\":true"))
        #expect(upstream?.json?["stream_options"] == TestJSON(#"{"include_usage":true}"#))
        #expect(quiet.events.allSatisfy { $0.json?["usage"] == nil || $0.json?["choices"]?[0] != nil })
        // OpenRouter sends it anyway.
        let (_, second) = try stack().exchange(
            "/v1/chat/completions", chat("openrouter/openai/gpt-4o", ",\"stream\":true"))
        #expect(second?.text == chat("openai/gpt-4o", ",\"stream\":true"))
        let options = ",\"stream\":true,\"stream_options\":{\"include_obfuscation\":false}"
        let (_, third) = try stack().exchange("/v1/chat/completions", chat("compatible", options))
        #expect(
            third?.json?["stream_options"] == TestJSON(#"{"include_obfuscation":false,"include_usage":true}"#))
    }

    @Test func aTrailingSlashOfTheBaseDoesNotDouble() throws {
        let (_, upstream) = try stack().exchange("/v1/chat/completions", chat("compatible"))
        #expect(upstream?.target == "/api/v1/chat/completions")
        #expect(upstream?.field("http-referer") == nil)
    }

    @Test func theOperatorsAttributionStands() throws {
        let (_, upstream) = try stack().exchange(
            "/v1/chat/completions", chat("own-headers"), [WireField("HTTP-Referer", "https://client.example")])
        #expect(upstream?.fields.all("http-referer") == ["https://operator.example"])
    }

    @Test func theModelsNameIsKeptHoweverItIsSpelt() throws {
        // Escapes in the request's name; the answer names it as it is.
        let (answer, upstream) = try stack().exchange(
            "/v1/chat/completions", #"{"model":"openrouter\/openai\/gpt-4\u006f","messages":[]}"#)
        #expect(upstream?.model == "openai/gpt-4o")
        #expect(answer.json?["model"]?.string == "openrouter/openai/gpt-4o")
    }
}

/// The other endpoints.
@Suite(.serialized, .gateway(Config.endpoints)) struct Endpoints {
    @Test func embeddingsPassInEveryForm() throws {
        let forms: [(String, Int)] = [
            (#""Hi""#, 1), (#"["a","b","c"]"#, 3), ("[1,2,3]", 1), ("[[1,2],[3]]", 2),
        ]
        for (input, count) in forms {
            let body = "{\"model\":\"embedder\",\"input\":\(input)}"
            let (answer, upstream) = try stack().exchange("/v1/embeddings", body)
            #expect(answer.status == 200)
            #expect(upstream?.target == "/api/v1/embeddings")
            #expect(upstream?.model == "openai/text-embedding-3-small")
            #expect(answer.json?["data"]?.array?.count == count)
            #expect(answer.json?["model"]?.string == "embedder")
            #expect(answer.json?["usage"]?["cost"] == .number("6e-8"))
        }
        let base64 = try stack().post("/embeddings", #"{"model":"embedder","input":"Hi","encoding_format":"base64"}"#)
        #expect(base64.json?["data"]?[0]?["embedding"]?.string == "AAAAPwAAgL4AAAAA")
    }

    @Test func completionsPassWholeAndStreamed() throws {
        let body = #"{"model":"openrouter/openai/gpt-4o","prompt":["Say","hello"],"echo":false}"#
        let (answer, upstream) = try stack().exchange("/v1/completions", body)
        #expect(upstream?.target == "/api/v1/completions")
        #expect(upstream?.text == body.replacing("openrouter/openai", with: "openai"))
        #expect(answer.json?["object"]?.string == "text_completion")
        #expect(answer.json?["choices"]?[0]?["text"]?.string == "Hello from the fake.")
        let stream = try stack().post(
            "/v1/completions", #"{"model":"openrouter/openai/gpt-4o","prompt":"Hi","stream":true}"#)
        #expect(
            stream.events.compactMap { $0.json?["choices"]?[0]?["text"]?.string }.joined() == "Hello from the fake.")
        #expect(stream.events.compactMap { $0.json?["choices"]?[0]?["finish_reason"]?.string } == ["stop"])
        #expect(stream.events.last?.data == "[DONE]")
        #expect(stream.events.allSatisfy { $0.json?["usage"] == nil || $0.json?["choices"]?[0] != nil })
    }

    @Test(arguments: [
        "/engines/openrouter/openai/gpt-4o/chat/completions", "/v1/engines/mymodel/chat/completions",
        "/openai/deployments/mymodel/chat/completions?api-version=2024-02-01",
        "/openai/deployments/openrouter/openai/gpt-4o/chat/completions",
    ])
    func theModelMayStandInThePath(_ path: String) throws {
        let (answer, upstream) = try stack().exchange(path, #"{"messages":[]}"#)
        #expect(answer.status == 200)
        #expect(upstream?.text == #"{"messages":[],"model":"openai/gpt-4o"}"#)
        #expect(upstream?.target == "/api/v1/chat/completions")
        // A name in the body wins.
        let (_, second) = try stack().exchange(path, chat("openrouter/openai/gpt-4o-mini"))
        #expect(second?.model == "openai/gpt-4o-mini")
    }

    @Test func anEndpointThatAProviderDoesNotHaveIs501() throws {
        let (answer, upstream) = try stack().exchange("/v1/responses", responses("deepseek-chat"))
        #expect(upstream == nil)
        #expect(answer.status == 501)
        #expect(
            answer.text
                == #"{"error":{"message":"The model 'deepseek-chat' is served by deepseek, which does not speak /responses; this gateway does not translate it yet.","type":"invalid_request_error","param":"model","code":"endpoint_not_supported"}}"#
        )
        let (chats, second) = try stack().exchange("/v1/chat/completions", chat("deepseek-chat"))
        #expect(chats.status == 200)
        #expect(second?.model == "deepseek/deepseek-chat")
    }

    @Test func aProviderWhoseDialectIsNotSpokenIs501() throws {
        let (answer, upstream) = try stack().exchange("/v1/chat/completions", chat("claude"))
        #expect(upstream == nil)
        #expect(answer.status == 501)
        #expect(answer.errorCode == "provider_not_supported")
    }
}

extension Config {
    static let endpoints = """
        model_list:
          - model_name: openrouter/*
            litellm_params:
              model: openrouter/*
              api_key: os.environ/OPEN_ROUTER_API_KEY
          - model_name: mymodel
            litellm_params:
              model: openrouter/openai/gpt-4o
              api_key: os.environ/OPEN_ROUTER_API_KEY
          - model_name: embedder
            litellm_params:
              model: openrouter/openai/text-embedding-3-small
              api_key: os.environ/OPEN_ROUTER_API_KEY
            model_info: {mode: embedding}
          - model_name: deepseek-chat
            litellm_params:
              model: deepseek/deepseek/deepseek-chat
              api_base: {fake}
              api_key: os.environ/OPEN_ROUTER_API_KEY
          - model_name: claude
            litellm_params:
              model: bedrock/anthropic.claude-3
        \(once)
        """
}
