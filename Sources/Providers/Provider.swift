package import Model

/// One row of the provider table: what has to be known about an upstream to send OpenAI's dialect to it. Only data.
package struct Provider: Sendable, Identifiable {
    /// How a key travels.
    package enum Authentication: Sendable, Hashable {
        /// `Authorization: Bearer <key>`.
        case bearer
        /// The key alone in a field of this (lower-case) name.
        case header(String)
    }

    /// How an endpoint's path is joined to the base.
    package enum PathStyle: Sendable, Hashable {
        /// `<base>/chat/completions`.
        case appended
        /// `<base>/openai/deployments/<model>/chat/completions?api-version=…`, unless the base ends with `/openai/v1`.
        case azure
    }

    /// What stands before the first `/` of `litellm_params.model`; unique in the table.
    package let prefix: String
    /// Where it lives when nobody says otherwise. `nil`: `api_base` (or its variable) is required.
    package var defaultBase: String?
    /// Environment variables that may hold the base URL; the first one that is set counts.
    package var baseVariables: [String]
    /// Environment variables that may hold the key; the first one that is set counts.
    package var keyVariables: [String]
    package var authentication = Authentication.bearer
    /// Whether a request without a key is sure to be refused.
    package var needsKey = true
    /// Sent when no key is configured: some servers want the field, whatever it holds.
    package var fallbackKey: String?
    /// The endpoints it is asked for. A wrong "yes" costs an upstream 404, which the client sees; a wrong "no" would
    /// withhold a service. So the doubtful ones are in, except for `responses`: who has it is said in the table, as the
    /// provider's documentation and LiteLLM's `supported_endpoints` say it (2026-11).
    package var endpoints: Set<Endpoint> = [.chatCompletions, .completions, .embeddings]
    /// `false`: the prefix is known, and requests for it get a clear "not supported" instead of "unknown model".
    package var speaksOpenAI = true
    package var pathStyle = PathStyle.appended
    /// Environment variable that may hold the `api-version` of every URL.
    package var versionVariable: String?
    /// Path that a base has to end with, such as `v1` for Ollama, whose operators write the bare host. Added when missing.
    package var basePathSuffix: String?
    /// Put before a model id that has no `/`: Fireworks knows only `accounts/fireworks/models/…`.
    package var bareModelPrefix: String?
    /// The provider's own ids may begin with its prefix (`openrouter/auto`), so an id without a vendor is sent whole.
    package var hasOwnVendor = false
    /// Domains of its own below which its customers' addresses are, besides that of the default base.
    package var ownDomains: [String] = []
    /// Takes `HTTP-Referer` and `X-Title`.
    package var wantsAttribution = false
    /// Members of a chat request it knows under another name.
    package var renamedMembers: [Rename] = []

    package struct Rename: Sendable, Hashable {
        package let from: String
        package let to: String

        package init(from: String, to: String) {
            self.from = from
            self.to = to
        }
    }

    package var id: String { prefix }

    /// Whether `base` is the provider's own address: on the domain (its last two labels) of the default base, or below one
    /// of `ownDomains`. An operator's proxy or server is somebody else, whatever dialect it speaks.
    package func isOwnAddress(_ base: BaseURL) -> Bool {
        guard base.scheme == .https else { return false }
        let host = base.host
        if ownDomains.contains(where: { host.hasSuffix(".\($0)") }) { return true }
        guard let text = defaultBase, let own = BaseURL(text), own.scheme == .https else { return false }
        let domain = own.host.split(separator: ".").suffix(2).joined(separator: ".")
        return host == domain || host.hasSuffix(".\(domain)")
    }

    /// Where nobody says otherwise it is looked for on this machine, in plain HTTP.
    package var isOnThisMachine: Bool { defaultBase?.utf8.starts(with: "http://".utf8) ?? false }

    /// - Parameters:
    ///   - keys: `nil` means `<PREFIX>_API_KEY`.
    ///   - bases: `nil` means `<PREFIX>_API_BASE`.
    init(_ prefix: String, _ defaultBase: String?, keys: [String]? = nil, bases: [String]? = nil) {
        let stem = prefix.uppercased().replacing(byte: UInt8(ascii: "-"), with: UInt8(ascii: "_"))
        self.prefix = prefix
        self.defaultBase = defaultBase
        keyVariables = keys ?? ["\(stem)_API_KEY"]
        baseVariables = bases ?? ["\(stem)_API_BASE"]
    }

    /// The row of one that offers `/responses` too.
    func withResponses() -> Provider { with { $0.endpoints.insert(.responses) } }

    /// The row with some of its values changed, so that a table can be one expression.
    func with(_ change: (inout Provider) -> Void) -> Provider {
        var row = self
        change(&row)
        return row
    }
}

extension Provider {
    /// The field that proves who we are. `nil` when `key` cannot stand in a field's value (RFC 9110 §5.5).
    package func authenticationField(key: Secret) -> Deployment.HeaderField? {
        let text = key.reveal()
        guard FieldSyntax.isValue(text), !text.isEmpty else { return nil }
        return switch authentication {
        case .bearer: .init(name: "authorization", value: "Bearer \(text)")
        case .header(let name): .init(name: name, value: text)
        }
    }

    /// The name of that field, lower-case.
    package var authenticationFieldName: String {
        switch authentication {
        case .bearer: "authorization"
        case .header(let name): name
        }
    }
}

extension String {
    fileprivate func replacing(byte: UInt8, with other: UInt8) -> String {
        String(decoding: utf8.map { $0 == byte ? other : $0 }, as: UTF8.self)
    }
}
