package import ConfigFile
package import Model
package import Providers

/// Every name a client can ask for, and where it leads: an immutable snapshot of one configuration.
package struct Catalog: Sendable {
    /// In the file's order, patterns among them; without the entries that cannot be called.
    package let groups: [ModelGroup]
    /// By the id of their deployment, for `/model/info` and for what `Deployment` does not hold.
    package let entries: EntryTable
    package let aliases: [ModelAlias]
    /// Everything that is wrong with an entry, in the file's order, then with an alias.
    package private(set) var issues: [CatalogIssue]
    /// What OpenRouter is told about the caller.
    package let attribution: Attribution

    /// Plain groups. One whose entries are all faulty fails here, instead of being taken for somebody else's by a wildcard.
    private(set) var names: [Name: Result<Route, ResolutionError>] = [:]
    private(set) var aliasRoutes: [Name: Result<Route, ResolutionError>] = [:]
    /// Most specific first.
    let wildcards: [Wildcard]
    /// `Target.place` is below it.
    package let deploymentCount: Int
    /// By `litellm_params.model`, for requests that ask for it directly: the first group that has it.
    private(set) var configuredModels: [Name: Route] = [:]
    let defaultFallback: String?
    /// What an unknown name may have meant: groups and visible aliases, no patterns.
    private(set) var suggestions = NameIndex([])
    /// A configuration of faulty aliases gets a guess for this many.
    private static let mostAliasGuesses = 100

    struct Wildcard: Sendable {
        let pattern: WildcardPattern
        let blueprints: [Blueprint]
        let leftOut: [CatalogIssue]
    }

    /// - Parameter environment: the process's variables; `config.environment` wins over them.
    package init(config: Config, environment: [String: String]) {
        var environment = environment
        for variable in config.environment { environment[variable.name] = variable.value.reveal() }
        let assembly = Assembly(
            entries: config.models, builder: DeploymentBuilder(config: config, environment: environment))
        groups = assembly.modelGroups
        entries = assembly.entries
        aliases = config.router.aliases
        issues = assembly.issues
        attribution = Attribution(environment: environment)
        wildcards = assembly.wildcards
        deploymentCount = assembly.deploymentCount
        defaultFallback = config.router.defaultFallbacks.first
        addNames(of: assembly.groups.filter { !isPattern($0.name) })
        suggestions = NameIndex(plainNames)
        addAliases()
        if !aliases.isEmpty { suggestions = NameIndex(plainNames) }
    }

    private mutating func addNames(of plain: [Assembly.Group]) {
        names.reserveCapacity(plain.count)
        for group in plain {
            let result = Assembly.route(to: group)
            names[Name(group.name)] = result
            guard case .success(let route) = result else { continue }
            for target in route.targets {
                let model = Name(target.deployment.configuredModel)
                if configuredModels[model] == nil { configuredModels[model] = route }
            }
        }
    }

    /// One hop: an alias's target is looked up as if there were no aliases.
    private mutating func addAliases() {
        var guesses = 0
        for alias in aliases {
            let name = Name(alias.alias)
            aliasRoutes[name] = Result { () throws(ResolutionError) -> Route in
                if let route = try find(alias.target) {
                    return route.asked(as: alias.alias, through: [.alias(alias.alias, target: alias.target)])
                }
                defer { guesses += 1 }
                let nearest = guesses < Catalog.mostAliasGuesses ? nearestNames(to: alias.target) : []
                throw .unknown(UnknownModel(model: alias.alias, nearest: nearest))
            }
            if case .failure(.unknown(let error)) = aliasRoutes[name] {
                issues.append(
                    CatalogIssue(
                        model: alias.alias, location: nil,
                        cause: .aliasLeadsNowhere(target: alias.target, nearest: error.nearest)))
            }
        }
    }
}
