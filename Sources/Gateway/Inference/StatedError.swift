internal import JSONText
internal import Model

/// What an upstream's error says of itself, in whichever shape it is written. A value.
///
/// Shapes of OpenAI, OpenRouter, Anthropic, Google, Azure, AWS, Cohere, Mistral, xAI, Cloudflare, Databricks, MiniMax,
/// DashScope, Baidu, vLLM, llama.cpp, Ollama, FastAPI, NestJS, OAuth and RFC 9457, as seen in 2025 and 2026.
struct StatedError {
    /// The upstream's words; never empty.
    private(set) var message: String?
    /// An HTTP status, 400...599, that the error names: as a number, as a text that is one, or as a word that stands for one.
    private(set) var status: Int?
    private(set) var type: String?
    /// JSON text of a string or a number.
    private(set) var code: [UInt8]?
    /// JSON text of a string or a number.
    private(set) var param: [UInt8]?
    /// JSON text.
    private(set) var metadata: [UInt8]?
    private(set) var retryAfter: String?
    /// What the error's own object says beyond all this; see ``UpstreamFailure/otherMembers(of:in:)``.
    private(set) var otherMembers: [UInt8]?
    /// It calls itself an error, whether or not it says more.
    private(set) var isDeclared = false
    /// It calls itself something else, such as a chunk.
    private(set) var isOther = false
    /// Its words stand under a name that other events have as well, and nothing else speaks of an error.
    private(set) var isDoubtful = false

    /// Values and keys that are looked at; nobody writes an error of more.
    private static let mostNodes = 1 << 16
    /// A longer error is not looked into.
    static let longest = 1 << 20

    /// - Parameter text: one JSON value.
    /// - Returns: `nil` for what is no JSON, or too long.
    init?(_ text: Span<UInt8>) {
        guard text.count <= StatedError.longest,
            let tape = try? JSONTape(copying: text, nodeLimit: StatedError.mostNodes)
        else { return nil }
        self.init(tape.root)
    }

    init(_ root: JSONNode) {
        message = StatedError.message(of: root, names: StatedError.messageNames, depth: 0)
        if message == nil {
            message = StatedError.message(of: root, names: StatedError.allNames, depth: 0)
            isDoubtful = message != nil
        }
        // From the inside out: the error's own members before those around it.
        let layers = StatedError.layers(of: root)
        for (place, layer) in layers.enumerated() {
            // An answer's own metadata, around its error, is what the client sent.
            read(layer, withMetadata: place == 0 || place < layers.count - 1)
        }
        if let text = layers.first?.text {
            otherMembers = UpstreamFailure.otherMembers(of: 0..<text.count, in: text.span)
        }
        if let kind = root["object"]?.string, !kind.isEmpty, kind != "error" { isOther = true }
        if status == nil, StatedError.isListOfInvalidMembers(root) { status = 422 }
        if status != nil || isDeclared { isDoubtful = false }
        if let message { unwrap(message) }
    }

    /// A message that is the JSON of an error: whoever stands in between passed on what it got. A list, as Zod writes it, is
    /// left as it is: it says of which members it speaks.
    private mutating func unwrap(_ text: String) {
        guard text.utf8.first == UInt8(ascii: "{"),
            let inner = StatedError(Array(text.utf8).span), let words = inner.message
        else { return }
        message = words
        (status, type) = (status ?? inner.status, type ?? inner.type)
        (code, param) = (code ?? inner.code, param ?? inner.param)
    }

    private mutating func read(_ layer: JSONNode, withMetadata: Bool) {
        isDeclared =
            isDeclared || layer["object"]?.equals("error") == true || layer["type"]?.equals("error") == true
            || layer["error"].map { !StatedError.isNothing($0) } == true
        code = code ?? StatedError.scalar(layer["code"]) ?? StatedError.scalar(layer["error_code"])
        param = param ?? StatedError.scalar(layer["param"])
        type = type ?? StatedError.type(layer)
        if withMetadata, metadata == nil, let found = layer["metadata"], !found.isNull {
            metadata = found.text
            retryAfter = found.retryAfter
        }
        status = status ?? StatedError.status(layer)
    }

    // MARK: where things stand

    /// The objects that may hold the error's members, the innermost first.
    private static func layers(of root: JSONNode) -> [JSONNode] {
        var layers = [root]
        // Deeper than that, nobody nests an error in an error.
        while layers.count < 4, let outer = layers.first {
            let inner: JSONNode?
            switch outer.kind {
            case .array: inner = outer[0]
            case .object:
                inner =
                    innerNames.lazy.compactMap { outer[$0]?.errorObject }.first
                    ?? wrapperNames.lazy.compactMap { outer[$0]?["error"]?.errorObject }.first
            default: inner = nil
            }
            // What FastAPI says of a member is no error of its own.
            guard let inner, inner["loc"] == nil else { break }
            layers.insert(inner, at: 0)
        }
        return layers.filter { $0.kind == .object }
    }

    private static let innerNames: [StaticString] = ["error", "errors", "detail", "message", "base_resp"]

    /// What an error may be packed into.
    private static let wrapperNames: [StaticString] = ["result", "response", "data", "body"]

    /// In the order in which they are asked for; see the beginning for whose they are.
    private static let messageNames: [StaticString] = [
        "message", "Message", "detail", "errors", "error_description", "msg", "error_msg", "error_message",
        "errorMessage", "err_msg", "errmsg", "base_resp",
    ]
    private static let allNames =
        messageNames + ["status_msg", "reason", "title", "description", "err"] as [StaticString]

    private static func message(of node: JSONNode, depth: Int) -> String? {
        message(of: node, names: allNames, depth: depth)
    }

    private static func message(of node: JSONNode, names: [StaticString], depth: Int) -> String? {
        guard depth < 5 else { return nil }
        switch node.kind {
        case .string: return node.string.flatMap(trimmed)
        case .array: return message(ofList: node, depth: depth)
        case .object: break
        default: return nil
        }
        let error = node["error"].flatMap { isNothing($0) ? nil : message(of: $0, depth: depth + 1) }
        if let error, node["error"]?.kind != .string { return error }
        let beside = names.lazy.compactMap { name in
            node[name].flatMap { message(of: $0, depth: depth + 1) ?? leaves(of: $0) }
        }.first
        guard let error else {
            return beside
                ?? wrapperNames.lazy.compactMap { node[$0]?["error"].flatMap { message(of: $0, depth: depth + 1) } }
                .first
        }
        // A word and, beside it, what it means (OAuth, NestJS).
        guard let beside, !error.utf8.contains(beside), !beside.utf8.contains(error) else {
            return beside.map { $0.utf8.count > error.utf8.count ? $0 : error } ?? error
        }
        return "\(error): \(beside)"
    }

    /// FastAPI's list of members that are wrong, Cloudflare's and GraphQL's errors, Google's list of one.
    private static func message(ofList node: JSONNode, depth: Int) -> String? {
        var said: [String] = []
        for element in node.elements.prefix(mostOfList) {
            guard let text = message(of: element, depth: depth + 1) else { continue }
            said.append(path(of: element).map { "\($0): \(text)" } ?? text)
        }
        return said.isEmpty ? nil : said.joined(separator: "; ")
    }

    private static let mostOfList = 4

    /// What an object without a message says: `model: is required`, of Rails, ASP.NET and others that name the members.
    private static func leaves(of node: JSONNode) -> String? {
        guard node.kind == .object else { return nil }
        var said: [String] = []
        collectLeaves(of: node, path: "", depth: 0, into: &said)
        return said.isEmpty ? nil : said.joined(separator: "; ")
    }

    private static func collectLeaves(of node: JSONNode, path: String, depth: Int, into said: inout [String]) {
        guard depth < 4, said.count < mostOfList else { return }
        switch node.kind {
        case .string: if let text = node.string.flatMap(trimmed) { said.append("\(path): \(text)") }
        case .array:
            for element in node.elements.prefix(mostOfList) {
                collectLeaves(of: element, path: path, depth: depth + 1, into: &said)
            }
        case .object:
            for member in node.members.prefix(mostOfList) {
                guard let key = member.key.string, key.utf8.count <= 100 else { continue }
                let inside = path.isEmpty ? key : "\(path).\(key)"
                collectLeaves(of: member.value, path: inside, depth: depth + 1, into: &said)
            }
        default: break
        }
    }

    /// `body.messages.0.role`, of an element of FastAPI (`loc`) or Zod (`path`).
    private static func path(of element: JSONNode) -> String? {
        guard element.kind == .object, let place = element["loc"] ?? element["path"], place.kind == .array else {
            return nil
        }
        let steps = place.elements.prefix(8).compactMap { $0.string ?? $0.int.map { "\($0)" } }
        return steps.isEmpty ? nil : steps.joined(separator: ".")
    }

    /// FastAPI answers a request that does not fit its model so, always with 422.
    private static func isListOfInvalidMembers(_ root: JSONNode) -> Bool {
        root.kind == .object && root["detail"]?[0].map { $0.kind == .object && $0["loc"]?.kind == .array } == true
    }

    private static func trimmed(_ text: String) -> String? {
        let isBlank = text.utf8.allSatisfy { $0 == 0x20 || 0x09...0x0D ~= $0 }
        return isBlank ? nil : UpstreamFailure.start(of: text)
    }

    private static func scalar(_ node: JSONNode?) -> [UInt8]? {
        guard let node, node.kind == .number || node.kind == .string && !node.equals("") else { return nil }
        return node.text
    }

    private static func type(_ layer: JSONNode) -> String? {
        for name: StaticString in ["type", "error_type", "__type"] {
            guard let text = layer[name]?.string, !text.isEmpty else { continue }
            // These name the event or the kind of document it stood in, not the error.
            if text == "error" || text.utf8.starts(with: "response.".utf8) { continue }
            return text
        }
        return nil
    }

    private static let statusNames: [StaticString] = [
        "code", "http_status", "status", "status_code", "statusCode", "http_code", "error_code", "error",
    ]

    /// `400`, or `400 Bad Request`.
    private static func number(_ text: String) -> Int? {
        let word = text.utf8.prefix { $0 != 0x20 }
        return word.count <= 3 ? Int(Substring(word)) : nil
    }

    private static func status(_ layer: JSONNode) -> Int? {
        for name in statusNames {
            guard let node = layer[name], let number = node.int ?? node.string.flatMap(number) else { continue }
            if UpstreamFailure.isAnError(number) { return number }
        }
        for name: StaticString in ["code", "type", "error_type", "status", "__type"] {
            if let word = layer[name]?.string, let status = StatusWord.status(word) { return status }
        }
        return nil
    }

    /// `null`, `false`, 0, an empty text, list or object, or an object of such.
    static func isNothing(_ node: JSONNode) -> Bool {
        switch node.kind {
        case .null: true
        case .bool: node.bool == false
        case .number: node.double == 0
        case .string: node.string.map { trimmed($0) == nil } ?? true
        case .array: node.isEmpty
        case .object: node.members.allSatisfy { $0.value.kind != .object && isNothing($0.value) }
        }
    }
}

extension JSONNode {
    /// The object of an error, itself or the first of a list.
    fileprivate var errorObject: JSONNode? {
        switch kind {
        case .object: self
        case .array: self[0].flatMap { $0.kind == .object ? $0 : nil }
        default: nil
        }
    }

    /// OpenRouter sometimes says only inside `metadata` when to come back. Seconds, or a date.
    fileprivate var retryAfter: String? {
        if let headers = self["headers"], let value = headers["Retry-After"] ?? headers["retry-after"] {
            if let text = value.string, UpstreamFailure.isValidRetryAfter(text) { return text }
            if let seconds = value.wholeSeconds { return seconds }
        }
        return self["retry_after_seconds"]?.wholeSeconds
    }

    /// A number of seconds, rounded up; `nil` for one that no answer could mean.
    private var wholeSeconds: String? {
        guard let number = double, number >= 0, number <= 1e9 else { return nil }
        return String(Int(number.rounded(.up)))
    }
}

extension String.UTF8View {
    fileprivate func contains(_ other: String) -> Bool {
        guard other.utf8.count <= count else { return false }
        return indices.contains { self[$0...].starts(with: other.utf8) }
    }
}

/// Words of errors that stand for an HTTP status.
enum StatusWord {
    static func status(_ word: String) -> Int? { table[word.lowercased()] }

    private static let table: [String: Int] = [
        // OpenAI, OpenRouter, Groq
        "rate_limit_exceeded": 429, "rate_limit_error": 429, "insufficient_quota": 402, "invalid_prompt": 400,
        "context_length_exceeded": 400, "invalid_request": 400, "invalid_request_error": 400,
        "invalid_api_key": 401, "model_not_found": 404,
        // Anthropic
        "authentication_error": 401, "billing_error": 402, "permission_error": 403, "not_found_error": 404,
        "request_too_large": 413, "overloaded_error": 503, "timeout_error": 504,
        // vLLM and LiteLLM, whose types are classes of OpenAI's SDK
        "badrequesterror": 400, "bad request": 400, "authenticationerror": 401, "permissiondeniederror": 403,
        "notfounderror": 404, "unprocessableentityerror": 422, "ratelimiterror": 429, "throttling_error": 429,
        "internalservererror": 500, "internal_server_error": 500, "serviceunavailableerror": 503,
        // llama.cpp
        "exceed_context_size_error": 400, "not_supported_error": 501, "unavailable_error": 503,
        // Google, AIP-193
        "invalid_argument": 400, "failed_precondition": 400, "out_of_range": 400, "unauthenticated": 401,
        "permission_denied": 403, "not_found": 404, "resource_exhausted": 429, "unimplemented": 501,
        "unavailable": 503, "deadline_exceeded": 504,
        // AWS
        "validationexception": 400, "accessdeniedexception": 403, "resourcenotfoundexception": 404,
        "throttlingexception": 429, "internalserverexception": 500, "serviceunavailableexception": 503,
    ]
}
