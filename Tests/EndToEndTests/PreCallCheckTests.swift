import TestSupport
import Testing

/// `enable_pre_call_checks`: a prompt goes to none whose context it exceeds.
@Suite(.serialized, .gateway(PreCallConfig.checked)) struct PreCallChecks {
    private static let long = String(repeating: "one two three ", count: 100)

    private func ask(_ model: String, _ prompt: String) throws -> (answer: TestResponse, upstream: RecordedRequest?) {
        try stack().exchange(
            "/chat/completions", "{\"model\":\"\(model)\",\"messages\":[{\"role\":\"user\",\"content\":\"\(prompt)\"}]}"
        )
    }

    @Test func aLongPromptGoesToTheDeploymentThatTakesIt() throws {
        for _ in 0..<8 {
            #expect(try ask("both", Self.long).upstream?.json?["model"]?.string == "test/large")
        }
    }

    @Test func withNoneThatTakesItTheContextFallbackIsAsked() throws {
        let (answer, upstream) = try ask("small", Self.long)
        #expect(answer.status == 200)
        #expect(upstream?.json?["model"]?.string == "test/large")
        #expect(try ask("small", "hello").upstream?.json?["model"]?.string == "test/small")
    }

    @Test func withoutAFallbackTheClientIsTold() throws {
        let (answer, upstream) = try ask("alone", Self.long)
        #expect(answer.status == 400)
        #expect(upstream == nil)
        #expect(answer.errorCode == "context_length_exceeded")
        #expect(answer.errorType == "invalid_request_error")
        #expect(answer.json?["error"]?["message"]?.string?.contains("max_input_tokens is 100") == true)
    }

    @Test func aPictureIsNoText() throws {
        let picture = "\",\"image\":\"data:image/png;base64,\(String(repeating: "iVBORw0KGgo", count: 1000))"
        #expect(try ask("alone", "look" + picture).answer.status == 200)
    }
}

@Suite(.serialized, .gateway(PreCallConfig.unchecked)) struct WithoutPreCallChecks {
    @Test func aLongPromptIsTheUpstreamsToJudge() throws {
        let (answer, upstream) = try stack().exchange(
            "/chat/completions", chat("alone", ",\"stop\":\"\(String(repeating: "x ", count: 1000))\""))
        #expect(answer.status == 200)
        #expect(upstream != nil)
    }
}

private enum PreCallConfig {
    static let unchecked = """
        model_list:
          - {model_name: both, litellm_params: {model: openrouter/test/small, api_base: '{fake}', api_key: os.environ/OPEN_ROUTER_API_KEY}, model_info: {max_input_tokens: 100}}
          - {model_name: both, litellm_params: {model: openrouter/test/large, api_base: '{fake}', api_key: os.environ/OPEN_ROUTER_API_KEY}, model_info: {max_input_tokens: 10000}}
          - {model_name: small, litellm_params: {model: openrouter/test/small, api_base: '{fake}', api_key: os.environ/OPEN_ROUTER_API_KEY}, model_info: {max_input_tokens: 100}}
          - {model_name: large, litellm_params: {model: openrouter/test/large, api_base: '{fake}', api_key: os.environ/OPEN_ROUTER_API_KEY}}
          - {model_name: alone, litellm_params: {model: openrouter/test/small, api_base: '{fake}', api_key: os.environ/OPEN_ROUTER_API_KEY}, model_info: {max_input_tokens: 100}}
        """

    static let checked = """
        \(unchecked)
        router_settings:
          enable_pre_call_checks: true
          num_retries: 0
          context_window_fallbacks: [{small: [large]}]
        """
}
