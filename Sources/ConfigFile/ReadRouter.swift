import JSONText
import Model

/// `router_settings`, with what `litellm_settings` says of the same keys wherever the router says nothing.
///
/// - Parameter general: `general_settings`, where some write the number of retries too.
func readRouterSettings(
    _ router: SettingsReader?, litellm: SettingsReader?, general: SettingsReader?, report: LoadReport
) -> RouterSettings {
    router?.checkKeys()
    var settings = RouterSettings()
    /// Both are read, so that a mistake in either is found.
    func shared<Value>(_ key: String, _ read: (SettingsReader, String) -> Value?) -> Value? {
        let own = router.flatMap { read($0, key) }
        let shared = litellm.flatMap { read($0, key) }
        return own ?? shared
    }
    let retries = [router, litellm, general].map { $0?.retries }
    settings.numRetries = retries.lazy.compactMap { $0 }.first ?? settings.numRetries
    settings.maxFallbacks =
        shared("max_fallbacks") { $0.integer($1, 0...100) }
        ?? report.number("ROUTER_MAX_FALLBACKS", 0...100) ?? settings.maxFallbacks
    settings.fallbacks = shared("fallbacks", readFallbacks) ?? []
    settings.defaultFallbacks = shared("default_fallbacks") { $0.strings($1) } ?? []
    settings.contextWindowFallbacks = shared("context_window_fallbacks", readFallbacks) ?? []
    settings.contentPolicyFallbacks = shared("content_policy_fallbacks", readFallbacks) ?? []
    settings.allowedFails = shared("allowed_fails") { $0.integer($1, 0...Int.max) }
    settings.cooldownTime =
        shared("cooldown_time") { $0.duration($1, allowsZero: true) }
        ?? report.number("DEFAULT_COOLDOWN_TIME_SECONDS", 0...1_000_000_000).map { .seconds($0) }
        ?? settings.cooldownTime
    guard let router else { return settings }

    settings.strategy = readStrategy(router) ?? settings.strategy
    settings.strategyArguments = router.members("routing_strategy_args", hidesSecrets: true) ?? []
    settings.aliases = readAliases(router)
    settings.maxClientRetries = router.integer("max_client_retries", 0...20)
    settings.retryAfter = router.duration("retry_after", allowsZero: true) ?? settings.retryAfter
    settings.timeout = router.duration("timeout")
    settings.streamTimeout = router.duration("stream_timeout")
    settings.retryPolicy = router.mapping("retry_policy").map { readCounts($0, retryPolicyNames) } ?? [:]
    settings.modelGroupRetryPolicy = readGroupPolicies(router)
    settings.allowedFailsPolicy =
        router.mapping("allowed_fails_policy").map { readCounts($0, allowedFailsPolicyNames) } ?? [:]
    settings.disableCooldowns = router.bool("disable_cooldowns") ?? settings.disableCooldowns
    settings.enablePreCallChecks = router.bool("enable_pre_call_checks") ?? settings.enablePreCallChecks
    settings.optionalPreCallChecks = router.strings("optional_pre_call_checks") ?? []
    settings.enableTagFiltering = router.bool("enable_tag_filtering") ?? settings.enableTagFiltering
    settings.tagFilteringMatchAny = router.bool("tag_filtering_match_any") ?? settings.tagFilteringMatchAny
    settings.defaultMaxParallelRequests = router.integer("default_max_parallel_requests", 1...Int.max)
    settings.redisHost = router.string("redis_host")
    settings.redisPort = router.integer("redis_port", 1...65535)
    settings.redisPassword = router.secret("redis_password")
    settings.redisURL = router.secret("redis_url")
    return settings
}

extension SettingsReader {
    /// `num_retries`, else `max_retries`: LiteLLM has both, of the router and of the provider's client, and either means how
    /// often a call may be repeated.
    var retries: Int? {
        let repeated = integer("max_retries", 0...100)
        return integer("num_retries", 0...100) ?? repeated
    }
}

extension LoadReport {
    /// A variable that stands in for a key that the file lacks; one that is no such number counts as not set.
    func number(_ variable: String, _ range: ClosedRange<Int>) -> Int? {
        guard let text = environment[variable], let number = Int(text), range.contains(number) else { return nil }
        return number
    }

    func flag(_ variable: String) -> Bool? {
        switch environment[variable]?.lowercased() {
        case "true": true
        case "false": false
        default: nil
        }
    }
}

private func readStrategy(_ router: SettingsReader) -> RouterSettings.Strategy? {
    guard let text = router.string("routing_strategy") else { return nil }
    if let strategy = RouterSettings.Strategy(rawValue: text) {
        if strategy == .providerBudget || strategy == .lar1 {
            router.warning("routing_strategy", "`\(text)` is not built yet; `simple-shuffle` is used instead")
        }
        return strategy
    }
    let names = RouterSettings.Strategy.allCases.map(\.rawValue)
    router.error("routing_strategy", "must be one of \(names.joined(separator: ", "))")
    return nil
}

/// `alias: target` or `alias: {model: target, hidden: true}`.
private func readAliases(_ router: SettingsReader) -> [ModelAlias] {
    guard let section = router.mapping("model_group_alias") else { return [] }
    let expectation = "must name a model, or be a mapping with `model` and `hidden`"
    var aliases: [ModelAlias] = []
    for entry in section.entries {
        var target: String?
        var hidden = false
        if case .map = entry.value.content, let form = section.mapping(entry.key) {
            target = form.string("model")
            hidden = form.bool("hidden") ?? false
            for unknown in form.entries where !["model", "hidden"].contains(unknown.key) {
                router.report.add(
                    .warning, form.location(of: unknown.key),
                    "unknown key" + suggestion(nearestNames(to: unknown.key, among: ["model", "hidden"])))
            }
        } else if case .list(let items) = entry.value.content {
            // LiteLLM starts as well, and then nobody can call the alias. The first is what one name can mean.
            target = items.first.flatMap {
                if case .scalar(let scalar) = $0.content, case .string(let text) = scalar.value { text } else { nil }
            }
            guard let target, !target.isEmpty else {
                section.warning(entry.key, expectation + "; it is left out")
                continue
            }
            section.warning(
                entry.key,
                "\(expectation), not a list: it leads to the first, `\(target)` (`fallbacks` names further ones)")
        } else {
            target = section.given(entry.key, "a string")?.string.map(withoutOuterBlanks)
        }
        guard let target, !target.isEmpty else {
            section.error(entry.key, expectation)
            continue
        }
        guard !entry.key.isEmpty, Name(target) != Name(entry.key) else {
            section.error(entry.key, "an alias must not be empty or name itself")
            continue
        }
        aliases.append(ModelAlias(alias: entry.key, target: target, hidden: hidden))
    }
    return aliases
}

/// `[{"a": ["b", "c"]}, {"*": ["z"]}]`. Also every key of a mapping with several, and one mapping without the list:
/// LiteLLM reads neither, but they can mean one thing only.
private func readFallbacks(_ reader: SettingsReader, _ key: String) -> [FallbackRule]? {
    guard let node = reader.node(key) else { return nil }
    let expectation = "a list of mappings from a model to a list of models"
    let items: [(node: ConfigNode, path: String)]
    if case .map = node.content {
        items = [(node, joined(reader.path, key))]
    } else {
        guard let list = reader.items(key, expectation) else { return nil }
        items = list
    }
    var rules: [FallbackRule] = []
    for item in items {
        guard case .map(let entries) = item.node.content else {
            reader.report.add(
                .error, item.node.mark.location(item.path), "must be a mapping from a model to a list of models")
            continue
        }
        let section = SettingsReader(
            entries, mark: item.node.mark, section: nil, path: item.path, report: reader.report)
        for entry in entries {
            guard let targets = section.strings(entry.key) else {
                section.error(entry.key, "must be a list of models")
                continue
            }
            let others = targets.filter { Name($0) != Name(entry.key) }
            if others.count < targets.count {
                reader.report.add(.warning, section.location(of: entry.key), "falls back to itself; that has no effect")
            }
            rules.append(FallbackRule(group: entry.key, targets: others))
        }
    }
    return rules
}

private let errorClasses = [
    "BadRequestError", "AuthenticationError", "TimeoutError", "RateLimitError", "ContentPolicyViolationError",
    "InternalServerError", "ServiceUnavailableError", "BadGatewayError", "NotFoundError",
]
private let retryPolicyNames = errorClasses.map { $0 + "Retries" } + ["DefaultRetries"]
private let allowedFailsPolicyNames = errorClasses.map { $0 + "AllowedFails" }

private func readCounts(_ section: SettingsReader, _ names: [String]) -> ErrorClassCounts {
    var counts: ErrorClassCounts = [:]
    for entry in section.entries {
        guard names.contains(entry.key) else {
            section.report.add(
                .warning, section.location(of: entry.key),
                "unknown kind of error" + suggestion(nearestNames(to: entry.key, among: names)))
            continue
        }
        counts[entry.key] = section.integer(entry.key, 0...100_000)
    }
    return counts
}

private func readGroupPolicies(_ router: SettingsReader) -> [Name: ErrorClassCounts] {
    guard let section = router.mapping("model_group_retry_policy") else { return [:] }
    var policies: [Name: ErrorClassCounts] = [:]
    for entry in section.entries {
        policies[Name(entry.key)] = section.mapping(entry.key).map { readCounts($0, retryPolicyNames) }
    }
    return policies
}
