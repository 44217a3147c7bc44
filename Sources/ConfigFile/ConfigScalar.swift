/// A scalar as it was written.
package struct ConfigScalar: Sendable, Hashable {
    package var text: String
    /// Neither quoted nor a block (`|`, `>`) nor tagged as a string: it may be something else than a string.
    package var isPlain: Bool

    package init(text: String, isPlain: Bool) {
        self.text = text
        self.isPlain = isPlain
    }

    package enum Value: Sendable, Hashable {
        case null
        case bool(Bool)
        /// In JSON's spelling.
        case number(String)
        case string(String)
    }

    /// By the rules of PyYAML's `safe_load` (YAML 1.1): `yes` and `off` are booleans, `012` is ten, `1:30` is ninety, and
    /// `1e-5` is a string. Dates and `.inf` stay strings, since JSON has no such values.
    package var value: Value {
        guard isPlain else { return .string(text) }
        // No word is longer than `false`.
        if text.utf8.count <= 5 {
            switch text {
            case "", "~", "null", "Null", "NULL": return .null
            case "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON": return .bool(true)
            case "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF": return .bool(false)
            default: break
            }
        }
        return YAMLNumber.jsonSpelling(of: text).map { .number($0) } ?? .string(text)
    }

    var isNull: Bool {
        isPlain && text.utf8.count <= 4 && value == .null
    }
}

/// Numbers of YAML 1.1, by the regular expressions of PyYAML.
enum YAMLNumber {
    /// `nil` when `text` is no number, or one that neither `Int` nor `Double` holds.
    static func jsonSpelling(of text: String) -> String? {
        // Nothing longer is a number that somebody meant.
        guard text.utf8.count <= 64, let first = text.utf8.first, isDigit(first) || "+-.".utf8.contains(first) else {
            return nil
        }
        let bytes = Array(text.utf8)
        let signed = first == UInt8(ascii: "+") || first == UInt8(ascii: "-")
        let isNegative = first == UInt8(ascii: "-")
        let body = Array(bytes[(signed ? 1 : 0)...])
        guard let head = body.first else { return nil }
        if head == UInt8(ascii: ".") {
            // PyYAML takes no sign in front of a bare fraction.
            return signed ? nil : fraction(body)
        }
        guard isDigit(head) else { return nil }
        if body.contains(UInt8(ascii: ":")) { return sexagesimal(body, isNegative: isNegative) }
        if let integer = integer(body, isNegative: isNegative) { return integer }
        return decimal(body, isNegative: isNegative)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// Digits without their underscores; `nil` when there is something else among them.
    private static func digits(_ bytes: some Collection<UInt8>) -> String? {
        guard bytes.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: "_") }) else { return nil }
        return String(decoding: bytes.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
    }

    private static func integer(_ body: [UInt8], isNegative: Bool) -> String? {
        let sign = isNegative ? "-" : ""
        if body.count > 1, body[0] == UInt8(ascii: "0") {
            let (radix, skipped) =
                switch body[1] {
                case UInt8(ascii: "x"): (16, 2)
                case UInt8(ascii: "b"): (2, 2)
                default: (8, 1)
                }
            let text = String(decoding: body[skipped...].filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
            guard !text.hasPrefix("+"), !text.hasPrefix("-") else { return nil }
            // `0_` is a zero of octal kind.
            if text.isEmpty { return radix == 8 ? "0" : nil }
            return Int(sign + text, radix: radix).map(String.init)
        }
        guard let text = digits(body) else { return nil }
        // Longer ones keep their digits: JSON's numbers have no limit.
        return text == "0" ? "0" : sign + text
    }

    /// `1.5`, `1_000.`, `2.5e+3`: the exponent needs its sign, the point is needed too.
    private static func decimal(_ body: [UInt8], isNegative: Bool) -> String? {
        guard let point = body.firstIndex(of: UInt8(ascii: ".")), let whole = digits(body[..<point]) else { return nil }
        guard let (fraction, exponent) = tail(body[(point + 1)...]) else { return nil }
        return spelling((isNegative ? "-" : "") + whole, fraction, exponent)
    }

    /// `.5`
    private static func fraction(_ body: [UInt8]) -> String? {
        guard body.count > 1, isDigit(body[1]), let (fraction, exponent) = tail(body[1...]) else { return nil }
        return spelling("0", fraction, exponent)
    }

    private static func tail(_ bytes: ArraySlice<UInt8>) -> (fraction: String, exponent: String)? {
        guard let mark = bytes.firstIndex(where: { $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E") }) else {
            return digits(bytes).map { ($0, "") }
        }
        let exponent = bytes[(mark + 1)...]
        guard let sign = exponent.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
            exponent.count > 1, exponent.dropFirst().allSatisfy(isDigit), let fraction = digits(bytes[..<mark])
        else { return nil }
        return (fraction, String(decoding: exponent, as: UTF8.self))
    }

    private static func spelling(_ whole: String, _ fraction: String, _ exponent: String) -> String? {
        let fraction = fraction.isEmpty ? "0" : fraction
        let text = exponent.isEmpty ? "\(whole).\(fraction)" : "\(whole).\(fraction)e\(exponent)"
        guard let value = Double(text), value.isFinite else { return nil }
        // JSON knows no leading zeros.
        let unsigned = whole.hasPrefix("-") ? whole.dropFirst() : Substring(whole)
        return unsigned.count > 1 && unsigned.hasPrefix("0") ? "\(value)" : text
    }

    /// `1:30` and `1:30.5`: base sixty.
    private static func sexagesimal(_ body: [UInt8], isNegative: Bool) -> String? {
        let parts = body.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var total = 0.0
        var fraction = 0.0
        var isWhole = true
        for (index, part) in parts.enumerated() {
            var part = part
            if index == parts.count - 1, let point = part.firstIndex(of: UInt8(ascii: ".")) {
                isWhole = false
                guard let after = digits(part[(point + 1)...]) else { return nil }
                fraction = Double("0.\(after.isEmpty ? "0" : after)") ?? 0
                part = part[..<point]
            }
            guard let text = digits(part), let number = Double(text),
                index == 0 || (part.count <= 2 && text.utf8.count == part.count && number < 60)
            else { return nil }
            total = total * 60 + number
        }
        // `0:30` is a string to PyYAML unless it has a fraction.
        guard !isWhole || body[0] != UInt8(ascii: "0") else { return nil }
        guard total.isFinite, total < 1e15 else { return nil }
        let value = isNegative ? -(total + fraction) : total + fraction
        return isWhole ? "\(Int(value))" : "\(value)"
    }
}
