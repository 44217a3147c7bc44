import ConfigFile
import Model

/// One line of `GET /v1/models`.
package struct ListedModel: Sendable, Hashable {
    package let name: String
    /// The name is a pattern: a client can call what it matches, and not the pattern.
    package let isWildcard: Bool
    /// For an alias, what it stands for.
    package let aliasOf: String?
    /// `model_info` of the group's first entry that says so.
    package let mode: String?
    package let maxInputTokens: Int?
    package let maxOutputTokens: Int?
}

extension Catalog {
    /// Groups and patterns in the file's order, then visible aliases. Each name once; an alias that shadows a group takes
    /// the group's place. What cannot be called is not listed.
    package func listing() -> [ListedModel] {
        listed.map { line(for: $0) }
    }

    /// The names of `listing()` without the patterns.
    var plainNames: [String] {
        listed.compactMap { entry in
            switch entry {
            case .group(let group): group.isWildcard ? nil : group.name
            case .alias(let alias, _): alias.alias
            }
        }
    }

    private enum Listed {
        case group(ModelGroup)
        case alias(ModelAlias, Route)
    }

    private var listed: [Listed] {
        let targets = Dictionary(aliases.map { (Name($0.alias), $0) }) { _, last in last }
        var listed: [Listed] = []
        func add(_ alias: ModelAlias) {
            if case .success(let route) = aliasRoutes[Name(alias.alias)] { listed.append(.alias(alias, route)) }
        }
        var seen: Set<Name> = []
        for group in groups where seen.insert(Name(group.name)).inserted {
            if let alias = targets[Name(group.name)] {
                if !alias.hidden { add(alias) }
            } else {
                listed.append(.group(group))
            }
        }
        for alias in aliases where !alias.hidden && seen.insert(Name(alias.alias)).inserted { add(alias) }
        return listed
    }

    private func line(for listed: Listed) -> ListedModel {
        switch listed {
        case .group(let group):
            line(for: group.name, members: group.deployments, aliasOf: nil)
        case .alias(let alias, let route):
            line(for: alias.alias, members: route.targets.map(\.deployment), aliasOf: alias.target)
        }
    }

    private func line(for name: String, members: [Deployment], aliasOf: String?) -> ListedModel {
        let infos = members.compactMap { entries[$0.id]?.info }
        return ListedModel(
            name: name, isWildcard: aliasOf == nil && isPattern(name), aliasOf: aliasOf,
            mode: infos.lazy.compactMap(\.mode).first, maxInputTokens: infos.lazy.compactMap(\.maxInputTokens).first,
            maxOutputTokens: infos.lazy.compactMap(\.maxOutputTokens).first)
    }
}
