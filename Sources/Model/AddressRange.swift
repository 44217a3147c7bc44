/// All addresses that begin with the same bits, such as `10.0.0.0/8`; or a single one. A value.
package struct AddressRange: Hashable, Sendable {
    private let first: IPAddress
    /// How many bits an address shares with `first`: up to 32 for IPv4, up to 128 for IPv6.
    private let bits: Int

    /// - Parameter text: an address, or one with `/` and a length (RFC 4632 §3.1, RFC 4291 §2.3). Bits behind the length do not
    ///   count. A range of IPv4 addresses in the form of IPv6 ones (`::ffff:10.0.0.0/104`) is the range of IPv4.
    package init?(_ text: String) {
        let bytes = Substring(text).utf8
        let slash = bytes.firstIndex(of: UInt8(ascii: "/"))
        let written = bytes[..<(slash ?? bytes.endIndex)]
        guard let address = IPAddress(written) else { return nil }
        let width = written.contains(UInt8(ascii: ":")) ? 128 : 32
        var bits = width
        if let slash {
            let digits = bytes[slash...].dropFirst()
            guard 1...3 ~= digits.count, digits.allSatisfy({ 0x30...0x39 ~= $0 }),
                let length = Int(Substring(digits)), length <= width
            else { return nil }
            bits = length
        }
        if width == 128, !address.isIPv6 {
            // Beyond the mapped addresses it would be a range of IPv6.
            guard bits >= 96 else { return nil }
            bits -= 96
        }
        first = address
        self.bits = bits
    }

    package func contains(_ address: IPAddress) -> Bool {
        guard address.isIPv6 == first.isIPv6 else { return false }
        guard first.isIPv6 else {
            let shift = UInt64(32 - bits)
            return address.low >> shift == first.low >> shift
        }
        let (high, low) = (min(bits, 64), max(0, bits - 64))
        // A shift by 64 leaves nothing, and nothing has to be equal.
        return address.high >> UInt64(64 - high) == first.high >> UInt64(64 - high)
            && address.low >> UInt64(64 - low) == first.low >> UInt64(64 - low)
    }
}
