import ConfigFile
import Model
import Providers

/// Turns entries of `model_list` into blueprints. A value: everything it reads is handed over. It remembers what entries
/// have in common, so that they share it.
struct DeploymentBuilder: Sendable {
    private let environment: [String: String]
    private let credentials: [Name: ModelParams]
    private let tls: TLSVerification
    let attribution: Attribution
    let defaultMaxParallelRequests: Int?
    private let droppedMembers: [String]
    private var table = AccessTable()

    init(config: Config, environment: [String: String]) {
        self.environment = environment
        credentials = Dictionary(config.credentials.map { (Name($0.name), $0.params) }) { first, _ in first }
        attribution = Attribution(environment: environment)
        tls = config.litellm.sslVerify ?? .system
        defaultMaxParallelRequests = config.router.defaultMaxParallelRequests
        droppedMembers = config.litellm.additionalDropParams
    }

    /// The blueprint, unless an issue is fatal, and everything there is to say about the entry.
    mutating func build(_ entry: ModelEntry, id: Deployment.ID) -> (blueprint: Blueprint?, issues: [CatalogIssue]) {
        var notes = Notes(entry: entry)
        let blueprint: Blueprint?
        do throws(CatalogIssue) {
            blueprint = try make(entry, id: id, notes: &notes)
        } catch {
            notes.issues.append(error)
            blueprint = nil
        }
        return (blueprint, notes.issues)
    }

    private mutating func make(
        _ entry: ModelEntry, id: Deployment.ID, notes: inout Notes
    ) throws(CatalogIssue) -> Blueprint {
        let params = try merged(entry, notes: notes)
        guard params.faults.isEmpty else { throw notes.issue(.faultyKeys(params.faults)) }
        guard !entry.info.isBlocked else { throw notes.issue(.blocked) }
        if let open = OpenEntry(entry, params) {
            let choices = choices(of: open, entry, params, id: id, notes: &notes)
            return Blueprint(configured: params.model, kind: .open(choices))
        }

        var configuredBase: BaseURL?
        if let written = params.apiBase, !written.isEmpty {
            let text = try expanded(written, orMissingFor: params, notes: notes)
            guard let url = table.url(text) else { throw notes.issue(.baseInvalid(source: "`api_base`")) }
            configuredBase = url
        }
        let name: ModelName
        do {
            name = try ModelName(params.model, customProvider: params.customProvider, base: configuredBase)
        } catch {
            throw notes.issue(.modelName(error))
        }
        let choice = try choice(entry, params, of: name.provider, id: id, notes: &notes)
        return Blueprint(configured: params.model, kind: .settled(choice))
    }

    private func merged(_ entry: ModelEntry, notes: Notes) throws(CatalogIssue) -> ModelParams {
        guard let name = entry.params.credentialName, !name.isEmpty else { return entry.params }
        guard let credential = credentials[Name(name)] else { throw notes.issue(.unknownCredential(name)) }
        return entry.params.over(credential)
    }

    /// For `model: "*"`: the client's name decides. Each provider's deployment has an id of its own, since they rest
    /// apart. What is missing is no issue of the configuration but of the request that wants it.
    private mutating func choices(
        of open: OpenEntry, _ entry: ModelEntry, _ params: ModelParams, id: Deployment.ID, notes: inout Notes
    ) -> [Name: Result<Blueprint.Choice, CatalogIssue>] {
        let others = params.withoutAccount()
        let unsent = params.accountKeys
        if open.owner == nil, !unsent.isEmpty { notes.add(.accountOfNobody(keys: unsent, model: params.model)) }
        var choices: [Name: Result<Blueprint.Choice, CatalogIssue>] = [:]
        for row in open.providers {
            let params = row.prefix == open.owner?.prefix ? params : others
            var notes = Notes(entry: entry)
            do throws(CatalogIssue) {
                // A client's name must not make the gateway look for servers on its own machine.
                if open.providers.count > 1, row.isOnThisMachine, !row.baseVariables.contains(where: isSet) {
                    throw notes.issue(.localBaseNotSet(prefix: row.prefix, variables: row.baseVariables))
                }
                choices[Name(row.prefix)] = .success(
                    try choice(entry, params, of: row, id: "\(id)-\(row.prefix)", notes: &notes))
            } catch {
                choices[Name(row.prefix)] = .failure(error)
            }
        }
        return choices
    }

    private mutating func choice(
        _ entry: ModelEntry, _ params: ModelParams, of row: Provider, id: Deployment.ID, notes: inout Notes
    ) throws(CatalogIssue) -> Blueprint.Choice {
        guard row.speaksOpenAI else { throw notes.issue(.providerNotSpoken(prefix: row.prefix)) }
        let base = try base(params, of: row, notes: notes)
        let headers = headers(params, of: row, notes: &notes)
        let credential = credential(params, of: row, base: base, headers: headers, notes: &notes)
        let deployment = Deployment(
            id: id, group: entry.name, provider: row.prefix, configuredModel: params.model,
            upstreamModel: upstreamPattern(params.model, of: row), base: base, tls: params.sslVerify ?? tls,
            credential: credential, headers: headers, defaults: defaults(params),
            droppedMembers: params.additionalDropParams + droppedMembers,
            timeouts: .init(
                whole: params.timeout, stream: params.streamTimeout, heartbeat: params.keepaliveSeconds),
            limits: limits(params, entry.info),
            price: price(params, entry.info), mock: mock(params.mockResponse))
        var key = credential == nil ? row.fallbackKey.map { Secret($0) } : credential?.secret
        if headers.contains(where: { $0.name == row.authenticationFieldName }) { key = nil }
        let access = table.access(to: row, at: base, key: key, usesChat: params.useChatCompletionsAPI == true)
        return Blueprint.Choice(deployment: deployment, access: access)
    }

    /// The upstream's name as far as it is known without a request.
    private func upstreamPattern(_ model: String, of row: Provider) -> String {
        guard model.utf8.contains(UInt8(ascii: "*")) else {
            return (try? ModelName(model, of: row).model) ?? model
        }
        let prefix = "\(row.prefix)/"
        return model.utf8.starts(with: prefix.utf8) ? String(Substring(model.utf8.dropFirst(prefix.utf8.count))) : model
    }
}

// MARK: - Base and key

extension DeploymentBuilder {
    /// `api_base`, else the first of the provider's variables that is set, else the table's.
    private mutating func base(
        _ params: ModelParams, of row: Provider, notes: Notes
    ) throws(CatalogIssue) -> BaseURL {
        let text: String
        let source: String
        if let written = params.apiBase, !written.isEmpty {
            text = try expanded(written, orMissingFor: params, notes: notes)
            source = "`api_base`"
        } else if let variable = row.baseVariables.first(where: { value(of: $0) != nil }) {
            text = value(of: variable) ?? ""
            source = variable
        } else if let known = row.defaultBase {
            text = known
            source = "the provider's base"
        } else {
            throw notes.issue(.baseMissing(prefix: row.prefix, variables: row.baseVariables))
        }
        guard let base = table.base(of: row, from: text, version: version(params, of: row)) else {
            throw notes.issue(.baseInvalid(source: source))
        }
        return base
    }

    private func version(_ params: ModelParams, of row: Provider) -> String? {
        if let written = params.apiVersion, !written.isEmpty {
            guard let variable = DeploymentBuilder.variable(in: written) else { return written }
            return value(of: variable)
        }
        return row.versionVariable.flatMap { value(of: $0) }
    }

    /// What is written wins even when its variable is not set: another account's key is not a substitute for it.
    private mutating func credential(
        _ params: ModelParams, of row: Provider, base: BaseURL, headers: [Deployment.HeaderField], notes: inout Notes
    ) -> Credential? {
        let credential: Credential
        if let written = params.apiKey {
            let secret = written.secret ?? written.variable.flatMap { value(of: $0) }.map { Secret($0) }
            credential = Credential(
                source: written.variable.map { .environment($0) } ?? .configuration, secret: secret?.trimmed)
        } else if let variable = row.keyVariables.first(where: { value(of: $0) != nil }) {
            credential = Credential(
                source: .environment(variable), secret: value(of: variable).map { Secret($0) })
        } else {
            // Whoever names a host of his own may well run a server that wants no key.
            let usual = row.defaultBase.flatMap { table.url($0) }
            // And a canned answer needs none.
            guard params.mockResponse == nil, row.needsKey, usual == nil || usual?.host == base.host,
                let first = row.keyVariables.first
            else {
                return nil
            }
            credential = Credential(source: .environment(first), secret: nil)
        }
        guard !headers.contains(where: { $0.name == row.authenticationFieldName }) else { return credential }
        if let secret = credential.secret {
            if row.authenticationField(key: secret) == nil { notes.add(.keyUnusable) }
        } else if case .environment(let name) = credential.source {
            notes.add(.keyNotSet(variables: params.apiKey == nil ? row.keyVariables : [name]))
        } else {
            notes.add(.keyNotSet(variables: row.keyVariables))
        }
        return credential
    }

    /// Without blanks at its ends. `nil` when the variable is not set or nothing is left.
    func value(of variable: String) -> String? {
        environment[variable].map(withoutOuterBlanks).flatMap { $0.isEmpty ? nil : $0 }
    }

    private func isSet(_ variable: String) -> Bool { value(of: variable) != nil }

    /// `NAME` of `os.environ/NAME`.
    static func variable(in text: String) -> String? {
        let mark = "os.environ/"
        return text.utf8.starts(with: mark.utf8) ? String(Substring(text.utf8.dropFirst(mark.utf8.count))) : nil
    }

    private func expanded(
        _ text: String, orMissingFor params: ModelParams, notes: Notes
    ) throws(CatalogIssue) -> String {
        guard let variable = DeploymentBuilder.variable(in: text) else { return text }
        // Not the provider's own base instead: the operator meant another host, and the prompt is meant for it.
        guard let value = value(of: variable) else {
            let prefix = params.customProvider ?? ModelName.provider(prefixing: params.model)?.prefix ?? "openai"
            throw notes.issue(.baseMissing(prefix: prefix, variables: [variable]))
        }
        return value
    }
}

/// Collects what there is to say about one entry.
struct Notes {
    private let model: String
    private let location: ConfigLocation
    var issues: [CatalogIssue] = []

    init(entry: ModelEntry) {
        (model, location) = (entry.name, entry.location)
    }

    func issue(_ cause: CatalogIssue.Cause) -> CatalogIssue {
        CatalogIssue(model: model, location: location, cause: cause)
    }

    mutating func add(_ cause: CatalogIssue.Cause) {
        issues.append(issue(cause))
    }
}
