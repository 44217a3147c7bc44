import JSONText
import Model

/// `litellm_settings`, less what `readRouterSettings` takes.
func readLiteLLMSettings(_ section: SettingsReader?, report: LoadReport) -> LiteLLMSettings {
    var settings = LiteLLMSettings()
    section?.checkKeys()
    let dropped = section.map(readDropParams)
    settings.dropParams = dropped?.flag ?? report.flag("LITELLM_DROP_PARAMS") ?? settings.dropParams
    settings.additionalDropParams = dropped?.names ?? []
    settings.requestTimeout =
        section?.duration("request_timeout")
        ?? report.number("REQUEST_TIMEOUT", 1...1_000_000_000).map { .seconds($0) } ?? settings.requestTimeout
    guard let section else { return settings }
    settings.modifyParams = section.bool("modify_params") ?? settings.modifyParams
    settings.callbacks = section.strings("callbacks") ?? []
    settings.successCallbacks = section.strings("success_callback") ?? []
    settings.failureCallbacks = section.strings("failure_callback") ?? []
    settings.cache = section.bool("cache") ?? settings.cache
    settings.cacheParams = section.members("cache_params", hidesSecrets: true) ?? []
    if let cache = section.mapping("cache_params") {
        settings.cachePassword = cache.secret("password")
        settings.cacheURL = cache.secret("url")
    }
    settings.sslVerify = section.tlsVerification("ssl_verify")
    settings.maxBudget = section.number("max_budget")
    settings.budgetDuration = section.string("budget_duration")
    settings.jsonLogs = section.bool("json_logs")
    settings.addUserInformation =
        section.bool("add_user_information_to_llm_headers") ?? settings.addUserInformation
    settings.requireAuthForMetrics =
        section.bool("require_auth_for_metrics_endpoint") ?? settings.requireAuthForMetrics
    return settings
}

/// `general_settings`.
func readGeneralSettings(_ section: SettingsReader?, report: LoadReport) -> GeneralSettings {
    var settings = GeneralSettings()
    section?.checkKeys()
    settings.masterKey = section.flatMap(readMasterKey) ?? report.secret("LITELLM_MASTER_KEY")
    settings.databaseURL = section?.secret("database_url") ?? report.secret("DATABASE_URL")
    settings.storeModelInDB =
        section?.bool("store_model_in_db") ?? report.flag("STORE_MODEL_IN_DB") ?? settings.storeModelInDB
    settings.permitWeakMasterKey =
        section?.bool("dangerously_permit_weak_or_unset_master_key")
        ?? report.flag("LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY") ?? settings.permitWeakMasterKey
    guard let section else { return settings }
    settings.forwardClientHeaders =
        section.bool("forward_client_headers_to_llm_api") ?? settings.forwardClientHeaders
    settings.keyHeaderName = section.string("litellm_key_header_name")
    if let name = settings.keyHeaderName, !isToken(name) {
        section.error("litellm_key_header_name", "is no name of a header (RFC 9110 §5.1)")
        settings.keyHeaderName = nil
    }
    settings.backgroundHealthChecks = section.bool("background_health_checks") ?? settings.backgroundHealthChecks
    settings.healthCheckInterval = section.duration("health_check_interval") ?? settings.healthCheckInterval
    settings.passThroughEndpoints = readPassThrough(section)
    settings.keepalive = section.duration("keepalive_seconds", allowsZero: true) ?? settings.keepalive
    settings.proxy = readProxy(section)
    settings.limits = readLimits(section)
    settings.allowedOrigins = readAllowedOrigins(section, hasKey: settings.masterKey != nil)
    settings.allowedHosts = readAllowedHosts(section)
    settings.acceptCompressedRequests =
        section.bool("accept_compressed_requests") ?? settings.acceptCompressedRequests
    settings.ignoreGuardrails = section.bool("ignore_guardrails") ?? settings.ignoreGuardrails
    settings.allowedAddresses = readAllowedAddresses(section)
    settings.usesForwardedFor = section.bool("use_x_forwarded_for") ?? settings.usesForwardedFor
    settings.wrongKeysPerMinute = section.integer("max_wrong_keys_per_minute", 0...1000) ?? settings.wrongKeysPerMinute
    return settings
}

extension LoadReport {
    fileprivate func secret(_ variable: String) -> SecretReference? {
        guard let secret = environment[variable].flatMap({ Secret($0).trimmed }) else { return nil }
        return SecretReference(variable: variable, secret: secret)
    }
}

/// A key that was asked for and is not there must not open the gateway: it is a fatal error, not a missing variable. So is
/// one that no client could send.
private func readMasterKey(_ section: SettingsReader) -> SecretReference? {
    guard section.node("master_key") != nil else { return nil }
    let key = section.secret("master_key")
    if let variable = key?.variable, key?.secret == nil {
        section.fatal("master_key", "the environment variable \(variable) is not set")
    } else if let key, let secret = key.secret, !isFieldValue(secret.reveal()) {
        section.fatal(
            "master_key",
            "must hold no line ends or other control characters: it comes in a header"
                + (key.variable.map { " (it comes from the environment variable \($0))" } ?? ""))
    } else if key == nil {
        section.fatal("master_key", "must be a string that is not empty")
    }
    return key ?? SecretReference(variable: nil, secret: nil)
}

/// Without it every call would take another way than the one that was asked for.
private func readProxy(_ section: SettingsReader) -> SecretReference? {
    guard section.node("proxy") != nil else { return nil }
    let proxy = section.secret("proxy")
    if let variable = proxy?.variable, proxy?.secret == nil {
        section.fatal("proxy", "the environment variable \(variable) is not set")
    } else if proxy == nil {
        section.fatal("proxy", "must be a URL")
    }
    return proxy
}

private func readLimits(_ section: SettingsReader) -> LimitSettings {
    var limits = LimitSettings()
    limits.requestLineBytes = section.integer("max_request_line_bytes", 512...1 << 20) ?? limits.requestLineBytes
    limits.headerBlockBytes = section.integer("max_header_bytes", 1024...16 << 20) ?? limits.headerBlockBytes
    limits.headerFields = section.integer("max_header_fields", 8...10_000) ?? limits.headerFields
    limits.headerFieldBytes = section.integer("max_header_field_bytes", 512...16 << 20) ?? limits.headerFieldBytes
    limits.requestBodyBytes = section.megabytes("max_request_size_mb", upTo: 4096) ?? limits.requestBodyBytes
    limits.responseBodyBytes = section.megabytes("max_response_size_mb", upTo: 4096) ?? limits.responseBodyBytes
    limits.eventBytes = section.megabytes("max_event_size_mb", upTo: 4096) ?? limits.eventBytes
    limits.headerTime = section.duration("header_timeout") ?? limits.headerTime
    limits.bodyTime = section.duration("body_timeout") ?? limits.bodyTime
    limits.idleTime = section.duration("keepalive_timeout") ?? limits.idleTime
    limits.writeTime = section.duration("write_timeout") ?? limits.writeTime
    limits.connections = section.integer("max_connections", 1...1_000_000) ?? limits.connections
    limits.connectionsPerAddress = section.integer("max_connections_per_address", 1...1_000_000)
    limits.connectTime = section.duration("connect_timeout") ?? limits.connectTime
    limits.upstreamIdleTime = section.duration("upstream_idle_timeout") ?? limits.upstreamIdleTime
    return limits
}

private func readPassThrough(_ section: SettingsReader) -> [PassThroughEndpoint] {
    guard let items = section.items("pass_through_endpoints", "a list of mappings with `path` and `target`") else {
        return []
    }
    return items.compactMap { item in
        guard let entry = SettingsReader(item.node, section: nil, path: item.path, report: section.report) else {
            return nil
        }
        guard let path = entry.string("path"), let target = entry.string("target") else {
            entry.report.add(.error, entry.location, "must have `path` and `target`")
            return nil
        }
        guard path.hasPrefix("/"), BaseURL(target) != nil else {
            entry.report.add(
                .error, entry.location, "`path` must begin with `/`, and `target` must be an http or https URL")
            return nil
        }
        let members = entry.entries.filter { !["path", "target", "headers"].contains($0.key) }.map {
            JSONValue.Member($0.key, entry.json($0.value, key: $0.key, hidesSecrets: true))
        }
        return PassThroughEndpoint(
            path: path, target: target, headers: readHeaders(entry, keys: ["headers"]), members: members)
    }
}
