import TestSupport
import Testing

extension Config {
    /// Two alike in one group, all defaults.
    static let pair = """
        model_list:
          - {model_name: pair, litellm_params: &one {model: openrouter/test/p1, api_key: os.environ/OPEN_ROUTER_API_KEY}}
          - {model_name: pair, litellm_params: {<<: *one, model: openrouter/test/p2}}
          - {model_name: only, litellm_params: {<<: *one, model: openrouter/openai/gpt-4o}}
          - {model_name: known, litellm_params: {<<: *one, model: openrouter/test/known}}
          - {model_name: x/y, litellm_params: {<<: *one, model: openrouter/test/named}}
        router_settings: {cooldown_time: 600}
        """
}

/// What one client asks for leaves no mark on what others get.
@Suite(.serialized, .gateway(Config.pair)) struct OthersRequestsTests {
    private func bothAnswer(_ stack: Stack, as ids: [String]) {
        for model in ["test/p1", "test/p2"] { stack.fake.answer(model: model, as: ids) }
    }

    private func expectServed(_ stack: Stack, _ rule: String) throws {
        bothAnswer(stack, as: [])
        #expect(try stack.post("/v1/chat/completions", chat("pair")).status == 200, "\(rule)")
        #expect(try stack.get("/router/cooldowns").json?["count"] == .number("0"), "\(rule)")
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let fault: String
        let status: Int
        /// Calls that one such request may cause.
        let calls: Int
        var more = ""
        var testDescription: String { "\(fault) \(more)" }
    }

    static let cases = [
        // Both say the same, so a third call would tell nothing.
        Case(fault: "fault/500", status: 500, calls: 2),
        Case(fault: "fault/status-501", status: 501, calls: 1),
        Case(fault: "fault/402-credits", status: 402, calls: 2),
        Case(fault: "fault/403-moderation", status: 403, calls: 1),
        Case(fault: "fault/never-answers", status: 504, calls: 3, more: ",\"timeout\":0.03"),
        Case(fault: "fault/never-answers", status: 504, calls: 3, more: ",\"stream\":true,\"stream_timeout\":0.03"),
        Case(fault: "fault/never-answers", status: 408, calls: 3, more: ",\"request_timeout\":0.05"),
        Case(fault: "fault/stream-stall", status: 504, calls: 3, more: ",\"timeout\":0.03"),
    ]

    @Test(arguments: cases) func aRequestThatFailsEverywhereRestsNobody(_ c: Case) throws {
        let stack = try stack()
        for _ in 0..<6 {
            bothAnswer(stack, as: [c.fault])
            stack.fake.forgetRequests()
            let answer = try stack.post("/v1/chat/completions", chat("pair", c.more))
            #expect(answer.status == c.status)
            #expect(stack.fake.requests.count <= c.calls, "\(stack.fake.requests.count)")
        }
        try expectServed(stack, c.testDescription)
    }

    @Test func theClientsFieldsAreItsOwnChoiceToo() throws {
        let stack = try stack()
        bothAnswer(stack, as: ["fault/never-answers"])
        for _ in 0..<6 {
            let answer = try stack.post(
                "/v1/chat/completions", chat("pair"), [WireField("x-litellm-timeout", "0.03")])
            #expect(answer.status == 504)
        }
        try expectServed(stack, "x-litellm-timeout")
    }

    @Test func whatAnUpstreamSaysToOneIsNotToldToAnother() throws {
        let stack = try stack()
        stack.fake.answer(model: "test/known", as: ["fault/429-retry-after"])
        defer { stack.fake.answer(model: "test/known", as: []) }
        #expect(try stack.post("/v1/chat/completions", chat("known")).errorMessage == "Provider returned error")
        let other = try stack.post("/v1/chat/completions", chat("known"))
        #expect(other.status == 429)
        #expect(other.errorMessage?.contains("Provider returned error") == false)
        #expect(other.json?["error"]?["metadata"] == nil)
        #expect(other.field("retry-after") != nil)
        let row = try stack.get("/router/cooldowns").json?["cooldowns"]?[0]
        #expect(row?["message"]?.string == "Provider returned error", "the operator's page has it")
        let client = try TestHTTPClient(port: stack.port)
        try client.send("DELETE", "/router/cooldowns", [WireField("Authorization", "Bearer \(Stack.masterKey)")])
        #expect(try client.response().status == 200)
    }

    // MARK: chains

    @Test func anEntryOfAChainLeadsWhereARequestForItWould() throws {
        let stack = try stack()
        func post(_ chain: String) throws -> TestResponse {
            stack.fake.forgetRequests()
            return try stack.post("/v1/chat/completions", chat("only", ",\"models\":[\(chain)],\"num_retries\":0"))
        }
        // Nobody but `only` may be asked for gpt-4o, and for nothing else of that provider.
        let refused = try post(#""openai/gpt-4o","a/1","a/2","a/3","a/4""#)
        #expect(refused.status == 404)
        #expect(refused.errorCode == "model_not_found")
        #expect(stack.fake.requests.isEmpty)

        stack.fake.answer(model: "openai/gpt-4o", as: ["fault/502"])
        stack.fake.answer(model: "test/known", as: ["fault/502"])
        let walked = try post(#""known","x/y","pair","only""#)
        stack.fake.answer(model: "openai/gpt-4o", as: [])
        stack.fake.answer(model: "test/known", as: [])
        #expect(walked.status == 200)
        #expect(stack.fake.requests.compactMap(\.model) == ["openai/gpt-4o", "test/known", "test/named"])
    }
}

extension Config {
    static let sharedHealth = """
        model_list:
          - model_name: one
            model_info: {id: one, health_check_model: openrouter/test/checked}
            litellm_params:
              {model: openrouter/test/served, api_key: os.environ/OPEN_ROUTER_API_KEY, max_parallel_requests: 1, rpm: 1}
        router_settings: {num_retries: 0, cooldown_time: 600, optional_pre_call_checks: [enforce_model_rate_limits]}
        """
}

/// `/health` makes real calls: many who ask cost no more than one, and nobody's place is taken.
@Suite(.serialized, .gateway(Config.sharedHealth, arguments: ["--workers", "2"])) struct SharedHealthTests {
    private func ask(_ stack: Stack) throws -> TestHTTPClient {
        let client = try TestHTTPClient(port: stack.port)
        try client.send("GET", "/health", [WireField("Authorization", "Bearer \(Stack.masterKey)")])
        return client
    }

    @Test func manyWhoAskShareOneRound() throws {
        let stack = try stack()
        stack.fake.forgetRequests()
        stack.fake.answer(model: "test/checked", as: ["fault/delay-1000"])
        let clients = try (0..<12).map { _ in try ask(stack) }
        for client in clients {
            let answer = try client.response()
            #expect(answer.status == 200)
            #expect(answer.json?["healthy_count"] == .number("1"))
        }
        #expect(stack.fake.requests.count == 1, "on either loop")
    }

    @Test func aRoundEndsWithTheLastOneWhoWaits() throws {
        let stack = try Stack(Config.sharedHealth, arguments: ["--workers", "1"])
        stack.fake.answer(model: "test/checked", as: ["fault/never-answers"])
        let first = try ask(stack)
        let call = try #require(stack.fake.waitForRequests(1).first)
        let second = try ask(stack)
        // An answer to a later connection means that the loop has seen what came before it.
        _ = try stack.get("/health/liveliness")
        first.close()
        // The first one has gone, and the second one still waits.
        #expect(stack.gateway.waitForOutput("\"path\":\"/health\",\"status\":499"))
        #expect(stack.fake.requests.allSatisfy { !$0.clientLeft })
        second.close()
        #expect(stack.fake.waitForClientToLeave(request: call.number) != nil)
        // And the next one begins anew.
        stack.fake.answer(model: "test/checked", as: [])
        #expect(try stack.get("/health").json?["healthy_count"] == .number("1"))
    }

    @Test func aRoundTakesNoClientsPlaceAndRestsNobody() throws {
        let stack = try stack()
        stack.fake.forgetRequests()
        stack.fake.answer(model: "test/checked", as: ["fault/never-answers"])
        let waiting = try ask(stack)
        let call = try #require(stack.fake.waitForRequests(1).first)
        // One at a time and one a minute: the check is neither.
        #expect(try stack.post("/v1/chat/completions", chat("one")).status == 200)
        waiting.close()
        // Until the round is given up, whoever asks waits with it.
        #expect(stack.fake.waitForClientToLeave(request: call.number) != nil)
        for fault in ["fault/status-401", "fault/500", "fault/429-retry-after"] {
            stack.fake.answer(model: "test/checked", as: [fault])
            for _ in 0..<6 { #expect(try stack.get("/health").json?["unhealthy_count"] == .number("1")) }
        }
        #expect(try stack.get("/router/cooldowns").json?["count"] == .number("0"))
        stack.fake.answer(model: "test/checked", as: [])
    }
}
