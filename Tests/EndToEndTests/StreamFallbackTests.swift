import TestSupport
import Testing

extension Config {
    /// Upstreams that are silent until a heartbeat has begun the answer.
    static let streamFallbacks = """
        model_list:
          - model_name: slow
            litellm_params: &slow
              model: openrouter/fault/never-answers
              api_key: os.environ/OPEN_ROUTER_API_KEY
              keepalive_seconds: 0.05
              stream_timeout: 0.3
          - model_name: broken
            litellm_params:
              model: openrouter/fault/502
              api_key: os.environ/OPEN_ROUTER_API_KEY
          - model_name: good
            litellm_params:
              model: openrouter/openai/gpt-4o
              api_key: os.environ/OPEN_ROUTER_API_KEY
          - model_name: demo
            litellm_params:
              model: openai/demo
              mock_response: Hello from nobody.
          - model_name: refusing
            litellm_params:
              model: openai/refusing
              mock_response: litellm.ContextWindowExceededError
        \(once)
        """
}

/// A heartbeat has begun the answer as events, and what stands in for the failed deployment would not stream.
@Suite(.serialized, .gateway(Config.streamFallbacks)) struct StreamFallbacks {
    struct Case: Sendable, CustomTestStringConvertible {
        let fallback: String
        let text: String
        var testDescription: String { fallback }
    }

    static let cases = [
        Case(fallback: #""good""#, text: "Hello from the fake."),
        Case(fallback: #"{"model":"good","stream":false}"#, text: "Hello from the fake."),
        Case(fallback: #"{"model":"good","stream":null}"#, text: "Hello from the fake."),
        Case(fallback: #"{"model":"good","stream":true}"#, text: "Hello from the fake."),
        Case(fallback: #""demo""#, text: "Hello from nobody."),
        Case(fallback: #"{"model":"demo","stream":false}"#, text: "Hello from nobody."),
    ]

    @Test(arguments: cases) func theFallbackAnswersAsEvents(_ c: Case) throws {
        let chat = try stack().post(
            "/v1/chat/completions", chat("slow", ",\"stream\":true,\"fallbacks\":[\(c.fallback)]"))
        #expect(chat.status == 200)
        #expect(chat.text.contains(": keep-alive"))
        #expect(content(chat.events) == c.text)
        #expect(chat.events.last?.data == "[DONE]")

        let responses = try stack().post(
            "/v1/responses", responses("slow", ",\"stream\":true,\"fallbacks\":[\(c.fallback)]"))
        #expect(responses.text.contains(": keep-alive"))
        #expect(outputText(responses.events) == c.text)
        #expect(responses.events.last?.name == "response.completed")
        #expect(try stack().gateway.exit == nil)
    }

    @Test func withoutAHeartbeatTheClientStillGetsWhatItAskedFor() throws {
        let streamed = try stack().post(
            "/v1/chat/completions",
            chat("broken", ",\"stream\":true,\"fallbacks\":[{\"model\":\"good\",\"stream\":false}]"))
        #expect(streamed.field("content-type") == "text/event-stream; charset=utf-8")
        #expect(content(streamed.events) == "Hello from the fake.")
        #expect(streamed.events.last?.data == "[DONE]")

        let whole = try stack().post(
            "/v1/chat/completions", chat("broken", ",\"fallbacks\":[{\"model\":\"good\",\"stream\":true}]"))
        #expect(whole.status == 400)
        #expect(whole.json?["error"]?["param"]?.string == "fallbacks")
    }

    @Test func anEntryThatMakesNoSenseIsRefused() throws {
        let answer = try stack().post(
            "/v1/chat/completions", chat("slow", #","stream":true,"fallbacks":[{"model":"good","stream":"yes"}]"#))
        #expect(answer.status == 400)
        #expect(answer.json?["error"]?["param"]?.string == "fallbacks")
    }

    @Test(arguments: [#""refusing""#, #"{"model":"good","messages":null,"input":"Hi"}"#])
    func aFallbackThatCannotAnswerIsAnErrorEvent(_ fallback: String) throws {
        let answer = try stack().post(
            "/v1/chat/completions", chat("slow", ",\"stream\":true,\"fallbacks\":[\(fallback)]"))
        #expect(answer.status == 200)
        #expect(answer.events.last?.json?.names == ["error"])
        #expect(!answer.text.contains("[DONE]"))
        #expect(try stack().gateway.exit == nil)
    }
}
