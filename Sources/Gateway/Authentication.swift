internal import HTTPWire
package import Model

/// Who may call. One check for every header form; the time it takes does not depend on how much of a key is right.
package struct Authentication: Sendable {
    private let masterKey: Secret?
    private let keyHeaderName: String?

    /// - Parameters:
    ///   - masterKey: `nil`: everybody may call (the listener is then bound to loopback). Empty: nobody may, since a key
    ///     was asked for and is not there.
    ///   - keyHeaderName: `general_settings.litellm_key_header_name`: a further field that may carry the key.
    package init(masterKey: Secret?, keyHeaderName: String?) {
        self.masterKey = masterKey
        self.keyHeaderName = keyHeaderName?.lowercased()
    }

    package var isOpen: Bool { masterKey == nil }

    /// Where in the head the key lies that is to be compared; `nil` when nobody needs one.
    /// - Throws: `.missingKey`.
    func presentedKey(_ head: RequestHead) throws(GatewayError) -> Range<Int>? {
        guard masterKey != nil else { return nil }
        guard let key = presentedKey(in: head.fields) else { throw .missingKey }
        return key
    }

    /// - Parameter key: as ``presentedKey(_:)`` found it in `head`.
    func accepts(_ key: Range<Int>, of head: RequestHead) -> Bool {
        guard let masterKey, !masterKey.isEmpty else { return false }
        let fields = head.fields
        return masterKey.matches(fields.bytes.span.extracting(key))
    }

    /// The first field that holds a key, in LiteLLM's order; `Bearer`, `bearer` and `Basic` are taken off
    /// `Authorization`, a scheme is optional in the gateway's own fields.
    private func presentedKey(in fields: FieldBlock) -> Range<Int>? {
        if let keyHeaderName {
            for field in fields.fields where fields.matches(field.name, keyHeaderName.utf8.span) {
                return stripScheme(field.value, in: fields) ?? field.value
            }
        }
        if let own = fields[.xLiteLLMAPIKey] { return stripScheme(own, in: fields) ?? own }
        if let authorization = fields[.authorization] {
            if let key = stripScheme(authorization, in: fields) { return key }
        }
        return fields[.apiKey] ?? fields[.xAPIKey] ?? fields[.xGoogAPIKey] ?? fields[.ocpAPIMSubscriptionKey]
    }

    private func stripScheme(_ value: Range<Int>, in fields: FieldBlock) -> Range<Int>? {
        stripScheme("bearer ", value, in: fields) ?? stripScheme("basic ", value, in: fields)
    }

    private func stripScheme(_ scheme: StaticString, _ value: Range<Int>, in fields: FieldBlock) -> Range<Int>? {
        guard value.count > scheme.utf8CodeUnitCount, fields.hasPrefix(value, scheme) else { return nil }
        let bytes = fields.bytes.span
        var start = value.lowerBound + scheme.utf8CodeUnitCount
        while start < value.upperBound, bytes[start] == UInt8(ascii: " ") { start += 1 }
        return start..<value.upperBound
    }
}
