import Model

/// Mappings from header names to values, a later key over an earlier one. Every value may be a key, so all are secrets.
func readHeaders(_ section: SettingsReader, keys: [String]) -> [(name: String, value: SecretReference)] {
    var headers: [(name: String, value: SecretReference)] = []
    for key in keys {
        guard let fields = section.mapping(key) else { continue }
        for entry in fields.entries {
            guard isToken(entry.key) else {
                fields.error(entry.key, "is no name of a header (RFC 9110 §5.1)")
                continue
            }
            guard let value = fields.secret(entry.key) else { continue }
            if let secret = value.secret, !isFieldValue(secret.reveal()) {
                fields.error(entry.key, "must hold no line ends or other control characters (RFC 9110 §5.5)")
                continue
            }
            headers.removeAll { $0.name.lowercased() == entry.key.lowercased() }
            headers.append((entry.key, value))
        }
    }
    return headers
}

/// RFC 9110 §5.6.2.
func isToken(_ name: String) -> Bool {
    !name.isEmpty
        && name.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "!#$%&'*+-.^_`|~".utf8.contains($0)
            }
        }
}

/// RFC 9110 §5.5, anything above ASCII included.
func isFieldValue(_ text: String) -> Bool {
    text.utf8.allSatisfy { $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }
}
