import TestSupport
import Testing

extension RouterConfig {
    static let echoes = """
        model_list:
          - model_name: strict
            litellm_params: &one {model: openrouter/fault/refuses-stop, api_key: os.environ/OPEN_ROUTER_API_KEY}
            model_info: {id: strict-1}
          - {model_name: strict, litellm_params: {<<: *one}, model_info: {id: strict-2}}
          - {model_name: alone, litellm_params: {<<: *one}, model_info: {id: alone}}
          - {model_name: served, litellm_params: {<<: *one, model: openrouter/openai/gpt-4o}}
        router_settings:
          num_retries: 2
          fallbacks: [{strict: [served]}, {alone: [served]}]
          context_window_fallbacks: [{strict: [served]}, {alone: [served]}]
        """
}

/// An upstream that repeats the client's words when it refuses them.
@Suite(.serialized, .gateway(RouterConfig.echoes)) struct FailureEchoTests {
    static let words = [
        "invalid api key", #"\u0049nvalid API\nkey"#, "rate limit exceeded", "maximum context length",
        "not available in your region", "the model x does not exist",
    ]

    @Test(arguments: words, ["", #","stream":true"#]) func neitherRetryNorRest(_ words: String, _ more: String) throws {
        let stack = try stack()
        for model in ["strict", "alone"] {
            stack.fake.forgetRequests()
            let answer = try stack.post("/v1/chat/completions", chat(model, #","stop":"\#(words)"\#(more)"#))
            #expect(answer.status == 400)
            #expect(answer.json?["error"]?["message"]?.string?.hasPrefix("The stop sequence") == true)
            #expect(stack.fake.requests.count == 1)
            let cooldowns = try stack.get("/router/cooldowns").json
            #expect(cooldowns?["count"] == .number("0"))
        }
    }

    /// Where the words stand in a body that is looked through in parts.
    @Test func alsoAtTheEndOfALargeBody() throws {
        let stack = try stack()
        stack.fake.forgetRequests()
        let padding = String(repeating: "word ", count: 200_000)
        let body = #"{"model":"strict","messages":[{"role":"user","content":"\#(padding)"}],"stop":"invalid api key"}"#
        #expect(try stack.post("/v1/chat/completions", body).status == 400)
        #expect(stack.fake.requests.count == 1)
        let cooldowns = try stack.get("/router/cooldowns").json
        #expect(cooldowns?["count"] == .number("0"))
    }

    /// The same words, and nobody sent them.
    @Test func theUpstreamsOwnWordsStillCount() throws {
        let stack = try stack()
        stack.fake.forgetRequests()
        let answer = try stack.post("/v1/chat/completions", chat("alone"))
        #expect(answer.status == 200)
        #expect(stack.fake.requests.compactMap(\.model) == ["fault/refuses-stop", "openai/gpt-4o"])
        let cooldowns = try stack.get("/router/cooldowns").json
        #expect(cooldowns?["count"] == .number("1"))
    }
}
