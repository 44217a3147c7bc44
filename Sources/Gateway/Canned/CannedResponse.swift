internal import JSONText

/// A canned answer to Responses, with every member that OpenAI's schema and Open Responses ask for. Pure.
enum CannedResponse {
    static func body(_ configured: String, _ request: CannedRequest, model: String, id: String, created: Int) -> [UInt8]
    {
        var output: [JSONValue] = []
        let text: CannedText
        let status: JSONValue
        if let summary = request["reasoning"]?["summary"]?.stringValue, summary != "none" {
            output.append([
                "id": .string("rs_\(id)"), "type": "reasoning",
                "summary": [["type": "summary_text", "text": "The answer stands in the gateway's configuration."]],
            ])
        }
        if let tool = request.demandedTool {
            text =
                tool.kind == .custom
                ? CannedText(configured, request)
                : CannedText(arguments: CannedJSON.arguments(tool.parameters, text: configured), request)
            status = text.isCut ? "incomplete" : "completed"
            output.append(
                tool.kind == .custom
                    ? [
                        "id": .string("ctc_\(id)"), "type": "custom_tool_call", "status": status,
                        "call_id": .string("call_\(id)"), "name": .string(tool.name), "input": .string(text.text),
                    ]
                    : [
                        "id": .string("fc_\(id)"), "type": "function_call", "status": status,
                        "call_id": .string("call_\(id)"), "name": .string(tool.name), "arguments": .string(text.text),
                    ])
        } else {
            text = CannedText(configured, request)
            status = text.isCut ? "incomplete" : "completed"
            output.append([
                "id": .string("msg_\(id)"), "type": "message", "status": status, "role": "assistant",
                "content": [["type": "output_text", "text": .string(text.text), "annotations": [], "logprobs": []]],
            ])
        }
        return JSONValue.object(
            head(id, created, status, model) + [.init("output", .array(output))] + settings(request)
                + [.init("usage", usage(text.tokens))]
        ).serialized()
    }

    private static func head(
        _ id: String, _ created: Int, _ status: JSONValue, _ model: String
    ) -> [JSONValue.Member] {
        let isWhole = status == "completed"
        return [
            .init("id", .string("resp_\(id)")), .init("object", "response"), .init("created_at", .number(created)),
            .init("completed_at", isWhole ? .number(created) : .null), .init("status", status), .init("error", .null),
            .init("incomplete_details", isWhole ? .null : ["reason": "max_output_tokens"]),
            .init("model", .string(model)),
        ]
    }

    private static func usage(_ tokens: Int) -> JSONValue {
        [
            "input_tokens": .number(CannedCompletion.promptTokens),
            "input_tokens_details": ["cached_tokens": 0, "cache_write_tokens": 0], "output_tokens": .number(tokens),
            "output_tokens_details": ["reasoning_tokens": 0],
            "total_tokens": .number(CannedCompletion.promptTokens + tokens),
        ]
    }

    /// What a response repeats of its request, and what stands there when the request says nothing.
    private static func settings(_ request: CannedRequest) -> [JSONValue.Member] {
        let defaults: [(String, JSONValue)] = [
            ("background", false), ("instructions", .null), ("max_output_tokens", .null), ("max_tool_calls", .null),
            ("parallel_tool_calls", true), ("previous_response_id", .null), ("prompt_cache_key", .null),
            ("safety_identifier", .null), ("service_tier", "default"), ("store", true), ("temperature", 1),
            ("tool_choice", "auto"), ("top_logprobs", 0), ("top_p", 1), ("presence_penalty", 0),
            ("frequency_penalty", 0), ("truncation", "disabled"), ("user", .null), ("metadata", .object([])),
        ]
        var members = defaults.map { JSONValue.Member($0.0, request[$0.0] ?? $0.1) }
        if let place = members.firstIndex(where: { $0.key == "service_tier" }), members[place].value == "auto" {
            members[place].value = "default"
        }
        let reasoning = request["reasoning"]
        members.append(
            .init("reasoning", ["effort": reasoning?["effort"] ?? .null, "summary": reasoning?["summary"] ?? .null]))
        members.append(.init("text", text(request["text"])))
        members.append(.init("tools", .array((request["tools"]?.arrayValue ?? []).map(tool))))
        return members
    }

    private static func text(_ asked: JSONValue?) -> JSONValue {
        var members = asked?.objectValue ?? []
        if asked?["format"] == nil { members.append(.init("format", ["type": "text"])) }
        return .object(members.map { $0.key == "format" ? .init("format", format($0.value)) : $0 })
    }

    private static func format(_ asked: JSONValue) -> JSONValue {
        guard var members = asked.objectValue, asked["type"]?.stringValue == "json_schema" else { return asked }
        for (name, value) in [("description", JSONValue.null), ("strict", true)] where asked[name] == nil {
            members.append(.init(name, value))
        }
        return .object(members)
    }

    /// Strict clients want all of a function's members, also those that were not sent.
    private static func tool(_ asked: JSONValue) -> JSONValue {
        guard var members = asked.objectValue, asked["type"]?.stringValue == "function" else { return asked }
        for (name, value) in [("description", JSONValue.null), ("parameters", .null), ("strict", true)]
        where asked[name] == nil {
            members.append(.init(name, value))
        }
        return .object(members)
    }
}
