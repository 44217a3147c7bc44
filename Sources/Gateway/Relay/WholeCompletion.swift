internal import JSONText

/// Writes a finished completion, of chat or of text, as the chunks that a stream of it has: for each choice one or more with
/// its content and one with its finish. A value.
struct WholeCompletion {
    private enum Path: Int {
        case model, object, usage, choices, choice, index, message, content, toolCalls, call, callIndex
        case text, logprobs, finishReason
    }

    /// Of the scan that ``write(_:of:)`` reads.
    static let paths = JSONPaths([
        "model", "object", "usage", "choices", "choices[]", "choices[].index", "choices[].message",
        "choices[].message.content", "choices[].message.tool_calls", "choices[].message.tool_calls[]",
        "choices[].message.tool_calls[].index", "choices[].text", "choices[].logprobs", "choices[].finish_reason",
    ])

    private struct Choice {
        var index: PathScan.Find?
        var message: PathScan.Find?
        var content: PathScan.Find?
        var text: PathScan.Find?
        var logprobs: PathScan.Find?
        var finishReason: PathScan.Find?
        var hasCalls = false
        /// Where calls of tools get the `index` that deltas need.
        var callsToNumber: [(range: Range<Int>, text: [UInt8])] = []
    }

    private let model: [UInt8]
    private let isChat: Bool
    private let wantsUsage: Bool
    private let pieceLength: Int?
    private(set) var script: StreamScript
    /// A chunk up to where its choices go, and whether anything stands in front of them.
    private var frame: [JSONEdits.Piece] = []

    init(model: [UInt8], isChat: Bool, wantsUsage: Bool, pieceLength: Int?, limit: Int) {
        self.model = model
        self.isChat = isChat
        self.wantsUsage = wantsUsage
        self.pieceLength = pieceLength
        script = StreamScript(limit: limit)
    }

    mutating func write(_ scan: borrowing PathScan, of content: Span<UInt8>) {
        frame = frame(scan, content)
        let usage = last(.usage, scan).flatMap { $0.kind == .null ? nil : $0 }
        let choices = choices(scan)
        for (place, choice) in choices.enumerated() where !script.isTooLong {
            // Who did not ask for a chunk of usage gets it where it does not surprise. A canned answer's is made up.
            let isLast = place == choices.count - 1
            write(choice, isLast && !wantsUsage && pieceLength == nil ? usage : nil, content)
        }
        if wantsUsage, let usage {
            beginChunk()
            script.add("],\"usage\":")
            script.add(usage.range)
            script.add("}\n\n")
        }
        script.add("data: [DONE]\n\n")
    }

    private func last(_ path: Path, _ scan: borrowing PathScan) -> PathScan.Find? {
        for place in (0..<scan.count).reversed() where scan[place].path == path.rawValue { return scan[place] }
        return nil
    }

    // MARK: reading

    /// Those of the last `choices`.
    private func choices(_ scan: borrowing PathScan) -> [Choice] {
        var choices: [Choice] = []
        var open: [Choice] = []
        var choice = Choice()
        // Of the message that is being read.
        var message = Choice()
        var calls: [(find: PathScan.Find, hasIndex: Bool)] = []
        var hasIndex = false
        for place in 0..<scan.count {
            let find = scan[place]
            switch Path(rawValue: find.path) {
            case .callIndex: hasIndex = true
            case .call:
                calls.append((find, hasIndex))
                hasIndex = false
            case .toolCalls:
                message.hasCalls = !find.isBlank
                for (index, call) in calls.enumerated()
                where call.find.kind == .object && !call.hasIndex && !call.find.isBlank {
                    let inside = call.find.range.lowerBound + 1
                    message.callsToNumber.append((inside..<inside, Array("\"index\":\(index),".utf8)))
                }
                calls = []
            case .content: message.content = find
            case .message:
                choice.message = find
                choice.content = message.content
                choice.hasCalls = message.hasCalls
                choice.callsToNumber = message.callsToNumber
                message = Choice()
            case .index: choice.index = find
            case .text: choice.text = find
            case .logprobs: choice.logprobs = find
            case .finishReason: choice.finishReason = find
            case .choice:
                open.append(choice)
                choice = Choice()
            case .choices:
                choices = find.kind == .array ? open : []
                open = []
            case .model, .object, .usage, nil: break
            }
        }
        return choices
    }

    // MARK: writing

    /// The answer's own members, up to the bracket of the choices.
    private func frame(_ scan: borrowing PathScan, _ content: Span<UInt8>) -> [JSONEdits.Piece] {
        var edits = JSONEdits()
        for place in 0..<scan.count {
            let find = scan[place]
            if find.path == Path.choices.rawValue || find.path == Path.usage.rawValue {
                edits.remove(member: find.member, in: content)
            }
        }
        edits.set(path: Path.model.rawValue, of: scan, to: model, in: content)
        if isChat {
            edits.set(
                path: Path.object.rawValue, of: scan, to: Array("\"chat.completion.chunk\"".utf8), in: content)
        }
        edits.insert(key: "choices", value: Array("[".utf8), into: scan.object, isEmpty: scan.isEmpty)
        var pieces: [JSONEdits.Piece] = []
        let start = scan.object.lowerBound
        edits.forEachPiece(of: content.count) { piece in
            switch piece {
            case .source(let range): pieces.append(.source(max(range.lowerBound, start)..<max(range.upperBound, start)))
            case .text: pieces.append(piece)
            }
        }
        // Behind what was inserted, only the closing brace is left.
        let end = pieces.lastIndex { if case .text = $0 { true } else { false } } ?? pieces.endIndex - 1
        return Array(pieces[...end])
    }

    private mutating func beginChunk() {
        script.add("data: ")
        for piece in frame {
            switch piece {
            case .source(let range): script.add(range)
            case .text(let text): script.add(text)
            }
        }
    }

    /// - Parameter usage: goes with the finish.
    private mutating func write(_ choice: Choice, _ usage: PathScan.Find?, _ content: Span<UInt8>) {
        let index = Array(String(choice.index.flatMap { jsonInt($0.range, in: content) } ?? 0).utf8)
        // They belong to the text as a whole, so they go with its beginning.
        var logprobs = choice.logprobs.flatMap { $0.kind == .null ? nil : $0.range }
        func begin(_ writer: inout WholeCompletion) {
            writer.beginChunk()
            writer.script.add("{\"index\":")
            writer.script.add(index)
            writer.script.add(writer.isChat ? ",\"delta\":" : ",\"text\":")
        }
        func end(_ writer: inout WholeCompletion) {
            if let range = logprobs {
                writer.script.add(",\"logprobs\":")
                writer.script.add(range)
                logprobs = nil
            }
            writer.script.add(",\"finish_reason\":null}]}\n\n")
        }
        if let pieces = pieces(of: choice, content) {
            for (place, piece) in pieces.enumerated() where !script.isTooLong {
                begin(&self)
                if isChat { script.add(place == 0 ? "{\"role\":\"assistant\",\"content\":" : "{\"content\":") }
                script.add(jsonText(of: String(piece)))
                if isChat { script.add("}") }
                end(&self)
            }
        } else if !isChat {
            begin(&self)
            if let text = choice.text, text.kind == .string { script.add(text.range) } else { script.add("\"\"") }
            end(&self)
        } else if let message = choice.message {
            begin(&self)
            if message.kind == .object {
                script.add(message.range, replacing: choice.callsToNumber)
            } else {
                script.add("{}")
            }
            end(&self)
        }
        begin(&self)
        script.add(isChat ? "{}" : "\"\"")
        script.add(",\"finish_reason\":")
        if let finish = choice.finishReason { script.add(finish.range) } else { script.add("null") }
        script.add("}]")
        if let usage {
            script.add(",\"usage\":")
            script.add(usage.range)
        }
        script.add("}\n\n")
    }

    /// The choice's text in pieces; `nil` when it goes as one.
    private func pieces(of choice: Choice, _ content: Span<UInt8>) -> [Substring]? {
        guard let pieceLength else { return nil }
        if isChat, choice.hasCalls { return nil }
        let find = isChat ? choice.content : choice.text
        guard let text = find.flatMap({ jsonString($0.range, in: content) }) else { return nil }
        return text.isEmpty ? [""] : WholeAnswerAsStream.pieces(of: text, length: pieceLength)
    }
}
