import TestSupport
import Testing

/// One line per request, without keys and without what people wrote.
@Suite(.serialized, .gateway()) struct RequestLog {
    @Test func aRequestIsOneLine() throws {
        let stack = try stack()
        let answer = try stack.post("/v1/chat/completions", chat("mymodel"))
        let line = try stack.requestLine(answer)
        let id = answer.field("x-request-id")
        #expect(stack.requestLines.count { $0["request_id"]?.string == id } == 1)
        #expect(
            line.names == [
                "time", "level", "message", "request_id", "method", "path", "status", "model", "group", "deployment",
                "provider", "upstream_model", "answered_model", "answered_provider", "attempts", "duration_ms",
                "upstream_first_byte_ms", "overhead_ms",
                "prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens", "reasoning_tokens", "cost_usd",
                "request_bytes", "answer_bytes",
            ])
        #expect(line["level"]?.string == "info")
        #expect(line["method"]?.string == "POST")
        #expect(line["path"]?.string == "/v1/chat/completions")
        #expect(line["status"]?.int == 200)
        #expect(line["model"]?.string == "mymodel")
        #expect(line["group"]?.string == "mymodel")
        #expect(line["provider"]?.string == "openrouter")
        #expect(line["upstream_model"]?.string == "openai/gpt-4o")
        #expect(line["attempts"]?.int == 1)
        #expect(line["prompt_tokens"]?.int == 12)
        #expect(line["completion_tokens"]?.int == 5)
        #expect(line["total_tokens"]?.int == 17)
        #expect(line["cost_usd"]?.double == 0.00008)
        #expect(line["request_bytes"]?.int == chat("mymodel").utf8.count)
        #expect(line["answer_bytes"]?.int == answer.body.count)
    }

    @Test func aStreamTellsItsFirstToken() throws {
        let stack = try stack()
        let answer = try stack.post("/v1/responses", responses("mymodel", ",\"stream\":true"))
        let line = try stack.requestLine(answer)
        #expect(line["stream"]?.bool == true)
        #expect(line["first_token_ms"]?.double != nil)
        #expect(line["prompt_tokens"]?.int == 12)
        #expect(line["answer_bytes"]?.int == answer.body.count)
    }

    @Test func failuresTellTheirCause() throws {
        let stack = try stack()
        for (model, more, status, error, level) in [
            ("openrouter/fault/429", "", 429, "429", "warning"), ("openrouter/fault/502", "", 502, "502", "error"),
            ("openrouter/fault/cut-body", "", 502, "upstream_cut", "error"),
            ("openrouter/fault/stream-eof", ",\"stream\":true", 200, "cut", "info"),
            ("nope", "", 404, "model_not_found", "warning"),
        ] {
            let answer = try stack.post("/v1/chat/completions", chat(model, more))
            let line = try stack.requestLine(answer)
            #expect(line["status"]?.int == status)
            #expect(line["error"]?.string == error)
            #expect(line["level"]?.string == level)
        }
        let refused = try stack.get("/v1/models", key: Secrets.wrong)
        let line = try stack.requestLine(refused)
        #expect(line["error"]?.string == "invalid_api_key")
    }

    @Test func nobodysWordsAreLogged() throws {
        let stack = try stack()
        let body = #"{"model":"mymodel","messages":[{"role":"user","content":"the-secret-of-the-user"}]}"#
        let answer = try stack.post("/v1/chat/completions?api_key=\(Secrets.wrong)", body)
        _ = try stack.requestLine(answer)
        #expect(!stack.gateway.output.contains("the-secret-of-the-user"))
        #expect(!stack.gateway.output.contains("Hello from the fake"))
    }

    @Test func aNameCannotForgeALine() throws {
        let stack = try stack()
        let answer = try stack.post("/v1/chat/completions", chat(#"x\n{\"message\":\"request\"}\u0000"#))
        #expect(answer.status == 404)
        let line = try stack.requestLine(answer)
        #expect(line["model"]?.string == "x\n{\"message\":\"request\"}\u{0}")
        #expect(answer.fields.allSatisfy { !$0.value.contains("\n") })
    }
}

@Suite(.serialized, .gateway(arguments: ["--log-level", "debug"])) struct DebugLog {
    @Test func theUpstreamRequestCanBeRepeated() throws {
        let stack = try stack()
        let body = #"{"model":"mymodel","messages":[{"role":"user","content":"it's"}]}"#
        let answer = try stack.post("/v1/chat/completions", body)
        let id = answer.field("x-request-id")
        _ = try stack.requestLine(answer)
        let lines = stack.gateway.output.split(separator: "\n").compactMap { TestJSON(String($0)) }
        let line = try #require(
            lines.first { $0["message"]?.string == "upstream request" && $0["request_id"]?.string == id })
        let curl = try #require(line["curl"]?.string)
        #expect(curl.hasPrefix("curl '\(stack.fake.baseURL)/chat/completions' -H '"))
        #expect(curl.contains("Authorization: Bearer [redacted]") || curl.contains("authorization: Bearer [redacted]"))
        #expect(
            curl.hasSuffix(#" -d '{"model":"openai/gpt-4o","messages":[{"role":"user","content":"it'\''s"}]}'"#))
    }

    @Test func noKeyIsInItWhateverGoesWrong() throws {
        let stack = try stack()
        for name in FakeOpenRouter.refusalNames + ["echo-key", "echo-key-error", "echo", "cut-body", "garbage"] {
            _ = try stack.post("/v1/chat/completions", chat("openrouter/fault/\(name)"))
        }
        let last = try stack.post("/v1/chat/completions", chat("mymodel", ",\"user\":\"\(Secrets.wrong)\""))
        _ = try stack.requestLine(last)
        #expect(!stack.gateway.output.contains(Stack.providerKey))
        #expect(!stack.gateway.output.contains(Secrets.wrong))
    }
}
