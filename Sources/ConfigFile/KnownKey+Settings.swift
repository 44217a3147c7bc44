extension KnownKey {
    static let routerKeys: [KnownKey] =
        [
            effective(.router, "model_group_alias", "mapping", "empty", "other names; see below for the forms"),
            effective(.router, "timeout", "seconds", "`request_timeout`", "limit of one attempt that is not streamed"),
            effective(
                .router, "stream_timeout", "seconds", "none",
                "longest wait for a stream's first token, then for more of it; comments and roles are none"),
            effective(.router, "routing_strategy", "name", "simple-shuffle", "how one deployment of a group is chosen"),
            effective(.router, "routing_strategy_args", "mapping", "empty", "the strategy's own settings"),
            effective(.router, "num_retries", "whole number", "2", "retries within a group"),
            effective(.router, "max_retries", "whole number", "2", "the same as `num_retries`, which wins"),
            effective(
                .router, "max_client_retries", "0 to 20", "as without asking",
                "most retries that a request's own `num_retries` may ask for"),
            effective(.router, "retry_after", "seconds, 0 or more", "0", "shortest pause before a retry"),
            effective(.router, "fallbacks", "list of mappings", "empty", "next groups when one fails"),
            effective(.router, "default_fallbacks", "list of strings", "empty", "next groups of all that have none"),
            effective(
                .router, "context_window_fallbacks", "list of mappings", "empty",
                "next groups when the prompt is too long"),
            effective(
                .router, "content_policy_fallbacks", "list of mappings", "empty", "next groups when a filter refuses"),
            effective(.router, "max_fallbacks", "whole number", "5", "groups tried after the first, in all"),
            effective(.router, "retry_policy", "mapping of counts", "empty", "retries per kind of error"),
            effective(.router, "model_group_retry_policy", "mapping of mappings", "empty", "the same for one group"),
            effective(
                .router, "allowed_fails", "whole number", "by its good and bad answers",
                "failures within `cooldown_time` before a deployment rests"),
            effective(.router, "allowed_fails_policy", "mapping of counts", "empty", "the same per kind of error"),
            effective(
                .router, "cooldown_time", "seconds, 0 or more", "5", "how long a deployment rests when nobody else says"
            ),
            effective(.router, "disable_cooldowns", "true or false", "false", "no deployment ever rests"),
            effective(
                .router, "enable_pre_call_checks", "true or false", "false",
                "leave out deployments whose `max_input_tokens` a prompt exceeds, by an estimate of its tokens"),
            effective(
                .router, "optional_pre_call_checks", "list of strings", "empty",
                "`enforce_model_rate_limits`: `rpm` and `tpm` hold with every strategy"),
            effective(.router, "enable_tag_filtering", "true or false", "false", "choose by the request's tags"),
            effective(.router, "tag_filtering_match_any", "true or false", "true", "one tag in common is enough"),
            effective(
                .router, "default_max_parallel_requests", "whole number", "none", "of deployments that say nothing"),
            notYet(.router, "redis_host", "string", "none", "state that several gateways share"),
            notYet(.router, "redis_port", "1 to 65535", "6379", "its port"),
            notYet(.router, "redis_password", "string", "none", "its password"),
            notYet(.router, "redis_url", "URL", "none", "instead of the three above"),
        ]
        + ignored(
            .router,
            """
            routing_groups redis_db=0 cache_responses cache_kwargs caching_groups client_ttl=3600 default_litellm_params
            default_priority polling_interval=0.003 provider_budget_config^ fallback_on_unsupported_params=true
            enable_weighted_failover enable_mid_stream_fallback_continuation enable_health_check_routing
            deployment_affinity_ttl_seconds=3600 alerting_config set_verbose debug_level plugins assistants_config
            ignore_invalid_deployments=true|false search_tools guardrail_list redis_username redis_ssl
            router_general_settings enable_pre_call_check
            """)

    static let litellmKeys: [KnownKey] =
        [
            effective(.litellm, "request_timeout", "seconds", "6000", "limit of one attempt when nothing else says so"),
            effective(.litellm, "ssl_verify", "true, false or path", "true", "certificate check of all upstreams"),
            effective(.litellm, "json_logs", "true or false", "by the terminal", "log lines in JSON"),
            notYet(.litellm, "drop_params", "true or false", "false", "drop what a provider does not take"),
            notYet(.litellm, "modify_params", "true or false", "false", "change what a provider would refuse"),
            effective(
                .litellm, "num_retries", "whole number", "2", "see `router_settings`, which wins; so for the next eight"
            ),
            effective(.litellm, "max_retries", "whole number", "2", ""),
            effective(.litellm, "fallbacks", "list of mappings", "empty", ""),
            effective(.litellm, "default_fallbacks", "list of strings", "empty", ""),
            effective(.litellm, "context_window_fallbacks", "list of mappings", "empty", ""),
            effective(.litellm, "content_policy_fallbacks", "list of mappings", "empty", ""),
            effective(.litellm, "max_fallbacks", "whole number", "5", ""),
            effective(.litellm, "allowed_fails", "whole number", "none", ""),
            effective(.litellm, "cooldown_time", "seconds, 0 or more", "5", ""),
            effective(
                .litellm, "add_user_information_to_llm_headers", "true or false", "false",
                "tell upstreams who asks, in `x-litellm-user_api_key_*` headers"),
            effective(
                .litellm, "require_auth_for_metrics_endpoint", "true or false", "true",
                "`/metrics` wants the master key, when there is one"),
            notYet(
                .litellm, "callbacks", "list of strings", "empty",
                "who is told about each request; `prometheus` is in effect, see `/metrics`", harmless: ["prometheus"]),
            notYet(
                .litellm, "success_callback", "list of strings", "empty", "the same after an answer",
                harmless: ["prometheus"]),
            notYet(
                .litellm, "failure_callback", "list of strings", "empty", "the same after an error",
                harmless: ["prometheus"]),
            notYet(.litellm, "cache", "true or false", "false", "answer equal requests from a cache"),
            notYet(.litellm, "cache_params", "mapping", "empty", "which cache"),
            notYet(.litellm, "max_budget", "US dollars", "none", "what the gateway may spend", restricts: true),
            notYet(.litellm, "budget_duration", "such as `30d`", "none", "after which the budget begins anew"),
        ]
        + ignored(
            .litellm,
            """
            service_callback service_callbacks input_callback audit_log_callbacks turn_off_message_logging=true|false
            redact_user_api_key_info=true|false redact_messages_in_exceptions=true|false set_verbose
            telemetry=true|false max_end_user_budget^ max_end_user_budget_id^ max_internal_user_budget^
            internal_user_budget_duration default_max_internal_user_budget^ max_ui_session_budget
            default_internal_user_params default_team_settings default_team_params default_key_generate_params
            upperbound_key_generate_params key_generation_settings force_ipv4=false ssl_certificate ssl_security_level
            disable_aiohttp_transport use_aiohttp_transport disable_aiohttp_trust_env aiohttp_trust_env
            enable_json_schema_validation check_provider_endpoint public_model_groups public_model_groups_links
            cost_discount_config cost_margin_config disable_end_user_cost_tracking=true|false
            disable_end_user_cost_tracking_prometheus_only include_cost_in_streaming_usage
            use_chat_completions_url_for_anthropic_messages route_all_chat_openai_to_responses
            expose_router_debug_in_errors=false budget_exceeded_status_code network_mock model_alias_map custom_provider_map
            s3_callback_params s3_audit_callback_params gcs_pub_sub_use_v1 langfuse_default_tags langsmith_batch_size=100
            datadog_params datadog_llm_observability_params prometheus_metrics_config prometheus_initialize_budget_metrics
            custom_prometheus_metadata_labels custom_prometheus_tags enable_end_user_cost_tracking_prometheus_only
            disable_copilot_system_to_assistant forward_traceparent_to_llm_provider
            forward_llm_provider_auth_headers_in_model_group image_generation_model guardrails^ allowed_file_types^
            tag_budget_config^ banned_keywords_list^ blocked_user_list^ default_redis_ttl=60 default_redis_batch_cache_expiry disable_hf_tokenizer_download
            disable_add_transform_inline_image_block disable_token_counter enable_loadbalancing_on_batch_endpoints
            disable_streaming_logging store_audit_logs=false mcp_aliases
            openai_key azure_key anthropic_key cohere_key openrouter_key groq_key huggingface_key replicate_key
            togetherai_api_key vertex_project vertex_location api_key api_base organization api_version
            extra_spend_tag_headers user_url_validation generic_api_compatible_callbacks callback_settings
            enable_preview_features return_response_headers suppress_debug_info=true|false
            retry caching caching_with_models use_client logging email add_function_to_prompt model_fallbacks max_tokens
            token headers aleph_alpha_key ai21_key baseten_key maritalk_key nlp_cloud_key databricks_key
            cloudflare_api_key predibase_key clarifai_key ollama_key common_cloud_provider_auth_params
            secret_manager_client config_path client_session aclient_session model_cost_map_url pre_call_rules
            post_call_rules log_raw_request_response global_disable_no_log_param datadog_use_v1 aws_sqs_callback_params
            default_in_memory_ttl priority_reservation priority_reservation_settings model_group_settings
            public_mcp_servers public_agent_groups prometheus_emit_stream_label filter_invalid_headers
            enable_azure_ad_token_refresh enable_caching_on_provider_specific_optional_params
            presidio_ad_hoc_recognizers llm_guard_mode openai_moderations_model_name google_moderation_confidence_threshold
            llamaguard_model_name llamaguard_unsafe_content_categories global_bitbucket_config global_gitlab_config
            global_prompt_directory
            """)

    static let generalKeys: [KnownKey] =
        [
            effective(
                .general, "master_key", "string", "`LITELLM_MASTER_KEY`",
                "the key with all rights; without one, only this machine may call"),
            effective(
                .general, "dangerously_permit_weak_or_unset_master_key", "true or false", "false",
                "serve other machines without a master key, or with a guessable one"),
            effective(
                .general, "keepalive_seconds", "seconds, 0 or more", "15",
                "silence after which a streaming client gets a heartbeat; 0: never"),
            effective(.general, "litellm_key_header_name", "string", "none", "another header that may carry a key"),
            effective(
                .general, "max_wrong_keys_per_minute", "0 to 1000", "10",
                "of one client address; a further one: 429; 0: no limit"),
            effective(
                .general, "allowed_origins", "list of origins, or `*`", "`*`; without a master key only this machine's",
                "web pages that may use the gateway; see below"),
            effective(
                .general, "allowed_hosts", "list of names, or `*`", "empty",
                "what a gateway without a master key is called, besides `localhost`; see below"),
            effective(
                .general, "allowed_ips", "list of addresses and ranges", "all",
                "who may call, such as `10.0.0.0/8`; others get 403; see below"),
            effective(
                .general, "use_x_forwarded_for", "true or false", "false",
                "for `allowed_ips`, the client is what the proxy in front of the gateway says"),
            effective(.general, "proxy", "URL", "the environment's", "HTTP proxy on the way upstream"),
            effective(.general, "max_request_line_bytes", "512 to 1048576", "16384", "longer: 414"),
            effective(.general, "max_header_bytes", "1024 to 16777216", "65536", "all fields together; more: 431"),
            effective(.general, "max_header_fields", "8 to 10000", "200", "more: 431"),
            effective(.general, "max_header_field_bytes", "512 to 16777216", "16384", "one field; longer: 431"),
            effective(.general, "max_request_size_mb", "above 0, up to 4096", "32", "body of a request; larger: 413"),
            effective(
                .general, "max_response_size_mb", "above 0, up to 4096", "64",
                "an upstream's answer, unpacked, if it is no stream; larger: 502"),
            effective(.general, "max_event_size_mb", "above 0, up to 4096", "8", "one event of a stream; larger: 502"),
            effective(
                .general, "num_retries", "whole number", "2", "where neither of the two sections above says it"),
            effective(.general, "max_retries", "whole number", "2", "the same as `num_retries`, which wins"),
            effective(
                .general, "header_timeout", "seconds", "10", "from a request's first byte to its blank line; 408"),
            effective(.general, "body_timeout", "seconds", "30", "without progress of a request's body; 408"),
            effective(.general, "keepalive_timeout", "seconds", "75", "an idle client connection is closed"),
            effective(.general, "write_timeout", "seconds", "60", "a client that takes nothing is let go"),
            effective(.general, "max_connections", "1 to 1000000", "10000", "clients at one time"),
            effective(
                .general, "max_connections_per_address", "1 to 1000000", "none",
                "of one client address (IPv6: of its /64) at one time; one more: 503"),
            effective(.general, "connect_timeout", "seconds", "5", "to an upstream, look-up and TLS included"),
            effective(.general, "upstream_idle_timeout", "seconds", "60", "an idle upstream connection is closed"),
            effective(
                .general, "accept_compressed_requests", "true or false", "true",
                "unpack request bodies in gzip, deflate or zstd; else they are 415"),
            effective(
                .general, "ignore_guardrails", "true or false", "false",
                "take a request's `guardrails` out and name them; else it is refused, since there are none"),
            effective(
                .general, "forward_client_headers_to_llm_api", "true or false", "false",
                "send the client's own `x-*` headers and `anthropic-beta` upstream; see below"),
            notYet(.general, "database_url", "URL", "`DATABASE_URL`", "where keys and spending are kept"),
            notYet(.general, "store_model_in_db", "true or false", "false", "models added by the API are kept"),
            effective(
                .general, "background_health_checks", "true or false", "false",
                "ask all deployments now and then; `/health` then tells what was found last"),
            effective(.general, "health_check_interval", "seconds", "300", "how often, give or take a tenth"),
            notYet(.general, "pass_through_endpoints", "list of mappings", "empty", "paths handed on as they are"),
        ]
        + ignored(
            .general,
            """
            database_connection_pool_limit=10 database_connection_timeout=60 database_type database_args
            store_prompts_in_spend_logs disable_spend_logs=true|false disable_spend_updates=true|false disable_error_logs=true|false
            proxy_batch_write_at=10 proxy_budget_rescheduler_min_time=597 proxy_budget_rescheduler_max_time=605
            proxy_config_reload_interval_seconds=30 maximum_spend_logs_retention_period
            maximum_spend_logs_retention_interval allow_requests_on_db_unavailable user_api_key_cache_ttl=60
            user_api_key_cache_max_size=200 max_parallel_requests^ global_max_parallel_requests^ health_check_concurrency
            health_check_details=true enable_health_check_routing alerting alert_types alerting_threshold=300 alerting_args
            alert_to_webhook_url custom_auth^ custom_auth_settings custom_key_generate custom_sso custom_ui_sso_sign_in_handler
            enable_jwt_auth^ litellm_jwtauth enable_oauth2_auth^ enable_oauth2_proxy_auth^ oauth2_config_mappings
            user_header_name user_header_mappings enforce_user_param^ allowed_routes^ public_routes admin_only_routes^
            ui_access_mode=all disable_master_key_return=true|false completion_model embedding_model
            image_generation_model moderation_model infer_model_from_keys allow_client_side_credentials
            forward_openai_org_id always_include_stream_usage reject_clientside_metadata_tags^ token_rate_limit_type=total
            return_wildcard_routes=false model_list_healthy_only cancel_on_disconnect=true|false max_in_flight_requests_per_worker
            max_queued_requests_per_worker admission_queue_timeout_seconds=1 fail_closed_rate_limit_enforcement
            coordination_redis include_call_id_in_error_body dangerously_allow_mock_testing_request_params
            enforce_fallback_model_access^ key_management_system key_management_settings role_permissions^
            supported_db_objects user_url_validation=true|false provider_url_destination_allowed_hosts^ use_redis_transaction_buffer
            otel enforced_params^ block_robots service_account_settings^
            disable_retry_on_max_parallel_request_limit_error disable_adding_master_key_hash_to_db=true|false
            disable_reset_budget=true|false enable_public_model_hub enable_mcp_registry pass_through_request_timeout
            spend_report_frequency disable_load_balancing cold_storage_custom_logger mcp_internal_ip_ranges
            mcp_client_side_auth_header_name background_health_check_max_tokens ui_logo_path 
            litellm_salt_key enable_key_alias_format_validation
            user_mcp_management_mode disable_responses_id_security=true|false use_client_credentials_pass_through_routes
            proxy_batch_polling_interval default_team_disabled allow_user_auth disable_prisma_schema_update
            use_azure_key_vault use_google_kms litellm_license
            """)
}
