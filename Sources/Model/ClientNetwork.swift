/// What limits take for one client: an IPv4 address, or the /64 of an IPv6 address, since a customer gets that many at
/// once. A value.
package struct ClientNetwork: Hashable, Sendable {
    /// The IPv4 address, or the upper half of the IPv6 address.
    private let bits: UInt64
    private let isIPv6: Bool

    /// - Parameter address: its first octet is the highest one.
    package init(ipv4 address: UInt32) {
        bits = UInt64(address)
        isIPv6 = false
    }

    /// An IPv4 address that came to an IPv6 socket (`::ffff:a.b.c.d`) is the IPv4 address.
    /// - Parameters:
    ///   - high: the first eight octets, the first one highest.
    ///   - low: the other eight.
    package init(ipv6 high: UInt64, _ low: UInt64) {
        let isMapped = high == 0 && low >> 32 == 0xFFFF
        bits = isMapped ? low & 0xFFFF_FFFF : high
        isIPv6 = !isMapped
    }

    package init(_ address: IPAddress) {
        if address.isIPv6 {
            self.init(ipv6: address.high, address.low)
        } else {
            self.init(ipv4: UInt32(truncatingIfNeeded: address.low))
        }
    }

    /// 127.0.0.0/8, or the network of `::1`, which has no other address that could connect.
    package var isLoopback: Bool { isIPv6 ? bits == 0 : bits >> 24 == 127 }
}

extension ClientNetwork: CustomStringConvertible {
    /// `203.0.113.7`, or `2001:db8:0:7::/64`.
    package var description: String {
        if isIPv6 {
            let groups = [48, 32, 16, 0].map { String((bits >> UInt64($0)) & 0xFFFF, radix: 16) }
            return groups.joined(separator: ":") + "::/64"
        }
        return [24, 16, 8, 0].map { String((bits >> UInt64($0)) & 0xFF) }.joined(separator: ".")
    }
}
