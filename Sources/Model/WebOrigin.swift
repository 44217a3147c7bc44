/// Where a web page is from, as browsers write it into `Origin`: `scheme://host` or `scheme://host:port` (RFC 6454 §6.2).
/// A value.
package struct WebOrigin: Sendable, Hashable {
    /// In lower case, without the port that `http` or `https` has anyway.
    package let text: String
    /// `host` or `host:port` of ``text``, as a `Host` field has it.
    package let authority: String
    /// A name or an address, in lower case; an IPv6 address in brackets.
    package let host: String
    /// `http` or `https`: else it belongs to an app or an extension, such as `app://obsidian.md`.
    package let isWeb: Bool

    /// Why a text is no origin. Never repeats it: it may come from the configuration.
    package enum Fault: Error, Sendable, CaseIterable {
        case noScheme
        /// `null`, which is what any page may be called that is sandboxed or comes from a file.
        case opaque
        /// A path or a slash behind the host.
        case path
        case wildcard
        case badHost
        case badPort
    }

    /// Takes any case, as the configuration may have it.
    package init(_ text: String) throws(Fault) {
        let text = asciiLowercased(text)
        if text == "null" { throw .opaque }
        guard let mark = text.utf8.firstIndex(of: UInt8(ascii: ":")), text[mark...].hasPrefix("://"),
            WebOrigin.isScheme(text[..<mark])
        else { throw .noScheme }
        let scheme = text[..<mark]
        isWeb = scheme == "http" || scheme == "https"
        let rest = text[mark...].dropFirst(3)
        if rest.utf8.contains(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") })
        {
            throw .path
        }
        if rest.utf8.contains(UInt8(ascii: "*")) { throw .wildcard }
        if rest.utf8.contains(UInt8(ascii: "@")) { throw .badHost }
        let (host, port) = splitAuthority(rest)
        guard let host = HostName(String(host)) else { throw .badHost }
        self.host = host.text
        if let port {
            guard port.utf8.count <= 5, port.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = Int(port),
                1...65535 ~= number
            else { throw .badPort }
            let isUsual = scheme == "http" && number == 80 || scheme == "https" && number == 443
            authority = isUsual ? host.text : "\(host.text):\(number)"
        } else {
            authority = host.text
        }
        self.text = "\(scheme)://\(authority)"
    }

    /// Whether every page of this origin comes from this machine, whatever its port.
    package var isOfThisMachine: Bool { isWeb && HostName.isOfThisMachine(host) }

    /// RFC 3986 §3.1, in lower case.
    private static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, 0x61...0x7A ~= first else { return false }
        return text.utf8.allSatisfy { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || "+-.".utf8.contains($0) }
    }
}
