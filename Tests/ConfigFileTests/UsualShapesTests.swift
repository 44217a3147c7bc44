import ConfigFile
import Testing

/// The twelve shapes in which configurations are written most, each with everything that is said about it: what does as its
/// owner expects is not worth a word.
@Suite struct UsualShapesTests {
    /// - `issues`: errors, warnings and notes; `silent`: keys without an effect, yet or at all.
    typealias Shape = (name: String, file: String, issues: [String], silent: [String])

    static let environment = [
        "OPENAI_API_KEY": "k", "ANTHROPIC_API_KEY": "k", "AZURE_API_KEY": "k", "AZURE_API_BASE": "https://a.example/",
        "OPENROUTER_API_KEY": "k", "LITELLM_MASTER_KEY": "sk-k", "DATABASE_URL": "postgresql://u:p@h/d",
        "REDIS_HOST": "r",
        "REDIS_PASSWORD": "p", "OPENAI_ORG": "o", "GROQ_API_KEY": "k", "SLACK_WEBHOOK_URL": "https://s.example/",
    ]

    @Test(arguments: shapes) func whatIsSaid(_ shape: Shape) {
        let loaded = load(files: ["config.yaml": shape.file, "models.yaml": moreModels], Self.environment)
        #expect(loaded.texts == shape.issues, "\(shape.name)")
        #expect((loaded.notYetEffective + loaded.ignored).map(\.path) == shape.silent, "\(shape.name)")
        #expect(!loaded.config.models.isEmpty)
        #expect(loaded.config.models.flatMap(\.params.faults) == [])
    }

    static let shapes: [Shape] = [
        (
            "one model and a key",
            """
            model_list:
              - model_name: gpt-4o
                litellm_params:
                  model: openai/gpt-4o
                  api_key: os.environ/OPENAI_API_KEY
            general_settings:
              master_key: os.environ/LITELLM_MASTER_KEY
            """, [], []
        ),
        (
            "two accounts behind one name",
            """
            model_list:
              - model_name: gpt-4o
                litellm_params:
                  model: azure/my-deployment
                  api_base: os.environ/AZURE_API_BASE
                  api_key: os.environ/AZURE_API_KEY
                  api_version: "2024-10-21"
                  rpm: 60
                  tpm: 100000
                model_info:
                  base_model: azure/gpt-4o
                  mode: chat
              - model_name: gpt-4o
                litellm_params:
                  model: openai/gpt-4o
                  api_key: os.environ/OPENAI_API_KEY
                  rpm: 30
                  weight: 2
                  timeout: 300
                  stream_timeout: 60
                  max_retries: 2
            router_settings:
              routing_strategy: simple-shuffle
              num_retries: 2
              timeout: 30
              allowed_fails: 3
              cooldown_time: 30
              enable_pre_call_checks: true
            """, [], []
        ),
        (
            "clouds",
            """
            model_list:
              - model_name: claude
                litellm_params:
                  model: bedrock/anthropic.claude-sonnet-4-v1:0
                  aws_region_name: eu-central-1
                  aws_access_key_id: os.environ/AWS_ACCESS_KEY_ID
              - model_name: gemini
                litellm_params:
                  model: vertex_ai/gemini-2.5-pro
                  vertex_project: p
                  vertex_location: us-central1
              - model_name: claude
                litellm_params: {model: anthropic/claude-sonnet-4-5, api_key: os.environ/ANTHROPIC_API_KEY}
            litellm_settings:
              drop_params: true
            """, [],
            [
                "litellm_settings.drop_params", "model_list[0].litellm_params.aws_region_name",
                "model_list[0].litellm_params.aws_access_key_id", "model_list[1].litellm_params.vertex_project",
                "model_list[1].litellm_params.vertex_location",
            ]
        ),
        (
            "servers of one's own",
            """
            model_list:
              - model_name: llama3
                litellm_params: {model: ollama_chat/llama3.1, api_base: "http://localhost:11434"}
              - model_name: qwen
                litellm_params: {model: hosted_vllm/Qwen/Qwen3-8B, api_base: "http://vllm:8000/v1", api_key: none}
              - model_name: local
                litellm_params:
                  model: my-model
                  custom_llm_provider: openai
                  api_base: http://127.0.0.1:8080/v1
                  api_key: dummy
                  temperature: 0.2
                  max_tokens: 1024
                  extra_body: {chat_template_kwargs: {enable_thinking: false}}
                model_info: {max_tokens: 8192, max_input_tokens: 8192, rpm: 20, timeout: 600}
            """, [], []
        ),
        (
            "wildcards",
            """
            model_list:
              - model_name: openai/*
                litellm_params: {model: openai/*, api_key: os.environ/OPENAI_API_KEY}
              - model_name: anthropic/*
                litellm_params: {model: anthropic/*, api_key: os.environ/ANTHROPIC_API_KEY}
              - model_name: "*"
                litellm_params: {model: openrouter/*, api_key: os.environ/OPENROUTER_API_KEY}
            litellm_settings:
              set_verbose: false
              drop_params: false
              cache: false
              telemetry: false
              turn_off_message_logging: true
            """, [], []
        ),
        (
            "other kinds of models",
            """
            model_list:
              - model_name: embed
                litellm_params: {model: openai/text-embedding-3-small, api_key: os.environ/OPENAI_API_KEY}
                model_info: {mode: embedding, access_groups: []}
              - model_name: tts
                litellm_params: {model: openai/tts-1, api_key: os.environ/OPENAI_API_KEY}
                model_info: {mode: audio_speech, supports_vision: false}
              - model_name: image
                litellm_params: {model: openai/gpt-image-1, api_key: os.environ/OPENAI_API_KEY, size: 1024x1024}
                model_info: {mode: image_generation}
            """, [], []
        ),
        (
            "fallbacks among the settings of all calls",
            """
            model_list:
              - model_name: small
                litellm_params: {model: groq/llama-3.1-8b-instant, api_key: os.environ/GROQ_API_KEY}
              - model_name: large
                litellm_params: {model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY}
            litellm_settings:
              num_retries: 3
              request_timeout: 60
              fallbacks: [{"small": ["large"]}]
              context_window_fallbacks: [{"small": ["large"]}]
              content_policy_fallbacks: [{"small": ["large"]}]
              default_fallbacks: ["large"]
              allowed_fails: 3
            """, [], []
        ),
        (
            "metrics and logs",
            """
            model_list:
              - model_name: gpt-4o
                litellm_params: {model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY}
            litellm_settings:
              callbacks: ["prometheus"]
              success_callback: ["langfuse", "prometheus"]
              failure_callback: ["prometheus"]
              service_callback: ["prometheus_system"]
              json_logs: true
              require_auth_for_metrics_endpoint: false
            """, [], ["litellm_settings.success_callback", "litellm_settings.service_callback"]
        ),
        (
            "a database and its defaults",
            """
            model_list:
              - model_name: gpt-4o
                litellm_params: {model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY}
            general_settings:
              master_key: os.environ/LITELLM_MASTER_KEY
              database_url: os.environ/DATABASE_URL
              database_connection_pool_limit: 10
              store_model_in_db: false
              proxy_batch_write_at: 10
              disable_spend_logs: true
              background_health_checks: false
              health_check_interval: 300
              health_check_details: true
              ui_access_mode: all
              alerting: ["slack"]
            """, [], ["general_settings.database_url", "general_settings.alerting"]
        ),
        (
            "shared state and a cache",
            """
            model_list:
              - model_name: gpt-4o
                litellm_params: {model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY, max_parallel_requests: 10}
            router_settings:
              routing_strategy: usage-based-routing-v2
              redis_host: os.environ/REDIS_HOST
              redis_port: 6379
              redis_password: os.environ/REDIS_PASSWORD
              model_group_alias: {"gpt-4": "gpt-4o"}
            litellm_settings:
              cache: true
              cache_params: {type: redis, host: os.environ/REDIS_HOST, port: 6379, password: os.environ/REDIS_PASSWORD}
            """, [],
            [
                "litellm_settings.cache", "litellm_settings.cache_params", "router_settings.redis_host",
                "router_settings.redis_password",
            ]
        ),
        (
            "several files and variables",
            """
            include: [models.yaml]
            environment_variables:
              TEAM: core
            credential_list:
              - credential_name: main
                credential_values: {api_key: os.environ/OPENAI_API_KEY, api_base: https://api.openai.com/v1}
                credential_info: {custom_llm_provider: openai}
            general_settings: {master_key: os.environ/LITELLM_MASTER_KEY}
            """, [], ["credential_list[0].credential_info"]
        ),
        (
            "restrictions",
            """
            model_list:
              - model_name: gpt-4o
                litellm_params: {model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY, organization: [os.environ/OPENAI_ORG]}
            guardrails:
              - guardrail_name: presidio
                litellm_params: {guardrail: presidio, mode: pre_call}
            general_settings:
              master_key: os.environ/LITELLM_MASTER_KEY
              allowed_ips: ["127.0.0.1", "10.0.0.0/8"]
              use_x_forwarded_for: false
              enforce_user_param: false
              allowed_routes: ["/chat/completions"]
              enable_jwt_auth: true
              litellm_jwtauth: {user_id_jwt_field: sub}
            litellm_settings: {max_budget: 100, budget_duration: 30d}
            """,
            [
                ("4", "guardrails"), ("15", "litellm_settings.max_budget"), ("12", "general_settings.allowed_routes"),
                ("13", "general_settings.enable_jwt_auth"),
            ].map { line, key in
                "warning config.yaml:\(line): \(key): is a restriction on which nothing acts yet: the gateway is more open than its file says"
            }, ["litellm_settings.budget_duration", "general_settings.litellm_jwtauth"]
        ),
    ]
}

private let moreModels = """
    model_list:
      - model_name: gpt-4o
        litellm_params: {model: openai/gpt-4o, litellm_credential_name: main, tags: [free], order: 1}
    """
