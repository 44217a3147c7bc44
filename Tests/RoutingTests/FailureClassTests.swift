import Model
import Routing
import Testing

/// Which class a failure belongs to, from its status, its cause and its words.
@Suite struct FailureClassTests {
    static func failure(
        _ status: Int, _ message: String = "No.", type: String? = nil, code: String? = nil, metadata: String? = nil,
        cause: UpstreamFailure.Cause = .status
    ) -> UpstreamFailure {
        var failure = UpstreamFailure(cause: cause, provider: "openrouter", status: status, message: message)
        failure.type = type
        failure.code = code.map { Array("\"\($0)\"".utf8) }
        failure.metadata = metadata.map { Array($0.utf8) }
        return failure
    }

    static let statuses: [(ClosedRange<Int>, FailureClass)] = [
        (400...400, .badRequest), (401...401, .authentication), (402...402, .paymentRequired),
        (403...403, .permission), (404...404, .notFound), (405...407, .badRequest), (408...408, .timeout),
        (409...409, .internalServer), (410...428, .badRequest), (429...429, .rateLimit), (430...499, .badRequest),
        (500...500, .internalServer), (501...501, .notSupported), (502...502, .badGateway),
        (503...503, .serviceUnavailable),
        (504...504, .timeout), (505...523, .internalServer), (524...524, .timeout), (525...528, .internalServer),
        (529...529, .serviceUnavailable), (530...599, .internalServer),
    ]

    @Test func everyStatusHasItsClass() {
        var seen = 0
        for (range, expected) in Self.statuses {
            for status in range {
                for cause in [UpstreamFailure.Cause.status, .errorInBody, .errorInStream] {
                    #expect(FailureClass(Self.failure(status, cause: cause)) == expected, "\(status) \(cause.label)")
                }
                seen += 1
            }
        }
        #expect(seen == 200)
    }

    static let causes: [(UpstreamFailure.Cause, FailureClass)] = [
        (.connect, .connection), (.cut, .connection), (.timeout(.connect), .timeout), (.timeout(.send), .timeout),
        (.timeout(.firstByte), .timeout), (.timeout(.idle), .timeout), (.timeout(.whole), .timeout),
        (.malformed, .badGateway), (.notACompletion, .badGateway), (.tooLarge, .unusableAnswer),
        (.redirect, .unusableAnswer),
    ]

    /// Whatever it says besides: what the transport did outweighs the words.
    @Test(arguments: causes) func everyCauseHasItsClass(_ cause: UpstreamFailure.Cause, _ expected: FailureClass) {
        #expect(FailureClass(Self.failure(502, cause: cause)) == expected)
        #expect(FailureClass(Self.failure(400, "prompt is too long", cause: cause)) == expected)
    }

    static let contextRaw = """
        {\\"error\\":{\\"message\\":\\"This model's maximum context length is 128000 tokens.\\",\\"type\\":\
        \\"invalid_request_error\\",\\"param\\":\\"messages\\",\\"code\\":\\"context_length_exceeded\\"}}
        """

    static let contexts: [(String, UpstreamFailure)] = [
        ("OpenRouter's own", failure(400, "No.", metadata: #"{"error_type":"context_length_exceeded"}"#)),
        (
            "OpenRouter's own words",
            failure(
                400,
                "This endpoint's maximum context length is 8192 tokens. However, you requested about 9001 tokens (9000 of text input, 1 in the output)."
            )
        ),
        ("token limit", failure(400, "No.", metadata: #"{"error_type":"token_limit_exceeded"}"#)),
        ("max tokens", failure(400, "No.", metadata: #"{"error_type":"max_tokens_exceeded"}"#)),
        (
            "raw: a text that is JSON",
            failure(
                400, "Provider returned error", metadata: "{\"provider_name\":\"OpenAI\",\"raw\":\"\(contextRaw)\"}")
        ),
        (
            "raw: a text",
            failure(400, "Provider returned error", metadata: #"{"raw":"prompt is too long: 9 tokens > 8 maximum"}"#)
        ),
        (
            "raw: an object",
            failure(
                400, "Provider returned error",
                metadata: #"{"raw":{"error":{"code":"context_length_exceeded","message":"Too much."}}}"#)
        ),
        (
            "raw: an error that is a text",
            failure(
                400, "Provider returned error",
                metadata: #"{"raw":{"error":"the input length exceeds the context length"}}"#)
        ),
        (
            "raw: escaped in the JSON",
            failure(
                400, "Provider returned error",
                metadata: #"{"raw":"This model\u0027s maximum context\u0020length is 5."}"#)
        ),
        (
            "OpenAI's code",
            failure(400, "Please reduce it.", type: "invalid_request_error", code: "context_length_exceeded")
        ),
        (
            "OpenAI's Responses",
            failure(400, "Your input exceeds the context window of this model. Please adjust your input and try again.")
        ),
        (
            "Anthropic",
            failure(400, "prompt is too long: 210000 tokens > 200000 maximum", type: "invalid_request_error")
        ),
        (
            "Anthropic's sum",
            failure(400, "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000")
        ),
        (
            "Azure",
            failure(
                400, "This model's maximum context length is 8192 tokens, however you requested 9001 tokens",
                code: "context_length_exceeded")
        ),
        (
            "vLLM",
            failure(
                400, "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
                type: "BadRequestError")
        ),
        (
            "vLLM's newer words",
            failure(400, "The decoder prompt (length 5000) is longer than the maximum model length of 4096.")
        ),
        (
            "llama.cpp",
            failure(400, "the request exceeds the available context size", type: "exceed_context_size_error")
        ),
        ("TGI", failure(422, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096.")),
        (
            "Gemini",
            failure(400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).")
        ),
        ("Bedrock", failure(400, "Input is too long for requested model.")),
        ("xAI", failure(400, "This model's maximum prompt length is 131072 but the request contains 140000 tokens.")),
        ("with 413", failure(413, "prompt is too long")),
        ("in a stream", failure(400, "prompt is too long", cause: .errorInStream)),
    ]

    @Test(arguments: contexts) func aPromptThatIsTooLong(_ rule: String, _ failure: UpstreamFailure) {
        #expect(FailureClass(failure) == .contextWindow, "\(rule)")
    }

    static let policies: [(String, UpstreamFailure)] = [
        (
            "OpenRouter's moderation",
            failure(
                403, "openai/gpt-4o requires moderation. Your input was flagged.",
                metadata: #"{"reasons":["violence"],"flagged_input":"how...","provider_name":"OpenAI"}"#)
        ),
        ("only its metadata", failure(403, "No.", metadata: #"{"reasons":["violence"],"flagged_input":"how..."}"#)),
        (
            "OpenRouter's guardrail",
            failure(
                403, "Request blocked: prompt injection patterns detected",
                metadata: #"{"patterns":["ignore_previous"]}"#)
        ),
        ("OpenRouter's type", failure(400, "No.", metadata: #"{"error_type":"content_policy_violation"}"#)),
        (
            "raw: a text that is JSON",
            failure(
                400, "Provider returned error",
                metadata: #"{"raw":"{\"error\":{\"message\":\"No.\",\"code\":\"content_policy_violation\"}}"}"#)
        ),
        (
            "raw: an object",
            failure(
                400, "Provider returned error",
                metadata:
                    #"{"raw":{"error":{"message":"Filtered.","code":"400","innererror":{"code":"ResponsibleAIPolicyViolation"}}}}"#
            )
        ),
        (
            "raw: a text",
            failure(403, "Provider returned error", metadata: #"{"raw":"Output blocked by content filtering policy"}"#)
        ),
        (
            "OpenAI",
            failure(
                400, "Your request was rejected as a result of our safety system.", type: "invalid_request_error",
                code: "content_policy_violation")
        ),
        (
            "OpenAI's reasoning models",
            failure(
                400, "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
                code: "invalid_prompt")
        ),
        (
            "Azure",
            failure(
                400,
                "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
                code: "content_filter")
        ),
        ("Anthropic", failure(400, "Output blocked by content filtering policy", type: "invalid_request_error")),
        ("in a stream", failure(403, "This requires moderation.", cause: .errorInStream)),
    ]

    @Test(arguments: policies) func contentThatIsRefused(_ rule: String, _ failure: UpstreamFailure) {
        #expect(FailureClass(failure) == .contentPolicy, "\(rule)")
    }

    static let ordinary: [(UpstreamFailure, FailureClass)] = [
        (failure(400, "Unknown parameter: 'content_filter'."), .badRequest),
        (failure(400, "Unsupported value: 'context window' is not one of ..."), .badRequest),
        (failure(400, "Invalid schema: \"patterns\" is not allowed here."), .badRequest),
        (
            failure(400, "No.", metadata: #"{"raw":{"error":{"message":"bad \"patterns\"","patterns":["x"]}}}"#),
            .badRequest
        ),
        (failure(400, "The safety system prompt must be a string."), .badRequest),
        (failure(400, "max_tokens is too large: 999999."), .badRequest),
        (failure(400, "foo/bar is not a valid model ID"), .notFound),
        (failure(400, "Invalid prompt", code: "invalid_prompt"), .badRequest),
        (failure(400, "Input required: specify \"prompt\" or \"messages\""), .badRequest),
        (failure(413, "Request payload too large"), .badRequest),
        (failure(422, "Invalid argument"), .badRequest),
        (failure(403, "Key limit exceeded.", metadata: #"{"limit_source":"openrouter_key_limit"}"#), .permission),
        (failure(403, "Your account was disabled."), .permission),
        (failure(429, "Request too large: the maximum context length is 5"), .requestTooLarge),
        (failure(413, "Request too large for model `x` on tokens per minute (TPM): Limit 6000"), .requestTooLarge),
        (failure(429, "Rate limit reached for gpt-4o"), .rateLimit),
        (failure(403, "Country, region, or territory not supported"), .permission),
        (failure(403, "You are not allowed to sample from this model: your prompt ..."), .permission),
        (failure(403, "Your prompt was blocked."), .contentPolicy),
        (
            failure(
                500, "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"),
            .notSupported
        ),
        (failure(503, "This is not supported right now"), .serviceUnavailable),
        (failure(500, "prompt is too long"), .internalServer),
        (failure(404, "No endpoints found that can handle a content_filter"), .notFound),
        (failure(400, "No.", metadata: "{\"raw\":\"not JSON {"), .badRequest),
    ]

    @Test(arguments: ordinary) func nothingOrdinaryIsMistaken(_ failure: UpstreamFailure, _ expected: FailureClass) {
        #expect(FailureClass(failure) == expected)
    }

    @Test func whatIsFarBehindOrTooLargeIsNotLookedFor() {
        let long = String(repeating: "x", count: 9000)
        #expect(FailureClass(Self.failure(400, long + " prompt is too long")) == .badRequest)
        #expect(FailureClass(Self.failure(400, "prompt is too long " + long)) == .contextWindow)
        let huge = String(repeating: "x", count: 70_000)
        #expect(FailureClass(Self.failure(400, metadata: "{\"raw\":\"prompt is too long \(huge)\"}")) == .contextWindow)
    }

    /// `retry_policy` and `allowed_fails_policy` name the classes as LiteLLM does.
    @Test func policiesNameTheClasses() {
        #expect(FailureClass.rateLimit.retryPolicyKey == "RateLimitErrorRetries")
        #expect(FailureClass.timeout.retryPolicyKey == "TimeoutErrorRetries")
        #expect(FailureClass.timeout.allowedFailsKey == "TimeoutErrorAllowedFails")
        #expect(FailureClass.contentPolicy.retryPolicyKey == "ContentPolicyViolationErrorRetries")
        #expect(FailureClass.badGateway.allowedFailsKey == "BadGatewayErrorAllowedFails")
        #expect(Set(FailureClass.allCases.map(\.retryPolicyKey)).count == FailureClass.allCases.count)
    }
}
