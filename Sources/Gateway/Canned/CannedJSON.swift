internal import JSONText

/// A value that fits a JSON schema as far as one can be made of it without a model. Pure.
///
/// The schema is a client's: depth, the number of values and the length of texts are bounded.
struct CannedJSON {
    private let root: JSONValue
    private let text: String
    private var left = 2000
    private static let deepest = 24
    private static let longestText = 4096
    private static let longestList = 16

    /// - Parameter text: stands where the schema leaves a text to the model.
    static func value(of schema: JSONValue, text: String) -> JSONValue {
        if schema.objectValue?.isEmpty ?? true { return .object([.init("message", .string(text))]) }
        var maker = CannedJSON(root: schema, text: text)
        return maker.make(schema, 0)
    }

    private init(root: JSONValue, text: String) {
        self.root = root
        self.text = text
    }

    private mutating func make(_ schema: JSONValue, _ depth: Int) -> JSONValue {
        left -= 1
        let schema = resolved(schema)
        if let constant = schema["const"] { return constant }
        if let first = schema["enum"]?.arrayValue?.first { return first }
        let type = type(of: schema)
        guard left > 0, depth < CannedJSON.deepest else { return CannedJSON.smallest(type) }
        switch type {
        case "object": return object(schema, depth)
        case "array": return array(schema, depth)
        case "string": return .string(string(schema))
        case "integer": return .number(Int(clamping: number(schema, step: 1)))
        case "number": return number(schema)
        case "boolean": return true
        default: return .null
        }
    }

    private static func smallest(_ type: String) -> JSONValue {
        switch type {
        case "object": .object([])
        case "array": []
        case "string": ""
        case "integer", "number": 0
        case "boolean": true
        default: .null
        }
    }

    // MARK: which schema applies

    /// Follows references and takes the first alternative that is not `null`; `allOf` becomes one schema.
    private func resolved(_ schema: JSONValue) -> JSONValue {
        var schema = schema
        for _ in 0..<CannedJSON.deepest {
            if let reference = schema["$ref"]?.stringValue {
                guard let target = target(of: reference) else { return .object([]) }
                schema = target
            } else if let alternatives = (schema["anyOf"] ?? schema["oneOf"])?.arrayValue, !alternatives.isEmpty {
                schema = alternatives.first { $0["type"]?.stringValue != "null" } ?? alternatives[0]
            } else if let parts = schema["allOf"]?.arrayValue {
                let own = (schema.objectValue ?? []).filter { $0.key != "allOf" }
                schema = CannedJSON.merged(parts.prefix(CannedJSON.longestList).map(resolvedOnce) + [.object(own)])
            } else {
                break
            }
        }
        return schema
    }

    private func resolvedOnce(_ schema: JSONValue) -> JSONValue {
        schema["$ref"]?.stringValue.flatMap(target) ?? schema
    }

    /// Members of the later schemas count; properties and what is required add up.
    private static func merged(_ schemas: [JSONValue]) -> JSONValue {
        var members: [JSONValue.Member] = []
        for member in schemas.flatMap({ $0.objectValue ?? [] }) {
            guard let place = members.firstIndex(where: { $0.key == member.key }) else {
                members.append(member)
                continue
            }
            switch (members[place].value, member.value) {
            case (.object(let one), .object(let other)): members[place].value = .object(one + other)
            case (.array(let one), .array(let other)) where member.key == "required":
                members[place].value = .array(one + other)
            default: members[place].value = member.value
            }
        }
        return .object(members)
    }

    /// A pointer into the same schema: `#/$defs/name`.
    private func target(of reference: String) -> JSONValue? {
        guard reference.utf8.starts(with: "#".utf8) else { return nil }
        var value = root
        for part in reference.dropFirst().split(separator: "/") {
            let name = String(part).replacing("~1", with: "/").replacing("~0", with: "~")
            guard let next = value[String(name)] else { return nil }
            value = next
        }
        return value
    }

    private func type(of schema: JSONValue) -> String {
        if let type = schema["type"]?.stringValue { return type }
        if let types = schema["type"]?.arrayValue?.compactMap(\.stringValue), let first = types.first {
            return types.first { $0 != "null" } ?? first
        }
        if schema["properties"] != nil || schema["required"] != nil { return "object" }
        if schema["items"] != nil || schema["prefixItems"] != nil { return "array" }
        if ["minimum", "maximum", "multipleOf"].contains(where: { schema[$0] != nil }) { return "number" }
        return "string"
    }

    // MARK: values

    private mutating func object(_ schema: JSONValue, _ depth: Int) -> JSONValue {
        let required = schema["required"]?.arrayValue?.compactMap(\.stringValue) ?? []
        var members: [JSONValue.Member] = []
        for property in schema["properties"]?.objectValue ?? [] {
            // Deep down, and in large ones, only what has to be there.
            guard required.contains(property.key) || depth < 4 && left > 1000 else { continue }
            members.append(.init(property.key, make(property.value, depth + 1)))
        }
        for name in required where !members.contains(where: { $0.key == name }) && left > 0 {
            members.append(.init(name, make(schema["additionalProperties"] ?? .object([]), depth + 1)))
        }
        return .object(members)
    }

    private mutating func array(_ schema: JSONValue, _ depth: Int) -> JSONValue {
        let least = min(max(0, schema["minItems"]?.intValue ?? 1), CannedJSON.longestList)
        let count = max(0, min(least, schema["maxItems"]?.intValue ?? least))
        let first = schema["prefixItems"]?.arrayValue ?? schema["items"]?.arrayValue ?? []
        var items: [JSONValue] = []
        for item in first.prefix(CannedJSON.longestList) { items.append(make(item, depth + 1)) }
        let rest = schema["items"] ?? .object([])
        while items.count < count, left > 0 { items.append(make(rest, depth + 1)) }
        return .array(items)
    }

    private func string(_ schema: JSONValue) -> String {
        let formats = [
            "date-time": "2026-01-01T00:00:00Z", "date": "2026-01-01", "time": "00:00:00Z", "duration": "PT1S",
            "email": "demo@example.com", "hostname": "example.com", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1",
            "uri": "https://example.com/", "url": "https://example.com/",
            "uuid": "00000000-0000-4000-8000-000000000000",
        ]
        if let format = schema["format"]?.stringValue.flatMap({ formats[$0] }) { return format }
        let most = min(max(0, schema["maxLength"]?.intValue ?? CannedJSON.longestText), CannedJSON.longestText)
        let least = min(max(0, schema["minLength"]?.intValue ?? 0), most)
        var scalars = Array(text.unicodeScalars.prefix(most))
        while scalars.count < least { scalars.append(".") }
        var out = String.UnicodeScalarView()
        out.append(contentsOf: scalars)
        return String(out)
    }

    private func number(_ schema: JSONValue) -> JSONValue {
        .number(number(schema, step: nil))
    }

    /// The lowest that is allowed from 0 on, or the highest below it.
    private func number(_ schema: JSONValue, step: Double?) -> Double {
        let step = schema["multipleOf"]?.doubleValue ?? step
        let unit = step ?? 1
        var value = 0.0
        if let least = schema["minimum"]?.doubleValue, least > value { value = least }
        if let below = schema["exclusiveMinimum"]?.doubleValue, below >= value { value = below + unit }
        if let most = schema["maximum"]?.doubleValue, most < value { value = most }
        if let above = schema["exclusiveMaximum"]?.doubleValue, above <= value {
            // Between two bounds that are close, the middle.
            value =
                step == nil
                ? ((schema["minimum"] ?? schema["exclusiveMinimum"])?.doubleValue).map { ($0 + above) / 2 } ?? above
                    - unit : above - unit
        }
        guard let step, step > 0 else { return value }
        let up = (value / step).rounded(.up) * step
        if let most = schema["maximum"]?.doubleValue, up > most { return (value / step).rounded(.down) * step }
        return up
    }
}

extension Int {
    /// The nearest integer; 0 for what is none.
    fileprivate init(clamping value: Double) {
        guard value.isFinite else {
            self = 0
            return
        }
        self = Int(exactly: value.rounded()) ?? (value < 0 ? .min : .max)
    }
}
