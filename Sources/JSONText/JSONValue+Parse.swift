extension JSONValue {
    /// Reads a whole text. Keeps the order of members, duplicate keys and the spelling of numbers.
    ///
    /// - Parameter depthLimit: brackets open at once, 1 to 128.
    /// - Throws: `JSONError` at the first byte that breaks a rule.
    package static func parse(
        _ bytes: Span<UInt8>, depthLimit: Int = deepestNesting
    ) throws(JSONError) -> JSONValue {
        JSONValue(try JSONTape(copying: bytes, depthLimit: depthLimit).root)
    }

    package static func parse(_ text: String, depthLimit: Int = deepestNesting) throws(JSONError) -> JSONValue {
        try parse(text.utf8Span.span, depthLimit: depthLimit)
    }

    /// The value with all that is in it.
    package init(_ node: JSONNode) {
        let storage = node.storage
        let source = storage.source
        let end = Int(storage.nodes[node.index].next)
        var open: [Container] = []
        var index = node.index
        var key: String?
        while true {
            let entry = storage.nodes[index]
            index += 1
            var value: JSONValue
            switch entry.kind {
            case _ where entry.isKey:
                key = jsonString(entry.range, in: source.span) ?? ""
                continue
            case .array, .object:
                open.append(Container(isObject: entry.kind == .object, end: Int(entry.next), key: key))
                key = nil
                guard index == Int(entry.next) else { continue }
                value = open.removeLast().value(&key)
            default:
                value = Self.scalar(entry, in: source.span)
            }
            // The value may be the last one of its container, that one of the next, and so on.
            while true {
                guard let last = open.indices.last else {
                    self = value
                    return
                }
                open[last].append(value, key: key)
                key = nil
                guard index == open[last].end else { break }
                value = open.removeLast().value(&key)
            }
            // Never so for a tape, whose containers end where it says.
            guard index < end else {
                self = .null
                return
            }
        }
    }

    private static func scalar(_ entry: JSONTape.Entry, in bytes: Span<UInt8>) -> JSONValue {
        switch entry.kind {
        case .bool: .bool(jsonBool(entry.range, in: bytes) ?? false)
        case .number: .number(jsonText(entry.range, in: bytes) ?? "0")
        case .string: .string(jsonString(entry.range, in: bytes) ?? "")
        default: .null
        }
    }

    /// An array or object that is being filled.
    private struct Container {
        let isObject: Bool
        /// The index of the first node behind it.
        let end: Int
        /// Its own key in the object around it.
        let key: String?
        var elements: [JSONValue] = []
        var members: [Member] = []

        mutating func append(_ value: JSONValue, key: String?) {
            if isObject { members.append(Member(key ?? "", value)) } else { elements.append(value) }
        }

        func value(_ key: inout String?) -> JSONValue {
            key = self.key
            return isObject ? .object(members) : .array(elements)
        }
    }
}
