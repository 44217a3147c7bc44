import TestSupport
import Testing

extension Config {
    static let spellings = """
        model_list:
          - model_name: openai/gpt-4o
            litellm_params: {model: openai/fault/502, api_base: "{fake}", api_key: os.environ/OPEN_ROUTER_API_KEY}
          - model_name: gpt-4
            litellm_params: {model: openai/fault/502, api_base: "{fake}", api_key: os.environ/OPEN_ROUTER_API_KEY}
          - model_name: groq/*
            litellm_params: {model: openai/fault/502, api_base: "{fake}", api_key: os.environ/OPEN_ROUTER_API_KEY}
          - model_name: openai/long
            litellm_params:
              {model: openai/fault/provider-400-context, api_base: "{fake}", api_key: os.environ/OPEN_ROUTER_API_KEY}
          - model_name: backup
            litellm_params: {model: openrouter/openai/gpt-4o, api_key: os.environ/OPEN_ROUTER_API_KEY}
          - model_name: other
            litellm_params: {model: openrouter/openai/gpt-4o-mini, api_key: os.environ/OPEN_ROUTER_API_KEY}
        router_settings:
          num_retries: 0
          disable_cooldowns: true
          fallbacks: [{gpt-4o: [backup]}, {openai/gpt-4: [backup]}, {llama-3: [backup]}, {"*": [other]}]
          context_window_fallbacks: [{long: [backup]}]
        """
}

/// The lists of fallbacks may name a model with its provider or without.
@Suite(.serialized, .gateway(Config.spellings)) struct FallbackSpelling {
    @Test(arguments: ["openai/gpt-4o", "gpt-4", "groq/llama-3", "openai/long"])
    func theListIsFound(_ model: String) throws {
        let answer = try stack().post("/v1/chat/completions", chat(model))
        #expect(answer.status == 200)
        #expect(answer.field("x-penstock-route")?.contains("backup>") == true)
    }

    @Test func theExactNameAndTheStarKeepTheirPlaces() throws {
        let other = try stack().post("/v1/chat/completions", chat("groq/mixtral"))
        #expect(other.field("x-penstock-route")?.contains("other>") == true)
        let own = try stack().post(
            "/v1/chat/completions", chat("openai/gpt-4o", #","fallbacks":[{"gpt-4o":["other"]}]"#))
        #expect(own.field("x-penstock-route")?.contains("other>") == true)
    }

    @Test func theCheckFindsNothingMissing() {
        let output = Stack.current?.gateway.output ?? ""
        for key in ["gpt-4o", "openai/gpt-4", "long"] { #expect(!output.contains("there is no model `\(key)`")) }
    }
}
