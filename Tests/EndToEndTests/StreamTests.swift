import TestSupport
import Testing

extension Config {
    static let streams = """
        model_list:
          - model_name: openrouter/*
            litellm_params: &usual
              model: openrouter/*
              api_key: os.environ/OPEN_ROUTER_API_KEY
          - model_name: hasty/*
            litellm_params:
              <<: *usual
              stream_timeout: 0.3
          - model_name: beat/*
            litellm_params:
              <<: *usual
              keepalive_seconds: 0.1
          - model_name: beat-hasty/*
            litellm_params:
              <<: *usual
              keepalive_seconds: 0.1
              stream_timeout: 0.5
          - model_name: demo
            litellm_params:
              model: openai/demo
              mock_response: Hello from nobody.
        \(once)
        """
}

/// Streams that break, streams that end, and clients that leave.
@Suite(.serialized, .gateway(Config.streams)) struct Streams {
    struct Break: Sendable, CustomTestStringConvertible {
        let model: String
        let text: String
        let message: String
        let code: String
        var testDescription: String { model }

        init(_ model: String, _ message: String, code: String, text: String = "Hello from") {
            (self.model, self.message, self.code, self.text) = (model, message, code, text)
        }
    }

    private static let cut = #"The upstream of "openrouter/*" closed the connection in the middle of its answer."#

    /// After the first content: the text so far, then the error, then the end.
    static let chatBreaks: [Break] = [
        Break("openrouter/fault/stream-mid-error", "Provider disconnected", code: #""502""#),
        Break("openrouter/fault/stream-mid-error-string-code", "Provider disconnected", code: #""server_error""#),
        Break("openrouter/fault/stream-mid-error-empty-choices", "Provider disconnected", code: #""502""#),
        Break("openrouter/fault/stream-mid-error-done", "Provider disconnected", code: #""502""#),
        Break(
            "openrouter/fault/native-finish-error",
            #"The upstream of "openrouter/*" broke the answer off (finish_reason 'error')."#,
            code: "null", text: "Hello from the fake."),
        Break("openrouter/fault/stream-reset", cut, code: #""upstream_cut""#),
        Break("openrouter/fault/stream-eof", cut, code: #""upstream_cut""#),
        Break("openrouter/fault/stream-clean-end", cut, code: #""upstream_cut""#),
        Break(
            "openrouter/fault/stream-bad-json",
            #"The upstream of "openrouter/*" sent a stream event that is not valid JSON."#,
            code: #""upstream_malformed""#),
        Break(
            "hasty/fault/stream-stall",
            #"The upstream of "hasty/*" fell silent in the middle of its answer (idle timeout)."#,
            code: #""upstream_timeout_idle""#, text: "Hello"),
        // Comments are no tokens, also after the first one.
        Break(
            "hasty/fault/comments-after-content",
            #"The upstream of "hasty/*" fell silent in the middle of its answer (idle timeout)."#,
            code: #""upstream_timeout_idle""#),
    ]

    @Test(arguments: chatBreaks) func aBrokenChatStreamEndsVisibly(_ c: Break) throws {
        for more in [",\"stream\":true", ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"] {
            let answer = try stack().post("/v1/chat/completions", chat(c.model, more))
            #expect(answer.status == 200)
            #expect(content(answer.events) == c.text)
            let error = try #require(answer.events.last?.json)
            #expect(error.names == ["error"])
            #expect(error["error"]?["message"]?.string == c.message)
            #expect(error["error"]?["provider"]?.string == "openrouter")
            #expect(error["error"]?["request_id"]?.string == answer.field("x-request-id"))
            #expect(error["error"]?["type"]?.string?.isEmpty == false)
            #expect(answer.events.last?.data.contains("\"code\":\(c.code)") == true)
            // Nothing that would make the text look complete.
            #expect(!answer.text.contains("[DONE]"))
            #expect(answer.events.allSatisfy { $0.json?["choices"]?[0]?["finish_reason"]?.string == nil })
        }
    }

    static let responsesBreaks: [Break] = [
        Break("openrouter/fault/stream-mid-error", "Provider disconnected", code: "server_error"),
        Break("openrouter/fault/stream-mid-error-nested", "Provider disconnected", code: "server_error"),
        Break("openrouter/fault/stream-mid-error-flat", "Provider disconnected", code: "server_error"),
        Break("openrouter/fault/stream-reset", cut, code: "upstream_cut"),
        Break("openrouter/fault/stream-eof", cut, code: "upstream_cut"),
        Break("openrouter/fault/stream-clean-end", cut, code: "upstream_cut"),
        Break("openrouter/fault/no-done", cut, code: "upstream_cut", text: "Hello from the fake."),
        Break(
            "openrouter/fault/stream-bad-json",
            #"The upstream of "openrouter/*" sent a stream event that is not valid JSON."#,
            code: "upstream_malformed"),
        Break(
            "hasty/fault/stream-stall",
            #"The upstream of "hasty/*" fell silent in the middle of its answer (idle timeout)."#,
            code: "upstream_timeout_idle", text: "Hello"),
    ]

    @Test(arguments: responsesBreaks) func aBrokenResponsesStreamEndsVisibly(_ c: Break) throws {
        let answer = try stack().post("/v1/responses", responses(c.model, ",\"stream\":true"))
        #expect(answer.status == 200)
        #expect(outputText(answer.events) == c.text)
        let last = try #require(answer.events.last)
        #expect(last.name == "error")
        #expect(last.json?["type"]?.string == "error")
        #expect(last.json?["message"]?.string == c.message)
        #expect(last.json?["code"]?.string == c.code)
        let numbers = answer.events.compactMap { $0.json?["sequence_number"]?.int }
        #expect(numbers == Array(0..<answer.events.count))
        #expect(!answer.events.contains { $0.name == "response.completed" })
        #expect(!answer.text.contains("[DONE]"))
    }

    /// The bytes say what an answer is, and not its label.
    @Test(arguments: ["fault/stream-as-json", "fault/json-as-stream"])
    func aLabelIsNotBelieved(_ fault: String) throws {
        let stream = try stack().post("/v1/chat/completions", chat("openrouter/\(fault)", ",\"stream\":true"))
        #expect(stream.field("content-type") == "text/event-stream; charset=utf-8")
        #expect(content(stream.events) == "Hello from the fake.")
        #expect(stream.events.last?.data == "[DONE]")
        let response = try stack().post("/v1/responses", responses("openrouter/\(fault)", ",\"stream\":true"))
        #expect(outputText(response.events) == "Hello from the fake.")
        #expect(response.events.last?.name == "response.completed")
    }

    @Test func anErrorBeforeTheFirstContentIsAStatus() throws {
        for (path, body) in [
            ("/v1/chat/completions", chat("openrouter/fault/stream-first-error", ",\"stream\":true")),
            ("/v1/responses", responses("openrouter/fault/stream-first-error", ",\"stream\":true")),
        ] {
            let answer = try stack().post(path, body)
            #expect(answer.status == 502)
            #expect(answer.errorMessage == "Provider disconnected")
            #expect(answer.field("content-type") == "application/json")
        }
    }

    @Test(arguments: [
        "openai/gpt-4o", "fault/usage-a", "fault/usage-b", "fault/no-done", "fault/crlf", "fault/sloppy",
        "fault/slow-comments", "fault/json-on-stream", "fault/gzip",
    ])
    func usageComesOnceAndOnlyWhenItIsAskedFor(_ name: String) throws {
        let model = "openrouter/" + name
        let without = try stack().post("/v1/chat/completions", chat(model, ",\"stream\":true"))
        ChatStreamShape.check(without, text: "Hello from the fake.", model: model, wantsUsage: false)
        let no = ",\"stream\":true,\"stream_options\":{\"include_usage\":false}"
        let refused = try stack().post("/v1/chat/completions", chat(model, no))
        ChatStreamShape.check(refused, text: "Hello from the fake.", model: model, wantsUsage: false)
        for asking in ["\"stream_options\":{\"include_usage\":true}", "\"usage\":{\"include\":true}"] {
            let (with, upstream) = try stack().exchange(
                "/v1/chat/completions", chat(model, ",\"stream\":true,\(asking)"))
            ChatStreamShape.check(with, text: "Hello from the fake.", model: model, wantsUsage: true)
            #expect(upstream?.text.contains(asking) == true)
        }
        // The record has it either way.
        let line = try stack().requestLine(without)
        #expect(line["prompt_tokens"]?.int == 12)
        #expect(line["completion_tokens"]?.int == 5)
    }

    @Test func aStreamIsPassedOnByteForByteButForTheModel() throws {
        let answer = try stack().post("/v1/chat/completions", chat("openrouter/openai/gpt-4o", ",\"stream\":true"))
        let first = try #require(answer.events.first?.data)
        #expect(first.hasPrefix("{\"id\":\"gen-1776809776-AbCdEfGhIjKl"))
        #expect(
            first.hasSuffix(
                #""object":"chat.completion.chunk","created":1776809776,"model":"openrouter/openai/gpt-4o","provider":"OpenAI","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null,"native_finish_reason":null,"logprobs":null}]}"#
            ))
        #expect(!answer.text.contains(": OPENROUTER"))
    }

    @Test func toolCallsAndReasoningPass() throws {
        let tools = try stack().post("/v1/chat/completions", chat("openrouter/fault/tools", ",\"stream\":true"))
        let calls = tools.events.flatMap { $0.json?["choices"]?[0]?["delta"]?["tool_calls"]?.array ?? [] }
        #expect(calls.compactMap { $0["id"]?.string } == ["call_paris", "call_rome"])
        let arguments = [0, 1].map { index in
            calls.filter { $0["index"]?.int == index }.compactMap { $0["function"]?["arguments"]?.string }.joined()
        }
        #expect(arguments == [#"{"city":"Paris"}"#, #"{"city":"Rome"}"#])
        #expect(
            tools.events.compactMap { $0.json?["choices"]?[0]?["finish_reason"]?.string } == ["tool_calls"])
        let thought = try stack().post("/v1/chat/completions", chat("openrouter/fault/reasoning", ",\"stream\":true"))
        let reasoning = thought.events.compactMap { $0.json?["choices"]?[0]?["delta"]?["reasoning"]?.string }
        #expect(reasoning.joined() == "Think first.")
        #expect(thought.events.contains { $0.data.contains("reasoning_details") })
    }

    /// A budget that thinking has eaten is an answer, not a failure.
    @Test func emptyContentWithFinishLengthIsAnAnswer() throws {
        let model = "openrouter/fault/reasoning-only"
        let whole = try stack().post("/v1/chat/completions", chat(model))
        #expect(whole.status == 200)
        #expect(whole.json?["choices"]?[0]?["finish_reason"]?.string == "length")
        #expect(whole.json?["choices"]?[0]?["message"]?["content"]?.string == "")
        let stream = try stack().post("/v1/chat/completions", chat(model, ",\"stream\":true"))
        #expect(stream.status == 200)
        #expect(stream.events.compactMap { $0.json?["choices"]?[0]?["finish_reason"]?.string } == ["length"])
        #expect(stream.events.last?.data == "[DONE]")
        let response = try stack().post("/v1/responses", responses(model, ",\"stream\":true"))
        #expect(response.events.last?.name == "response.incomplete")
        let unary = try stack().post("/v1/responses", responses(model))
        #expect(unary.json?["status"]?.string == "incomplete")
    }

    @Test func jsonInPlaceOfAStreamBecomesOne() throws {
        let answer = try stack().post(
            "/v1/responses", responses("openrouter/fault/json-on-stream", ",\"stream\":true"))
        #expect(outputText(answer.events) == "Hello from the fake.")
        #expect(answer.events.map(\.name).first == "response.created")
        #expect(answer.events.map(\.name).last == "response.completed")
        let numbers = answer.events.compactMap { $0.json?["sequence_number"]?.int }
        #expect(numbers == Array(0..<answer.events.count))
    }

    @Test func contentIsPassedOnAsItComes() throws {
        let client = try TestHTTPClient(port: stack().port)
        try client.post(
            "/v1/chat/completions", chat("openrouter/fault/stream-endless", ",\"stream\":true"), key: Stack.masterKey)
        var answer = try client.head()
        #expect(answer.status == 200)
        try client.read(&answer, until: "Hello")
        client.close()
    }

    // MARK: clients that leave

    @Test(arguments: [
        ("openrouter/fault/stream-endless", ",\"stream\":true", true),
        ("openrouter/fault/stream-stall", ",\"stream\":true", true),
        ("openrouter/fault/stream-flood", ",\"stream\":true", true),
        ("openrouter/fault/stream-stall-before-content", ",\"stream\":true", false),
        ("openrouter/fault/never-answers", ",\"stream\":true", false),
        ("openrouter/fault/never-answers", "", false), ("openrouter/fault/stall-after-head", "", false),
        ("openrouter/fault/delay-60000", "", false),
    ])
    func aClientThatLeavesEndsTheUpstreamCall(_ model: String, _ more: String, _ hasContent: Bool) throws {
        let stack = try stack()
        for reset in [false, true] {
            stack.fake.forgetRequests()
            let client = try TestHTTPClient(port: stack.port)
            try client.post("/v1/chat/completions", chat(model, more), key: Stack.masterKey)
            let upstream = try #require(stack.fake.waitForRequests(1).first)
            if hasContent {
                var answer = try client.head()
                try client.read(&answer, until: "Hello")
            }
            let began = ContinuousClock.now
            if reset { client.reset() } else { client.close() }
            let left = stack.fake.waitForClientToLeave(request: upstream.number, timeout: .seconds(5))
            #expect(left.map { $0 - began < .seconds(1) } == true, "reset: \(reset)")
        }
        #expect(stack.gateway.waitForOutput("\"client_left\":true"))
    }

    @Test func aClientThatDoesNotReadStopsTheUpstreamFromBeingRead() throws {
        let stack = try stack()
        stack.fake.forgetRequests()
        let client = try TestHTTPClient(port: stack.port)
        client.readSlowly()
        try client.post(
            "/v1/chat/completions", chat("openrouter/fault/stream-flood", ",\"stream\":true"), key: Stack.masterKey)
        var answer = try client.head()
        try client.read(&answer, until: "Hello")
        // Meanwhile others are served.
        for _ in 0..<20 { #expect(try stack.post("/v1/chat/completions", chat("demo")).status == 200) }
        client.close()
        #expect(stack.fake.waitForClientToLeave(request: stack.fake.requests[0].number) != nil)
    }

    // MARK: heartbeats

    @Test func commentsComeBeforeTheFirstContent() throws {
        let client = try TestHTTPClient(port: stack().port)
        let model = "beat/fault/stream-stall-before-content"
        try client.post("/v1/chat/completions", chat(model, ",\"stream\":true"), key: Stack.masterKey)
        var answer = try client.head()
        #expect(answer.status == 200)
        try client.read(&answer, until: ": keep-alive\n\n: keep-alive\n\n")
        #expect(answer.events.isEmpty || content(answer.events).isEmpty)
        client.close()
    }

    @Test func commentsComeWhileTheUpstreamHasNotAnsweredAtAll() throws {
        let client = try TestHTTPClient(port: stack().port)
        try client.post(
            "/v1/chat/completions", chat("beat/fault/never-answers", ",\"stream\":true"), key: Stack.masterKey)
        var answer = try client.head()
        #expect(answer.status == 200)
        try client.read(&answer, until: ": keep-alive\n\n: keep-alive\n\n")
        client.close()
    }

    @Test func commentsComeBetweenContents() throws {
        let client = try TestHTTPClient(port: stack().port)
        try client.post(
            "/v1/chat/completions", chat("beat/fault/stream-stall", ",\"stream\":true"), key: Stack.masterKey)
        var answer = try client.head()
        try client.read(&answer, until: ": keep-alive\n\n: keep-alive\n\n")
        #expect(content(answer.events) == "Hello")
        client.close()
    }

    /// The provider's comments are its own affair; the client gets the gateway's.
    @Test func commentsOfTheProviderAreReplaced() throws {
        let client = try TestHTTPClient(port: stack().port)
        try client.post(
            "/v1/chat/completions", chat("beat/fault/comments-only", ",\"stream\":true"), key: Stack.masterKey)
        var answer = try client.head()
        let text = try client.read(&answer, until: String(repeating: ": keep-alive\n\n", count: 7))
        #expect(!text.contains("OPENROUTER"))
        client.close()
    }

    @Test(arguments: [
        ("/v1/chat/completions", "beat-hasty/fault/stream-stall-before-content", "upstream_timeout_first_token"),
        ("/v1/chat/completions", "beat-hasty/fault/stream-stall", "upstream_timeout_idle"),
        ("/v1/chat/completions", "beat-hasty/fault/never-answers", "upstream_timeout_first_byte"),
        ("/v1/responses", "beat-hasty/fault/stream-stall-before-content", "upstream_timeout_first_token"),
    ])
    func aFailureAfterAHeartbeatIsAnErrorEvent(_ path: String, _ model: String, _ code: String) throws {
        let body = path == "/v1/responses" ? responses(model, ",\"stream\":true") : chat(model, ",\"stream\":true")
        let answer = try stack().post(path, body)
        #expect(answer.status == 200)
        #expect(ServerSentEvent.comments(in: answer.body).contains(" keep-alive"))
        let last = try #require(answer.events.last)
        #expect(last.json?["error"]?["code"]?.string == code || last.json?["code"]?.string == code)
        #expect(!answer.text.contains("[DONE]"))
    }

    // MARK: canned answers

    @Test func aCannedAnswerStreams() throws {
        let answer = try stack().post(
            "/v1/chat/completions", chat("demo", ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"))
        #expect(content(answer.events) == "Hello from nobody.")
        #expect(answer.events.last?.data == "[DONE]")
        let response = try stack().post("/v1/responses", responses("demo", ",\"stream\":true"))
        #expect(outputText(response.events) == "Hello from nobody.")
    }
}
