internal import JSONText

/// A canned answer to chat and to text completions, with every member that OpenAI's schema asks for. Pure.
enum CannedCompletion {
    /// LiteLLM's fixed count.
    static let promptTokens = 10

    static func body(
        _ configured: String, _ request: CannedRequest, isChat: Bool, model: String, id: String, created: Int
    ) -> [UInt8] {
        let answer = isChat ? chat(configured, request, id) : text(configured, request)
        let count = request.choices * request.prompts
        let choices = (0..<count).map { index in
            JSONValue.object([.init("index", .number(index))] + answer.members)
        }
        let (prompt, completion) = (promptTokens * request.prompts, answer.tokens * count)
        var usage: [JSONValue.Member] = [
            .init("prompt_tokens", .number(prompt)), .init("completion_tokens", .number(completion)),
            .init("total_tokens", .number(prompt + completion)),
        ]
        if isChat {
            usage.append(.init("prompt_tokens_details", ["cached_tokens": 0, "audio_tokens": 0]))
            usage.append(
                .init(
                    "completion_tokens_details",
                    [
                        "reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0,
                        "rejected_prediction_tokens": 0,
                    ]))
        }
        return JSONValue.object([
            .init("id", .string("\(isChat ? "chatcmpl" : "cmpl")-\(id)")),
            .init("object", isChat ? "chat.completion" : "text_completion"), .init("created", .number(created)),
            .init("model", .string(model)), .init("choices", .array(choices)), .init("usage", .object(usage)),
            .init("service_tier", "default"), .init("system_fingerprint", "fp_canned"),
        ]).serialized()
    }

    private static func text(
        _ configured: String, _ request: CannedRequest
    ) -> (members: [JSONValue.Member], tokens: Int) {
        let text = CannedText(configured, request)
        return (
            [
                .init("text", .string(text.text)), .init("logprobs", .null),
                .init("finish_reason", text.isCut ? "length" : "stop"),
            ], text.tokens
        )
    }

    private static func chat(
        _ configured: String, _ request: CannedRequest, _ id: String
    ) -> (members: [JSONValue.Member], tokens: Int) {
        var message: [JSONValue.Member] = [.init("role", "assistant")]
        let text: CannedText
        var finish: JSONValue = "stop"
        if let tool = request.demandedTool {
            text =
                tool.kind == .custom
                ? CannedText(configured, request)
                : CannedText(arguments: CannedJSON.arguments(tool.parameters, text: configured), request)
            finish = tool.kind == .legacy ? "function_call" : "tool_calls"
            message += [.init("content", .null), call(of: tool, text.text, id)]
        } else {
            text = CannedText(configured, request)
            message.append(.init("content", .string(text.text)))
        }
        message += [.init("refusal", .null), .init("annotations", [])]
        return (
            [
                .init("message", .object(message)), .init("logprobs", .null),
                .init("finish_reason", text.isCut ? "length" : finish),
            ], text.tokens
        )
    }

    private static func call(of tool: CannedRequest.Tool, _ text: String, _ id: String) -> JSONValue.Member {
        let function: JSONValue = ["name": .string(tool.name), "arguments": .string(text)]
        switch tool.kind {
        case .legacy: return .init("function_call", function)
        case .function:
            return .init(
                "tool_calls", [["id": .string("call_\(id)"), "type": "function", "function": function]])
        case .custom:
            return .init(
                "tool_calls",
                [
                    [
                        "id": .string("call_\(id)"), "type": "custom",
                        "custom": ["name": .string(tool.name), "input": .string(text)],
                    ]
                ])
        }
    }
}

extension CannedJSON {
    /// Arguments that fit a function's parameters: an empty object when it has none.
    static func arguments(_ parameters: JSONValue, text: String) -> JSONValue {
        let value = parameters.objectValue?.isEmpty ?? true ? .object([]) : CannedJSON.value(of: parameters, text: text)
        return value.objectValue == nil ? .object([]) : value
    }
}
