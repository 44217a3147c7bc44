/// Where an upstream lives: scheme, host, port and the path that every endpoint's path is appended to.
package struct BaseURL: Sendable, Hashable {
    package enum Scheme: String, Sendable, Hashable {
        case http
        case https

        package var defaultPort: Int { self == .http ? 80 : 443 }
    }

    package let scheme: Scheme
    /// Lower-cased name or address; an IPv6 address without its brackets.
    package let host: String
    /// 1...65535.
    package let port: Int
    /// Empty, or `/…` without a trailing slash.
    package let path: String
    /// What follows `?` in the URL, without it; empty when there is none. Azure's `api-version` may stand here.
    package let query: String
    /// `host` or `host:port` as the `Host` field carries it; the scheme's own port is left out (RFC 9110 §7.2).
    package let authority: String
    /// The URL again, without its query (which may hold a key).
    package let text: String

    /// `nil` unless `text` is an `http` or `https` URL with a host and without user, fragment, blank or control characters.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !bytes.contains(UInt8(ascii: "#")) else { return nil }
        var rest = Substring(text)
        if rest.lowercased().hasPrefix("https://") {
            scheme = .https
            rest.removeFirst(8)
        } else if rest.lowercased().hasPrefix("http://") {
            scheme = .http
            rest.removeFirst(7)
        } else {
            return nil
        }
        let authorityEnd = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<authorityEnd]
        guard let (host, port) = BaseURL.split(authority: authority, defaultPort: scheme.defaultPort) else {
            return nil
        }
        (self.host, self.port) = (host, port)
        rest = rest[authorityEnd...]
        if let mark = rest.firstIndex(of: "?") {
            query = String(rest[rest.index(after: mark)...])
            rest = rest[..<mark]
        } else {
            query = ""
        }
        while rest.last == "/" { rest.removeLast() }
        path = String(rest)
        let name = host.contains(":") ? "[\(host)]" : host
        self.authority = port == scheme.defaultPort ? name : "\(name):\(port)"
        self.text = "\(scheme.rawValue)://\(self.authority)\(path)"
    }

    private static func split(authority: Substring, defaultPort: Int) -> (String, Int)? {
        var host = authority
        var port = defaultPort
        if host.first == "[" {
            guard let close = host.firstIndex(of: "]") else { return nil }
            let after = host[host.index(after: close)...]
            host = host[host.index(after: host.startIndex)..<close]
            guard host.contains(":"), host.allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else { return nil }
            if !after.isEmpty {
                guard after.first == ":", let number = BaseURL.number(after.dropFirst()) else { return nil }
                port = number
            }
        } else if let colon = host.lastIndex(of: ":") {
            guard let number = BaseURL.number(host[host.index(after: colon)...]) else { return nil }
            port = number
            host = host[..<colon]
            guard !host.contains(":") else { return nil }
        }
        guard host.contains(":") || !host.contains(where: { $0 == "[" || $0 == "]" }) else { return nil }
        guard !host.isEmpty, !host.contains("@"), !host.contains("\\"), (1...65535).contains(port) else { return nil }
        return (host.lowercased(), port)
    }

    /// Digits only: `Int` would take a sign as well.
    private static func number(_ digits: Substring) -> Int? {
        digits.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(digits) : nil
    }

    /// The connection pool's key: two URLs with the same origin may share connections.
    package var origin: Origin { Origin(scheme: scheme, host: host, port: port) }
}

/// Scheme, host and port (RFC 6454).
package struct Origin: Sendable, Hashable {
    package let scheme: BaseURL.Scheme
    package let host: String
    package let port: Int

    package init(scheme: BaseURL.Scheme, host: String, port: Int) {
        self.scheme = scheme
        self.host = host
        self.port = port
    }
}
