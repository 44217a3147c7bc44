import TestSupport
import Testing

/// What a server does not take is learnt from it once.
enum ServerTraits {
    static let config = """
        model_list:
          - model_name: strict
            litellm_params:
              {model: openai/fault/no-usage-options, api_base: "{fake}", api_key: os.environ/OPEN_ROUTER_API_KEY}
            model_info: {id: strict}
          - model_name: vectors
            litellm_params: {model: openai/fault/vectors-only, api_base: "{fake}", api_key: os.environ/OPEN_ROUTER_API_KEY}
            model_info: {id: vectors}
          - model_name: named
            litellm_params:
              {model: openai/openai/text-embedding-3-small, api_base: "{fake}", api_key: os.environ/OPEN_ROUTER_API_KEY}
            model_info: {id: named}
          - model_name: told
            litellm_params: {model: openai/fault/vectors-only, api_base: "{fake}", api_key: os.environ/OPEN_ROUTER_API_KEY}
            model_info: {id: told, mode: chat}
        router_settings:
          num_retries: 0
          model_group_alias: {nick: strict, ghost: {model: strict, hidden: true}}
        """

    @Suite(.serialized, .gateway(config)) struct Learning {
        @Test func aRefusedOptionOfOursIsNoFailureOfTheRequests() throws {
            let stack = try stack()
            for round in 0..<3 {
                stack.fake.forgetRequests()
                let answer = try stack.post("/v1/chat/completions", chat("strict", #","stream":true"#))
                #expect(answer.status == 200)
                #expect(content(answer.events) == "Hello from the fake.")
                #expect(answer.field("x-litellm-attempted-retries") == "0")
                #expect(answer.field("x-penstock-changed") == nil)
                let options = stack.fake.requests.map { $0.json?["stream_options"] != nil }
                #expect(options == (round == 0 ? [true, false] : [false]), "it is remembered")
                let line = try stack.requestLine(answer)
                #expect(line["attempts"]?.int == 1)
            }
            let cooldowns = try stack.get("/router/cooldowns").json
            #expect(cooldowns?["count"] == .number("0"))
            // The client's own wish is its own.
            let own = try stack.post(
                "/v1/chat/completions", chat("strict", #","stream":true,"stream_options":{"include_usage":true}"#))
            #expect(own.status == 422)
        }

        @Test func aModelThatEmbedsIsAskedForThat() throws {
            let stack = try stack()
            stack.fake.forgetRequests()
            let first = try stack.get("/health?model_id=vectors")
            #expect(first.json?["healthy_count"]?.int == 1, "\(first.text)")
            #expect(stack.fake.requests.map(\.target) == ["/api/v1/chat/completions", "/api/v1/embeddings"])
            stack.fake.forgetRequests()
            #expect(try stack.get("/health?model_id=vectors").status == 200)
            #expect(stack.fake.requests.map(\.target) == ["/api/v1/embeddings"], "it is remembered")
            stack.fake.forgetRequests()
            #expect(try stack.get("/health?model_id=named").status == 200)
            #expect(stack.fake.requests.map(\.target) == ["/api/v1/embeddings"], "its name says it")
            stack.fake.forgetRequests()
            #expect(try stack.get("/health?model_id=told").status == 503)
            #expect(stack.fake.requests.map(\.target) == ["/api/v1/chat/completions"], "the operator has said it")
        }

        @Test func modelInfoHasTheAliases() throws {
            for path in ["/model/info", "/v1/model/info"] {
                let rows = try #require(try stack().get(path).json?["data"]?.array)
                #expect(rows.map { $0["model_name"]?.string } == ["strict", "vectors", "named", "told", "nick"])
                #expect(rows[4]["model_info"]?["id"]?.string == "strict")
                #expect(rows[4]["litellm_params"]?["model"]?.string == "openai/fault/no-usage-options")
            }
        }
    }
}
