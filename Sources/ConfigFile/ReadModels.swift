import JSONText
import Model

/// `model_list`: an entry without a usable name is reported and left out. One without a usable `model`, or with a mistake in
/// another key that says where its requests go, stays with its ``ModelParams/faults``: its name must not lead elsewhere. Any
/// other mistake costs one key only.
///
/// - Parameter credentials: the names that `litellm_credential_name` may say.
func readModels(_ root: SettingsReader, credentials: [String]) -> [ModelEntry] {
    guard let items = root.items("model_list", "a list of entries that begin with `- model_name:`") else { return [] }
    // An id keys cooldowns and metrics: the second deployment that claims one gets a derived id.
    var owners: [Name: String] = [:]
    let names = Set(credentials.map { Name($0) })
    var entries: [ModelEntry] = []
    // An array that grows by itself takes up to twice what it needs, and entries are large.
    entries.reserveCapacity(items.count)
    for item in items {
        let entry = readEntry(item.node, path: item.path, credentials: names, owners: &owners, report: root.report)
        if let entry { entries += entry.forEachOrganization }
    }
    takeFactsOfBaseModels(&entries)
    return entries
}

private func readEntry(
    _ node: ConfigNode, path: String, credentials: Set<Name>, owners: inout [Name: String], report: LoadReport
) -> ModelEntry? {
    guard var entry = SettingsReader(node, section: .entry, path: path, report: report) else { return nil }
    entry.checkKeys()
    let name = readName(entry)
    entry.model = name
    guard entry.node("litellm_params") != nil else {
        entry.error("litellm_params", "is missing; it says how the model is called")
        return name.map { faultyEntry($0, "litellm_params", entry.location) }
    }
    guard let section = entry.mapping("litellm_params", section: .params) else {
        return name.map { faultyEntry($0, "litellm_params", entry.location) }
    }
    let issuesBefore = report.issues.count
    var params = readParams(section)
    if let name = params.credentialName, !credentials.contains(Name(name)) {
        let hint = suggestion(nearestNames(to: name, among: credentials.map(\.text)))
        section.error("litellm_credential_name", "`credential_list` has no such name\(hint)")
        params.faults.append("litellm_credential_name")
    }
    var info = ModelInfo()
    if let section = entry.mapping("model_info", section: .info) {
        info = readInfo(section)
        takeLimits(of: section, into: &params)
        if let id = info.id, let owner = owners.updateValue(owners[Name(id)] ?? path, forKey: Name(id)) {
            section.error("id", "is the id of \(owner) already")
            info.id = nil
        }
    }
    copyLimits(of: entry, into: &params)
    let hasModel = checkModel(section, params, issues: report.issues[issuesBefore...])
    if !hasModel, !params.faults.contains("model") { params.faults.append("model") }
    guard let name else { return nil }
    return ModelEntry(name: name, params: params, info: info, location: entry.location)
}

private func faultyEntry(_ name: String, _ key: String, _ location: ConfigLocation) -> ModelEntry {
    var params = ModelParams()
    params.faults = [key]
    return ModelEntry(name: name, params: params, location: location)
}

private func readName(_ entry: SettingsReader) -> String? {
    let errors = entry.report.issues.count
    guard let name = entry.string("model_name") else {
        if entry.report.issues.count == errors { entry.error("model_name", "must not be empty") }
        return nil
    }
    guard isPrintable(name) else {
        entry.error("model_name", "must hold no control characters")
        return nil
    }
    return name
}

/// - Parameter issues: those of this entry; those of all would be too many to look through for each.
private func checkModel(_ section: SettingsReader, _ params: ModelParams, issues: ArraySlice<ConfigIssue>) -> Bool {
    guard params.model.isEmpty else { return true }
    // A value of the wrong kind has been reported already.
    let isReported = issues.contains {
        $0.severity == .error && $0.location == section.location(of: "model")
    }
    if !isReported { section.error("model", "must not be empty; it is `provider/model-id`") }
    return false
}

/// LiteLLM takes `rpm` and `tpm` beside `litellm_params` for ones inside of it.
private func copyLimits(of entry: SettingsReader, into params: inout ModelParams) {
    func copy(_ key: String, to limit: inout Int?, _ written: inout [JSONValue.Member]) {
        guard let value = entry.integer(key, 0...Int.max), limit == nil else { return }
        limit = value
        written.append(JSONValue.Member(key, .number(String(value))))
    }
    copy("rpm", to: &params.requestsPerMinute, &params.written)
    copy("tpm", to: &params.tokensPerMinute, &params.written)
}

/// What `litellm_params` does not say, `model_info` may: some keep all numbers of a model there. As in LiteLLM its
/// `cooldown_time` goes first.
private func takeLimits(of info: SettingsReader, into params: inout ModelParams) {
    func take<Value>(_ value: Value?, _ limit: inout Value?) { limit = limit ?? value }
    take(info.integer("rpm", 0...Int.max), &params.requestsPerMinute)
    take(info.integer("tpm", 0...Int.max), &params.tokensPerMinute)
    take(info.integer("max_parallel_requests", 1...Int.max), &params.maxParallelRequests)
    take(info.duration("timeout"), &params.timeout)
    take(info.duration("stream_timeout"), &params.streamTimeout)
    take(info.integer("order", Int.min...Int.max), &params.order)
    take(info.number("weight"), &params.weight)
    take(info.retries, &params.numRetries)
    params.cooldownTime = info.duration("cooldown_time", allowsZero: true) ?? params.cooldownTime
}

/// `base_model`: what a deployment's name does not tell, because it is the operator's own (Azure). Where an entry of that
/// model says more about it than this one does, it counts here as well.
private func takeFactsOfBaseModels(_ entries: inout [ModelEntry]) {
    guard entries.contains(where: { $0.info.baseModel != nil }) else { return }
    var known: [Name: ModelInfo] = [:]
    for entry in entries where entry.info.hasFacts {
        let model = entry.params.model.utf8
        let id = model.firstIndex(of: UInt8(ascii: "/")).map { String(Substring(model[$0...].dropFirst())) }
        for name in [entry.params.model, id, entry.name].compactMap({ $0 }) where known[Name(name)] == nil {
            known[Name(name)] = entry.info
        }
    }
    for place in entries.indices {
        guard let base = entries[place].info.baseModel else { continue }
        let id = base.utf8.firstIndex(of: UInt8(ascii: "/")).map { String(Substring(base.utf8[$0...].dropFirst())) }
        guard let facts = known[Name(base)] ?? id.flatMap({ known[Name($0)] }) else { continue }
        entries[place].info.takeFacts(of: facts)
    }
}

extension ModelInfo {
    fileprivate var hasFacts: Bool {
        maxInputTokens != nil || maxOutputTokens != nil || inputCostPerToken != nil || outputCostPerToken != nil
            || mode != nil
    }

    fileprivate mutating func takeFacts(of other: ModelInfo) {
        mode = mode ?? other.mode
        maxInputTokens = maxInputTokens ?? other.maxInputTokens
        maxOutputTokens = maxOutputTokens ?? other.maxOutputTokens
        guard inputCostPerToken == nil, outputCostPerToken == nil else { return }
        (inputCostPerToken, outputCostPerToken) = (other.inputCostPerToken, other.outputCostPerToken)
    }
}

private func readInfo(_ section: SettingsReader) -> ModelInfo {
    for known in section.entries {
        // Free-form: what is not listed is echoed, and that is all that anybody expects of it.
        guard let key = KnownKey.named(known.key, in: .info) else { continue }
        section.report.note(key, known.value, at: section.location(of: known.key))
    }
    var info = ModelInfo()
    info.id = section.string("id")
    if let id = info.id, !isPrintable(id) || !id.utf8.allSatisfy({ $0 < 0x80 }) {
        section.error("id", "must hold printable ASCII characters only: it goes into headers")
        info.id = nil
    }
    info.mode = section.string("mode")
    info.baseModel = section.string("base_model")
    info.maxInputTokens = section.integer("max_input_tokens", 0...Int.max)
    info.maxOutputTokens = section.integer("max_output_tokens", 0...Int.max)
    info.inputCostPerToken = section.number("input_cost_per_token")
    info.outputCostPerToken = section.number("output_cost_per_token")
    info.accessGroups = section.strings("access_groups") ?? []
    info.healthCheckModel = section.string("health_check_model")
    info.isBlocked = section.bool("blocked") ?? info.isBlocked
    info.disableBackgroundHealthCheck =
        section.bool("disable_background_health_check") ?? info.disableBackgroundHealthCheck
    info.members = section.entries.map {
        JSONValue.Member($0.key, section.json($0.value, key: $0.key, hidesSecrets: true))
    }
    return info
}

/// `credential_list`. LiteLLM's credentials are `litellm_params` of which an entry has none of its own.
func readCredentials(_ root: SettingsReader) -> [Config.NamedCredential] {
    guard let items = root.items("credential_list", "a list of entries with `credential_name`") else { return [] }
    var credentials: [Config.NamedCredential] = []
    var names: Set<Name> = []
    for item in items {
        guard let entry = SettingsReader(item.node, section: .credential, path: item.path, report: root.report)
        else { continue }
        entry.checkKeys()
        guard let name = entry.string("credential_name") else {
            entry.error("credential_name", "must not be empty")
            continue
        }
        guard !names.contains(Name(name)) else {
            entry.error("credential_name", "there is a credential of this name already; the first one counts")
            continue
        }
        guard let values = entry.mapping("credential_values", section: .params) else {
            if entry.node("credential_values") == nil { entry.error("credential_values", "is missing") }
            continue
        }
        names.insert(Name(name))
        credentials.append(Config.NamedCredential(name: name, params: readParams(values)))
    }
    return credentials
}

/// Neither empty nor with control characters.
func isPrintable(_ text: String) -> Bool {
    !text.isEmpty && text.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
}
