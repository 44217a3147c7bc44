/// The octets and character classes of RFC 9110 §5.6 and RFC 9112 §2.
enum ASCII {
    static let tab: UInt8 = 0x09
    static let lf: UInt8 = 0x0A
    static let cr: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let quote: UInt8 = 0x22
    static let hash: UInt8 = 0x23
    static let percent: UInt8 = 0x25
    static let comma: UInt8 = 0x2C
    static let hyphen: UInt8 = 0x2D
    static let dot: UInt8 = 0x2E
    static let slash: UInt8 = 0x2F
    static let colon: UInt8 = 0x3A
    static let semicolon: UInt8 = 0x3B
    static let equals: UInt8 = 0x3D
    static let question: UInt8 = 0x3F
    static let backslash: UInt8 = 0x5C
    static let delete: UInt8 = 0x7F

    /// SP or HTAB.
    static func isBlank(_ byte: UInt8) -> Bool {
        byte == space || byte == tab
    }

    static func isDigit(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10
    }

    static func isLetter(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26
    }

    /// `tchar`, the characters of a method, a field name and a token.
    static func isToken(_ byte: UInt8) -> Bool {
        contains(byte, low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE)
    }

    /// Printable and not a blank: `VCHAR`.
    static func isVisible(_ byte: UInt8) -> Bool {
        byte &- 0x21 < 0x5E
    }

    /// Any octet a field value may hold: HTAB, SP, `VCHAR`, `obs-text`.
    static func isFieldText(_ byte: UInt8) -> Bool {
        (byte >= 0x20 && byte != delete) || byte == tab
    }

    /// `unreserved` or `sub-delims` of RFC 3986 without the comma: two `Host` fields that some hop joined are no name.
    static func isHostName(_ byte: UInt8) -> Bool {
        contains(byte, low: 0x2BFF_6FD2_0000_0000, high: 0x47FF_FFFE_87FF_FFFE)
    }

    static func hexValue(_ byte: UInt8) -> UInt8? {
        if isDigit(byte) { return byte &- 0x30 }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : nil
    }

    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    /// Membership in a set of octets below 0x80: bit n of `low` stands for octet n, of `high` for 64 + n.
    private static func contains(_ byte: UInt8, low: UInt64, high: UInt64) -> Bool {
        switch byte >> 6 {
        case 0: (low >> UInt64(byte)) & 1 == 1
        case 1: (high >> UInt64(byte & 0x3F)) & 1 == 1
        default: false
        }
    }
}
