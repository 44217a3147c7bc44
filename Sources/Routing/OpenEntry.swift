import ConfigFile
import JSONText
import Model
import Providers

/// An entry of which the client's name decides the provider, such as `model: "*"`: whom a name can choose, and for which one
/// of them the entry's own key is meant. A value.
///
/// A key is for one provider. Nobody else may get it, whatever name a client thinks of: the others are called with their own
/// variables, as they would be if the entry had no key.
struct OpenEntry {
    /// In the table's order; never empty for a pattern that some name can match.
    let providers: [Provider]
    /// The provider that the entry's key, organization and header fields are for: the only one that its pattern leaves, else
    /// the one that reads the key's variable. `nil`: nothing says so.
    let owner: Provider?

    /// `nil` when the configuration settles the provider.
    init?(_ entry: ModelEntry, _ params: ModelParams) {
        let isSettled = [params.apiBase, params.customProvider].contains { $0?.isEmpty == false }
        let firstSegment = params.model.utf8.prefix { $0 != UInt8(ascii: "/") }
        guard !isSettled, isPattern(entry.name), firstSegment.contains(UInt8(ascii: "*")) else { return nil }
        let beginning = OpenEntry.beginning(ofNamesFor: params.model, askedAs: entry.name)
        let bare = BareModelNames.providers(ofNamesBeginning: beginning)
        let providers = ProviderTable.all.filter { row in
            let prefix = "\(row.prefix)/"
            return beginning.utf8.starts(with: prefix.utf8) || prefix.utf8.starts(with: beginning.utf8)
                || bare.contains(row.prefix)
        }
        self.providers = providers
        if providers.count == 1 {
            owner = providers.first
        } else if let variable = params.apiKey?.variable {
            owner = providers.first { $0.keyVariables.contains(variable) }
        } else {
            owner = nil
        }
    }

    /// What every name begins with that a provider is looked for in. A name with more stars than the model has goes whole
    /// (``WildcardPattern/substitute(_:into:requested:)``).
    private static func beginning(ofNamesFor model: String, askedAs name: String) -> String {
        let star = UInt8(ascii: "*")
        let hasMoreStars = name.utf8.count { $0 == star } > model.utf8.count { $0 == star }
        return String(Substring((hasMoreStars ? name : model).utf8.prefix { $0 != star }))
    }
}

extension ModelParams {
    /// The keys that may say who the caller is, as they stand in the configuration.
    var accountKeys: [String] {
        var keys = apiKey == nil ? [] : ["api_key"]
        if organization?.isEmpty == false { keys.append("organization") }
        keys += extraHeaders.map { "extra_headers.\($0.name)" }
        keys += extraBody.filter(holdsSecret).map { "extra_body.\($0.key)" }
        return keys + defaults.filter(holdsSecret).map(\.key)
    }

    /// The same without them: for a provider that they are not meant for.
    func withoutAccount() -> ModelParams {
        var params = self
        params.apiKey = nil
        params.organization = nil
        params.extraHeaders = []
        params.extraBody = extraBody.filter { !holdsSecret($0) }
        params.defaults = defaults.filter { !holdsSecret($0) }
        return params
    }
}

/// Whether a member is named like a secret, or one inside of it is.
private func holdsSecret(_ member: JSONValue.Member) -> Bool {
    var open = [member]
    while let next = open.popLast() {
        if namesSecret(next.key) { return true }
        switch next.value {
        case .object(let members): open += members
        case .array(let items): open += items.map { JSONValue.Member("", $0) }
        case .null, .bool, .number, .string: break
        }
    }
    return false
}
