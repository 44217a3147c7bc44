import TestSupport
import Testing

/// Faults below the answer's words, and what the fake records.
@Suite struct FakeWireTests {
    let fake: FakeOpenRouter

    init() throws { fake = try FakeOpenRouter() }

    private func client(_ model: String, stream: Bool = false) throws -> TestHTTPClient {
        let client = try TestHTTPClient(port: fake.port)
        try client.post("/v1/chat/completions", FakeOpenRouter.chatBody(model, stream: stream), key: key)
        return client
    }

    typealias Case = (rule: String, model: String, stream: Bool, error: SocketError)
    static let cases: [Case] = [
        ("not one byte", "close-before-answer", false, .endedEarly),
        ("less than promised", "cut-body", false, .endedEarly),
        ("EOF inside a stream", "stream-eof", true, .endedEarly),
        ("EOF inside an answer", "stream-eof", false, .endedEarly),
        ("no HTTP", "garbage", false, .malformed("status line: SSH-2.0-OpenSSH_9.2")),
        ("a wrong chunk size", "bad-framing", false, .malformed("chunk size: zz")),
        ("a length and chunked", "two-framings", false, .malformed("two framings")),
    ]

    @Test(arguments: cases)
    func breaksTheFraming(_ c: Case) throws {
        let client = try client("fault/" + c.model, stream: c.stream)
        #expect(throws: c.error, "\(c.rule)") { try client.response() }
    }

    /// Promises that nobody keeps, each with something behind it.
    @Test(arguments: [
        "Content-Length: 9223372036854775807\r\n\r\n{}", "Content-Length: 9223372036854775808\r\n\r\n{}",
        "Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n{}",
        "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n7ffffffffffffff0\r\n{}",
        "Transfer-Encoding: chunked\r\n\r\n8000000000000000\r\n{}",
    ])
    func outlivesALengthBeyondReason(_ rest: String) throws {
        let client = try TestHTTPClient(port: fake.port)
        try client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: fake\r\n\(rest)")
        client.finishSending()
        _ = try? client.response()
        #expect(try fake.chat("test/x").status == 200)
    }

    @Test func outlivesANameOfManyParts() throws {
        let name = "a/b" + String(repeating: ":x", count: 100_000)
        #expect(try fake.chat(name).status == 400)
        #expect(try fake.chat("openai/gpt-4o:a:b:c").status == 200)
    }

    @Test(arguments: ["reset-before-answer", "stream-reset"])
    func resets(_ name: String) throws {
        let client = try client("fault/" + name, stream: true)
        let error = #expect(throws: SocketError.self) { try client.response() }
        guard case .failed("recv", _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func says200ToWhatIsNoCompletion() throws {
        typealias Case = (name: String, body: String?)
        let cases: [Case] = [
            ("empty-200", ""), ("json-null", "null"), ("json-array", "[]"), ("html-200", nil), ("json-truncated", nil),
        ]
        for c in cases {
            let answer = try fake.chat("fault/" + c.name)
            #expect(answer.status == 200)
            if let body = c.body { #expect(answer.text == body) } else { #expect(answer.json == nil) }
        }
        #expect(try fake.chat("fault/html-200").field("content-type") == "text/html")
        #expect(try fake.chat("fault/no-choices").json?["choices"] == nil)
        #expect(try fake.chat("fault/204").status == 204)
        #expect(try fake.chat("fault/status-999").status == 999)
        #expect(try fake.chat("fault/json-on-stream", stream: true).content == "Hello from the fake.")
    }

    @Test func keepsConnectionsUnlessItDoesNot() throws {
        let client = try client("openai/gpt-4o")
        #expect(try client.response().status == 200)
        try client.post("/v1/chat/completions", FakeOpenRouter.chatBody("fault/close-after-answer"), key: key)
        let answer = try client.response()
        #expect(answer.content == "Hello from the fake.")
        #expect(answer.field("connection") == nil)
        #expect(client.peerCloses())
        _ = try self.client("openai/gpt-4o").response()
        #expect(fake.requests.map(\.connection) == [0, 0, 1])
    }

    @Test(arguments: ["unasked-bytes", "unasked-bytes-at-once"])
    func saysMoreThanAsked(_ name: String) throws {
        let client = try client("fault/" + name)
        #expect(try client.response().content == "Hello from the fake.")
        #expect(try client.response().content == "STRAY ANSWER")
    }

    @Test func sendsInterimAnswersAndTrailers() throws {
        #expect(try client("fault/1xx").response().interim == [103, 102, 100])
        let answer = try client("fault/trailers").response()
        #expect(answer.trailers.first("x-checksum") == "42")
        #expect(answer.content == "Hello from the fake.")
        let open = try client("fault/close-delimited")
        #expect(try open.response().content == "Hello from the fake.")
        #expect(open.peerCloses())
    }

    @Test func codesWithGzip() throws {
        let answer = try client("fault/gzip").response()
        #expect(answer.field("content-encoding") == "gzip")
        #expect(answer.body.starts(with: [0x1F, 0x8B, 8]))
        let corrupt = try client("fault/gzip-corrupt").response()
        #expect(corrupt.body.prefix(10) == answer.body.prefix(10))
        #expect(corrupt.body.suffix(4) != answer.body.suffix(4))
        #expect(try client("fault/gzip-truncated").response().body.count < answer.body.count * 2 / 3)
        #expect(try client("fault/gzip", stream: true).response().field("content-type") == "text/event-stream")
        #expect(try client("fault/gzip-bomb").response().body.count < 1 << 20)
    }

    @Test func redirectsToItself() throws {
        let answer = try client("fault/redirect").response()
        #expect(answer.status == 307)
        #expect(answer.field("location") == fake.baseURL + "/__redirected")
        _ = try fake.post("/__redirected", "{}")
        #expect(fake.requests.last?.path == "/api/v1/__redirected")
    }

    @Test func echoesTheKey() throws {
        #expect(try client("fault/echo-key").response().field("x-echo") == "Bearer " + key)
        #expect(try client("fault/echo-key-error").response().text.contains(key))
    }

    @Test func waitsAndPaces() throws {
        let start = ContinuousClock.now
        #expect(try client("fault/delay-30").response().status == 200)
        #expect(ContinuousClock.now - start >= .milliseconds(30))
        #expect(try client("fault/pace-1", stream: true).response().streamedContent == "Hello from the fake.")
    }

    // MARK: Records

    @Test func recordsWhatItReceived() throws {  // row 52
        let client = try TestHTTPClient(port: fake.port)
        let body = Array(FakeOpenRouter.chatBody("openai/gpt-4o").utf8)
        let fields = [
            WireField("authorization", "Bearer " + key), WireField("HTTP-Referer", "https://example.org"),
            WireField("X-Title", " Tests "),
        ]
        try client.send("POST", "/api/v1/chat/completions?x=1", fields, chunks: [Array(body[..<7]), Array(body[7...])])
        #expect(try client.response().status == 200)
        let request = try #require(fake.waitForRequests(1).first)
        #expect(request.method == "POST")
        #expect(request.path == "/api/v1/chat/completions")
        #expect(request.query == "x=1")
        #expect(request.body == body)
        #expect(request.model == "openai/gpt-4o")
        #expect(request.field("http-referer") == "https://example.org")
        #expect(request.field("x-title") == "Tests")
        #expect(request.fields.map(\.name).contains("HTTP-Referer"))
        #expect(!request.clientLeft)
    }

    @Test(arguments: ["stream-stall", "stream-endless", "stream-flood", "never-answers", "comments-only", "pace-200"])
    func noticesThatTheClientLeaves(_ name: String) throws {  // row 41
        let client = try client("fault/" + name, stream: true)
        if name != "never-answers" {
            var head = try client.head()
            _ = try client.piece(of: &head)
        }
        _ = fake.waitForRequests(1)
        let before = ContinuousClock.now
        client.close()
        let left = try #require(fake.waitForClientToLeave())
        #expect(left >= before)
        #expect(fake.requests.first?.answeredAt == nil)
        #expect(fake.waitForOpenConnections(0))
    }

    /// A client that goes with the whole answer in hand has not left early.
    @Test(arguments: ["openai/gpt-4o", "fault/pace-1", "fault/close-after-answer"])
    func countsNobodyWhoStayed(_ model: String) throws {
        _ = try client(model, stream: true).response()
        #expect(fake.waitForOpenConnections(0))
        let request = try #require(fake.waitForRequest { $0.answeredAt != nil })
        #expect(!request.clientLeft)
    }

    @Test func noticesAReset() throws {
        let client = try client("fault/stream-stall", stream: true)
        var head = try client.head()
        try client.read(&head, until: "Hello")
        client.reset()
        #expect(fake.waitForClientToLeave() != nil)
    }

    @Test func notesWhatIsNoHTTP() throws {
        let client = try TestHTTPClient(port: fake.port)
        try client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n")
        #expect(try client.response().status == 400)
        #expect(fake.malformed == ["Content-Length: x"])
        #expect(fake.requests.isEmpty)
    }

    @Test func givesUpWaitingInTime() {
        #expect(fake.waitForRequests(1, timeout: .milliseconds(5)).isEmpty)
        #expect(fake.waitForClientToLeave(timeout: .milliseconds(5)) == nil)
        #expect(fake.waitForRequest(timeout: .milliseconds(5)) { _ in true } == nil)
    }

    @Test func stopsAndFreesThePort() throws {
        let held = try client("fault/never-answers")
        _ = fake.waitForRequests(1)
        fake.stop()
        #expect(throws: SocketError.endedEarly) { try held.response() }
        #expect(throws: SocketError.self) { try TestHTTPClient(port: fake.port) }
        let again = try FakeOpenRouter(port: fake.port)
        #expect(try again.chat("openai/gpt-4o").status == 200)
    }

    @Test func isControlledFromOutside() throws {
        _ = try fake.chat("openai/gpt-4o")
        let list = try TestHTTPClient.get(fake.port, "/__requests").json
        #expect(list?.array?.count == 1)
        #expect(list?[0]?["target"]?.string == "/api/v1/chat/completions")
        #expect(list?[0]?["body"]?.string == FakeOpenRouter.chatBody("openai/gpt-4o"))
        #expect(list?[0]?["client_left"] == .bool(false))
        let lines = try TestHTTPClient.get(fake.port, "/__requests/lines").text
        #expect(lines == "POST /api/v1/chat/completions \(FakeOpenRouter.chatBody("openai/gpt-4o"))\n")
        let client = try TestHTTPClient(port: fake.port)
        try client.send("DELETE", "/__requests")
        #expect(try client.response().status == 204)
        #expect(fake.requests.isEmpty)
        try client.send("PUT", "/__requests/answers", body: Array(#"{"gpt-4o":["fault/502"]}"#.utf8))
        #expect(try client.response().status == 204)
        #expect(try fake.chat("gpt-4o").status == 502)
        #expect(fake.requests.map(\.number) == [1])
    }
}
