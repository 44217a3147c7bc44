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

    private static let metadataNames = MemberNames("tags")
    private static let mostRetries = 20
    private static let wishes = FieldNames(.xLiteLLMTimeout, .xLiteLLMStreamTimeout, .xLiteLLMNumRetries, .xLiteLLMTags)
    /// From the first to the last of the members that are read here.
    private static let members = Envelope.Member.models.rawValue..<Envelope.Member.tags.rawValue + 1

    /// `nil` for a request without a wish, as nearly all are.
    static func read(
        _ envelope: Envelope, _ body: Span<UInt8>, _ fields: FieldBlock
    ) throws(GatewayError) -> RequestWishes? {
        guard envelope.scan.hasAny(of: members) || !fields.names.isDisjoint(with: wishes) else { return nil }
        return try RequestWishes(envelope, body, fields)
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
        policy.fallbacks = try RequestWishes.entries(value(.fallbacks), "fallbacks", body, envelope.model)
        policy.contextWindowFallbacks = try RequestWishes.entries(
            value(.contextWindowFallbacks), "context_window_fallbacks", body, envelope.model)
        policy.contentPolicyFallbacks = try RequestWishes.entries(
            value(.contentPolicyFallbacks), "content_policy_fallbacks", body, envelope.model)
        if let range = value(.models) { models = RequestWishes.strings(range, body) }
        policy.tags = RequestWishes.tags(value(.tags), value(.metadata), body, fields)
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

    /// `["b"]`, `[{"model":"b","temperature":0}]`, or the configuration's form `[{"a":["b"]}]`.
    private static func entries(
        _ range: Range<Int>?, _ name: String, _ body: Span<UInt8>, _ model: String
    ) throws(GatewayError) -> [RequestPolicy.FallbackEntry]? {
        guard let range else { return nil }
        guard let tape = try? JSONTape(copying: body.extracting(range)), tape.root.kind == .array else {
            throw .invalidRequest(
                param: name, message: "'\(name)' must be an array of model names, or of objects with a 'model'.")
        }
        var entries: [RequestPolicy.FallbackEntry] = []
        for element in tape.root.elements {
            if let text = element.string {
                entries.append(.init(model: text))
            } else if let target = element["model"]?.string {
                let overrides = element.members.compactMap { key, value -> Deployment.BodyMember? in
                    guard let key = key.string, key != "model" else { return nil }
                    return .init(key: key, value: value.text)
                }
                entries.append(.init(model: target, overrides: overrides))
            } else if element.kind == .object {
                for wanted in [model, "*"] {
                    guard let list = element.member(named: wanted) else { continue }
                    entries += list.elements.compactMap(\.string).map { .init(model: $0) }
                    break
                }
            } else {
                throw .invalidRequest(
                    param: name, message: "'\(name)' must hold model names, or objects with a 'model'.")
            }
        }
        return entries
    }

    private static func tags(
        _ tags: Range<Int>?, _ metadata: Range<Int>?, _ body: Span<UInt8>, _ fields: FieldBlock
    ) -> [String] {
        if let list = fields.string(.xLiteLLMTags) {
            return list.utf8.split(separator: UInt8(ascii: ",")).map(RequestWishes.trimmed)
        }
        if let tags { return strings(tags, body) }
        if let metadata, let nested = ObjectScan(body, within: metadata, names: metadataNames), let tags = nested[0] {
            return strings(tags, body)
        }
        return []
    }

    /// Without the blanks at its ends.
    private static func trimmed(_ text: Substring.UTF8View) -> String {
        let blank = UInt8(ascii: " ")
        let start = text.drop { $0 == blank }
        let end = start.lastIndex { $0 != blank }.map { start.index(after: $0) } ?? start.endIndex
        return String(Substring(start[..<end]))
    }

    private static func strings(_ range: Range<Int>, _ body: Span<UInt8>) -> [String] {
        guard jsonKind(of: range, in: body) == .array else { return [] }
        var elements = JSONElements(range, in: body)
        var strings: [String] = []
        while let element = elements.next() {
            if let text = jsonString(element, in: body) { strings.append(text) }
        }
        return strings
    }
}

extension RequestWishes {
    static func read(
        _ envelope: Envelope, of body: borrowing ByteBuffer, _ fields: FieldBlock
    ) throws(GatewayError) -> RequestWishes? {
        try read(envelope, body.bytes, fields)
    }
}
