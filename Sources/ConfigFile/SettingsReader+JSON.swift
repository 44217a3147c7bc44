import JSONText

/// Free-form values.
extension SettingsReader {
    static let redacted = "[redacted]"

    /// As LiteLLM hands it on: references are resolved in mappings at any depth, but a string inside a list is left
    /// alone; a variable's `true` and `false` are booleans; an unset one is `null`.
    ///
    /// - Parameter hidesSecrets: whether values of keys named like secrets become `[redacted]`, references excepted.
    func json(_ node: ConfigNode, key: String, hidesSecrets: Bool = false) -> JSONValue {
        node.json(key: key, isSecret: report.isSecretName(key), secretKeys: report.isSecretName) { scalar, place in
            if hidesSecrets, place.isSecret { return SettingsReader.hidden(scalar) }
            guard !place.isListItem, case .string(let text) = scalar.value, let name = environmentReference(text),
                !name.isEmpty
            else { return hidesSecrets ? SettingsReader.withoutSecrets(scalar) : scalar.json }
            let whole = joined(path, key)
            let place = place.mark.location(place.key == key ? whole : joined(whole, place.key ?? ""))
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
        let isSecret = isSecret || report.isSecretName(key)
        return node.json(key: key, isSecret: isSecret, secretKeys: report.isSecretName) { scalar, place in
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

    /// In lower case, by their first byte.
    private static let keyBeginnings = Dictionary(
        grouping: ["sk-", "bearer ", "basic ", "aiza", "xoxb-", "ghp_", "hf_", "gsk_", "xai-"].map { Array($0.utf8) },
        by: { $0[0] })

    private static func beginsLikeKey(_ text: Span<UInt8>) -> Bool {
        guard !text.isEmpty, let candidates = keyBeginnings[folded(text[0])] else { return false }
        return candidates.contains { beginning in
            beginning.count <= text.count && beginning.indices.allSatisfy { folded(text[$0]) == beginning[$0] }
        }
    }

    /// What stands beside the secret part of a URL.
    private static func mayHide(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") || byte == UInt8(ascii: "@")
    }

    private static func folded(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    /// A text that shows by itself that it holds a secret: a key's well-known beginning, or a URL with a password or a query.
    private static func withoutSecrets(_ scalar: ConfigScalar) -> JSONValue {
        guard case .string(let text) = scalar.value else { return scalar.json }
        if beginsLikeKey(text.utf8.span) { return .string(redacted) }
        // Most URLs have nothing to hide behind.
        guard text.utf8.contains(where: mayHide) else { return .string(text) }
        let bytes = text.utf8
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8) else {
            return .string(text)
        }
        let start = bytes.index(colon, offsetBy: 3)
        var rest = bytes[start...]
        var query = ""
        if let mark = rest.firstIndex(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }) {
            query = "\(Unicode.Scalar(rest[mark]))\(redacted)"
            rest = rest[..<mark]
        }
        let at = rest.prefix { $0 != UInt8(ascii: "/") }.lastIndex(of: UInt8(ascii: "@"))
        let shown = at.map { redacted + String(Substring(rest[$0...])) } ?? String(Substring(rest))
        return .string(String(Substring(bytes[..<start])) + shown + query)
    }
}
