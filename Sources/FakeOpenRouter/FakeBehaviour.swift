/// Decides the answer to a request: paths, keys, models and their faults. The row numbers are those of docs/MOCK.md.
struct FakeBehaviour {
    /// What stands in for a model or key for its next call, asked once per model that is tried.
    let override: (_ key: String, _ model: String) -> String?
    /// Where the fake listens, with `/api/v1`.
    let base: String

    func answer(_ request: RecordedRequest) -> FakeAnswer {
        var path = request.path
        for prefix in ["/api/v1", "/v1"] where path.hasPrefix(prefix + "/") { path.removeFirst(prefix.count) }
        switch (request.method, path) {
        case ("GET", "/"):
            return FakeAnswer(
                status: 200, fields: [WireField("Content-Type", "text/plain; charset=utf-8")],
                body: Array(FakeOpenRouter.list.utf8))
        case ("GET", "/models"), ("GET", "/models/user"):
            return .json(
                200, FakeCatalogue.list(query: request.query), [WireField("Cache-Control", "public, max-age=120")])
        case ("GET", "/credits"):
            return refusal(of: request)?.answer
                ?? .json(200, #"{"data":{"total_credits":100.5,"total_usage":25.75}}"#)
        case ("POST", "/chat/completions"): return infer(request, .chat)
        case ("POST", "/completions"): return infer(request, .completions)
        case ("POST", "/responses"): return infer(request, .responses)
        case ("POST", "/embeddings"): return infer(request, .embeddings)
        default: return FakeError.notFound.answer  // row 54
        }
    }

    /// Rows 8 and 9.
    private func refusal(of request: RecordedRequest) -> FakeError? {
        guard let value = request.field("authorization") else { return .noKey }
        return value.hasPrefix("Bearer sk-or-v1-test") ? nil : .wrongKey
    }

    private func infer(_ request: RecordedRequest, _ dialect: FakeDialect) -> FakeAnswer {
        if let refusal = refusal(of: request) { return refusal.answer }
        guard let json = request.json, case .object = json else { return FakeError.notJSON.answer }
        let further = json["models"]?.array?.compactMap(\.string) ?? []
        guard further.count <= 3 else { return FakeError.tooManyModels.answer }
        // The account's default stands in for a request without any model.
        let first = json["model"]?.string ?? (further.isEmpty ? "openai/gpt-4o-mini" : nil)
        var answer = FakeError.noInput.answer
        for model in [first].compactMap(\.self) + further {  // rows 13 and 14
            answer = self.answer(request, json, dialect, model: model)
            if answer.status < 400 { return answer }
        }
        return answer
    }

    private func answer(
        _ request: RecordedRequest, _ json: FakeJSON, _ dialect: FakeDialect, model id: String
    ) -> FakeAnswer {
        let key = String((request.field("authorization") ?? "").dropFirst("Bearer ".count))
        let acting = override(key, id) ?? id
        guard let model = FakeCatalogue.model(id) ?? FakeCatalogue.model(acting),
            FakeCatalogue.model(acting) != nil
        else { return FakeError.notAModel(acting).answer }  // rows 5 to 7
        if let invalid = invalidity(of: json, dialect) { return invalid.answer }
        var turn = FakeTurn(request, model, continuing: Self.hasToolResult(json))
        let streaming = json["stream"]?.bool == true && dialect != .embeddings
        guard acting.hasPrefix("fault/") else {
            return FakeFault.usual(reply(turn, dialect, json), streaming: streaming)
        }
        let name = String(acting.dropFirst("fault/".count))
        if let error = FakeError.faults[name] {
            var answer = error
            answer.fields.append(WireField("X-Generation-Id", turn.generation))
            return answer.answer
        }
        if let fault = FakeFault(rawValue: name) {
            if let refusal = fault.refusal(of: json, dialect) { return refusal.answer }
            fault.shape(&turn, requestBody: request.body)
            if fault == .tools, Self.hasToolResult(json) {
                (turn.text, turn.calls, turn.finish) = (FakeTurn.afterTools, [], "stop")
            }
            let shape: FakeTurn.UsageShape =
                fault == .usageA ? .emptyDelta : fault == .usageB ? .noChoice : .repeatedFinish
            return fault.answer(
                reply(turn, dialect, json, shape), streaming: streaming, request: request, base: base)
        }
        return measured(name, turn, dialect, json, streaming: streaming) ?? FakeError.notAModel(acting).answer
    }

    /// Faults with a number in their name.
    private func measured(
        _ name: String, _ turn: FakeTurn, _ dialect: FakeDialect, _ json: FakeJSON, streaming: Bool
    ) -> FakeAnswer? {
        guard let dash = name.lastIndex(of: "-"), let number = Int(name[name.index(after: dash)...]),
            (0...100_000).contains(number)
        else { return nil }
        var turn = turn
        switch name[..<dash] {
        case "status":
            guard (200...599).contains(number) else { return nil }
            return FakeError(number, "Status \(number)").answer
        case "delay":
            var answer = FakeFault.usual(reply(turn, dialect, json), streaming: streaming)
            answer.steps.insert(.pause(.milliseconds(number)), at: 0)
            return answer
        case "pace":
            let answer = FakeFault.usual(reply(turn, dialect, json), streaming: streaming)
            let paced = answer.steps.flatMap { [$0, .pause(.milliseconds(number))] }
            // Nothing after the last write: a client that has everything may go.
            return FakeAnswer(status: answer.status, steps: paced.dropLast())
        case "words":
            turn.text = (0..<number).map { "word\($0) " }
            return FakeFault.usual(reply(turn, dialect, json), streaming: streaming)
        case "cut":
            turn.text = (0...number).map { "word\($0) " }
            return FakeFault.cut(reply(turn, dialect, json), after: number, streaming: streaming)
        default: return nil
        }
    }

    private func reply(
        _ turn: FakeTurn, _ dialect: FakeDialect, _ json: FakeJSON, _ usage: FakeTurn.UsageShape = .repeatedFinish
    ) -> FakeReply {
        dialect == .embeddings
            ? FakeReply(
                body: FakeEmbeddings.body(json, generation: turn.generation, model: turn.model), turn)
            : FakeReply(turn, dialect, usage: usage)
    }

    private func invalidity(of json: FakeJSON, _ dialect: FakeDialect) -> FakeError? {
        switch dialect {
        case .chat, .completions:
            return json["messages"] == nil && json["prompt"] == nil ? .noInput : nil  // row 10
        case .responses:
            let continued = json["previous_response_id"].map { $0 != .null } ?? false
            if json["store"]?.bool == true || continued { return .stored }  // row 45
            return json["input"] == nil ? FakeError.faults["error-string-code"] : nil
        case .embeddings:
            return json["input"] == nil ? FakeError.faults["zod-error"] : nil
        }
    }

    /// A conversation that brings a tool's answer is over with the next text.
    private static func hasToolResult(_ json: FakeJSON) -> Bool {
        (json["messages"]?.array ?? []).contains { $0["role"]?.string == "tool" }
            || (json["input"]?.array ?? []).contains { $0["type"]?.string == "function_call_output" }
    }
}

extension FakeTurn {
    static let afterTools = ["It is", " sunny."]

    /// Rows 1 to 4: the free model's numbers are those of a recorded answer.
    init(_ request: RecordedRequest, _ model: FakeCatalogue.Model, continuing: Bool) {
        let number = String(request.number)
        let suffix = "AbCdEfGhIjKl" + String(repeating: "0", count: max(0, 8 - number.count)) + number
        let free = model.served == "openai/gpt-oss-20b:free"
        self.init(
            generation: "gen-\(Self.created)-\(suffix)", model: model.served, provider: model.provider,
            reasoning: free ? ["Greet."] : [],
            text: free ? ["Hi."] : ["Hello", " from", " the", " fake."],
            tokens: free
                ? Tokens(prompt: 69, completion: 22, cached: 64, reasoning: 3, cost: "0")
                : Tokens(prompt: 12, completion: 5, cost: "0.00008"))
    }
}
