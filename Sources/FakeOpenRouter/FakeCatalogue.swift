/// The models the fake knows, who serves them, and `GET /models`.
enum FakeCatalogue {
    struct Model {
        let id: String
        /// What `model` in the answer says: the concrete model of a router or an alias, the dated name of another.
        var served: String
        var provider: String
        /// US dollars per token as `/models` spells them; "-1" marks a router.
        var prompt = "0.0000025"
        var completion = "0.00001"
        /// The concrete model of a `~…-latest` id.
        var alias: String?

        init(
            _ id: String, as served: String? = nil, by provider: String, prompt: String = "0.0000025",
            completion: String = "0.00001", alias: String? = nil
        ) {
            (self.id, self.served, self.provider, self.alias) = (id, served ?? id, provider, alias)
            (self.prompt, self.completion) = (prompt, completion)
        }
    }

    static let models = [
        Model("openai/gpt-4o", by: "OpenAI"),
        Model("openai/gpt-4o-mini", by: "OpenAI", prompt: "0.00000015", completion: "0.0000006"),
        Model("openai/text-embedding-3-small", by: "OpenAI", prompt: "0.00000002", completion: "0"),
        Model("openai/gpt-oss-20b:free", by: "OpenInference", prompt: "0", completion: "0"),
        Model("meta-llama/llama-3.3-70b-instruct", by: "Together"),
        Model("meta-llama/llama-3.3-70b-instruct:free", by: "Venice", prompt: "0", completion: "0"),
        Model("anthropic/claude-sonnet-4", as: "anthropic/claude-4-sonnet-20250522", by: "Anthropic"),
        Model("anthropic/claude-3.5-haiku", by: "Anthropic"),
        Model("google/gemini-2.5-flash", by: "Google"),
        Model("deepseek/deepseek-chat", by: "DeepSeek"),
        Model("mistralai/mistral-large", by: "Mistral"),
        Model("x-ai/grok-4", by: "xAI"),
        Model("openrouter/auto", as: "openai/gpt-4o-mini", by: "OpenAI", prompt: "-1", completion: "-1"),
        Model("openrouter/free", as: "openai/gpt-oss-20b:free", by: "OpenInference", prompt: "0", completion: "0"),
        Model(
            "~anthropic/claude-sonnet-latest", as: "anthropic/claude-sonnet-4.5", by: "Anthropic",
            alias: "anthropic/claude-sonnet-4.5"),
    ]

    /// No name has more variants and presets behind it; each is taken off by a call within a call.
    private static let longestName = 512

    /// Nil for a name the real service would refuse: bare, of an unknown vendor, or with a gateway's prefix on it.
    static func model(_ id: String) -> Model? {
        guard id.utf8.count <= longestName else { return nil }
        if let exact = models.first(where: { $0.id == id }) { return exact }
        if id.hasPrefix("fault/") { return Model(id, by: "FakeProvider") }
        if id.hasPrefix("test/"), id.count > 5 { return Model(id, by: "TestProvider") }
        if let at = id.firstIndex(of: "@"), id[at...].hasPrefix("@preset/"), !id.hasSuffix("/") {
            let base = at == id.startIndex ? "openai/gpt-4o" : String(id[..<at])
            return model(base).map { Model(id, as: $0.served, by: $0.provider) }
        }
        if let colon = id.lastIndex(of: ":") {
            return model(String(id[..<colon])).map { Model(id, as: $0.served, by: $0.provider) }
        }
        return nil
    }

    /// Row 48. Pages only when `limit` or `offset` asks for it; no `object` and no `owned_by`, unlike OpenAI.
    static func list(query: String) -> String {
        var asked: [String: Int] = [:]
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { asked[String(parts[0])] = Int(parts[1]) }
        }
        let offset = max(0, asked["offset"] ?? 0)
        let limit = asked["limit"].map { min(max(0, $0), 1000) } ?? models.count
        let page = models.dropFirst(offset).prefix(limit)
        let more = offset + page.count < models.count && asked["limit"] != nil
        let next = more ? "\"/api/v1/models?offset=\(offset + page.count)&limit=\(limit)\"" : "null"
        return """
            {"data":[\(page.map(row).joined(separator: ","))],"total_count":\(models.count),"links":{"next":\(next)}}
            """
    }

    private static func row(_ model: Model) -> String {
        let alias = model.alias.map { ",\"alias_target\":{\"name\":\"Claude Sonnet\",\"slug\":\"\($0)\"}" } ?? ""
        return """
            {"id":"\(model.id)","canonical_slug":"\(model.served)","name":"\(model.provider): \(model.id)",\
            "created":1715558400,"description":"A model of the fake.","context_length":128000,"architecture":{\
            "modality":"text+image->text","input_modalities":["text","image"],"output_modalities":["text"],\
            "tokenizer":"GPT","instruct_type":null},"pricing":{"prompt":"\(model.prompt)",\
            "completion":"\(model.completion)","request":"0","image":"0"},"top_provider":{"context_length":128000,\
            "max_completion_tokens":16384,"is_moderated":true},"per_request_limits":null,"supported_parameters":[\
            "temperature","top_p","max_tokens","tools","tool_choice","response_format","seed","stop"],\
            "default_parameters":null,"supported_voices":null,"expiration_date":null,"knowledge_cutoff":null,\
            "hugging_face_id":null,"links":{"details":"/api/v1/models/\(model.id)/endpoints"}\(alias)}
            """
    }
}
