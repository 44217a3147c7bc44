/// An inference endpoint of OpenAI's dialect. Every one of them goes through the same pipeline.
package enum Endpoint: String, Sendable, Hashable, CaseIterable {
    case chatCompletions = "chat/completions"
    case responses = "responses"
    case completions = "completions"
    case embeddings = "embeddings"

    /// Its place among all of them, from 0: for what is kept by endpoint in an array.
    package var place: Int {
        switch self {
        case .chatCompletions: 0
        case .responses: 1
        case .completions: 2
        case .embeddings: 3
        }
    }

    /// The path below a base URL such as `https://openrouter.ai/api/v1`; no leading slash.
    package var path: String { rawValue }

    /// The `object` of a finished, not streamed answer.
    package var answerObject: String {
        switch self {
        case .chatCompletions: "chat.completion"
        case .responses: "response"
        case .completions: "text_completion"
        case .embeddings: "list"
        }
    }

    /// Whether the endpoint knows `"stream": true`.
    package var streams: Bool { self != .embeddings }

    /// From a word a person types: a path with or without `/v1`, or a short name such as `chat`.
    package init?(named name: String) {
        let slash = UInt8(ascii: "/")
        var trimmed = Substring(name).utf8
        while trimmed.first == slash { trimmed.removeFirst() }
        while trimmed.last == slash { trimmed.removeLast() }
        if trimmed.starts(with: "v1/".utf8) { trimmed.removeFirst(3) }
        switch Substring(trimmed) {
        case "chat", "chat_completions", "chatCompletions": self = .chatCompletions
        case "completion", "text": self = .completions
        case "embedding": self = .embeddings
        case "response": self = .responses
        default:
            guard let endpoint = Endpoint(rawValue: String(Substring(trimmed))) else { return nil }
            self = endpoint
        }
    }
}
