/// JSON as the doubles read it: member order, repeated members and the spelling of numbers are kept.
///
/// Written apart from the gateway's own parser on purpose, so that a mistake there cannot hide itself here.
package enum FakeJSON: Hashable, Sendable {
    case null
    case bool(Bool)
    /// The number as it was written.
    case number(String)
    case string(String)
    case array([FakeJSON])
    case object([Member])

    package struct Member: Hashable, Sendable {
        package let name: String
        package let value: FakeJSON
    }

    /// Nil when `text` is not one JSON text, or is nested deeper than 512.
    package init?(_ text: some Sequence<UInt8>) {
        var reader = FakeJSONReader(Array(text))
        guard let value = reader.document() else { return nil }
        self = value
    }

    package init?(_ text: String) { self.init(text.utf8) }

    /// The first member of this name, nil when there is none or this is no object.
    package subscript(_ name: String) -> FakeJSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    package subscript(_ index: Int) -> FakeJSON? {
        guard case .array(let items) = self, items.indices.contains(index) else { return nil }
        return items[index]
    }

    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var int: Int? { if case .number(let text) = self { Int(text) } else { nil } }
    package var double: Double? { if case .number(let text) = self { Double(text) } else { nil } }
    package var array: [FakeJSON]? { if case .array(let items) = self { items } else { nil } }
    /// Member names in order, repeats included; empty for anything but an object.
    package var names: [String] { if case .object(let members) = self { members.map(\.name) } else { [] } }

    /// `text` as a JSON string with its quotation marks.
    package static func quoted(_ text: String) -> String {
        let plain = text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x22 && $0 != 0x5C }
        if plain { return "\"\(text)\"" }
        var out: [UInt8] = [0x22]
        let digits = Array("0123456789abcdef".utf8)
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5C: out += [0x5C, byte]
            case 0x0A: out += Array("\\n".utf8)
            case 0x0D: out += Array("\\r".utf8)
            case 0x09: out += Array("\\t".utf8)
            case 0..<0x20: out += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: out.append(byte)
            }
        }
        out.append(0x22)
        return String(decoding: out, as: UTF8.self)
    }
}

private struct FakeJSONReader {
    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() -> FakeJSON? {
        guard let value = value(depth: 0) else { return nil }
        skipBlanks()
        return at == bytes.count ? value : nil
    }

    private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
    }

    private mutating func take(_ text: StaticString) -> Bool {
        let wanted = Array("\(text)".utf8)
        guard bytes[at...].starts(with: wanted) else { return false }
        at += wanted.count
        return true
    }

    private mutating func value(depth: Int) -> FakeJSON? {
        guard depth <= 512 else { return nil }
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return array(depth: depth)
        case UInt8(ascii: "\""): return string().map { .string($0) }
        case UInt8(ascii: "t"): return take("true") ? .bool(true) : nil
        case UInt8(ascii: "f"): return take("false") ? .bool(false) : nil
        case UInt8(ascii: "n"): return take("null") ? .null : nil
        default: return number()
        }
    }

    private mutating func object(depth: Int) -> FakeJSON? {
        at += 1
        var members: [FakeJSON.Member] = []
        skipBlanks()
        if take("}") { return .object([]) }
        while true {
            skipBlanks()
            guard next == 0x22, let name = string() else { return nil }
            skipBlanks()
            guard take(":"), let value = value(depth: depth + 1) else { return nil }
            members.append(FakeJSON.Member(name: name, value: value))
            skipBlanks()
            if take("}") { return .object(members) }
            guard take(",") else { return nil }
        }
    }

    private mutating func array(depth: Int) -> FakeJSON? {
        at += 1
        var items: [FakeJSON] = []
        skipBlanks()
        if take("]") { return .array([]) }
        while true {
            guard let item = value(depth: depth + 1) else { return nil }
            items.append(item)
            skipBlanks()
            if take("]") { return .array(items) }
            guard take(",") else { return nil }
        }
    }

    /// `-? int frac? exp?` (RFC 8259 §6).
    private mutating func number() -> FakeJSON? {
        let start = at
        _ = take("-")
        let integer = at
        guard digits() else { return nil }
        if bytes[integer] == UInt8(ascii: "0"), at - integer > 1 { return nil }
        if take("."), !digits() { return nil }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            guard digits() else { return nil }
        }
        return .number(String(decoding: bytes[start..<at], as: UTF8.self))
    }

    private mutating func digits() -> Bool {
        let start = at
        while let byte = next, byte >= 0x30, byte <= 0x39 { at += 1 }
        return at > start
    }

    private mutating func string() -> String? {
        at += 1
        let start = at
        while let byte = next, byte != 0x22, byte != 0x5C, byte >= 0x20 { at += 1 }
        if next == 0x22 {
            defer { at += 1 }
            return String(validating: bytes[start..<at], as: UTF8.self)
        }
        var out = Array(bytes[start..<at])
        while let byte = next, byte >= 0x20 {
            at += 1
            if byte == 0x22 { return String(validating: out, as: UTF8.self) }
            guard byte == 0x5C else {
                out.append(byte)
                continue
            }
            guard let escaped = escape() else { return nil }
            out += escaped
        }
        return nil
    }

    private mutating func escape() -> [UInt8]? {
        guard let byte = next else { return nil }
        at += 1
        switch byte {
        case 0x22, 0x5C, 0x2F: return [byte]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "u"):
            guard let first = hexadecimal() else { return nil }
            var scalar = UInt32(first)
            if first >= 0xD800, first < 0xDC00 {
                guard take("\\u"), let second = hexadecimal(), second >= 0xDC00, second < 0xE000 else { return nil }
                scalar = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
            }
            return Unicode.Scalar(scalar).map { Array(String(Character($0)).utf8) }
        default: return nil
        }
    }

    private mutating func hexadecimal() -> UInt16? {
        guard at + 4 <= bytes.count else { return nil }
        defer { at += 4 }
        let digits = String(decoding: bytes[at..<at + 4], as: UTF8.self)
        return digits.allSatisfy(\.isHexDigit) ? UInt16(digits, radix: 16) : nil
    }
}
