/// Which provider is meant by a model's name that has no prefix.
package enum BareModelNames {
    private enum Rule {
        case exactly(String)
        case beginning(String)
    }

    /// First match wins. Names that several companies use are missing on purpose: a guess would send a prompt to the
    /// wrong one.
    private static let rules: [(Rule, provider: String)] = [
        (.beginning("gpt-"), "openai"), (.beginning("chatgpt-"), "openai"), (.beginning("ft:gpt-"), "openai"),
        (.exactly("o1"), "openai"), (.beginning("o1-"), "openai"),
        (.exactly("o3"), "openai"), (.beginning("o3-"), "openai"),
        (.exactly("o4"), "openai"), (.beginning("o4-"), "openai"),
        (.beginning("text-embedding-3-"), "openai"), (.exactly("text-embedding-ada-002"), "openai"),
        (.beginning("codex-"), "openai"), (.beginning("computer-use-"), "openai"),
        (.exactly("davinci-002"), "openai"), (.exactly("babbage-002"), "openai"),
        (.beginning("claude-"), "anthropic"),
        (.beginning("gemini-"), "gemini"),
        (.exactly("deepseek-chat"), "deepseek"), (.exactly("deepseek-reasoner"), "deepseek"),
        (.beginning("mistral-"), "mistral"), (.beginning("open-mistral-"), "mistral"),
        (.beginning("open-mixtral-"), "mistral"), (.beginning("ministral-"), "mistral"),
        (.beginning("magistral-"), "mistral"), (.beginning("pixtral-"), "mistral"),
        (.beginning("codestral-"), "mistral"), (.beginning("devstral-"), "mistral"),
        (.beginning("grok-"), "xai"),
        (.exactly("sonar"), "perplexity"), (.beginning("sonar-"), "perplexity"),
        (.exactly("command"), "cohere"), (.beginning("command-"), "cohere"),
    ]

    /// The prefixes of the providers that a name may mean which begins with `start`.
    package static func providers(ofNamesBeginning start: String) -> Set<String> {
        guard !start.utf8.contains(UInt8(ascii: "/")) else { return [] }
        return Set(
            rules.filter { rule, _ in
                switch rule {
                case .exactly(let whole): whole.utf8.starts(with: start.utf8)
                case .beginning(let known): known.utf8.starts(with: start.utf8) || start.utf8.starts(with: known.utf8)
                }
            }.map(\.provider))
    }

    /// `nil` when `name` has a `/` or no rule knows it.
    package static func provider(of name: String) -> Provider? {
        guard !name.utf8.contains(UInt8(ascii: "/")) else { return nil }
        let match = rules.first { rule, _ in
            switch rule {
            case .exactly(let whole): name == whole
            case .beginning(let start): name.utf8.starts(with: start.utf8) && name.utf8.count > start.utf8.count
            }
        }
        return match.flatMap { ProviderTable.row($0.provider) }
    }
}
