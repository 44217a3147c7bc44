import ConfigFile
import JSONText
import Model
import Providers
import Routing
import Testing

@testable import Gateway

/// A deployment has one list of defaults, and its endpoints differ in what they know and how they call it.
@Suite struct EndpointDefaultsTests {
    /// The body that goes upstream without the members that every request has.
    private func sent(
        _ defaults: [(String, String)], _ body: String, _ endpoint: Endpoint, model: String = "openai/x",
        dropping: [String] = []
    ) throws -> String {
        let members = try defaults.map { JSONValue.Member($0.0, try json($0.1)) }
        let target = try target(model) {
            $0.defaults = members
            $0.additionalDropParams = dropping
        }
        let start =
            switch endpoint {
            case .chatCompletions: #""model":"m","messages":[]"#
            case .responses, .embeddings: #""model":"m","input":"a""#
            case .completions: #""model":"m","prompt":"a""#
            }
        let whole = "{\(start)\(body)}"
        let envelope = try envelope(whole, endpoint)
        var builder = UpstreamRequestBuilder(
            target: target, endpoint: envelope.endpoint, attribution: Attribution(environment: [:]))
        let built = text(builder.build(body: buffer(whole), envelope: envelope, client: nil))
        let sent = try #require(built.split(separator: "\r\n\r\n").last)
        return try json(String(sent)).objectValue?.filter {
            !["model", "messages", "input", "prompt"].contains($0.key)
        }.map { "\($0.key):\(text($0.value.serialized()))" }.joined(separator: " ") ?? ""
    }

    static let limits: [Row<(given: String, client: String, endpoint: Endpoint), String>] = [
        Row(
            "the client's newer name", ("max_tokens", "max_completion_tokens", .chatCompletions),
            "max_completion_tokens:5"),
        Row("the client's older name", ("max_completion_tokens", "max_tokens", .chatCompletions), "max_tokens:5"),
        Row("the name of Responses", ("max_output_tokens", "max_tokens", .chatCompletions), "max_tokens:5"),
        Row("none of the client's", ("max_tokens", "", .chatCompletions), "max_tokens:256"),
        Row(
            "none of the client's, newer", ("max_completion_tokens", "", .chatCompletions), "max_completion_tokens:256"),
        Row("Responses' own name in chat", ("max_output_tokens", "", .chatCompletions), "max_tokens:256"),
        Row("chat's limit for Responses", ("max_tokens", "", .responses), "max_output_tokens:256"),
        Row("chat's newer limit for Responses", ("max_completion_tokens", "", .responses), "max_output_tokens:256"),
        Row("the client's own in Responses", ("max_tokens", "max_output_tokens", .responses), "max_output_tokens:5"),
        Row("completions know the older only", ("max_completion_tokens", "", .completions), "max_tokens:256"),
        Row("the client's in completions", ("max_completion_tokens", "max_tokens", .completions), "max_tokens:5"),
        Row("embeddings have no answer to limit", ("max_tokens", "", .embeddings), ""),
        Row("nor a newer name for it", ("max_completion_tokens", "", .embeddings), ""),
        Row("nor that of Responses", ("max_output_tokens", "", .embeddings), ""),
    ]

    @Test(arguments: limits)
    func oneLimitGoesUp(_ row: Row<(given: String, client: String, endpoint: Endpoint), String>) throws {
        let (given, client, endpoint) = row.input
        let body = client.isEmpty ? "" : ",\"\(client)\":5"
        #expect(try sent([(given, "256")], body, endpoint) == row.expected)
    }

    @Test func ofSeveralDefaultsOneGoesUp() throws {
        let all = [("max_tokens", "1"), ("max_completion_tokens", "2"), ("max_output_tokens", "3")]
        #expect(try sent(all, "", .chatCompletions) == "max_completion_tokens:2")
        #expect(try sent(all, "", .responses) == "max_output_tokens:3")
        #expect(try sent(all, "", .completions) == "max_tokens:1")
        #expect(try sent(all, "", .embeddings) == "")
        #expect(try sent(all, "", .chatCompletions, model: "groq/x") == "max_tokens:2")
    }

    @Test func aLimitThatTheOperatorDropsIsNone() throws {
        #expect(try sent([("max_tokens", "1")], "", .responses, dropping: ["max_output_tokens"]) == "")
        #expect(try sent([("max_tokens", "1")], "", .responses, dropping: ["max_tokens"]) == "")
        // What the client said is gone; what the operator says instead is not.
        #expect(
            try sent([("max_completion_tokens", "1")], #","max_tokens":5"#, .chatCompletions, dropping: ["max_tokens"])
                == "max_completion_tokens:1")
    }

    static let members: [Row<(String, String), [Endpoint]>] = [
        Row("sampling", ("temperature", "0"), [.chatCompletions, .responses, .completions]),
        Row("vLLM's sampling", ("top_k", "5"), [.chatCompletions, .responses, .completions]),
        Row("chat's stop", ("stop", #"["a"]"#), [.chatCompletions, .completions]),
        Row("chat's format", ("response_format", #"{"type":"json_object"}"#), [.chatCompletions]),
        Row("chat's effort", ("reasoning_effort", #""low""#), [.chatCompletions]),
        Row("Responses' instructions", ("instructions", #""be brief""#), [.responses]),
        Row("embeddings' dimensions", ("dimensions", "256"), [.embeddings]),
        Row("completions' own", ("echo", "true"), [.completions]),
        Row("a flag of chat", ("logprobs", "true"), [.chatCompletions]),
        Row("the older API's number", ("logprobs", "3"), [.completions]),
        Row("OpenRouter's choice of providers", ("provider", #"{"sort":"price"}"#), Endpoint.allCases),
        Row("what nobody knows", ("foo", "1"), Endpoint.allCases),
        Row("the user", ("user", #""u""#), Endpoint.allCases),
        Row("chat's tools", ("tools", #"[{"type":"function","function":{"name":"f"}}]"#), [.chatCompletions]),
        Row("Responses' tools", ("tools", #"[{"type":"function","name":"f"}]"#), [.responses]),
        Row("a provider's tools", ("tools", #"[{"type":"web_search"}]"#), [.chatCompletions, .responses]),
        Row("chat's choice", ("tool_choice", #"{"type":"function","function":{"name":"f"}}"#), [.chatCompletions]),
        Row("a choice for both", ("tool_choice", #""none""#), [.chatCompletions, .responses]),
    ]

    @Test(arguments: members)
    func aDefaultGoesWhereItBelongs(_ row: Row<(String, String), [Endpoint]>) throws {
        for endpoint in Endpoint.allCases {
            let expected = row.expected.contains(endpoint) ? "\(row.input.0):\(row.input.1)" : ""
            #expect(try sent([row.input], "", endpoint) == expected, "\(endpoint)")
        }
    }

    @Test func twoNamesOfOneThingNeverMeet() throws {
        #expect(
            try sent([("reasoning_effort", #""low""#)], #","reasoning":{"effort":"high"}"#, .chatCompletions)
                == #"reasoning:{"effort":"high"}"#)
        #expect(try sent([("functions", "[]")], #","tools":[]"#, .chatCompletions) == "tools:[]")
    }

    @Test func optionsOfAStreamGoWithStreamsOnly() throws {
        let options = [("stream_options", #"{"include_usage":true}"#)]
        #expect(try sent(options, "", .chatCompletions) == "")
        #expect(
            try sent(options, #","stream":true"#, .chatCompletions)
                == #"stream:true stream_options:{"include_usage":true}"#)
        #expect(try sent(options, #","stream":true"#, .responses) == "stream:true")
    }

    @Test func aFallbacksOwnLimitTakesThePlaceOfTheRequests() throws {
        let overrides = BodyOverrides([.init(key: "max_tokens", value: Array("7".utf8))])
        let changed = overrides.applied(to: buffer(#"{"model":"m","max_completion_tokens":5,"messages":[]}"#))
        #expect(text(changed) == #"{"model":"m","messages":[],"max_tokens":7}"#)
    }
}
