import Model

/// One file's tree.
struct ComposedFile {
    /// `nil` when the file holds nothing but comments.
    var root: ConfigNode?
    /// Without secrets, as every issue.
    var warnings: [ConfigIssue] = []
}

/// What one file may hold. Anybody's configuration stays far below; an "alias bomb" does not.
enum YAMLLimits {
    static let fileBytes = 8 << 20
    /// Lists and maps inside each other, aliases counted with what they stand for.
    static let depth = 64
    /// Values, keys left out. An alias counts as much as what it stands for.
    static let nodes = 200_000
}

/// Events → tree. Keeps its own stack: how deep a file is nested decides about no call depth.
struct YAMLComposer {
    /// A finished node with what it weighs once its aliases are replaced.
    private struct Weighed {
        var node: ConfigNode
        var count: Int
        /// 0 for a scalar.
        var height: Int
    }

    /// A list or a map whose end has not come yet.
    private struct Frame {
        enum Key {
            case name(String, ConfigMark)
            case merge
        }

        var isMap: Bool
        var anchor: String?
        var mark: ConfigMark
        var items: [ConfigNode] = []
        var entries: [ConfigNode.Entry] = []
        var places = KeyPlaces()
        /// What `<<` names, the strongest last.
        var merged: [[ConfigNode.Entry]] = []
        var key: Key?
        var count = 1
        var height = 1

        var wantsKey: Bool {
            if isMap, case nil = key { true } else { false }
        }

        mutating func add(_ weighed: Weighed) {
            count += weighed.count
            height = max(height, weighed.height + 1)
        }

        /// The line of the entry that it replaces, if there is one.
        mutating func set(_ entry: ConfigNode.Entry) -> Int? {
            guard let place = places.place(of: entry.key, among: entries) else {
                entries.append(entry)
                places.grown(to: entries)
                return nil
            }
            defer { entries[place] = entry }
            return entries[place].mark.line
        }
    }

    private let file: String
    private var stack: [Frame] = []
    /// Texts that need memory of their own, of which entries repeat many: keys, bases, names of groups.
    private var texts: Set<String> = []
    private var anchors: [Name: Weighed] = [:]
    private var total = 0
    private var warnings: [ConfigIssue] = []

    private init(file: String) {
        self.file = file
    }

    /// - Throws: `YAMLError` for what is no YAML, for a second document and for what goes beyond ``YAMLLimits``.
    static func compose(_ text: [UInt8], file: String) throws(YAMLError) -> ComposedFile {
        guard text.count <= YAMLLimits.fileBytes else {
            throw YAMLError(problem: "the file is larger than \(YAMLLimits.fileBytes >> 20) MiB", line: 0, column: 0)
        }
        var composer = YAMLComposer(file: file)
        var parser = try YAMLParser(text)
        var root: ConfigNode?
        var documents = 0
        while true {
            let event = try parser.next()
            switch event.kind {
            case .streamEnd:
                return ComposedFile(root: root, warnings: composer.warnings)
            case .documentStart:
                documents += 1
                guard documents == 1 else {
                    throw event.error("a file holds one document; this `---` begins a second one")
                }
            case .documentEnd:
                break
            default:
                root = try composer.take(event) ?? root
            }
        }
    }

    /// - Returns: the root, once it is whole.
    private mutating func take(_ event: YAMLEvent) throws(YAMLError) -> ConfigNode? {
        let mark = ConfigMark(file: file, line: event.line, column: event.column)
        if event.hasForeignTag {
            warn(mark, "a tag (`!…`) has no meaning here; put a text that begins with `!` in quotes")
        }
        switch event.kind {
        case .scalar(let scalar):
            let node = ConfigNode(.scalar(shared(scalar)), mark: mark)
            return try finish(Weighed(node: node, count: 1, height: 0), anchor: event.anchor, at: event)
        case .alias(let name):
            guard let target = anchors[Name(name)] else {
                throw event.error("an alias (`*…`) without its anchor; put a text that begins with `*` in quotes")
            }
            return try finish(target, anchor: nil, at: event)
        case .listStart, .mapStart:
            guard stack.count < YAMLLimits.depth else { throw event.tooDeep }
            // An anchor names what comes; until it is whole, an older one of the same name means nothing any more.
            if let anchor = event.anchor { anchors[Name(anchor)] = nil }
            stack.append(Frame(isMap: event.kind == .mapStart, anchor: event.anchor, mark: mark))
            return nil
        case .listEnd, .mapEnd:
            guard let frame = stack.popLast() else { throw event.error("an end without a beginning") }
            let content: ConfigNode.Content = frame.isMap ? .map(YAMLComposer.merge(frame)) : .list(frame.items)
            let node = ConfigNode(content, mark: frame.mark)
            return try finish(
                Weighed(node: node, count: frame.count, height: frame.height), anchor: frame.anchor, at: event)
        case .documentStart, .documentEnd, .streamEnd:
            return nil
        }
    }

    private mutating func finish(
        _ weighed: Weighed, anchor: String?, at event: YAMLEvent
    ) throws(YAMLError) -> ConfigNode? {
        if let anchor { anchors[Name(anchor)] = weighed }
        // A list or a map was counted while it grew; what is new is itself.
        if case .alias = event.kind {
            total += weighed.count
        } else if stack.last?.wantsKey != true {
            total += 1
        }
        guard total <= YAMLLimits.nodes else {
            throw event.error("more than \(YAMLLimits.nodes) values, aliases counted with what they stand for")
        }
        guard stack.count + weighed.height <= YAMLLimits.depth else { throw event.tooDeep }
        guard let last = stack.indices.last else { return weighed.node }
        guard stack[last].isMap else {
            stack[last].add(weighed)
            stack[last].items.append(weighed.node)
            return nil
        }
        switch stack[last].key {
        case nil:
            guard case .scalar(let key) = weighed.node.content else {
                throw event.error("a key is a single value, neither a list nor a map")
            }
            let isMerge = key.isPlain && key.text == "<<"
            let mark = ConfigMark(file: file, line: event.line, column: event.column)
            stack[last].key = isMerge ? .merge : .name(key.text, mark)
        case .merge:
            stack[last].key = nil
            stack[last].add(weighed)
            stack[last].merged += try YAMLComposer.sources(weighed.node, at: event)
        case .name(let key, let mark):
            stack[last].key = nil
            stack[last].add(weighed)
            if let first = stack[last].set(ConfigNode.Entry(key: key, mark: mark, value: weighed.node)) {
                warn(mark, "is there twice, first in line \(first); the last one counts", key: key)
            }
        }
        return nil
    }

    /// The maps that the value of `<<` stands for, the strongest last: in a list, the first wins.
    private static func sources(_ node: ConfigNode, at event: YAMLEvent) throws(YAMLError) -> [[ConfigNode.Entry]] {
        let nodes: [ConfigNode] = if case .list(let items) = node.content { items.reversed() } else { [node] }
        var sources: [[ConfigNode.Entry]] = []
        for node in nodes {
            guard case .map(let entries) = node.content else {
                throw event.error("`<<` wants a map or a list of maps")
            }
            sources.append(entries)
        }
        return sources
    }

    /// The map's own entries win over merged ones.
    private static func merge(_ frame: Frame) -> [ConfigNode.Entry] {
        guard !frame.merged.isEmpty else { return frame.entries }
        var result: [ConfigNode.Entry] = []
        var positions: [Name: Int] = [:]
        for entries in frame.merged + [frame.entries] {
            for entry in entries {
                if let position = positions[Name(entry.key)] {
                    result[position] = entry
                } else {
                    positions[Name(entry.key)] = result.count
                    result.append(entry)
                }
            }
        }
        return result
    }

    /// The same scalar with the memory of an equal one that was there before. Fifteen bytes need none; beyond ASCII, equal
    /// texts need not have the same bytes.
    private mutating func shared(_ scalar: ConfigScalar) -> ConfigScalar {
        guard (16...256).contains(scalar.text.utf8.count), scalar.text.utf8.allSatisfy({ $0 < 0x80 }) else {
            return scalar
        }
        return ConfigScalar(text: texts.insert(scalar.text).memberAfterInsert, isPlain: scalar.isPlain)
    }

    private mutating func warn(_ mark: ConfigMark, _ message: String, key: String? = nil) {
        var path = ""
        for frame in stack {
            if frame.isMap {
                if case .name(let key, _) = frame.key { path = joined(path, key) }
            } else {
                path += "[\(frame.items.count)]"
            }
        }
        if let key { path = joined(path, key) }
        warnings.append(
            ConfigIssue(.warning, ConfigLocation(path: path, file: mark.file, line: mark.line), message))
    }
}

extension YAMLEvent {
    fileprivate func error(_ problem: String) -> YAMLError {
        YAMLError(problem: problem, line: line, column: column)
    }

    fileprivate var tooDeep: YAMLError {
        error("more than \(YAMLLimits.depth) lists and maps inside each other")
    }
}

/// `model_list[0]` and `model_name`: `model_list[0].model_name`.
func joined(_ path: String, _ key: String) -> String {
    path.isEmpty ? key : "\(path).\(key)"
}
