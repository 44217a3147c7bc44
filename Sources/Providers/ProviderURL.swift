package import Model

extension Provider {
    /// A base as an operator or the table wrote it, completed by the path this provider's dialect needs.
    /// `nil` when `text` is no URL.
    package func base(from text: String) -> BaseURL? {
        guard let base = BaseURL(text) else { return nil }
        guard let suffix = basePathSuffix, !Endpoint.allCases.contains(where: { base.path.ends(with: $0) }) else {
            return base
        }
        let have = base.path.split(separator: "/")
        let want = suffix.split(separator: "/")
        // `/v1beta` already holds the beginning of `v1beta/openai`: only what is missing is added.
        let shared = (0...want.count).last { have.suffix($0).elementsEqual(want.prefix($0)) } ?? 0
        let missing = want.dropFirst(shared).joined(separator: "/")
        guard !missing.isEmpty else { return base }
        let query = base.query.isEmpty ? "" : "?\(base.query)"
        return BaseURL("\(base.text)/\(missing)\(query)")
    }

    /// The same with an `api-version`, which stands in the base's query unless the operator wrote one there.
    ///
    /// Azure's v1 API knows no dated versions: the words that LiteLLM's users write for it choose its path instead.
    package func base(from text: String, version: String?) -> BaseURL? {
        guard let base = base(from: text) else { return nil }
        guard let version, !version.isEmpty else { return base }
        var path = base.text
        var wanted: String? = version
        if pathStyle == .azure {
            let isCurrent = ["v1", "latest", "preview"].contains(version)
            let namesV1 = base.path.hasSuffix("/openai/v1") || base.path.contains("/openai/v1/")
            if isCurrent, !namesV1 { path += base.path.hasSuffix("/openai") ? "/v1" : "/openai/v1" }
            if isCurrent || namesV1 { wanted = version == "preview" ? version : nil }
        }
        var query = base.query
        if let wanted, !Provider.hasVersion(query) {
            query += "\(query.isEmpty ? "" : "&")api-version=\(PercentEncoding.segment(wanted))"
        }
        return BaseURL(query.isEmpty ? path : "\(path)?\(query)")
    }

    private static func hasVersion(_ query: String) -> Bool {
        query.split(separator: "&").contains { $0.hasPrefix("api-version=") }
    }

    /// Path and query of a request, as its request line carries them: `/api/v1/chat/completions`.
    ///
    /// The base stands as the operator wrote it, with or without `/v1`; a base that is an endpoint's whole URL is not
    /// doubled, and leads to its siblings.
    package func requestTarget(for endpoint: Endpoint, model: String, base: BaseURL) -> String {
        switch pathStyle {
        case .appended: Provider.appended(endpoint, to: base)
        case .azure: Provider.azure(endpoint, model: model, base: base)
        }
    }

    private static func appended(_ endpoint: Endpoint, to base: BaseURL) -> String {
        let query = base.query.isEmpty ? "" : "?\(base.query)"
        if base.path.ends(with: endpoint) { return "\(base.path)\(query)" }
        for other in Endpoint.allCases
        where base.path.ends(with: other) && (other == .chatCompletions || base.path.hasSuffix("/v1/\(other.path)")) {
            return "\(base.path.dropLast(other.path.utf8.count))\(endpoint.path)\(query)"
        }
        return "\(base.path)/\(endpoint.path)\(query)"
    }

    /// `api-version` that is asked for when nobody says which: the newest one that is generally available, and for
    /// Responses the first one that has them without `/openai/v1`.
    private static func azureVersion(for endpoint: Endpoint) -> String {
        endpoint == .responses ? "2025-04-01-preview" : "2024-10-21"
    }

    private static func azure(_ endpoint: Endpoint, model: String, base: BaseURL) -> String {
        // The v1 API is OpenAI's own shape: the deployment's name is the body's `model`, no version is needed.
        guard !base.path.hasSuffix("/openai/v1"), !base.path.contains("/openai/v1/") else {
            return appended(endpoint, to: base)
        }
        let segments = base.path.split(separator: "/").map(String.init)
        let root = segments.prefix { $0 != "openai" }.map { "/\($0)" }.joined()
        var query = base.query
        if !hasVersion(query) {
            query += "\(query.isEmpty ? "" : "&")api-version=\(azureVersion(for: endpoint))"
        }
        // Responses stand beside the deployments, with the deployment's name in the body.
        if endpoint == .responses { return "\(root)/openai/responses?\(query)" }
        let below = segments.drop { $0 != "openai" }.dropFirst()
        // The operator may have put the deployment into the base; then it is that one.
        let written = below.first == "deployments" ? below.dropFirst().first : nil
        let deployment = written ?? PercentEncoding.segment(model)
        return "\(root)/openai/deployments/\(deployment)/\(endpoint.path)?\(query)"
    }
}

/// RFC 3986 §2.1.
package enum PercentEncoding {
    /// Text as one segment of a path: everything but unreserved characters is encoded.
    ///
    /// `.` and `..` would be steps to somewhere else, encoded as well (RFC 3986 §5.2.4, §6.2.2.2), so these are encoded
    /// twice: they name nothing, where they stand.
    package static func segment(_ text: String) -> String {
        if text == "." || text == ".." { return text.map { _ in "%252E" }.joined() }
        return encode(text) { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                true
            default: false
            }
        }
    }

    /// Every byte that `stays` does not let through becomes `%XX`.
    package static func encode(_ text: String, stays: (UInt8) -> Bool) -> String {
        // Most texts stay as they are.
        guard !text.utf8.allSatisfy(stays) else { return text }
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if stays(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension String {
    /// Whether a path's last segments are the endpoint's: `/chat/completions` is chat, not completions.
    fileprivate func ends(with endpoint: Endpoint) -> Bool {
        hasSuffix("/\(endpoint.path)")
            && !(endpoint == .completions && hasSuffix("/\(Endpoint.chatCompletions.path)"))
    }
}
