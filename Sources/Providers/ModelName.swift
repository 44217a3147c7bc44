package import Model

/// The prefix rule: what `litellm_params.model` means. The one place where a provider's prefix is taken off a name, for
/// every endpoint, health check and connection test.
///
/// - The first path segment is a provider only if the table knows it.
/// - It is removed exactly once, never in a loop: `openrouter/openrouter/free` is OpenRouter's `openrouter/free`.
/// - Where the provider is a vendor in its own catalogue, an id without a vendor is sent whole: `openrouter/auto`.
package struct ModelName: Sendable {
    /// How the provider was found.
    package enum Basis: Sendable, Hashable {
        case prefix
        case customProvider
        /// `api_base` is on a host that the table knows.
        case host
        /// There is an `api_base`, so somebody speaks OpenAI's dialect there.
        case apiBase
        case bareName
    }

    package let provider: Provider
    /// What goes upstream as `model`. Never empty.
    package let model: String
    package let basis: Basis
    /// Whether `<provider>/` was taken off.
    package let prefixRemoved: Bool

    /// - Throws: `ModelNameError` when no provider can be recognised or nothing is left for the upstream.
    package init(
        _ configured: String, customProvider: String? = nil, base: BaseURL? = nil
    ) throws(ModelNameError) {
        if let customProvider, !customProvider.isEmpty {
            guard let row = ProviderTable.row(written: customProvider) else {
                throw .unknownProvider(customProvider)
            }
            try self.init(configured, of: row, basis: .customProvider)
        } else if let row = ModelName.provider(prefixing: configured) {
            try self.init(configured, of: row, basis: .prefix)
        } else if let base {
            let row = ProviderTable.row(host: base.host)
            guard let row = row ?? ProviderTable.row("openai") else { throw .noProvider(configured) }
            try self.init(configured, of: row, basis: row.prefix == "openai" ? .apiBase : .host)
        } else if let row = BareModelNames.provider(of: configured) {
            try self.init(configured, of: row, basis: .bareName)
        } else {
            throw configured.isEmpty ? .noModel(configured) : .noProvider(configured)
        }
    }

    /// The rule for a provider that is settled already: its own prefix is removed once if it is there.
    package init(_ name: String, of provider: Provider, basis: Basis = .prefix) throws(ModelNameError) {
        var rest = Substring(name)
        let hadPrefix =
            name.utf8.starts(with: provider.prefix.utf8)
            && name.utf8.dropFirst(provider.prefix.utf8.count).first == UInt8(ascii: "/")
        if hadPrefix {
            rest = Substring(name.utf8.dropFirst(provider.prefix.utf8.count + 1))
        }
        guard !rest.isEmpty else { throw .noModel(name) }
        self.provider = provider
        self.basis = basis
        if provider.hasOwnVendor, !ModelName.namesVendor(rest) {
            model = "\(provider.prefix)/\(rest)"
            prefixRemoved = false
        } else if let prefix = provider.bareModelPrefix,
            !rest.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "#") })
        {
            model = "\(prefix)\(rest)"
            prefixRemoved = hadPrefix
        } else {
            model = String(rest)
            prefixRemoved = hadPrefix
        }
    }

    /// The provider whose prefix `name` begins with.
    package static func provider(prefixing name: String) -> Provider? {
        guard let slash = name.utf8.firstIndex(of: UInt8(ascii: "/")) else { return nil }
        return ProviderTable.row(String(name[..<slash]))
    }

    /// What else a list of the configuration may call a model: its name without its provider, or, for a known name that has
    /// none, with it.
    package static func otherSpellings(of name: String) -> [String] {
        if let row = provider(prefixing: name) {
            return [String(Substring(name.utf8.dropFirst(row.prefix.utf8.count + 1)))]
        }
        return BareModelNames.provider(of: name).map { ["\($0.prefix)/\(name)"] } ?? []
    }

    /// Whether an id is complete: it has a vendor, or it is nothing but a preset. An embedded `@preset/` has a `/` of
    /// its own that does not count.
    private static func namesVendor(_ id: Substring) -> Bool {
        guard let slash = id.utf8.firstIndex(of: UInt8(ascii: "/")) else { return false }
        let (start, preset) = (id.utf8[..<slash], "@preset".utf8)
        let before = start.count - preset.count
        return before <= 0 || !start.dropFirst(before).elementsEqual(preset)
    }
}

/// Why a configured model cannot be called.
package enum ModelNameError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No prefix, no `api_base`, and no rule knows the name.
    case noProvider(String)
    /// `custom_llm_provider` is not in the table.
    case unknownProvider(String)
    /// Nothing is left once the prefix is off.
    case noModel(String)

    package var description: String {
        switch self {
        case .noProvider(let model):
            """
            `\(model)` does not say which provider is meant: write `provider/model` with a known prefix \
            (openai, openrouter, azure, gemini, groq, mistral, deepseek, ollama, hosted_vllm, …), \
            or set `api_base` for a server that speaks OpenAI's dialect
            """
        case .unknownProvider(let name):
            "`custom_llm_provider` is `\(name)`, which is not a known prefix; for a server that speaks OpenAI's dialect write `openai` and set `api_base`"
        case .noModel(let model):
            "`\(model)` has a provider and no model behind it"
        }
    }
}
