import ConfigFile
import JSONText
import Model
import Testing

/// Whole files as people run them.
@Suite struct ProxyConfigTests {
    /// A team's gateway: anchors, wildcards, groups, folded texts, aliases, fallbacks, callbacks, several providers.
    static let proxy = """
        # our gateway
        x-common: &common
          timeout: 60
          stream_timeout: 30.5
          max_retries: 0
          extra_headers: &headers
            HTTP-Referer: https://example.com
            X-Title: Example

        .openrouter: &openrouter
          <<: *common
          api_base: https://openrouter.ai/api/v1
          api_key: os.environ/OPENROUTER_API_KEY

        environment_variables:
          OR_SITE_URL: "https://example.com"
          REDIS_HOST: redis

        model_list:
          - model_name: "openrouter/*"
            litellm_params:
              <<: *openrouter
              model: "openrouter/*"
          - model_name: "*"
            litellm_params: {model: "openai/*", api_key: os.environ/OPENAI_API_KEY}
          # three ways to one name
          - model_name: gpt-4o
            litellm_params:
              <<: *openrouter
              model: openrouter/openai/gpt-4o
              weight: 3
              order: 1
            model_info: &chat
              mode: chat
              max_input_tokens: 128_000
              supports_function_calling: yes
              access_groups: [default-models, "beta"]
          - model_name: gpt-4o
            litellm_params:
              model: azure/gpt-4o-eu
              api_base: https://eu.example.openai.azure.com/
              api_key: os.environ/AZURE_API_KEY_EU
              api_version: 2024-10-21
              rpm: 600
              tpm: 100_000
            model_info:
              <<: *chat
              id: azure-eu
              base_model: azure/gpt-4o
          - model_name: gpt-4o
            tpm: 50000
            litellm_params:
              model: azure/gpt-4o-us
              api_base: os.environ/AZURE_US
              api_key: os.environ/AZURE_API_KEY_US
              api_version: "2024-10-21"
            model_info: {<<: *chat, id: azure-us}
          - model_name: claude
            litellm_params:
              model: anthropic/claude-sonnet-4-5-20250929
              api_key: os.environ/ANTHROPIC_API_KEY
              max_tokens: 8192
              thinking: {type: enabled, budget_tokens: 2048}
              additional_drop_params: [frequency_penalty, "tools[*].strict"]
              input_cost_per_token: 0.000003
              output_cost_per_token: 1.5e-5
          - model_name: summarizer
            litellm_params:
              model: openrouter/google/gemini-2.5-flash
              api_key: os.environ/OPENROUTER_API_KEY
              temperature: 0
              seed: 7
              extra_body:
                provider: {order: [google-vertex, google-ai-studio], allow_fallbacks: false}
                instructions: >-
                  Summarize what you are given
                  in three sentences, and keep
                  to the language it is written in.
            model_info:
              description: |
                Used by the weekly report.
                Ask before you change it.
          - model_name: local
            litellm_params:
              model: hosted_vllm/Qwen/Qwen3-32B
              api_base: http://10.0.0.7:8000/v1
              chat_template_kwargs: {enable_thinking: off}
              top_k: 20
              repetition_penalty: 1.05
          - model_name: embeddings
            litellm_params: {model: openai/text-embedding-3-large, dimensions: 1024}
            model_info: {mode: embedding}
          - model_name: bedrock-claude
            litellm_params:
              model: bedrock/anthropic.claude-3
              aws_region_name: eu-central-1
              aws_access_key_id: os.environ/AWS_KEY_ID
          - model_name: demo
            litellm_params: {model: openai/demo, mock_response: "it works: yes"}

        router_settings:
          routing_strategy: simple-shuffle
          model_group_alias:
            "gpt-4": gpt-4o
            mymodel: "openrouter/openai/gpt-4o"
            internal: {model: claude, hidden: true}
          num_retries: 2
          allowed_fails: 3
          cooldown_time: 30
          enable_pre_call_checks: true
          fallbacks:
            - gpt-4o: [claude, summarizer]
            - claude: ["openrouter/anthropic/claude-sonnet-4.5"]
          context_window_fallbacks: [{"gpt-4o": ["summarizer"]}]
          redis_host: os.environ/REDIS_HOST
          redis_port: "6379"
          redis_password: os.environ/REDIS_PASSWORD

        litellm_settings:
          drop_params: True
          request_timeout: 600
          num_retries: 5
          default_fallbacks: [demo]
          callbacks: ["prometheus", langfuse]
          success_callback: []
          cache: false
          cache_params: {type: redis, host: os.environ/REDIS_HOST, password: os.environ/REDIS_PASSWORD, ttl: 600}
          set_verbose: False
          json_logs: true
          telemetry: off

        general_settings:
          master_key: os.environ/LITELLM_MASTER_KEY
          database_url: os.environ/DATABASE_URL
          store_model_in_db: true
          forward_client_headers_to_llm_api: false
          background_health_checks: true
          health_check_interval: 1:30
          alerting: [slack]
          max_request_size_mb: 20
          pass_through_endpoints:
            - path: /v1/rerank
              target: https://api.cohere.com/v1/rerank
              headers: {Authorization: os.environ/COHERE_AUTH, accept: application/json}

        callback_settings: {otel: {message_logging: false}}
        guardrails: []
        """

    static let environment = [
        "OPENROUTER_API_KEY": "or-key", "OPENAI_API_KEY": "oa-key", "AZURE_API_KEY_EU": "eu-key",
        "AZURE_US": "https://us.example.openai.azure.com", "ANTHROPIC_API_KEY": "an-key", "REDIS_PASSWORD": "rp",
        "LITELLM_MASTER_KEY": "sk-master", "DATABASE_URL": "postgresql://x", "COHERE_AUTH": "bearer c",
    ]

    @Test func aTeamsGatewayLoads() throws {
        let loaded = load(Self.proxy, Self.environment)
        #expect(
            loaded.texts == [
                "warning config.yaml:55: model_list[4].litellm_params.api_key: the environment variable AZURE_API_KEY_US is not set; used by `gpt-4o`"
            ])
        let models = loaded.config.models
        #expect(
            models.map(\.name) == [
                "openrouter/*", "*", "gpt-4o", "gpt-4o", "gpt-4o", "claude", "summarizer", "local", "embeddings",
                "bedrock-claude", "demo",
            ])
        let wildcard = try #require(models.first)
        #expect(wildcard.params.model == "openrouter/*")
        #expect(wildcard.params.apiKey?.secret == Secret("or-key"))
        #expect(wildcard.params.timeout == .seconds(60))
        #expect(wildcard.params.streamTimeout == .milliseconds(30500))
        #expect(wildcard.params.extraHeaders.map(\.name) == ["HTTP-Referer", "X-Title"])
        let group = models.filter { $0.name == "gpt-4o" }
        #expect(group.map(\.params.weight) == [3, nil, nil])
        #expect(group.map(\.params.requestsPerMinute) == [nil, 600, nil])
        #expect(group.map(\.params.tokensPerMinute) == [nil, 100_000, 50_000])
        #expect(group.map(\.params.apiVersion) == [nil, "2024-10-21", "2024-10-21"])
        #expect(group.map(\.params.apiBase).last == "https://us.example.openai.azure.com")
        #expect(group.map(\.info.id) == [nil, "azure-eu", "azure-us"])
        #expect(group.map(\.info.maxInputTokens) == [128_000, 128_000, 128_000])
        #expect(group.map(\.info.accessGroups).last == ["default-models", "beta"])
        let summarizer = try #require(models.first { $0.name == "summarizer" })
        #expect(summarizer.params.defaults == [.init("temperature", .number("0")), .init("seed", .number("7"))])
        #expect(
            summarizer.params.extraBody.last
                == .init(
                    "instructions",
                    .string(
                        "Summarize what you are given in three sentences, and keep to the language it is written in.")))
        #expect(
            summarizer.info.members == [
                .init("description", .string("Used by the weekly report.\nAsk before you change it.\n"))
            ])
        let local = try #require(models.first { $0.name == "local" })
        #expect(
            local.params.defaults == [
                .init("chat_template_kwargs", .object([.init("enable_thinking", .bool(false))])),
                .init("top_k", .number("20")), .init("repetition_penalty", .number("1.05")),
            ])
        let router = loaded.config.router
        #expect(router.aliases.map(\.target) == ["gpt-4o", "openrouter/openai/gpt-4o", "claude"])
        #expect(router.aliases.map(\.hidden) == [false, false, true])
        #expect(router.numRetries == 2)
        #expect(router.redisHost == "redis")
        #expect(router.defaultFallbacks == ["demo"])
        let general = loaded.config.general
        #expect(general.masterKey == SecretReference(variable: "LITELLM_MASTER_KEY", secret: Secret("sk-master")))
        #expect(general.healthCheckInterval == .seconds(90))
        #expect(general.limits.requestBodyBytes == 20 << 20)
        #expect(general.passThroughEndpoints.first?.headers.first?.value.variable == "COHERE_AUTH")
        #expect(loaded.config.litellm.requestTimeout == .seconds(600))
        #expect(!loaded.hasErrors)
    }

    @Test func everyPrefixOfItLoadsOrComplains() {
        let text = Array(Self.proxy.utf8)
        for length in stride(from: 0, to: text.count, by: 31) {
            let loaded = loadConfig(path: "config.yaml", environment: [:]) { _ throws(ConfigReadError) in
                Array(text[..<length])
            }
            #expect(loaded.config.models.count <= 11)
        }
    }

    @Test func noSpoiltByteTrapsOrShowsASecret() {
        let text = Array(Self.proxy.utf8)
        let secrets = Self.environment.filter { $0.key != "AZURE_US" }.values
        for index in stride(from: 0, to: text.count, by: 53) {
            for byte in "*!:{\"-\n\u{0}".utf8 {
                var changed = text
                changed[index] = byte
                let loaded = loadConfig(path: "config.yaml", environment: Self.environment) {
                    _ throws(ConfigReadError) in changed
                }
                let said = loaded.texts.joined(separator: "\n")
                #expect(!secrets.contains { said.contains($0) }, "byte \(byte) at \(index)")
            }
        }
    }

    /// The two files of the wild in which an alias worked on one endpoint and not on the other.
    @Test func anAliasOfEitherKind() {
        let wildcard = """
            model_list:
              - model_name: openrouter/*
                litellm_params:
                  model: openrouter/*
                  api_base: https://openrouter.ai/api/v1
                  api_key: os.environ/OPEN_ROUTER_API_KEY

            """
        let entry = """
              - model_name: mymodel
                litellm_params:
                  model: openrouter/openai/gpt-4o
                  api_key: os.environ/OPEN_ROUTER_API_KEY
            """
        let alias = """
            router_settings:
              model_group_alias:
                "mymodel": "openrouter/openai/gpt-4o"
            """
        let first = load(wildcard + entry, ["OPEN_ROUTER_API_KEY": "k"])
        #expect(first.texts == [])
        #expect(first.config.models.map(\.params.model) == ["openrouter/*", "openrouter/openai/gpt-4o"])
        let second = load(wildcard + alias, ["OPEN_ROUTER_API_KEY": "k"])
        #expect(second.texts == [])
        #expect(second.config.router.aliases == [ModelAlias(alias: "mymodel", target: "openrouter/openai/gpt-4o")])
    }

    @Test func aThousandModelsAreReadInOneGo() {
        let entries = (0..<1000).map {
            "  - model_name: m\($0 % 50)\n    litellm_params: {model: openai/m\($0), api_key: os.environ/K, rpm: \($0), temperature: 1}\n"
        }
        let loaded = load("model_list:\n" + entries.joined())
        #expect(loaded.config.models.count == 1000)
        #expect(loaded.missingVariables.first?.models.count == 50)
        #expect(loaded.issues.count == 1)
    }
}
