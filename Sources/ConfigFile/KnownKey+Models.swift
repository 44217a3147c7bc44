extension KnownKey {
    static let modelKeys: [KnownKey] = entryKeys + paramKeys + infoKeys + credentialKeys

    private static let entryKeys: [KnownKey] = [
        effective(.entry, "model_name", "string", "required", "what clients ask for; may hold `*`"),
        effective(.entry, "litellm_params", "mapping", "required", "how the deployment is called"),
        effective(.entry, "model_info", "mapping", "empty", "facts about the model; free-form"),
        effective(.entry, "rpm", "whole number", "none", "the same as in `litellm_params`"),
        effective(.entry, "tpm", "whole number", "none", "the same as in `litellm_params`"),
    ]

    private static let paramKeys: [KnownKey] =
        [
            effective(.params, "model", "string", "required", "`provider/model-id`; the prefix is removed once"),
            effective(.params, "api_key", "string", "the provider's variable", "the key that goes upstream"),
            effective(.params, "api_base", "URL", "the provider's", "where the provider is; normally ends in `/v1`"),
            effective(.params, "base_url", "URL", "the provider's", "the same as `api_base`, which wins"),
            effective(.params, "api_version", "string", "none", "Azure's `api-version`"),
            effective(.params, "organization", "string", "none", "sent as `OpenAI-Organization`"),
            effective(
                .params, "custom_llm_provider", "string", "from `model`", "the provider, whatever the prefix says"),
            effective(.params, "litellm_credential_name", "string", "none", "an entry of `credential_list`"),
            effective(.params, "extra_headers", "mapping of strings", "empty", "added to every upstream request"),
            effective(.params, "headers", "mapping of strings", "empty", "the same; `extra_headers` wins"),
            effective(.params, "extra_body", "mapping", "empty", "added to the body of every upstream request"),
            effective(.params, "timeout", "seconds", "the router's", "limit of one attempt that is not streamed"),
            effective(.params, "request_timeout", "seconds", "none", "the same as `timeout`, which wins"),
            effective(
                .params, "stream_timeout", "seconds", "the router's",
                "longest wait for a stream's first token, then for more of it; comments and roles are none"),
            effective(
                .params, "additional_drop_params", "list of strings", "empty", "members of the body never sent upstream"
            ),
            effective(
                .params, "keepalive_seconds", "seconds, 0 or more", "`general_settings`'",
                "silence after which a streaming client gets a heartbeat; 0: never"),
            effective(.params, "mock_response", "string or mapping", "none", "answer with this and call nobody"),
            effective(.params, "ssl_verify", "true, false or path", "true", "certificate check; a path names a bundle"),
            effective(.params, "input_cost_per_token", "US dollars", "none", "price of a prompt token"),
            effective(.params, "output_cost_per_token", "US dollars", "none", "price of a completion token"),
            effective(.params, "rpm", "whole number", "none", "requests per minute; also a weight"),
            effective(.params, "tpm", "whole number", "none", "tokens per minute; also a weight"),
            effective(.params, "max_parallel_requests", "whole number", "none", "requests at one time"),
            effective(.params, "weight", "number", "none", "share of `simple-shuffle`"),
            effective(.params, "order", "whole number", "none", "lower goes first"),
            effective(.params, "num_retries", "whole number", "the router's", "retries of this deployment's group"),
            effective(.params, "max_retries", "whole number", "none", "the same as `num_retries`, which wins"),
            effective(.params, "cooldown_time", "seconds, 0 or more", "the router's", "0: this deployment never rests"),
            notYet(
                .params, "drop_params", "true or false", "`litellm_settings`'", "drop what the provider does not take"),
            notYet(.params, "allowed_openai_params", "list of strings", "empty", "never dropped"),
            effective(.params, "tags", "list of strings", "empty", "which requests may come here"),
            notYet(
                .params, "use_chat_completions_api", "true or false", "false",
                "serve `/responses` by way of `/chat/completions`"),
        ]
        + ignored(
            .params,
            """
            stream messages input itpm otpm tpd rpd daily_reset_time timeout_by_service_tier
            stream_timeout_by_service_tier mock_tool_calls mock_timeout mock_delay tag_regex max_budget^ budget_duration
            default_api_key_rpm_limit^ default_api_key_tpm_limit^ configurable_clientside_auth_params use_in_pass_through
            use_litellm_proxy merge_reasoning_content_in_choices silent_model max_file_size_mb^ region_name tenant_id
            client_id client_secret azure_ad_token azure_username azure_password azure_scope watsonx_region_name
            project token input_cost_per_second output_cost_per_second cache_read_input_token_cost
            cache_creation_input_token_cost litellm_trace_id model_file_id_mapping no-log caching s3_bucket_name
            gcs_bucket_name hf_model_name custom_prompt_dict roles initial_prompt_value
            final_prompt_value bos_token eos_token fallbacks context_window_fallbacks content_policy_fallbacks
            default_fallbacks
            auto_router_config auto_router_config_path auto_router_default_model auto_router_embedding_model
            complexity_router_config complexity_router_default_model quality_router_config
            adaptive_router_config cache_control_injection_points guardrails^ prompt_id prompt_variables
            litellm_system_prompt credential_name model_info
            """)

    private static let infoKeys: [KnownKey] = [
        effective(.info, "id", "string", "derived from the entry", "names the deployment in headers and metrics"),
        effective(.info, "mode", "string", "chat", "chat, completion, embedding, responses, …"),
        effective(
            .info, "base_model", "string", "none",
            "mode, context length and price, where this entry lacks them, of another entry for that model"),
        effective(.info, "max_input_tokens", "whole number", "none", "context length"),
        effective(.info, "max_output_tokens", "whole number", "none", "longest answer"),
        effective(.info, "input_cost_per_token", "US dollars", "none", "price of a prompt token"),
        effective(.info, "output_cost_per_token", "US dollars", "none", "price of a completion token"),
        notYet(.info, "access_groups", "list of strings", "empty", "groups that a key may be allowed"),
        effective(
            .info, "health_check_model", "string", "the entry's own",
            "what a health check asks for; a wildcard needs it"),
        effective(.info, "blocked", "true or false", "false", "the deployment is not called"),
        effective(.info, "rpm", "whole number", "none", "as in `litellm_params`, which wins; so for the next eight"),
        effective(.info, "tpm", "whole number", "none", ""),
        effective(.info, "max_parallel_requests", "whole number", "none", ""),
        effective(.info, "timeout", "seconds", "none", ""),
        effective(.info, "stream_timeout", "seconds", "none", ""),
        effective(.info, "order", "whole number", "none", ""),
        effective(.info, "weight", "number", "none", ""),
        effective(.info, "num_retries", "whole number", "none", ""),
        effective(.info, "max_retries", "whole number", "none", ""),
        effective(.info, "cooldown_time", "seconds, 0 or more", "none", "wins over the one in `litellm_params`"),
        effective(
            .info, "disable_background_health_check", "true or false", "false", "leave it out of background checks"),
    ]

    private static let credentialKeys: [KnownKey] =
        [
            effective(.credential, "credential_name", "string", "required", "what `litellm_credential_name` refers to"),
            effective(.credential, "credential_values", "mapping", "required", "keys of `litellm_params`"),
        ] + ignored(.credential, "credential_info")
}

/// Families of keys that LiteLLM knows and that do nothing here, by their beginning.
let ignoredParamPrefixes = [
    "aws_", "vertex_", "azure_ad_", "auto_router_", "complexity_router_", "quality_router_", "adaptive_router_", "oci_",
    "sap_", "s3_", "gcs_", "langfuse_",
]

/// Members of request bodies, of OpenAI's API and of what is served in its dialect: in `litellm_params` they are
/// defaults of the body, and no reason for a word.
let requestParameters: Set<String> = Set(
    """
    temperature top_p n stop max_tokens max_completion_tokens presence_penalty frequency_penalty logit_bias user
    response_format seed tools tool_choice parallel_tool_calls logprobs top_logprobs functions function_call modalities
    prediction audio reasoning_effort verbosity web_search_options service_tier store metadata prompt_cache_key
    prompt_cache_retention safety_identifier stream_options moderation
    instructions include max_output_tokens max_tool_calls previous_response_id prompt reasoning text truncation
    background conversation context_management
    dimensions encoding_format input_type task truncate embedding_type output_dimension
    best_of echo suffix
    top_k top_a top_n min_p typical_p tfs repetition_penalty transforms models route provider plugins usage thinking
    structured_outputs include_reasoning preset debug image_config session_id trace cache_control
    min_tokens length_penalty stop_token_ids include_stop_str_in_output ignore_eos skip_special_tokens
    spaces_between_special_tokens truncate_prompt_tokens prompt_logprobs add_generation_prompt add_special_tokens
    guided_json guided_regex guided_choice guided_grammar chat_template chat_template_kwargs documents priority
    use_beam_search continue_final_message allowed_token_ids bad_words mm_processor_kwargs return_tokens_as_token_ids
    enable_thinking thinking_budget num_ctx num_predict keep_alive think options format mirostat mirostat_eta
    mirostat_tau repeat_penalty repeat_last_n raw template system tfs_z cache_prompt grammar json_schema
    safe_prompt random_seed prompt_mode search_parameters search_domain_filter search_recency_filter
    return_images return_related_questions search_mode deferred reasoning_format include_thoughts
    disable_search enable_search incremental_output context_length_exceeded_behavior prompt_truncate_len
    reasoning_split extra_query compound_custom translation_options citation_options safety_settings
    generation_config thinking_config anthropic_version anthropic_beta betas mcp_servers container inference_geo
    voice speed size quality style language output_format background_removal duration
    """.split { $0 == " " || $0 == "\n" }.map(String.init))
