internal import ConfigFile

/// What a client is told whose path is not served: the path that it most likely means, or whose path it is when that one is
/// not served yet. Pure: text in, text out. It is asked only after the table of routes has no row for the path.
enum PathAdvice: Equatable {
    /// - Parameter isDoubled: the path holds something twice, or something in front, that the base URL should not have.
    case meant(path: String, isDoubled: Bool)
    /// A path of somebody's API that this gateway does not serve.
    case notServed(owner: String, instead: String?)

    /// - Parameters:
    ///   - path: decoded.
    ///   - patterns: of the table of routes.
    /// - Returns: `nil` when the path is like nothing that is known.
    init?(for path: String, patterns: [String]) {
        guard path.utf8.count <= PathAdvice.longestPathBytes else { return nil }
        let all = PathAdvice.segments(of: path)
        let rest = PathAdvice.withoutPrefixes(all[...])
        let isPrefixed = PathAdvice.isPrefixedTwice(all) || path.utf8.starts(with: "//".utf8)
        let paths = patterns.filter { !$0.utf8.contains(UInt8(ascii: "{")) && $0 != "/" }
            .map { PathAdvice.segments(of: $0) }
        if rest.isEmpty {
            guard isPrefixed else { return nil }
            self = .meant(path: "/", isDoubled: true)
            return
        }
        // From the longest path to the shortest: `chat/completions` before `completions`.
        let longestFirst = paths.sorted { ($0.count, $1.joined()) > ($1.count, $0.joined()) }
        if let path = PathAdvice.withModel(rest, patterns) {
            self = .meant(path: path, isDoubled: isPrefixed || all.count > rest.count + 1)
            return
        }
        if let end = longestFirst.first(where: { rest.hasEnd($0) }) {
            let front = PathAdvice.withoutPrefixes(rest.dropLast(end.count), andPaths: longestFirst)
            if front.isEmpty || Foreign.row(for: Array(rest)) == nil {
                self = .meant(path: PathAdvice.path(of: end), isDoubled: isPrefixed || rest.count > end.count)
                return
            }
        }
        if let row = Foreign.row(for: all) ?? Foreign.row(for: Array(rest)) {
            self = .notServed(owner: row.owner, instead: row.instead)
            return
        }
        if let pattern = patterns.first(where: { PathAdvice.hasShape(of: $0, rest) }) {
            self = .meant(path: "/v1\(pattern)", isDoubled: isPrefixed)
            return
        }
        if rest.count == 2, let first = rest.first, first == "deployments" || first == "engines" {
            self = .meant(path: "/openai/deployments/{model}/chat/completions", isDoubled: false)
            return
        }
        guard let near = PathAdvice.nearest(Array(rest), among: paths) else { return nil }
        self = .meant(path: PathAdvice.path(of: near), isDoubled: false)
    }

    /// For the client, behind the sentence that names the path.
    var text: String {
        switch self {
        case .meant(let path, false): "Did you mean \(path)?"
        case .meant(let path, true):
            "Did you mean \(path)? A client adds the path to its base URL itself, so the base URL of this gateway ends "
                + "with /v1, or with the port, and nothing follows."
        case .notServed(let owner, let instead):
            "This path is \(owner)'s, and this gateway does not serve it yet." + (instead.map { " \($0)" } ?? "")
        }
    }

    // MARK: reading a path

    /// A longer path is nobody's slip.
    private static let longestPathBytes = 512

    /// In lower case, without empty ones, without blanks and quotes around them, and without the beginning of a URL.
    private static func segments(of path: String) -> [String] {
        var segments = path.lowercased().split(separator: "/").map { segment in
            String(segment.drop { isDirt($0) }.reversed().drop { isDirt($0) }.reversed())
        }.filter { !$0.isEmpty }
        if let first = segments.first, first == "http:" || first == "https:" {
            segments.removeFirst(min(2, segments.count))
        }
        return segments
    }

    private static func isDirt(_ character: Character) -> Bool {
        " \t\"'`,;.)(>?&#".contains(character)
    }

    /// What people put in front of a path, whether or not it belongs there.
    private static let prefixes = ["v1", "api", "openai", "v2", "v1beta", "openai_passthrough", "proxy", "llm"]

    private static func withoutPrefixes(
        _ segments: ArraySlice<String>, andPaths paths: [[String]] = []
    ) -> ArraySlice<String> {
        var rest = segments
        while let first = rest.first {
            if prefixes.contains(first) {
                rest = rest.dropFirst()
            } else if let path = paths.first(where: { rest.starts(with: $0) }) {
                rest = rest.dropFirst(path.count)
            } else {
                break
            }
        }
        return rest
    }

    private static func isPrefixedTwice(_ segments: [String]) -> Bool {
        segments.prefix { prefixes.contains($0) }.count { $0 == "v1" } > 1
    }

    /// OpenAI's own paths are shown as their clients ask for them, the gateway's as they are.
    private static func path(of segments: [String]) -> String {
        let path = segments.joined(separator: "/")
        return ["health", "router", "metrics", "routes", "favicon.ico"].contains(segments[0])
            ? "/\(path)" : "/v1/\(path)"
    }

    /// The path of a client of Azure, whose endpoint is this gateway's address with too much or too little behind it.
    private static func withModel(_ rest: ArraySlice<String>, _ patterns: [String]) -> String? {
        guard let first = rest.first, rest.count > 2 else { return nil }
        let end = "/{model}/\(rest.dropFirst(2).joined(separator: "/"))"
        let front = ["deployments": "/openai", "engines": "/v1"][first]
        guard let front, patterns.contains(where: { $0.hasSuffix("\(first)\(end)") }) else { return nil }
        return "\(front)/\(first)\(end)"
    }

    /// Whether `rest` is what `pattern`, which has a `{model}`, would take. The model itself is not repeated to anybody.
    private static func hasShape(of pattern: String, _ rest: ArraySlice<String>) -> Bool {
        let parts = segments(of: pattern)
        guard let place = parts.firstIndex(where: { $0.hasPrefix("{") }) else { return false }
        let (front, end) = (parts[..<place], Array(parts[(place + 1)...]))
        return rest.count > front.count + end.count && rest.starts(with: front) && rest.hasEnd(end)
    }

    // MARK: misspellings

    /// Too far from what is meant to be found by their letters.
    private static let shortForms = [
        "chat": "chat/completions", "complete": "completions", "completion": "completions", "embed": "embeddings",
        "embedding": "embeddings", "response": "responses", "model": "models", "model_info": "model/info",
        "healthz": "health/liveliness", "livez": "health/liveliness", "live": "health/liveliness",
        "liveness": "health/liveness", "ready": "health/readiness", "readyz": "health/readiness",
        "readiness": "health/readiness", "ping": "health/liveliness", "status": "health/readiness",
        "prometheus": "metrics", "metric": "metrics", "route_list": "routes", "cooldowns": "router/cooldowns",
    ]

    private static func nearest(_ rest: [String], among paths: [[String]]) -> [String]? {
        let names = paths.map { $0.joined(separator: "/") }
        // As a whole, and then its end alone: something else may stand in front.
        for count in [rest.count, 2, 1] where count <= rest.count {
            let end = rest.suffix(count)
            let name = end.joined(separator: "/")
            if let meant = shortForms[name] { return meant.split(separator: "/").map(String.init) }
            if let last = end.last, let meant = shortForms[last],
                case let whole = end.dropLast() + meant.split(separator: "/").map(String.init),
                paths.contains(Array(whole))
            {
                return Array(whole)
            }
            if let meant = nearestNames(to: name, among: names, limit: 1).first {
                return meant.split(separator: "/").map(String.init)
            }
        }
        return nil
    }
}

extension ArraySlice<String> {
    fileprivate func hasEnd(_ end: [String]) -> Bool {
        count >= end.count && suffix(end.count).elementsEqual(end)
    }
}
