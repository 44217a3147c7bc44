import JSONText
import Model
import Testing

@testable import ConfigFile

/// What each key becomes.
@Suite struct ValueTests {
    @Test func everyParam() throws {
        let loaded = load(
            """
            credential_list:
              - credential_name: shared
                credential_values: {api_key: ck, api_base: "https://c/v1"}
                credential_info: {description: x}
            model_list:
              - model_name: m
                rpm: 100
                tpm: 5000
                litellm_params:
                  model: azure/m
                  api_key: literal
                  base_url: https://other/v1
                  api_base: https://base/v1
                  api_version: 2024-02-01
                  organization: org
                  custom_llm_provider: openai
                  litellm_credential_name: shared
                  tpm: 7
                  max_parallel_requests: 3
                  weight: 0.5
                  order: -1
                  request_timeout: 9
                  timeout: "1.5"
                  stream_timeout: 60
                  num_retries: 4
                  max_retries: 0
                  cooldown_time: 0
                  keepalive_seconds: 0
                  drop_params: "true"
                  additional_drop_params: [user]
                  allowed_openai_params: tools
                  headers: {X-A: 1, X-B: b}
                  extra_headers: {x-b: c}
                  extra_body: {transforms: [x]}
                  input_cost_per_token: 1e-6
                  output_cost_per_token: 0.000002
                  mock_response: hello
                  tags: [free]
                  ssl_verify: /ca.pem
                  use_chat_completions_api: true
                  temperature: 0.50
                  seed: 0x10
                  stop: ["\\n", END]
                model_info:
                  id: 7
                  mode: chat
                  base_model: azure/gpt
                  max_input_tokens: 1000
                  max_output_tokens: "100"
                  input_cost_per_token: 0
                  output_cost_per_token: 1
                  access_groups: [beta]
                  health_check_model: x/y
                  anything: {goes: [1]}
            """)
        #expect(loaded.texts == [])
        let entry = try #require(loaded.config.models.first)
        #expect(entry.location == ConfigLocation(path: "model_list[0]", file: "config.yaml", line: 6))
        let params = entry.params
        #expect(params.model == "azure/m")
        #expect(params.apiKey == SecretReference(variable: nil, secret: Secret("literal")))
        #expect(params.apiBase == "https://base/v1")
        #expect(params.apiVersion == "2024-02-01")
        #expect(params.organization == "org")
        #expect(params.customProvider == "openai")
        #expect(params.credentialName == "shared")
        #expect(params.requestsPerMinute == 100)
        #expect(params.tokensPerMinute == 7, "the inner one wins")
        #expect(params.maxParallelRequests == 3)
        #expect(params.weight == 0.5)
        #expect(params.order == -1)
        #expect(params.timeout == .milliseconds(1500))
        #expect(params.streamTimeout == .seconds(60))
        #expect(params.numRetries == 4)
        #expect(params.cooldownTime == .zero)
        #expect(params.keepaliveSeconds == .zero)
        #expect(params.dropParams == true)
        #expect(params.additionalDropParams == ["user"])
        #expect(params.allowedOpenAIParams == ["tools"])
        #expect(params.extraHeaders.map(\.name) == ["X-A", "x-b"])
        #expect(params.extraHeaders.map(\.value.secret) == [Secret("1"), Secret("c")])
        #expect(params.extraBody == [.init("transforms", .array([.string("x")]))])
        #expect(params.inputCostPerToken == 1e-6)
        #expect(params.outputCostPerToken == 2e-6)
        #expect(params.mockResponse == .string("hello"))
        #expect(params.tags == ["free"])
        #expect(params.sslVerify == .bundle("/ca.pem"))
        #expect(params.useChatCompletionsAPI == true)
        #expect(
            params.defaults == [
                .init("temperature", .number("0.50")), .init("seed", .number("16")),
                .init("stop", .array([.string("\n"), .string("END")])),
            ])
        #expect(params.written.first == .init("model", .string("azure/m")))
        #expect(params.written.last == .init("rpm", .number("100")))
        let info = entry.info
        #expect(info.id == "7")
        #expect(info.mode == "chat")
        #expect(info.baseModel == "azure/gpt")
        #expect(info.maxInputTokens == 1000)
        #expect(info.maxOutputTokens == 100)
        #expect(info.inputCostPerToken == 0)
        #expect(info.outputCostPerToken == 1)
        #expect(info.accessGroups == ["beta"])
        #expect(info.healthCheckModel == "x/y")
        #expect(info.members.last == .init("anything", .object([.init("goes", .array([.number("1")]))])))
        let credential = try #require(loaded.config.credentials.first)
        #expect(credential.name == "shared")
        #expect(credential.params.apiBase == "https://c/v1")
    }

    @Test func everySetting() {
        let loaded = load(
            """
            router_settings:
              routing_strategy: latency-based-routing
              routing_strategy_args: {ttl: 10}
              model_group_alias:
                plain: openrouter/openai/gpt-4o
                hidden: {model: openrouter/a/b, hidden: true}
              num_retries: 3
              max_client_retries: 11
              retry_after: 1
              timeout: 30
              stream_timeout: 20
              fallbacks: [{a: [b, c]}, {d: e, f: []}]
              default_fallbacks: [z]
              context_window_fallbacks: {a: [long]}
              content_policy_fallbacks: [{"*": [calm]}]
              max_fallbacks: 2
              retry_policy: {TimeoutErrorRetries: 1, DefaultRetries: 0}
              model_group_retry_policy: {a: {RateLimitErrorRetries: 5}}
              allowed_fails: 4
              allowed_fails_policy: {BadGatewayErrorAllowedFails: 9}
              cooldown_time: 0
              disable_cooldowns: true
              enable_pre_call_checks: true
              optional_pre_call_checks: [prompt_caching]
              enable_tag_filtering: true
              tag_filtering_match_any: false
              default_max_parallel_requests: 8
              redis_host: r
              redis_port: "6380"
              redis_password: rp
              redis_url: redis://x
            litellm_settings:
              num_retries: 9
              request_timeout: 600
              allowed_fails: 1
              modify_params: true
              drop_params: true
              callbacks: [prometheus]
              success_callback: langfuse
              failure_callback: []
              cache: true
              cache_params: {type: redis, password: cp, url: cu, ttl: 5}
              ssl_verify: false
              max_budget: 1.5
              budget_duration: 30d
              json_logs: true
            general_settings:
              master_key: 1234
              database_url: db
              store_model_in_db: true
              forward_client_headers_to_llm_api: true
              litellm_key_header_name: X-Key
              background_health_checks: true
              health_check_interval: 1
              pass_through_endpoints:
                - {path: /v1/rerank, target: "https://h/rerank", headers: {Authorization: "bearer t"}, auth: true}
              dangerously_permit_weak_or_unset_master_key: true
              keepalive_seconds: 2.5
              proxy: http://proxy:3128
              max_request_line_bytes: 8000
              max_header_bytes: 2048
              max_header_fields: 50
              max_header_field_bytes: 1024
              max_request_size_mb: 0.5
              max_response_size_mb: 1
              max_event_size_mb: 2
              header_timeout: 1
              body_timeout: 2
              keepalive_timeout: 3
              write_timeout: 4
              max_connections: 5
              connect_timeout: 6
              upstream_idle_timeout: 7
            """)
        #expect(loaded.unmetRestrictions.map(\.path) == ["litellm_settings.max_budget"])
        #expect(loaded.texts.count == 1)
        let router = loaded.config.router
        #expect(router.strategy == .latencyBased)
        #expect(router.strategyArguments == [.init("ttl", .number("10"))])
        #expect(
            router.aliases == [
                ModelAlias(alias: "plain", target: "openrouter/openai/gpt-4o"),
                ModelAlias(alias: "hidden", target: "openrouter/a/b", hidden: true),
            ])
        #expect(router.numRetries == 3 && router.maxClientRetries == 11, "the router wins")
        #expect(router.retryAfter == .seconds(1))
        #expect(router.timeout == .seconds(30))
        #expect(router.streamTimeout == .seconds(20))
        #expect(
            router.fallbacks == [
                FallbackRule(group: "a", targets: ["b", "c"]), FallbackRule(group: "d", targets: ["e"]),
                FallbackRule(group: "f", targets: []),
            ])
        #expect(router.defaultFallbacks == ["z"])
        #expect(router.contextWindowFallbacks == [FallbackRule(group: "a", targets: ["long"])])
        #expect(router.contentPolicyFallbacks == [FallbackRule(group: "*", targets: ["calm"])])
        #expect(router.maxFallbacks == 2)
        #expect(router.retryPolicy == ["TimeoutErrorRetries": 1, "DefaultRetries": 0])
        #expect(router.modelGroupRetryPolicy == ["a": ["RateLimitErrorRetries": 5]])
        #expect(router.allowedFails == 4)
        #expect(router.allowedFailsPolicy == ["BadGatewayErrorAllowedFails": 9])
        #expect(router.cooldownTime == .zero)
        #expect(router.disableCooldowns && router.enablePreCallChecks && router.enableTagFiltering)
        #expect(!router.tagFilteringMatchAny)
        #expect(router.optionalPreCallChecks == ["prompt_caching"])
        #expect(router.defaultMaxParallelRequests == 8)
        #expect(router.redisHost == "r")
        #expect(router.redisPort == 6380)
        #expect(router.redisPassword?.secret == Secret("rp"))
        #expect(router.redisURL?.secret == Secret("redis://x"))
        let litellm = loaded.config.litellm
        #expect(litellm.requestTimeout == .seconds(600))
        #expect(litellm.modifyParams && litellm.dropParams && litellm.cache)
        #expect(litellm.callbacks == ["prometheus"])
        #expect(litellm.successCallbacks == ["langfuse"])
        #expect(litellm.failureCallbacks == [])
        #expect(litellm.cacheParams.map(\.key) == ["type", "password", "url", "ttl"])
        #expect(litellm.cachePassword?.secret == Secret("cp"))
        #expect(litellm.cacheURL?.secret == Secret("cu"))
        #expect(litellm.sslVerify == .off)
        #expect(litellm.maxBudget == 1.5)
        #expect(litellm.budgetDuration == "30d")
        #expect(litellm.jsonLogs == true)
        let general = loaded.config.general
        #expect(general.masterKey?.secret == Secret("1234"))
        #expect(general.databaseURL?.secret == Secret("db"))
        #expect(general.storeModelInDB && general.forwardClientHeaders && general.backgroundHealthChecks)
        #expect(general.keyHeaderName == "X-Key")
        #expect(general.healthCheckInterval == .seconds(1))
        #expect(general.passThroughEndpoints.map(\.path) == ["/v1/rerank"])
        #expect(general.passThroughEndpoints.first?.headers.first?.value.secret == Secret("bearer t"))
        #expect(general.permitWeakMasterKey)
        #expect(general.keepalive == .milliseconds(2500))
        #expect(general.proxy?.secret == Secret("http://proxy:3128"))
        var limits = LimitSettings()
        limits.requestLineBytes = 8000
        limits.headerBlockBytes = 2048
        limits.headerFields = 50
        limits.headerFieldBytes = 1024
        limits.requestBodyBytes = 1 << 19
        limits.responseBodyBytes = 1 << 20
        limits.eventBytes = 2 << 20
        limits.headerTime = .seconds(1)
        limits.bodyTime = .seconds(2)
        limits.idleTime = .seconds(3)
        limits.writeTime = .seconds(4)
        limits.connections = 5
        limits.connectTime = .seconds(6)
        limits.upstreamIdleTime = .seconds(7)
        #expect(general.limits == limits)
    }

    @Test func litellmSettingsStandInForTheRouters() {
        let router = load(
            """
            litellm_settings:
              num_retries: 9
              max_fallbacks: 1
              allowed_fails: 2
              cooldown_time: 3
              fallbacks: [{a: [b]}]
              default_fallbacks: [c]
              context_window_fallbacks: [{a: [d]}]
              content_policy_fallbacks: [{a: [e]}]
            """
        ).config.router
        #expect(router.numRetries == 9)
        #expect(router.maxFallbacks == 1)
        #expect(router.allowedFails == 2)
        #expect(router.cooldownTime == .seconds(3))
        #expect(router.fallbacks == [FallbackRule(group: "a", targets: ["b"])])
        #expect(router.defaultFallbacks == ["c"])
        #expect(router.contextWindowFallbacks == [FallbackRule(group: "a", targets: ["d"])])
        #expect(router.contentPolicyFallbacks == [FallbackRule(group: "a", targets: ["e"])])
    }

    @Test func aListOfAnotherSectionReplacesAnEmptyOneOfTheRouter() {
        let text = "router_settings: {fallbacks: []}\nlitellm_settings: {fallbacks: [{a: [b/c]}]}"
        #expect(load(text).config.router.fallbacks == [], "the router's own is there, if empty")
    }

    @Test(arguments: [
        ("hello", JSONValue.string("hello")), ("42", .string("42")), ("yes", .string("yes")),
        ("{a: 1}", .object([.init("a", .number("1"))])), ("os.environ/M", .string("from outside")),
    ])
    func mockAnswers(_ text: String, _ value: JSONValue) {
        let loaded = load(entry("mock_response: \(text)"), ["M": "from outside"])
        #expect(loaded.config.models.first?.params.mockResponse == value)
        #expect(loaded.texts == [])
    }

    @Test func theLongestTimeIsThirtyYears() {
        #expect(load(entry("timeout: 1e300")).config.models.first?.params.timeout == .seconds(1_000_000_000))
    }

    @Test func theShortestTimeIsAMillisecond() {
        for text in ["0.001", "1.0e-4", "1e-300", "1.0e-30", "5e-324"] {
            let loaded = load(entry("timeout: \(text)\ncooldown_time: \(text)\nkeepalive_seconds: \(text)"))
            let params = loaded.config.models.first?.params
            #expect(params?.timeout == .milliseconds(1), "\(text)")
            #expect(params?.cooldownTime == .milliseconds(1), "\(text)")
            #expect(params?.keepaliveSeconds == .milliseconds(1), "\(text)")
        }
        let none = load(entry("cooldown_time: 0\nkeepalive_seconds: 0.0")).config.models.first?.params
        #expect(none?.cooldownTime == .zero)
        #expect(none?.keepaliveSeconds == .zero)
    }

    static let numbers = [
        "0", "-1", "-0.0", "1.0e-30", "5e-324", "1e300", "1.7976931348623157e308", "1e400", "-1e400", ".inf", "-.inf",
        ".nan",
        "9223372036854775807", "-9223372036854775808", "9223372036854775808", "99999999999999999999999999",
        "1:59:59:59:59:59",
        "0x7fffffffffffffff", "0xffffffffffffffff", "'9223372036854775807.0'", "'1e18'", "'nan'", "'0x1p1023'", "~",
        "''",
        "[1e300]", "{a: 1e300}",
    ]

    /// Whatever number stands at a key: it is taken, cut or refused, and nothing ends the process.
    @Test(arguments: numbers) func everyKeyTakesOrRefusesAnyNumber(_ number: String) {
        let durations: (ModelParams) -> [Duration?] = {
            [$0.timeout, $0.streamTimeout, $0.cooldownTime, $0.keepaliveSeconds]
        }
        for key in KnownKey.all {
            let line = "\(key.name): \(number)"
            let text =
                switch key.section {
                case .root: line
                case .entry: "model_list: [{model_name: m, litellm_params: {model: openai/m}, \(line)}]"
                case .params: "model_list: [{model_name: m, litellm_params: {model: openai/m, \(line)}}]"
                case .info: "model_list: [{model_name: m, litellm_params: {model: openai/m}, model_info: {\(line)}}]"
                case .credential: "credential_list: [{credential_name: c, \(line)}]"
                case .router: "router_settings: {\(line)}"
                case .litellm: "litellm_settings: {\(line)}"
                case .general: "general_settings: {\(line)}"
                }
            let config = load(text, ["ROUTER_MAX_FALLBACKS": number, "REQUEST_TIMEOUT": number]).config
            for duration in config.models.flatMap({ durations($0.params) }) + [config.litellm.requestTimeout] {
                #expect(duration.map { $0 >= .zero && $0 <= .seconds(1_000_000_000) } ?? true, "\(line)")
            }
        }
    }

    /// The table must not promise a key that nobody reads.
    @Test func everyKnownKeyIsRead() throws {
        let report = LoadReport(environment: [:], keepsAsked: true)
        let text = """
            credential_list: [{credential_name: c, credential_values: {model: x}}]
            model_list: [{model_name: m, litellm_params: {model: x}, model_info: {id: i}}]
            router_settings: {}
            litellm_settings: {}
            general_settings: {}
            """
        _ = readConfig(path: "c", report: report) { _ throws(ConfigReadError) in Array(text.utf8) }
        let asked = try #require(report.asked)
        let wanted = Set(KnownKey.all.filter { $0.effect != .ignored }.map { "\($0.section.rawValue).\($0.name)" })
        #expect(wanted.subtracting(asked) == [])
        let known = Set(KnownKey.all.map { "\($0.section.rawValue).\($0.name)" })
        let askedFor = asked.filter { !$0.hasPrefix("router_settings.") && !$0.hasPrefix("litellm_settings.") }
        #expect(askedFor.subtracting(known) == [], "and no key is read that the table lacks")
        #expect(known.count == KnownKey.all.count, "no key is in the table twice")
    }

    @Test func whatHasNoEffectIsListed() {
        let loaded = load(
            """
            callback_settings: {otel: {message_logging: true}}
            model_list:
              - model_name: m
                litellm_params: {model: x/y, max_retries: 1, aws_region_name: r, timeout: 3, stream: true}
                model_info: {access_groups: [b], free: form}
            litellm_settings: {drop_params: true, num_retries: 1, cost_margin_config: {openai: 1}, telemetry: false}
            """)
        #expect(
            loaded.notYetEffective.map(\.text) == [
                "config.yaml:6: litellm_settings.drop_params", "config.yaml:5: model_list[0].model_info.access_groups",
            ])
        #expect(
            loaded.ignored.map(\.text) == [
                "config.yaml:1: callback_settings", "config.yaml:6: litellm_settings.cost_margin_config",
                "config.yaml:4: model_list[0].litellm_params.aws_region_name",
                "config.yaml:4: model_list[0].litellm_params.stream",
            ])
        #expect(loaded.texts == [])
    }
}
