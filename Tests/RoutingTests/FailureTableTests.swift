import Model
import Testing

@testable import Routing

/// The table of codes and phrases, and what becomes of messages that servers really send.
@Suite struct FailureTableTests {
    // MARK: the data

    @Test func everyRowNamesItsServerAndItsSource() {
        #expect(FailureTable.rows.count > 200)
        for row in FailureTable.rows {
            #expect(!row.server.isEmpty && !row.source.isEmpty, "\(row.match)")
        }
    }

    /// Else a row would never be found.
    @Test func everyPhraseIsLowerCaseAndBeginsWithTwoLetters() {
        for row in FailureTable.rows {
            let text: String
            switch row.match {
            case .code(let code): text = code
            case .phrase(let phrase), .word(let phrase):
                text = phrase
                #expect(!phrase.prefix(2).contains { "#*".contains($0) } && phrase.utf8.count >= 2, "\(phrase)")
                let said = "\n" + phrase.replacing("#", with: "1,234").replacing("*", with: "x")
                let found = FailureTable.phrases.matches(in: Array(said.utf8))
                #expect(
                    found.contains { $0.meaning == row.meaning && (row.isOfRequestsOnly || !$0.isOfRequestsOnly) },
                    "\(phrase)")
            }
            #expect(text == text.lowercased(), "\(text)")
        }
    }

    @Test func noRowStandsThereTwice() {
        var seen: Set<String> = []
        for row in FailureTable.rows {
            let key: String =
                switch row.match {
                case .code(let code): "code \(code)"
                case .phrase(let phrase): "phrase \(phrase)"
                case .word(let word): "code \(word)"
                }
            #expect(seen.insert(key).inserted, "\(key)")
        }
    }

    @Test func numbersAndGapsMatchWhatTheyShould() {
        let phrases = FailurePhrases([
            ("limit of # tokens", .contextWindow, false), ("model `*` is gone", .model, true),
        ])
        func says(_ text: String) -> Bool { !phrases.matches(in: Array(text.utf8)).isEmpty }
        #expect(says("a limit of 8,192 tokens"))
        #expect(!says("a limit of tokens"))
        #expect(!says("a limit of some tokens"))
        #expect(says("the model `a/b` is gone"))
        #expect(says("the model `` is gone"))
        #expect(!says("the model `\(String(repeating: "x", count: 200))` is gone"))
        #expect(!says("the model `a` is"))
        let found = phrases.matches(in: Array("so the model `a` is gone".utf8))
        #expect(found.map(\.range) == [7..<24] && found.map(\.isOfRequestsOnly) == [true])
        for cut in 0...("limit of 1 tokens".utf8.count - 1) { #expect(!says(String("limit of 1 tokens".prefix(cut)))) }
    }

    // MARK: messages as they come

    static func failure(
        _ status: Int, _ message: String, code: String? = nil, type: String? = nil, more: String? = nil,
        cause: UpstreamFailure.Cause = .status
    ) -> UpstreamFailure {
        var failure = UpstreamFailure(cause: cause, provider: "openai", status: status, message: message)
        failure.code = code.map { Array($0.utf8) }
        failure.type = type
        failure.otherMembers = more.map { Array($0.utf8) }
        return failure
    }

    typealias Case = (server: String, failure: UpstreamFailure, expected: FailureClass)

    static let contexts: [Case] = [
        (
            "vLLM today",
            failure(
                400,
                "You passed 4097 input tokens and requested 0 output tokens. However, the model's context length is only 4096 tokens, resulting in a maximum input length of 4096 tokens.",
                code: "400", type: "BadRequestError"), .contextWindow
        ),
        (
            "vLLM 0.32",
            failure(
                400,
                "This model's maximum context length is 2048 tokens. However, your prompt contains at least 2049 input tokens. Please reduce the length of the input.",
                type: "BadRequestError"), .contextWindow
        ),
        (
            "vLLM, the answer",
            failure(400, "max_tokens=5000 cannot be greater than max_model_len=max_total_tokens=4096."),
            .contextWindow
        ),
        (
            "TGI",
            failure(
                422,
                "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens and 200 `max_new_tokens`"
            ), .contextWindow
        ),
        (
            "TGI, the input",
            failure(422, "Input validation error: `inputs` must have less than 1024 tokens. Given: 3000"),
            .contextWindow
        ),
        (
            "llama.cpp",
            failure(
                400, "request (9412 tokens) exceeds the available context size (8192 tokens), try increasing it",
                code: "400", type: "exceed_context_size_error"), .contextWindow
        ),
        (
            "llama.cpp as 500",
            failure(
                500,
                "the request exceeds the available context size. try increasing the context size or enable context shift",
                code: "500", type: "server_error"), .contextWindow
        ),
        (
            "llama.cpp, embeddings",
            failure(
                500,
                "input (600 tokens) is too large to process. increase the physical batch size (current batch size: 512)"
            ),
            .contextWindow
        ),
        (
            "llama.cpp in a stream", failure(502, "Context size has been exceeded.", cause: .errorInStream),
            .contextWindow
        ),
        ("Ollama", failure(400, "the input length exceeds the context length"), .contextWindow),
        ("Ollama as 500", failure(500, "the input length exceeds the context length"), .contextWindow),
        (
            "Ollama's runner", failure(400, "prompt too long; exceeded max context length by 4096 tokens"),
            .contextWindow
        ),
        (
            "LM Studio",
            failure(
                400,
                "The number of tokens to keep from the initial prompt is greater than the context length. Try to load the model with a larger context length, or provide a shorter input"
            ), .contextWindow
        ),
        (
            "LM Studio in a stream",
            failure(
                502,
                "Trying to keep the first 5345 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.",
                cause: .errorInStream), .contextWindow
        ),
        (
            "Kimi",
            failure(400, "Invalid request: Your request exceeded model token limit: 262144 (requested: 291351)"),
            .contextWindow
        ),
        ("GLM", failure(400, "Prompt exceeds max length", code: #""1261""#), .contextWindow),
        ("GLM, a number", failure(400, "?", code: "1261"), .contextWindow),
        ("Z.ai", failure(400, "Prompt too long", code: #""1261""#), .contextWindow),
        (
            "DashScope",
            failure(
                400, "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 98304]",
                code: #""invalid_parameter_error""#), .contextWindow
        ),
        ("MiniMax", failure(400, "invalid params, context window exceeds limit (2013)"), .contextWindow),
        (
            "Copilot",
            failure(
                400, "prompt token count of 391491 exceeds the limit of 128000",
                code: #""model_max_prompt_tokens_exceeded""#), .contextWindow
        ),
        (
            "Copilot, without its code", failure(400, "prompt token count of 391491 exceeds the limit of 128000"),
            .contextWindow
        ),
        (
            "Bedrock", failure(400, "Input is too long for requested model.", type: "ValidationException"),
            .contextWindow
        ),
        (
            "Gemini",
            failure(
                400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
                code: "400", more: #"{"status":"INVALID_ARGUMENT"}"#), .contextWindow
        ),
        (
            "Vertex AI",
            failure(
                400,
                "Unable to submit request because the input token count is 1200000 but model only supports up to 1048576."
            ),
            .contextWindow
        ),
        (
            "Mistral",
            failure(
                400,
                "Prompt contains 150000 tokens and 0 draft tokens, too large for model with 131072 maximum context length"
            ), .contextWindow
        ),
        (
            "Cohere",
            failure(400, "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000."),
            .contextWindow
        ),
        ("Anthropic", failure(400, "prompt is too long: 213462 tokens > 200000 maximum"), .contextWindow),
        (
            "Together",
            failure(422, "The input (516368 tokens) is longer than the model's context length (262144 tokens)."),
            .contextWindow
        ),
        ("Fireworks", failure(400, "The prompt is too long: 9000, model maximum context length: 8192"), .contextWindow),
        (
            "Groq",
            failure(
                400, "Please reduce the length of the messages or completion.", code: #""context_length_exceeded""#),
            .contextWindow
        ),
        (
            "Cerebras, without its code",
            failure(
                400,
                "Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192"),
            .contextWindow
        ),
        (
            "OpenAI, one long message",
            failure(
                400,
                "Invalid 'messages[1].content': string too long. Expected a string with maximum length 1048576, but got a string with length 2000000 instead.",
                code: #""string_above_max_length""#), .contextWindow
        ),
        (
            "xAI", failure(400, "This model's maximum prompt length is 131072 but the request contains 537812 tokens."),
            .contextWindow
        ),
        (
            "Databricks",
            failure(400, "Input length of 5000 exceeds maximum allowed token size of 4096.", code: #""BAD_REQUEST""#),
            .contextWindow
        ),
        (
            "LiteLLM",
            failure(
                400,
                "litellm.BadRequestError: litellm.ContextWindowExceededError: ContextWindowExceededError: OpenAIException - too much. Received Model Group=m",
                code: #""400""#), .contextWindow
        ),
        ("LiteLLM as 500", failure(500, "litellm.ContextWindowExceededError: it is too much"), .contextWindow),
    ]

    static let others: [Case] = [
        // Not the context window.
        (
            "a limit per minute",
            failure(
                429,
                "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 40000. The input or output tokens must be reduced",
                code: #""rate_limit_exceeded""#, type: "tokens"), .requestTooLarge
        ),
        (
            "Groq's 413",
            failure(
                413,
                "Request too large for model `m` on tokens per minute (TPM): Limit 8000, Requested 20449, please reduce your message size and try again.",
                code: #""rate_limit_exceeded""#, type: "tokens"), .requestTooLarge
        ),
        ("413 by its code alone", failure(413, "No.", code: #""rate_limit_exceeded""#), .requestTooLarge),
        ("a body of 33 MB", failure(413, "Request exceeds the maximum size", type: "request_too_large"), .badRequest),
        (
            "max_tokens",
            failure(400, "max_tokens is too large: 999999. This model supports at most 16384 completion tokens."),
            .badRequest
        ),
        ("DashScope's max_tokens", failure(400, "Range of max_tokens should be [1, 8192]"), .badRequest),
        ("Bedrock's throttling", failure(429, "Too many tokens, please wait before trying again."), .rateLimit),
        (
            "the same as 400",
            failure(400, "Too many tokens, please wait before trying again.", type: "ThrottlingException"), .rateLimit
        ),
        (
            "a user's name", failure(400, "Invalid 'user': string too long. Expected a string with maximum length 64."),
            .badRequest
        ),
        ("n", failure(400, "n exceeds the limit of 8"), .badRequest),

        // The model.
        ("OpenRouter", failure(400, "v/m-x is not a valid model ID", code: "400"), .notFound),
        (
            "Groq",
            failure(
                400, "The model `llama3-8b-8192` has been decommissioned and is no longer supported.",
                code: #""model_decommissioned""#, type: "invalid_request_error"), .notFound
        ),
        (
            "its words alone", failure(400, "The model `x` has been decommissioned and is no longer supported."),
            .notFound
        ),
        ("a code alone", failure(400, "No.", code: #""model_not_found""#), .notFound),
        (
            "403", failure(403, "Project `proj_1` does not have access to model `gpt-4`", code: #""model_not_found""#),
            .notFound
        ),
        ("Copilot", failure(400, "The requested model is not supported.", code: #""model_not_supported""#), .notFound),
        ("Mistral", failure(400, "Invalid model: foo", code: #""1500""#, type: "invalid_model"), .notFound),
        ("DeepSeek", failure(400, "Model Not Exist", type: "invalid_request_error"), .notFound),
        (
            "LiteLLM",
            failure(400, "/chat/completions: Invalid model name passed in model=x. Call `/v1/models`", code: #""400""#),
            .notFound
        ),
        (
            "Bedrock",
            failure(
                400,
                "Invocation of model ID anthropic.claude with on-demand throughput isn't supported. Retry with an inference profile."
            ),
            .notFound
        ),
        (
            "Together", failure(400, "Unable to access non-serverless model x/y.", code: #""model_not_available""#),
            .notFound
        ),
        (
            "OpenAI's verification",
            failure(400, "Your organization must be verified to stream this model.", code: #""unsupported_value""#),
            .notFound
        ),
        ("LiteLLM's key", failure(401, "key not allowed to access model", type: "key_model_access_denied"), .notFound),
        ("not a model", failure(400, "Unknown model parameter: 'foo'."), .badRequest),
        ("not a model either", failure(400, "tool 'get_model' does not exist"), .badRequest),

        // The key.
        (
            "Google",
            failure(
                400, "API key not valid. Please pass a valid API key.", code: "400",
                more:
                    #"{"status":"INVALID_ARGUMENT","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}"#
            ), .authentication
        ),
        (
            "Google's reason alone", failure(400, "No.", more: #"{"details":[{"reason":"API_KEY_INVALID"}]}"#),
            .authentication
        ),
        ("LiteLLM", failure(400, "No connected db.", code: #""400""#, type: "no_db_connection"), .authentication),
        (
            "xAI",
            failure(400, "Incorrect API key provided: xa***. You can obtain an API key from https://console.x.ai."),
            .authentication
        ),
        (
            "403",
            failure(403, "The security token included in the request is invalid.", type: "UnrecognizedClientException"),
            .authentication
        ),

        // Region, tier, money.
        (
            "Gemini's region",
            failure(400, "User location is not supported for the API use.", more: #"{"status":"FAILED_PRECONDITION"}"#),
            .permission
        ),
        ("OpenAI's region", failure(400, "No.", code: #""unsupported_country_region_territory""#), .permission),
        ("a plan", failure(400, "This model is not available on your current plan. Please upgrade."), .permission),
        ("a tier", failure(400, "This model requires a higher tier."), .permission),
        (
            "Anthropic's credit",
            failure(
                400,
                "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
                type: "invalid_request_error"), .paymentRequired
        ),
        (
            "DashScope's",
            failure(400, "Access denied, please make sure your account is in good standing.", code: #""Arrearage""#),
            .paymentRequired
        ),
        (
            "OpenAI's", failure(400, "Billing hard limit has been reached", code: #""billing_hard_limit_reached""#),
            .paymentRequired
        ),
        (
            "a quota",
            failure(
                400, "You exceeded your current quota, please check your plan and billing details.",
                code: #""insufficient_quota""#), .paymentRequired
        ),
        (
            "LiteLLM's budget",
            failure(400, "Budget has been exceeded! Current cost: 2, Max budget: 1", type: "budget_exceeded"),
            .paymentRequired
        ),

        // Limits and chance.
        ("a limit as 400", failure(400, "No.", code: #""rate_limit_exceeded""#), .rateLimit),
        ("a limit as 403", failure(403, "API rate limit exceeded for installation."), .rateLimit),
        ("Bedrock's quota", failure(400, "Too many.", type: "ServiceQuotaExceededException"), .rateLimit),
        (
            "Groq's tool call",
            failure(
                400, "Failed to call a function. Please adjust your prompt. See 'failed_generation' for more details.",
                code: #""tool_use_failed""#, type: "invalid_request_error"), .sampling
        ),
        ("Groq's JSON", failure(400, "Failed to generate JSON.", code: #""json_validate_failed""#), .sampling),

        // Content.
        (
            "DashScope's inspection",
            failure(400, "Input data may contain inappropriate content.", code: #""data_inspection_failed""#),
            .contentPolicy
        ),
        ("DeepSeek's risk", failure(400, "Content Exists Risk"), .contentPolicy),
        (
            "xAI's guidelines", failure(403, "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO"),
            .contentPolicy
        ),

        // LiteLLM's class names.
        (
            "LiteLLM's limit", failure(500, "litellm.RateLimitError: RateLimitError: OpenAIException - slow down"),
            .rateLimit
        ),
        ("LiteLLM's timeout", failure(400, "litellm.Timeout: APITimeoutError - Request timed out."), .timeout),
        (
            "LiteLLM's key", failure(500, "litellm.AuthenticationError: AuthenticationError: OpenAIException - no"),
            .authentication
        ),
        ("LiteLLM's model", failure(400, "litellm.NotFoundError: OpenAIException - no"), .notFound),
        ("LiteLLM's bad request", failure(500, "litellm.BadRequestError: OpenAIException - no"), .badRequest),
        (
            "and what it wraps",
            failure(
                400,
                #"litellm.BadRequestError: OpenrouterException - {"error":{"message":"x/y is not a valid model ID"}}"#),
            .notFound
        ),
        ("LiteLLM's content", failure(400, "litellm.ContentPolicyViolationError: no"), .contentPolicy),
        ("LiteLLM's server", failure(400, "litellm.InternalServerError: OpenAIException - no"), .internalServer),
        (
            "LiteLLM's wrapper", failure(500, "litellm.MidStreamFallbackError: litellm.ServiceUnavailableError: no"),
            .serviceUnavailable
        ),
        ("a name that is not at the start", failure(400, "see litellm.RateLimitError: no"), .badRequest),
        ("a name of somebody else", failure(400, "NotFoundError: no tool of this name"), .badRequest),

        // A server's trouble stays one.
        ("500", failure(500, "prompt is too long"), .internalServer),
        ("503", failure(503, "The model is overloaded"), .serviceUnavailable),
        ("500 with a model", failure(500, "model not found in cache"), .internalServer),
    ]

    @Test(arguments: contexts + others) func saysWhatItMeans(_ c: Case) {
        #expect(FailureClass(c.failure) == c.expected, "\(c.server): \(c.failure.message)")
    }

    static let unstated: [(String, UpstreamFailure.Cause, Int, Int)] = [
        ("the input length exceeds the context length", .errorInBody, 502, 400),
        ("Context size has been exceeded.", .errorInStream, 502, 400),
        ("model 'x' not found", .errorInBody, 502, 404), ("Incorrect API key provided", .errorInBody, 502, 401),
        ("Rate limit exceeded", .errorInStream, 502, 429), ("Something broke", .errorInBody, 502, 502),
        ("the input length exceeds the context length", .errorInBody, 500, 500),
        ("the input length exceeds the context length", .status, 502, 502),
    ]

    @Test(arguments: unstated) func whatSaysNoStatusGetsThatOfItsWords(
        _ message: String, _ cause: UpstreamFailure.Cause, _ status: Int, _ expected: Int
    ) {
        let failure = Self.failure(status, message, cause: cause)
        #expect(failure.withStatusOfItsWords.status == expected)
        #expect(FailureClass(failure.withStatusOfItsWords) == FailureClass(failure))
    }

    /// Whoever answers cannot make the gateway work without end.
    @Test func endlessTextsAndManyCodesAreBounded() {
        let long = String(repeating: "model `", count: 100_000)
        let details = "{\"details\":[\(Array(repeating: #"{"reason":"x"}"#, count: 2000).joined(separator: ","))]}"
        #expect(FailureClass(Self.failure(400, long, code: "\"\(long)\"", more: details)) == .badRequest)
    }
}
