import CYAML

/// One event of a YAML stream. Lines and columns are 1-based.
struct YAMLEvent: Equatable {
    enum Kind: Equatable {
        case scalar(ConfigScalar)
        case alias(String)
        case listStart
        case listEnd
        case mapStart
        case mapEnd
        case documentStart
        case documentEnd
        case streamEnd
    }

    var kind: Kind
    /// `&name`, of scalars, lists and maps.
    var anchor: String?
    /// A tag other than YAML's own types. Its name is not kept: an unquoted secret that begins with `!` would be one.
    var hasForeignTag = false
    var line: Int
    var column: Int
}

/// Why a text is not the YAML that a configuration may be. `problem` never repeats a part of the text.
struct YAMLError: Error, Equatable {
    var problem: String
    /// 1-based; 0 when it is not known.
    var line: Int
    var column: Int
}

/// libyaml's event parser over one text. Owns the C parser and a copy of the text, and is never copied.
@safe struct YAMLParser: ~Copyable {
    /// On the heap, since libyaml keeps addresses inside of it.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>

    /// - Throws: when libyaml finds no memory.
    init(_ text: [UInt8]) throws(YAMLError) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard unsafe yaml_parser_initialize(parser) == 1 else {
            unsafe parser.deallocate()
            throw YAMLError(problem: "out of memory", line: 0, column: 0)
        }
        let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.count)
        _ = unsafe input.initialize(from: text)
        unsafe yaml_parser_set_input_string(parser, input.baseAddress, input.count)
        unsafe self.parser = parser
        unsafe self.input = input
    }

    deinit {
        unsafe yaml_parser_delete(parser)
        unsafe parser.deallocate()
        unsafe input.deallocate()
    }

    /// The next event; `streamEnd` again and again after the last.
    mutating func next() throws(YAMLError) -> YAMLEvent {
        while true {
            var event = unsafe yaml_event_t()
            guard unsafe yaml_parser_parse(parser, &event) == 1 else { throw failure() }
            defer { unsafe yaml_event_delete(&event) }
            if let event = unsafe YAMLParser.translate(event) { return event }
        }
    }

    /// `nil` for the one event that says nothing, the start of the stream.
    private static func translate(_ event: yaml_event_t) -> YAMLEvent? {
        let mark = unsafe event.start_mark
        func make(
            _ kind: YAMLEvent.Kind, anchor: UnsafeMutablePointer<UInt8>? = nil, foreignTag: Bool = false
        ) -> YAMLEvent {
            unsafe YAMLEvent(
                kind: kind, anchor: anchor.map { unsafe String(cString: $0) }, hasForeignTag: foreignTag,
                line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1)
        }
        switch unsafe event.type {
        case YAML_SCALAR_EVENT:
            let scalar = unsafe event.data.scalar
            let bytes = unsafe UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let tag = unsafe Tag(scalar.tag)
            let isPlain = unsafe scalar.style == YAML_PLAIN_SCALAR_STYLE && tag != .text
            return unsafe make(
                .scalar(ConfigScalar(text: String(decoding: bytes, as: UTF8.self), isPlain: isPlain)),
                anchor: scalar.anchor, foreignTag: tag == .foreign)
        case YAML_ALIAS_EVENT:
            return make(.alias(unsafe event.data.alias.anchor.map { unsafe String(cString: $0) } ?? ""))
        case YAML_SEQUENCE_START_EVENT:
            let start = unsafe event.data.sequence_start
            return unsafe make(.listStart, anchor: start.anchor, foreignTag: Tag(start.tag) == .foreign)
        case YAML_MAPPING_START_EVENT:
            let start = unsafe event.data.mapping_start
            return unsafe make(.mapStart, anchor: start.anchor, foreignTag: Tag(start.tag) == .foreign)
        case YAML_SEQUENCE_END_EVENT: return make(.listEnd)
        case YAML_MAPPING_END_EVENT: return make(.mapEnd)
        case YAML_DOCUMENT_START_EVENT: return make(.documentStart)
        case YAML_DOCUMENT_END_EVENT: return make(.documentEnd)
        case YAML_STREAM_START_EVENT: return nil
        default: return make(.streamEnd)
        }
    }

    private enum Tag {
        case none
        /// `!!str`, or the bare `!`: the text stays a text.
        case text
        /// Another one of YAML's own types, such as `!!map`: what the node looks like decides.
        case known
        case foreign

        init(_ tag: UnsafeMutablePointer<UInt8>?) {
            guard let tag = unsafe tag else {
                self = .none
                return
            }
            let name = unsafe String(cString: tag)
            if name == "!" || name == "tag:yaml.org,2002:str" {
                self = .text
            } else {
                self = name.hasPrefix("tag:yaml.org,2002:") ? .known : .foreign
            }
        }
    }

    private func failure() -> YAMLError {
        let state = unsafe parser.pointee
        // libyaml's own constant texts; none of them quotes its input.
        var problem = unsafe state.problem.map { unsafe String(cString: $0) } ?? "cannot be read as YAML"
        if let context = unsafe state.context.map({ unsafe String(cString: $0) }) { problem += " \(context)" }
        guard unsafe state.error != YAML_READER_ERROR else {
            return YAMLError(problem: problem, line: 0, column: 0)
        }
        return unsafe YAMLError(
            problem: problem, line: Int(clamping: state.problem_mark.line) + 1,
            column: Int(clamping: state.problem_mark.column) + 1)
    }
}
