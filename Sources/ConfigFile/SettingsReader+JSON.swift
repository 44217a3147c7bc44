import JSONText

/// Free-form values.
extension SettingsReader {
    static let redacted = "[redacted]"

    /// As LiteLLM hands it on: references are resolved in mappings at any depth, but a string inside a list is left
    /// alone; a variable's `true` and `false` are booleans; an unset one is `null`.
    ///
    /// - Parameter hidesSecrets: whether values of keys named like secrets become `[redacted]`, references excepted.
    func json(_ node: ConfigNode, key: String, hidesSecrets: Bool = false) -> JSONValue {
        let path = joined(path, key)
        return node.json(key: key, isSecret: namesSecret(key)) { scalar, place in
            if hidesSecrets, place.isSecret { return SettingsReader.hidden(scalar) }
            guard !place.isListItem, case .string(let text) = scalar.value, let name = environmentReference(text),
                !name.isEmpty
            else { return hidesSecrets ? SettingsReader.withoutSecrets(scalar) : scalar.json }
            let place = place.mark.location(place.key == key ? path : joined(path, place.key ?? ""))
            guard let value = report.variable(name, at: place, model: model) else { return .null }
            switch value.lowercased() {
            case "true": return .bool(true)
            case "false": return .bool(false)
            default: return .string(value)
            }
        }
    }

    /// As it stands in the file, references unresolved, without anything secret.
    func written(_ node: ConfigNode, key: String, isSecret: Bool = false) -> JSONValue {
        node.json(key: key, isSecret: isSecret || namesSecret(key)) { scalar, place in
            place.isSecret ? SettingsReader.hidden(scalar) : SettingsReader.withoutSecrets(scalar)
        }
    }

    /// The members of a mapping, or `nil` when there is none.
    func members(_ key: String, hidesSecrets: Bool = false) -> [JSONValue.Member]? {
        guard let node = node(key) else { return nil }
        guard case .object(let members) = json(node, key: key, hidesSecrets: hidesSecrets) else {
            error(key, "must be a mapping")
            return nil
        }
        return members
    }

    /// A reference and a switch may be seen, a literal may not.
    private static func hidden(_ scalar: ConfigScalar) -> JSONValue {
        switch scalar.value {
        case .null, .bool: scalar.json
        case .number: .string(redacted)
        case .string(let text): text.isEmpty || environmentReference(text) != nil ? scalar.json : .string(redacted)
        }
    }

    /// A text that shows by itself that it holds a secret: a key's well-known beginning, or a URL with a password or a query.
    private static func withoutSecrets(_ scalar: ConfigScalar) -> JSONValue {
        guard case .string(let text) = scalar.value else { return scalar.json }
        let beginnings = ["sk-", "bearer ", "basic ", "aiza", "xoxb-", "ghp_", "hf_", "gsk_", "xai-"]
        let folded = text.prefix(8).lowercased()
        if beginnings.contains(where: { folded.hasPrefix($0) }) { return .string(redacted) }
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return .string(text) }
        let start = text.index(colon, offsetBy: 3)
        var rest = text[start...]
        var query = ""
        if let mark = rest.firstIndex(where: { $0 == "?" || $0 == "#" }) {
            query = "\(rest[mark])\(redacted)"
            rest = rest[..<mark]
        }
        let authority = rest[..<(rest.firstIndex(of: "/") ?? rest.endIndex)]
        if let at = authority.lastIndex(of: "@") { rest = redacted + rest[at...] }
        return .string(text[..<start] + rest + query)
    }
}
