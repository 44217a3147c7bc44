internal import JSONText

/// What a choice's reason to finish says.
enum Finish {
    /// Nothing: it has not finished.
    case none
    case whole
    /// The server gave the answer up.
    case brokenOff
}

extension PathScan.Find {
    /// Of a reason to finish. Some servers put an empty one, or a word for it, into every chunk.
    @inline(__always)
    func finish(in data: Span<UInt8>) -> Finish {
        guard case .string = kind, !isBlank else { return .none }
        if !hasEscapes {
            // The usual ones are told by their first letter: `stop`, `length`, `tool_calls`, `content_filter`.
            switch data[range.lowerBound + 1] {
            case UInt8(ascii: "s"), UInt8(ascii: "l"), UInt8(ascii: "t"), UInt8(ascii: "c"): return .whole
            default: break
            }
        }
        return unusualFinish(in: data)
    }

    @inline(never)
    private func unusualFinish(in data: Span<UInt8>) -> Finish {
        guard let bytes = jsonStringBytes(range, in: data) else { return .none }
        let word = bytes.filter { $0 > 0x20 }.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
        func isOne(of words: [String]) -> Bool { words.contains { $0.utf8.elementsEqual(word) } }
        if word.isEmpty || isOne(of: PathScan.Find.emptyReasons) { return .none }
        return isOne(of: PathScan.Find.brokenOff) ? .brokenOff : .whole
    }

    /// What a server's own value for "none" becomes as text: JavaScript's, Python's, Go's, Gemini's.
    private static let emptyReasons = ["null", "none", "nil", "undefined", "finish_reason_unspecified"]

    /// OpenRouter and Mistral; GLM; vLLM and SGLang; DeepSeek.
    private static let brokenOff = ["error", "network_error", "abort", "aborted", "insufficient_system_resource"]

    /// The value of an `error` member speaks of an error: many good answers have an empty one.
    func saysError(in data: Span<UInt8>) -> Bool {
        if isBlank { return false }
        switch kind {
        case .null: return false
        case .bool: return jsonBool(range, in: data) == true
        case .number: return jsonDouble(range, in: data) != 0
        case .string: return true
        case .array, .object:
            guard range.count <= 1024, let tape = try? JSONTape(copying: data.extracting(range)) else { return true }
            return !StatedError.isNothing(tape.root)
        }
    }
}
