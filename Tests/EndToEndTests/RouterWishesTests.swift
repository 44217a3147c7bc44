import TestSupport
import Testing

/// What a request says about its own handling.
@Suite(.serialized, .gateway(RouterConfig.wishes)) struct RouterWishesTests {
    /// `more`: further members, each with its comma before it.
    private func exchange(
        _ model: String = "a", _ more: String = "", _ fields: [WireField] = [], failing: [String: [String]] = [:]
    ) throws -> (answer: TestResponse, models: [String], requests: [RecordedRequest]) {
        let stack = try stack()
        for id in ["test/a", "test/b", "test/c", "test/large"] { stack.fake.answer(model: id, as: []) }
        for (id, ids) in failing { stack.fake.answer(model: id, as: ids) }
        stack.fake.forgetRequests()
        let answer = try stack.post("/v1/chat/completions", chat(model, more), fields)
        return (answer, stack.fake.requests.compactMap(\.model), stack.fake.requests)
    }

    typealias Wish = (more: String, field: String?, models: String, status: Int)

    static let wishes: [Wish] = [
        ("", nil, "a a b", 200), (",\"num_retries\":0", nil, "a b", 200), ("", "0", "a b", 200),
        (",\"num_retries\":2", "0", "a b", 200), (",\"num_retries\":0,\"disable_fallbacks\":true", nil, "a", 500),
        (",\"disable_fallbacks\":true", nil, "a a", 500), (",\"num_retries\":0,\"fallbacks\":[]", nil, "a", 500),
        (",\"num_retries\":0,\"fallbacks\":[\"c\"]", nil, "a c", 200),
        (",\"num_retries\":0,\"fallbacks\":[{\"a\":[\"c\"]}]", nil, "a c", 200),
        (",\"num_retries\":0,\"fallbacks\":[{\"*\":[\"c\"]}]", nil, "a c", 200),
        (",\"num_retries\":0,\"fallbacks\":[\"nobody\",\"c\"]", nil, "a c", 200),
        (",\"num_retries\":0,\"fallbacks\":[\"a\",\"a\",\"c\"]", nil, "a c", 200),
        (",\"num_retries\":0,\"fallbacks\":[\"openrouter/test/c\"]", nil, "a c", 200),
    ]

    @Test(arguments: wishes) func countsAndLists(_ c: Wish) throws {
        let fields = c.field.map { [WireField("x-litellm-num-retries", $0)] } ?? []
        let (answer, models, requests) = try exchange("a", c.more, fields, failing: ["test/a": ["fault/500"]])
        #expect(models == c.models.split(separator: " ").map { "test/\($0)" }, "\(c.more)")
        #expect(answer.status == c.status)
        for request in requests {
            let names = Set(request.json?.names ?? [])
            #expect(names == ["model", "messages"], "what speaks to the gateway stays here")
        }
    }

    static let wrong: [(more: String, param: String)] = [
        (",\"num_retries\":-1", "num_retries"), (",\"num_retries\":1000", "num_retries"),
        (",\"num_retries\":\"x\"", "num_retries"), (",\"timeout\":0", "timeout"), (",\"timeout\":\"x\"", "timeout"),
        (",\"stream_timeout\":-1", "stream_timeout"), (",\"request_timeout\":1e9", "request_timeout"),
        (",\"fallbacks\":\"b\"", "fallbacks"), (",\"fallbacks\":[1]", "fallbacks"),
        (",\"context_window_fallbacks\":{}", "context_window_fallbacks"),
        (",\"fallbacks\":[\((0..<30_000).map { "\"b\($0)\"" }.joined(separator: ","))]", "fallbacks"),
        (",\"fallbacks\":[{\"model\":\"b\",\"api_key\":\"x\"}]", "fallbacks"),
    ]

    @Test(arguments: wrong) func aWishThatMakesNoSenseIsRefused(_ more: String, _ param: String) throws {
        let (answer, models, _) = try exchange("a", more)
        #expect(answer.status == 400)
        #expect(answer.json?["error"]?["param"]?.string == param)
        #expect(models.isEmpty)
    }

    @Test func moreRetriesThanTheOperatorGivesAreNot() throws {
        let failing = ["test/a": ["fault/500"]]
        let (answer, models, _) = try exchange("a", ",\"num_retries\":10", failing: failing)
        #expect(models == ["test/a", "test/a", "test/b"])
        #expect(answer.field("x-penstock-retry-limit") == "1")
        let (error, _, _) = try exchange("a", ",\"num_retries\":10,\"disable_fallbacks\":true", failing: failing)
        #expect(error.status == 500)
        #expect(error.field("x-penstock-retry-limit") == "1")
        let (fewer, _, _) = try exchange("a", ",\"num_retries\":1", failing: failing)
        #expect(fewer.field("x-penstock-retry-limit") == nil)
    }

    @Test func aFallbackMayChangeTheBody() throws {
        let entry = #"{"model":"c","temperature":0,"messages":[{"role":"user","content":"Shorter"}],"seed":7}"#
        let (answer, models, requests) = try exchange(
            "a", ",\"temperature\":1,\"num_retries\":0,\"fallbacks\":[\(entry),\"b\"]",
            failing: ["test/a": ["fault/500"], "test/c": ["fault/500"]])
        #expect(answer.status == 200)
        #expect(models == ["test/a", "test/c", "test/b"])
        #expect(requests.map { $0.json?["temperature"] } == [.number("1"), .number("0"), .number("1")])
        #expect(requests.map { $0.json?["seed"] } == [nil, .number("7"), nil])
        #expect(
            requests.map { $0.json?["messages"]?[0]?["content"]?.string } == ["Hi", "Shorter", "Hi"])
    }

    // MARK: lists of their own

    @Test func aPromptThatIsTooLongGoesToALargerModel() throws {
        let (answer, models, _) = try exchange("a", failing: ["test/a": ["fault/provider-400-context"]])
        #expect(answer.status == 200)
        #expect(models == ["test/a", "test/large"])
        #expect(answer.field("x-litellm-attempted-fallbacks") == "1")
        let (refused, only, _) = try exchange("b", failing: ["test/b": ["fault/provider-400-context"]])
        #expect(refused.status == 400)
        #expect(only == ["test/b"])
        let (own, asked, _) = try exchange(
            "b", ",\"context_window_fallbacks\":[\"c\"]", failing: ["test/b": ["fault/provider-400-context"]])
        #expect(own.status == 200)
        #expect(asked == ["test/b", "test/c"])
    }

    @Test func refusedContentGoesWhereTheRequestSays() throws {
        let (refused, only, _) = try exchange("a", failing: ["test/a": ["fault/403-moderation"]])
        #expect(refused.status == 403)
        #expect(only == ["test/a"])
        let (own, asked, _) = try exchange(
            "a", ",\"content_policy_fallbacks\":[\"c\"]", failing: ["test/a": ["fault/403-moderation"]])
        #expect(own.status == 200)
        #expect(asked == ["test/a", "test/c"])
    }

    // MARK: time

    typealias Limit = (more: String, fields: [WireField], stream: Bool, status: Int, names: String)

    static let limits: [Limit] = [
        (",\"timeout\":0.2", [], false, 504, "timeout"), (",\"timeout\":\"0.2\"", [], false, 504, "timeout"),
        ("", [WireField("x-litellm-timeout", "0.2")], false, 504, "timeout"),
        (",\"stream_timeout\":0.2", [], true, 504, "first-byte timeout"),
        ("", [WireField("x-litellm-stream-timeout", "0.2")], true, 504, "first-byte timeout"),
        (",\"request_timeout\":0.2", [], false, 408, "request_timeout"),
        (",\"request_timeout\":0.2", [], true, 408, "request_timeout"),
        // No pause goes beyond the whole request's time: what the upstream did is the answer, at once.
        (",\"request_timeout\":0.5,\"timeout\":0.2,\"num_retries\":9", [], false, 504, "timeout"),
    ]

    @Test(arguments: limits) func aTimeoutNamesWhichItWas(_ c: Limit) throws {
        let begin = ContinuousClock.now
        let retries = c.more.contains("num_retries") ? "" : ",\"num_retries\":0"
        let (answer, models, _) = try exchange(
            "a", c.more + retries + ",\"disable_fallbacks\":true" + (c.stream ? ",\"stream\":true" : ""), c.fields,
            failing: ["test/a": ["fault/never-answers"]])
        #expect(answer.status == c.status)
        #expect(answer.errorType == "timeout_error")
        #expect(answer.errorMessage?.contains(c.names) == true)
        #expect(!models.isEmpty)
        let took = ContinuousClock.now - begin
        #expect(took > .milliseconds(190))
        #expect(took < .seconds(5))
    }

    @Test func aTimeoutGoesOnToAFallback() throws {
        let (answer, models, _) = try exchange(
            "a", ",\"timeout\":0.2,\"num_retries\":0", failing: ["test/a": ["fault/never-answers"]])
        #expect(answer.status == 200)
        #expect(models == ["test/a", "test/b"])
        #expect(answer.field("x-penstock-route") == "openrouter:504, b>openrouter:test/b")
    }

    // MARK: OpenRouter's chains

    @Test func aChainOfThreeIsOpenRoutersOwn() throws {
        let chain = #"["openrouter/test/a","x/y","test/c"]"#
        let (answer, _, requests) = try exchange("a", ",\"models\":\(chain)")
        #expect(answer.status == 200)
        #expect(requests.count == 1)
        #expect(requests.first?.text.contains("\"models\":\(chain)") == true)
    }

    @Test func aLongerChainIsWalked() throws {
        let (answer, models, requests) = try exchange(
            "a", #","models":["test/m1","test/m2","test/m3","test/m4","test/m5"],"num_retries":0"#,
            failing: [
                "test/a": ["fault/500"], "test/m1": ["fault/status-400"], "test/m2": ["fault/429"],
                "test/m3": ["fault/404-tools"],
            ])
        #expect(answer.status == 200)
        #expect(models == ["test/a", "test/m1", "test/m2", "test/m3", "test/m4"])
        #expect(requests.allSatisfy { $0.json?["models"] == nil })
        #expect(answer.field("x-litellm-attempted-fallbacks") == "4")
        #expect(answer.field("x-penstock-route")?.hasSuffix("openrouter:test/m4") == true)
        // All fail: the last error, then the group's own fallback.
        let all = ["test/a", "test/m1", "test/m2", "test/m3", "test/m4", "test/m5"]
        let failing = Dictionary(uniqueKeysWithValues: all.map { ($0, ["fault/status-400"]) })
        let (refused, asked, _) = try exchange(
            "a", #","models":["test/m1","test/m2","test/m3","test/m4","test/m5"]"#, failing: failing)
        #expect(refused.status == 400)
        #expect(asked == all)
        for id in all { try stack().fake.answer(model: id, as: []) }
    }

    @Test func aChainAloneIsWalkedFromItsFirst() throws {
        let stack = try stack()
        stack.fake.forgetRequests()
        stack.fake.answer(model: "test/m1", as: ["fault/502"])
        defer { stack.fake.answer(model: "test/m1", as: []) }
        let body = #"{"models":["test/m1","test/m2","test/m3","test/m4"],"messages":[],"num_retries":0}"#
        let answer = try stack.post("/v1/chat/completions", body)
        #expect(answer.status == 200)
        #expect(stack.fake.requests.compactMap(\.model) == ["test/m1", "test/m2"])
    }

    @Test func aRouterModelIsNotMixedWithAChain() throws {
        for chain in [#"["test/m1"]"#, #"["test/m1","test/m2","test/m3","test/m4"]"#] {
            let (answer, models, requests) = try exchange("openrouter/auto", ",\"models\":\(chain)")
            #expect(answer.status == 200)
            #expect(models == ["openrouter/auto"])
            #expect(requests.first?.json?["models"] == nil)
        }
    }

    @Test func aChainHasAnEnd() throws {
        let chain = (0..<21).map { "\"test/m\($0)\"" }.joined(separator: ",")
        let (answer, models, _) = try exchange("a", ",\"models\":[\(chain)]")
        #expect(answer.status == 400)
        #expect(answer.json?["error"]?["param"]?.string == "models")
        #expect(models.isEmpty)
    }

    // MARK: a client that leaves

    @Test(arguments: ["fault/503-retry-after", "fault/delay-60000"])
    func aClientThatLeavesEndsRetriesAndPauses(_ fault: String) throws {
        let stack = try stack()
        stack.fake.answer(model: "test/a", as: [fault])
        stack.fake.forgetRequests()
        let client = try TestHTTPClient(port: stack.port)
        try client.post("/v1/chat/completions", chat("a", ",\"num_retries\":9"), key: Stack.masterKey)
        #expect(stack.fake.waitForRequests(1).count == 1)
        client.close()
        let count = stack.fake.requests.count
        #expect(stack.gateway.waitForOutput("\"status\":499", timeout: .seconds(2)))
        // Two pauses' time, in which nobody is asked.
        #expect(stack.fake.waitForRequests(count + 1, timeout: .seconds(2)).count == count)
        stack.fake.answer(model: "test/a", as: [])
    }
}

extension RouterConfig {
    static let wishes = """
        model_list:
          - {model_name: a, litellm_params: {model: openrouter/test/a, api_key: os.environ/OPEN_ROUTER_API_KEY}}
          - {model_name: b, litellm_params: {model: openrouter/test/b, api_key: os.environ/OPEN_ROUTER_API_KEY}}
          - {model_name: c, litellm_params: {model: openrouter/test/c, api_key: os.environ/OPEN_ROUTER_API_KEY}}
          - {model_name: large, litellm_params: {model: openrouter/test/large, api_key: os.environ/OPEN_ROUTER_API_KEY}}
          - {model_name: openrouter/*, litellm_params: {model: openrouter/*, api_key: os.environ/OPEN_ROUTER_API_KEY}}
        router_settings:
          num_retries: 1
          disable_cooldowns: true
          fallbacks: [{a: [b]}]
          context_window_fallbacks: [{a: [large]}]
        """
}
