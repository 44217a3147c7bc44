/// The words of `/responses`: the object, its items and the events that build them.
extension FakeTurn {
    /// Where in its life the response object is.
    enum ResponseState {
        case inProgress
        case completed
        case incomplete
        /// With this error object.
        case failed(String)
    }

    /// `finish` decides between completed and incomplete.
    var finalState: ResponseState { finish == "length" ? .incomplete : .completed }

    func responseBody(_ state: ResponseState) -> String {
        let (status, error, items, details): (String, String, [String], String) =
            switch state {
            case .inProgress: ("in_progress", "null", [], "null")
            case .completed: ("completed", "null", wholeItems, "null")
            case .incomplete: ("incomplete", "null", wholeItems, "{\"reason\":\"max_output_tokens\"}")
            case .failed(let error): ("failed", error, [], "null")
            }
        var usage = "null"
        var completed = "null"
        if case .completed = state { completed = "\(Self.created + 2)" }
        switch state {
        case .completed, .incomplete: usage = responseUsage
        case .inProgress, .failed: break
        }
        return """
            {"id":"\(responseID)","object":"response","created_at":\(Self.created),"completed_at":\(completed),\
            "status":"\(status)","background":false,"error":\(error),"incomplete_details":\(details),\
            "instructions":null,"max_output_tokens":null,"max_tool_calls":null,"model":\(FakeJSON.quoted(model)),\
            "output":[\(items.joined(separator: ","))],"parallel_tool_calls":true,"previous_response_id":null,\
            "prompt_cache_key":null,"reasoning":{"effort":null,"summary":null},"safety_identifier":null,\
            "service_tier":"default","store":false,"temperature":1.0,"text":{"format":{"type":"text"}},\
            "tool_choice":"auto","tools":[],"top_logprobs":0,"top_p":1.0,"presence_penalty":0.0,\
            "frequency_penalty":0.0,"truncation":"disabled","user":null,"metadata":{},"usage":\(usage)}
            """
    }

    /// Every event in order, numbered from 0, the terminal one last.
    var responseEvents: [String] {
        var events: [String] = []
        func add(_ type: String, _ members: String) {
            events.append(Self.responseEvent(type, number: events.count, members))
        }
        add("response.created", "\"response\":\(responseBody(.inProgress))")
        add("response.in_progress", "\"response\":\(responseBody(.inProgress))")
        var index = 0
        if !reasoning.isEmpty {
            let whole = FakeJSON.quoted(reasoning.joined())
            let part = "\"item_id\":\"\(itemID("rs"))\",\"output_index\":\(index),\"summary_index\":0"
            let open = "{\"id\":\"\(itemID("rs"))\",\"type\":\"reasoning\",\"summary\":[],\"status\":\"in_progress\"}"
            add("response.output_item.added", "\"output_index\":\(index),\"item\":\(open)")
            add("response.reasoning_summary_part.added", "\(part),\"part\":{\"type\":\"summary_text\",\"text\":\"\"}")
            for piece in reasoning {
                add("response.reasoning_summary_text.delta", "\(part),\"delta\":\(FakeJSON.quoted(piece))")
            }
            add("response.reasoning_summary_text.done", "\(part),\"text\":\(whole)")
            add(
                "response.reasoning_summary_part.done", "\(part),\"part\":{\"type\":\"summary_text\",\"text\":\(whole)}"
            )
            add("response.output_item.done", "\"output_index\":\(index),\"item\":\(reasoningItem)")
            index += 1
        }
        if !text.isEmpty {
            let whole = FakeJSON.quoted(text.joined())
            let part = "\"item_id\":\"\(itemID("msg"))\",\"output_index\":\(index),\"content_index\":0"
            let open = """
                {"id":"\(itemID("msg"))","type":"message","status":"in_progress","role":"assistant","content":[]}
                """
            add("response.output_item.added", "\"output_index\":\(index),\"item\":\(open)")
            add("response.content_part.added", "\(part),\"part\":\(textPart("\"\""))")
            for piece in text {
                add("response.output_text.delta", "\(part),\"delta\":\(FakeJSON.quoted(piece)),\"logprobs\":[]")
            }
            add("response.output_text.done", "\(part),\"text\":\(whole),\"logprobs\":[]")
            add("response.content_part.done", "\(part),\"part\":\(textPart(whole))")
            add("response.output_item.done", "\"output_index\":\(index),\"item\":\(messageItem)")
            index += 1
        }
        for call in calls {
            let item = "\"item_id\":\"fc_\(call.id)\",\"output_index\":\(index)"
            let open = callItem(call, status: "in_progress", arguments: "")
            add("response.output_item.added", "\"output_index\":\(index),\"item\":\(open)")
            for piece in call.arguments {
                add("response.function_call_arguments.delta", "\(item),\"delta\":\(FakeJSON.quoted(piece))")
            }
            let whole = call.arguments.joined()
            add(
                "response.function_call_arguments.done",
                "\(item),\"arguments\":\(FakeJSON.quoted(whole)),\"name\":\"\(call.name)\"")
            let done = callItem(call, status: "completed", arguments: whole)
            add("response.output_item.done", "\"output_index\":\(index),\"item\":\(done)")
            index += 1
        }
        let last = if case .incomplete = finalState { "response.incomplete" } else { "response.completed" }
        add(last, "\"response\":\(responseBody(finalState))")
        return events
    }

    static func responseEvent(_ type: String, number: Int, _ members: String) -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\",\"sequence_number\":\(number),\(members)}\n\n"
    }

    private var responseID: String { "resp_\(generation.suffix(20))" }

    private func itemID(_ kind: String) -> String { "\(kind)_\(generation.suffix(20))" }

    private var wholeItems: [String] {
        (reasoning.isEmpty ? [] : [reasoningItem]) + (text.isEmpty ? [] : [messageItem])
            + calls.map { callItem($0, status: "completed", arguments: $0.arguments.joined()) }
    }

    private var reasoningItem: String {
        """
        {"id":"\(itemID("rs"))","type":"reasoning","summary":[{"type":"summary_text",\
        "text":\(FakeJSON.quoted(reasoning.joined()))}],"status":"completed"}
        """
    }

    private var messageItem: String {
        """
        {"id":"\(itemID("msg"))","type":"message","status":"completed","role":"assistant",\
        "content":[\(textPart(FakeJSON.quoted(text.joined())))]}
        """
    }

    private func textPart(_ quoted: String) -> String {
        "{\"type\":\"output_text\",\"text\":\(quoted),\"annotations\":[],\"logprobs\":[]}"
    }

    private func callItem(_ call: Call, status: String, arguments: String) -> String {
        """
        {"id":"fc_\(call.id)","type":"function_call","status":"\(status)","call_id":"\(call.id)",\
        "name":"\(call.name)","arguments":\(FakeJSON.quoted(arguments))}
        """
    }

    private var responseUsage: String {
        """
        {"input_tokens":\(tokens.prompt),"input_tokens_details":{"cached_tokens":\(tokens.cached),\
        "cache_write_tokens":0},"output_tokens":\(tokens.completion),"output_tokens_details":{"reasoning_tokens":\
        \(tokens.reasoning)},"total_tokens":\(tokens.total),"cost":\(tokens.cost),"cost_details":{\
        "upstream_inference_cost":\(tokens.cost),"upstream_inference_input_cost":0,\
        "upstream_inference_output_cost":0},"is_byok":false}
        """
    }
}
