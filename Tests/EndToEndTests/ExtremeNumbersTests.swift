import TestSupport
import Testing

/// Numbers beyond reason in the configuration, in requests and in upstreams' answers: whatever they are worth, the process
/// lives on, and ends with 0 when it is asked to.
@Suite(.serialized) struct ExtremeNumbers {
    /// Starts the binary on a configuration whose `{odd}` is the base of an upstream of these answers, and ends it.
    private func serve(
        _ config: String, _ answers: [String: String] = [:], _ body: (GatewayProcess) throws -> Void
    ) throws {
        let upstream = try OddUpstream(answers)
        let gateway = try GatewayProcess(
            config: config.replacing("{odd}", with: "http://127.0.0.1:\(upstream.port)/v1"),
            environment: ["DEFAULT_COOLDOWN_TIME_SECONDS": "99999999999999999999", "ROUTER_MAX_FALLBACKS": "1e308"])
        try body(gateway)
        #expect(gateway.exit == nil, "\(gateway.output.suffix(2000))")
        #expect(gateway.stop() == .status(0))
    }

    // MARK: configurations

    /// Every key that takes a number or a time.
    private static func config(number: String, count: String, seconds: String) -> String {
        """
        model_list:
          - &odd
            model_name: odd/*
            rpm: \(count)
            tpm: \(count)
            litellm_params:
              model: openai/*
              api_base: {odd}
              api_key: k
              weight: \(number)
              order: \(count)
              max_parallel_requests: \(count)
              timeout: \(seconds)
              stream_timeout: \(seconds)
              cooldown_time: \(seconds)
              keepalive_seconds: \(seconds)
              num_retries: 100
              input_cost_per_token: \(number)
              output_cost_per_token: \(number)
            model_info: {max_input_tokens: \(count), max_output_tokens: \(count), input_cost_per_token: \(number)}
          - <<: *odd
            model_info: {id: second}
          - {model_name: demo, litellm_params: {model: openai/demo, mock_response: Hi, input_cost_per_token: \(number)}}
        router_settings:
          routing_strategy: usage-based-routing-v2
          routing_strategy_args: {lowest_latency_buffer: -\(number)}
          timeout: \(seconds)
          stream_timeout: \(seconds)
          retry_after: \(seconds)
          cooldown_time: \(seconds)
          num_retries: 0
          allowed_fails: \(count)
          allowed_fails_policy: {InternalServerErrorAllowedFails: 100000}
          retry_policy: {BadRequestErrorRetries: 0}
          default_max_parallel_requests: \(count)
        litellm_settings: {request_timeout: \(seconds), max_budget: \(number)}
        general_settings:
          background_health_checks: true
          health_check_interval: \(seconds)
          keepalive_seconds: \(seconds)
          connect_timeout: \(seconds)
          upstream_idle_timeout: \(seconds)
          header_timeout: \(seconds)
          body_timeout: \(seconds)
          keepalive_timeout: \(seconds)
          write_timeout: \(seconds)
          max_connections: 1000000
          max_response_size_mb: 4096
          max_event_size_mb: 4096
          max_request_size_mb: 1.0e-300
        """
    }

    private static let huge = config(
        number: "1.0e+308", count: "9223372036854775807", seconds: "1.0e+300"
    ).replacing("max_request_size_mb: 1.0e-300", with: "max_request_size_mb: 4096")

    @Test func servesUnderTheLargestNumbers() throws {
        try serve(Self.huge, Self.answers) { gateway throws in
            let port = gateway.port
            #expect(try TestHTTPClient.post(port, "/v1/chat/completions", chat("demo")).status == 200)
            #expect(
                try TestHTTPClient.post(port, "/v1/chat/completions", chat("demo", ",\"stream\":true")).status == 200)
            for path in [
                "/v1/models", "/model/info", "/metrics", "/health", "/router/cooldowns", "/v1/route?model=odd/x",
            ] {
                #expect(try TestHTTPClient.get(port, path).status == 200, "\(path)")
            }
        }
    }

    @Test func livesUnderTheSmallestNumbers() throws {
        let config = Self.config(number: "5.0e-324", count: "1", seconds: "1.0e-300")
        try serve(config, Self.answers) { gateway throws in
            // A request has a millisecond for its head, so any of them may be refused.
            for name in Self.answers.keys.sorted() {
                let client = try TestHTTPClient(port: gateway.port)
                _ = try? client.post("/v1/chat/completions", chat("odd/\(name)", ",\"stream\":true"))
                _ = try? client.rest()
            }
        }
    }

    // MARK: answers

    private static let usages = [
        #"{"prompt_tokens":9223372036854775807,"completion_tokens":9223372036854775807,"total_tokens":9223372036854775807,"cost":1.7976931348623157e308}"#,
        #"{"input_tokens":1e9,"output_tokens":1e9,"cost":1e6}"#,
        #"{"prompt_tokens":-9223372036854775808,"completion_tokens":-1,"total_tokens":1e308,"cost":-1e308}"#,
        #"{"prompt_tokens":1e400,"completion_tokens":99999999999999999999999,"cost":1e400}"#,
        #"{"prompt_tokens":1000000000,"completion_tokens":0}"#,
    ]

    private static let answers: [String: String] = {
        var answers: [String: String] = [:]
        func add(_ body: String, _ type: String = "application/json", status: String = "200 OK", _ more: String = "") {
            answers["a\(answers.count)"] =
                "HTTP/1.1 \(status)\r\nConnection: close\r\nContent-Type: \(type)\r\n\(more)\r\n\(body)"
        }
        for usage in usages {
            add(
                """
                {"id":"x","object":"chat.completion","created":1e308,"model":"m","choices":[{"index":9223372036854775807,\
                "message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"output":[],"usage":\(usage)}
                """)
            add(
                """
                data: {"model":"m","choices":[{"index":-9223372036854775808,"delta":{"content":"Hi"}}]}\n\n\
                data: {"model":"m","choices":[{"index":1e308,"delta":{},"finish_reason":"stop"}],"usage":\(usage)}\n\n\
                data: [DONE]\n\n
                """, "text/event-stream")
            for end in ["response.completed", "response.failed", "error"] {
                add(
                    """
                    data: {"type":"response.output_text.delta","sequence_number":9223372036854775807,"delta":"Hi"}\n\n\
                    data: {"type":"\(end)","sequence_number":9223372036854775808,"error":{"code":1e308,"message":"No."},\
                    "response":{"model":"m","error":{"code":9223372036854775807},"usage":\(usage)}}\n\n
                    """, "text/event-stream")
            }
        }
        for value in [
            "9223372036854775807", "9223372036854775808", "99999999999999999999999", "-1", "1e308", "nan",
            "Fri, 31 Dec 9999 23:59:59 GMT", "Sat, 01 Jan 10000 00:00:00 GMT", "Sunday, 31-Dec-99 23:59:60 GMT",
            "Mon, 01 Jan 0000 00:00:00 GMT",
        ] {
            for status in ["429 No", "503 No", "401 No", "500 No", "599 No"] {
                add(#"{"error":{"message":"No.","code":1e308}}"#, status: status, "Retry-After: \(value)\r\n")
            }
        }
        for number in ["1e9", "1e308", "1e400", "-1", "9223372036854775807", "0.0000001"] {
            add(
                """
                {"error":{"message":"No.","code":\(number),"status":\(number),"metadata":{"retry_after_seconds":\(number),\
                "headers":{"Retry-After":\(number)}}}}
                """, status: "429 No")
            add(#"{"error":{"message":"No.","code":\#(number)},"choices":[]}"#)
        }
        for status in ["000 No", "99 No", "600 No", "999 No", "9223372036854775808 No"] { add("{}", status: status) }
        for length in ["9223372036854775807", "9223372036854775808", "-1", "18446744073709551616", "1e308", "0x10"] {
            add("{}", "application/json", "Content-Length: \(length)\r\n")
            add("{}", "application/json", status: "503 No", "Content-Length: \(length)\r\n")
            add("{}", "application/json", "Content-Range: bytes \(length)-\(length)/\(length)\r\n")
        }
        for size in [
            "7fffffffffffffff", "8000000000000000", "ffffffffffffffff", "-1", "00000000000000000001",
            "10000000000000000",
        ] {
            add("\(size)\r\n{}", "application/json", "Transfer-Encoding: chunked\r\n")
            add("2\r\n{}\r\n\(size)\r\n{}", "text/event-stream", "Transfer-Encoding: chunked\r\n")
        }
        return answers
    }()

    @Test(arguments: ["chat/completions", "responses"]) func outlivesEveryAnswer(_ path: String) throws {
        try serve(Self.huge, Self.answers) { gateway throws in
            for name in Self.answers.keys.sorted() {
                for more in ["", ",\"stream\":true,\"stream_options\":{\"include_usage\":true}"] {
                    // Else the first refusal would be the last answer that comes through.
                    let admin = try TestHTTPClient(port: gateway.port)
                    try admin.send("DELETE", "/router/cooldowns")
                    #expect(try admin.response().status == 200)
                    let more = more + ",\"num_retries\":0"
                    let body = path == "responses" ? responses("odd/\(name)", more) : chat("odd/\(name)", more)
                    let answer = try TestHTTPClient.post(gateway.port, "/v1/\(path)", body)
                    #expect((200...599).contains(answer.status), "\(name)")
                }
            }
            let page = try TestHTTPClient.get(gateway.port, "/metrics").text
            let sums = page.split(separator: "\n").filter {
                $0.hasPrefix("litellm_spend") || $0.hasPrefix("litellm_total_tokens")
            }
            #expect(!sums.isEmpty)
            for sum in sums {
                #expect(sum.split(separator: " ").last.flatMap { Double($0) }?.isFinite == true, "\(sum)")
            }
        }
    }

    // MARK: requests

    private static let fields = [
        "x-litellm-timeout", "x-litellm-stream-timeout", "x-litellm-num-retries", "x-litellm-tags", "Range",
        "Max-Forwards",
        "Content-Range", "Keep-Alive",
    ]
    private static let members = [
        "timeout", "stream_timeout", "request_timeout", "num_retries", "max_tokens", "seed", "n",
    ]
    private static let values = [
        "1e308", "-1e308", "5e-324", "0", "-0", "1e400", "9223372036854775807", "-9223372036854775808",
        "9223372036854775808",
        "86400", "86400.0000001", "0.0000000001",
    ]

    @Test func outlivesEveryRequest() throws {
        let answer = try #require(Self.answers["a0"])
        try serve(Self.huge, ["a": answer]) { gateway throws in
            let path = "/v1/chat/completions"
            for value in Self.values {
                for member in Self.members {
                    // A busy machine may well take longer than the least of times, and the configuration's pauses are long.
                    let once = member == "num_retries" ? "" : ",\"num_retries\":0"
                    let body = chat("odd/a", ",\"\(member)\":\(value)\(once)")
                    let status = try TestHTTPClient.post(gateway.port, path, body).status
                    #expect([200, 400, 408, 504].contains(status), "\(body)")
                }
                for field in Self.fields {
                    let answer = try TestHTTPClient.post(
                        gateway.port, path, chat("odd/a", ",\"num_retries\":0"), key: nil,
                        fields: [WireField(field, value)])
                    #expect([200, 400, 408, 504].contains(answer.status), "\(field): \(value)")
                }
            }
            for value in ["nan", "inf", "-inf", "0x1p1023", "0x1p-1074", "1_000", "", " "] {
                for field in Self.fields {
                    _ = try TestHTTPClient.post(
                        gateway.port, path, chat("odd/a", ",\"num_retries\":0"), key: nil,
                        fields: [WireField(field, value)])
                }
            }
            for query in [
                "%", "%2", "%zz", "%F", "%00%ff%80", "=&&=", "model=%", "model_id=%e2%82",
                "model=" + String(repeating: "%", count: 9000),
            ] {
                for path in ["/health", "/v1/route", "/router/cooldowns", "/v1/models/x", "/metrics"] {
                    #expect(try TestHTTPClient.get(gateway.port, "\(path)?\(query)").status < 600, "\(path)?\(query)")
                }
            }
            for rest in Self.rawRequests {
                let client = try TestHTTPClient(port: gateway.port)
                try client.send(rest)
                client.finishSending()
                _ = try? client.rest()
            }
            #expect(try TestHTTPClient.post(gateway.port, path, chat("odd/a")).status == 200)
        }
    }

    private static let rawRequests: [String] = {
        let line = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
        let lengths = [
            "9223372036854775807", "9223372036854775808", "-1", "+1", "1e3", "00000000000000000000000000000002",
        ]
        let sizes = ["7fffffffffffffff", "8000000000000000", "ffffffffffffffff", "fffffffffffffffff", "-1", "7fffffff"]
        return lengths.map { "\(line)Content-Length: \($0)\r\n\r\n{}" }
            + lengths.map { "\(line)Expect: 100-continue\r\nContent-Length: \($0)\r\n\r\n{}" }
            + sizes.map { "\(line)Transfer-Encoding: chunked\r\n\r\n\($0)\r\n{}" }
            + sizes.map { "\(line)Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n\($0)\r\n{}" }
            + ["%", "%2", "%zz", "%2F%2f", "/%c3%28", "/%00", "/..%2f"].map {
                "GET /v1/models\($0) HTTP/1.1\r\nHost: x\r\n\r\n"
            }
            + ["1.9", "9.1", "1.10", "99999999999.1"].map { "GET / HTTP/\($0)\r\nHost: x\r\n\r\n" }
            + ["99999999999999999999", "-1", "65536", "0"].map { "GET / HTTP/1.1\r\nHost: x:\($0)\r\n\r\n" }
    }()
}

/// An upstream that answers a request for a model with the bytes that stand behind its name, and hangs up.
private final class OddUpstream: Sendable {
    let port: UInt16
    private let listener: TCPSocket

    init(_ answers: [String: String]) throws {
        listener = try TCPSocket.listening(on: 0)
        port = listener.port
        startThread { [listener] in
            while let socket = listener.accepted() {
                startThread { try? OddUpstream.serve(socket, answers) }
            }
        }
    }

    deinit { listener.shutDown() }

    private static func serve(_ socket: TCPSocket, _ answers: [String: String]) throws {
        let (reader, deadline) = (ByteReader(socket), ContinuousClock.now + .seconds(20))
        guard try reader.line(before: deadline) != nil else { return }
        let fields = try reader.fields(before: deadline)
        let body = try reader.body(WireFraming(fields, openEnded: .none), before: deadline).bytes
        let model = TestJSON(body)?["model"]?.string ?? ""
        try socket.send((answers[model] ?? "").utf8, timeout: .seconds(20))
        // Unread bytes would make the close a reset, which takes back what was sent.
        socket.finishSending()
        while try reader.piece(atMost: 65536, before: deadline) != nil {}
    }
}
