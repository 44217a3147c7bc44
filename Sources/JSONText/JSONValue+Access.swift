extension JSONValue {
    /// The value of the last member with this key; nil when there is none or the value is no object.
    package subscript(key: String) -> JSONValue? {
        objectValue?.last { $0.key == key }?.value
    }

    package var isNull: Bool { self == .null }

    package var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    package var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// Exact; also `1e3` and `10.0`.
    package var intValue: Int? {
        guard case .number(let text) = self else { return nil }
        let span = text.utf8Span.span
        return jsonInt(0..<span.count, in: span)
    }

    /// Finite.
    package var doubleValue: Double? {
        guard case .number(let text) = self else { return nil }
        let span = text.utf8Span.span
        return jsonDouble(0..<span.count, in: span)
    }

    package var arrayValue: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    package var objectValue: [Member]? {
        if case .object(let value) = self { value } else { nil }
    }

    package static func number(_ value: Int) -> JSONValue { .number(String(value)) }

    /// JSON has no spelling for what is not finite: that becomes `null`.
    package static func number(_ value: Double) -> JSONValue {
        value.isFinite ? .number(value.description) : .null
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(nilLiteral: ()) { self = .null }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .number(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }
}
