internal import Model
internal import Synchronization

/// What requests have taught about a deployment's server. Shared by all loops: each fact is a flag of its own, and is only
/// ever set.
package final class ServerTraits: Sendable {
    private let usageOptions = Atomic<Bool>(false)
    private let embeds = Atomic<Bool>(false)

    package init() {}

    /// It answers a stream that was asked for usage (`stream_options`) with an error.
    var refusesUsageOptions: Bool {
        get { usageOptions.load(ordering: .relaxed) }
        set { usageOptions.store(newValue, ordering: .relaxed) }
    }

    /// A health check has found that it serves embeddings and no chat.
    var isEmbedder: Bool {
        get { embeds.load(ordering: .relaxed) }
        set { embeds.store(newValue, ordering: .relaxed) }
    }
}

extension UpstreamFailure {
    /// It says that the request may not ask for usage.
    var refusesUsageOptions: Bool {
        guard status == 400 || status == 422 else { return false }
        if namesUsageOptions { return true }
        let words = Array(message.utf8) + (param ?? [])
        return UpstreamFailure.nameUsageOptions(words.span)
    }

    static func nameUsageOptions(_ text: Span<UInt8>) -> Bool {
        text.contains("stream_options") || text.contains("include_usage")
    }
}

extension Span<UInt8> {
    fileprivate func contains(_ word: StaticString) -> Bool {
        let word = Array("\(word)".utf8)
        guard count >= word.count else { return false }
        for start in 0...count - word.count where self[start] == word[0] {
            var length = 1
            while length < word.count, self[start + length] == word[length] { length += 1 }
            if length == word.count { return true }
        }
        return false
    }
}
