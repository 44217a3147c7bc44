internal import JSONText
internal import Providers

/// LiteLLM's guardrails, which this gateway does not have: who asks for protection must not go without it unawares.
enum GuardrailWish {
    private static let names = MemberNames("guardrails")

    /// The member that asks for one: at the top, or, where OpenAI allows strings only, a list or an object in the metadata.
    static func name(in envelope: Envelope, _ body: Span<UInt8>) -> String? {
        if let range = envelope[.guardrails], asks(range, in: body, anyKind: true) { return "guardrails" }
        for (member, name) in [(Envelope.Member.metadata, "metadata"), (.litellmMetadata, "litellm_metadata")] {
            guard let range = envelope[member], range.count <= Envelope.longestOptions,
                let nested = ObjectScan(body, within: range, names: names), let wish = nested[0],
                asks(wish, in: body, anyKind: member == .litellmMetadata)
            else { continue }
            return "\(name).guardrails"
        }
        return nil
    }

    private static func asks(_ range: Range<Int>, in body: Span<UInt8>, anyKind: Bool) -> Bool {
        switch jsonKind(of: range, in: body) {
        case .null: return false
        case .bool: return anyKind && jsonBool(range, in: body) == true
        case .string: return anyKind && jsonString(range, in: body) != ""
        case .number: return anyKind
        case .array:
            var elements = JSONElements(range, in: body)
            return elements.next() != nil
        case .object:
            var members = JSONMembers(range, in: body)
            return members.next() != nil
        }
    }
}

/// LiteLLM's `cache`. There is no cache, so what asks for none is granted.
enum CacheWish {
    private static let most = 8
    private static let longestName = 40

    /// The wishes that are not, such as `cache.ttl`.
    static func unmet(_ range: Range<Int>, in body: Span<UInt8>) -> [String] {
        guard range.count <= Envelope.longestOptions, jsonKind(of: range, in: body) == .object else { return [] }
        var names: [String] = []
        var members = JSONMembers(range, in: body)
        while names.count < most, let (key, _) = members.next() {
            guard key.count <= longestName, let name = jsonString(key, in: body), FieldSyntax.isName(name),
                !["no-cache", "no-store"].contains(name), !names.contains("cache.\(name)")
            else { continue }
            names.append("cache.\(name)")
        }
        return names
    }
}
