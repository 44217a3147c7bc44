import TestSupport
import Testing

enum CooldownConfig {
    static let text = """
        model_list:
          - model_name: pair
            model_info: {id: a}
            litellm_params:
              {model: openrouter/test/a, api_base: "{fake}", api_key: os.environ/OPEN_ROUTER_API_KEY, order: 1}
          - model_name: pair
            model_info: {id: b}
            litellm_params:
              {model: openrouter/test/b, api_base: "{fake}", api_key: os.environ/OPEN_ROUTER_API_KEY, order: 2}
        router_settings: {num_retries: 0, cooldown_time: 600}
        """
}

/// A deployment that rests is seen, and can be woken.
@Suite(.serialized, .gateway(CooldownConfig.text)) struct CooldownTests {
    /// Makes `a` rest: it fails once with 401, which rests at once, and the next order answers.
    private func restFirst(_ stack: Stack, as fault: String = "fault/status-401") throws {
        stack.fake.answer(model: "test/a", as: [fault, "openai/gpt-4o"])
        #expect(try stack.post("/v1/chat/completions", chat("pair")).field("x-litellm-model-id") == "b")
    }

    private func clear(_ stack: Stack, _ query: String = "") throws -> TestResponse {
        let client = try TestHTTPClient(port: stack.port)
        let key = WireField("Authorization", "Bearer \(Stack.masterKey)")
        try client.send("DELETE", "/router/cooldowns\(query)", [key])
        return try client.response()
    }

    @Test func oneThatRestsIsListedAndCleared() throws {
        let stack = try stack()
        _ = try clear(stack)
        #expect(try stack.get("/router/cooldowns").text == #"{"cooldowns":[],"count":0}"#)
        let before = try Page(stack)
        try restFirst(stack)

        let list = try stack.get("/router/cooldowns")
        #expect(list.json?["count"] == .number("1"))
        let row = try #require(list.json?["cooldowns"]?[0])
        #expect(row["deployment"]?.string == "a")
        #expect(row["model_group"]?.string == "pair")
        #expect(row["provider"]?.string == "openrouter")
        #expect(row["model"]?.string == "openrouter/test/a")
        #expect(row["state"]?.string == "resting")
        #expect(row["class"]?.string == "AuthenticationError")
        #expect(row["status"] == .number("401"))
        #expect(row["message"]?.string?.isEmpty == false)
        #expect(row["since"]?.string?.hasSuffix("Z") == true)
        guard case .number(let text) = row["seconds_left"] else { throw Missing() }
        #expect((590...600).contains(Double(text) ?? 0))

        let page = try Page(stack)
        #expect(page.sum("litellm_deployment_state", ["model_id=\"a\""]) == 2)
        #expect(page.sum("litellm_deployment_state", ["model_id=\"b\""]) == 0)
        #expect(page.sum("penstock_deployment_cooldown_seconds", ["model_id=\"a\""]) > 590)
        #expect(page.sum("penstock_cooldowns_total") - before.sum("penstock_cooldowns_total") == 1)
        #expect(
            page.sum("litellm_deployment_cooled_down_total", ["exception_status=\"401\""])
                - before.sum("litellm_deployment_cooled_down_total") == 1)

        // It stays out until it is woken.
        #expect(try stack.post("/v1/chat/completions", chat("pair")).field("x-litellm-model-id") == "b")
        let cleared = try clear(stack)
        #expect(cleared.status == 200)
        #expect(cleared.text == #"{"cleared":1}"#)
        #expect(try stack.get("/router/cooldowns").json?["count"] == .number("0"))
        #expect(try Page(stack).sum("penstock_deployment_cooldown_seconds") == 0)
        #expect(try stack.post("/v1/chat/completions", chat("pair")).field("x-litellm-model-id") == "a")
    }

    @Test func oneDeploymentCanBeNamed() throws {
        let stack = try stack()
        _ = try clear(stack)
        try restFirst(stack)
        #expect(try clear(stack, "?deployment=b").text == #"{"cleared":0}"#)
        #expect(try stack.get("/router/cooldowns").json?["count"] == .number("1"))
        #expect(try clear(stack, "?deployment=a").text == #"{"cleared":1}"#)
        let unknown = try clear(stack, "?deployment=c")
        #expect(unknown.status == 400)
        #expect(unknown.json?["error"]?["param"]?.string == "deployment")
    }

    @Test func theKeyIsWantedForBoth() throws {
        let stack = try stack()
        _ = try clear(stack)
        try restFirst(stack)
        #expect(try stack.get("/router/cooldowns", key: nil).status == 401)
        let client = try TestHTTPClient(port: stack.port)
        try client.send("DELETE", "/router/cooldowns")
        #expect(try client.response().status == 401)
        #expect(try stack.get("/router/cooldowns").json?["count"] == .number("1"))
        let post = try stack.post("/router/cooldowns", "{}")
        #expect(post.status == 405)
        #expect(post.field("allow") == "GET, DELETE")
    }

    @Test func whatTheUpstreamSaidIsRedacted() throws {
        let stack = try stack()
        _ = try clear(stack)
        // The fake repeats the caller's key in its message; a 401 rests at once.
        stack.fake.answer(model: "test/a", as: ["fault/echo-key-error"])
        _ = try stack.post("/v1/chat/completions", chat("pair"))
        stack.fake.answer(model: "test/a", as: [])
        let text = try stack.get("/router/cooldowns").text
        #expect(!text.contains(Stack.providerKey))
    }

    private struct Missing: Error {}
}
