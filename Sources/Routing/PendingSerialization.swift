import JSONText

extension JSONValue {
    /// JSON text without blanks.
    func serialized() -> [UInt8] {
        switch self {
        case .null: Array("null".utf8)
        case .bool(let value): Array((value ? "true" : "false").utf8)
        case .number(let text): Array(text.utf8)
        case .string(let text): JSONValue.quoted(text)
        case .array(let values):
            [UInt8(ascii: "[")] + values.map { $0.serialized() }.joined(separator: [UInt8(ascii: ",")])
                + [UInt8(ascii: "]")]
        case .object(let members):
            [UInt8(ascii: "{")]
                + members.map { JSONValue.quoted($0.key) + [UInt8(ascii: ":")] + $0.value.serialized() }
                .joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "}")]
        }
    }

    private static func quoted(_ text: String) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        var bytes = [UInt8(ascii: "\"")]
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20: bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
        return bytes + [UInt8(ascii: "\"")]
    }
}
