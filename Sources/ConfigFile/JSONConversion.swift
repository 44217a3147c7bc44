import JSONText

/// Where a scalar stands, as far as it decides what becomes of it.
struct ScalarPlace {
    /// The nearest key above it; `nil` at the top.
    var key: String?
    /// Directly inside a list. LiteLLM leaves `os.environ/…` alone there.
    var isListItem: Bool
    /// The key or one above it says that what it holds is secret.
    var isSecret: Bool
    var mark: ConfigMark
}

extension ConfigNode {
    /// The tree as JSON, every scalar as `leaf` decides; `nil` from it means `null`. Without recursion.
    ///
    /// - Parameter secretKeys: which keys make everything below them secret.
    func json(
        key: String? = nil, isSecret: Bool = false, secretKeys: (String) -> Bool = namesSecret,
        leaf: (ConfigScalar, ScalarPlace) -> JSONValue?
    ) -> JSONValue {
        struct Frame {
            var items: [ConfigNode] = []
            var entries: [ConfigNode.Entry] = []
            var key: String?
            var isSecret: Bool
            var index = 0
            var elements: [JSONValue] = []
            var members: [JSONValue.Member] = []
            var isMap: Bool
        }
        /// A scalar's value, or a frame to work through.
        func open(_ node: ConfigNode, key: String?, isSecret: Bool, isListItem: Bool) -> (JSONValue?, Frame?) {
            switch node.content {
            case .scalar(let scalar):
                let place = ScalarPlace(key: key, isListItem: isListItem, isSecret: isSecret, mark: node.mark)
                return (leaf(scalar, place) ?? .null, nil)
            case .list(let items): return (nil, Frame(items: items, key: key, isSecret: isSecret, isMap: false))
            case .map(let entries): return (nil, Frame(entries: entries, key: key, isSecret: isSecret, isMap: true))
            }
        }
        var (done, first) = open(self, key: key, isSecret: isSecret, isListItem: false)
        var stack = first.map { [$0] } ?? []
        while var frame = stack.popLast() {
            if let value = done {
                if frame.isMap {
                    frame.members.append(JSONValue.Member(frame.entries[frame.index].key, value))
                } else {
                    frame.elements.append(value)
                }
                frame.index += 1
                done = nil
            }
            guard frame.index < (frame.isMap ? frame.entries.count : frame.items.count) else {
                done = frame.isMap ? .object(frame.members) : .array(frame.elements)
                continue
            }
            let child: Frame?
            if frame.isMap {
                let entry = frame.entries[frame.index]
                (done, child) = open(
                    entry.value, key: entry.key, isSecret: frame.isSecret || secretKeys(entry.key), isListItem: false)
            } else {
                (done, child) = open(
                    frame.items[frame.index], key: frame.key, isSecret: frame.isSecret, isListItem: true)
            }
            stack.append(frame)
            if let child { stack.append(child) }
        }
        return done ?? .null
    }
}

extension ConfigScalar {
    var json: JSONValue {
        switch value {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .number(let text): .number(text)
        case .string(let text): .string(text)
        }
    }
}
