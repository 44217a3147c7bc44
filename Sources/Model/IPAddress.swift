/// An IPv4 or IPv6 address. A value. An IPv4 address that came to an IPv6 socket (`::ffff:a.b.c.d`) is the IPv4 address.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// The first eight octets of an IPv6 address, the first one highest; 0 for IPv4.
    package let high: UInt64
    /// The other eight, or the IPv4 address.
    package let low: UInt64
    package let isIPv6: Bool

    /// - Parameter address: its first octet is the highest one.
    package init(ipv4 address: UInt32) {
        (high, low, isIPv6) = (0, UInt64(address), false)
    }

    package init(ipv6 high: UInt64, _ low: UInt64) {
        let isMapped = high == 0 && low >> 32 == 0xFFFF
        (self.high, self.low, isIPv6) = isMapped ? (0, low & 0xFFFF_FFFF, false) : (high, low, true)
    }

    /// Dotted decimal without leading zeros, or RFC 4291 §2.2: groups of hexadecimal digits, `::` once, and a dotted end. No
    /// brackets, no zone, no short forms such as `127.1`, which every resolver reads in its own way.
    package init?(_ text: Substring.UTF8View) {
        guard text.count <= 45 else { return nil }
        if text.contains(UInt8(ascii: ":")) {
            guard let (high, low) = IPAddress.groups(text) else { return nil }
            self.init(ipv6: high, low)
        } else {
            guard let address = IPAddress.dotted(text) else { return nil }
            self.init(ipv4: address)
        }
    }

    package init?(_ text: String) {
        self.init(Substring(text).utf8)
    }

    /// 127.0.0.0/8 or `::1`.
    package var isLoopback: Bool {
        isIPv6 ? high == 0 && low == 1 : low >> 24 == 127
    }

    /// `203.0.113.7`, or eight groups of hexadecimal digits.
    package var description: String {
        guard isIPv6 else { return [24, 16, 8, 0].map { String((low >> UInt64($0)) & 0xFF) }.joined(separator: ".") }
        return [high, low].flatMap { word in
            [48, 32, 16, 0].map { String((word >> UInt64($0)) & 0xFFFF, radix: 16) }
        }.joined(separator: ":")
    }

    private static func dotted(_ text: Substring.UTF8View) -> UInt32? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard 1...3 ~= part.count, part.allSatisfy({ 0x30...0x39 ~= $0 }),
                part.count == 1 || part.first != UInt8(ascii: "0")
            else { return nil }
            let octet = part.reduce(UInt32(0)) { $0 &* 10 &+ UInt32($1 &- 0x30) }
            guard octet < 256 else { return nil }
            address = address << 8 | octet
        }
        return address
    }

    private static func groups(_ text: Substring.UTF8View) -> (UInt64, UInt64)? {
        // At most one `::`, which stands for as many zeros as are missing.
        var front: [UInt16] = []
        var back: [UInt16] = []
        var hasGap = false
        var rest = text
        if rest.starts(with: "::".utf8) {
            hasGap = true
            rest = rest.dropFirst(2)
        }
        while !rest.isEmpty {
            let end = rest.firstIndex(of: UInt8(ascii: ":")) ?? rest.endIndex
            let group = rest[..<end]
            var values: [UInt16] = []
            if end == rest.endIndex, group.contains(UInt8(ascii: ".")) {
                guard let address = dotted(group) else { return nil }
                values = [UInt16(address >> 16), UInt16(address & 0xFFFF)]
            } else {
                guard let value = hexadecimal(group) else { return nil }
                values = [value]
            }
            if hasGap { back += values } else { front += values }
            guard front.count + back.count <= 8 else { return nil }
            rest = rest[end...]
            guard !rest.isEmpty else { break }
            if rest.starts(with: "::".utf8) {
                guard !hasGap else { return nil }
                hasGap = true
                rest = rest.dropFirst(2)
            } else {
                rest = rest.dropFirst()
                guard !rest.isEmpty else { return nil }
            }
        }
        let count = front.count + back.count
        guard hasGap ? count < 8 : count == 8 else { return nil }
        let all = front + [UInt16](repeating: 0, count: 8 - count) + back
        func word(_ groups: ArraySlice<UInt16>) -> UInt64 { groups.reduce(0) { $0 << 16 | UInt64($1) } }
        return (word(all[..<4]), word(all[4...]))
    }

    private static func hexadecimal(_ group: Substring.UTF8View) -> UInt16? {
        guard 1...4 ~= group.count,
            group.allSatisfy({ 0x30...0x39 ~= $0 || 0x41...0x46 ~= $0 || 0x61...0x66 ~= $0 })
        else { return nil }
        return UInt16(Substring(group), radix: 16)
    }
}
