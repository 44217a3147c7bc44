internal import ConfigFile
internal import HTTPWire
internal import Model

/// What a request asks for, found from the same parsed path that authentication looks at.
enum Operation {
    /// - Parameter model: from the path, for `/engines/{model}/…` and `/openai/deployments/{model}/…`.
    case infer(Endpoint, model: String?)
    case listModels
    case showModel(String)
    case modelInfo
    case explainRoute
    case routes
    case landing
    case icon
    case liveness
    case readiness
    case health
    case metrics
    case cooldowns
    case clearCooldowns

    /// Whether it is answered without a key, whatever the configuration says.
    var isPublic: Bool {
        switch self {
        // The list of routes is the program's own: it holds nothing of the configuration.
        case .landing, .icon, .routes, .liveness, .readiness: true
        case .infer, .listModels, .showModel, .modelInfo, .explainRoute, .health, .metrics, .cooldowns, .clearCooldowns:
            false
        }
    }

    func needsKey(_ config: Config) -> Bool {
        if case .metrics = self { return config.litellm.requireAuthForMetrics }
        return !isPublic
    }

    var isInference: Bool {
        if case .infer = self { return true }
        return false
    }
}

/// The one table of what the gateway answers. What is not in it is 404.
enum Routes {
    struct Row: Sendable {
        let method: Method
        /// As `/routes` shows it; `{model}` may span several segments, since ids have slashes.
        let pattern: String
        let summary: String
        let make: @Sendable (_ capture: String) -> Operation

        init(
            _ method: Method, _ pattern: String, _ summary: String, _ make: @escaping @Sendable (String) -> Operation
        ) {
            self.method = method
            self.pattern = pattern
            self.summary = summary
            self.make = make
        }
    }

    static let rows: [Row] = {
        var rows: [Row] = []
        for endpoint in Endpoint.allCases {
            let path = endpoint.path
            rows.append(Row(.post, "/\(path)", "OpenAI's \(path)") { _ in .infer(endpoint, model: nil) })
            rows.append(
                Row(.post, "/engines/{model}/\(path)", "the same, model in the path") { .infer(endpoint, model: $0) })
            rows.append(
                Row(.post, "/openai/deployments/{model}/\(path)", "the same, Azure's form") {
                    .infer(endpoint, model: $0)
                })
        }
        rows += [
            // Clients of Azure name the model of these in the body.
            Row(.post, "/openai/responses", "OpenAI's responses, Azure's form") { _ in .infer(.responses, model: nil) },
            Row(.get, "/openai/models", "the models, Azure's form") { _ in .listModels },
            Row(.get, "/openai/models/{model}", "one of them, Azure's form") { .showModel($0) },
            Row(.get, "/models", "the models that can be asked for") { _ in .listModels },
            Row(.get, "/models/{model}", "one of them") { .showModel($0) },
            Row(.get, "/model/info", "deployments and what is known of them") { _ in .modelInfo },
            Row(.get, "/route", "how `?model=` is resolved, and where it goes") { _ in .explainRoute },
            Row(.get, "/routes", "this list") { _ in .routes },
            Row(.get, "/", "what this is") { _ in .landing },
            Row(.get, "/favicon.ico", "the icon of the page") { _ in .icon },
            Row(.get, "/health/liveliness", "the process answers (also /health/liveness)") { _ in .liveness },
            Row(.get, "/health/liveness", "the process answers") { _ in .liveness },
            Row(.get, "/health/readiness", "ready for traffic") { _ in .readiness },
            Row(.get, "/health", "a real call to every deployment, or to `?model=` or `?model_id=`") { _ in .health },
            Row(.get, "/metrics", "counts and latencies for Prometheus") { _ in .metrics },
            Row(.get, "/router/cooldowns", "the deployments that rest, and why") { _ in .cooldowns },
            Row(.delete, "/router/cooldowns", "ends all rests, or that of `?deployment=`") { _ in .clearCooldowns },
        ]
        return rows
    }()

    private static let plainPaths = PlainPaths(rows, prefixes: [""] + prefixes)

    private static let prefixes = ["/v1", "/api/v1", "/openai/v1"]

    static func match(_ head: RequestHead) throws(GatewayError) -> Operation {
        try find(head).operation
    }

    /// The row that a request is for, by its place, and what it asks.
    struct Found {
        let index: Int
        let operation: Operation
        /// As the request has it.
        let path: String
    }

    /// - Throws: `.unknownPath` or `.unservedPath` with a hint, or `.methodNotAllowed` with the methods that are.
    static func find(_ head: RequestHead) throws(GatewayError) -> Found {
        let method = if case .head = head.method { Method.get } else { head.method }
        if let found = plainPaths.find(head.pathBytes, method), head.encodedSlashes == nil { return found }
        let text = head.path
        let path = canonical(text)
        var allowed: [String] = []
        for (index, row) in rows.enumerated() {
            guard let capture = capture(of: path, by: row.pattern) else { continue }
            if row.method == method {
                try refuseEncodedSlashes(of: head, text, outside: capture)
                return Found(index: index, operation: row.make(String(capture)), path: text)
            }
            if !allowed.contains(row.method.rawValue) { allowed.append(row.method.rawValue) }
        }
        try refuseEncodedSlashes(of: head, text, outside: text.suffix(0))
        guard allowed.isEmpty else {
            throw .methodNotAllowed(
                method: head.method.rawValue, path: text, allowed: allowed, hint: hint(method, path))
        }
        throw unserved(head.method.rawValue, text)
    }

    /// The error for a path without a row, with what its sender may have meant.
    private static func unserved(_ method: String, _ path: String) -> GatewayError {
        let advice = PathAdvice(for: path, patterns: rows.map(\.pattern))
        if case .notServed = advice { return .unservedPath(method: method, path: path, hint: advice?.text ?? "") }
        return .unknownPath(method: method, path: path, hint: advice?.text)
    }

    /// What a request with the wrong method may have meant: its path ends with another that takes the method, or there is
    /// nothing behind the base URL.
    private static func hint(_ method: Method, _ path: Substring.UTF8View) -> String? {
        if method == .post, path.elementsEqual("/".utf8) { return "Did you mean /v1/chat/completions?" }
        let meant = rows.first { row in
            row.method == method && row.pattern != "/" && path.count > row.pattern.utf8.count
                && path.suffix(row.pattern.utf8.count).elementsEqual(row.pattern.utf8)
        }
        return meant.map { "Did you mean /v1\($0.pattern)?" }
    }

    /// Without a trailing slash, and without `/v1`, which every path has with and without. `/api/v1` is OpenRouter's own
    /// spelling and `/openai/v1` Azure's.
    private static func canonical(_ path: String) -> Substring.UTF8View {
        let slash = UInt8(ascii: "/")
        // Counted from the end, since a path may be nothing but slashes.
        let bytes = path.utf8
        var end = bytes.endIndex
        while end > bytes.startIndex, case let last = bytes.index(before: end), last > bytes.startIndex,
            bytes[last] == slash
        {
            end = last
        }
        let rest = bytes[..<end]
        for prefix in prefixes where rest.starts(with: prefix.utf8) {
            let below = rest.dropFirst(prefix.utf8.count)
            if below.isEmpty { return Substring("/").utf8 }
            if below.first == slash { return below }
        }
        return rest
    }

    /// The SDKs send a model's slashes as `%2F`. Anywhere else it would make two readings of one path.
    /// - Parameters:
    ///   - text: the head's path.
    ///   - capture: a part of it.
    private static func refuseEncodedSlashes(
        of head: RequestHead, _ text: String, outside capture: Substring
    ) throws(GatewayError) {
        guard let slashes = head.encodedSlashes else { return }
        let path = text.utf8
        let start = path.distance(from: path.startIndex, to: capture.startIndex)
        let end = path.distance(from: path.startIndex, to: capture.endIndex)
        guard slashes.lowerBound >= start, slashes.upperBound < end else {
            throw .invalidRequest(param: nil, message: "The path holds an encoded slash outside a model's name.")
        }
    }

    /// What `{model}` stands for, as part of `path`, empty when the pattern has none; `nil` when the path is another.
    private static func capture(of path: Substring.UTF8View, by pattern: String) -> Substring? {
        guard let open = pattern.utf8.firstIndex(of: UInt8(ascii: "{")) else {
            return path.elementsEqual(pattern.utf8) ? Substring(path.prefix(0)) : nil
        }
        let prefix = pattern.utf8[..<open]
        let suffix = pattern.utf8[open...].drop { $0 != UInt8(ascii: "}") }.dropFirst()
        guard path.count > prefix.count + suffix.count, path.starts(with: prefix),
            path.suffix(suffix.count).elementsEqual(suffix)
        else { return nil }
        let capture = path.dropFirst(prefix.count).dropLast(suffix.count)
        // An empty segment is nobody's name: `/engines//chat/completions` asks for no model `/chat`.
        return capture.first == UInt8(ascii: "/") ? nil : Substring(capture)
    }
}
