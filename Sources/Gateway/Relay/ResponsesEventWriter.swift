internal import EventLoop
internal import JSONText

/// Writes a finished response as the events that a stream of it has: created, one group per output item, completed.
struct ResponsesEventWriter {
    private let model: [UInt8]
    private let pieceLength: Int?
    private var sequenceNumber = 0

    init(model: String, pieceLength: Int?) {
        self.model = jsonText(model)
        self.pieceLength = pieceLength
    }

    mutating func append(_ response: JSONNode, to out: inout ByteBuffer) {
        let begun = object(response, status: "in_progress", output: "[]")
        event("response.created", ["response": begun], to: &out)
        event("response.in_progress", ["response": begun], to: &out)
        for (index, item) in (response["output"].map { Array($0.elements) } ?? []).enumerated() {
            appendItem(item, at: index, to: &out)
        }
        let status = response["status"]?.string ?? "completed"
        let last: StaticString = status == "incomplete" ? "response.incomplete" : "response.completed"
        event(last, ["response": object(response, status: nil, output: nil)], to: &out)
    }

    private mutating func appendItem(_ item: JSONNode, at index: Int, to out: inout ByteBuffer) {
        let place = number(index)
        let id = item["id"]?.text ?? Array("\"item_\(index)\"".utf8)
        event("response.output_item.added", ["output_index": place, "item": item.text], to: &out)
        if item["type"]?.equals("message") ?? false, let content = item["content"] {
            for (part, node) in content.elements.enumerated() where node["type"]?.equals("output_text") ?? false {
                appendText(node, item: id, at: place, part: number(part), to: &out)
            }
        } else if item["type"]?.equals("function_call") ?? false, let arguments = item["arguments"] {
            event(
                "response.function_call_arguments.delta",
                ["item_id": id, "output_index": place, "delta": arguments.text], to: &out)
            event(
                "response.function_call_arguments.done",
                ["item_id": id, "output_index": place, "arguments": arguments.text], to: &out)
        }
        event("response.output_item.done", ["output_index": place, "item": item.text], to: &out)
    }

    private mutating func appendText(
        _ part: JSONNode, item: [UInt8], at place: [UInt8], part index: [UInt8], to out: inout ByteBuffer
    ) {
        let text = part["text"]?.string ?? ""
        let empty = Array(#"{"type":"output_text","text":"","annotations":[]}"#.utf8)
        let common: KeyValuePairs<StaticString, [UInt8]> = [
            "item_id": item, "output_index": place, "content_index": index,
        ]
        event("response.content_part.added", common, ["part": empty], to: &out)
        var rest = Substring(text)
        while !rest.isEmpty {
            let piece = pieceLength.map { rest.prefix(max(1, $0)) } ?? rest
            event(
                "response.output_text.delta", common, ["delta": jsonText(String(piece)), "logprobs": Array("[]".utf8)],
                to: &out)
            rest = rest.dropFirst(piece.count)
        }
        event("response.output_text.done", common, ["text": jsonText(text), "logprobs": Array("[]".utf8)], to: &out)
        event("response.content_part.done", common, ["part": part.text], to: &out)
    }

    private mutating func event(
        _ type: StaticString, _ members: KeyValuePairs<StaticString, [UInt8]>,
        _ more: KeyValuePairs<StaticString, [UInt8]> = [:], to out: inout ByteBuffer
    ) {
        out.append("event: ")
        out.append(type)
        out.append("\ndata: {\"type\":\"")
        out.append(type)
        out.append("\",\"sequence_number\":")
        out.append(decimal: sequenceNumber)
        sequenceNumber += 1
        for pairs in [members, more] {
            for (key, value) in pairs {
                out.append(",\"")
                out.append(key)
                out.append("\":")
                out.append(value)
            }
        }
        out.append("}\n\n")
    }

    /// The response with the client's model name and, while it is under way, another status and no output.
    private func object(_ response: JSONNode, status: String?, output: String?) -> [UInt8] {
        var out = Array("{".utf8)
        for (key, value) in response.members {
            if out.count > 1 { out.append(UInt8(ascii: ",")) }
            out += key.text + Array(":".utf8)
            if key.equals("model") {
                out += model
            } else if key.equals("status"), let status {
                out += jsonText(status)
            } else if key.equals("output"), let output {
                out += Array(output.utf8)
            } else if key.equals("usage"), output != nil {
                out += Array("null".utf8)
            } else {
                out += value.text
            }
        }
        return out + Array("}".utf8)
    }

    private func number(_ value: Int) -> [UInt8] {
        Array(String(value).utf8)
    }
}
