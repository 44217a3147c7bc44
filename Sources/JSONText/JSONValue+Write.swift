extension JSONValue {
    /// The value as JSON text.
    ///
    /// - Parameter pretty: two spaces per level and a line per member, without a newline at the end.
    package func serialized(pretty: Bool = false) -> [UInt8] {
        var out: [UInt8] = []
        append(to: &out, pretty: pretty)
        return out
    }

    package func append(to out: inout [UInt8], pretty: Bool = false) {
        var open: [Open] = []
        out.appendStart(of: self, &open)
        while let level = open.indices.last {
            let isFirst = open[level].isFirst
            guard let next = open[level].next() else {
                let bracket = open.removeLast().closing
                if pretty, !isFirst { out.appendLineBreak(level) }
                out.append(bracket)
                continue
            }
            if !isFirst { out.append(ASCII.comma) }
            if pretty { out.appendLineBreak(level + 1) }
            if let key = next.key {
                appendJSONString(key, to: &out)
                out.append(ASCII.colon)
                if pretty { out.append(ASCII.space) }
            }
            out.appendStart(of: next.value, &open)
        }
    }

    /// A container of which a part is written.
    fileprivate struct Open {
        let closing: UInt8
        var elements: ArraySlice<JSONValue> = []
        var members: ArraySlice<Member> = []
        private(set) var isFirst = true

        init(elements: [JSONValue]) {
            self.elements = elements[...]
            closing = ASCII.closeBracket
        }

        init(members: [Member]) {
            self.members = members[...]
            closing = ASCII.closeBrace
        }

        mutating func next() -> (key: String?, value: JSONValue)? {
            isFirst = false
            if let member = members.popFirst() { return (member.key, member.value) }
            return elements.popFirst().map { (nil, $0) }
        }
    }
}

extension [UInt8] {
    /// A scalar whole, of a container the opening bracket.
    fileprivate mutating func appendStart(of value: JSONValue, _ open: inout [JSONValue.Open]) {
        switch value {
        case .null: append(contentsOf: "null".utf8)
        case .bool(let value): append(contentsOf: value ? "true".utf8 : "false".utf8)
        case .number(let text): append(contentsOf: text.utf8)
        case .string(let text): appendJSONString(text, to: &self)
        case .array(let elements):
            append(ASCII.openBracket)
            open.append(JSONValue.Open(elements: elements))
        case .object(let members):
            append(ASCII.openBrace)
            open.append(JSONValue.Open(members: members))
        }
    }

    fileprivate mutating func appendLineBreak(_ level: Int) {
        append(ASCII.lineFeed)
        append(contentsOf: repeatElement(ASCII.space, count: level * 2))
    }
}
