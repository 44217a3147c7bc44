import TestSupport
import Testing

extension Config {
    static let canned = """
        model_list:
          - {model_name: demo, litellm_params: {model: openai/demo, mock_response: Hello from nobody. And more.}}
          - {model_name: limited, litellm_params: {model: openai/demo, mock_response: litellm.RateLimitError}}
          - {model_name: broken, litellm_params: {model: openai/demo, mock_response: litellm.InternalServerError}}
          - {model_name: odd, litellm_params: {model: openai/demo, mock_response: {a: 1}}}
          - {model_name: pair, litellm_params: {model: openai/demo, mock_response: litellm.RateLimitError, order: 1}}
          - {model_name: pair, litellm_params: {model: openai/other, mock_response: Hi, order: 2}}
        router_settings:
          num_retries: 3
          disable_cooldowns: true
        """
}

/// `mock_response` answers as a model does: with every member of the schema, and as the request wants it.
@Suite(.serialized, .gateway(Config.canned, masterKey: nil)) struct CannedAnswers {
    private func chatAnswer(_ more: String) throws -> TestJSON {
        let answer = try stack().post("/v1/chat/completions", chat("demo", more), key: nil)
        try #require(answer.status == 200, "\(answer.text)")
        return try #require(answer.json)
    }

    private static let schema = """
        {"type":"object","properties":{"name":{"type":"string","maxLength":5},"age":{"type":"integer","minimum":18},\
        "tags":{"type":"array","items":{"$ref":"#/$defs/tag"},"minItems":2}},"required":["name","age","tags"],\
        "$defs":{"tag":{"type":"string","enum":["red","blue"]}}}
        """
    private static let fitting = #"{"name":"Hello","age":18,"tags":["red","red"]}"#

    @Test func chatHasEveryMember() throws {
        let json = try chatAnswer("")
        #expect(
            json.names == [
                "id", "object", "created", "model", "choices", "usage", "service_tier", "system_fingerprint",
            ])
        #expect(json["id"]?.string?.hasPrefix("chatcmpl-") == true)
        let choice = json["choices"]?[0]
        #expect(choice?.names == ["index", "message", "logprobs", "finish_reason"])
        #expect(
            choice?["message"]
                == TestJSON(
                    #"{"role":"assistant","content":"Hello from nobody. And more.","refusal":null,"annotations":[]}"#))
        #expect(choice?["finish_reason"]?.string == "stop")
        #expect(json["usage"]?["completion_tokens_details"]?["reasoning_tokens"]?.int == 0)
    }

    @Test func theRequestsWishesAreKept() throws {
        let some = try chatAnswer(",\"n\":3,\"stop\":[\" And\"]")
        #expect(some["choices"]?.array?.count == 3)
        #expect(some["choices"]?[2]?["index"]?.int == 2)
        #expect(some["choices"]?[2]?["message"]?["content"]?.string == "Hello from nobody.")
        for limit in ["max_tokens", "max_completion_tokens"] {
            let cut = try chatAnswer(",\"\(limit)\":2")
            #expect(cut["choices"]?[0]?["finish_reason"]?.string == "length")
            #expect(cut["choices"]?[0]?["message"]?["content"]?.string == "Hello from")
            #expect(cut["usage"]?["completion_tokens"]?.int == 2)
        }
        let format = ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"n\",\"schema\":"
        let fitting = try chatAnswer(format + Self.schema + "}}")
        #expect(fitting["choices"]?[0]?["message"]?["content"]?.string == Self.fitting)
        let object = try chatAnswer(",\"response_format\":{\"type\":\"json_object\"}")
        #expect(
            object["choices"]?[0]?["message"]?["content"]?.string == #"{"message":"Hello from nobody. And more."}"#)
    }

    @Test func aDemandedToolIsCalled() throws {
        let tools = """
            ,"tools":[{"type":"function","function":{"name":"other"}},{"type":"function","function":{"name":"f","parameters":\(Self.schema)}}]
            """
        let named = #","tool_choice":{"type":"function","function":{"name":"f"}}"#
        let choice = try chatAnswer(tools + named)["choices"]?[0]
        #expect(choice?["finish_reason"]?.string == "tool_calls")
        #expect(choice?["message"]?["content"] == TestJSON("null"))
        let call = choice?["message"]?["tool_calls"]?[0]
        #expect(call?["type"]?.string == "function")
        #expect(call?["function"]?["name"]?.string == "f")
        #expect(call?["function"]?["arguments"]?.string == Self.fitting)
        let any = try chatAnswer(tools + ",\"tool_choice\":\"required\"")
        #expect(any["choices"]?[0]?["message"]?["tool_calls"]?[0]?["function"]?["name"]?.string == "other")
        let free = try chatAnswer(tools)
        #expect(free["choices"]?[0]?["message"]?["content"]?.string == "Hello from nobody. And more.")
        let response = try stack().post(
            "/v1/responses",
            responses("demo", #","tools":[{"type":"function","name":"g","parameters":{}}],"tool_choice":"required""#),
            key: nil)
        #expect(response.json?["output"]?[0]?["type"]?.string == "function_call")
        #expect(response.json?["output"]?[0]?["arguments"]?.string == "{}")
    }

    @Test func aResponseHasEveryMember() throws {
        let json = try #require(
            try stack().post(
                "/v1/responses",
                responses("demo", #","max_output_tokens":1,"instructions":"Be brief","metadata":{"a":"b"}"#), key: nil
            ).json)
        let members = [
            "id", "object", "created_at", "completed_at", "status", "error", "incomplete_details", "model", "output",
            "background", "instructions", "max_output_tokens", "max_tool_calls", "parallel_tool_calls",
            "previous_response_id", "prompt_cache_key", "safety_identifier", "service_tier", "store", "temperature",
            "tool_choice", "top_logprobs", "top_p", "presence_penalty", "frequency_penalty", "truncation", "user",
            "metadata", "reasoning", "text", "tools", "usage",
        ]
        #expect(json.names == members)
        #expect(json["status"]?.string == "incomplete")
        #expect(json["incomplete_details"]?["reason"]?.string == "max_output_tokens")
        #expect(json["output"]?[0]?["content"]?[0]?["text"]?.string == "Hello")
        #expect(json["instructions"]?.string == "Be brief")
        #expect(json["metadata"]?["a"]?.string == "b")
        #expect(json["usage"]?["input_tokens_details"]?["cache_write_tokens"]?.int == 0)
    }

    @Test func aStreamOfAResponseIsWhole() throws {
        let events = try stack().post("/v1/responses", responses("demo", ",\"stream\":true"), key: nil).events
        let names = events.compactMap(\.name)
        #expect(
            Array(names.prefix(4)) == [
                "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
            ])
        #expect(
            Array(names.suffix(4)) == [
                "response.output_text.done", "response.content_part.done", "response.output_item.done",
                "response.completed",
            ])
        #expect(events.filter { $0.name != nil }.map { $0.json?["sequence_number"]?.int } == names.indices.map { $0 })
        #expect(outputText(events) == "Hello from nobody. And more.")
    }

    @Test func embeddingsAreVectorsOfLengthOne() throws {
        func embed(_ more: String) throws -> TestResponse {
            try stack().post("/v1/embeddings", "{\"model\":\"demo\"\(more)}", key: nil)
        }
        let plain = try embed(",\"input\":[\"a\",\"b\",\"a\"],\"dimensions\":3")
        let data = try #require(plain.json?["data"]?.array)
        #expect(data.map { $0["index"]?.int } == [0, 1, 2])
        #expect(data[0]["embedding"] == data[2]["embedding"])
        #expect(data[0]["embedding"] != data[1]["embedding"])
        let squares = (data[0]["embedding"]?.array ?? []).compactMap { $0.double }.map { $0 * $0 }
        #expect(squares.count == 3)
        #expect(abs(squares.reduce(0, +) - 1) < 1e-6)
        #expect(try embed(",\"input\":\"a\"").json?["data"]?[0]?["embedding"]?.array?.count == 1536)
        let base64 = try embed(",\"input\":\"a\",\"dimensions\":4,\"encoding_format\":\"base64\"")
        #expect(base64.json?["data"]?[0]?["embedding"]?.string?.utf8.count == 24)
        for wrong in [",\"input\":\"a\",\"dimensions\":0", ",\"input\":[]", ",\"input\":\"a\",\"dimensions\":5000"] {
            #expect(try embed(wrong).status == 400, "\(wrong)")
        }
    }

    @Test func completionsAnswerEachPrompt() throws {
        let answer = try stack().post("/v1/completions", #"{"model":"demo","prompt":["a","b"],"n":2}"#, key: nil)
        #expect(answer.json?["object"]?.string == "text_completion")
        #expect(answer.json?["choices"]?.array?.count == 4)
        #expect(answer.json?["choices"]?[3]?["text"]?.string == "Hello from nobody. And more.")
        #expect(answer.json?["choices"]?[3]?["logprobs"] == TestJSON("null"))
    }

    @Test(arguments: [("limited", 429), ("broken", 500), ("odd", 502)])
    func noCannedAnswerIsRetried(_ model: String, _ status: Int) throws {
        let answer = try stack().post("/v1/chat/completions", chat(model), key: nil)
        #expect(answer.status == status)
        #expect(answer.field("x-litellm-attempted-retries") == "0")
    }

    @Test func anotherDeploymentIsAskedInstead() throws {
        let answer = try stack().post("/v1/chat/completions", chat("pair"), key: nil)
        #expect(answer.status == 200)
        #expect(answer.field("x-penstock-route")?.contains("openai:429") == true)
    }
}
