/// The words of `/chat/completions` and `/completions`.
extension FakeTurn {
    /// How the last chunk tells the usage; OpenRouter has had three ways.
    enum UsageShape {
        /// 2025: one choice, empty delta, `finish_reason` null.
        case emptyDelta
        /// Early 2026: no choice.
        case noChoice
        /// Since May 2026: one choice that repeats `finish_reason`.
        case repeatedFinish
    }

    var chatBody: String {
        let message = """
            {"role":"assistant","content":\(calls.isEmpty ? FakeJSON.quoted(text.joined()) : "null"),"refusal":null,\
            "reasoning":\(reasoning.isEmpty ? "null" : FakeJSON.quoted(reasoning.joined()))\
            \(reasoning.isEmpty ? "" : ",\"reasoning_details\":[\(reasoningDetail(reasoning.joined()))]")\
            \(calls.isEmpty ? "" : ",\"tool_calls\":[\(wholeCalls)]")}
            """
        return """
            {"id":"\(generation)","object":"chat.completion","created":\(Self.created),\
            "model":\(FakeJSON.quoted(model)),"provider":\(FakeJSON.quoted(provider)),"system_fingerprint":null,\
            "choices":[{"index":0,"logprobs":null,"finish_reason":"\(finish)","native_finish_reason":"\(finish)",\
            "message":\(message)}],"usage":\(chatUsage)}
            """
    }

    var completionBody: String {
        """
        {"id":"\(generation)","object":"text_completion","created":\(Self.created),"model":\(FakeJSON.quoted(model)),\
        "provider":\(FakeJSON.quoted(provider)),"choices":[{"index":0,"text":\(FakeJSON.quoted(text.joined())),\
        "logprobs":null,"finish_reason":"\(finish)","native_finish_reason":"\(finish)"}],"usage":\(chatUsage)}
        """
    }

    /// The whole stream without `[DONE]`. Every delta carries the role (seen live), the first one alone in it.
    func chatEvents(_ shape: UsageShape) -> [String] {
        var events = [chatChunk("\"content\":\"\"")]
        for piece in reasoning {
            events.append(
                chatChunk(
                    """
                    "content":"","reasoning":\(FakeJSON.quoted(piece)),"reasoning_details":[\(reasoningDetail(piece))]
                    """))
        }
        for piece in text { events.append(chatChunk("\"content\":\(FakeJSON.quoted(piece))")) }
        for (index, call) in calls.enumerated() {
            let opening = """
                {"index":\(index),"id":"\(call.id)","type":"function","function":{"name":"\(call.name)","arguments":""}}
                """
            events.append(chatChunk("\"content\":null,\"tool_calls\":[\(opening)]"))
            for piece in call.arguments {
                let more = "{\"index\":\(index),\"function\":{\"arguments\":\(FakeJSON.quoted(piece))}}"
                events.append(chatChunk("\"content\":null,\"tool_calls\":[\(more)]"))
            }
        }
        events.append(chatChunk("\"content\":\"\"", finish: finish))
        switch shape {
        case .emptyDelta: events.append(chatChunk("\"content\":\"\"", usage: true))
        case .noChoice: events.append(event(kind: "chat.completion.chunk", choices: "[]", usage: true))
        case .repeatedFinish: events.append(chatChunk("\"content\":\"\"", finish: finish, usage: true))
        }
        return events
    }

    var completionEvents: [String] {
        let choice: (String, String) -> String = { piece, finish in
            """
            [{"index":0,"text":\(FakeJSON.quoted(piece)),"logprobs":null,"finish_reason":\(finish),\
            "native_finish_reason":\(finish)}]
            """
        }
        let pieces = text.map { event(kind: "text_completion", choices: choice($0, "null"), usage: false) }
        let end = choice("", "\"\(finish)\"")
        return pieces + [
            event(kind: "text_completion", choices: end, usage: false),
            event(kind: "text_completion", choices: end, usage: true),
        ]
    }

    /// An event that carries an error beside its choices, as a broken generation does.
    func chatErrorEvent(_ error: String, choices: String) -> String {
        "data: {\(chunkHead("chat.completion.chunk")),\"error\":\(error),\"choices\":\(choices)}\n\n"
    }

    func chatChunk(_ delta: String, finish: String? = nil, usage: Bool = false) -> String {
        let reason = finish.map { "\"\($0)\"" } ?? "null"
        let choice = """
            [{"index":0,"delta":{"role":"assistant",\(delta)},"finish_reason":\(reason),\
            "native_finish_reason":\(reason),"logprobs":null}]
            """
        return event(kind: "chat.completion.chunk", choices: choice, usage: usage)
    }

    private func event(kind: String, choices: String, usage: Bool) -> String {
        "data: {\(chunkHead(kind)),\"choices\":\(choices)\(usage ? ",\"usage\":\(chatUsage)" : "")}\n\n"
    }

    private func chunkHead(_ kind: String) -> String {
        """
        "id":"\(generation)","object":"\(kind)","created":\(Self.created),"model":\(FakeJSON.quoted(model)),\
        "provider":\(FakeJSON.quoted(provider))
        """
    }

    private var wholeCalls: String {
        calls.enumerated().map { index, call in
            """
            {"index":\(index),"id":"\(call.id)","type":"function","function":{"name":"\(call.name)",\
            "arguments":\(FakeJSON.quoted(call.arguments.joined()))}}
            """
        }.joined(separator: ",")
    }

    private func reasoningDetail(_ text: String) -> String {
        "{\"type\":\"reasoning.text\",\"text\":\(FakeJSON.quoted(text)),\"format\":\"unknown\",\"index\":0}"
    }

    private var chatUsage: String {
        """
        {"prompt_tokens":\(tokens.prompt),"completion_tokens":\(tokens.completion),"total_tokens":\(tokens.total),\
        "cost":\(tokens.cost),"is_byok":false,"prompt_tokens_details":{"cached_tokens":\(tokens.cached),\
        "cache_write_tokens":0,"audio_tokens":0,"video_tokens":0},"cost_details":{"upstream_inference_cost":\
        \(tokens.cost),"upstream_inference_prompt_cost":0,"upstream_inference_completions_cost":0},\
        "completion_tokens_details":{"reasoning_tokens":\(tokens.reasoning),"image_tokens":0,"audio_tokens":0}}
        """
    }
}
