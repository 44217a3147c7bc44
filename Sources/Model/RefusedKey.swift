/// What may be said of a key that somebody refused: how it ends, and whose it looks like. The key itself is not kept. Value.
package struct RefusedKey: Sendable, Hashable {
    /// An ellipsis and the last characters: four at most, and never more than a quarter of the key.
    package let end: String
    /// What is odd about it, for the one who sent it. A sentence, without any part of the key.
    package let remark: String?

    /// - Parameter isBasic: it came with the scheme `Basic`.
    package init(_ key: [UInt8], isBasic: Bool = false) {
        let shown = min(4, key.count / 4)
        end =
            "…"
            + String(decoding: key.suffix(shown).map { $0 > 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
        remark =
            RefusedKey.remark(on: String(decoding: key, as: UTF8.self))
            ?? (isBasic
                ? "It came with the scheme `Basic`, as user and password do; send `Authorization: Bearer <key>`." : nil)
    }

    /// As the providers document them; the longer beginning first.
    private static let shapes: [(beginning: String, owner: String)] = [
        ("sk-or-", "OpenRouter"), ("sk-ant-", "Anthropic"), ("sk-proj-", "OpenAI"), ("sk-svcacct-", "OpenAI"),
        ("gsk_", "Groq"), ("AIza", "Google"), ("xai-", "xAI"), ("pplx-", "Perplexity"), ("hf_", "Hugging Face"),
        ("r8_", "Replicate"), ("nvapi-", "NVIDIA"), ("fw_", "Fireworks"), ("csk-", "Cerebras"),
    ]

    private static func remark(on key: String) -> String? {
        let text = key.utf8
        if text.starts(with: "$".utf8) || text.starts(with: "os.environ/".utf8) || text.starts(with: "${".utf8) {
            return "It is the name of a variable, not the variable's value."
        }
        if key.lowercased().utf8.starts(with: "bearer ".utf8) {
            return "The word `Bearer` stands in front of it twice."
        }
        if let first = text.first,
            first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") || first == UInt8(ascii: "<")
        {
            return "It stands in quotes or brackets, which belong to the key as they are sent."
        }
        guard let shape = shapes.first(where: { text.starts(with: $0.beginning.utf8) }) else { return nil }
        return
            "It looks like a key of \(shape.owner): clients show the gateway's own key, and the gateway adds the provider's."
    }
}

/// Where the gateway's key for a provider is from, once that provider has refused it. Value; it does not hold the key.
package struct ProviderKey: Sendable, Hashable {
    /// The provider, or whose upstream it was; the beginning of a sentence.
    package let refuser: String
    /// For the client and the operator: the variable's name, or where it is written. `nil`: no key was sent.
    package let source: String?
    /// As of ``RefusedKey/end``; for the log.
    package let end: String?

    /// Without the full stop at its end.
    package var sentence: String {
        "\(refuser) refused \(source.map { "the key of this gateway (\($0))" } ?? "this gateway, which has no key for it")"
    }

    package init(_ credential: Credential?, refusedBy refuser: String) {
        self.refuser = refuser
        switch credential?.source {
        case .environment(let name): source = name
        case .configuration: source = "litellm_params.api_key"
        case nil: source = nil
        }
        end = credential?.secret.map { RefusedKey(Array($0.reveal().utf8)).end }
    }
}
