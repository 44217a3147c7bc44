import TestSupport
import Testing

extension RouterConfig {
    static let elsewhere = """
        model_list:
          - {model_name: gone, litellm_params: &one {model: openrouter/no/such-model, api_key: os.environ/OPEN_ROUTER_API_KEY}}
          - {model_name: busy, litellm_params: {<<: *one, model: openrouter/fault/429-bare}}
          - {model_name: small, litellm_params: {<<: *one, model: openrouter/fault/provider-400-context}}
          - {model_name: picky, litellm_params: {<<: *one, model: openrouter/fault/error-string-code}}
          - {model_name: down, litellm_params: {<<: *one, model: openrouter/fault/503-retry-after-date}}
          - {model_name: poor, litellm_params: {<<: *one, model: openrouter/fault/402-credits}}
          - {model_name: mute, litellm_params: {model: deepseek/deepseek-chat, api_base: "{fake}", api_key: "sk-or-v1-test-1"}}
          - {model_name: mute-too, litellm_params: {model: deepseek/deepseek-chat, api_base: "{fake}", api_key: "sk-or-v1-test-1"}}
          - {model_name: served, litellm_params: {<<: *one, model: openrouter/openai/gpt-4o}}
          - {model_name: own, litellm_params: {<<: *one, model: hosted_vllm/openai/gpt-4o, api_base: "{fake}"}}
          - {model_name: own-broken, litellm_params: {<<: *one, model: openai/fault/504-html, api_base: "{fake}"}}
        router_settings:
          num_retries: 0
          disable_cooldowns: true
          fallbacks: [{gone: [served]}, {busy: [small, picky, served]}, {down: [small, down]}, {poor: [served]}, {mute: [served]}]
        """
}

/// What one upstream refuses another one may take: a missing model told as 400, a line of fallbacks of which some fail for
/// the request's own sake, an endpoint that only a fallback has.
@Suite(.serialized, .gateway(RouterConfig.elsewhere)) struct RefusedElsewhereTests {
    @Test func aModelThatIsNotThereIsSoAs400Too() throws {
        let stack = try stack()
        stack.fake.forgetRequests()
        let answer = try stack.post("/v1/chat/completions", chat("gone"))
        #expect(answer.status == 200)
        #expect(stack.fake.requests.compactMap(\.model) == ["no/such-model", "openai/gpt-4o"])
        #expect(answer.field("x-litellm-attempted-fallbacks") == "1")
    }

    @Test(arguments: ["", ",\"stream\":true"]) func aLineOfFallbacksGoesOnToItsEnd(_ more: String) throws {
        let stack = try stack()
        stack.fake.forgetRequests()
        let answer = try stack.post("/v1/chat/completions", chat("busy", more))
        #expect(answer.status == 200)
        #expect(
            stack.fake.requests.compactMap(\.model) == [
                "fault/429-bare", "fault/provider-400-context", "fault/error-string-code", "openai/gpt-4o",
            ])
    }

    @Test func theClientHearsOfItsOwnRequestFirst() throws {
        let stack = try stack()
        let answer = try stack.post("/v1/chat/completions", chat("down"))
        #expect(answer.status == 400)
        #expect(answer.text.contains("context_length_exceeded"))
        #expect(answer.json?["error"]?["tried"] != nil)
    }

    @Test func aRequestThatIsTooDearGoesElsewhere() throws {
        let stack = try stack()
        #expect(try stack.post("/v1/chat/completions", chat("poor")).status == 200)
    }

    @Test func anEndpointThatOnlyAFallbackHasIsServedThere() throws {
        let stack = try stack()
        stack.fake.forgetRequests()
        let answer = try stack.post("/v1/responses", responses("mute"))
        #expect(answer.status == 200)
        #expect(stack.fake.requests.compactMap(\.model) == ["openai/gpt-4o"])
        #expect(answer.field("x-litellm-attempted-fallbacks") == "1")
        let nobody = try stack.post("/v1/responses", responses("mute-too"))
        #expect(nobody.status == 501)
        #expect(nobody.errorCode == "endpoint_not_supported")
    }

    @Test func aServerOfTheOperatorsIsToldNotToStream() throws {
        let stack = try stack()
        let (answer, upstream) = try stack.exchange("/v1/responses", #"{"model":"own","input":"Hi" , "n" : 1.0}"#)
        #expect(answer.status == 200)
        #expect(upstream?.text == #"{"model":"openai/gpt-4o","input":"Hi" , "n" : 1.0,"stream":false}"#)
        let (_, other) = try stack.exchange("/v1/responses", #"{"model":"served","input":"Hi"}"#)
        #expect(other?.text == #"{"model":"openai/gpt-4o","input":"Hi"}"#)
    }

    @Test func anOperatorsServerIsNotCalledByAProvidersName() throws {
        let stack = try stack()
        let answer = try stack.post("/v1/chat/completions", chat("own-broken"))
        #expect(answer.status == 504)
        #expect(answer.errorMessage == #"The upstream of "own-broken" answered HTTP 504."#)
    }
}
