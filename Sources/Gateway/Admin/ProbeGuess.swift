internal import Model
internal import Providers
internal import Routing

/// Which endpoint a health check asks, when `model_info.mode` does not say it. A value.
struct ProbeGuess {
    let endpoint: Endpoint
    /// Nobody has said so: the server's answer may show that it is another one.
    private let isGuess: Bool

    init(of target: Target, mode: String?, _ server: ServerTraits) {
        switch mode {
        case "embedding": (endpoint, isGuess) = (.embeddings, false)
        case "completion": (endpoint, isGuess) = (.completions, false)
        case "responses": (endpoint, isGuess) = (.responses, false)
        case .some: (endpoint, isGuess) = (.chatCompletions, false)
        case nil:
            let speaksChat = target.speaks(.chatCompletions)
            let embeds = server.isEmbedder || !speaksChat || EmbeddingNames.areLikely(target.upstreamModel)
            (endpoint, isGuess) = (embeds && target.speaks(.embeddings) ? .embeddings : .chatCompletions, true)
        }
    }

    /// The endpoint to ask after one that was a wrong guess; `nil` when the failure does not say that it was.
    func endpoint(after failure: UpstreamFailure, for target: Target) -> Endpoint? {
        guard isGuess, failure.saysWrong(endpoint) else { return nil }
        let other: Endpoint =
            endpoint == .embeddings
            ? .chatCompletions : failure.saysOnlyCompletions ? .completions : .embeddings
        return target.speaks(other) ? other : nil
    }
}

extension UpstreamFailure {
    /// Words of OpenAI, Ollama, vLLM and llama.cpp about a model that is asked for what it does not do (2026).
    private static let words = [
        "embedding", "not a chat model", "not support chat", "not support generat", "not support completion",
        "chat completions is not supported", "chat is not supported", "not supported in the v1/chat/completions",
    ]

    fileprivate func saysWrong(_ endpoint: Endpoint) -> Bool {
        switch status {
        case 405, 501: return true
        case 400..<500, 500:
            let text = message.lowercased()
            // The name of a model that is not there may hold the word.
            if endpoint == .embeddings {
                return text.contains("not support embedding") || text.contains("embeddings is")
            }
            return UpstreamFailure.words.contains { text.contains($0) }
        default: return false
        }
    }

    /// "Did you mean to use v1/completions?"
    fileprivate var saysOnlyCompletions: Bool {
        message.lowercased().contains("to use v1/completions")
    }
}
