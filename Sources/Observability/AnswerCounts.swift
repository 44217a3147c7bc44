internal import EventLoop
internal import Model
internal import Synchronization

/// How many answers one deployment gave in somebody's name. Shared: whoever keeps the name of who answered counts without
/// looking anything up.
package final class AnswerCount: Sendable {
    struct Key: Hashable, Sendable {
        var deployment: MetricLabel
        var model: MetricLabel
        var provider: MetricLabel

        static let other = Key(deployment: .other, model: .other, provider: .other)
    }

    let key: Key
    private let total = Atomic<Int>(0)

    init(_ key: Key) {
        self.key = key
    }

    package func add() { total.wrappingAdd(1, ordering: .relaxed) }

    var value: Int { total.load(ordering: .relaxed) }
}

/// Who really answered, in closed sets: an upstream may write any name into its answers, and a client that chooses the
/// model may choose what it writes. Shared.
package final class AnswerCounts: Sendable {
    /// Beyond so many everything goes into one.
    private static let limit = 1024

    private let counts = Guarded<[AnswerCount.Key: AnswerCount]>([:])

    /// - Parameter upstream: that was asked.
    package func count(_ answerer: AnswererLabels, of upstream: UpstreamLabels, _ names: MetricNames) -> AnswerCount {
        let key = AnswerCount.Key(
            deployment: names.place(of: upstream).deployment,
            model: names.answeredModel(answerer.model, asked: upstream.upstreamModel),
            provider: names.answeredProvider(answerer.provider))
        return counts.withLock { counts in
            if let known = counts[key] { return known }
            let key = counts.count < AnswerCounts.limit ? key : .other
            if let known = counts[key] { return known }
            let count = AnswerCount(key)
            counts[key] = count
            return count
        }
    }

    var all: [AnswerCount] { counts.withLock { Array($0.values) } }
}

/// OpenRouter's names for those who serve its models as of 2026, which its answers have in `provider`.
let openRouterProviders = [
    "AI21", "AionLabs", "Alibaba", "Amazon Bedrock", "Anthropic", "AtlasCloud", "Avian", "Azure", "BaseTen", "Cerebras",
    "Chutes", "Cloudflare", "Cohere", "Crusoe", "DeepInfra", "DeepSeek", "Featherless", "Fireworks", "Friendli",
    "GMICloud",
    "Google", "Google AI Studio", "Groq", "Hyperbolic", "Inception", "InferenceNet", "Infermatic", "Inflection",
    "Kluster",
    "Lambda", "Liquid", "Mancer", "Mancer 2", "Meta", "Minimax", "Mistral", "Moonshot AI", "Morph", "NCompass",
    "Nebius",
    "NextBit", "Nineteen", "Novita", "Nvidia", "OpenAI", "OpenInference", "Parasail", "Perplexity", "Phala",
    "SambaNova",
    "SiliconFlow", "Stealth", "Switchpoint", "Targon", "Together", "Ubicloud", "Venice", "WandB", "xAI", "Z.AI",
]
