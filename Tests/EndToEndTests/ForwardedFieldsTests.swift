import TestSupport
import Testing

/// Fields of the client's head go upstream only where the operator says so, and never a key.
enum ForwardedFields {
    static let models = """
        model_list:
          - model_name: mymodel
            litellm_params: {model: openrouter/openai/gpt-4o, api_key: os.environ/OPEN_ROUTER_API_KEY}
          - model_name: own
            litellm_params:
              model: openrouter/openai/gpt-4o
              api_key: os.environ/OPEN_ROUTER_API_KEY
              extra_headers: {X-Team: operator}
        \(Config.once)
        """
    static let general =
        "\ngeneral_settings: {forward_client_headers_to_llm_api: true, litellm_key_header_name: X-My-Key}"
    static let litellm = "\nlitellm_settings: {add_user_information_to_llm_headers: true}"

    static let sent = [
        WireField("X-Team", "blue"), WireField("X-Request-Source", "a, b"), WireField("Anthropic-Beta", "tools-1"),
        WireField("X-API-Key", Stack.masterKey), WireField("X-My-Key", Stack.masterKey),
        WireField("X-Stainless-Lang", "python"),
        WireField("X-LiteLLM-Tags", "a"), WireField("X-Forwarded-For", "10.0.0.1"), WireField("Cookie", "secret"),
        WireField("X-Copy", "Bearer \(Stack.masterKey)"), WireField("OpenAI-Organization", "org"),
        WireField("X-Title", "App"),
    ]
    static let theirs = ["x-team", "x-request-source", "anthropic-beta", "x-title"]

    static func names(_ upstream: RecordedRequest?) -> [String] {
        (upstream?.fields ?? []).map { $0.name.lowercased() }.filter {
            !["host", "content-type", "content-length", "accept", "accept-encoding", "user-agent", "authorization"]
                .contains($0)
        }
    }

    @Suite(.serialized, .gateway(models + general)) struct On {
        @Test func theClientsOwnGoUpstream() throws {
            let (answer, upstream) = try stack().exchange("/v1/chat/completions", chat("mymodel"), sent)
            #expect(answer.status == 200)
            #expect(Set(names(upstream)) == Set(theirs))
            #expect(names(upstream).count == theirs.count, "each once")
            #expect(upstream?.field("x-request-source") == "a, b")
            #expect(upstream?.field("authorization") == "Bearer \(Stack.providerKey)")
        }

        @Test func theOperatorsStands() throws {
            let (_, upstream) = try stack().exchange("/v1/chat/completions", chat("own"), sent)
            #expect(upstream?.fields.all("x-team") == ["operator"])
        }

        @Test func theNextRequestHasItsOwn() throws {
            for value in ["1", "2"] {
                let (_, upstream) = try stack().exchange(
                    "/v1/chat/completions", chat("mymodel"), [WireField("X-Number", value)])
                #expect(upstream?.field("x-number") == value)
            }
            #expect(names(try stack().exchange("/v1/chat/completions", chat("mymodel")).upstream) == [])
        }
    }

    @Suite(.serialized, .gateway(models)) struct Off {
        @Test func nothingGoesUpstream() throws {
            let (_, upstream) = try stack().exchange("/v1/chat/completions", chat("mymodel"), sent)
            #expect(names(upstream) == ["x-title"], "OpenRouter's own")
        }
    }

    @Suite(.serialized, .gateway(models + litellm)) struct UserInformation {
        @Test func theUpstreamIsToldWhoAsks() throws {
            let (_, upstream) = try stack().exchange("/v1/chat/completions", chat("mymodel", #","user":"u-1""#), sent)
            #expect(upstream?.field("x-litellm-user_api_key_user_id") == "default_user_id")
            #expect(upstream?.field("x-litellm-user_api_key_end_user_id") == "u-1")
            #expect(upstream?.field("x-litellm-user_api_key_request_route") == "/v1/chat/completions")
            #expect(upstream?.field("x-team") == nil)
            let odd = try stack().exchange("/v1/chat/completions", chat("mymodel", #","user":"u\r\nX: y""#)).upstream
            #expect(odd?.field("x-litellm-user_api_key_end_user_id") == nil)
            #expect(odd?.field("x") == nil)
        }
    }
}
