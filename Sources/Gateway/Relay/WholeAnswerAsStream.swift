internal import EventLoop
internal import JSONText
internal import Model

/// A finished answer in the form of a stream: for an upstream that answers with JSON although a stream was asked for,
/// and for canned answers. Nothing is made up: every part stands in the answer.
struct WholeAnswerAsStream {
    let model: String
    let wantsUsage: Bool
    let endpoint: Endpoint
    /// Characters per piece of text; `nil` gives the text as one.
    let pieceLength: Int?

    init(envelope: Envelope, pieceLength: Int? = nil) {
        model = envelope.model
        wantsUsage = envelope.wantsUsageChunk
        endpoint = envelope.endpoint
        self.pieceLength = pieceLength
    }

    /// - Parameter content: an answer that `AnswerCheck` has accepted.
    func append(_ content: borrowing ByteBuffer, to out: inout ByteBuffer) {
        guard let tape = try? JSONTape(oneLine(content.bytes)) else { return }
        if endpoint == .responses {
            var writer = ResponsesEventWriter(model: model, pieceLength: pieceLength)
            writer.append(tape.root, to: &out)
        } else {
            appendChunks(tape.root, to: &out)
        }
    }

    /// Parts of the answer go on as they are written, and a line of an event has to hold each. In JSON a line end can
    /// only stand between two tokens, where a blank says the same.
    private func oneLine(_ content: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(content.count)
        for index in content.indices {
            let byte = content[index]
            let endsLine = byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
            text.append(endsLine ? UInt8(ascii: " ") : byte)
        }
        return text
    }

    private func appendChunks(_ root: JSONNode, to out: inout ByteBuffer) {
        for choice in choices(root) {
            let index = choice["index"]?.int ?? 0
            // They belong to the text as a whole, so they go with its beginning.
            var logprobs = choice["logprobs"].flatMap {
                $0.isNull ? nil : Array(",".utf8) + member("logprobs", $0.text)
            }
            for delta in deltas(of: choice) {
                let content = delta + (logprobs ?? [])
                logprobs = nil
                append(root, choices: [chunkChoice(index, content, finish: nil)], usage: nil, to: &out)
            }
            let finish = choice["finish_reason"]?.text ?? Array("null".utf8)
            let last =
                endpoint == .chatCompletions ? member("delta", Array("{}".utf8)) : member("text", Array("\"\"".utf8))
            append(root, choices: [chunkChoice(index, last, finish: finish)], usage: nil, to: &out)
        }
        if wantsUsage, let usage = root["usage"], !usage.isNull {
            append(root, choices: [], usage: usage.text, to: &out)
        }
        out.append("data: [DONE]\n\n")
    }

    private func choices(_ root: JSONNode) -> [JSONNode] {
        root["choices"].map { Array($0.elements) } ?? []
    }

    /// The deltas that carry one choice's content, each as a member of the chunk's choice.
    private func deltas(of choice: JSONNode) -> [[UInt8]] {
        guard endpoint == .chatCompletions else {
            return pieces(of: choice["text"]?.string ?? "").map { member("text", jsonText(of: $0)) }
        }
        guard let message = choice["message"] else { return [] }
        if pieceLength != nil, let text = message["content"]?.string, message["tool_calls"]?.isEmpty ?? true {
            return pieces(of: text).enumerated().map { index, piece in
                let role = index == 0 ? #""role":"assistant","# : ""
                return member("delta", Array("{\(role)\"content\":".utf8) + jsonText(of: piece) + Array("}".utf8))
            }
        }
        return [member("delta", delta(from: message))]
    }

    /// A message as one delta; calls of tools get the `index` that deltas need.
    private func delta(from message: JSONNode) -> [UInt8] {
        var out = Array("{".utf8)
        for (key, value) in message.members {
            if out.count > 1 { out.append(UInt8(ascii: ",")) }
            out += key.text + Array(":".utf8)
            guard key.equals("tool_calls"), value.kind == .array else {
                out += value.text
                continue
            }
            out.append(UInt8(ascii: "["))
            for (index, call) in value.elements.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                let text = call.text
                guard call.kind == .object, call["index"] == nil, !call.isEmpty else {
                    out += text
                    continue
                }
                out += Array("{\"index\":\(index),".utf8) + text.dropFirst()
            }
            out.append(UInt8(ascii: "]"))
        }
        return out + Array("}".utf8)
    }

    private func pieces(of text: String) -> [String] {
        guard let pieceLength, pieceLength > 0, !text.isEmpty else { return [text] }
        var pieces: [String] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            pieces.append(String(rest.prefix(pieceLength)))
            rest = rest.dropFirst(pieceLength)
        }
        return pieces
    }

    private func member(_ key: String, _ value: [UInt8]) -> [UInt8] {
        Array("\"\(key)\":".utf8) + value
    }

    private func chunkChoice(_ index: Int, _ content: [UInt8], finish: [UInt8]?) -> [UInt8] {
        Array("{\"index\":\(index),".utf8) + content + Array(",\"finish_reason\":".utf8)
            + (finish ?? Array("null".utf8))
            + Array("}".utf8)
    }

    /// One chunk: the answer's own members, with the choices given.
    private func append(_ root: JSONNode, choices: [[UInt8]], usage: [UInt8]?, to out: inout ByteBuffer) {
        out.append("data: {")
        var isFirst = true
        func append(_ key: [UInt8], _ value: [UInt8]) {
            if !isFirst { out.append(",") }
            isFirst = false
            out.append(key)
            out.append(":")
            out.append(value)
        }
        for (key, value) in root.members {
            if key.equals("choices") || key.equals("usage") { continue }
            if key.equals("model") {
                append(key.text, jsonText(of: model))
            } else if key.equals("object"), endpoint == .chatCompletions {
                append(key.text, Array("\"chat.completion.chunk\"".utf8))
            } else {
                append(key.text, value.text)
            }
        }
        append(
            Array("\"choices\"".utf8),
            Array("[".utf8) + choices.joined(separator: [UInt8(ascii: ",")]) + Array("]".utf8))
        if let usage { append(Array("\"usage\"".utf8), usage) }
        out.append("}\n\n")
    }
}
