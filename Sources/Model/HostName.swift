/// What may stand before the port in a `Host` field: a name, or an address (RFC 9110 §7.2). A value.
package struct HostName: Sendable, Hashable {
    /// In lower case; an IPv6 address in brackets.
    package let text: String

    /// - Parameter text: in any case; an IPv6 address with or without its brackets.
    package init?(_ text: String) {
        let text = asciiLowercased(text)
        let bytes = text.utf8
        if bytes.contains(UInt8(ascii: ":")) {
            let hasBrackets = bytes.first == UInt8(ascii: "[") && bytes.last == UInt8(ascii: "]")
            let address = hasBrackets ? bytes.dropFirst().dropLast() : Substring(text).utf8
            // Two colons at least: `cafe:80` is a name and a port.
            guard 2...45 ~= address.count, address.allSatisfy({ HostName.addressOctets.contains($0) }),
                address.count(where: { $0 == UInt8(ascii: ":") }) >= 2
            else { return nil }
            self.text = hasBrackets ? text : "[\(text)]"
        } else {
            guard 1...253 ~= bytes.count, bytes.allSatisfy({ HostName.isNameOctet($0) }) else { return nil }
            self.text = text
        }
    }

    private static let addressOctets = Array("0123456789abcdef:.".utf8)

    private static func isNameOctet(_ byte: UInt8) -> Bool {
        0x61...0x7A ~= byte || 0x30...0x39 ~= byte || "-._".utf8.contains(byte)
    }

    /// Whether `host`, in lower case, always means the machine that the asker is on: nobody can have a name server say
    /// otherwise, nor serve a page of that origin from elsewhere. `0.0.0.0` is what LiteLLM's own instructions use.
    package static func isOfThisMachine(_ host: String) -> Bool {
        switch host {
        case "localhost", "[::1]", "0.0.0.0", "[::]": true
        default: isLoopbackAddress(host)
        }
    }

    /// 127.0.0.0/8, written as browsers write it: `127.1` and `127.0.0.01` are something else to some resolver.
    private static func isLoopbackAddress(_ host: String) -> Bool {
        let parts = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0].elementsEqual("127".utf8) else { return false }
        return parts.allSatisfy { part in
            guard 1...3 ~= part.count, part.allSatisfy({ 0x30...0x39 ~= $0 }) else { return false }
            return part.count == 1
                || part.first != UInt8(ascii: "0") && part.reduce(0) { $0 * 10 + Int($1 - 0x30) } < 256
        }
    }
}

/// The name and what follows its colon, if there is one. A bracketed address keeps its brackets.
package func splitAuthority(_ authority: Substring) -> (host: Substring, port: Substring?) {
    let bytes = authority.utf8
    let nameEnd = bytes.first == UInt8(ascii: "[") ? bytes.firstIndex(of: UInt8(ascii: "]")) : nil
    guard let colon = bytes[(nameEnd ?? bytes.startIndex)...].firstIndex(of: UInt8(ascii: ":")) else {
        return (authority, nil)
    }
    return (authority[..<colon], authority[colon...].dropFirst())
}

/// Without the rules for other alphabets, which would make one of `K` (U+212A) and `k`.
package func asciiLowercased(_ text: String) -> String {
    guard text.utf8.contains(where: { 0x41...0x5A ~= $0 }) else { return text }
    return String(decoding: text.utf8.map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }, as: UTF8.self)
}
