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
        // Everything is ASCII, so that bytes are characters.
        let bytes = Array(text.utf8)
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), !bytes.contains(UInt8(ascii: "#")) else { return nil }
        var rest = bytes[...]
        if BaseURL.takes("https://", from: &rest) {
            scheme = .https
        } else if BaseURL.takes("http://", from: &rest) {
            scheme = .http
        } else {
            return nil
        }
        let authorityEnd = rest.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? rest.endIndex
        guard let (host, port) = BaseURL.split(authority: rest[..<authorityEnd], defaultPort: scheme.defaultPort)
        else { return nil }
        (self.host, self.port) = (host, port)
        rest = rest[authorityEnd...]
        if let mark = rest.firstIndex(of: UInt8(ascii: "?")) {
            query = BaseURL.text(rest[(mark + 1)...])
            rest = rest[..<mark]
        } else {
            query = ""
        }
        while rest.last == UInt8(ascii: "/") { rest.removeLast() }
        path = BaseURL.text(rest)
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        authority = port == scheme.defaultPort ? name : "\(name):\(port)"
        self.text = "\(scheme.rawValue)://\(authority)\(path)"
    }

    /// Takes `beginning`, which is in lower case, off `bytes`, which need not be.
    private static func takes(_ beginning: String, from bytes: inout ArraySlice<UInt8>) -> Bool {
        let wanted = beginning.utf8
        guard bytes.prefix(wanted.count).elementsEqual(wanted, by: { lowerCased($0) == $1 }) else { return false }
        bytes.removeFirst(wanted.count)
        return true
    }

    private static func split(authority: ArraySlice<UInt8>, defaultPort: Int) -> (String, Int)? {
        let (open, close) = (UInt8(ascii: "["), UInt8(ascii: "]"))
        let colon = UInt8(ascii: ":")
        var host = authority
        var port = defaultPort
        if host.first == open {
            guard let end = host.firstIndex(of: close) else { return nil }
            let after = host[(end + 1)...]
            host = host[(host.startIndex + 1)..<end]
            guard host.contains(colon), host.allSatisfy({ isHexDigit($0) || $0 == colon || $0 == UInt8(ascii: ".") })
            else { return nil }
            if !after.isEmpty {
                guard after.first == colon, let number = BaseURL.number(after.dropFirst()) else { return nil }
                port = number
            }
        } else {
            if let end = host.lastIndex(of: colon) {
                guard let number = BaseURL.number(host[(end + 1)...]) else { return nil }
                port = number
                host = host[..<end]
            }
            guard !host.contains(where: { $0 == colon || $0 == open || $0 == close }) else { return nil }
        }
        guard !host.isEmpty, !host.contains(where: { $0 == UInt8(ascii: "@") || $0 == UInt8(ascii: "\\") }),
            (1...65535).contains(port)
        else { return nil }
        return (text(host.map(lowerCased)), port)
    }

    /// Digits only: `Int` would take a sign as well.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        digits.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text(digits)) : nil
    }

    private static func text(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    private static func lowerCased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch lowerCased(byte) {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
        default: false
        }
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
