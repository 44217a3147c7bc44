/// One byte as a URL (`%2F`) or a JSON string (`\/`, `\u002f`) writes it. JSON inside a JSON string doubles the backslash.
struct Escape {
    let byte: UInt8
    let end: Int

    private static let (percent, backslash) = (UInt8(ascii: "%"), UInt8(ascii: "\\"))

    /// What an escape begins with.
    static let marks = [percent, backslash]

    init?(at start: Int, in bytes: [UInt8]) {
        guard start < bytes.count, Escape.marks.contains(bytes[start]) else { return nil }
        if bytes[start] == Escape.percent {
            guard let value = Escape.hex(bytes, start + 1, count: 2) else { return nil }
            (byte, end) = (UInt8(truncatingIfNeeded: value), start + 3)
            return
        }
        var position = start
        // More would be JSON in JSON in JSON in JSON; and a text of nothing else must not be read again for each of them.
        let last = min(bytes.count, start + 7)
        while position < last, bytes[position] == Escape.backslash { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "u") {
            guard let value = Escape.hex(bytes, position + 1, count: 4), value < 0x80 else { return nil }
            (byte, end) = (UInt8(truncatingIfNeeded: value), position + 5)
        } else if position < bytes.count, bytes[position] == UInt8(ascii: "/") {
            (byte, end) = (bytes[position], position + 1)
        } else if position < bytes.count, bytes[position] == UInt8(ascii: "\""), (position - start) % 2 == 1 {
            (byte, end) = (bytes[position], position + 1)
        } else {
            guard position - start >= 2 else { return nil }
            (byte, end) = (Escape.backslash, start + 2)
        }
    }

    /// Whether an escape ends right before `place`, so that its last letter is part of no word: `%2F`, `\u002f`, `\n`.
    static func ends(at place: Int, in bytes: [UInt8]) -> Bool {
        if place >= 3, bytes[place - 3] == percent, hex(bytes, place - 2, count: 2) != nil { return true }
        if place >= 6, bytes[place - 6] == backslash, bytes[place - 5] == UInt8(ascii: "u"),
            hex(bytes, place - 4, count: 4) != nil
        {
            return true
        }
        return place >= 2 && bytes[place - 2] == backslash && "bfnrt".utf8.contains(bytes[place - 1])
    }

    /// Whether somebody who writes a URL or JSON would escape `byte`: everything but letters, digits and `-._~`.
    static func isUsual(for byte: UInt8) -> Bool {
        !CredentialShape.isLetterOrDigit(byte) && !"-._~".utf8.contains(byte)
    }

    /// The first two bytes of every escape that stands for `byte`.
    static func beginnings(of byte: UInt8) -> [[UInt8]] {
        let digit = Array(String(byte >> 4, radix: 16).utf8)[0]
        return [[percent, digit], [backslash, byte], [backslash, UInt8(ascii: "u")], [backslash, backslash]]
    }

    private static func hex(_ bytes: [UInt8], _ start: Int, count: Int) -> Int? {
        guard start + count <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[start..<start + count] {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            value = value << 4 | Int(digit)
        }
        return value
    }
}
