package import JSONText
package import Model

/// A validated configuration. Immutable; after the start no code asks whether a value is set and means its default.
package struct Config: Sendable {
    package var models: [ModelEntry] = []
    package var router = RouterSettings()
    package var litellm = LiteLLMSettings()
    package var general = GeneralSettings()
    /// `credential_list`: named sets of `litellm_params` that an entry's `litellm_credential_name` refers to.
    package var credentials: [NamedCredential] = []
    /// `environment_variables`, in the file's order. They win over the process's own.
    package var environment: [EnvironmentVariable] = []

    package init() {}

    package struct EnvironmentVariable: Sendable {
        package var name: String
        /// May be a key, so it is never printed.
        package var value: Secret

        package init(name: String, value: Secret) {
            self.name = name
            self.value = value
        }
    }

    package struct NamedCredential: Sendable {
        package var name: String
        package var params: ModelParams

        package init(name: String, params: ModelParams) {
            self.name = name
            self.params = params
        }
    }
}

/// A value that may be written literally or as `os.environ/NAME`.
package struct SecretReference: Sendable, Hashable {
    /// `nil` when it was written literally.
    package var variable: String?
    /// `nil` when the variable is not set.
    package var secret: Secret?

    package init(variable: String?, secret: Secret?) {
        self.variable = variable
        self.secret = secret
    }
}

/// One entry of `model_list`.
package struct ModelEntry: Sendable {
    /// The public name; entries with the same name form a group. May hold `*`.
    package var name: String
    package var params: ModelParams
    package var info: ModelInfo
    /// For messages: `model_list[2]`, and the file and line it stands on.
    package var location: ConfigLocation

    package init(name: String, params: ModelParams, info: ModelInfo = ModelInfo(), location: ConfigLocation) {
        self.name = name
        self.params = params
        self.info = info
        self.location = location
    }
}

/// `litellm_params`: how a deployment is called. A key that is not listed here is a default of the request's body.
package struct ModelParams: Sendable {
    package var model = ""
    /// Keys with a value that cannot be meant, without which nobody knows where a request goes and who pays for it: the entry
    /// is not called.
    package var faults: [String] = []
    package var apiKey: SecretReference?
    /// `api_base` or `base_url`. A text, since it may still lack the environment variable it refers to.
    package var apiBase: String?
    package var apiVersion: String?
    package var organization: String?
    /// `organization` as a list, of which each makes a deployment; empty when it is no list.
    package var organizations: [Organization] = []
    package var customProvider: String?
    package var credentialName: String?
    package var requestsPerMinute: Int?
    package var tokensPerMinute: Int?
    package var maxParallelRequests: Int?
    package var weight: Double?
    package var order: Int?
    package var timeout: Duration?
    package var streamTimeout: Duration?
    /// `num_retries`, else `max_retries`.
    package var numRetries: Int?
    package var cooldownTime: Duration?
    package var keepaliveSeconds: Duration?
    package var dropParams: Bool?
    package var additionalDropParams: [String] = []
    package var allowedOpenAIParams: [String] = []
    package var extraHeaders: [(name: String, value: SecretReference)] = []
    /// Always `.object` members, in the file's order.
    package var extraBody: [JSONValue.Member] = []
    package var inputCostPerToken: Double?
    package var outputCostPerToken: Double?
    /// A string or an object.
    package var mockResponse: JSONValue?
    package var tags: [String] = []
    package var sslVerify: TLSVerification?
    package var useChatCompletionsAPI: Bool?
    /// Everything else: `temperature`, `max_tokens`, `seed`, … Sent as defaults of the body; the request wins.
    package var defaults: [JSONValue.Member] = []
    /// Every key as it was written (environment references unresolved, no secret among them), for `/model/info` and the derived id.
    package var written: [JSONValue.Member] = []

    package init() {}

    package struct Organization: Sendable, Hashable {
        package var id: String
        /// As it stands in the file: `os.environ/NAME` unresolved.
        package var written: String
    }
}

/// Reflection, and so `dump` and interpolation, sees what was written less its secrets: `extraBody` and `defaults` may hold one.
extension ModelParams: CustomReflectable {
    package var customMirror: Mirror {
        Mirror(self, children: ["model": model, "written": written], displayStyle: .struct)
    }
}

/// `model_info`. Free-form: everything is echoed by `/model/info`; what has a meaning here stands apart as well.
package struct ModelInfo: Sendable {
    package var id: String?
    package var mode: String?
    package var baseModel: String?
    package var maxInputTokens: Int?
    package var maxOutputTokens: Int?
    package var inputCostPerToken: Double?
    package var outputCostPerToken: Double?
    package var accessGroups: [String] = []
    package var healthCheckModel: String?
    package var disableBackgroundHealthCheck = false
    /// The deployment is not called.
    package var isBlocked = false
    package var members: [JSONValue.Member] = []

    package init() {}
}

/// `model_group_alias` entry.
package struct ModelAlias: Sendable, Hashable {
    package var alias: String
    package var target: String
    /// Callable, but not listed.
    package var hidden: Bool

    package init(alias: String, target: String, hidden: Bool = false) {
        self.alias = alias
        self.target = target
        self.hidden = hidden
    }
}

/// One entry of a `fallbacks` list: when `group` fails, try `targets` in order. `*` stands for every group.
package struct FallbackRule: Sendable, Hashable {
    package var group: String
    package var targets: [String]

    package init(group: String, targets: [String]) {
        self.group = group
        self.targets = targets
    }
}

/// Counts per error class: `retry_policy` and `allowed_fails_policy`. Keys are LiteLLM's, such as `TimeoutErrorRetries`.
package typealias ErrorClassCounts = [String: Int]

/// `router_settings`. Values that `litellm_settings` may hold as well are already merged: the router's own win.
package struct RouterSettings: Sendable {
    package enum Strategy: String, Sendable, CaseIterable {
        case simpleShuffle = "simple-shuffle"
        case leastBusy = "least-busy"
        case usageBased = "usage-based-routing"
        case usageBasedV2 = "usage-based-routing-v2"
        case latencyBased = "latency-based-routing"
        case costBased = "cost-based-routing"
        case providerBudget = "provider-budget-routing"
        case lar1 = "lar1"
    }

    package var strategy = Strategy.simpleShuffle
    package var strategyArguments: [JSONValue.Member] = []
    package var aliases: [ModelAlias] = []
    /// Default 2.
    package var numRetries = 2
    /// The most that a client may ask for. Default: as many as it gets without asking.
    package var maxClientRetries: Int?
    package var retryAfter = Duration.zero
    /// Default 6000 s.
    package var timeout: Duration?
    package var streamTimeout: Duration?
    package var fallbacks: [FallbackRule] = []
    package var defaultFallbacks: [String] = []
    package var contextWindowFallbacks: [FallbackRule] = []
    package var contentPolicyFallbacks: [FallbackRule] = []
    /// Default 5.
    package var maxFallbacks = 5
    package var retryPolicy: ErrorClassCounts = [:]
    package var modelGroupRetryPolicy: [Name: ErrorClassCounts] = [:]
    package var allowedFails: Int?
    package var allowedFailsPolicy: ErrorClassCounts = [:]
    /// Default 5 s.
    package var cooldownTime = Duration.seconds(5)
    package var disableCooldowns = false
    package var enablePreCallChecks = false
    package var optionalPreCallChecks: [String] = []
    package var enableTagFiltering = false
    package var tagFilteringMatchAny = true
    package var defaultMaxParallelRequests: Int?
    package var redisHost: String?
    package var redisPort: Int?
    package var redisPassword: SecretReference?
    package var redisURL: SecretReference?

    package init() {}
}

/// `litellm_settings`, less what `RouterSettings` took over.
package struct LiteLLMSettings: Sendable {
    package var dropParams = false
    /// `drop_params` as a list: members that no deployment gets.
    package var additionalDropParams: [String] = []
    package var modifyParams = false
    /// Default 6000 s.
    package var requestTimeout = Duration.seconds(6000)
    package var callbacks: [String] = []
    package var successCallbacks: [String] = []
    package var failureCallbacks: [String] = []
    package var cache = false
    /// Without its secrets: they are the two below.
    package var cacheParams: [JSONValue.Member] = []
    package var cachePassword: SecretReference?
    package var cacheURL: SecretReference?
    package var sslVerify: TLSVerification?
    package var maxBudget: Double?
    package var budgetDuration: String?
    package var jsonLogs: Bool?
    /// Upstreams are told who asks, in `x-litellm-user_api_key_…`. Default false.
    package var addUserInformation = false
    /// Whether `GET /metrics` wants the master key, when there is one. Default true.
    package var requireAuthForMetrics = true

    package init() {}
}

/// `general_settings`.
package struct GeneralSettings: Sendable {
    /// `nil`: no authentication, loopback only. `LITELLM_MASTER_KEY` when the file does not set it. Without a `secret`:
    /// the file asks for a key that is not there, which is an error and never means that there is none.
    package var masterKey: SecretReference?
    package var databaseURL: SecretReference?
    package var storeModelInDB = false
    /// The client's own `x-…` fields and `anthropic-beta` go upstream. Default false.
    package var forwardClientHeaders = false
    package var keyHeaderName: String?
    package var backgroundHealthChecks = false
    /// Default 300 s.
    package var healthCheckInterval = Duration.seconds(300)
    package var passThroughEndpoints: [PassThroughEndpoint] = []
    package var permitWeakMasterKey = false
    /// Silence after which a heartbeat comment goes to a streaming client. Default 15 s; zero switches it off.
    package var keepalive = Duration.seconds(15)
    package var proxy: SecretReference?
    package var limits = LimitSettings()
    /// Web pages that may use the gateway. `nil`: with a master key all, without one those of this machine.
    package var allowedOrigins: AllowList<WebOrigin>?
    /// What a gateway without a master key is called, besides `localhost` and the like.
    package var allowedHosts = AllowList<HostName>()
    /// Compressed bodies of requests are unpacked; else they are 415. Default true.
    package var acceptCompressedRequests = true
    /// A request's `guardrails` are taken out and named instead of refused. Default false.
    package var ignoreGuardrails = false
    /// `allowed_ips`. `nil`: all addresses may ask.
    package var allowedAddresses: [AddressRange]?
    /// The address of `allowed_ips` is what the nearest proxy added to `X-Forwarded-For`.
    package var usesForwardedFor = false
    /// Of one client address, before a wrong key gets 429. Default 10; 0: no limit.
    package var wrongKeysPerMinute = 10

    package init() {}
}

/// A list of names, or `*` for all there are.
package struct AllowList<Name: Hashable & Sendable>: Hashable, Sendable {
    package var allowsAll: Bool
    package var names: Set<Name>

    package init(_ names: Set<Name> = [], allowsAll: Bool = false) {
        self.names = names
        self.allowsAll = allowsAll
    }
}

/// One of `pass_through_endpoints`: a path whose requests go on to `target` as they are.
package struct PassThroughEndpoint: Sendable {
    /// Begins with `/`.
    package var path: String
    package var target: String
    package var headers: [(name: String, value: SecretReference)]
    /// Every other key, without secrets.
    package var members: [JSONValue.Member]

    package init(
        path: String, target: String, headers: [(name: String, value: SecretReference)], members: [JSONValue.Member]
    ) {
        self.path = path
        self.target = target
        self.headers = headers
        self.members = members
    }
}

/// Sizes and times of the HTTP server and of upstream answers; every one is a key of `general_settings`.
package struct LimitSettings: Sendable, Hashable {
    /// `max_request_line_bytes`. Default 16 KiB; answer 414.
    package var requestLineBytes = 16 << 10
    /// `max_header_bytes`. Default 64 KiB; answer 431.
    package var headerBlockBytes = 64 << 10
    /// `max_header_fields`. Default 200; answer 431.
    package var headerFields = 200
    /// `max_header_field_bytes`. Default 16 KiB; answer 431.
    package var headerFieldBytes = 16 << 10
    /// `max_request_size_mb`. Default 32 MiB; answer 413.
    package var requestBodyBytes = 32 << 20
    /// `max_response_size_mb`. Default 64 MiB, of an answer that is not streamed, after decompression; answer 502.
    package var responseBodyBytes = 64 << 20
    /// `max_event_size_mb`. Default 8 MiB, of one event of a stream; answer 502.
    package var eventBytes = 8 << 20
    /// `header_timeout`. Default 10 s from the first byte to the blank line, in all; answer 408.
    package var headerTime = Duration.seconds(10)
    /// `body_timeout`. Default 30 s without progress; answer 408.
    package var bodyTime = Duration.seconds(30)
    /// `keepalive_timeout`. Default 75 s idle between requests; close.
    package var idleTime = Duration.seconds(75)
    /// `write_timeout`. Default 60 s without progress; close, cancel the upstream.
    package var writeTime = Duration.seconds(60)
    /// `max_connections`. Default 10,000, and never more than the limit of open files less 256.
    package var connections = 10_000
    /// `max_connections_per_address`, counted over all loops. Default `nil`: no such limit; answer 503.
    package var connectionsPerAddress: Int?
    /// `connect_timeout`. Default 5 s, name look-up and TLS included.
    package var connectTime = Duration.seconds(5)
    /// `upstream_idle_timeout`. Default 60 s: a pooled upstream connection that rested longer is closed.
    package var upstreamIdleTime = Duration.seconds(60)

    package init() {}
}

/// Where something stands in the configuration: `model_list[2].litellm_params.timeout`, file and line.
package struct ConfigLocation: Sendable, Hashable {
    package var path: String
    package var file: String
    /// 1-based; 0 when it is not known.
    package var line: Int

    package init(path: String, file: String, line: Int) {
        self.path = path
        self.file = file
        self.line = line
    }
}
