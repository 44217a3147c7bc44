internal import EventLoop
internal import HTTPWire
internal import JSONText
internal import Model
internal import Routing

/// What a request says about its own handling: members of the body that never go upstream, and `x-litellm-*` fields.
/// A field wins over a member of the same meaning.
struct RequestWishes {
    private(set) var policy = RequestPolicy()
    /// Of one attempt that is not streamed.
    private(set) var timeout: Duration?
    /// The longest silence of a stream.
    private(set) var streamTimeout: Duration?
    /// Of the request as a whole.
    private(set) var requestTimeout: Duration?
    /// OpenRouter's `models`.
    private(set) var models: [String] = []
    /// What it asks of a cache and does not get, such as `cache.ttl`: there is none.
    private(set) var unmet: [String] = []

    private static let metadataNames = MemberNames("tags", "guardrails")
    private static let mostRetries = 20
    /// Of OpenRouter's `models`: each entry is a call that one request may cause, and clients are known to send up to ten.
    static let longestChain = 20
    /// All of them are compared with those of every deployment.
    static let mostTags = 100
    /// In bytes.
    static let longestTag = 256
    private static let wishes = FieldNames(.xLiteLLMTimeout, .xLiteLLMStreamTimeout, .xLiteLLMNumRetries, .xLiteLLMTags)
    /// From the first to the last of the members that are read here.
    private static let members = Envelope.Member.models.rawValue..<Envelope.Member.litellmMetadata.rawValue + 1

    /// `nil` for a request without a wish, as nearly all are.
    ///
    /// - Parameter ignoresGuardrails: a wish for guardrails is no reason to refuse it.
    static func read(
        _ envelope: Envelope, _ body: Span<UInt8>, _ fields: FieldBlock, ignoresGuardrails: Bool = false
    ) throws(GatewayError) -> RequestWishes? {
        guard envelope.scan.hasAny(of: members) || !fields.names.isDisjoint(with: wishes) else { return nil }
        let wishes = try RequestWishes(envelope, body, fields)
        if !ignoresGuardrails, let name = GuardrailWish.name(in: envelope, body) {
            throw .invalidRequest(
                param: name,
                message:
                    "'\(name)' asks for guardrails, and this gateway has none, so the request is not sent without them. "
                    + "Leave '\(name)' out; or let the operator permit ignoring it (general_settings.ignore_guardrails)."
            )
        }
        return wishes
    }

    private init(_ envelope: Envelope, _ body: Span<UInt8>, _ fields: FieldBlock) throws(GatewayError) {
        func value(_ member: Envelope.Member) -> Range<Int>? {
            guard let range = envelope[member], jsonKind(of: range, in: body) != .null else { return nil }
            return range
        }
        policy.numRetries = try RequestWishes.retries(value(.numRetries), body, fields)
        timeout = try RequestWishes.seconds(value(.timeout), "timeout", body, fields.string(.xLiteLLMTimeout))
        streamTimeout = try RequestWishes.seconds(
            value(.streamTimeout), "stream_timeout", body, fields.string(.xLiteLLMStreamTimeout))
        requestTimeout = try RequestWishes.seconds(value(.requestTimeout), "request_timeout", body, nil)
        if let range = value(.disableFallbacks) { policy.disableFallbacks = jsonBool(range, in: body) ?? false }
        if let range = value(.fallbacks) {
            policy.fallbacks = try FallbackWishes.read(range, "fallbacks", body, envelope)
        }
        if let range = value(.contextWindowFallbacks) {
            policy.contextWindowFallbacks = try FallbackWishes.read(range, "context_window_fallbacks", body, envelope)
        }
        if let range = value(.contentPolicyFallbacks) {
            policy.contentPolicyFallbacks = try FallbackWishes.read(range, "content_policy_fallbacks", body, envelope)
        }
        if let range = value(.models) {
            models = RequestWishes.strings(range, body, atMost: RequestWishes.longestChain + 1)
        }
        policy.tags = try RequestWishes.tags(value(.tags), value(.metadata), body, fields)
        if let range = value(.cache) { unmet = CacheWish.unmet(range, in: body) }
    }

    /// Walks a chain that is longer than the upstream takes itself.
    mutating func walk(_ chain: [Route]) {
        policy.chain = chain
    }

    private static func retries(_ range: Range<Int>?, _ body: Span<UInt8>, _ fields: FieldBlock) throws(GatewayError)
        -> Int?
    {
        let text = fields.string(.xLiteLLMNumRetries)
        guard text != nil || range != nil else { return nil }
        let number = text.map { Int($0) } ?? range.flatMap { jsonInt($0, in: body) }
        guard let number, (0...mostRetries).contains(number) else {
            throw .invalidRequest(
                param: "num_retries", message: "'num_retries' must be a whole number from 0 to \(mostRetries).")
        }
        return number
    }

    private static func seconds(
        _ range: Range<Int>?, _ name: String, _ body: Span<UInt8>, _ field: String?
    ) throws(GatewayError) -> Duration? {
        guard field != nil || range != nil else { return nil }
        let number =
            field.map { Double($0) }
            ?? range.flatMap { range in
                jsonDouble(range, in: body) ?? jsonString(range, in: body).flatMap { Double($0) }
            }
        guard let number, number.isFinite, number > 0, number <= 86_400 else {
            throw .invalidRequest(
                param: name, message: "'\(name)' must be a number of seconds, more than 0 and at most 86400.")
        }
        return .milliseconds(Int64((number * 1000).rounded(.up)))
    }

    private static func tags(
        _ tags: Range<Int>?, _ metadata: Range<Int>?, _ body: Span<UInt8>, _ fields: FieldBlock
    ) throws(GatewayError) -> [String] {
        let most = mostTags + 1
        let found: [String]
        if let list = fields.string(.xLiteLLMTags) {
            found = list.utf8.split(separator: UInt8(ascii: ",")).prefix(most).map(RequestWishes.trimmed)
        } else if let tags {
            found = strings(tags, body, atMost: most)
        } else if let metadata, metadata.count <= Envelope.longestOptions,
            let nested = ObjectScan(body, within: metadata, names: metadataNames),
            let tags = nested[0]
        {
            found = strings(tags, body, atMost: most)
        } else {
            found = []
        }
        guard found.count <= mostTags, found.allSatisfy({ $0.utf8.count <= longestTag }) else {
            throw .invalidRequest(
                param: "tags", message: "'tags' must have at most \(mostTags) entries of at most \(longestTag) bytes.")
        }
        return found
    }

    /// Without the blanks at its ends.
    private static func trimmed(_ text: Substring.UTF8View) -> String {
        let blank = UInt8(ascii: " ")
        let start = text.drop { $0 == blank }
        let end = start.lastIndex { $0 != blank }.map { start.index(after: $0) } ?? start.endIndex
        return String(Substring(start[..<end]))
    }

    private static func strings(_ range: Range<Int>, _ body: Span<UInt8>, atMost limit: Int) -> [String] {
        guard jsonKind(of: range, in: body) == .array else { return [] }
        var elements = JSONElements(range, in: body)
        var strings: [String] = []
        while strings.count < limit, let element = elements.next() {
            if let text = jsonString(element, in: body) { strings.append(text) }
        }
        return strings
    }
}

extension RequestWishes {
    static func read(
        _ envelope: Envelope, of body: borrowing ByteBuffer, _ fields: FieldBlock, ignoresGuardrails: Bool = false
    ) throws(GatewayError) -> RequestWishes? {
        try read(envelope, body.bytes, fields, ignoresGuardrails: ignoresGuardrails)
    }
}
