import ConfigFile
import Model
import Providers

extension Catalog {
    /// A longer name is unknown without a look at it.
    package static let longestNameBytes = 512

    /// Where `model` leads. One function for every endpoint, health check, connection test and fallback entry.
    ///
    /// In this order: alias (one hop), group, deployment id, wildcard (most specific first), the same with the provider
    /// that a bare name implies, `litellm_params.model` of some entry, the first of `default_fallbacks`.
    ///
    /// - Parameter suggesting: whether an unknown name is compared with the others: for an error that somebody reads.
    /// - Throws: `.unknown` when nothing has the name; `.unusable` when something has, and cannot be called.
    package func resolve(_ model: String, suggesting: Bool = true) throws(ResolutionError) -> Route {
        guard model.utf8.count <= Catalog.longestNameBytes else {
            let start = String(decoding: model.utf8.prefix(Catalog.longestNameBytes), as: UTF8.self)
            throw .unknown(UnknownModel(model: "\(start)…", nearest: []))
        }
        if let route = try lookUp(model) { return route }
        if let defaultFallback, let route = try lookUp(defaultFallback) {
            return route.asked(as: model, through: [.defaultFallback(defaultFallback, unknown: model)])
        }
        throw .unknown(UnknownModel(model: model, nearest: suggesting ? nearestNames(to: model) : []))
    }

    /// Whether the configuration itself has `name`, as a group, an alias, a deployment's id or a `litellm_params.model`.
    package func has(_ name: String) -> Bool {
        names[Name(name)] != nil || aliasRoutes[Name(name)] != nil || configuredModels[Name(name)] != nil
            || entries.contains(name)
    }

    /// The route of `model`, when it is there already: the same as `resolve` gives. `nil` says nothing.
    package func ready(_ model: String) -> Route? {
        let name = Name(model)
        if !aliasRoutes.isEmpty, let alias = aliasRoutes[name] { return try? alias.get() }
        return try? names[name]?.get()
    }

    private func lookUp(_ name: String) throws(ResolutionError) -> Route? {
        switch aliasRoutes[Name(name)] {
        case .success(let route): return route
        case .failure(.unknown): return nil
        case .failure(let error): throw error
        case nil: return try find(name)
        }
    }

    /// Everything but aliases and default fallbacks. `nil`: nothing has this name.
    func find(_ name: String) throws(ResolutionError) -> Route? {
        guard !name.isEmpty, name.utf8.count <= Catalog.longestNameBytes else { return nil }
        if let known = named(name) { return try known.get() }

        var unusable: UnusableModel?
        if let route = try matchWildcard(name, unusable: &unusable) { return route }
        if let provider = BareModelNames.provider(of: name) {
            let full = "\(provider.prefix)/\(name)"
            let step = Step.inferred(name: name, lookedUp: full)
            if case .success(let route) = named(full) { return route.asked(as: name, through: [step]) }
            if let route = try matchWildcard(full, unusable: &unusable) {
                return route.asked(as: name, through: [step])
            }
        }
        if let route = configuredModels[Name(name)] {
            return Route(
                requested: name, group: route.group,
                targets: route.targets.filter { Name($0.deployment.configuredModel) == Name(name) }
                    .map { $0.asked(as: name) },
                steps: [.configuredModel(name, group: route.group)])
        }
        if let unusable {
            throw .unusable(UnusableModel(model: name, group: unusable.group, issues: unusable.issues))
        }
        return nil
    }

    /// The plain group of this name, or a deployment of one by its id. Groups first, so that no id takes the name of one.
    private func named(_ name: String) -> Result<Route, ResolutionError>? {
        if let known = names[Name(name)] { return known }
        guard let entry = entries[name], case .success(let route) = names[Name(entry.name)],
            let target = route.targets.first(where: { Name($0.deployment.id) == Name(name) })
        else { return nil }
        return .success(
            Route(
                requested: name, group: route.group, targets: [target.asked(as: name)], steps: [.deploymentID(name)]))
    }

    /// The first pattern that matches and has something to call. `unusable` keeps what the first one that has not says.
    ///
    /// - Throws: `.unusable` when the first pattern that matches has nothing but mistakes: its names are meant for its own
    ///   upstreams, and the next pattern's may be somebody else's.
    private func matchWildcard(
        _ name: String, unusable: inout UnusableModel?
    ) throws(ResolutionError) -> Route? {
        let bytes = Array(name.utf8)
        for wildcard in wildcards {
            guard let captures = wildcard.pattern.captures(of: bytes) else { continue }
            var targets: [Target] = []
            var leftOut = wildcard.leftOut
            for blueprint in wildcard.blueprints {
                do throws(CatalogIssue) {
                    if let target = try blueprint.target(requested: name, captures: captures) { targets.append(target) }
                } catch {
                    leftOut.append(error)
                }
            }
            if !targets.isEmpty {
                return Route(
                    requested: name, group: wildcard.pattern.text, targets: targets,
                    steps: [.wildcard(pattern: wildcard.pattern.text, captures: captures)], leftOut: leftOut)
            }
            if unusable == nil, !leftOut.isEmpty {
                let error = UnusableModel(model: name, group: wildcard.pattern.text, issues: leftOut)
                if leftOut.contains(where: \.isMistake) { throw .unusable(error) }
                unusable = error
            }
        }
        return nil
    }

    /// Names a client may have meant. Hidden aliases stay hidden.
    func nearestNames(to name: String) -> [String] {
        suggestions.nearest(to: name)
    }
}
