/// A refusal with a real HTTP status and OpenRouter's error body.
struct FakeError {
    let status: Int
    let body: String
    var fields: [WireField] = []

    init(_ status: Int, _ message: String, metadata: String? = nil, user: String? = nil, _ fields: [WireField] = []) {
        self.status = status
        self.fields = fields
        let more = metadata.map { ",\"metadata\":\($0)" } ?? ""
        let account = user.map { ",\"user_id\":\"\($0)\"" } ?? ""
        body = "{\"error\":{\"message\":\(FakeJSON.quoted(message)),\"code\":\(status)\(more)}\(account)}"
    }

    init(_ status: Int, body: String, _ fields: [WireField] = []) {
        (self.status, self.body, self.fields) = (status, body, fields)
    }

    /// Rows 5 and 6 are exact; row 7 is every other name.
    static func notAModel(_ id: String) -> FakeError {
        let users = [
            "openrouter/openrouter/free": "user_3CPzNQdGnhemSE8rJv8M8IGGLPu",
            "openrouter/openai/gpt-4o": "user_33T2s3poJxTY0aRaCzsDNON2Xb1",
        ]
        return FakeError(400, "\(id) is not a valid model ID", user: users[id] ?? account)
    }

    static let noKey = FakeError(401, "No cookie auth credentials found")  // row 8
    static let wrongKey = FakeError(401, "User not found.")  // row 9
    static let noInput = FakeError(400, #"Input required: specify "prompt" or "messages""#, user: account)  // row 10
    static let notJSON = FakeError(  // row 11
        400, "Input must have at least 1 token.", metadata: #"{"provider_name":null}"#, user: account)
    static let tooManyModels = FakeError(400, "'models' array must have 3 items or fewer.", user: account)  // row 12
    static let stored = FakeError(400, "Stored responses are not supported: store must be false.")  // row 45
    static let notFound = FakeError(404, "Not Found")  // row 54

    static let account = "user_x"

    /// Model `fault/<name>`, the same on every endpoint and whether or not a stream was asked (row 36).
    static let faults: [String: FakeError] = [
        "402-credits": FakeError(  // row 19
            402,
            "This request requires more credits, or fewer max_tokens. You requested up to 16384 tokens, but can only "
                + "afford 3919. To increase, visit https://openrouter.ai/settings/credits and upgrade to a paid account",
            metadata: #"{"provider_name":null}"#, user: account),
        "402-in-flight": FakeError(  // row 20
            402, "Too many requests in flight for the remaining credits.",
            metadata: """
                {"reason":"in_flight_budget_exhausted","limit_source":"openrouter_in_flight_budget",\
                "remedy_hint":"Retry when the running requests are done."}
                """, user: account, [WireField("Retry-After", "2")]),
        "403-guardrail": FakeError(  // row 21
            403, "Request blocked: prompt injection patterns detected", metadata: #"{"patterns":["ignore_previous"]}"#),
        "403-moderation": FakeError(  // row 22
            403, "openai/gpt-4o requires moderation. Your input was flagged.",
            metadata: """
                {"reasons":["violence"],"flagged_input":"how do I...to them","provider_name":"OpenAI",\
                "model_slug":"openai/gpt-4o"}
                """),
        "403-key-limit": FakeError(  // row 23
            403, "Key limit exceeded.",
            metadata: """
                {"limit_source":"openrouter_key_limit","limit_usd":10,"spend_usd":10.02,"resets_at":null}
                """),
        "404-tools": FakeError(  // row 15
            404,
            "No endpoints found that support tool use. To learn more about provider routing, visit: "
                + "https://openrouter.ai/docs/guides/routing/provider-selection"),
        "404-no-endpoints": FakeError(404, "No endpoints found for fault/404-no-endpoints."),  // row 16
        "404-data-policy": FakeError(  // row 17
            404,
            "No endpoints found matching your data policy (Free model training). Configure: "
                + "https://openrouter.ai/settings/privacy",
            metadata: """
                {"routing_funnel":[{"step":"data_policy","endpoint_count":0}],"failed_routing_step":"data_policy"}
                """),
        "408": FakeError(408, "Operation timed out. Please try again later."),  // row 24
        "413": FakeError(413, "Request payload too large"),  // row 25
        "422": FakeError(422, "Invalid argument"),
        "429-free-cap": FakeError(  // row 26; the reset is an epoch in milliseconds
            429,
            "Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day",
            metadata: """
                {"headers":{"X-RateLimit-Limit":"50","X-RateLimit-Remaining":"0",\
                "X-RateLimit-Reset":"1776816000000"},"provider_name":null}
                """, user: account,
            [
                WireField("X-RateLimit-Limit", "50"), WireField("X-RateLimit-Remaining", "0"),
                WireField("X-RateLimit-Reset", "1776816000000"),
            ]),
        "429": FakeError(429, body: sharedPool),  // row 27, the hint in the body only
        "429-retry-after": FakeError(429, body: sharedPool, [WireField("Retry-After", "17")]),  // row 27
        "429-retry-after-1": FakeError(429, body: sharedPool, [WireField("Retry-After", "1")]),
        "429-retry-after-day": FakeError(429, body: sharedPool, [WireField("Retry-After", "86400")]),
        "429-retry-after-invalid": FakeError(429, body: sharedPool, [WireField("Retry-After", "soon")]),
        "429-bare": FakeError(429, "Provider returned error"),
        "provider-400-context": FakeError(  // row 28
            400, "Provider returned error",
            metadata: """
                {"provider_name":"OpenAI","raw":"{\\"error\\":{\\"message\\":\\"This model's maximum context length is \
                128000 tokens.\\",\\"type\\":\\"invalid_request_error\\",\\"param\\":\\"messages\\",\
                \\"code\\":\\"context_length_exceeded\\"}}"}
                """, user: account),
        "500": FakeError(500, "Internal Server Error", metadata: #"{"error_type":"server"}"#),  // row 30
        "502": FakeError(  // row 29
            502, "Provider returned error",
            metadata: """
                {"provider_name":"FakeProvider","raw":"upstream connect error","error_type":"provider_unavailable"}
                """, user: account),
        "503-retry-after": FakeError(503, "Service temporarily unavailable", [WireField("Retry-After", "1")]),
        "503-retry-after-date": FakeError(
            503, "Service temporarily unavailable", [WireField("Retry-After", "Fri, 31 Dec 2027 23:59:59 GMT")]),
        "529": FakeError(
            529, "Provider returned error", metadata: #"{"provider_name":"Anthropic","raw":"Overloaded"}"#),
        "504-html": FakeError(504, body: html, [WireField("Content-Type", "text/html")]),  // row 24
        "524-html": FakeError(524, body: html, [WireField("Content-Type", "text/html")]),  // row 24
        "error-null-metadata": FakeError(502, "Provider returned error", metadata: "null"),
        "zod-error": FakeError(  // row 11, the other shape
            400,
            body: """
                {"success":false,"error":{"name":"ZodError","message":"[{\\"code\\":\\"invalid_type\\",\\"path\\":\
                [\\"messages\\"],\\"message\\":\\"Required\\"}]"}}
                """),
        "error-string-code": FakeError(
            400, body: #"{"error":{"code":"invalid_prompt","message":"Invalid prompt"},"metadata":null}"#),
    ]

    var answer: FakeAnswer {
        let type = fields.first("content-type") == nil ? [WireField("Content-Type", "application/json")] : []
        return FakeAnswer(status: status, fields: type + fields, body: Array(body.utf8))
    }

    static let html = "<!DOCTYPE html><html><head><title>Error</title></head><body><h1>Error</h1></body></html>"

    /// Row 27.
    private static let sharedPool = """
        {"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"meta-llama/llama-3.3-70b-instruct:\
        free is temporarily rate-limited upstream. Please retry shortly, or add your own key…","provider_name":\
        "Venice","is_byok":false,"provider_error_code":"rate_limit_exceeded","limit_source":\
        "upstream_provider_shared_pool","retry_after_seconds":17,"retry_after_seconds_raw":16.007,"headers":{\
        "Retry-After":"17"}}},"user_id":"user_x"}
        """
}
