internal import JSONText
internal import Model

/// What of a request's body a canned answer keeps to. Value; absent and malformed members count as not sent, since the
/// one who wrote the answer wanted it given.
struct CannedRequest {
    private var members: [String: JSONValue] = [:]
    /// Of `input`: how many tokens each text of an embeddings request has, and its hash.
    private(set) var inputs: [Input] = []
    /// Of `prompt`: how many answers a text completion has for each choice.
    private(set) var prompts = 1

    struct Input {
        let hash: UInt64
        let tokens: Int
    }

    static let names = MemberNames(
        "input", "prompt", "n", "stop", "max_tokens", "max_completion_tokens", "max_output_tokens", "tools",
        "tool_choice",
        "functions", "function_call", "response_format", "text", "instructions", "metadata", "temperature", "top_p",
        "parallel_tool_calls", "previous_response_id", "reasoning", "store", "truncation", "user", "background",
        "service_tier", "safety_identifier", "prompt_cache_key", "max_tool_calls", "top_logprobs", "presence_penalty",
        "frequency_penalty", "dimensions", "encoding_format", "echo")
    /// A member that is longer counts as not sent; together they bound what an answer repeats.
    private static let longestMember = 256 << 10
    /// OpenAI takes as many texts at a time.
    static let mostInputs = 2048

    init(_ scan: ObjectScan, of body: Span<UInt8>, endpoint: Endpoint) {
        for index in 2..<CannedRequest.names.count {
            guard let range = scan[index], range.count <= CannedRequest.longestMember,
                let value = try? JSONValue.parse(body.extracting(range)), !value.isNull
            else { continue }
            members[String(decoding: CannedRequest.names.bytes(of: index), as: UTF8.self)] = value
        }
        if endpoint == .embeddings, let range = scan[0] { inputs = CannedRequest.inputs(range, in: body) }
        if endpoint == .completions, let range = scan[1] { prompts = CannedRequest.prompts(range, in: body) }
    }

    subscript(name: String) -> JSONValue? { members[name] }

    /// Answers that are wished for.
    var choices: Int { min(max(members["n"]?.intValue ?? 1, 1), 128) }

    /// Where a text ends.
    var stops: [String] {
        switch members["stop"] {
        case .string(let text)?: text.isEmpty ? [] : [text]
        case .array(let texts)?: texts.compactMap(\.stringValue).filter { !$0.isEmpty }
        default: []
        }
    }

    /// At least 1; `nil` without one.
    var mostTokens: Int? {
        let names = ["max_output_tokens", "max_completion_tokens", "max_tokens"]
        return names.lazy.compactMap { members[$0]?.intValue }.first.map { max(1, $0) }
    }

    /// The schema of the JSON that is wished for; an empty one when any object will do.
    var schema: JSONValue? {
        let format = members["response_format"] ?? members["text"]?["format"]
        switch format?["type"]?.stringValue {
        case "json_object": return .object([])
        case "json_schema": return format?["json_schema"]?["schema"] ?? format?["schema"] ?? .object([])
        default: return nil
        }
    }

    // MARK: tools

    struct Tool {
        enum Kind {
            case function
            /// Of `functions`, which came before `tools`.
            case legacy
            case custom
        }

        let kind: Kind
        let name: String
        let parameters: JSONValue
    }

    /// The tool that the request insists on. Whoever leaves the choice to the model gets its text.
    var demandedTool: Tool? {
        if let call = members["function_call"], let name = call["name"]?.stringValue {
            let function = members["functions"]?.arrayValue?.first { $0["name"]?.stringValue == name }
            return function.map { Tool(kind: .legacy, name: name, parameters: $0["parameters"] ?? .object([])) }
        }
        let tools = (members["tools"]?.arrayValue ?? []).compactMap(CannedRequest.tool)
        guard let choice = members["tool_choice"] else { return nil }
        if choice.stringValue == "required" { return tools.first }
        if choice["type"]?.stringValue == "allowed_tools" {
            let allowed = choice["allowed_tools"] ?? choice
            guard allowed["mode"]?.stringValue == "required" else { return nil }
            let names = (allowed["tools"]?.arrayValue ?? []).compactMap { CannedRequest.name(of: $0) }
            return tools.first { names.contains($0.name) }
        }
        guard let name = CannedRequest.name(of: choice) else { return nil }
        return tools.first { $0.name == name }
    }

    /// Chat nests what Responses has flat.
    private static func name(of tool: JSONValue) -> String? {
        (tool["function"]?["name"] ?? tool["custom"]?["name"] ?? tool["name"])?.stringValue
    }

    private static func tool(_ value: JSONValue) -> Tool? {
        guard let name = name(of: value) else { return nil }
        switch value["type"]?.stringValue {
        case "function":
            let function = value["function"] ?? value
            return Tool(kind: .function, name: name, parameters: function["parameters"] ?? .object([]))
        case "custom": return Tool(kind: .custom, name: name, parameters: .null)
        default: return nil
        }
    }

    // MARK: inputs

    private static func inputs(_ range: Range<Int>, in body: Span<UInt8>) -> [Input] {
        guard jsonKind(of: range, in: body) == .array else { return [input(range, in: body)] }
        var elements = JSONElements(range, in: body)
        var inputs: [Input] = []
        while inputs.count <= mostInputs, let element = elements.next() {
            // A list of numbers is one text in tokens.
            if jsonKind(of: element, in: body) == .number { return [input(range, in: body)] }
            inputs.append(input(element, in: body))
        }
        return inputs
    }

    /// FNV-1a over the text as it is written.
    private static func input(_ range: Range<Int>, in body: Span<UInt8>) -> Input {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        var commas = 0
        for index in range {
            hash = (hash ^ UInt64(body[index])) &* 0x100_0000_01B3
            if body[index] == UInt8(ascii: ",") { commas += 1 }
        }
        let isText = jsonKind(of: range, in: body) == .string
        return Input(hash: hash, tokens: isText ? max(1, (range.count + 1) / 4) : commas + 1)
    }

    private static func prompts(_ range: Range<Int>, in body: Span<UInt8>) -> Int {
        guard jsonKind(of: range, in: body) == .array else { return 1 }
        var elements = JSONElements(range, in: body)
        var count = 0
        while count < 128, let element = elements.next() {
            if jsonKind(of: element, in: body) == .number { return 1 }
            count += 1
        }
        return max(1, count)
    }
}
