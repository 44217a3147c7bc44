import Model
import Testing

@testable import Routing

/// What a failure repeats of the request says nothing of the upstream: no key is bad, no limit reached and no model gone
/// because a client wrote so.
@Suite struct FailureEchoTests {
    static func failure(
        _ status: Int, _ message: String, code: String? = nil, type: String? = nil, param: String? = nil,
        metadata: String? = nil, cause: UpstreamFailure.Cause = .status
    ) -> UpstreamFailure {
        var failure = UpstreamFailure(cause: cause, provider: "openai", status: status, message: message)
        failure.code = code.map { Array("\"\($0)\"".utf8) }
        failure.type = type
        failure.param = param.map { Array("\"\($0)\"".utf8) }
        failure.metadata = metadata.map { Array($0.utf8) }
        return failure
    }

    /// Phrases of every kind that a client may write.
    static let words = [
        "invalid api key", "Incorrect API key provided", "rate limit exceeded", "too many requests", "model not found",
        "The model 'gpt-9' does not exist", "maximum context length", "prompt is too long: 5", "insufficient_quota",
        "not available in your region", "tool_use_failed",
    ]

    static let quoting: [(server: String, text: @Sendable (String) -> String)] = [
        ("OpenAI", { "Invalid value for 'stop': \"\($0)\"" }),
        ("OpenAI, of many", { "Invalid value: '\($0)'. Supported values are: 'system', 'assistant', and 'user'." }),
        ("curly", { "Invalid value for stop: \u{201C}\($0)\u{201D}." }),
        ("backticks", { "Unknown parameter `\($0)`." }),
        (
            "pydantic",
            {
                "1 validation error for Request\nstop\n  Input should be a valid list [type=list_type, input_value='\($0)', input_type=str]"
            }
        ),
        (
            "a list as text",
            {
                "[{'type': 'literal_error', 'loc': ('body', 'stop'), 'msg': \"Input should be 'none' or 'auto'\", 'input': '\($0)'}]"
            }
        ),
        ("jsonschema", { "'\($0)' is not one of ['json_object', 'text'] - 'response_format.type'" }),
        (
            "JSON in a text",
            { "OpenAIException - {\"error\":{\"message\":\"Invalid value for 'stop': \\\"\($0)\\\"\"}}" }
        ),
        ("Google", { "Invalid JSON payload received. Unknown name \"\($0)\": Cannot find field." }),
        ("Rust", { "Failed to deserialize the JSON body into the target type: stop: unknown variant `\($0)`" }),
        ("llama.cpp", { "parse error at line 1: syntax error while parsing value; last read: '\"\($0)'" }),
        ("Go", { "json: cannot unmarshal string \"\($0)\" into Go struct field" }),
        ("ASP.NET", { "stop: The value '\($0)' is not valid." }),
        ("a refusal", { "Your prompt was flagged by our system: \"please \($0) now\"" }),
        ("another", { "Blocked due to content rules (\"\($0)\")." }),
    ]

    @Test(arguments: words) func whatIsQuotedOfTheRequestIsNotClassified(_ words: String) {
        for (server, text) in Self.quoting {
            for status in [400, 413, 422] {
                let failure = Self.failure(status, text(words), type: "invalid_request_error")
                #expect(FailureClass(failure) == .badRequest, "\(server): \(failure.message)")
                #expect(failure.tellingWords.isEmpty, "\(server): \(failure.message)")
            }
            let inRaw = Self.failure(
                400, "Provider returned error", metadata: #"{"raw":"\#(Self.escaped(text(words)))"}"#)
            #expect(FailureClass(inRaw) == .badRequest, "\(server), raw: \(words)")
            let inBody = Self.failure(502, text(words), cause: .errorInBody)
            #expect(Verdict.on(FailureClass(inBody)).cooldown <= .counts, "\(server), in a 200: \(words)")
        }
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    /// What is the upstream's own, quotes or not.
    static let own: [(String, FailureClass)] = [
        ("The model 'gpt-9' does not exist", .notFound),
        ("The model `gpt-9` does not exist or you do not have access", .notFound),
        ("model \"llama\" not found, try pulling it first", .notFound),
        ("Invalid model 'sonar'. Permitted models can be found in the documentation", .notFound),
        ("Incorrect API key provided: 'sk-ab***cd'. You can find your API key at …", .authentication),
        ("Invalid API key: \"sk-x\"", .authentication),
        ("Provider said: 'API key not valid. Please pass a valid API key.'", .authentication),
        ("OpenAIException - {\"error\":{\"message\":\"Rate limit exceeded\"}}", .rateLimit),
        ("Error code: 400 - {'error': {'message': 'model not found', 'type': 'x'}}", .notFound),
        (
            "litellm.BadRequestError: AnthropicException - b'{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"Your credit balance is too low\"}}'",
            .paymentRequired
        ),
        (
            "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 4000 `inputs` tokens",
            .contextWindow
        ),
        ("Input validation error: `inputs` must have less than 1024 tokens. Given: 3000", .contextWindow),
        ("'max_tokens' is too large: this model's maximum context length is 8192 tokens", .contextWindow),
        (
            "Invalid 'messages[1].content': string too long. Expected a string with maximum length 1048576",
            .contextWindow
        ),
        ("\"max_tokens\" must be less: input length and `max_tokens` exceed context limit: 9 + 9 > 10", .contextWindow),
        ("Your organization must be verified to use the model `gpt-image`. It's 'unverified'", .notFound),
    ]

    @Test(arguments: own) func whatTheUpstreamSaysItselfIs(_ message: String, _ expected: FailureClass) {
        #expect(FailureClass(Self.failure(400, message)) == expected, "\(message)")
    }

    // MARK: fields before texts

    @Test func codesOutrankTexts() {
        let cases: [(UpstreamFailure, FailureClass)] = [
            (Self.failure(400, "stop: invalid api key", code: "model_not_found"), .notFound),
            (
                Self.failure(400, "your maximum context length said rate limit exceeded", code: "invalid_api_key"),
                .authentication
            ),
            (Self.failure(400, "invalid api key", type: "rate_limit_error"), .rateLimit),
            (Self.failure(400, "rate limit exceeded", code: "context_length_exceeded"), .contextWindow),
            (Self.failure(400, "Bad stop: invalid api key", code: "invalid_value"), .badRequest),
            (
                Self.failure(400, "Error while downloading: 429 Too many requests", code: "invalid_image_url"),
                .badRequest
            ),
            (Self.failure(400, "Bad stop: rate limit exceeded", param: "stop"), .badRequest),
            (Self.failure(422, "body.stop: rate limit exceeded", type: "value_error"), .badRequest),
            // Of a member, but not its fault.
            (Self.failure(400, "Incorrect API key provided", param: "api_key"), .authentication),
            (Self.failure(400, "Incorrect API key provided", param: "None"), .authentication),
            (Self.failure(400, "not available in your region", param: "model"), .permission),
            (Self.failure(400, "The model `x` does not exist", param: "model"), .notFound),
            (Self.failure(400, "This model's maximum context length is 9 tokens", param: "messages"), .contextWindow),
        ]
        for (failure, expected) in cases { #expect(FailureClass(failure) == expected, "\(failure.message)") }
    }

    // MARK: compared with the request

    /// The failure as the gateway takes it, whose request was `body`.
    static func read(_ failure: UpstreamFailure, sent body: String, by part: Int = 1 << 20) -> FailureClass {
        var echo = RequestEcho(of: failure.tellingWords)
        let bytes = Array(body.utf8)
        while !echo.advance(over: bytes.span, by: part) {}
        return FailureClass(failure.echoing(echo.found))
    }

    static let bare: [@Sendable (String) -> String] = [
        { "Unrecognized request argument supplied: \($0)" }, { "The stop sequence \($0) is not possible" },
        { "stop: value of \($0)" }, { "\($0) is not a valid stop" }, { "The prompt was refused (\($0))" },
        // The client closes the quotes.
        { "Invalid value for 'stop': \"x\" \($0)\"" },
    ]

    @Test(arguments: ["invalid api key", "Rate limit exceeded", "not available in your region", "api_key_invalid"])
    func wordsOfTheRequestRestNobody(_ words: String) {
        for text in Self.bare {
            let failure = Self.failure(400, text(words))
            #expect(Verdict.on(FailureClass(failure)).cooldown >= .whenNotAlone || text(words).contains("\"x\""))
            #expect(Self.read(failure, sent: #"{"model":"m","stop":"\#(words)"}"#) == .badRequest, "\(text(words))")
            #expect(Self.read(failure, sent: #"{"model":"m","stop":"x"}"#) == FailureClass(failure), "\(text(words))")
        }
    }

    /// They rest nobody, so a prompt may speak of them.
    @Test(arguments: [
        "maximum context length", "the model x does not exist", "insufficient credits", "tool_use_failed",
    ])
    func wordsOfAShortTextAreAnEcho(_ words: String) {
        let talk = String(repeating: "We spoke of it at length. ", count: 12)
        let text = "The stop sequence \(words) is not possible"
        let failure = Self.failure(400, text)
        let own = FailureClass(failure)
        #expect(own != .badRequest)
        for part in [50, 1 << 20] {
            let short = #"{"messages":[{"content":"\#(talk)"}],"stop":["a","so \#(words)!"],"n":1}"#
            #expect(Self.read(failure, sent: short, by: part) == .badRequest)
            let prompt = #"{"messages":[{"content":"\#(talk)\#(words) \#(talk)"}],"stop":"a"}"#
            #expect(Self.read(failure, sent: prompt, by: part) == own)
            let whole = #"{"messages":[{"content":"\#(talk)\#(text) \#(talk)"}],"stop":"a"}"#
            #expect(Self.read(failure, sent: whole, by: part) == .badRequest)
        }
    }

    /// A log of another day is no echo.
    @Test func whatTheUpstreamSaysOfThisRequestIsItsOwn() {
        let talk = String(repeating: "We spoke of it at length. ", count: 12)
        let own = Self.failure(
            400, "This model's maximum context length is 8192 tokens. However, you sent 9001 tokens.")
        let log = "\(talk)It said: This model's maximum context length is 4096 tokens.\(talk)"
        #expect(Self.read(own, sent: #"{"x":"\#(log)"}"#) == .contextWindow)
        let gone = Self.failure(400, "The model `a/b` does not exist")
        #expect(Self.read(gone, sent: #"{"model":"a/b","x":"model `*` does not exist"}"#) == .notFound)
    }

    /// Codes are the upstream's.
    @Test func fieldsAreNoEcho() {
        let failure = Self.failure(400, "invalid api key", code: "invalid_api_key")
        #expect(failure.tellingWords.isEmpty)
        #expect(Self.read(failure, sent: #"{"stop":"invalid api key invalid_api_key"}"#) == .authentication)
    }

    @Test func anEchoOfLiteLLMsNamesIsOneToo() {
        let failure = Self.failure(400, "litellm.AuthenticationError: x is not a valid model ID")
        #expect(FailureClass(failure) == .authentication)
        #expect(Self.read(failure, sent: #"{"model":"openrouter/litellm.AuthenticationError: x"}"#) == .notFound)
    }

    /// Nothing that a client writes may rest a deployment that would not rest without it.
    @Test func anEchoNeverMakesItWorse() {
        let refused = Self.failure(403, "Your input was flagged by moderation.")
        #expect(FailureClass(refused) == .contentPolicy)
        #expect(Self.read(refused, sent: #"{"x":"Your input was flagged by moderation."}"#) == .contentPolicy)
        let quoted = Self.failure(403, "Your prompt was flagged: \"what is an api key of a project?\"")
        #expect(FailureClass(quoted) == .contentPolicy)
        let long = Self.failure(500, "the input length exceeds the context length")
        #expect(Self.read(long, sent: #"{"x":"the input length exceeds the context length"}"#) == .contextWindow)
    }

    /// However the client spells it, and wherever the parts of its body end.
    @Test(arguments: [1, 2, 3, 7, 4096]) func isFoundHoweverItIsWritten(_ part: Int) {
        let failure = Self.failure(400, "stop: invalid\n  API key")
        // What servers make of blanks, the table does not know.
        let plain = Self.failure(400, "stop: Invalid API key")
        for stop in [
            "invalid api key", "INVALID API KEY", #"\u0069nvalid\u0020api k\u0065Y"#, #"invalid\napi\t\tkey"#,
            "é invalid   api key", #"\ud83d invalid api key"#, #"\\invalid api key\\"#,
        ] {
            #expect(Self.read(plain, sent: #"{"stop":["a","\#(stop)"]}"#, by: part) == .badRequest, "\(stop)")
        }
        #expect(FailureClass(failure) == .badRequest)
        for body in ["", "{", #"{"x":"\"#, #"{"x":"\u"#, #"{"x":"\u00"#, #"{"stop":"invalid api ke"#] {
            #expect(Self.read(plain, sent: body, by: part) == .authentication, "\(body)")
        }
    }

    @Test func endlessTextsAreBounded() {
        let quotes = String(repeating: "\"'`", count: 50_000)
        let failure = Self.failure(400, "Invalid value: \(quotes) invalid api key \(quotes)")
        #expect(FailureClass(failure) == .badRequest)
        let many = Self.failure(400, (0..<500).map { "model x\($0) has been removed, " }.joined())
        #expect(many.tellingWords.count <= 16)
        #expect(Self.read(many, sent: String(repeating: "model x", count: 10_000)) == .notFound)
    }
}
