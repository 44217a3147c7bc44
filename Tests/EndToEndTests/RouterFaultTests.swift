import TestSupport
import Testing

/// Each kind of failure through the built gateway: how many calls it causes, and what the client gets.
@Suite(.serialized, .gateway(RouterConfig.fault)) struct RouterFaultTests {
    enum Kind: Sendable, CaseIterable {
        case chat, chatStream, responses, responsesStream

        var path: String { self == .chat || self == .chatStream ? "/v1/chat/completions" : "/v1/responses" }

        func body(_ model: String, _ more: String = "") -> String {
            switch self {
            case .chat: EndToEndTests.chat(model, more)
            case .chatStream: EndToEndTests.chat(model, ",\"stream\":true" + more)
            case .responses: EndToEndTests.responses(model, more)
            case .responsesStream: EndToEndTests.responses(model, ",\"stream\":true" + more)
            }
        }

        func text(_ answer: TestResponse) -> String? {
            switch self {
            case .chat: answer.json?["choices"]?[0]?["message"]?["content"]?.string
            case .chatStream: content(answer.events)
            case .responses: answer.json?["output"]?[0]?["content"]?[0]?["text"]?.string
            case .responsesStream: outputText(answer.events)
            }
        }
    }

    enum Course: Sendable {
        /// Nothing else is tried.
        case final
        /// Another deployment, another group; never the same deployment.
        case others
        /// Also the same deployment, after a pause.
        case any
    }

    /// What the upstream does, the status a client sees when nobody else helps, and what is tried.
    static let faults: [(name: String, status: Int, course: Course)] = [
        ("status-400", 400, .final), ("provider-400-context", 400, .final), ("403-moderation", 403, .final),
        ("403-guardrail", 403, .final), ("413", 413, .final), ("422", 422, .final), ("redirect", 502, .final),
        ("status-401", 401, .others), ("402-credits", 402, .others), ("403-key-limit", 403, .others),
        ("404-no-endpoints", 404, .others), ("404-data-policy", 404, .others),
        ("408", 408, .any), ("status-409", 409, .any), ("429", 429, .any), ("429-bare", 429, .any), ("500", 500, .any),
        ("502", 502, .any), ("503-retry-after", 503, .any), ("504-html", 504, .any), ("524-html", 524, .any),
        ("529", 529, .any), ("200-error", 502, .any), ("200-partial-error", 502, .any), ("html-200", 502, .any),
        ("empty-200", 502, .any), ("204", 502, .any), ("json-truncated", 502, .any), ("json-null", 502, .any),
        ("no-choices", 502, .any), ("close-before-answer", 502, .any), ("reset-before-answer", 502, .any),
        ("bad-framing", 502, .any), ("two-lengths", 502, .any), ("garbage", 502, .any), ("status-999", 502, .any),
        ("status-499", 502, .any),
        ("never-answers", 504, .any), ("stream-first-error", 502, .any), ("stream-stall-before-content", 504, .any),
    ]

    private func exchange(
        _ kind: Kind, _ model: String, _ more: String = "", failing: [String: String]
    ) throws -> (answer: TestResponse, models: [String?]) {
        let stack = try stack()
        for id in ["test/lone", "test/p1", "test/p2", "test/back"] { stack.fake.answer(model: id, as: []) }
        for (id, fault) in failing { stack.fake.answer(model: id, as: ["fault/" + fault]) }
        stack.fake.forgetRequests()
        let answer = try stack.post(kind.path, kind.body(model, more))
        var models = stack.fake.requests.map(\.model)
        // A call on a kept connection that ends without a byte of an answer goes out once more on a new one. That is no
        // retry: for all the gateway knows, the connection had been closed before.
        if failing.values.contains(where: { $0.hasSuffix("-before-answer") }) {
            let retries = Int(answer.field("x-litellm-attempted-retries") ?? "") ?? 0
            let fallbacks = Int(answer.field("x-litellm-attempted-fallbacks") ?? "") ?? 0
            if models.count == retries + fallbacks + 2 { models.removeFirst() }
        }
        return (answer, models)
    }

    @Test(arguments: faults, Kind.allCases)
    func anotherDeploymentAnswersWhereThatMayHelp(
        _ fault: (name: String, status: Int, course: Course), _ kind: Kind
    ) throws {
        let (answer, models) = try exchange(kind, "pair", failing: ["test/p1": fault.name])
        if fault.course == .final {
            #expect(models == ["test/p1"])
            #expect(answer.status == fault.status)
            #expect(answer.field("x-litellm-attempted-retries") == "0")
            #expect(answer.errorType != nil)
            #expect(answer.field("x-penstock-route") == "pair>openrouter:test/p1")
        } else {
            #expect(models == ["test/p1", "test/p2"])
            #expect(answer.status == 200)
            #expect(kind.text(answer) == "Hello from the fake.")
            #expect(answer.field("x-litellm-attempted-retries") == "1")
            #expect(answer.field("x-penstock-route") == "openrouter:\(fault.status), pair>openrouter:test/p2")
        }
        #expect(answer.field("x-litellm-attempted-fallbacks") == "0")
    }

    @Test(arguments: faults.filter { $0.course != .final && $0.status != 504 }, Kind.allCases)
    func thenAnotherGroup(_ fault: (name: String, status: Int, course: Course), _ kind: Kind) throws {
        let (answer, models) = try exchange(kind, "pair", failing: ["test/p1": fault.name, "test/p2": fault.name])
        #expect(models == ["test/p1", "test/p2", "test/back"])
        #expect(answer.status == 200)
        #expect(kind.text(answer) == "Hello from the fake.")
        #expect(answer.field("x-litellm-attempted-retries") == "1")
        #expect(answer.field("x-litellm-attempted-fallbacks") == "1")
        #expect(
            answer.field("x-penstock-route")
                == "openrouter:\(fault.status), openrouter:\(fault.status), back>openrouter:test/back")
        // The client asked for `pair`, and that is what answers call it.
        if kind == .chat { #expect(answer.json?["model"]?.string == "pair") }
    }

    @Test(arguments: Kind.allCases) func whenNobodyCanTheLastErrorSaysWhatWasTried(_ kind: Kind) throws {
        let (answer, models) = try exchange(
            kind, "pair", failing: ["test/p1": "502", "test/p2": "429-bare", "test/back": "503-retry-after"])
        #expect(models == ["test/p1", "test/p2", "test/back"])
        #expect(answer.status == 503)
        #expect(answer.field("content-type") == "application/json")
        #expect(answer.field("retry-after") == "1")
        #expect(answer.errorMessage == "Service temporarily unavailable")
        #expect(
            answer.json?["error"]?["tried"]?.array?.compactMap(\.string) == [
                "openrouter:test/p1 (502 BadGatewayError)", "openrouter:test/p2 (429 RateLimitError)",
                "openrouter:test/back (503 ServiceUnavailableError)",
            ])
        #expect(answer.field("x-litellm-attempted-retries") == "1")
        #expect(answer.field("x-litellm-attempted-fallbacks") == "1")
    }

    /// Every one of these pauses half a second before the same deployment is asked again.
    @Test(arguments: faults.filter { $0.status != 504 })
    func aLoneDeploymentIsAskedAgainWhereThatMayHelp(
        _ fault: (name: String, status: Int, course: Course)
    ) throws {
        let (answer, models) = try exchange(.chat, "lone", failing: ["test/lone": fault.name])
        // A hint of 17 seconds is more patience than a request has.
        let calls = fault.course == .any && fault.name != "429" ? 2 : 1
        #expect(models.count == calls)
        #expect(answer.status == fault.status)
        #expect(answer.field("x-litellm-attempted-retries") == "\(calls - 1)")
        #expect(answer.errorMessage?.isEmpty == false)
    }

    /// After its first content, a broken stream is the client's: nothing is sent twice.
    @Test(arguments: ["stream-mid-error", "stream-reset", "stream-eof", "stream-clean-end", "stream-bad-json", "cut-3"])
    func afterTheFirstContentNothingIsTriedAgain(_ fault: String) throws {
        for kind in [Kind.chatStream, .responsesStream] {
            let (answer, models) = try exchange(kind, "pair", failing: ["test/p1": fault])
            #expect(models == ["test/p1"])
            #expect(answer.status == 200)
            #expect(answer.events.contains { $0.json?["error"] != nil || $0.name == "error" })
            #expect(!answer.events.contains { $0.data == "[DONE]" })
        }
    }

    /// Without a stream nothing of a broken answer has gone out.
    @Test(arguments: ["stream-reset", "stream-eof", "cut-3", "cut-body", "gzip-truncated", "gzip-corrupt"])
    func aBrokenWholeAnswerIsTriedAgain(_ fault: String) throws {
        for kind in [Kind.chat, .responses] {
            let (answer, models) = try exchange(kind, "pair", failing: ["test/p1": fault])
            #expect(models == ["test/p1", "test/p2"])
            #expect(kind.text(answer) == "Hello from the fake.")
        }
    }

    @Test func twoFailuresThenAnAnswer() throws {
        let stack = try stack()
        _ = try exchange(.chat, "back", failing: [:])
        stack.fake.answer(model: "test/lone", as: ["fault/status-503", "fault/502", "test/lone"])
        stack.fake.forgetRequests()
        let answer = try stack.post("/v1/chat/completions", chat("lone", ",\"num_retries\":2"))
        #expect(answer.status == 200)
        #expect(stack.fake.requests.count == 3)
        #expect(answer.field("x-litellm-attempted-retries") == "2")
        #expect(answer.field("x-penstock-route") == "openrouter:503, openrouter:502, lone>openrouter:test/lone")
    }
}

enum RouterConfig {
    /// `pair` asks p1 first: p2 has no weight. Nobody rests, so that every case finds the same world.
    static let fault = """
        model_list:
          - {model_name: lone, litellm_params: {model: openrouter/test/lone, api_key: os.environ/OPEN_ROUTER_API_KEY}}
          - {model_name: pair, litellm_params: {model: openrouter/test/p1, weight: 1, api_key: os.environ/OPEN_ROUTER_API_KEY}}
          - {model_name: pair, litellm_params: {model: openrouter/test/p2, weight: 0, api_key: os.environ/OPEN_ROUTER_API_KEY}}
          - {model_name: back, litellm_params: {model: openrouter/test/back, api_key: os.environ/OPEN_ROUTER_API_KEY}}
        router_settings:
          num_retries: 1
          max_client_retries: 2
          disable_cooldowns: true
          timeout: 1
          stream_timeout: 1
          fallbacks: [{pair: [back]}]
        """
}
