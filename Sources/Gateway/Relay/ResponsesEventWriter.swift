internal import EventLoop
internal import JSONText

/// Writes a finished response as the events that a stream of it has: created, one group per output item, completed.
struct ResponsesEventWriter {
    private let model: [UInt8]
    private let pieceLength: Int?
    private var sequenceNumber = 0

    init(model: String, pieceLength: Int?) {
        self.model = jsonText(of: model)
        self.pieceLength = pieceLength
    }

    mutating func append(_ response: JSONNode, to out: inout ByteBuffer) {
        let begun = object(
            response,
            ["model": model, "status": quoted("in_progress"), "output": empty, "usage": null, "completed_at": null])
        event("response.created", ["response": begun], to: &out)
        event("response.in_progress", ["response": begun], to: &out)
        for (index, item) in (response["output"].map { Array($0.elements) } ?? []).enumerated() {
            appendItem(item, at: index, to: &out)
        }
        let isIncomplete = response["status"]?.equals("incomplete") ?? false
        event(
            isIncomplete ? "response.incomplete" : "response.completed",
            ["response": object(response, ["model": model])], to: &out)
    }

    /// An item begins empty: clients add up what follows, and would have its text twice otherwise.
    private mutating func appendItem(_ item: JSONNode, at index: Int, to out: inout ByteBuffer) {
        let place = number(index)
        let id = item["id"]?.text ?? quoted("item_\(index)")
        let common: KeyValuePairs<StaticString, [UInt8]> = ["item_id": id, "output_index": place]
        func added(_ emptied: StaticString, _ value: [UInt8]) -> KeyValuePairs<StaticString, [UInt8]> {
            ["output_index": place, "item": object(item, ["status": quoted("in_progress"), emptied: value])]
        }
        switch item["type"]?.string {
        case "message":
            event("response.output_item.added", added("content", empty), to: &out)
            for (part, node) in (item["content"].map { Array($0.elements) } ?? []).enumerated() {
                appendPart(node, item: id, at: place, part: number(part), to: &out)
            }
        case "reasoning":
            event("response.output_item.added", added("summary", empty), to: &out)
            for (part, node) in (item["summary"].map { Array($0.elements) } ?? []).enumerated() {
                appendSummary(node, item: id, at: place, part: number(part), to: &out)
            }
        case "function_call":
            event("response.output_item.added", added("arguments", quoted("")), to: &out)
            let arguments = item["arguments"]?.text ?? quoted("")
            event("response.function_call_arguments.delta", common, ["delta": arguments], to: &out)
            event(
                "response.function_call_arguments.done", common,
                ["name": item["name"]?.text ?? null, "arguments": arguments], to: &out)
        case "custom_tool_call":
            event("response.output_item.added", added("input", quoted("")), to: &out)
            let input = item["input"]?.text ?? quoted("")
            event("response.custom_tool_call_input.delta", common, ["delta": input], to: &out)
            event("response.custom_tool_call_input.done", common, ["input": input], to: &out)
        default:
            event("response.output_item.added", ["output_index": place, "item": item.text], to: &out)
        }
        event("response.output_item.done", ["output_index": place, "item": item.text], to: &out)
    }

    private mutating func appendPart(
        _ part: JSONNode, item: [UInt8], at place: [UInt8], part index: [UInt8], to out: inout ByteBuffer
    ) {
        let common: KeyValuePairs<StaticString, [UInt8]> = [
            "item_id": item, "output_index": place, "content_index": index,
        ]
        func added(_ json: StaticString) {
            event("response.content_part.added", common, ["part": text(json)], to: &out)
        }
        switch part["type"]?.string {
        case "output_text":
            added(#"{"type":"output_text","text":"","annotations":[]}"#)
            let text = part["text"]?.string ?? ""
            for piece in pieces(of: text) {
                event("response.output_text.delta", common, ["delta": quoted(piece), "logprobs": empty], to: &out)
            }
            event("response.output_text.done", common, ["text": quoted(text), "logprobs": empty], to: &out)
        case "refusal":
            added(#"{"type":"refusal","refusal":""}"#)
            let refusal = part["refusal"]?.text ?? quoted("")
            event("response.refusal.delta", common, ["delta": refusal], to: &out)
            event("response.refusal.done", common, ["refusal": refusal], to: &out)
        default: event("response.content_part.added", common, ["part": part.text], to: &out)
        }
        event("response.content_part.done", common, ["part": part.text], to: &out)
    }

    private mutating func appendSummary(
        _ part: JSONNode, item: [UInt8], at place: [UInt8], part index: [UInt8], to out: inout ByteBuffer
    ) {
        let common: KeyValuePairs<StaticString, [UInt8]> = [
            "item_id": item, "output_index": place, "summary_index": index,
        ]
        let summary = part["text"]?.text ?? quoted("")
        event(
            "response.reasoning_summary_part.added", common, ["part": text(#"{"type":"summary_text","text":""}"#)],
            to: &out)
        event("response.reasoning_summary_text.delta", common, ["delta": summary], to: &out)
        event("response.reasoning_summary_text.done", common, ["text": summary], to: &out)
        event("response.reasoning_summary_part.done", common, ["part": part.text], to: &out)
    }

    /// None for an empty text.
    private func pieces(of text: String) -> [String] {
        guard let pieceLength else { return text.isEmpty ? [] : [text] }
        var pieces: [String] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            let piece = rest.prefix(max(1, pieceLength))
            pieces.append(String(piece))
            rest = rest[piece.endIndex...]
        }
        return pieces
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

    /// An object with the values of some of its members replaced.
    private func object(_ node: JSONNode, _ replaced: KeyValuePairs<StaticString, [UInt8]>) -> [UInt8] {
        var out = Array("{".utf8)
        for (key, value) in node.members {
            if out.count > 1 { out.append(UInt8(ascii: ",")) }
            out += key.text + Array(":".utf8) + (replaced.first { key.equals($0.key) }?.value ?? value.text)
        }
        return out + Array("}".utf8)
    }

    private let empty = Array("[]".utf8)
    private let null = Array("null".utf8)

    private func quoted(_ text: String) -> [UInt8] { jsonText(of: text) }

    private func text(_ json: StaticString) -> [UInt8] { Array("\(json)".utf8) }

    private func number(_ value: Int) -> [UInt8] {
        Array(String(value).utf8)
    }
}
