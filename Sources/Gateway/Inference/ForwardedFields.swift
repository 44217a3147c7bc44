internal import ConfigFile
internal import EventLoop
internal import HTTPServer
internal import HTTPWire
internal import JSONText
internal import Model
internal import Observability
internal import Providers
internal import Upstream

/// What of a client's head, and of what is known about the client, goes upstream when the operator says so
/// (`forward_client_headers_to_llm_api`, `add_user_information_to_llm_headers`).
enum ForwardedFields {
    /// They prove who somebody is, to this gateway or to another service.
    private static let credentials: Set<String> = [
        "x-api-key", "x-goog-api-key", "x-auth-token", "x-amz-security-token", "x-forwarded-access-token",
        "x-forwarded-authorization",
    ]
    /// They speak to this gateway, tell of the network in front of it, or of the client's SDK.
    private static let beginnings = ["x-litellm-", "x-penstock-", "x-forwarded-", "x-real-ip", "x-stainless-"]

    /// The client's own `x-…` fields and `anthropic-beta`, lower-case, in their order; none that holds a key of this gateway.
    ///
    /// - Parameter keyField: where clients may show one, lower-case, if the operator has named it.
    static func ofClient(_ fields: FieldBlock, keyField: String?, holdsKey: (String) -> Bool) -> [Deployment
        .HeaderField]
    {
        var forwarded: [Deployment.HeaderField] = []
        fields.forEach { nameRange, valueRange in
            guard fields.hasPrefix(nameRange, "x-") || fields.matches(nameRange, "anthropic-beta") else { return }
            let name = fields.string(nameRange).lowercased()
            let value = fields.string(valueRange)
            guard !credentials.contains(name), name != keyField, FieldSyntax.isName(name), FieldSyntax.isValue(value),
                !beginnings.contains(where: { name.utf8.starts(with: $0.utf8) }), !holdsKey(value)
            else { return }
            forwarded.append(.init(name: name, value: value))
        }
        return forwarded
    }

    /// In bytes: of a user's name that goes into a field.
    private static let longestUser = 256

    fileprivate static func text(_ range: Range<Int>, of body: borrowing ByteBuffer) -> String? {
        range.count <= longestUser * 6 + 2 ? jsonString(range, in: body.bytes) : nil
    }

    /// Who asks, under LiteLLM's names. There are no keys but the master key yet, whose owner LiteLLM calls so; its hash,
    /// which LiteLLM sends too, would let the upstream guess a weak one.
    ///
    /// - Parameter endUser: the client's `user`.
    static func ofUser(_ endUser: String?, path: String) -> [Deployment.HeaderField] {
        var fields = [
            Deployment.HeaderField(name: "x-litellm-user_api_key_user_id", value: "default_user_id"),
            Deployment.HeaderField(name: "x-litellm-user_api_key_request_route", value: path),
        ]
        if let endUser, !endUser.isEmpty, endUser.utf8.count <= longestUser, FieldSyntax.isValue(endUser) {
            fields.append(.init(name: "x-litellm-user_api_key_end_user_id", value: endUser))
        }
        return fields
    }
}

extension Inference {
    /// Nearly always nothing.
    func fieldsToForward(_ envelope: Envelope, _ body: RequestBody) -> [Deployment.HeaderField] {
        guard snapshot.forwardsFields else { return [] }
        let config = snapshot.config
        let fields = exchange.head.fields
        var forwarded: [Deployment.HeaderField] = []
        if config.general.forwardClientHeaders {
            let key = config.general.masterKey?.secret?.reveal()
            forwarded += ForwardedFields.ofClient(fields, keyField: config.general.keyHeaderName?.lowercased()) {
                value in
                key.map { !$0.isEmpty && value.contains($0) } ?? false
            }
        }
        if config.litellm.addUserInformation {
            let user =
                fields.string("x-litellm-end-user-id") ?? fields.string("x-litellm-customer-id")
                ?? envelope[.user].flatMap { ForwardedFields.text($0, of: body.bytes) }
            forwarded += ForwardedFields.ofUser(user, path: record.path)
        }
        return forwarded
    }
}
