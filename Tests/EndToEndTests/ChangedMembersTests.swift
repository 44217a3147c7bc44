import TestSupport
import Testing

/// What does not go upstream as it came is named to the client.
@Suite(.serialized, .gateway(Config.rewriting, environment: ["TEAM_SECRET": "team-secret-0123456789"]))
struct ChangedMembers {
    static let model = "openrouter/openai/gpt-4o"

    /// LiteLLM's own, each with a value that it takes.
    static let ofLiteLLM: [String: String] = [
        "litellm_session_id": #""s""#, "litellm_trace_id": #""t""#, "litellm_metadata": "{}",
        "litellm_call_id": #""c""#,
        "litellm_anything_else_of_the_future": "{\"a\":[1]}", "no-log": "true", "caching": "true", "ttl": "60",
        "s-maxage": "600", "cache": #"{"no-cache":true}"#, "prompt_id": #""p""#, "prompt_variables": #"{"a":"b"}"#,
        "disable_global_guardrails": "true", "guardrails": "[]", "max_retries": "2", "num_retries": "0",
        "fallbacks": "[]", "extra_headers": #"{"X-A":"b"}"#, "ssl_verify": "false", "tags": #"["a"]"#, "timeout": "30",
        "custom_llm_provider": #""openai""#, "mock_response": #""x""#, "model_info": "{}", "drop_params": "true",
        "additional_drop_params": #"["a"]"#, "aws_secret_access_key": #""k""#,
    ]

    @Test(arguments: ofLiteLLM.keys.sorted()) func whatIsLiteLLMsStaysHereAndIsNamed(_ name: String) throws {
        let value = try #require(Self.ofLiteLLM[name])
        for more in ["", ",\"stream\":true"] {
            let (answer, upstream) = try stack().exchange(
                "/v1/chat/completions", chat(Self.model, "\(more),\"\(name)\":\(value)"))
            #expect(answer.status == 200, "\(answer.text)")
            #expect(upstream?.text == chat("openai/gpt-4o", more))
            #expect(answer.field("x-penstock-changed") == name)
            #expect(answer.field("x-penstock-dropped-params") == name)
        }
    }

    @Test func whatOthersDefineUnderSuchNamesPasses() throws {
        let more =
            #","metadata":{"tags":["a"]},"user":"u","prompt":{"id":"p"},"provider":{"zdr":true},"models":["a/b"],"session_id":"s","cache_control":{"type":"ephemeral"},"prompt_cache_key":"k","order":1,"id":"x""#
        let (answer, upstream) = try stack().exchange("/v1/chat/completions", chat(Self.model, more))
        #expect(upstream?.text == chat("openai/gpt-4o", more))
        #expect(answer.field("x-penstock-changed") == nil)
    }

    @Test func everyOneIsNamedOnceInTheirOrder() throws {
        let (answer, upstream) = try stack().exchange(
            "/v1/chat/completions",
            chat("tuned", #","ttl":1,"user":"u","litellm_a":1,"ttl":2,"no-log":true,"litellm_a":2,"litellm_\"b\r\n":3"#)
        )
        #expect(answer.field("x-penstock-changed") == "ttl,litellm_a,no-log,litellm_*,user")
        #expect(upstream?.json?.names == ["model", "messages", "temperature", "max_tokens", "provider", "transforms"])
    }

    @Test func manyAreNoLongField() throws {
        let many = (0..<5000).map { ",\"litellm_\($0)\":1" }.joined()
        let (answer, upstream) = try stack().exchange("/v1/chat/completions", chat(Self.model, many))
        #expect(answer.status == 200)
        #expect(upstream?.text == chat("openai/gpt-4o"))
        #expect((answer.field("x-penstock-changed")?.utf8.count ?? 0) < 2000)
    }

    @Test func anErrorNamesThemToo() throws {
        let answer = try stack().post("/v1/chat/completions", chat("openrouter/fault/status-400", #","ttl":1"#))
        #expect(answer.status == 400)
        #expect(answer.field("x-penstock-changed") == "ttl")
    }

    @Test func optionsOfAStreamThatGetTheUsageAreNamed() throws {
        let answer = try stack().post(
            "/v1/chat/completions", chat("compatible", #","stream":true,"stream_options":{"a":1}"#))
        #expect(answer.field("x-penstock-changed") == "stream_options")
        let plain = try stack().post("/v1/chat/completions", chat("compatible", #","stream":true"#))
        #expect(plain.field("x-penstock-changed") == nil, "it has sent none")
    }

    // MARK: wishes that cannot be granted

    @Test(arguments: [
        (#""guardrails":["pii"]"#, "guardrails"), (#""guardrails":{"pii":true}"#, "guardrails"),
        (#""guardrails":"pii""#, "guardrails"), (#""metadata":{"guardrails":["pii"]}"#, "metadata.guardrails"),
        (#""litellm_metadata":{"guardrails":["pii"]}"#, "litellm_metadata.guardrails"),
    ])
    func guardrailsAreNotLeftOutInSilence(_ c: (member: String, param: String)) throws {
        for path in ["/v1/chat/completions", "/v1/responses"] {
            let body =
                path.hasSuffix("responses") ? responses(Self.model, ",\(c.member)") : chat(Self.model, ",\(c.member)")
            let (answer, upstream) = try stack().exchange(path, body)
            #expect(answer.status == 400)
            #expect(answer.json?["error"]?["param"]?.string == c.param)
            #expect(answer.errorMessage?.contains("general_settings.ignore_guardrails") == true)
            #expect(upstream == nil)
        }
    }

    @Test(arguments: ["null", "[]", "{}", "\"\"", "false"]) func noneAtAllIsNoWish(_ value: String) throws {
        #expect(try stack().post("/v1/chat/completions", chat(Self.model, ",\"guardrails\":\(value)")).status == 200)
        // A label of OpenAI's metadata.
        let label = #","metadata":{"guardrails":"on"}"#
        #expect(
            try stack().exchange("/v1/chat/completions", chat(Self.model, label)).upstream?.text
                == chat("openai/gpt-4o", label))
    }

    @Test func ofACacheOnlyItsAbsenceIsGranted() throws {
        func changed(_ cache: String) throws -> String? {
            try stack().post("/v1/chat/completions", chat(Self.model, ",\"cache\":\(cache)")).field(
                "x-penstock-changed")
        }
        #expect(try changed(#"{"no-cache":true,"no-store":true}"#) == "cache")
        #expect(try changed(#"{"no-cache":true,"ttl":60,"namespace":"n"}"#) == "cache,cache.ttl,cache.namespace")
    }
}

@Suite(.serialized, .gateway(Config.usual + "\ngeneral_settings: {ignore_guardrails: true}"))
struct IgnoredGuardrails {
    @Test func theyAreTakenOutAndNamed() throws {
        let (answer, upstream) = try stack().exchange(
            "/v1/chat/completions", chat("mymodel", #","guardrails":["pii"]"#))
        #expect(answer.status == 200)
        #expect(answer.field("x-penstock-changed") == "guardrails")
        #expect(upstream?.text == chat("openai/gpt-4o"))
    }
}
