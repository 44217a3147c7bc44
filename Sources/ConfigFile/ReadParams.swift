import JSONText
import Model

/// Where a request goes, under whose name, and whether it goes at all. Without one of these it might go to somebody else.
private let decisiveKeys = [
    "model", "api_key", "api_base", "base_url", "organization", "custom_llm_provider", "litellm_credential_name",
    "mock_response",
]

/// `litellm_params`, or the `credential_values` of a credential. `model` may be missing afterwards.
func readParams(_ section: SettingsReader) -> ModelParams {
    let issuesBefore = section.report.issues.count
    var params = ModelParams()
    params.model = section.string("model") ?? ""
    params.apiKey = section.secret("api_key")
    if let key = params.apiKey?.secret, !isFieldValue(key.reveal()) {
        section.error("api_key", "must hold no line ends or other control characters: it goes into a header")
        params.apiKey = nil
    }
    params.apiBase = readBase(section)
    params.apiVersion = section.string("api_version")
    (params.organization, params.organizations) = readOrganizations(section)
    params.customProvider = section.string("custom_llm_provider")
    params.credentialName = section.string("litellm_credential_name")
    params.requestsPerMinute = section.integer("rpm", 0...Int.max)
    params.tokensPerMinute = section.integer("tpm", 0...Int.max)
    params.maxParallelRequests = section.integer("max_parallel_requests", 1...Int.max)
    params.weight = section.number("weight")
    params.order = section.integer("order", Int.min...Int.max)
    let requestTimeout = section.duration("request_timeout")
    params.timeout = section.duration("timeout") ?? requestTimeout
    params.streamTimeout = section.duration("stream_timeout")
    params.numRetries = section.retries
    params.cooldownTime = section.duration("cooldown_time", allowsZero: true)
    params.keepaliveSeconds = section.duration("keepalive_seconds", allowsZero: true)
    let (dropParams, dropped) = readDropParams(section)
    params.dropParams = dropParams
    params.additionalDropParams = (section.strings("additional_drop_params") ?? []) + dropped
    params.allowedOpenAIParams = section.strings("allowed_openai_params") ?? []
    params.extraHeaders = readHeaders(section, keys: ["headers", "extra_headers"])
    params.extraBody = section.members("extra_body") ?? []
    params.inputCostPerToken = section.number("input_cost_per_token")
    params.outputCostPerToken = section.number("output_cost_per_token")
    params.mockResponse = readMock(section)
    params.tags = section.strings("tags") ?? []
    params.sslVerify = section.tlsVerification("ssl_verify")
    params.useChatCompletionsAPI = section.bool("use_chat_completions_api")
    params.defaults = readDefaults(section)
    let issues = section.report.issues[issuesBefore...]
    params.faults = faults(of: section, issues: issues)
    params.written = readWritten(section, issues: issues)
    return params
}

private func faults(of section: SettingsReader, issues: ArraySlice<ConfigIssue>) -> [String] {
    let places = Set(issues.lazy.filter { $0.severity == .error }.map(\.location.path))
    guard !places.isEmpty else { return [] }
    return decisiveKeys.filter { key in
        let path = section.location(of: key).path
        return places.contains(path)
    }
}

/// Less what was refused: a key in the place of a number must not be shown either.
private func readWritten(_ section: SettingsReader, issues: ArraySlice<ConfigIssue>) -> [JSONValue.Member] {
    let refused = issues.filter { $0.severity != .note }.map(\.location.path)
    func isRefused(_ key: String) -> Bool {
        guard !refused.isEmpty else { return false }
        let path = section.location(of: key).path
        return refused.contains { $0 == path || $0.hasPrefix(path + ".") || $0.hasPrefix(path + "[") }
    }
    var written: [JSONValue.Member] = []
    written.reserveCapacity(section.entries.count)
    for entry in section.entries where !isRefused(entry.key) {
        let isSecret = entry.key == "extra_headers" || entry.key == "headers"
        written.append(
            JSONValue.Member(entry.key, section.written(entry.value, key: entry.key, isSecret: isSecret)))
    }
    return written
}

private func readBase(_ section: SettingsReader) -> String? {
    var found: String?
    for key in ["base_url", "api_base"] {
        guard let text = section.string(key) else { continue }
        guard section.report.isBaseURL(text) else {
            section.error(
                key, "must be an http or https URL with a host, and without a user name, a password, `#` and blanks")
            continue
        }
        found = text
    }
    return found
}

private func readMock(_ section: SettingsReader) -> JSONValue? {
    guard let node = section.node("mock_response") else { return nil }
    switch section.json(node, key: "mock_response") {
    case .null: return nil
    case .string(let text): return .string(text)
    case .object(let members): return .object(members)
    // A plain `mock_response: 42` or `yes`: what was written is the answer.
    case .number, .bool:
        if case .scalar(let scalar) = node.content { return .string(scalar.text) }
        return nil
    case .array:
        section.error("mock_response", "must be a string or a mapping")
        return nil
    }
}

/// What a misspelt key may have been meant for.
private let sendableNames = requestParameters.union(KnownKey.names(in: .params))

/// What is no setting is a default of the body, unless it looks like a setting that somebody mistyped.
private func readDefaults(_ section: SettingsReader) -> [JSONValue.Member] {
    let report = section.report
    var defaults: [JSONValue.Member] = []
    for entry in section.entries {
        if let known = KnownKey.named(entry.key, in: .params) {
            report.note(known, entry.value, at: section.location(of: entry.key))
            continue
        }
        if requestParameters.contains(entry.key) {
            guard !entry.value.isNull else { continue }
            defaults.append(JSONValue.Member(entry.key, section.json(entry.value, key: entry.key)))
            continue
        }
        let location = section.location(of: entry.key)
        if isIgnoredFamily(entry.key) {
            report.note(.ignored, at: location)
            continue
        }
        let hint = report.hint(entry.key, in: .params, misspeltHint)
        if !hint.isEmpty {
            report.add(
                .warning, location, "unknown key, not sent\(hint) (`extra_body` sends any key upstream)")
        } else if report.isSecretName(entry.key) {
            report.add(.warning, location, "unknown key, not sent: by its name it is a secret")
        } else if !entry.value.isNull {
            report.add(.note, location, "no known key; sent upstream as a default of the request's body")
            defaults.append(JSONValue.Member(entry.key, section.json(entry.value, key: entry.key)))
        }
    }
    return defaults
}

private let sendableIndex = NameIndex(sendableNames)

/// Empty when `key` is near to nothing.
private func misspeltHint(_ key: String) -> String {
    suggestion(
        sendableIndex.nearest(to: key).filter {
            editDistance(Array(key.utf8), Array($0.utf8), atMost: 2) != nil
        })
}

private func isIgnoredFamily(_ key: String) -> Bool {
    ignoredParamPrefixes.contains { key.hasPrefix($0) } || key.contains("_cost_per_") || key.hasSuffix("_cost")
}
