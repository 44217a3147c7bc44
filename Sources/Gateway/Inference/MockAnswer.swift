internal import EventLoop
internal import HTTPServer
internal import JSONText
internal import Model
internal import Observability
internal import Providers
internal import Routing
internal import Upstream

/// `mock_response`: an answer from the configuration, so that a newcomer sees one without any provider's key.
extension Inference {
    /// LiteLLM's fixed counts.
    private static let promptTokens = 10
    private static let completionTokens = 20
    /// LiteLLM streams a canned text in pieces of three characters.
    private static let pieceLength = 3

    func answer(
        with mock: Deployment.MockAnswer, _ envelope: Envelope, _ target: Target
    ) async throws(UpstreamFailure) {
        var content = ByteBuffer()
        switch mock {
        case .body(let body): content.append(body)
        case .text(let text):
            if let failure = Inference.failure(named: text, provider: target.access.provider.prefix) {
                throw failure
            }
            guard envelope.endpoint != .embeddings else {
                throw UpstreamFailure(
                    cause: .notACompletion, provider: "mock_response", status: 400,
                    message: "'\(envelope.model)' has a text as mock_response, which cannot answer /embeddings.")
            }
            content.append(Inference.body(text, envelope, id: record.requestID))
        }
        let check = try AnswerCheck(content, endpoint: envelope.endpoint, provider: "mock_response")
        if let usage = check.usage { record.usage = usage }
        record.cost = record.usage.cost(at: target.deployment.price)
        noteEnd(of: nil, at: LoopTime.now())
        if envelope.isStream {
            let stream = try WholeAnswerAsStream(
                content, envelope: envelope, provider: "mock_response", pieceLength: Inference.pieceLength)
            record.firstTokenAt = reactor.now
            startStream(nil, target)
            await write(stream, of: content)
        } else {
            start(content, check, envelope, answerFields(nil, target))
            await finish()
        }
    }

    /// The words by which LiteLLM's `mock_response` asks for an error.
    private static func failure(named text: String, provider: String) -> UpstreamFailure? {
        switch text {
        case "litellm.RateLimitError":
            UpstreamFailure(
                cause: .status, provider: provider, status: 429, message: "This is a mock rate limit error.")
        case "litellm.ContextWindowExceededError":
            UpstreamFailure(
                cause: .status, provider: provider, status: 400,
                message: "This is a mock context window exceeded error.")
        case "litellm.InternalServerError":
            UpstreamFailure(
                cause: .status, provider: provider, status: 500, message: "This is a mock internal server error.")
        default: nil
        }
    }

    private static func body(_ text: String, _ envelope: Envelope, id: String) -> [UInt8] {
        let created = Int(wallClockSeconds())
        let model = JSONValue.string(envelope.model)
        switch envelope.endpoint {
        case .responses:
            return JSONValue.object([
                .init("id", .string("resp_\(id)")), .init("object", "response"), .init("created_at", .number(created)),
                .init("completed_at", .number(created)), .init("status", "completed"), .init("error", .null),
                .init("incomplete_details", .null), .init("instructions", .null), .init("metadata", .object([])),
                .init("model", model),
                .init(
                    "output",
                    [
                        .object([
                            .init("type", "message"), .init("id", .string("msg_\(id)")), .init("status", "completed"),
                            .init("role", "assistant"),
                            .init(
                                "content",
                                [
                                    .object([
                                        .init("type", "output_text"), .init("text", .string(text)),
                                        .init("annotations", []),
                                    ])
                                ]),
                        ])
                    ]),
                .init("parallel_tool_calls", true), .init("temperature", .null), .init("tool_choice", "auto"),
                .init("tools", []), .init("top_p", .null),
                .init(
                    "usage",
                    .object([
                        .init("input_tokens", .number(promptTokens)),
                        .init("input_tokens_details", .object([.init("cached_tokens", 0)])),
                        .init("output_tokens", .number(completionTokens)),
                        .init("output_tokens_details", .object([.init("reasoning_tokens", 0)])),
                        .init("total_tokens", .number(promptTokens + completionTokens)),
                    ])),
            ]).serialized()
        case .chatCompletions, .completions, .embeddings:
            let isChat = envelope.endpoint == .chatCompletions
            let content: JSONValue.Member =
                isChat
                ? .init("message", .object([.init("role", "assistant"), .init("content", .string(text))]))
                : .init("text", .string(text))
            return JSONValue.object([
                .init("id", .string("\(isChat ? "chatcmpl" : "cmpl")-\(id)")),
                .init("object", .string(envelope.endpoint.answerObject)), .init("created", .number(created)),
                .init("model", model),
                .init("choices", [.object([.init("index", 0), content, .init("finish_reason", "stop")])]),
                .init(
                    "usage",
                    .object([
                        .init("prompt_tokens", .number(promptTokens)),
                        .init("completion_tokens", .number(completionTokens)),
                        .init("total_tokens", .number(promptTokens + completionTokens)),
                    ])),
            ]).serialized()
        }
    }
}
