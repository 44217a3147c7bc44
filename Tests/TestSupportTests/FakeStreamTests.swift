import TestSupport
import Testing

/// Rows 31 to 42, 44 and 55: streams of chat and of responses, whole and broken.
@Suite struct FakeStreamTests {
    let fake: FakeOpenRouter

    init() throws { fake = try FakeOpenRouter() }

    @Test func streamsAChat() throws {  // rows 32 and 42
        let answer = try fake.chat("openai/gpt-4o", stream: true)
        #expect(answer.status == 200)
        #expect(answer.field("content-type") == "text/event-stream")
        #expect(answer.field("cache-control") == "no-cache")
        #expect(answer.streamedContent == "Hello from the fake.")
        let events = answer.events
        #expect(events.last?.data == "[DONE]")
        #expect(events.allSatisfy { $0.name == nil })
        let chunks = events.dropLast().compactMap(\.json)
        #expect(chunks.count == events.count - 1)
        #expect(chunks.allSatisfy { $0["id"]?.string == answer.field("x-generation-id") })
        #expect(chunks.allSatisfy { $0["choices"]?[0]?["delta"]?["role"]?.string == "assistant" })
        let finishes = chunks.compactMap { $0["choices"]?[0]?["finish_reason"]?.string }
        #expect(finishes == ["stop", "stop"])
        #expect(chunks.filter { $0["usage"] != nil }.count == 1)
        #expect(chunks.last?["usage"]?["total_tokens"]?.int == 17)
        #expect(answer.text.hasSuffix("}\n\ndata: [DONE]\n\n"))
    }

    @Test func hasTheOlderUsageChunks() throws {
        let a = try fake.chat("fault/usage-a", stream: true).events.dropLast().last?.json
        #expect(a?["choices"]?[0]?["finish_reason"] == .null)
        #expect(a?["usage"]?["total_tokens"]?.int == 17)
        let b = try fake.chat("fault/usage-b", stream: true).events.dropLast().last?.json
        #expect(b?["choices"] == .array([]))
        #expect(b?["usage"]?["total_tokens"]?.int == 17)
    }

    @Test func callsTwoToolsInFragments() throws {  // row 34
        let chunks = try fake.chat("fault/tools", stream: true).events.compactMap(\.json)
        let deltas = chunks.compactMap { $0["choices"]?[0]?["delta"]?["tool_calls"]?[0] }
        let arguments = (0..<2).map { index in
            deltas.filter { $0["index"]?.int == index }
                .compactMap { $0["function"]?["arguments"]?.string }.joined()
        }
        #expect(arguments == [#"{"city":"Paris"}"#, #"{"city":"Rome"}"#])
        #expect(deltas.compactMap { $0["id"]?.string } == ["call_paris", "call_rome"])
        #expect(chunks.last?["choices"]?[0]?["finish_reason"]?.string == "tool_calls")
        let whole = try fake.chat("fault/tools").json?["choices"]?[0]?["message"]
        #expect(whole?["content"] == .null)
        #expect(whole?["tool_calls"]?[1]?["function"]?["arguments"]?.string == #"{"city":"Rome"}"#)
        let after = try fake.post(
            "/chat/completions", #"{"model":"fault/tools","messages":[{"role":"tool","content":"sun"}]}"#)
        #expect(after.content == "It is sunny.")
    }

    @Test func reasonsFirst() throws {  // rows 35 and 55
        let deltas = try fake.chat("fault/reasoning", stream: true).events
            .compactMap { $0.json?["choices"]?[0]?["delta"] }
        let reasoning = deltas.compactMap { $0["reasoning"]?.string }
        #expect(reasoning == ["Think", " first."])
        let last = try #require(deltas.lastIndex { $0["reasoning"] != nil })
        let first = try #require(deltas.firstIndex { $0["content"]?.string == "Hello" })
        #expect(last < first)
        let only = try fake.chat("fault/reasoning-only")
        #expect(only.content == "")
        #expect(only.json?["choices"]?[0]?["finish_reason"]?.string == "length")
    }

    typealias Broken = (name: String, content: String, code: TestJSON?)
    static let broken: [Broken] = [
        ("stream-first-error", "", .number("502")),
        ("stream-mid-error", "Hello from", .number("502")),
        ("stream-mid-error-string-code", "Hello from", .string("server_error")),
        ("stream-mid-error-empty-choices", "Hello from", .number("502")),
        ("stream-clean-end", "Hello from", nil),
    ]

    @Test(arguments: broken)
    func breaksOffWithoutDone(_ row: Broken) throws {  // rows 37 to 39
        let answer = try fake.chat("fault/" + row.name, stream: true)
        #expect(answer.status == 200)
        #expect(answer.streamedContent == row.content)
        let last = answer.events.last?.json
        #expect(last?["error"]?["code"] == row.code)
        #expect(!answer.text.contains("[DONE]"))
        #expect(!answer.text.contains("\"stop\""))
        if row.name == "stream-mid-error-empty-choices" { #expect(last?["choices"] == .array([])) }
    }

    @Test func streamsAResponse() throws {  // row 44
        let answer = try fake.responses("openai/gpt-4o", stream: true)
        let events = answer.events
        #expect(
            events.map(\.name) == [
                "response.created", "response.in_progress", "response.output_item.added",
                "response.content_part.added", "response.output_text.delta", "response.output_text.delta",
                "response.output_text.delta", "response.output_text.delta", "response.output_text.done",
                "response.content_part.done", "response.output_item.done", "response.completed",
            ])
        let json = events.compactMap(\.json)
        #expect(json.map { $0["type"]?.string } == events.map(\.name))
        #expect(json.compactMap { $0["sequence_number"]?.int } == Array(0..<12))
        #expect(json.compactMap { $0["delta"]?.string }.joined() == "Hello from the fake.")
        let ids = Set(json.compactMap { $0["response"]?["id"]?.string })
        #expect(ids.count == 1)
        let final = try #require(json.last?["response"])
        #expect(final["status"]?.string == "completed")
        #expect(final["usage"]?["input_tokens_details"]?["cache_write_tokens"]?.int == 0)
        let whole = try #require(try fake.responses("openai/gpt-4o").json)
        #expect(whole.names == final.names)
        #expect(whole["output"]?[0]?["content"]?[0]?["text"]?.string == "Hello from the fake.")
    }

    @Test func opensAndClosesEveryItem() throws {
        for name in ["tools", "reasoning"] {
            let json = try fake.responses("fault/" + name, stream: true).events.compactMap(\.json)
            #expect(json.compactMap { $0["sequence_number"]?.int } == Array(0..<json.count))
            let added = json.filter { $0["type"]?.string == "response.output_item.added" }
            let done = json.filter { $0["type"]?.string == "response.output_item.done" }
            #expect(added.compactMap { $0["output_index"]?.int } == [0, 1])
            #expect(added.map { $0["item"]?["id"] } == done.map { $0["item"]?["id"] })
            #expect(done.compactMap { $0["item"] } == json.last?["response"]?["output"]?.array)
        }
        let only = try fake.responses("fault/reasoning-only", stream: true).events.last
        #expect(only?.name == "response.incomplete")
        #expect(only?.json?["response"]?["incomplete_details"]?["reason"]?.string == "max_output_tokens")
    }

    typealias BrokenResponse = (name: String, last: String, error: [String])
    static let brokenResponses: [BrokenResponse] = [
        ("stream-first-error", "error", ["error"]),
        ("stream-mid-error", "response.failed", ["response", "error"]),
        ("stream-mid-error-nested", "error", ["error"]),
        ("stream-mid-error-flat", "error", []),
    ]

    @Test(arguments: brokenResponses)
    func breaksOffAResponse(_ row: BrokenResponse) throws {
        let answer = try fake.responses("fault/" + row.name, stream: true)
        let last = try #require(answer.events.last)
        #expect(last.name == row.last)
        #expect(last.json?["sequence_number"]?.int == answer.events.count - 1)
        let error = row.error.reduce(last.json) { $0?[$1] }
        #expect(error?["code"]?.string == "server_error")
        #expect(error?["message"]?.string == "Provider disconnected")
        #expect(!answer.text.contains("response.completed"))
    }

    @Test func losesTheTerminalEvent() throws {
        #expect(try fake.responses("fault/no-done", stream: true).events.last?.name == "response.output_item.done")
        #expect(try fake.chat("fault/no-done", stream: true).events.last?.json?["usage"] != nil)
        #expect(try fake.responses("fault/trailing-done", stream: true).events.last?.data == "[DONE]")
    }

    @Test func saysTheErrorInsideA200() throws {  // row 31
        for stream in [false, true] {
            let answer = try fake.chat("fault/200-error", stream: stream)
            #expect(answer.status == 200)
            #expect(answer.json?["error"]?["code"]?.int == 502)
            #expect(answer.json?["choices"] == nil)
        }
        let partial = try fake.chat("fault/200-partial-error").json?["choices"]?[0]
        #expect(partial?["finish_reason"]?.string == "error")
        #expect(partial?["error"]?["code"]?.int == 502)
        #expect(try fake.responses("fault/200-partial-error").json?["status"]?.string == "failed")
    }

    /// However odd the bytes, a lenient reader gets the text and the end.
    @Test(arguments: ["slow-comments", "crlf", "cr", "sloppy", "trailers", "close-delimited", "no-done", "1xx"])
    func staysReadable(_ name: String) throws {
        let answer = try fake.chat("fault/" + name, stream: true)
        #expect(answer.streamedContent == "Hello from the fake.")
    }

    @Test func commentsBeforeAndBetween() throws {  // row 33
        let client = try TestHTTPClient(port: fake.port)
        try client.post("/chat/completions", FakeOpenRouter.chatBody("fault/slow-comments", stream: true), key: key)
        let text = try client.response().text
        #expect(text.hasPrefix(String(repeating: ": OPENROUTER PROCESSING\n\n", count: 3) + "data: "))
        #expect(text.components(of: ": OPENROUTER PROCESSING").count == 5)
    }

    @Test func splitsCharacters() throws {  // row 33
        let client = try TestHTTPClient(port: fake.port)
        try client.post("/chat/completions", FakeOpenRouter.chatBody("fault/split-utf8", stream: true), key: key)
        var head = try client.head()
        var cut = 0
        while let piece = try client.piece(of: &head) {
            if String(validating: piece, as: UTF8.self) == nil { cut += 1 }
        }
        #expect(cut > 4)
        #expect(head.streamedContent == "Grüße, 世界 🌍!")
        #expect(try fake.chat("fault/split-utf8").content == "Grüße, 世界 🌍!")
    }

    @Test func sloppyIsStillTheSameStream() throws {
        let text = try fake.chat("fault/sloppy", stream: true).text
        #expect(text.hasPrefix("\u{FEFF}retry: 1000\n"))
        #expect(text.contains("\nid: 1\ndata:") || text.contains("id: 1\ndata:"))
        #expect(text.contains(",\ndata:\""))
        #expect(text.hasSuffix("data: after the end\n\n"))
    }

    @Test func echoesEveryByte() throws {
        let body = #"{"model":"fault/echo","messages":[],"n":1.0e0,"z":99999999999999999999,"x":"\u00e9 \/ ü"}"#
        #expect(try fake.post("/chat/completions", body).content == body)
        #expect(fake.requests.last?.body == Array(body.utf8))
    }

    @Test func sendsTwentyMegabytes() throws {
        let answer = try fake.chat("fault/big-20mb")
        #expect(answer.body.count > 20 << 20)
        #expect(answer.field("content-length") == "\(answer.body.count)")
    }

    @Test func sendsAsManyWordsAsAsked() throws {
        #expect(try fake.chat("fault/words-200", stream: true).streamedContent.hasSuffix("word199 "))
    }
}

extension String {
    fileprivate func components(of separator: String) -> [Substring] {
        split(separator: separator, omittingEmptySubsequences: false)
    }
}

/// What goes wrong by number or at random.
@Suite struct FakeChanceTests {
    @Test(arguments: [0, 1, 3]) func cutsAfterSoManyPieces(_ pieces: Int) throws {
        let fake = try FakeOpenRouter()
        for body in [FakeOpenRouter.chatBody("fault/cut-\(pieces)", stream: true)] {
            let client = try TestHTTPClient(port: fake.port)
            try client.post("/v1/chat/completions", body, key: key)
            var answer = try client.head()
            #expect(throws: SocketError.self) { while try client.piece(of: &answer) != nil {} }
            #expect(answer.streamedContent == (0..<pieces).map { "word\($0) " }.joined())
        }
        #expect(throws: SocketError.self) { try fake.chat("fault/cut-\(pieces)") }
    }

    @Test func failsAtRandomAsOftenAsAsked() throws {
        let fake = try FakeOpenRouter()
        func failures(_ share: Double, seed: UInt64) throws -> [Int] {
            fake.failAtRandom(share: share, as: ["fault/502"], seed: seed)
            return try (0..<200).filter { _ in try fake.chat("test/x").status == 502 }
        }
        #expect(try failures(0, seed: 1) == [])
        #expect(try failures(1, seed: 1) == Array(0..<200))
        let some = try failures(0.25, seed: 1)
        #expect((30...70).contains(some.count))
        #expect(try failures(0.25, seed: 1) == some)
        #expect(try failures(0.25, seed: 2) != some)
        // What is asked for by name stays what it is.
        fake.failAtRandom(share: 1, as: ["fault/502"])
        #expect(try fake.chat("fault/status-503").status == 503)
    }

    @Test func remembersNoMoreThanItIsTold() throws {
        let fake = try FakeOpenRouter(keeps: 5)
        for _ in 0..<40 { _ = try fake.chat("test/x") }
        #expect((5...10).contains(fake.requests.count))
        #expect(fake.requests.last?.number == 39)
        let count = try TestHTTPClient.get(fake.port, "/__requests/count")
        #expect(count.text == #"{"received":40,"failed_at_random":0}"#)
    }

    @Test func listsWhatThereIs() throws {
        let fake = try FakeOpenRouter()
        let list = try TestHTTPClient.get(fake.port, "/").text
        for name in FakeOpenRouter.refusalNames + FakeOpenRouter.faultNames { #expect(list.contains(" \(name)")) }
        #expect(list.split(separator: "\n").allSatisfy { $0.utf8.count <= 120 })
        // What is drawn at random is in the list.
        for id in RandomFaults.usual where !id.contains("status-") {
            #expect(list.contains(" \(id.dropFirst("fault/".count))"))
        }
    }
}
