internal import JSONText

/// Writes a finished response as the events that a stream of it has: created, one group per output item, completed. A value.
struct WholeResponse {
    private enum Path: Int {
        case model, status, usage, completedAt, output, item
        case id, type, itemStatus, arguments, input, name
        case content, part, partType, partText, refusal
        case summary, summaryPart, summaryText
    }

    /// Of the scan that ``write(_:of:)`` reads.
    static let paths = JSONPaths([
        "model", "status", "usage", "completed_at", "output", "output[]",
        "output[].id", "output[].type", "output[].status", "output[].arguments", "output[].input", "output[].name",
        "output[].content", "output[].content[]", "output[].content[].type", "output[].content[].text",
        "output[].content[].refusal",
        "output[].summary", "output[].summary[]", "output[].summary[].text",
    ])

    /// One part of a message or of a reasoning's summary.
    private struct Part {
        var range = 0..<0
        var type: PathScan.Find?
        var text: PathScan.Find?
        var refusal: PathScan.Find?
    }

    private struct Item {
        var range = 0..<0
        var isObject = false
        var id, type, arguments, input, name: PathScan.Find?
        var parts: [Part] = []
        var summary: [Part] = []
        /// What an item that begins does not have yet, in the order of the text.
        var members: [PathScan.Find] = []
    }

    /// What stands behind a key of an event.
    private enum Value {
        case source(Range<Int>)
        case json([UInt8])
        case literal(StaticString)
        case edited(Range<Int>, [(range: Range<Int>, text: [UInt8])])
        case pieces([JSONEdits.Piece])
    }

    private typealias Members = KeyValuePairs<StaticString, Value>

    private let model: [UInt8]
    private let pieceLength: Int?
    private(set) var script: StreamScript
    private var sequenceNumber = 0

    /// - Parameter model: the client's name for it, as JSON text.
    init(model: [UInt8], pieceLength: Int?, limit: Int) {
        self.model = model
        self.pieceLength = pieceLength
        script = StreamScript(limit: limit)
    }

    mutating func write(_ scan: borrowing PathScan, of content: Span<UInt8>) {
        let begun = Value.pieces(response(scan, content, isBegun: true))
        event("response.created", ["response": begun])
        event("response.in_progress", ["response": begun])
        for (index, item) in items(scan).enumerated() where !script.isTooLong { write(item, at: index, content) }
        var isIncomplete = false
        for place in 0..<scan.count where scan[place].path == Path.status.rawValue {
            isIncomplete = scan[place].equals("incomplete", in: content)
        }
        event(
            isIncomplete ? "response.incomplete" : "response.completed",
            ["response": .pieces(response(scan, content, isBegun: false))])
    }

    /// The response under the client's name for the model; without what it does not have yet when it has only begun.
    private func response(
        _ scan: borrowing PathScan, _ content: Span<UInt8>, isBegun: Bool
    ) -> [JSONEdits.Piece] {
        var edits = JSONEdits()
        edits.set(path: Path.model.rawValue, of: scan, to: model, in: content)
        if isBegun {
            let values: KeyValuePairs<Path, StaticString> = [
                .status: "\"in_progress\"", .output: "[]", .usage: "null", .completedAt: "null",
            ]
            for (path, value) in values {
                edits.set(path: path.rawValue, of: scan, to: Array("\(value)".utf8), in: content)
            }
        }
        let object = scan.object
        var pieces: [JSONEdits.Piece] = []
        edits.forEachPiece(of: content.count) { piece in
            switch piece {
            case .source(let range): pieces.append(.source(range.clamped(to: object)))
            case .text: pieces.append(piece)
            }
        }
        return pieces
    }

    // MARK: reading

    /// Those of the last `output`.
    private func items(_ scan: borrowing PathScan) -> [Item] {
        var items: [Item] = []
        var open: [Item] = []
        var item = Item()
        var part = Part()
        // Of the array that is being read.
        var parts: [Part] = []
        for place in 0..<scan.count {
            let find = scan[place]
            switch Path(rawValue: find.path) {
            case .partType: part.type = find
            case .partText, .summaryText: part.text = find
            case .refusal: part.refusal = find
            case .part, .summaryPart:
                part.range = find.range
                parts.append(part)
                part = Part()
            case .content, .summary:
                if find.path == Path.content.rawValue { item.parts = parts } else { item.summary = parts }
                item.members.append(find)
                parts = []
            case .itemStatus: item.members.append(find)
            case .arguments:
                item.arguments = find
                item.members.append(find)
            case .input:
                item.input = find
                item.members.append(find)
            case .id: item.id = find
            case .type: item.type = find
            case .name: item.name = find
            case .item:
                item.range = find.range
                item.isObject = find.kind == .object
                open.append(item)
                item = Item()
            case .output:
                items = find.kind == .array ? open : []
                open = []
            case .model, .status, .usage, .completedAt, nil: break
            }
        }
        return items
    }

    // MARK: writing

    /// An item begins empty: clients add up what follows, and would have its text twice otherwise.
    private mutating func write(_ item: Item, at index: Int, _ content: Span<UInt8>) {
        let place = Value.json(Array(String(index).utf8))
        let id = item.id.map { Value.source($0.range) } ?? .json(Array("\"item_\(index)\"".utf8))
        let common: Members = ["item_id": id, "output_index": place]
        func added(_ path: Path, _ value: StaticString) -> Members {
            var replacements: [(range: Range<Int>, text: [UInt8])] = []
            for find in item.members {
                if find.path == Path.itemStatus.rawValue {
                    replacements.append((find.range, Array("\"in_progress\"".utf8)))
                } else if find.path == path.rawValue {
                    replacements.append((find.range, Array("\(value)".utf8)))
                }
            }
            return ["output_index": place, "item": .edited(item.range, replacements)]
        }
        func value(_ find: PathScan.Find?, or other: StaticString) -> Value {
            find.map { .source($0.range) } ?? .literal(other)
        }
        func isOf(_ type: StaticString) -> Bool { item.type?.equals(type, in: content) ?? false }
        if isOf("message") {
            event("response.output_item.added", added(.content, "[]"))
            for (number, part) in item.parts.enumerated() where !script.isTooLong {
                write(part, item: id, at: place, part: .json(Array(String(number).utf8)), content)
            }
        } else if isOf("reasoning") {
            event("response.output_item.added", added(.summary, "[]"))
            for (number, part) in item.summary.enumerated() where !script.isTooLong {
                writeSummary(part, item: id, at: place, part: .json(Array(String(number).utf8)))
            }
        } else if isOf("function_call") {
            event("response.output_item.added", added(.arguments, "\"\""))
            let arguments = value(item.arguments, or: "\"\"")
            event("response.function_call_arguments.delta", common, ["delta": arguments])
            event(
                "response.function_call_arguments.done", common,
                ["name": value(item.name, or: "null"), "arguments": arguments])
        } else if isOf("custom_tool_call") {
            event("response.output_item.added", added(.input, "\"\""))
            let input = value(item.input, or: "\"\"")
            event("response.custom_tool_call_input.delta", common, ["delta": input])
            event("response.custom_tool_call_input.done", common, ["input": input])
        } else {
            event("response.output_item.added", ["output_index": place, "item": .source(item.range)])
        }
        event("response.output_item.done", ["output_index": place, "item": .source(item.range)])
    }

    private mutating func write(
        _ part: Part, item: Value, at place: Value, part index: Value, _ content: Span<UInt8>
    ) {
        let common: Members = ["item_id": item, "output_index": place, "content_index": index]
        if part.type?.equals("output_text", in: content) ?? false {
            event(
                "response.content_part.added", common,
                ["part": .literal(#"{"type":"output_text","text":"","annotations":[]}"#)])
            let text = part.text.flatMap { $0.kind == .string ? $0 : nil }
            for piece in pieces(of: text, content) where !script.isTooLong {
                event("response.output_text.delta", common, ["delta": piece, "logprobs": .literal("[]")])
            }
            event(
                "response.output_text.done", common,
                ["text": text.map { .source($0.range) } ?? .literal("\"\""), "logprobs": .literal("[]")])
        } else if part.type?.equals("refusal", in: content) ?? false {
            event(
                "response.content_part.added", common, ["part": .literal(#"{"type":"refusal","refusal":""}"#)])
            let refusal = part.refusal.map { Value.source($0.range) } ?? .literal("\"\"")
            event("response.refusal.delta", common, ["delta": refusal])
            event("response.refusal.done", common, ["refusal": refusal])
        } else {
            event("response.content_part.added", common, ["part": .source(part.range)])
        }
        event("response.content_part.done", common, ["part": .source(part.range)])
    }

    private mutating func writeSummary(_ part: Part, item: Value, at place: Value, part index: Value) {
        let common: Members = ["item_id": item, "output_index": place, "summary_index": index]
        let summary = part.text.map { Value.source($0.range) } ?? .literal("\"\"")
        event(
            "response.reasoning_summary_part.added", common,
            ["part": .literal(#"{"type":"summary_text","text":""}"#)])
        event("response.reasoning_summary_text.delta", common, ["delta": summary])
        event("response.reasoning_summary_text.done", common, ["text": summary])
        event("response.reasoning_summary_part.done", common, ["part": .source(part.range)])
    }

    /// None for an empty text.
    private func pieces(of text: PathScan.Find?, _ content: Span<UInt8>) -> [Value] {
        guard let text, !text.isBlank else { return [] }
        guard let pieceLength, let string = jsonString(text.range, in: content) else { return [.source(text.range)] }
        return WholeAnswerAsStream.pieces(of: string, length: pieceLength).map { .json(jsonText(of: String($0))) }
    }

    private mutating func event(_ type: StaticString, _ members: Members, _ more: Members = [:]) {
        script.add("event: ")
        script.add(type)
        script.add("\ndata: {\"type\":\"")
        script.add(type)
        script.add("\",\"sequence_number\":")
        script.add(Array(String(sequenceNumber).utf8))
        sequenceNumber += 1
        for pairs in [members, more] {
            for (key, value) in pairs {
                script.add(",\"")
                script.add(key)
                script.add("\":")
                add(value)
            }
        }
        script.add("}\n\n")
    }

    private mutating func add(_ value: Value) {
        switch value {
        case .source(let range): script.add(range)
        case .json(let text): script.add(text)
        case .literal(let text): script.add(text)
        case .edited(let range, let replacements): script.add(range, replacing: replacements)
        case .pieces(let pieces):
            for piece in pieces {
                switch piece {
                case .source(let range): script.add(range)
                case .text(let text): script.add(text)
                }
            }
        }
    }
}
