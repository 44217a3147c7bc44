internal import Crypto
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
    /// - Throws: `.missingKey`, or `.malformedAuthorization` when the only field for one has none of the schemes.
    func presentedKey(_ head: RequestHead) throws(GatewayError) -> Range<Int>? {
        guard masterKey != nil else { return nil }
        guard let key = presentedKey(in: head.fields) else {
            let authorization = head.fields[.authorization]
            guard let authorization else { throw Authentication.absence(in: head) }
            throw Authentication.absence(of: Array(head.fields.bytes[authorization]))
        }
        return key
    }

    /// What is wrong when no field holds a key.
    private static func absence(of authorization: [UInt8]) -> GatewayError {
        let words = authorization.split(separator: UInt8(ascii: " "))
        guard let first = words.first else { return .missingKey }
        let scheme = String(decoding: first, as: UTF8.self).lowercased()
        if words.count == 1 {
            return .malformedAuthorization(["bearer", "basic", "bearer:"].contains(scheme) ? .noKey : .noScheme)
        }
        // Only the scheme is repeated, and only one of the known ones: what stands here may be a key.
        let known = ["token", "apikey", "api-key", "key", "digest", "negotiate", "bearer:", "aws4-hmac-sha256"]
        return .malformedAuthorization(known.contains(scheme) ? .otherScheme : .noScheme)
    }

    /// The same where there is not even an `Authorization`.
    private static func absence(in head: RequestHead) -> GatewayError {
        for field in head.fields.fields {
            let name = head.fields.string(field.name).lowercased()
            // `Sec-WebSocket-Key`, `Idempotency-Key`, `X-CSRF-Token`: no credentials for an API.
            guard name.utf8.count <= 40, !name.hasPrefix("sec-"), !name.hasPrefix("idempotency"),
                !name.contains("srf")
            else { continue }
            if name.split(whereSeparator: { "-_".contains($0) }).contains(where: keyWords.contains) {
                return .malformedAuthorization(.otherField(name))
            }
        }
        let items = (head.query ?? "").lowercased().split(separator: "&").compactMap { $0.split(separator: "=").first }
        return items.contains { queryWords.contains($0) } ? .malformedAuthorization(.inURL) : .missingKey
    }

    /// Parts of the names of fields that people put a key into.
    private static let keyWords: Set<Substring> = [
        "key", "apikey", "token", "auth", "authorization", "authentication", "bearer",
    ]
    private static let queryWords: Set<Substring> = ["key", "api_key", "api-key", "apikey", "token", "access_token"]

    /// What may be told of a key that was refused: whose it looks like, and its end.
    func describe(_ key: Range<Int>, of head: RequestHead) -> RefusedKey {
        let isBasic = head.fields[.authorization].map {
            $0.upperBound == key.upperBound && head.fields.hasPrefix($0, "basic ")
        }
        return RefusedKey(Array(head.fields.bytes[key]), isBasic: isBasic ?? false)
    }

    /// Whatever in `head` is meant to be a key, without its scheme and without quotes around it.
    func credentials(in head: RequestHead) -> [String] {
        let fields = head.fields
        let own = fields.fields.filter { field in
            keyHeaderName.map { fields.matches(field.name, $0.utf8.span) } ?? false
        }.map(\.value)
        let others = [
            fields[.xLiteLLMAPIKey], fields[.authorization], fields[.apiKey], fields[.xAPIKey], fields[.xGoogAPIKey],
            fields[.ocpAPIMSubscriptionKey],
        ].compactMap(\.self)
        return (own + others).compactMap { value in
            let words = fields.string(value).split { " \t\"'<>`".contains($0) }
            return words.last.map(String.init)
        }
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
