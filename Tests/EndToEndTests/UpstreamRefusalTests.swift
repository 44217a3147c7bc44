import TestSupport
import Testing

extension Config {
    static let refusals = """
        model_list:
          - model_name: openrouter/*
            litellm_params:
              model: openrouter/*
              api_key: os.environ/OPEN_ROUTER_API_KEY
          - model_name: wrong-key
            litellm_params:
              model: openrouter/openai/gpt-4o
              api_key: \(Secrets.wrong)
          - model_name: no-key
            litellm_params:
              model: openrouter/openai/gpt-4o
              api_key: os.environ/NOT_SET_ANYWHERE
        \(once)
        """
}

/// An upstream that refuses: its status, its words and its `Retry-After` reach the client, in OpenAI's shape, whether or
/// not a stream was asked for, on every endpoint.
@Suite(.serialized, .gateway(Config.refusals)) struct UpstreamRefusals {
    struct Case: Sendable, CustomTestStringConvertible {
        let model: String
        let status: Int
        let type: String
        let code: String
        let message: String
        let metadata: String?
        let retryAfter: String?
        /// Members beyond the usual ones, each with the comma before it.
        let others: String

        init(
            _ model: String, _ status: Int, _ type: String, code: String? = nil, _ message: String,
            metadata: String? = nil, retryAfter: String? = nil, others: String = ""
        ) {
            self.others = others
            (self.model, self.status, self.type, self.message) = (model, status, type, message)
            self.code = code ?? "\"\(status)\""
            self.metadata =
                code != nil
                ? metadata : "{\"upstream_code\":\(status)" + (metadata.map { ",\($0.dropFirst())" } ?? "}")
            self.retryAfter = retryAfter
        }

        var testDescription: String { model }

        var body: String {
            let more = metadata.map { ",\"metadata\":\($0)" } ?? ""
            return """
                {"error":{"message":\(TestJSON.quoted(message)),"type":"\(type)","param":null,"code":\(code)\(more)\(others),\
                "provider":"openrouter"}}
                """
        }
    }

    private static let invalid = "invalid_request_error"
    private static let returned = "Provider returned error"
    private static let pool = """
        {"raw":"meta-llama/llama-3.3-70b-instruct:free is temporarily rate-limited upstream. Please retry shortly, or \
        add your own key…","provider_name":"Venice","is_byok":false,"provider_error_code":"rate_limit_exceeded",\
        "limit_source":"upstream_provider_shared_pool","retry_after_seconds":17,"retry_after_seconds_raw":16.007,\
        "headers":{"Retry-After":"17"}}
        """

    static let cases: [Case] = [
        // A name that the provider does not have, in its own words.
        Case("gpt-4o", 400, invalid, "openrouter/gpt-4o is not a valid model ID"),
        Case("acme/nope", 400, invalid, "acme/nope is not a valid model ID"),
        Case(
            "fault/402-credits", 402, "insufficient_quota",
            "This request requires more credits, or fewer max_tokens. You requested up to 16384 tokens, but can only "
                + "afford 3919. To increase, visit https://openrouter.ai/settings/credits and upgrade to a paid account",
            metadata: #"{"provider_name":null}"#),
        Case(
            "fault/402-in-flight", 402, "insufficient_quota", "Too many requests in flight for the remaining credits.",
            metadata: """
                {"reason":"in_flight_budget_exhausted","limit_source":"openrouter_in_flight_budget",\
                "remedy_hint":"Retry when the running requests are done."}
                """, retryAfter: "2"),
        Case(
            "fault/403-guardrail", 403, "upstream_permission_error",
            "Request blocked: prompt injection patterns detected", metadata: #"{"patterns":["ignore_previous"]}"#),
        Case(
            "fault/403-moderation", 403, "upstream_permission_error",
            "openai/gpt-4o requires moderation. Your input was flagged.",
            metadata: """
                {"reasons":["violence"],"flagged_input":"how do I...to them","provider_name":"OpenAI",\
                "model_slug":"openai/gpt-4o"}
                """),
        Case(
            "fault/403-key-limit", 403, "upstream_permission_error", "Key limit exceeded.",
            metadata: """
                {"limit_source":"openrouter_key_limit","limit_usd":10,"spend_usd":10.02,"resets_at":null}
                """),
        Case(
            "fault/404-tools", 404, invalid,
            "No endpoints found that support tool use. To learn more about provider routing, visit: "
                + "https://openrouter.ai/docs/guides/routing/provider-selection"),
        Case("fault/404-no-endpoints", 404, invalid, "No endpoints found for fault/404-no-endpoints."),
        Case(
            "fault/404-data-policy", 404, invalid,
            "No endpoints found matching your data policy (Free model training). Configure: "
                + "https://openrouter.ai/settings/privacy",
            metadata: """
                {"routing_funnel":[{"step":"data_policy","endpoint_count":0}],"failed_routing_step":"data_policy"}
                """),
        Case("fault/408", 408, "timeout_error", "Operation timed out. Please try again later."),
        Case("fault/413", 413, invalid, "Request payload too large"),
        Case("fault/422", 422, invalid, "Invalid argument"),
        Case(
            "fault/429-free-cap", 429, "rate_limit_error",
            "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day",
            metadata: """
                {"headers":{"X-RateLimit-Limit":"50","X-RateLimit-Remaining":"0",\
                "X-RateLimit-Reset":"1776816000000"},"provider_name":null}
                """),
        // The hint is in the body only.
        Case("fault/429", 429, "rate_limit_error", returned, metadata: pool, retryAfter: "17"),
        Case("fault/429-retry-after", 429, "rate_limit_error", returned, metadata: pool, retryAfter: "17"),
        Case("fault/429-retry-after-1", 429, "rate_limit_error", returned, metadata: pool, retryAfter: "1"),
        Case("fault/429-retry-after-day", 429, "rate_limit_error", returned, metadata: pool, retryAfter: "86400"),
        // `soon` is no value of that field; the body's is.
        Case("fault/429-retry-after-invalid", 429, "rate_limit_error", returned, metadata: pool, retryAfter: "17"),
        Case("fault/429-bare", 429, "rate_limit_error", returned),
        Case(
            "fault/provider-400-context", 400, invalid, returned,
            metadata: """
                {"provider_name":"OpenAI","raw":"{\\"error\\":{\\"message\\":\\"This model's maximum context length is \
                128000 tokens.\\",\\"type\\":\\"invalid_request_error\\",\\"param\\":\\"messages\\",\
                \\"code\\":\\"context_length_exceeded\\"}}"}
                """),
        Case(
            "fault/500", 500, "upstream_error", "Internal Server Error", metadata: #"{"error_type":"server"}"#),
        Case(
            "fault/502", 502, "upstream_error", returned,
            metadata: """
                {"provider_name":"FakeProvider","raw":"upstream connect error","error_type":"provider_unavailable"}
                """),
        Case(
            "fault/503-retry-after", 503, "upstream_error", "Service temporarily unavailable", retryAfter: "1"),
        Case(
            "fault/503-retry-after-date", 503, "upstream_error", "Service temporarily unavailable",
            retryAfter: "Fri, 31 Dec 2027 23:59:59 GMT"),
        Case(
            "fault/529", 529, "upstream_error", returned,
            metadata: #"{"provider_name":"Anthropic","raw":"Overloaded"}"#),
        Case(
            "fault/504-html", 504, "timeout_error", code: "null", #"The upstream of "openrouter/*" answered HTTP 504."#),
        Case(
            "fault/524-html", 524, "upstream_error", code: "null", #"The upstream of "openrouter/*" answered HTTP 524."#
        ),
        Case("fault/error-null-metadata", 502, "upstream_error", returned),
        Case("fault/error-string-code", 400, invalid, code: #""invalid_prompt""#, "Invalid prompt"),
        Case(
            "fault/zod-error", 400, invalid, code: "null",
            #"[{"code":"invalid_type","path":["messages"],"message":"Required"}]"#, others: #","name":"ZodError""#),
        Case("fault/status-418", 418, invalid, "Status 418"),
        Case("fault/status-599", 599, "upstream_error", "Status 599"),
    ]

    @Test(arguments: cases) func reachesTheClient(_ c: Case) throws {
        let stack = try stack()
        let model = "openrouter/" + c.model
        let bodies = [
            ("/v1/chat/completions", chat(model)), ("/v1/chat/completions", chat(model, ",\"stream\":true")),
            ("/v1/responses", responses(model)), ("/v1/responses", responses(model, ",\"stream\":true")),
            ("/v1/completions", "{\"model\":\"\(model)\",\"prompt\":\"Hi\"}"),
            ("/v1/embeddings", "{\"model\":\"\(model)\",\"input\":\"Hi\"}"),
        ]
        for (path, body) in bodies {
            let (answer, upstream) = try stack.exchange(path, body)
            #expect(upstream != nil, "\(path)")
            #expect(answer.status == c.status, "\(path)")
            #expect(answer.text == c.body, "\(path)")
            #expect(answer.field("retry-after") == c.retryAfter, "\(path)")
            #expect(answer.field("content-type") == "application/json")
            #expect(answer.field("x-request-id")?.count == 36)
            #expect(answer.field("set-cookie") == nil)
        }
    }

    @Test func theProvidersVerdictOnTheGatewaysKeyIsToldApart() throws {
        for stream in ["", ",\"stream\":true"] {
            let (answer, upstream) = try stack().exchange("/v1/chat/completions", chat("wrong-key", stream))
            #expect(upstream != nil)
            #expect(answer.status == 401)
            #expect(answer.field("www-authenticate") == nil)
            #expect(
                answer.text
                    == #"{"error":{"message":"The upstream of \"wrong-key\" refused the key of this gateway (litellm_params.api_key). It said: User not found.","type":"upstream_authentication_error","param":null,"code":"401","metadata":{"upstream_code":401},"provider":"openrouter"}}"#
            )
            let line = try stack().requestLine(answer)
            #expect(line["detail"]?.string == "refused key …cdef of litellm_params.api_key")
        }
    }

    @Test func aMissingProviderKeyIsNamedAndNothingIsSent() throws {
        let (answer, upstream) = try stack().exchange("/v1/chat/completions", chat("no-key"))
        #expect(upstream == nil)
        #expect(answer.status == 401)
        #expect(
            answer.text
                == #"{"error":{"message":"The model 'no-key' needs a key for openrouter, and the gateway has none: set the environment variable NOT_SET_ANYWHERE (or litellm_params.api_key) and start it again.","type":"upstream_authentication_error","param":null,"code":"missing_provider_key","provider":"openrouter"}}"#
        )
    }

    @Test func aKeyThatTheUpstreamEchoesIsTakenOut() throws {
        let stack = try stack()
        let error = try stack.post("/v1/chat/completions", chat("openrouter/fault/echo-key-error"))
        #expect(error.status == 400)
        #expect(error.errorMessage == "Invalid key: Bearer [redacted]")
        let answer = try stack.post("/v1/chat/completions", chat("openrouter/fault/echo-key"))
        #expect(answer.status == 200)
        #expect(answer.field("x-echo") == nil)
        #expect(answer.field("authorization") == nil)
        #expect(answer.field("llm_provider-openai-version") == "Bearer [redacted]")
        #expect(answer.fields.allSatisfy { !$0.value.contains(Stack.providerKey) })
    }
}
