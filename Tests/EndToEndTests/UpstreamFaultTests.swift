import TestSupport
import Testing

extension Config {
    static let faults = """
        model_list:
          - model_name: openrouter/*
            litellm_params: &usual
              model: openrouter/*
              api_key: os.environ/OPEN_ROUTER_API_KEY
          - model_name: hasty/*
            litellm_params:
              <<: *usual
              timeout: 0.3
              stream_timeout: 0.2
          - model_name: nobody
            litellm_params:
              model: openrouter/openai/gpt-4o
              api_base: http://127.0.0.1:1/v1
              api_key: os.environ/OPEN_ROUTER_API_KEY
          - model_name: no-such-host
            litellm_params:
              model: openrouter/openai/gpt-4o
              api_base: http://does-not-exist.invalid/v1
              api_key: os.environ/OPEN_ROUTER_API_KEY
        \(once)
        """
}

/// An upstream whose 200 is no completion, or whose wire is broken: one honest error, never a 200.
@Suite(.serialized, .gateway(Config.faults)) struct UpstreamFaults {
    typealias Case = (fault: String, code: String, message: String)

    private static let notOne = #"The upstream of "openrouter/*" answered with something that is not a completion."#
    private static let cut = #"The upstream of "openrouter/*" closed the connection in the middle of its answer."#
    private static let silent = #"The upstream of "openrouter/*" closed the connection without an answer."#
    private static let http = #"The upstream of "openrouter/*" sent an answer that is not valid HTTP/1.1."#
    private static let coding = #"The upstream of "openrouter/*" sent a body that cannot be decoded."#

    /// The same whether or not a stream was asked for.
    static let broken: [Case] = [
        ("200-error", "\"502\"", "Provider returned error"),
        ("200-partial-error", "\"502\"", "Provider disconnected"),
        ("html-200", "\"upstream_not_a_completion\"", notOne),
        ("empty-200", "\"upstream_not_a_completion\"", notOne),
        ("204", "\"upstream_not_a_completion\"", notOne),
        ("json-truncated", "\"upstream_not_a_completion\"", notOne),
        ("json-null", "\"upstream_not_a_completion\"", notOne),
        ("json-array", "\"upstream_not_a_completion\"", notOne),
        ("no-choices", "\"upstream_not_a_completion\"", notOne),
        ("close-before-answer", "\"upstream_cut\"", silent),
        ("reset-before-answer", "\"upstream_cut\"", silent),
        ("cut-body", "\"upstream_cut\"", cut),
        ("bad-framing", "\"upstream_malformed\"", http),
        ("two-framings", "\"upstream_malformed\"", http),
        ("two-lengths", "\"upstream_malformed\"", http),
        ("garbage", "\"upstream_malformed\"", http),
        ("status-999", "\"upstream_malformed\"", http),
        ("endless-headers", "\"upstream_malformed\"", http),
        ("1xx-endless", "\"upstream_malformed\"", http),
        ("gzip-corrupt", "\"upstream_malformed\"", coding),
        ("gzip-truncated", "\"upstream_malformed\"", coding),
        (
            "redirect", "\"upstream_redirect\"",
            #"The upstream of "openrouter/*" redirected the request, which is not followed; correct `api_base`."#
        ),
    ]

    @Test(arguments: broken) func isA502(_ c: Case) throws {
        let stack = try stack()
        let model = "openrouter/fault/" + c.fault
        for (path, body) in [
            ("/v1/chat/completions", chat(model)), ("/v1/chat/completions", chat(model, ",\"stream\":true")),
            ("/v1/responses", responses(model)), ("/v1/responses", responses(model, ",\"stream\":true")),
        ] {
            let (answer, upstream) = try stack.exchange(path, body)
            #expect(upstream != nil)
            #expect(answer.status == 502, "\(path)")
            #expect(answer.errorMessage == c.message, "\(path)")
            #expect(answer.errorType == "upstream_error")
            #expect(answer.json?["error"]?["provider"]?.string == "openrouter")
            #expect(answer.text.contains("\"code\":\(c.code)") || path == "/v1/responses", "\(path)")
            #expect(!stack.fake.requests.contains { $0.path.hasSuffix("__redirected") })
        }
    }

    @Test func aBombIsStoppedAtTheLimit() throws {
        let answer = try stack().post("/v1/chat/completions", chat("openrouter/fault/gzip-bomb"))
        #expect(answer.status == 502)
        #expect(answer.errorMessage == #"The upstream of "openrouter/*" sent an answer larger than 67108864 bytes."#)
        #expect(answer.errorCode == "upstream_too_large")
    }

    typealias Slow = (model: String, stream: Bool, message: String, code: String)

    static let slow: [Slow] = [
        (
            "hasty/fault/never-answers", false,
            #"The upstream of "hasty/*" did not answer in time (first-byte timeout)."#,
            "upstream_timeout_first_byte"
        ),
        (
            "hasty/fault/never-answers", true,
            #"The upstream of "hasty/*" did not answer in time (first-byte timeout)."#,
            "upstream_timeout_first_byte"
        ),
        (
            "hasty/fault/delay-5000", false, #"The upstream of "hasty/*" did not answer in time (first-byte timeout)."#,
            "upstream_timeout_first_byte"
        ),
        (
            "hasty/fault/stall-after-head", false,
            #"The upstream of "hasty/*" did not finish its answer in time (whole-request timeout)."#,
            "upstream_timeout_whole"
        ),
        (
            "hasty/fault/stall-after-head", true,
            #"The upstream of "hasty/*" sent no token in time (first-token timeout)."#,
            "upstream_timeout_first_token"
        ),
        (
            "hasty/fault/stream-stall-before-content", true,
            #"The upstream of "hasty/*" sent no token in time (first-token timeout)."#, "upstream_timeout_first_token"
        ),
        (
            "hasty/fault/comments-only", true,
            #"The upstream of "hasty/*" sent no token in time (first-token timeout)."#,
            "upstream_timeout_first_token"
        ),
    ]

    @Test(arguments: slow) func isA504InTime(_ c: Slow) throws {
        // A stall of one model must not hold up another.
        let stack = try stack()
        let began = ContinuousClock.now
        let (answer, upstream) = try stack.exchange(
            "/v1/chat/completions", chat(c.model, c.stream ? ",\"stream\":true" : ""))
        #expect(answer.status == 504)
        #expect(answer.errorMessage == c.message)
        #expect(answer.errorType == "timeout_error")
        #expect(answer.errorCode == c.code)
        #expect(ContinuousClock.now - began < .seconds(2))
        // The upstream is told.
        #expect(stack.fake.waitForClientToLeave(request: try #require(upstream).number) != nil)
    }

    @Test(arguments: [
        ("nobody", #"The upstream of "nobody": the connection was refused or the host cannot be reached."#),
        ("no-such-host", #"The upstream of "no-such-host": the host name could not be resolved."#),
    ])
    func nobodyThereIsA502(_ model: String, _ message: String) throws {
        for stream in ["", ",\"stream\":true"] {
            let answer = try stack().post("/v1/chat/completions", chat(model, stream))
            #expect(answer.status == 502)
            #expect(answer.errorMessage == message)
            #expect(answer.errorCode == "upstream_connect")
        }
    }

    @Test func plainHTTPWhereTLSIsWantedIsA502() throws {
        // It does not know what to make of a TLS hello.
        let plain = try FakeOpenRouter()
        let stack = try Stack(
            """
            model_list:
              - model_name: plain
                litellm_params:
                  model: openrouter/openai/gpt-4o
                  api_base: https://127.0.0.1:\(plain.port)/api/v1
                  api_key: os.environ/OPEN_ROUTER_API_KEY
            \(Config.once)
            """)
        let answer = try stack.post("/v1/chat/completions", chat("plain"))
        #expect(answer.status == 502)
        #expect(answer.errorCode == "upstream_connect")
        #expect(answer.errorMessage == #"The upstream of "plain": the TLS handshake failed."#)
        #expect(stack.gateway.stop() == .status(0))
    }
}

/// What looks odd on the wire and is still a whole answer.
@Suite(.serialized, .gateway()) struct UpstreamOddities {
    static let odd = [
        "1xx", "close-delimited", "trailers", "gzip", "close-announced", "close-after-answer", "split-utf8",
        "slow-comments", "pace-5", "delay-20", "unasked-bytes", "unasked-bytes-at-once", "usage-a", "usage-b",
        "trailing-done", "crlf", "cr", "sloppy", "json-on-stream",
    ]

    @Test(arguments: odd) func isOneAnswer(_ fault: String) throws {
        let stack = try stack()
        let text = fault == "split-utf8" ? "Grüße, 世界 🌍!" : "Hello from the fake."
        let model = "openrouter/fault/" + fault
        let answer = try stack.post("/v1/chat/completions", chat(model))
        #expect(answer.status == 200)
        #expect(answer.interim == [])
        #expect(answer.trailers == [])
        #expect(answer.json?["choices"]?[0]?["message"]?["content"]?.string == text)
        #expect(answer.json?["model"]?.string == model)
        #expect(answer.field("content-encoding") == nil)
        stack.fake.waitUntilQuiet()
        let response = try stack.post("/v1/responses", responses(model))
        stack.fake.waitUntilQuiet()
        #expect(response.json?["output"]?[0]?["content"]?[0]?["text"]?.string == text)
    }

    @Test(arguments: odd) func isOneStream(_ fault: String) throws {
        let stack = try stack()
        let text = fault == "split-utf8" ? "Grüße, 世界 🌍!" : "Hello from the fake."
        let model = "openrouter/fault/" + fault
        let answer = try stack.post("/v1/chat/completions", chat(model, ",\"stream\":true"))
        #expect(answer.status == 200)
        #expect(answer.field("content-type") == "text/event-stream; charset=utf-8")
        #expect(answer.field("cache-control") == "no-cache")
        #expect(answer.field("x-accel-buffering") == "no")
        #expect(answer.field("content-encoding") == nil)
        #expect(answer.trailers == [])
        ChatStreamShape.check(answer, text: text, model: model, wantsUsage: false)
        stack.fake.waitUntilQuiet()
        let response = try stack.post("/v1/responses", responses(model, ",\"stream\":true"))
        stack.fake.waitUntilQuiet()
        #expect(response.status == 200)
        #expect(outputText(response.events) == text)
        #expect(response.events.first?.name == "response.created")
        #expect(response.events.last?.name == "response.completed")
        #expect(response.events.allSatisfy { $0.name == $0.json?["type"]?.string })
        let models = response.events.compactMap { $0.json?["response"]?["model"]?.string }
        #expect(models == [model, model, model])
    }

    /// The next request never gets an answer that an earlier one left behind.
    @Test(arguments: ["unasked-bytes", "unasked-bytes-at-once"]) func unaskedBytesReachNobody(_ fault: String) throws {
        let stack = try stack()
        for _ in 0..<5 {
            #expect(try stack.post("/v1/chat/completions", chat("openrouter/fault/\(fault)")).status == 200)
            // What arrives after the next request was sent is its answer, in HTTP/1.1, for anybody.
            stack.fake.waitUntilQuiet()
            let next = try stack.post("/v1/chat/completions", chat("openrouter/openai/gpt-4o-mini"))
            #expect(next.status == 200)
            #expect(next.json?["model"]?.string == "openrouter/openai/gpt-4o-mini")
            #expect(!next.text.contains("STRAY"))
        }
    }

    @Test func anUpstreamThatClosesAfterEachAnswerIsNotNoticed() throws {
        let stack = try stack()
        let client = try TestHTTPClient(port: stack.port)
        for _ in 0..<100 {
            try client.post("/v1/chat/completions", chat("openrouter/fault/close-after-answer"), key: Stack.masterKey)
            #expect(try client.response().status == 200)
        }
    }

    @Test func connectionsAreUsedAgain() throws {
        let stack = try stack()
        let before = stack.fake.connectionsAccepted
        let client = try TestHTTPClient(port: stack.port)
        for number in 0..<20 {
            let more = number % 2 == 0 ? "" : ",\"stream\":true"
            try client.post("/v1/chat/completions", chat("mymodel", more), key: Stack.masterKey)
            #expect(try client.response().status == 200)
        }
        #expect(stack.fake.connectionsAccepted - before <= 1)
    }

    @Test func twentyMegabytesPass() throws {
        // Five pieces of 4 MiB.
        let answer = try stack().post("/v1/chat/completions", chat("openrouter/fault/big-20mb"))
        #expect(answer.status == 200)
        #expect(answer.body.count == Int(answer.field("content-length") ?? ""))
        #expect(answer.body.count > 20 << 20)
        let stream = try stack().post("/v1/chat/completions", chat("openrouter/fault/big-20mb", ",\"stream\":true"))
        #expect(stream.status == 200)
        #expect(stream.body.count > 20 << 20)
        #expect(String(decoding: stream.body.suffix(14), as: UTF8.self) == "data: [DONE]\n\n")
    }

    @Test func anEventBeyondTheLimitIsRefused() throws {
        let answer = try stack().post("/v1/chat/completions", chat("openrouter/fault/line-9mb", ",\"stream\":true"))
        #expect(answer.status == 502)
        #expect(answer.errorCode == "upstream_too_large")
    }
}

/// What every complete chat stream looks like to a client.
enum ChatStreamShape {
    static func check(_ answer: TestResponse, text: String, model: String, wantsUsage: Bool) {
        let events = answer.events
        #expect(content(events) == text)
        #expect(events.last?.data == "[DONE]")
        #expect(events.count { $0.data == "[DONE]" } == 1)
        #expect(events.allSatisfy { $0.name == nil })
        #expect(answer.text.hasSuffix("data: [DONE]\n\n"))
        let chunks = events.dropLast().compactMap(\.json)
        #expect(chunks.count == events.count - 1)
        #expect(chunks.allSatisfy { $0["model"]?.string == model })
        #expect(chunks.allSatisfy { $0["object"]?.string == "chat.completion.chunk" })
        let finishes = chunks.compactMap { $0["choices"]?[0]?["finish_reason"]?.string }
        #expect(finishes == ["stop"])
        let usage = chunks.filter { $0["usage"] != nil && $0["usage"] != .null }
        if wantsUsage {
            #expect(usage.count == 1)
            #expect(usage.last?["choices"] == .array([]))
            #expect(usage.last?["usage"]?["total_tokens"]?.int == 17)
            #expect(usage.last?["usage"]?["cost"] == .number("0.00008"))
            #expect(usage.last == chunks.last)
        } else {
            // Never a chunk of its own without choices.
            #expect(usage.count <= 1 && usage.allSatisfy { $0["choices"]?[0] != nil })
        }
    }
}
