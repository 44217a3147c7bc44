import EventLoop
import Model
import Testing

@testable import Gateway

@Suite struct WholeAnswerAsStreamTests {
    static func stream(
        _ answer: String, _ endpoint: Endpoint = .chatCompletions, wantsUsage: Bool = false, pieceLength: Int? = nil
    ) throws -> String {
        let member =
            switch endpoint {
            case .chatCompletions: #""messages":[]"#
            case .completions: #""prompt":"a""#
            default: #""input":"a""#
            }
        let usage = wantsUsage ? #","stream_options":{"include_usage":true}"# : ""
        let envelope = try envelope(#"{"model":"mine",\#(member),"stream":true\#(usage)}"#, endpoint)
        var out = ByteBuffer()
        let content = buffer(answer)
        var stream = try WholeAnswerAsStream(content, envelope: envelope, provider: "p", pieceLength: pieceLength)
        while stream.append(upTo: out.count + 7, of: content, to: &out) {}
        #expect(out.count == stream.size)
        return text(out)
    }

    static let frame = #""id":"g","object":"chat.completion.chunk","created":1,"model":"mine""#

    static func chunk(_ choices: String, _ more: String = "") -> String {
        #"{\#(frame),"choices":[\#(choices)]\#(more)}"#
    }

    static func answer(_ choices: String, _ more: String = "") -> String {
        #"{"id":"g","object":"chat.completion","created":1,"model":"x","choices":[\#(choices)]\#(more)}"#
    }

    static let usage = #","usage":{"prompt_tokens":5}"#

    @Test func aMessageIsOneDelta() throws {
        let answer = Self.answer(
            #"{"index":0,"message":{"role":"assistant","content":"Hé","reasoning":"x"},"finish_reason":"length"}"#,
            Self.usage)
        let chunks = [
            Self.chunk(
                #"{"index":0,"delta":{"role":"assistant","content":"Hé","reasoning":"x"},"finish_reason":null}"#),
            Self.chunk(#"{"index":0,"delta":{},"finish_reason":"length"}"#),
        ]
        #expect(
            try Self.stream(answer)
                == events(
                    chunks[0], Self.chunk(#"{"index":0,"delta":{},"finish_reason":"length"}"#, Self.usage), "[DONE]"))
        #expect(
            try Self.stream(answer, wantsUsage: true)
                == events(chunks[0], chunks[1], Self.chunk("", Self.usage), "[DONE]"))
    }

    @Test func callsOfToolsGetTheirIndex() throws {
        let answer = Self.answer(
            #"{"message":{"content":null,"tool_calls":[{"id":"a"},{"index":5,"id":"b"},{}]},"finish_reason":"tool_calls"}"#
        )
        #expect(
            try Self.stream(answer)
                == events(
                    Self.chunk(
                        #"{"index":0,"delta":{"content":null,"tool_calls":[{"index":0,"id":"a"},{"index":5,"id":"b"},{}]},"finish_reason":null}"#
                    ), Self.chunk(#"{"index":0,"delta":{},"finish_reason":"tool_calls"}"#), "[DONE]"))
    }

    @Test func everyChoiceHasItsOwnChunks() throws {
        let answer = Self.answer(
            #"{"index":1,"message":{"content":"a"},"finish_reason":"stop","logprobs":{"content":[]}},{"index":0,"message":{"content":"b"}}"#
        )
        #expect(
            try Self.stream(answer)
                == events(
                    Self.chunk(#"{"index":1,"delta":{"content":"a"},"logprobs":{"content":[]},"finish_reason":null}"#),
                    Self.chunk(#"{"index":1,"delta":{},"finish_reason":"stop"}"#),
                    Self.chunk(#"{"index":0,"delta":{"content":"b"},"finish_reason":null}"#),
                    Self.chunk(#"{"index":0,"delta":{},"finish_reason":null}"#), "[DONE]"))
    }

    @Test func aCompletionKeepsItsObject() throws {
        let answer =
            #"{"object":"text_completion","model":"x","choices":[{"text":"ab","index":0,"logprobs":null,"finish_reason":"stop"}]}"#
        func chunk(_ choice: String) -> String {
            #"{"object":"text_completion","model":"mine","choices":[\#(choice)]}"#
        }
        #expect(
            try Self.stream(answer, .completions)
                == events(
                    chunk(#"{"index":0,"text":"ab","finish_reason":null}"#),
                    chunk(#"{"index":0,"text":"","finish_reason":"stop"}"#), "[DONE]"))
    }

    @Test func aCannedTextComesInPieces() throws {
        let answer = Self.answer(
            #"{"index":0,"message":{"role":"assistant","content":"ab\"é😀!"},"finish_reason":"stop"}"#)
        #expect(
            try Self.stream(answer, pieceLength: 3)
                == events(
                    Self.chunk(#"{"index":0,"delta":{"role":"assistant","content":"ab\""},"finish_reason":null}"#),
                    Self.chunk(#"{"index":0,"delta":{"content":"é😀!"},"finish_reason":null}"#),
                    Self.chunk(#"{"index":0,"delta":{},"finish_reason":"stop"}"#), "[DONE]"))
        let empty = Self.answer(#"{"index":0,"message":{"role":"assistant","content":""},"finish_reason":"stop"}"#)
        #expect(
            try Self.stream(empty, pieceLength: 3)
                == events(
                    Self.chunk(#"{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}"#),
                    Self.chunk(#"{"index":0,"delta":{},"finish_reason":"stop"}"#), "[DONE]"))
    }

    /// What is written is what the rewriter of streams takes for a complete stream.
    @Test func isAStreamOfItsOwnDialect() throws {
        let answer = Self.answer(
            #"{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}"#, Self.usage)
        let wire = try Self.stream(answer, wantsUsage: true)
        let again = relayAtEveryCut(
            wire, ChatStreamRewriter(model: Array(#""mine""#.utf8), wantsUsage: true, provider: "p"))
        #expect(again == Relayed(out: wire, isCommitted: true, usage: Usage(promptTokens: 5)))
    }

    // MARK: bounds

    /// Answers whose stream would be a product of two of their parts, for so many of each.
    static let products: [Row<(endpoint: Endpoint, answer: @Sendable (Int) -> String), Void>] = [
        Row(
            "members times choices",
            (
                .chatCompletions,
                { count in
                    let members = (0..<count).map { #""x\#($0)":1,"# }.joined()
                    let choices = Array(repeating: #"{"message":{"content":"a"}}"#, count: count).joined(separator: ",")
                    return "{\(members)\"choices\":[\(choices)]}"
                }
            ), ()),
        Row(
            "a long id times choices",
            (
                .completions,
                { count in
                    let choices = Array(repeating: #"{"text":"a"}"#, count: count).joined(separator: ",")
                    return #"{"id":"\#(String(repeating: "i", count: count * 8))","choices":[\#(choices)]}"#
                }
            ), ()),
        Row(
            "an item's id times its parts",
            (
                .responses,
                { count in
                    let parts = Array(repeating: #"{"type":"output_text","text":"a"}"#, count: count).joined(
                        separator: ",")
                    let id = String(repeating: "i", count: count * 8)
                    return #"{"output":[{"type":"message","id":"\#(id)","content":[\#(parts)]}]}"#
                }
            ), ()),
        Row(
            "an item's id times its summary",
            (
                .responses,
                { count in
                    let parts = Array(repeating: #"{"text":"a"}"#, count: count).joined(separator: ",")
                    let id = String(repeating: "i", count: count * 8)
                    return #"{"output":[{"type":"reasoning","id":"\#(id)","summary":[\#(parts)]}]}"#
                }
            ), ()),
    ]

    @Test(arguments: products)
    func aProductIsRefusedBeforeItsFirstByte(_ row: Row<(endpoint: Endpoint, answer: @Sendable (Int) -> String), Void>)
        throws
    {
        #expect(throws: Never.self) { try Self.stream(row.input.answer(20), row.input.endpoint) }
        #expect {
            _ = try Self.stream(row.input.answer(4000), row.input.endpoint)
        } throws: {
            ($0 as? UpstreamFailure)?.cause == .tooLarge
        }
        // Whatever is taken is bounded by what came.
        for count in [100, 200, 400] {
            let answer = row.input.answer(count)
            guard let out = try? Self.stream(answer, row.input.endpoint) else { continue }
            #expect(out.utf8.count <= WholeAnswerAsStream.mostBytes(of: answer.utf8.count))
        }
    }

    @Test func theModelIsWrittenOnceInEachChunk() throws {
        let models = String(repeating: #""model":1,"object":2,"#, count: 1000)
        let wire = try Self.stream(#"{\#(models)"choices":[{"message":{"content":"a"}}]}"#)
        #expect(wire.split(separator: #""mine""#, omittingEmptySubsequences: false).count == 3)
        let events = try Self.stream(#"{\#(models)"output":[]}"#, .responses)
        #expect(events.split(separator: #""mine""#, omittingEmptySubsequences: false).count == 4)
    }

    @Test func aPieceIsLongWhenThereWouldBeVeryMany() {
        #expect(WholeAnswerAsStream.pieces(of: "abcd", length: 3) == ["abc", "d"])
        let long = WholeAnswerAsStream.pieces(of: String(repeating: "a", count: 100_000), length: 3)
        #expect(long.count == 10_000 && long.joined().utf8.count == 100_000)
    }

    // MARK: responses

    static func event(_ number: Int, _ type: String, _ members: String) -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\",\"sequence_number\":\(number),\(members)}\n\n"
    }

    static func response(_ output: String, status: String = "completed", more: String = #","usage":{"input_tokens":1}"#)
        -> String
    {
        #"{"id":"r","model":"mine","status":"\#(status)","output":[\#(output)]\#(more)}"#
    }

    /// The events of one output, by the answer that has it.
    static let outputs: [Row<(item: String, added: String), [(String, String)]>] = [
        Row(
            "a message",
            (
                #"{"id":"m1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hé\n!","annotations":[1]},{"type":"refusal","refusal":"No"},{"type":"new","a":1}]}"#,
                #"{"id":"m1","type":"message","status":"in_progress","role":"assistant","content":[]}"#
            ),
            [
                (
                    "response.content_part.added",
                    #""item_id":"m1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}"#
                ),
                (
                    "response.output_text.delta",
                    #""item_id":"m1","output_index":0,"content_index":0,"delta":"Hé\n","logprobs":[]"#
                ),
                (
                    "response.output_text.delta",
                    #""item_id":"m1","output_index":0,"content_index":0,"delta":"!","logprobs":[]"#
                ),
                (
                    "response.output_text.done",
                    #""item_id":"m1","output_index":0,"content_index":0,"text":"Hé\n!","logprobs":[]"#
                ),
                (
                    "response.content_part.done",
                    #""item_id":"m1","output_index":0,"content_index":0,"part":{"type":"output_text","text":"Hé\n!","annotations":[1]}"#
                ),
                (
                    "response.content_part.added",
                    #""item_id":"m1","output_index":0,"content_index":1,"part":{"type":"refusal","refusal":""}"#
                ),
                ("response.refusal.delta", #""item_id":"m1","output_index":0,"content_index":1,"delta":"No""#),
                ("response.refusal.done", #""item_id":"m1","output_index":0,"content_index":1,"refusal":"No""#),
                (
                    "response.content_part.done",
                    #""item_id":"m1","output_index":0,"content_index":1,"part":{"type":"refusal","refusal":"No"}"#
                ),
                (
                    "response.content_part.added",
                    #""item_id":"m1","output_index":0,"content_index":2,"part":{"type":"new","a":1}"#
                ),
                (
                    "response.content_part.done",
                    #""item_id":"m1","output_index":0,"content_index":2,"part":{"type":"new","a":1}"#
                ),
            ]),
        Row(
            "an empty text",
            (
                #"{"type":"message","content":[{"type":"output_text","text":""}]}"#,
                #"{"type":"message","content":[]}"#
            ),
            [
                (
                    "response.content_part.added",
                    #""item_id":"item_0","output_index":0,"content_index":0,"part":{"type":"output_text","text":"","annotations":[]}"#
                ),
                (
                    "response.output_text.done",
                    #""item_id":"item_0","output_index":0,"content_index":0,"text":"","logprobs":[]"#
                ),
                (
                    "response.content_part.done",
                    #""item_id":"item_0","output_index":0,"content_index":0,"part":{"type":"output_text","text":""}"#
                ),
            ]),
        Row(
            "a call",
            (
                #"{"id":"f1","type":"function_call","status":"completed","call_id":"c","name":"f","arguments":"{\"a\":1}"}"#,
                #"{"id":"f1","type":"function_call","status":"in_progress","call_id":"c","name":"f","arguments":""}"#
            ),
            [
                (
                    "response.function_call_arguments.delta",
                    #""item_id":"f1","output_index":0,"delta":"{\"a\":1}""#
                ),
                (
                    "response.function_call_arguments.done",
                    #""item_id":"f1","output_index":0,"name":"f","arguments":"{\"a\":1}""#
                ),
            ]),
        Row(
            "a custom call",
            (
                #"{"id":"f1","type":"custom_tool_call","name":"f","input":"x"}"#,
                #"{"id":"f1","type":"custom_tool_call","name":"f","input":""}"#
            ),
            [
                ("response.custom_tool_call_input.delta", #""item_id":"f1","output_index":0,"delta":"x""#),
                ("response.custom_tool_call_input.done", #""item_id":"f1","output_index":0,"input":"x""#),
            ]),
        Row(
            "reasoning",
            (
                #"{"id":"r1","type":"reasoning","summary":[{"type":"summary_text","text":"Hm"}]}"#,
                #"{"id":"r1","type":"reasoning","summary":[]}"#
            ),
            [
                (
                    "response.reasoning_summary_part.added",
                    #""item_id":"r1","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":""}"#
                ),
                (
                    "response.reasoning_summary_text.delta",
                    #""item_id":"r1","output_index":0,"summary_index":0,"delta":"Hm""#
                ),
                (
                    "response.reasoning_summary_text.done",
                    #""item_id":"r1","output_index":0,"summary_index":0,"text":"Hm""#
                ),
                (
                    "response.reasoning_summary_part.done",
                    #""item_id":"r1","output_index":0,"summary_index":0,"part":{"type":"summary_text","text":"Hm"}"#
                ),
            ]),
        Row(
            "anything else",
            (
                #"{"id":"w","type":"web_search_call","status":"completed"}"#,
                #"{"id":"w","type":"web_search_call","status":"completed"}"#
            ), []),
    ]

    @Test(arguments: outputs)
    func anItemIsOpenedFilledAndClosed(_ row: Row<(item: String, added: String), [(String, String)]>) throws {
        let begun = Self.response("", status: "in_progress", more: #","usage":null"#)
        var all = [
            ("response.created", #""response":\#(begun)"#), ("response.in_progress", #""response":\#(begun)"#),
            ("response.output_item.added", #""output_index":0,"item":\#(row.input.added)"#),
        ]
        all += row.expected
        all.append(("response.output_item.done", #""output_index":0,"item":\#(row.input.item)"#))
        all.append(("response.completed", #""response":\#(Self.response(row.input.item))"#))
        let expected = all.enumerated().map { Self.event($0.offset, $0.element.0, $0.element.1) }.joined()
        let answer = Self.response(row.input.item).replacing("mine", with: "theirs")
        #expect(try Self.stream(answer, .responses, pieceLength: 3) == expected)
    }

    @Test func anIncompleteResponseSaysSo() throws {
        let wire = try Self.stream(#"{"status":"incomplete","output":[]}"#, .responses)
        #expect(
            wire.hasSuffix(Self.event(2, "response.incomplete", #""response":{"status":"incomplete","output":[]}"#)))
    }

    @Test func anythingThatWasAcceptedIsSurvived() throws {
        for answer in [
            #"{"output":[null,1,"a",[],{}]}"#, #"{"object":"response"}"#, #"{"output":[{"type":"message"}]}"#,
            #"{"output":[{"type":"message","content":[null,{"type":"output_text"}]}]}"#,
            #"{"output":[{"type":"function_call"},{"type":"reasoning","summary":"x"}]}"#,
        ] {
            let wire = try Self.stream(answer, .responses)
            for line in wire.split(separator: "\n") where line.hasPrefix("data: ") {
                _ = try json(String(line.dropFirst(6)))
            }
            #expect(wire.contains("event: response.completed\n"))
        }
        for answer in [
            #"{"choices":[{}]}"#, #"{"choices":[{"message":null,"index":"x"}]}"#,
            #"{"choices":[{"message":{"tool_calls":[null,1]}}]}"#,
        ] {
            #expect(try Self.stream(answer).hasSuffix("data: [DONE]\n\n"))
        }
    }
}
