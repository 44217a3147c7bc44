import TestSupport
import Testing

/// `GET /metrics` of the built binary tells what the fake upstream has seen.
@Suite struct MetricsTests {
    /// A group of two, its fallback, a wildcard and an alias.
    static let config = """
        model_list:
          - model_name: main
            model_info: {id: first}
            litellm_params: {model: openrouter/test/first, api_base: "{fake}", api_key: os.environ/OPEN_ROUTER_API_KEY}
          - model_name: main
            model_info: {id: second}
            litellm_params: {model: openrouter/test/second, api_base: "{fake}", api_key: os.environ/OPEN_ROUTER_API_KEY}
          - model_name: backup
            model_info: {id: third}
            litellm_params: {model: openrouter/test/third, api_base: "{fake}", api_key: os.environ/OPEN_ROUTER_API_KEY}
          - model_name: openrouter/*
            model_info: {id: wild}
            litellm_params: {model: openrouter/*, api_base: "{fake}", api_key: os.environ/OPEN_ROUTER_API_KEY}
        router_settings:
          num_retries: 1
          disable_cooldowns: true
          fallbacks: [{main: [backup]}]
          model_group_alias: {nick: main}
        """

    @Suite(.serialized, .gateway(config, arguments: ["--workers", "2"])) struct Counting {
        @Test func attemptsAreThoseThatTheUpstreamReceived() throws {
            let stack = try stack()
            let before = try Page(stack)
            stack.fake.forgetRequests()
            stack.fake.answer(model: "test/first", as: ["fault/500"])
            stack.fake.answer(model: "test/second", as: ["fault/502"])
            for model in ["main", "nick", "backup", "openrouter/openai/gpt-4o"] {
                for path in ["/v1/chat/completions", "/v1/responses"] {
                    let body = path.hasSuffix("responses") ? responses(model) : chat(model)
                    #expect(try stack.counted(stack.post(path, body)).status == 200, "\(model) on \(path)")
                }
            }
            #expect(try stack.counted(stack.post("/v1/chat/completions", chat("nobody"))).status == 404)
            stack.fake.answer(model: "test/first", as: [])
            stack.fake.answer(model: "test/second", as: [])
            let received = stack.fake.requests
            let after = try Page(stack)
            func gained(_ name: String, _ labels: [String] = []) -> Double {
                after.sum(name, labels) - before.sum(name, labels)
            }
            #expect(gained("penstock_upstream_attempts_total") == Double(received.count))
            #expect(gained("litellm_deployment_total_requests_total") == Double(received.count))
            for (id, model) in [("first", "test/first"), ("second", "test/second"), ("third", "test/third")] {
                let sent = received.filter { $0.model == model }.count
                #expect(gained("penstock_upstream_attempts_total", ["model_id=\"\(id)\""]) == Double(sent), "\(id)")
            }
            let failed = received.filter { ["test/first", "test/second"].contains($0.model) }.count
            #expect(gained("penstock_upstream_errors_total") == Double(failed))
            #expect(gained("litellm_deployment_failure_responses_total") == Double(failed))
            #expect(gained("penstock_requests_total") == 9)
            #expect(gained("penstock_requests_total", ["requested_model=\"nick\""]) == 2)
            #expect(gained("penstock_requests_total", ["requested_model=\"openrouter/*\""]) == 2)
            #expect(gained("penstock_requests_total", ["requested_model=\"other\""]) == 1)
            #expect(gained("penstock_fallback_requests_total") == 4)
            #expect(gained("penstock_fallbacks_total", ["outcome=\"success\"", "fallback_model=\"backup\""]) == 4)
            #expect(gained("penstock_retries_total") == Double(failed - 4))
            #expect(gained("litellm_proxy_total_requests_metric_total", ["status_code=\"200\""]) == 8)
            #expect(gained("litellm_proxy_failed_requests_metric_total") == 1)
            #expect(gained("litellm_total_tokens_metric_total") == 8 * 17)
            #expect(abs(gained("litellm_spend_metric_total") - 8 * 0.00008) < 1e-9)
            #expect(gained("litellm_request_total_latency_metric_count") == 8)
        }

        @Test func streamsAndTheirFirstTokens() throws {
            let stack = try stack()
            let before = try Page(stack)
            let client = try TestHTTPClient(port: stack.port)
            stack.fake.answer(model: "test/third", as: ["fault/stream-endless"])
            try client.post("/v1/chat/completions", chat("backup", ",\"stream\":true"), key: Stack.masterKey)
            var answer = try client.head()
            try client.read(&answer, until: "content")
            let open = try Page(stack)
            #expect(open.sum("penstock_open_streams") == 1)
            #expect(open.sum("litellm_in_flight_requests") == 1)
            #expect(open.sum("penstock_requests_in_flight") == 2)
            #expect(open.sum("penstock_open_connections") == 2)
            #expect(open.sum("penstock_deployment_in_flight", ["model_id=\"third\""]) == 1)
            client.reset()
            stack.fake.answer(model: "test/third", as: [])
            #expect(stack.gateway.waitForOutput("\"client_left\":true"))
            let whole = try stack.post("/v1/chat/completions", chat("backup", ",\"stream\":true"))
            #expect(try stack.counted(whole).events.isEmpty == false)
            let after = try Page(stack)
            #expect(after.sum("penstock_open_streams") == 0)
            #expect(after.sum("litellm_in_flight_requests") == 0)
            #expect(after.sum("penstock_deployment_in_flight") == 0)
            #expect(
                after.sum("penstock_client_disconnects_total") - before.sum("penstock_client_disconnects_total") == 1)
            let name = "litellm_llm_api_time_to_first_token_metric_count"
            #expect(after.sum(name) - before.sum(name) == 1)
            #expect(after.sum("penstock_group_first_token_quantile_seconds", ["model_group=\"backup\""]) > 0)
        }

        @Test func namesThatClientsMakeUpAreNoSeries() throws {
            let stack = try stack()
            _ = try stack.post("/v1/chat/completions", chat("openrouter/evil/first"))
            _ = try stack.post("/v1/chat/completions", chat("evil"))
            _ = try stack.get("/evil")
            let before = try Page(stack).lines.filter { !$0.contains("_quantile_") }.count
            for number in 0..<50 {
                _ = try stack.post("/v1/chat/completions", chat("openrouter/evil/\(number)"))
                _ = try stack.post("/v1/chat/completions", chat("evil\(number)"))
                _ = try stack.get("/evil/\(number)")
            }
            let page = try Page(stack)
            #expect(page.lines.filter { !$0.contains("_quantile_") }.count <= before + 60, "two workers at most")
            #expect(!page.text.contains("evil"))
        }

        @Test func thePageIsPrometheusText() throws {
            let page = try Page(try stack())
            #expect(page.type == "text/plain; version=0.0.4; charset=utf-8")
            #expect(page.text.hasSuffix("\n"))
            var families: Set<String> = []
            var samples: Set<String> = []
            for line in page.lines {
                if line.hasPrefix("# TYPE ") {
                    #expect(families.insert(String(line.split(separator: " ")[2])).inserted, "\(line) twice")
                } else if !line.hasPrefix("# HELP ") {
                    let end = try #require(line.lastIndex(of: " "))
                    #expect(Double(line[line.index(after: end)...]) != nil, "\(line)")
                    #expect(samples.insert(String(line[..<end])).inserted, "\(line) twice")
                }
            }
            for name in ["penstock_build_info", "process_start_time_seconds", "penstock_loop_lag_seconds"] {
                #expect(families.contains(name))
            }
        }

        @Test func theKeyIsWanted() throws {
            let stack = try stack()
            #expect(try stack.get("/metrics", key: nil).status == 401)
            #expect(try stack.get("/metrics", key: Secrets.wrong).status == 401)
        }

        @Test func answersTellTheirTimes() throws {
            let answer = try stack().post("/v1/chat/completions", chat("backup"))
            let duration = answer.field("x-litellm-response-duration-ms").flatMap(Double.init) ?? -1
            let overhead = answer.field("x-litellm-overhead-duration-ms").flatMap(Double.init) ?? -1
            #expect(duration > 0 && overhead >= 0 && overhead <= duration)
            #expect(answer.field("x-litellm-version")?.isEmpty == false)
        }
    }

    @Suite(
        .serialized,
        .gateway(config + "\nlitellm_settings: {require_auth_for_metrics_endpoint: false}\n", arguments: []))
    struct Open {
        @Test func theKeyIsNotWantedWhenTheConfigurationSaysSo() throws {
            let stack = try stack()
            #expect(try stack.get("/metrics", key: nil).status == 200)
            #expect(try stack.get("/router/cooldowns", key: nil).status == 401)
        }
    }

    @Suite(.serialized, .gateway(config, masterKey: nil)) struct WithoutAMasterKey {
        @Test func nobodyNeedsOne() throws { #expect(try stack().get("/metrics", key: nil).status == 200) }
    }
}

extension Stack {
    /// Waits until the gateway has logged this answer, and so counted it: the client may be faster.
    func counted(_ answer: TestResponse) throws -> TestResponse {
        let id = answer.field("x-request-id") ?? ""
        #expect(gateway.waitForOutput("\"message\":\"request\",\"request_id\":\"\(id)\""))
        return answer
    }
}

/// One answer of `/metrics`.
struct Page {
    let text: String
    let type: String?
    let lines: [Substring]

    init(_ stack: Stack) throws {
        let answer = try stack.get("/metrics")
        #expect(answer.status == 200)
        text = answer.text
        type = answer.field("content-type")
        lines = text.split(separator: "\n")
    }

    /// The values of all samples of a metric that have these labels, added up.
    func sum(_ name: String, _ labels: [String] = []) -> Double {
        lines.filter { $0.hasPrefix("\(name){") || $0.hasPrefix("\(name) ") }
            .filter { line in labels.allSatisfy { line.contains($0) } }
            .compactMap { line in line.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }
}
