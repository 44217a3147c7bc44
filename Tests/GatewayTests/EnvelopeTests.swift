import Model
import Testing

@testable import Gateway

@Suite struct EnvelopeTests {
    /// Body and endpoint, then `param: message` of the refusal.
    static let refusals: [Row<(String, Endpoint), (String?, String)>] = [
        Row(
            "empty", ("", .chatCompletions),
            (
                nil,
                "The request body is not valid JSON: it is empty; send a JSON object with at least 'model'."
            )),
        Row(
            "blank", (" \n", .chatCompletions),
            (nil, "The request body is not valid JSON: the text is empty.")),
        Row(
            "array", ("[]", .chatCompletions),
            (nil, "The request body is not valid JSON: expected an object at byte 0.")),
        Row(
            "cut", (#"{"model":"m""#, .chatCompletions),
            (nil, "The request body is not valid JSON: unexpected end at byte 12.")),
        Row(
            "trailing", (#"{"model":"m","messages":[]}x"#, .chatCompletions),
            (nil, "The request body is not valid JSON: unexpected text after the value at byte 27.")),
        Row(
            "no model", (#"{"messages":[]}"#, .chatCompletions),
            ("model", "Missing required parameter: 'model'. GET /v1/models lists what there is.")),
        Row(
            "model null", (#"{"model":null,"messages":[]}"#, .chatCompletions),
            ("model", "'model' must be a string, not null.")),
        Row(
            "model number", (#"{"model":4,"messages":[]}"#, .chatCompletions),
            ("model", "'model' must be a string, not a number.")),
        Row(
            "model array", (#"{"model":["m"],"messages":[]}"#, .chatCompletions),
            ("model", "'model' must be a string, not an array.")),
        Row(
            "model empty", (#"{"model":"","messages":[]}"#, .chatCompletions),
            ("model", "'model' must not be empty; GET /v1/models lists what there is.")),
        Row(
            "the last model counts", (#"{"model":"m","messages":[],"model":{}}"#, .chatCompletions),
            ("model", "'model' must be a string, not an object.")),
        Row(
            "no messages", (#"{"model":"m"}"#, .chatCompletions),
            (
                "messages",
                "Missing required parameter: 'messages'. "
                    + #"Send an array of messages such as {"role":"user","content":"Hello"}."#
            )),
        Row(
            "messages text", (#"{"model":"m","messages":"hi"}"#, .chatCompletions),
            ("messages", "'messages' must be an array of messages, not a string.")),
        Row(
            "messages null", (#"{"model":"m","messages":null}"#, .chatCompletions),
            ("messages", "'messages' must be an array of messages, not null.")),
        Row(
            "messages object", (#"{"model":"m","messages":{}}"#, .chatCompletions),
            ("messages", "'messages' must be an array of messages, not an object.")),
        Row(
            "no input", (#"{"model":"m"}"#, .responses),
            ("input", "Missing required parameter: 'input'. Send a string or an array of input items.")),
        Row(
            "input null", (#"{"model":"m","input":null}"#, .responses),
            ("input", "Missing required parameter: 'input'. Send a string or an array of input items.")),
        Row(
            "input number", (#"{"model":"m","input":1}"#, .responses),
            ("input", "'input' must be a string or an array of input items, not a number.")),
        Row(
            "input object", (#"{"model":"m","input":{}}"#, .responses),
            ("input", "'input' must be a string or an array of input items, not an object.")),
        Row(
            "no prompt", (#"{"model":"m"}"#, .completions),
            ("prompt", "Missing required parameter: 'prompt'. Send a string or an array of strings.")),
        Row(
            "prompt null", (#"{"model":"m","prompt":null}"#, .completions),
            ("prompt", "Missing required parameter: 'prompt'. Send a string or an array of strings.")),
        Row(
            "nothing to embed", (#"{"model":"m"}"#, .embeddings),
            ("input", "Missing required parameter: 'input'. Send a string or an array of strings.")),
        Row(
            "stream text", (#"{"model":"m","messages":[],"stream":"true"}"#, .chatCompletions),
            ("stream", "'stream' must be true or false, not a string.")),
        Row(
            "stream number", (#"{"model":"m","messages":[],"stream":1}"#, .chatCompletions),
            ("stream", "'stream' must be true or false, not a number.")),
        Row(
            "a stream of embeddings", (#"{"model":"m","input":"a","stream":true}"#, .embeddings),
            ("stream", "'stream' is not possible for /embeddings.")),
        Row(
            "api_base", (#"{"model":"m","messages":[],"api_base":"http://x"}"#, .chatCompletions),
            (
                "api_base",
                "'api_base' cannot be set by a request; it comes from the gateway's configuration."
            )),
        Row(
            "base_url", (#"{"model":"m","messages":[],"base_url":"http://x"}"#, .chatCompletions),
            (
                "base_url",
                "'base_url' cannot be set by a request; it comes from the gateway's configuration."
            )),
        Row(
            "api_key in escapes", (#"{"model":"m","messages":[],"\u0061pi_key":"k"}"#, .chatCompletions),
            ("api_key", "'api_key' cannot be set by a request; it comes from the gateway's configuration.")),
    ]

    @Test(arguments: refusals)
    func refuses(_ row: Row<(String, Endpoint), (String?, String)>) throws {
        do throws(GatewayError) {
            _ = try envelope(row.input.0, row.input.1)
            Issue.record("it was taken")
        } catch {
            #expect(error.outcome.status == 400)
            #expect(error.outcome.type == "invalid_request_error")
            #expect(error.outcome.param == row.expected.0)
            #expect(error.outcome.message == row.expected.1)
        }
    }

    struct Found: Equatable, Sendable {
        var endpoint = Endpoint.chatCompletions
        var model = "m"
        var isStream = false
        var wantsUsage = false
    }

    static let taken: [Row<(String, Endpoint, String?), Found>] = [
        Row("plain", (#"{"model":"m","messages":[]}"#, .chatCompletions, nil), Found()),
        Row("spaced", (" {\n\"model\" : \"m\" ,\t\"messages\" : [ ] } ", .chatCompletions, nil), Found()),
        Row("an escaped key", (#"{"\u006dodel":"m","messag\u0065s":[]}"#, .chatCompletions, nil), Found()),
        Row("an escaped name", (#"{"model":"a\/\u00e9","messages":[]}"#, .chatCompletions, nil), Found(model: "a/é")),
        Row("the last model", (#"{"model":"x","messages":[],"model":"m"}"#, .chatCompletions, nil), Found()),
        Row(
            "a model within is another's",
            (#"{"metadata":{"model":"x"},"messages":[{"model":"y"}],"model":"m"}"#, .chatCompletions, nil), Found()),
        Row("the path's model", (#"{"messages":[]}"#, .chatCompletions, "p/q"), Found(model: "p/q")),
        Row("null gives way to the path", (#"{"model":null,"messages":[]}"#, .chatCompletions, "p"), Found(model: "p")),
        Row("the body's wins", (#"{"model":"m","messages":[]}"#, .chatCompletions, "p"), Found()),
        Row("prompt on chat", (#"{"model":"m","prompt":"a"}"#, .chatCompletions, nil), Found()),
        Row(
            "a responses body on the chat path", (#"{"model":"m","input":"a"}"#, .chatCompletions, nil),
            Found(endpoint: .responses)),
        Row(
            "messages win over input", (#"{"model":"m","input":"a","messages":[]}"#, .chatCompletions, nil), Found()),
        Row(
            "messages null give way", (#"{"model":"m","input":"a","messages":null}"#, .chatCompletions, nil),
            Found(endpoint: .responses)),
        Row("input text", (#"{"model":"m","input":"a"}"#, .responses, nil), Found(endpoint: .responses)),
        Row("input items", (#"{"model":"m","input":[]}"#, .responses, nil), Found(endpoint: .responses)),
        Row(
            "a stored prompt", (#"{"model":"m","prompt":{"id":"pmpt_1"}}"#, .responses, nil),
            Found(endpoint: .responses)),
        Row(
            "a response to go on with", (#"{"model":"m","previous_response_id":"r"}"#, .responses, nil),
            Found(endpoint: .responses)),
        Row(
            "a conversation", (#"{"model":"m","conversation":"c","input":null}"#, .responses, nil),
            Found(endpoint: .responses)),
        Row("prompts", (#"{"model":"m","prompt":["a"]}"#, .completions, nil), Found(endpoint: .completions)),
        Row("tokens to embed", (#"{"model":"m","input":[1,2]}"#, .embeddings, nil), Found(endpoint: .embeddings)),
        Row(
            "embeddings that say stream false", (#"{"model":"m","input":"a","stream":false}"#, .embeddings, nil),
            Found(endpoint: .embeddings)),
        Row("stream", (#"{"model":"m","messages":[],"stream":true}"#, .chatCompletions, nil), Found(isStream: true)),
        Row("no stream", (#"{"model":"m","messages":[],"stream":false}"#, .chatCompletions, nil), Found()),
        Row("stream null", (#"{"model":"m","messages":[],"stream":null}"#, .chatCompletions, nil), Found()),
        Row(
            "the last stream", (#"{"stream":false,"model":"m","messages":[],"stream":true}"#, .chatCompletions, nil),
            Found(isStream: true)),
        Row(
            "usage asked for",
            (
                #"{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":true}}"#, .chatCompletions,
                nil
            ),
            Found(isStream: true, wantsUsage: true)),
        Row(
            "usage refused",
            (
                #"{"model":"m","messages":[],"stream":true,"stream_options":{"include_usage":false}}"#,
                .chatCompletions, nil
            ),
            Found(isStream: true)),
        Row(
            "options without it",
            (#"{"model":"m","messages":[],"stream":true,"stream_options":{"x":true}}"#, .chatCompletions, nil),
            Found(isStream: true)),
        Row(
            "options that are none",
            (#"{"model":"m","messages":[],"stream":true,"stream_options":[true]}"#, .chatCompletions, nil),
            Found(isStream: true)),
        Row(
            "usage in OpenRouter's form",
            (#"{"model":"m","messages":[],"stream":true,"usage":{"include":true}}"#, .chatCompletions, nil),
            Found(isStream: true, wantsUsage: true)),
        Row(
            "nested too deep to be it",
            (#"{"model":"m","messages":[],"usage":{"x":{"include":true}}}"#, .chatCompletions, nil), Found()),
    ]

    @Test(arguments: taken)
    func reads(_ row: Row<(String, Endpoint, String?), Found>) throws {
        let found = try envelope(row.input.0, row.input.1, pathModel: row.input.2)
        #expect(
            Found(
                endpoint: found.endpoint, model: found.model, isStream: found.isStream,
                wantsUsage: found.wantsUsageChunk) == row.expected)
    }

    /// No prefix of a body is a body.
    @Test func refusesEveryCut() {
        let body = #"{"model":"m","messages":[{"role":"user","content":"hé \u00e9"}],"stream":true}"#
        for count in 0..<body.utf8.count {
            let cut = String(decoding: Array(body.utf8.prefix(count)), as: UTF8.self)
            #expect(throws: GatewayError.self, "\(count)") { _ = try envelope(cut) }
        }
    }
}
