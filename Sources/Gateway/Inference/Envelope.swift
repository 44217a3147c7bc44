internal import JSONText
internal import Model
internal import Providers
internal import Routing

/// What the gateway reads of a request's body: its top-level members, as ranges. The body itself stays bytes.
/// Immutable; a class, since everything on the request's way holds it.
final class Envelope {
    /// The one the body is shaped for: a body with `input` and no `messages` on a chat path is a Responses request.
    let endpoint: Endpoint
    /// As the client asked for it; the name every answer carries again.
    let model: String
    let isStream: Bool
    /// The client asked for usage in the stream (`stream_options.include_usage`, or OpenRouter's `usage.include`).
    let wantsUsageChunk: Bool
    let scan: ObjectScan

    /// Indices into `names`.
    enum Member: Int, CaseIterable {
        case model, stream, messages, input, prompt, streamOptions, usage, previousResponseID, conversation, user
        // From `models` to `litellmMetadata`: where wishes are looked for.
        case models, metadata
        // Addresses and keys of upstreams come from the configuration only.
        case apiBase, baseURL, apiKey
        // From here on: members that speak to the gateway and never go upstream.
        case numRetries, timeout, requestTimeout, streamTimeout, fallbacks, contextWindowFallbacks
        case contentPolicyFallbacks, disableFallbacks, tags, guardrails, cache, litellmMetadata
    }

    /// The members above, then all others that speak to a gateway and mean nothing, or harm, to an upstream: LiteLLM's own,
    /// among them every one that begins with `litellm_`. What OpenAI or OpenRouter call by one of LiteLLM's names
    /// (`metadata`, `user`, `prompt`, `provider`, `models`, `session_id`, …) is not here.
    static let names = MemberNames(
        [
            "model", "stream", "messages", "input", "prompt", "stream_options", "usage", "previous_response_id",
            "conversation", "user", "models", "metadata", "api_base", "base_url", "api_key", "num_retries", "timeout",
            "request_timeout", "stream_timeout", "fallbacks", "context_window_fallbacks", "content_policy_fallbacks",
            "disable_fallbacks", "tags", "guardrails", "cache", "litellm_metadata",
            // Routing.
            "include_fallback_errors", "max_retries", "max_fallbacks", "fallback_depth", "retry_policy",
            "retry_strategy", "routing_strategy", "context_window_fallback_dict", "cooldown_time", "model_list",
            "model_info", "base_model", "rpm", "tpm", "itpm", "otpm", "max_parallel_requests", "enable_tag_filtering",
            "allowed_model_region", "fastest_response", "force_timeout", "keepalive_seconds",
            // How a provider is called.
            "custom_llm_provider", "api_version", "extra_headers", "extra_body", "headers", "provider_specific_header",
            "ssl_verify", "drop_params", "additional_drop_params", "allowed_openai_params", "modify_params",
            "use_litellm_proxy", "use_chat_completions_api", "use_in_pass_through", "use_client", "shared_session",
            "configurable_clientside_auth_params", "merge_reasoning_content_in_choices",
            "disable_add_transform_inline_image_block", "supports_system_message", "ensure_alternating_roles",
            "user_continue_message", "assistant_continue_message", "enable_json_schema_validation", "hf_model_name",
            "region_name", "tenant_id", "client_id", "client_secret", "azure_ad_token", "azure_ad_token_provider",
            "azure_username", "azure_password", "azure_scope", "aws_access_key_id", "aws_secret_access_key",
            "aws_session_token", "aws_session_name", "aws_region_name", "aws_profile_name", "aws_role_name",
            "aws_web_identity_token", "aws_sts_endpoint", "aws_external_id", "aws_bedrock_runtime_endpoint",
            "vertex_project", "vertex_location", "vertex_credentials", "vertex_ai_project", "vertex_ai_location",
            "vertex_ai_credentials",
            // Caches, prompts and guardrails.
            "caching", "caching_groups", "cache_key", "preset_cache_key", "ttl", "s-maxage", "s_maxage", "no-cache",
            "no-store", "prompt_id", "prompt_label", "prompt_version", "prompt_variables",
            "disable_global_guardrails", "disable_global_guardrail", "guardrail_config", "search_tool_name",
            // Logs and money.
            "no-log", "no_log", "logger_fn", "turn_off_message_logging", "spend_logs_metadata", "secret_fields",
            "proxy_server_request", "model_file_id_mapping", "max_budget", "budget_duration", "input_cost_per_token",
            "output_cost_per_token", "input_cost_per_second", "output_cost_per_second", "langfuse_public_key",
            "langfuse_secret", "langfuse_secret_key", "langfuse_host", "langfuse_prompt_version",
            "langsmith_api_key", "langsmith_project", "langsmith_base_url", "langsmith_sampling_rate",
            "humanloop_api_key", "arize_api_key", "arize_space_key", "arize_space_id", "gcs_bucket_name",
            "gcs_path_service_account", "posthog_api_key", "posthog_api_url", "wandb_api_key", "weave_project_id",
            // Marks of its own calls, and tests.
            "acompletion", "atext_completion", "text_completion", "aimg_generation", "mock_response",
            "mock_tool_calls", "mock_timeout", "mock_delay", "mock_testing_fallbacks",
            "mock_testing_context_fallbacks", "mock_testing_content_policy_fallbacks",
            "mock_testing_rate_limit_error",
        ], familyBeginning: "litellm_")

    static let firstGatewayOnly = Member.numRetries.rawValue

    /// Whether an entry of the request's fallbacks may set the member: it may go upstream.
    static func mayBeOverridden(_ name: String) -> Bool {
        guard let index = names.index(of: Array(name.utf8)) else { return !name.utf8.starts(with: "litellm_".utf8) }
        return index < Member.apiBase.rawValue
    }

    /// What a member is called that the gateway took out or changed.
    static func name(of member: ObjectScan.Occurrence, _ index: Int, in body: Span<UInt8>) -> String {
        let family = "litellm_*"
        guard index == names.family else { return String(decoding: names.bytes(of: index), as: UTF8.self) }
        guard member.key.count <= 64, let name = jsonString(member.key, in: body), FieldSyntax.isName(name) else {
            return family
        }
        return name
    }

    /// Longer objects with a flag or two in them are not looked into.
    static let longestOptions = 64 << 10

    private static let streamOptionNames = MemberNames("include_usage")
    private static let usageNames = MemberNames("include")

    /// - Parameters:
    ///   - asked: the endpoint of the path.
    ///   - pathModel: a model that the path names; it is used when the body names none.
    ///   - scan: of the body.
    init(
        _ body: Span<UInt8>, _ scan: ObjectScan, asked: Endpoint, pathModel: String?
    ) throws(GatewayError) {
        self.scan = scan
        endpoint = try Envelope.endpoint(asked, scan, body)
        model = try Envelope.model(scan, body, pathModel: pathModel)
        isStream = try Envelope.flag(.stream, scan, body) ?? false
        if isStream, !endpoint.streams {
            throw .invalidRequest(param: "stream", message: "'stream' is not possible for /\(endpoint.path).")
        }
        wantsUsageChunk =
            Envelope.nestedFlag(.streamOptions, Envelope.streamOptionNames, scan, body)
            || Envelope.nestedFlag(.usage, Envelope.usageNames, scan, body)
        for member in [Member.apiBase, .baseURL, .apiKey] where scan[member.rawValue] != nil {
            let name = member == .apiBase ? "api_base" : member == .baseURL ? "base_url" : "api_key"
            throw .invalidRequest(
                param: name, message: "'\(name)' cannot be set by a request; it comes from the gateway's configuration."
            )
        }
    }

    convenience init(_ body: Span<UInt8>, asked: Endpoint, pathModel: String?) throws(GatewayError) {
        try self.init(body, try Envelope.scan(body), asked: asked, pathModel: pathModel)
    }

    /// Where the members of a body stand that may be read at a stretch.
    private static func scan(_ body: Span<UInt8>) throws(GatewayError) -> ObjectScan {
        guard !body.isEmpty else {
            throw .malformedJSON(message: "it is empty; send a JSON object with at least 'model'")
        }
        do throws(JSONError) {
            return try ObjectScan(body, names: names)
        } catch {
            throw .malformedJSON(message: error.message)
        }
    }

    subscript(_ member: Member) -> Range<Int>? { scan[member.rawValue] }

    private static func endpoint(
        _ asked: Endpoint, _ scan: ObjectScan, _ body: Span<UInt8>
    ) throws(GatewayError) -> Endpoint {
        func has(_ member: Member) -> Bool {
            guard let range = scan[member.rawValue] else { return false }
            return jsonKind(of: range, in: body) != .null
        }
        switch asked {
        case .chatCompletions:
            if has(.input), !has(.messages) { return .responses }
            guard let range = scan[Member.messages.rawValue] else {
                if has(.prompt) { return asked }
                throw .missingParameter(
                    "messages", hint: "Send an array of messages such as {\"role\":\"user\",\"content\":\"Hello\"}.")
            }
            guard jsonKind(of: range, in: body) == .array else {
                throw .invalidRequest(
                    param: "messages", message: "'messages' must be an array of messages, not \(kind(range, body)).")
            }
        case .responses:
            if !has(.input), !has(.prompt), !has(.previousResponseID), !has(.conversation) {
                throw .missingParameter("input", hint: "Send a string or an array of input items.")
            }
            if let range = scan[Member.input.rawValue] {
                let found = jsonKind(of: range, in: body)
                guard found == .string || found == .array || found == .null else {
                    throw .invalidRequest(
                        param: "input",
                        message: "'input' must be a string or an array of input items, not \(kind(range, body)).")
                }
            }
        case .completions:
            if !has(.prompt) { throw .missingParameter("prompt", hint: "Send a string or an array of strings.") }
        case .embeddings:
            if !has(.input) { throw .missingParameter("input", hint: "Send a string or an array of strings.") }
        }
        return asked
    }

    private static func model(
        _ scan: ObjectScan, _ body: Span<UInt8>, pathModel: String?
    ) throws(GatewayError) -> String {
        guard let range = scan[Member.model.rawValue] else {
            if let pathModel { return pathModel }
            if let first = firstOfChain(scan, body) { return first }
            throw .missingParameter("model", hint: "GET /v1/models lists what there is.")
        }
        if range.count > longestModelText, jsonKind(of: range, in: body) == .string {
            throw .unknownModel(start(of: range, body), nearest: [])
        }
        guard let name = jsonString(range, in: body) else {
            if jsonKind(of: range, in: body) == .null, let pathModel { return pathModel }
            throw .invalidRequest(param: "model", message: "'model' must be a string, not \(kind(range, body)).")
        }
        guard !name.isEmpty else {
            throw .invalidRequest(
                param: "model", message: "'model' must not be empty; GET /v1/models lists what there is.")
        }
        return name
    }

    /// OpenRouter takes `models` alone: its first entry is then the model.
    private static func firstOfChain(_ scan: ObjectScan, _ body: Span<UInt8>) -> String? {
        guard let models = scan[Member.models.rawValue], jsonKind(of: models, in: body) == .array else { return nil }
        var elements = JSONElements(models, in: body)
        return elements.next().flatMap { $0.count <= longestModelText ? jsonString($0, in: body) : nil }
    }

    /// A longer text cannot spell a name that the catalog looks at, with six characters for each byte.
    private static let longestModelText = Catalog.longestNameBytes * 6 + 2

    private static func start(of name: Range<Int>, _ body: Span<UInt8>) -> String {
        let end = min(name.upperBound, name.lowerBound + 1 + Catalog.longestNameBytes)
        return String(decoding: body.array(name.lowerBound + 1..<end), as: UTF8.self) + "…"
    }

    private static func flag(
        _ member: Member, _ scan: ObjectScan, _ body: Span<UInt8>
    ) throws(GatewayError) -> Bool? {
        guard let range = scan[member.rawValue], jsonKind(of: range, in: body) != .null else { return nil }
        guard let value = jsonBool(range, in: body) else {
            throw .invalidRequest(
                param: "stream", message: "'stream' must be true or false, not \(kind(range, body)).")
        }
        return value
    }

    private static func nestedFlag(
        _ member: Member, _ names: MemberNames, _ scan: ObjectScan, _ body: Span<UInt8>
    ) -> Bool {
        guard let range = scan[member.rawValue], range.count <= longestOptions,
            let nested = ObjectScan(body, within: range, names: names),
            let flag = nested[0]
        else { return false }
        return jsonBool(flag, in: body) ?? false
    }

    private static func kind(_ range: Range<Int>, _ body: Span<UInt8>) -> String {
        switch jsonKind(of: range, in: body) {
        case .null: "null"
        case .bool: "a boolean"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
