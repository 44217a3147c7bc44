import TestSupport
import Testing

/// Health checks go the way of requests, and through the same state: they heal and they count.
@Suite struct HealthTests {
    static func config(_ general: String = "") -> String {
        """
        model_list:
          - model_name: pair
            model_info: {id: a}
            litellm_params:
              {model: openrouter/test/a, api_base: "{fake}", api_key: os.environ/OPEN_ROUTER_API_KEY, order: 1}
          - model_name: pair
            model_info: {id: b, disable_background_health_check: true}
            litellm_params:
              {model: openrouter/test/b, api_base: "{fake}", api_key: os.environ/OPEN_ROUTER_API_KEY, order: 2}
          - model_name: openrouter/*
            model_info: {id: wild, health_check_model: openrouter/test/checked}
            litellm_params: {model: openrouter/*, api_base: "{fake}", api_key: os.environ/OPEN_ROUTER_API_KEY}
          - model_name: other/*
            model_info: {id: blind}
            litellm_params: {model: openrouter/*, api_base: "{fake}", api_key: os.environ/OPEN_ROUTER_API_KEY}
        router_settings:
          num_retries: 0
          cooldown_time: 600
          model_group_alias: {nick: pair}
        \(general)
        """
    }

    static func rest(_ stack: Stack) throws {
        stack.fake.answer(model: "test/a", as: ["fault/status-401", "openai/gpt-4o"])
        #expect(try stack.post("/v1/chat/completions", chat("pair")).field("x-litellm-model-id") == "b")
        #expect(try stack.get("/router/cooldowns").json?["count"] == .number("1"))
    }

    @Suite(.serialized, .gateway(config())) struct OnDemand {
        @Test func aCheckHealsADeploymentThatRests() throws {
            let stack = try stack()
            try HealthTests.rest(stack)
            stack.fake.forgetRequests()
            let answer = try stack.get("/health?model_id=a")
            #expect(answer.status == 200)
            #expect(answer.json?["healthy_count"] == .number("1"))
            #expect(stack.fake.requests.map(\.model) == ["test/a"])
            #expect(try stack.get("/router/cooldowns").json?["count"] == .number("0"))
            #expect(try stack.post("/v1/chat/completions", chat("pair")).field("x-litellm-model-id") == "a")
        }

        @Test func aCheckThatFailsRestsNobody() throws {
            let stack = try stack()
            let before = try Page(stack)
            stack.fake.answer(model: "test/a", as: ["fault/status-401"])
            let answer = try stack.get("/health?model_id=a")
            #expect(answer.status == 503)
            #expect(answer.json?["unhealthy_count"] == .number("1"))
            let row = try #require(answer.json?["unhealthy_endpoints"]?[0])
            #expect(row["exception_status"] == .number("401"))
            #expect(row["model_id"]?.string == "a")
            #expect(try stack.get("/router/cooldowns").json?["count"] == .number("0"))
            let after = try Page(stack)
            let name = "penstock_health_checks_total"
            #expect(after.sum(name, ["AuthenticationError"]) - before.sum(name, ["AuthenticationError"]) == 1)
            #expect(
                after.sum("penstock_upstream_attempts_total") == before.sum("penstock_upstream_attempts_total"),
                "it was no client's call")
            stack.fake.answer(model: "test/a", as: [])
            #expect(try stack.get("/health?model_id=a").status == 200)
            #expect(try stack.get("/router/cooldowns").json?["count"] == .number("0"))
        }

        @Test func everythingIsCheckedByItsOwnDeployment() throws {
            let stack = try stack()
            stack.fake.forgetRequests()
            let answer = try stack.get("/health")
            #expect(answer.status == 200)
            func ids(_ list: String) -> [String?]? { answer.json?[list]?.array?.map { $0["model_id"]?.string } }
            #expect(ids("healthy_endpoints") == ["a", "b", "wild"])
            #expect(ids("unhealthy_endpoints") == [])
            #expect(ids("unchecked_endpoints") == ["blind"])
            #expect(Set(stack.fake.requests.compactMap(\.model)) == ["test/a", "test/b", "test/checked"])
        }

        typealias Case = (query: String, status: Int, healthy: Int?)

        static let targets: [Case] = [
            ("model=pair", 200, 2), ("model=nick", 200, 2), ("model=openrouter/*", 200, 1), ("model_id=b", 200, 1),
            ("model=openrouter/test/a", 200, 1), ("model=openrouter/openai/gpt-4o", 200, 1),
            ("model=openrouter/fault/500", 503, 0), ("model_id=blind", 503, 0), ("model=other/*", 503, 0),
            ("model=nobody", 404, nil), ("model_id=nobody", 404, nil),
        ]

        @Test(arguments: targets) func aTargetedCheck(_ c: Case) throws {
            let answer = try stack().get("/health?\(c.query)")
            #expect(answer.status == c.status, "\(c.query)")
            #expect(answer.json?["healthy_count"] == c.healthy.map { .number("\($0)") }, "\(c.query)")
        }
    }

    @Suite(
        .serialized, .gateway(config("general_settings: {background_health_checks: true, health_check_interval: 0.2}")))
    struct InTheBackground {
        @Test func theyHealADeploymentThatRests() throws {
            let stack = try stack()
            stack.fake.answer(model: "test/a", as: ["fault/status-401"])
            #expect(try stack.post("/v1/chat/completions", chat("pair")).field("x-litellm-model-id") == "b")
            #expect(stack.gateway.waitForOutput("health check failed"))
            #expect(try stack.get("/router/cooldowns").json?["count"] == .number("1"))
            stack.fake.answer(model: "test/a", as: [])
            stack.fake.forgetRequests()
            // The second round after the change begins when the first one's results are known.
            stack.fake.waitForRequests(4)
            #expect(try stack.get("/router/cooldowns").json?["count"] == .number("0"))
            #expect(try stack.post("/v1/chat/completions", chat("pair")).field("x-litellm-model-id") == "a")
        }

        @Test func whatTheyFoundIsTheAnswer() throws {
            let stack = try stack()
            stack.fake.forgetRequests()
            stack.fake.waitForRequests(4)
            let answer = try stack.get("/health")
            let again = try stack.get("/health?model_id=b")
            func ids(_ list: String) -> [String?]? { answer.json?[list]?.array?.map { $0["model_id"]?.string } }
            #expect(ids("healthy_endpoints") == ["a", "wild"])
            #expect(ids("unchecked_endpoints") == ["b", "blind"])
            #expect(answer.json?["checked_at"]?.string?.hasSuffix("Z") == true)
            #expect(again.status == 503, "it is left out of them")
            #expect(!stack.fake.requests.contains { $0.model == "test/b" })
        }
    }

    @Suite struct Draining {
        @Test func readinessSaysNo() throws {
            let stack = try Stack(config(), arguments: ["--workers", "1"])
            let client = try TestHTTPClient(port: stack.port)
            #expect(try stack.get("/health/readiness", key: nil).status == 200)
            try client.send("GET /health/readiness HTTP/1.1\r\n")
            // A second connection's answer means that the loop has been round and seen the first one's bytes.
            #expect(try stack.get("/health/readiness", key: nil).status == 200)
            stack.gateway.send(signal: 15)
            #expect(stack.gateway.waitForOutput("\"stopping\""))
            try client.send("Host: x\r\n\r\n")
            let answer = try client.response()
            #expect(answer.status == 503)
            #expect(answer.json?["status"]?.string == "draining")
            #expect(stack.gateway.waitForExit() == .status(0))
        }
    }
}
