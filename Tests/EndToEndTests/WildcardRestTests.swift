import TestSupport
import Testing

/// One model of a wildcard that is limited rests by itself; the others are served, and its clients get its own error.
@Suite(
    .gateway(
        """
        model_list:
          - model_name: openrouter/*
            litellm_params: {model: openrouter/*, api_base: "{fake}", api_key: os.environ/OPEN_ROUTER_API_KEY}
        router_settings: {num_retries: 0}
        """)
) struct WildcardRestTests {
    @Test func aLimitedModelDoesNotStopTheOthers() throws {
        let stack = try stack()
        let limited = "openrouter/fault/429-retry-after"
        #expect(try stack.post("/v1/chat/completions", chat(limited)).status == 429)
        stack.fake.forgetRequests()
        let again = try stack.post("/v1/chat/completions", chat(limited))
        #expect(again.status == 429)
        #expect(again.errorMessage?.contains("429 RateLimitError") == true)
        #expect(again.errorMessage?.contains("Provider returned error") == false, "that was said to another client")
        #expect(stack.fake.requests.isEmpty, "it rests")
        let other = try stack.post("/v1/chat/completions", chat("openrouter/openai/gpt-4o"))
        #expect(other.status == 200)
        let rests = try stack.get("/router/cooldowns")
        #expect(rests.json?["count"] == .number("1"))
        #expect(rests.json?["cooldowns"]?[0]?["model"]?.string == "fault/429-retry-after")
    }
}
