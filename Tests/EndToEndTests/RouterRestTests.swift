import TestSupport
import Testing

/// Deployments that fail all the time rest, are probed, and get their share back when they are well.
@Suite(.serialized, .gateway(RouterConfig.rest)) struct RouterRestTests {
    private func calls(_ model: String) throws -> Int {
        try stack().fake.requests.count { $0.model == model }
    }

    @Test(arguments: ["500", "status-401", "429-bare", "close-before-answer", "html-200"])
    func oneOfTwoFailsAllTheTimeAndNoClientNotices(_ fault: String) throws {
        let stack = try stack()
        stack.fake.forgetRequests()
        stack.fake.answer(model: "test/bad", as: ["fault/\(fault)"])
        let begin = ContinuousClock.now
        var sent = 0
        while ContinuousClock.now - begin < .seconds(2) {
            let answer = try stack.post("/v1/chat/completions", chat("pair"))
            #expect(answer.status == 200)
            sent += 1
        }
        let took = (ContinuousClock.now - begin) / .milliseconds(500)
        // Five failures in a row rest it at the latest; then one probe per rest.
        let failed = try calls("test/bad")
        #expect(failed >= 1)
        // A kept connection that is closed without an answer is no failure yet: the call goes out once more.
        let most = (5 + Int(took) + 1) * (fault == "close-before-answer" ? 2 : 1)
        #expect(failed <= most, "\(failed) of \(sent)")
        #expect(try calls("test/good") == sent)

        // It is well again: after the probe, half of the requests are its own.
        stack.fake.answer(model: "test/bad", as: [])
        let healed = ContinuousClock.now
        while try calls("test/bad") < failed + 3, ContinuousClock.now - healed < .seconds(5) {
            #expect(try stack.post("/v1/chat/completions", chat("pair")).status == 200)
        }
        stack.fake.forgetRequests()
        for _ in 0..<200 { _ = try stack.post("/v1/chat/completions", chat("pair")) }
        #expect((60...140).contains(try calls("test/bad")))
    }

    @Test func aDeploymentThatRestsIsWaitedForWhenItIsTheLastHope() throws {
        let stack = try stack()
        stack.fake.forgetRequests()
        stack.fake.answer(model: "test/t1", as: ["fault/status-401", "test/t1"])
        stack.fake.answer(model: "test/t2", as: ["fault/status-401", "test/t2"])
        // Both keys are refused: both rest for half a second.
        let first = try stack.post("/v1/chat/completions", chat("two"))
        #expect(first.status == 401)
        #expect(first.errorType == "upstream_authentication_error")
        let begin = ContinuousClock.now
        let second = try stack.post("/v1/chat/completions", chat("two"))
        #expect(second.status == 200)
        #expect(ContinuousClock.now - begin > .milliseconds(300))
        #expect(stack.fake.requests.count == 3)
    }

    @Test func longRestsAre429WithTheTimeLeft() throws {
        let stack = try stack()
        for id in ["test/t1", "test/t2"] { stack.fake.answer(model: id, as: ["fault/429-retry-after"]) }
        #expect(try stack.post("/v1/chat/completions", chat("two")).status == 429)
        stack.fake.forgetRequests()
        let answer = try stack.post("/v1/chat/completions", chat("two"))
        #expect(answer.status == 429)
        #expect(answer.errorCode == "all_deployments_in_cooldown")
        #expect((15...17).contains(Int(answer.field("retry-after") ?? "") ?? 0))
        #expect(
            answer.errorMessage?.wholeMatch(
                of:
                    #/All deployments of 'two' are resting and none was asked; the first to come back rests for 1[4-7]\.\d s after a 429 RateLimitError\./#
            ) != nil)
        #expect(answer.field("x-penstock-route")?.wholeMatch(of: #/two>openrouter:test/t[12] \(resting\)/#) != nil)
        #expect(answer.field("x-litellm-model-group") == "two")
        let line = try stack.requestLine(answer)
        #expect(line["deployment"]?.string == answer.field("x-litellm-model-id"))
        #expect(line["upstream_model"]?.string?.hasPrefix("test/t") == true)
        #expect(answer.errorMessage?.contains("Provider returned error") == false, "that was said to another client")
        #expect(stack.fake.requests.isEmpty)
    }

    @Test func aLoneOneAtRestIsTheStatusOfItsFailure() throws {
        let stack = try stack()
        stack.fake.answer(model: "test/lone", as: ["fault/429-retry-after"])
        let first = try stack.post("/v1/chat/completions", chat("lone"))
        #expect(first.status == 429)
        #expect(first.field("retry-after") == "17")
        stack.fake.forgetRequests()
        let second = try stack.post("/v1/chat/completions", chat("lone"))
        #expect(second.status == 429)
        #expect(first.errorMessage == "Provider returned error")
        #expect(second.errorMessage?.contains("429 RateLimitError") == true)
        #expect(second.errorMessage?.contains("Provider returned error") == false, "that was said to another client")
        #expect(second.errorCode == "deployment_in_cooldown")
        #expect(second.errorMessage?.hasPrefix("The deployment of 'lone' rests for 1") == true)
        #expect(second.field("x-penstock-route") == "lone>openrouter:test/lone (resting)")
        #expect(try stack.requestLine(second)["deployment"]?.string?.isEmpty == false)
        #expect((15...17).contains(Int(second.field("retry-after") ?? "") ?? 0))
        #expect(stack.fake.requests.isEmpty)
    }

    @Test func theGatewaysOwnLimitSaysSo() throws {
        let stack = try stack()
        stack.fake.forgetRequests()
        // A minute may end in between, which allows two more.
        var statuses: [Int] = []
        var last: TestResponse?
        while statuses.count < 5, last?.status != 429 {
            last = try stack.post("/v1/chat/completions", chat("rate"))
            statuses.append(last?.status ?? 0)
        }
        #expect((3...5).contains(statuses.count))
        #expect(last?.status == 429)
        #expect(last?.errorCode == "gateway_limit_reached")
        #expect(stack.fake.requests.count == statuses.count - 1)
    }
}

extension RouterConfig {
    static let rest = """
        model_list:
          - {model_name: pair, litellm_params: {model: openrouter/test/bad, api_key: os.environ/OPEN_ROUTER_API_KEY}}
          - {model_name: pair, litellm_params: {model: openrouter/test/good, api_key: os.environ/OPEN_ROUTER_API_KEY}}
          - {model_name: two, litellm_params: {model: openrouter/test/t1, api_key: os.environ/OPEN_ROUTER_API_KEY}}
          - {model_name: two, litellm_params: {model: openrouter/test/t2, api_key: os.environ/OPEN_ROUTER_API_KEY}}
          - {model_name: lone, litellm_params: {model: openrouter/test/lone, api_key: os.environ/OPEN_ROUTER_API_KEY}}
          - {model_name: rate, litellm_params: {model: openrouter/test/rate, rpm: 2, api_key: os.environ/OPEN_ROUTER_API_KEY}}
        router_settings:
          num_retries: 1
          cooldown_time: 0.5
          optional_pre_call_checks: [enforce_model_rate_limits]
        """
}
