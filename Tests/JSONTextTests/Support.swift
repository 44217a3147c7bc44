import JSONText

/// Numbers that are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

func slice(_ range: Range<Int>?, _ bytes: [UInt8]) -> String? {
    range.map { text(Array(bytes[$0])) }
}

// The macros of Swift Testing take no spans, so these stand between.

func scanWithin(_ bytes: [UInt8], _ range: Range<Int>, _ names: MemberNames) -> ObjectScan? {
    ObjectScan(bytes.span, within: range, names: names)
}

func equals(_ literal: String, _ text: StaticString) -> Bool {
    let bytes = utf8(literal)
    return jsonStringEquals(0..<bytes.count, in: bytes.span, text)
}

func equals(_ literal: String, _ text: String) -> Bool {
    let bytes = utf8(literal)
    return jsonStringEquals(0..<bytes.count, in: bytes.span, text)
}

/// A slow check by the letter of RFC 8259 §2–§8, to compare the fast one with.
struct ReferenceCheck {
    private let bytes: [UInt8]
    private var at = 0

    static func accepts(_ bytes: [UInt8], depthLimit: Int = 128) -> Bool {
        guard String(validating: bytes, as: UTF8.self) != nil else { return false }
        var check = ReferenceCheck(bytes: bytes)
        check.space()
        guard check.value(depthLimit) else { return false }
        check.space()
        return check.at == bytes.count
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private var byte: UInt8? { at < bytes.count ? bytes[at] : nil }

    private mutating func take(_ text: String) -> Bool {
        guard bytes[at...].starts(with: text.utf8) else { return false }
        at += text.utf8.count
        return true
    }

    private mutating func space() {
        while let byte, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { at += 1 }
    }

    private mutating func value(_ depth: Int) -> Bool {
        switch byte {
        case UInt8(ascii: "{"): depth > 0 && list("{", "}") { $0.member(depth - 1) }
        case UInt8(ascii: "["): depth > 0 && list("[", "]") { $0.value(depth - 1) }
        case UInt8(ascii: "\""): string()
        default: take("true") || take("false") || take("null") || number()
        }
    }

    private mutating func member(_ depth: Int) -> Bool {
        guard string() else { return false }
        space()
        guard take(":") else { return false }
        space()
        return value(depth)
    }

    private mutating func list(_ open: String, _ close: String, _ item: (inout ReferenceCheck) -> Bool) -> Bool {
        guard take(open) else { return false }
        space()
        if take(close) { return true }
        while true {
            guard item(&self) else { return false }
            space()
            if take(close) { return true }
            guard take(",") else { return false }
            space()
        }
    }

    private mutating func digits() -> Int {
        let start = at
        while let byte, byte >= 0x30, byte <= 0x39 { at += 1 }
        return at - start
    }

    private mutating func number() -> Bool {
        _ = take("-")
        let start = at
        let count = digits()
        guard count == 1 || (count > 1 && bytes[start] != 0x30) else { return false }
        if take("."), digits() == 0 { return false }
        if take("e") || take("E") {
            _ = take("+") || take("-")
            return digits() > 0
        }
        return true
    }

    private mutating func unit() -> UInt32? {
        guard at + 6 <= bytes.count, bytes[at] == 0x5C, bytes[at + 1] == UInt8(ascii: "u") else { return nil }
        let digits = text(Array(bytes[at + 2..<at + 6]))
        guard digits.allSatisfy(\.isHexDigit), let value = UInt32(digits, radix: 16) else { return nil }
        at += 6
        return value
    }

    private mutating func string() -> Bool {
        guard take("\"") else { return false }
        while let byte {
            if take("\"") { return true }
            if byte < 0x20 { return false }
            guard byte == 0x5C else {
                at += 1
                continue
            }
            // Half a surrogate pair is an escape like any other.
            if unit() == nil {
                guard at + 1 < bytes.count, utf8("\"\\/bfnrt").contains(bytes[at + 1]) else { return false }
                at += 2
            }
        }
        return false
    }
}

/// A document that nobody would write but any parser must read.
struct DocumentGenerator {
    var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    static let strings = [
        "", "a", "model", "stream", "\u{0}", "\"", "\\", "/", "\n\r\t\u{8}\u{C}\u{1F}", "é", "日本語テキスト", "𝄞😀",
        "plain text that is longer than one block of thirty-two bytes, so that the wide loop runs", "\u{FFFF}\u{7F}",
        "mixed é text \"with\" \\ 日本 and 😀 over more than thirty-two bytes \u{1} and on",
    ]
    static let numbers = [
        "0", "-0", "1", "-1", "10.0", "1e3", "1E+3", "1e-3", "0.1", "123456789012345678901234567890", "1e400",
        "-9223372036854775808", "9223372036854775807", "9223372036854775808",
    ]

    mutating func value(depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &random) {
        case 0: .null
        case 1: .bool(Bool.random(using: &random))
        case 2: .number(Self.numbers.randomElement(using: &random) ?? "0")
        case 3, 4: .string(string())
        case 5, 6: .array((0..<Int.random(in: 0...4, using: &random)).map { _ in value(depth: depth - 1) })
        default: object(depth: depth)
        }
    }

    mutating func object(depth: Int) -> JSONValue {
        .object((0..<Int.random(in: 0...5, using: &random)).map { _ in .init(string(), value(depth: depth - 1)) })
    }

    mutating func string() -> String {
        Self.strings.randomElement(using: &random) ?? ""
    }

    /// The value as text with white space and escapes strewn in. Test values are shallow, so this may recurse.
    mutating func spelled(_ value: JSONValue) -> [UInt8] {
        switch value {
        case .null: utf8("null")
        case .bool(let value): utf8(value ? "true" : "false")
        case .number(let text): utf8(text)
        case .string(let text): spelled(text)
        case .array(let elements):
            list("[", elements.map { spelled($0) }, "]")
        case .object(let members):
            list("{", members.map { spelled($0.key) + space() + [0x3A] + space() + spelled($0.value) }, "}")
        }
    }

    private mutating func list(_ open: String, _ items: [[UInt8]], _ close: String) -> [UInt8] {
        var out = utf8(open) + space()
        for (place, item) in items.enumerated() {
            if place > 0 { out += space() + [0x2C] + space() }
            out += item
        }
        return out + space() + utf8(close)
    }

    mutating func space() -> [UInt8] {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: utf8(" ")
        case 1: utf8("\r\n\t")
        case 2: utf8("\n                    ")
        default: []
        }
    }

    mutating func spelled(_ text: String) -> [UInt8] {
        var out = utf8("\"")
        let all = Int.random(in: 0..<4, using: &random) == 0
        for unit in text.utf16 {
            let isPlain = unit >= 0x20 && unit < 0x7F && unit != 0x22 && unit != 0x5C
            guard all || !isPlain else {
                out.append(UInt8(unit))
                continue
            }
            let digits = String(unit, radix: 16, uppercase: Bool.random(using: &random))
            out += utf8("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
        }
        return out + utf8("\"")
    }
}
