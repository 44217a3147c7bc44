internal import JSONText
package import Model

/// Which endpoint knows which member of a request's body: a deployment's defaults are one list, and its endpoints differ.
/// Only data, and how to read it.
package enum EndpointMembers {
    /// Several names of one thing, newest first. A request says it once: servers refuse two of them (OpenAI, Gemini and
    /// Volcengine a second limit, OpenRouter `reasoning` beside `reasoning_effort`; 2026).
    package static let synonyms: [[String]] = [
        outputLimits, ["reasoning", "reasoning_effort"], ["tools", "functions"], ["tool_choice", "function_call"],
    ]

    /// How long an answer may be, in tokens.
    package static let outputLimits = ["max_completion_tokens", "max_tokens", "max_output_tokens"]

    /// The names of the same thing as `name`, itself among them; `name` alone when there are no others.
    package static func synonyms(of name: String) -> [String] {
        synonyms.first { $0.contains { Name($0) == Name(name) } } ?? [name]
    }

    /// The names that an endpoint has for an answer's limit, the usual one last.
    private static func outputLimits(of endpoint: Endpoint) -> [String] {
        switch endpoint {
        case .chatCompletions: ["max_completion_tokens", "max_tokens"]
        case .completions: ["max_tokens"]
        case .responses: ["max_output_tokens"]
        case .embeddings: []
        }
    }

    /// What a default is called at an endpoint. `nil`: it does not belong there.
    ///
    /// A name that the table does not have belongs everywhere: only its server knows what it means.
    package static func name(of member: Deployment.BodyMember, for endpoint: Endpoint) -> String? {
        if outputLimits.contains(where: { Name($0) == Name(member.key) }) {
            let known = outputLimits(of: endpoint)
            return known.contains { Name($0) == Name(member.key) } ? member.key : known.last
        }
        return endpoints(of: member).contains(endpoint) ? member.key : nil
    }

    /// How a default compares with another one for the same thing: the lower goes up.
    package static func rank(of key: String, for endpoint: Endpoint) -> Int {
        let names = synonyms(of: key)
        let place = names.firstIndex { Name($0) == Name(key) } ?? 0
        let isOwn = outputLimits(of: endpoint).contains { Name($0) == Name(key) }
        return isOwn ? place : place + names.count
    }

    private static func endpoints(of member: Deployment.BodyMember) -> Set<Endpoint> {
        switch member.key {
        case "tools": endpoints(ofTools: member.value)
        case "tool_choice": endpoints(ofChoice: member.value)
        // A flag in chat, a number in the older API.
        case "logprobs":
            jsonKind(of: 0..<member.value.count, in: member.value.span) == .bool ? [.chatCompletions] : [.completions]
        default: table[Name(member.key)] ?? everywhere
        }
    }

    private static let toolNames = MemberNames("function", "name")

    /// Chat nests a function, Responses do not; tools of a provider's own look the same in both.
    private static func endpoints(ofTools value: [UInt8]) -> Set<Endpoint> {
        guard jsonKind(of: 0..<value.count, in: value.span) == .array else { return chats }
        var elements = JSONElements(0..<value.count, in: value.span)
        var isFlat = false
        while let element = elements.next() {
            guard let scan = ObjectScan(value.span, within: element, names: toolNames) else { continue }
            if scan[0] != nil { return [.chatCompletions] }
            if scan[1] != nil { isFlat = true }
        }
        return isFlat ? [.responses] : chats
    }

    private static func endpoints(ofChoice value: [UInt8]) -> Set<Endpoint> {
        guard let scan = ObjectScan(value.span, within: 0..<value.count, names: toolNames) else { return chats }
        return scan[0] != nil ? [.chatCompletions] : scan[1] != nil ? [.responses] : chats
    }

    private static let everywhere = Set(Endpoint.allCases)
    private static let chats: Set<Endpoint> = [.chatCompletions, .responses]

    /// OpenAI's reference of the four endpoints, then what OpenRouter, vLLM, Ollama, Mistral and others add to them (2026).
    private static let table: [Name: Set<Endpoint>] = {
        let rows: [(Set<Endpoint>, String)] = [
            (
                [.chatCompletions],
                """
                response_format functions function_call modalities prediction audio reasoning_effort verbosity
                web_search_options chat_template chat_template_kwargs add_generation_prompt continue_final_message
                documents reasoning_format search_parameters safe_prompt prompt_mode thinking_config
                """
            ),
            (
                [.responses],
                """
                instructions include max_tool_calls previous_response_id prompt text truncation background conversation
                context_management
                """
            ),
            ([.completions], "best_of echo suffix"),
            ([.embeddings], "dimensions encoding_format input_type task truncate embedding_type output_dimension"),
            (
                chats,
                """
                parallel_tool_calls top_logprobs service_tier store metadata prompt_cache_key prompt_cache_retention
                safety_identifier moderation
                """
            ),
            (
                [.chatCompletions, .completions],
                """
                n stop seed presence_penalty frequency_penalty logit_bias stream_options guided_json guided_regex
                guided_choice guided_grammar structured_outputs use_beam_search prompt_logprobs
                """
            ),
            (
                [.chatCompletions, .completions, .responses],
                """
                temperature top_p top_k top_a min_p typical_p tfs tfs_z repetition_penalty repeat_penalty repeat_last_n
                mirostat mirostat_eta mirostat_tau min_tokens length_penalty stop_token_ids include_stop_str_in_output
                ignore_eos skip_special_tokens spaces_between_special_tokens allowed_token_ids bad_words num_predict
                random_seed transforms models route plugins usage include_reasoning preset debug image_config reasoning
                reasoning_split thinking enable_thinking thinking_budget think include_thoughts cache_prompt grammar
                json_schema enable_search disable_search incremental_output search_domain_filter
                search_recency_filter search_mode return_images return_related_questions return_tokens_as_token_ids
                """
            ),
        ]
        var table: [Name: Set<Endpoint>] = [:]
        for (endpoints, names) in rows {
            for name in names.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
                table[Name(String(name))] = endpoints
            }
        }
        return table
    }()
}
