import TestSupport
import Testing

extension Config {
    static let wrongKey = "sk-or-v1-wrong-0123456789ab"

    /// With that key, which the fake refuses, from a variable.
    static let refusedKeys = """
        model_list:
          - {model_name: wrong, litellm_params: &wrong {model: openrouter/openai/gpt-4o, api_key: os.environ/MY_WRONG_KEY}}
          - {model_name: pair, litellm_params: *wrong}
          - {model_name: pair, litellm_params: {<<: *wrong, tags: [a]}}
        """
}

/// Whose key it was: the provider that refuses the gateway's is named with the variable, on every endpoint, and while the
/// deployment rests as well.
@Suite(.serialized, .gateway(Config.refusedKeys, environment: ["MY_WRONG_KEY": Config.wrongKey])) struct RefusedKeys {
    @Test(arguments: ["wrong", "pair"]) func areNamedWithTheirVariable(_ model: String) throws {
        for round in 0..<2 {
            for (path, body) in [
                ("/v1/chat/completions", chat(model)), ("/v1/chat/completions", chat(model, ",\"stream\":true")),
                ("/v1/responses", responses(model)), ("/v1/responses", responses(model, ",\"stream\":true")),
                ("/v1/completions", chat(model, ",\"prompt\":\"a\"")), ("/v1/embeddings", responses(model)),
            ] {
                let answer = try stack().post(path, body)
                let isResting =
                    answer.errorMessage?.contains("was asked") == true
                    || answer.errorMessage?.contains("not asked") == true
                #expect(answer.status == 401 || answer.status == 429 && isResting)
                #expect(
                    answer.errorMessage?.contains("refused the key of this gateway (MY_WRONG_KEY)") == true,
                    "\(answer.text)")
                if answer.status == 401 { #expect(answer.errorType == "upstream_authentication_error") }
                #expect(isResting || round == 0)
                #expect(!answer.text.contains(Config.wrongKey))
            }
        }
        let health = try stack().get("/health?model=\(model)")
        #expect(health.text.contains("refused the key of this gateway (MY_WRONG_KEY). It said: User not found."))
        let output = try stack().gateway.output
        #expect(output.contains("refused key …89ab of MY_WRONG_KEY"))
        #expect(!output.contains(Config.wrongKey))
    }
}
