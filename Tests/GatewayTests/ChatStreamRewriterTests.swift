import EventLoop
import HTTPWire
import JSONText
import Model
import Testing

@testable import Gateway

@Suite struct ChatStreamRewriterTests {
    static func rewriter(wantsUsage: Bool = false) -> ChatStreamRewriter {
        ChatStreamRewriter(model: Array(#""mine""#.utf8), wantsUsage: wantsUsage, provider: "p")
    }

    // As OpenRouter sends them, `theirs` and `ours` by turns.
    static func chunk(
        _ model: String, _ delta: String, finish: String = "null", more: String = "", index: Int = 0
    ) -> String {
        #"{"id":"g","model":"\#(model)","choices":[{"index":\#(index),"delta":\#(delta),"finish_reason":\#(finish)}]\#(more)}"#
    }

    static let usageText = #"{"prompt_tokens":5,"completion_tokens":2,"total_tokens":7,"cost":0.5}"#
    static let usage = Usage(promptTokens: 5, completionTokens: 2, totalTokens: 7, cost: 0.5)
    static let role = #"{"role":"assistant","content":""}"#
    static let hel = #"{"content":"Hel"}"#
    static let lo = #"{"content":"lo é"}"#

    /// A stream up to its finish, under either name for the model.
    static func body(_ model: String) -> String {
        events(
            chunk(model, role), chunk(model, hel), chunk(model, lo), chunk(model, role, finish: #""stop""#))
    }

    static let done = "data: [DONE]\n\n"

    struct Case: Sendable {
        let input: String
        var wantsUsage = false
        let expected: Relayed
    }

    private static func complete(_ out: String, usage: Usage? = nil) -> Relayed {
        Relayed(out: out, isCommitted: true, usage: usage)
    }

    static let emptyUsage = #"{"id":"g","model":"M","choices":[],"usage":\#(usageText)}"#
    static func usageEvent(_ model: String) -> String {
        events(#"{"id":"g","model":"\#(model)","choices":[],"usage":\#(usageText)}"#)
    }

    static let table: [Row<Case, Void>] = [
        Row("plain", Case(input: body("x") + done, expected: complete(body("mine") + done)), ()),
        Row("no [DONE]", Case(input: body("x"), expected: complete(body("mine") + done)), ()),
        Row(
            "no blank line at the end",
            Case(input: String(body("x").dropLast()), expected: complete(body("mine") + done)),
            ()),
        Row(
            "[DONE] without its blank line",
            Case(input: body("x") + "data: [DONE]", expected: complete(body("mine") + done)), ()),
        Row(
            "bytes after [DONE]",
            Case(input: body("x") + done + body("x") + "rubbish", expected: complete(body("mine") + done)), ()),
        Row(
            "CRLF",
            Case(input: (body("x") + done).replacing("\n", with: "\r\n"), expected: complete(body("mine") + done)),
            ()),
        Row(
            "CR", Case(input: (body("x") + done).replacing("\n", with: "\r"), expected: complete(body("mine") + done)),
            ()),
        Row(
            "no blank behind the colon",
            Case(input: (body("x") + done).replacing("data: ", with: "data:"), expected: complete(body("mine") + done)),
            ()),
        Row(
            "a byte order mark", Case(input: "\u{FEFF}" + body("x") + done, expected: complete(body("mine") + done)), ()
        ),
        Row(
            "comments, ids and retries",
            Case(
                input: ": OPENROUTER PROCESSING\n\n" + body("x").replacing("data:", with: "id: 1\nretry: 5\ndata:")
                    + ": ping\n\n" + done, expected: complete(body("mine") + done)), ()),
        Row(
            "several data lines",
            Case(
                input: events(chunk("x", role)).replacing(",", with: ",\ndata: ") + body("x") + done,
                expected: complete(events(chunk("mine", role)).replacing(",", with: ", ") + body("mine") + done)), ()),
        Row("empty data", Case(input: "data:\n\n" + body("x") + done, expected: complete(body("mine") + done)), ()),
        Row(
            "no model",
            Case(
                input: events(#"{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}"#),
                expected: complete(events(#"{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}"#) + done)),
            ()),
        Row(
            "spelling stays",
            Case(
                input: events(
                    #" { "m\u006fdel" : "x", "choices":[ {"delta":{"content":"\u00e9\/"},"n":1.50E+2,"finish_reason":"stop"} ] } "#
                ),
                expected: complete(
                    events(
                        #" { "m\u006fdel" : "mine", "choices":[ {"delta":{"content":"\u00e9\/"},"n":1.50E+2,"finish_reason":"stop"} ] } "#
                    ) + done)), ()),
        // Usage in its three shapes.
        Row(
            "usage with an empty choice",
            Case(
                input: body("x") + events(chunk("x", role, more: #","usage":\#(usageText)"#)) + done,
                expected: complete(
                    String(body("mine").dropLast(3)) + #","usage":\#(usageText)}"# + "\n\n" + done, usage: usage)), ()),
        Row(
            "usage with an empty choice, wanted",
            Case(
                input: body("x") + events(chunk("x", role, more: #","usage":\#(usageText)"#)) + done, wantsUsage: true,
                expected: complete(body("mine") + usageEvent("mine") + done, usage: usage)), ()),
        Row(
            "usage without a choice",
            Case(input: body("x") + usageEvent("x") + done, expected: complete(body("mine") + done, usage: usage)), ()),
        Row(
            "usage without a choice, wanted",
            Case(
                input: body("x") + usageEvent("x") + done, wantsUsage: true,
                expected: complete(body("mine") + usageEvent("mine") + done, usage: usage)), ()),
        Row(
            "usage that repeats the finish",
            Case(
                input: body("x") + events(chunk("x", role, finish: #""stop""#, more: #","usage":\#(usageText)"#))
                    + done,
                expected: complete(
                    String(body("mine").dropLast(3)) + #","usage":\#(usageText)}"# + "\n\n" + done, usage: usage)), ()),
        Row(
            "usage that repeats the finish, wanted",
            Case(
                input: body("x") + events(chunk("x", role, finish: #""stop""#, more: #","usage":\#(usageText)"#))
                    + done,
                wantsUsage: true, expected: complete(body("mine") + usageEvent("mine") + done, usage: usage)), ()),
        Row(
            "usage with the finish",
            Case(
                input: events(chunk("x", hel), chunk("x", "{}", finish: #""length""#, more: #","usage":\#(usageText)"#))
                    + done,
                expected: complete(
                    events(
                        chunk("mine", hel), chunk("mine", "{}", finish: #""length""#, more: #","usage":\#(usageText)"#))
                        + done, usage: usage)), ()),
        Row(
            "usage with the finish, wanted",
            Case(
                input: events(chunk("x", hel), chunk("x", "{}", finish: #""length""#, more: #","usage":\#(usageText)"#))
                    + done, wantsUsage: true,
                expected: complete(
                    events(chunk("mine", hel), chunk("mine", "{}", finish: #""length""#)) + usageEvent("mine") + done,
                    usage: usage)), ()),
        Row(
            "usage with the last content",
            Case(
                input: events(chunk("x", hel, finish: #""stop""#, more: #","usage":\#(usageText)"#)) + done,
                expected: complete(
                    events(chunk("mine", hel, finish: #""stop""#, more: #","usage":\#(usageText)"#)) + done,
                    usage: usage)),
            ()),
        Row(
            "usage null on every chunk",
            Case(
                input: events(
                    chunk("x", hel, more: #","usage":null"#),
                    chunk("x", "{}", finish: #""stop""#, more: #","usage":null"#))
                    + done,
                expected: complete(
                    events(
                        chunk("mine", hel, more: #","usage":null"#),
                        chunk("mine", "{}", finish: #""stop""#, more: #","usage":null"#)) + done)), ()),
        Row(
            "usage on every chunk, the role's too",
            Case(
                input: events(
                    chunk("x", role, more: #","usage":{"prompt_tokens":5}"#),
                    chunk("x", hel, more: #","usage":{"prompt_tokens":5}"#),
                    chunk("x", "{}", finish: #""stop""#, more: #","usage":\#(usageText)"#)) + done, wantsUsage: true,
                expected: complete(
                    events(
                        chunk("mine", role, more: #","usage":{"prompt_tokens":5}"#),
                        chunk("mine", hel, more: #","usage":{"prompt_tokens":5}"#),
                        chunk("mine", "{}", finish: #""stop""#)) + usageEvent("mine") + done, usage: usage)), ()),
        // Several choices.
        Row(
            "two choices",
            Case(
                input: events(
                    chunk("x", hel), chunk("x", lo, index: 1), chunk("x", "{}", finish: #""stop""#),
                    chunk("x", "{}", finish: #""length""#, more: #","usage":\#(usageText)"#, index: 1)) + done,
                expected: complete(
                    events(
                        chunk("mine", hel), chunk("mine", lo, index: 1), chunk("mine", "{}", finish: #""stop""#),
                        chunk("mine", "{}", finish: #""length""#, more: #","usage":\#(usageText)"#, index: 1)) + done,
                    usage: usage)), ()),
        // What the gateway's own wish for usage changes.
        Row(
            "timings on the usage chunk",
            Case(
                input: body("x") + events(#"{"id":"g","choices":[],"usage":\#(usageText),"timings":{"n":1},"x":null}"#)
                    + done,
                expected: complete(
                    String(body("mine").dropLast(3)) + #","timings":{"n":1}}"# + "\n\n" + done, usage: usage)), ()),
        Row(
            "what the finish has already",
            Case(
                input: events(chunk("x", hel, finish: #""stop""#, more: #","service_tier":"a""#))
                    + events(#"{"choices":[],"usage":\#(usageText),"service_tier":"b","y":1}"#) + done,
                expected: complete(
                    events(chunk("mine", hel, finish: #""stop""#, more: #","service_tier":"a","y":1"#)) + done,
                    usage: usage)), ()),
        Row(
            "timings, and usage wanted",
            Case(
                input: body("x") + events(#"{"choices":[],"usage":\#(usageText),"timings":{"n":1}}"#) + done,
                wantsUsage: true,
                expected: complete(
                    body("mine") + events(#"{"choices":[],"usage":\#(usageText),"timings":{"n":1}}"#) + done,
                    usage: usage)),
            ()),
        // No finish in spite of a text.
        Row(
            "an empty finish on every chunk",
            Case(
                input: events(chunk("x", hel, finish: #""""#), chunk("x", lo, finish: #""null""#)) + done,
                expected: complete(
                    events(chunk("mine", hel, finish: #""""#), chunk("mine", lo, finish: #""null""#)) + done)), ()),
        Row(
            "usage on every chunk with an empty finish, wanted",
            Case(
                input: events(
                    chunk("x", role, finish: #""""#, more: #","usage":\#(usageText)"#),
                    chunk("x", hel, finish: #""stop""#)) + done, wantsUsage: true,
                expected: complete(
                    events(
                        chunk("mine", role, finish: #""""#, more: #","usage":\#(usageText)"#),
                        chunk("mine", hel, finish: #""stop""#)) + done, usage: usage)), ()),
        // The mark of the end, as servers write it.
        Row(
            "blanks around [DONE]",
            Case(input: body("x") + "data:   [DONE] \t\n\n", expected: complete(body("mine") + done)), ()),
        Row(
            "[DONE] in quotes",
            Case(input: body("x") + "data: \"[DONE]\"\n\n", expected: complete(body("mine") + done)), ()),
        Row(
            "half a surrogate pair in either of two chunks",
            Case(
                input: events(
                    chunk("x", #"{"content":"\ud83d"}"#), chunk("x", #"{"content":"\ude00"}"#),
                    chunk("x", "{}", finish: #""stop""#)) + done,
                expected: complete(
                    events(
                        chunk("mine", #"{"content":"\ud83d"}"#), chunk("mine", #"{"content":"\ude00"}"#),
                        chunk("mine", "{}", finish: #""stop""#)) + done)), ()),
        Row(
            "an error that is none",
            Case(
                input: events(
                    chunk("x", hel, more: #","error":{}"#), chunk("x", "{}", finish: #""stop""#, more: #","error":"""#))
                    + done,
                expected: complete(
                    events(
                        chunk("mine", hel, more: #","error":{}"#),
                        chunk("mine", "{}", finish: #""stop""#, more: #","error":"""#)) + done)), ()),
        // Content in other shapes.
        Row(
            "a tool call",
            Case(
                input: events(
                    chunk(
                        "x",
                        #"{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":""}}]}"#
                    ),
                    chunk("x", #"{"tool_calls":[{"index":0,"function":{"arguments":"{\"model\":\"x\"}"}}]}"#),
                    chunk("x", "{}", finish: #""tool_calls""#)) + done,
                expected: complete(
                    events(
                        chunk(
                            "mine",
                            #"{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":""}}]}"#
                        ),
                        chunk("mine", #"{"tool_calls":[{"index":0,"function":{"arguments":"{\"model\":\"x\"}"}}]}"#),
                        chunk("mine", "{}", finish: #""tool_calls""#)) + done)), ()),
        Row(
            "reasoning",
            Case(
                input: events(
                    chunk(
                        "x",
                        #"{"role":"assistant","content":"","reasoning":"Hm","reasoning_details":[{"type":"reasoning.text"}]}"#
                    ), chunk("x", "{}", finish: #""stop""#)),
                expected: complete(
                    events(
                        chunk(
                            "mine",
                            #"{"role":"assistant","content":"","reasoning":"Hm","reasoning_details":[{"type":"reasoning.text"}]}"#
                        ), chunk("mine", "{}", finish: #""stop""#)) + done)), ()),
        Row(
            "a completion's text",
            Case(
                input: events(#"{"model":"x","choices":[{"index":0,"text":"a","finish_reason":"stop"}]}"#) + done,
                expected: complete(
                    events(#"{"model":"mine","choices":[{"index":0,"text":"a","finish_reason":"stop"}]}"#) + done)), ()),
        Row(
            "nothing but a finish",
            Case(
                input: events(chunk("x", "{}", finish: #""content_filter""#)) + done,
                expected: complete(events(chunk("mine", "{}", finish: #""content_filter""#)) + done)), ()),
        Row(
            "a filter's chunk without choices",
            Case(
                input: events(#"{"model":"","choices":[],"prompt_filter_results":[]}"#) + body("x") + done,
                expected: complete(
                    events(#"{"model":"mine","choices":[],"prompt_filter_results":[]}"#) + body("mine") + done)), ()),
        Row(
            "an event of a router that is no error",
            Case(
                input: events(#"{"type":"status","description":"searching"}"#) + body("x") + done,
                expected: complete(events(#"{"type":"status","description":"searching"}"#) + body("mine") + done)), ()),
        Row(
            "[done]", Case(input: body("x") + "data: [done]\n\n", expected: complete(body("mine") + done)), ()),
        Row(
            "error null",
            Case(
                input: events(chunk("x", hel, finish: #""stop""#, more: #","error":null"#)),
                expected: complete(events(chunk("mine", hel, finish: #""stop""#, more: #","error":null"#)) + done)), ()),
    ]

    @Test(arguments: table)
    func rewrites(_ row: Row<Case, Void>) {
        #expect(relayAtEveryCut(row.input.input, Self.rewriter(wantsUsage: row.input.wantsUsage)) == row.input.expected)
    }

    // MARK: failures

    /// What the upstream sends instead of going on, then status and message.
    static let failures: [Row<String, (Int, String)>] = [
        Row(
            "as documented",
            #"{"id":"g","error":{"code":502,"message":"Provider disconnected","metadata":{"error_type":"provider_unavailable"}},"choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}"#,
            (502, "Provider disconnected")),
        Row("a word for a code", #"{"error":{"code":"server_error","message":"m"},"choices":[]}"#, (502, "m")),
        Row("no choices", #"{"error":{"code":429,"message":"m"}}"#, (429, "m")),
        Row("a text", #"{"error":"it broke"}"#, (502, "it broke")),
        Row("in a choice", #"{"choices":[{"error":{"code":503,"message":"m"},"delta":{}}]}"#, (503, "m")),
        Row(
            "a finish alone", #"{"choices":[{"delta":{"content":""},"finish_reason":"error"}]}"#,
            (502, "p broke the answer off (finish_reason 'error').")),
        Row(
            "the provider's own word",
            #"{"choices":[{"delta":{},"finish_reason":"stop","native_finish_reason":"network_error"}]}"#,
            (502, "p broke the answer off (finish_reason 'error').")),
        Row(
            "the provider's own word alone",
            #"{"choices":[{"delta":{},"finish_reason":null,"native_finish_reason":"error"}]}"#,
            (502, "p broke the answer off (finish_reason 'error').")),
        Row(
            "the server gave it up", #"{"choices":[{"delta":{},"finish_reason":"abort"}]}"#,
            (502, "p broke the answer off (finish_reason 'abort').")),
        Row(
            "DeepSeek's word for it", #"{"choices":[{"text":"","finish_reason":"insufficient_system_resource"}]}"#,
            (502, "p broke the answer off (finish_reason 'insufficient_system_resource').")),
        Row("flat", #"{"object":"error","message":"m","type":"BadRequestError","param":null,"code":400}"#, (400, "m")),
        Row("a detail", #"{"detail":"m"}"#, (502, "m")),
        Row("no line of data", "\n\n{\"error\":{\n\"code\":429,\n\"message\":\"m\"}}", (429, "m")),
        Row("a code and a message", #"{"code":"429","message":"m"}"#, (429, "m")),
        Row("a list", #"[{"error":{"code":400,"message":"m"}}]"#, (400, "m")),
        Row("a status with words", #"{"status":"429 Too Many Requests","title":"m"}"#, (429, "m")),
        Row("a status alone", #"{"error":429}"#, (429, "p reported an error without a message.")),
        Row("no JSON", #"{"choices":[{"#, (502, "p sent a stream event that is not valid JSON.")),
        Row("HTML", "<html>", (502, "p sent a stream event that is not valid JSON.")),
        Row("null", "null", (502, "p sent a stream event that is not valid JSON.")),
    ]

    @Test(arguments: failures)
    func beforeContentIsAStatus(_ row: Row<String, (Int, String)>) {
        let result = relayAtEveryCut(
            ": ping\n\n" + events(Self.chunk("x", Self.role), row.input) + Self.done, Self.rewriter())
        #expect(!result.isCommitted)
        #expect(result.status == row.expected.0)
        #expect(result.failure == row.expected.1)
    }

    @Test(arguments: failures)
    func afterContentIsAnEventAndTheEnd(_ row: Row<String, (Int, String)>) throws {
        let result = relayAtEveryCut(
            events(Self.chunk("x", Self.hel), row.input, Self.chunk("x", Self.lo)) + Self.done, Self.rewriter())
        let before = events(Self.chunk("mine", Self.hel))
        #expect(result.isCommitted)
        #expect(result.out.hasPrefix(before + #"data: {"error":{"#))
        #expect(result.out.hasSuffix(#""request_id":"r"}}"# + "\n\n"))
        #expect(!result.out.contains("[DONE]") && !result.out.contains("lo é"))
        let event = try json(String(result.out.dropFirst(before.count + 6)))
        #expect(event["error"]?["message"]?.stringValue == row.expected.1)
    }

    static let cuts: [Row<String, String>] = [
        Row("nothing at all", "", "p closed the connection in the middle of its answer."),
        Row("comments alone", ": ping\n\n", "p closed the connection in the middle of its answer."),
        Row("[DONE] alone", done, "p sent a stream without a single chunk."),
        Row("a role alone", events(chunk("x", role)), "p closed the connection in the middle of its answer."),
        Row("a role and [DONE]", events(chunk("x", role)) + done, "p sent a stream without content."),
        Row(
            "content with an empty finish", events(chunk("x", hel, finish: #""""#)),
            "p closed the connection in the middle of its answer."),
        Row(
            "a finish that says null",
            events(chunk("x", hel, finish: #""null""#), chunk("x", "{}", finish: #"" None""#)),
            "p closed the connection in the middle of its answer."),
        Row(
            "a legacy text with an empty finish", events(#"{"choices":[{"text":"a","finish_reason":""}]}"#),
            "p closed the connection in the middle of its answer."),
        Row(
            "content without a finish", events(chunk("x", hel)),
            "p closed the connection in the middle of its answer."),
        Row(
            "one of two choices without a finish",
            events(
                #"{"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"a"}}]}"#,
                #"{"choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}"#),
            "p closed the connection in the middle of its answer."),
        Row(
            "an event cut", events(chunk("x", hel)) + String(events(chunk("x", lo)).dropLast(12)),
            "p closed the connection in the middle of its answer."),
    ]

    @Test(arguments: cuts)
    func anEndThatIsNoneIsAFailure(_ row: Row<String, String>) {
        let result = relayAtEveryCut(row.input, Self.rewriter())
        #expect(result.failure == row.expected)
        #expect(!result.out.contains("[DONE]"))
    }

    @Test func anEventOfThatNameIsAnErrorWhateverItsData() {
        for (data, message, status) in [
            (#"{"error":{"code":429,"message":"m"}}"#, "m", 429), (#"{"choices":[],"message":"m"}"#, "m", 502),
            ("it broke", "it broke", 502), ("", "p reported an error without a message.", 502),
        ] {
            let result = relayAtEveryCut(
                events(Self.chunk("x", Self.role)) + "event: error\ndata: \(data)\n\n" + Self.done, Self.rewriter())
            #expect(result.failure == message && result.status == status && !result.isCommitted)
        }
    }

    @Test func namesWhoAnswers() {
        var rewriter = Self.rewriter()
        let input = buffer(
            events(
                #"{"model":"","choices":[]}"#,
                #"{"model":"a/b","provider":"P q","choices":[{"delta":{"content":"a"}}]}"#,
                #"{"model":"c","provider":"d","choices":[{"delta":{"content":"a"}}]}"#))
        var parser = EventStreamParser()
        var position = 0
        var out = ByteBuffer()
        while let event = try? parser.next(input.bytes, from: &position) {
            _ = rewriter.rewrite(event, of: input, into: &out)
        }
        #expect(text(rewriter.answerer.model) == #""a/b""#)
        #expect(text(rewriter.answerer.provider) == #""P q""#)
    }

    /// Wherever a stream is cut, its text so far is there and no ending is made up.
    @Test func everyCutBeforeTheFinishIsVisible() {
        let whole = Array((Self.body("x") + Self.done).utf8)
        let finish = Array(events(Self.chunk("x", Self.role), Self.chunk("x", Self.hel), Self.chunk("x", Self.lo)).utf8)
            .count
        let finished = Array(Self.body("x").utf8).count
        for count in 0...whole.count {
            let result = relay(Array(whole[..<count]), Self.rewriter(), size: 5)
            // The last event may lack its blank line.
            let isWhole = count >= finished - 2
            #expect((result.failure == nil) == isWhole, "\(count)")
            #expect(result.out.contains("[DONE]") == isWhole, "\(count)")
            if count < finish { #expect(!result.out.contains("stop"), "\(count)") }
        }
    }
}
