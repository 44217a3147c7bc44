import ConfigFile
import Model

/// `model_list` sorted into groups, before any name is looked up.
struct Assembly: Sendable {
    struct Group: Sendable {
        let name: String
        var blueprints: [Blueprint] = []
        /// Why the group's other entries cannot be called.
        var leftOut: [CatalogIssue] = []
    }

    /// In the order in which the file names them first.
    private(set) var groups: [Group] = []
    private(set) var entries: EntryTable
    private(set) var issues: [CatalogIssue] = []
    /// How many deployments there are; each has a number below it.
    private(set) var deploymentCount = 0
    /// By an id that more than one entry would have: the number that was given last.
    private var lastNumbers: [Name: Int] = [:]

    init(entries list: [ModelEntry], builder: DeploymentBuilder) {
        entries = EntryTable(list)
        var builder = builder
        var places: [Name: Int] = [:]
        for (position, entry) in list.enumerated() {
            let id = uniqueID(of: entry)
            var (blueprint, found) = builder.build(entry, id: id)
            blueprint?.number(from: &deploymentCount)
            issues += found
            entries.add(id, at: position)
            let name = Name(entry.name)
            let place = places[name] ?? groups.count
            if place == groups.count {
                places[name] = place
                groups.append(Group(name: entry.name))
            }
            if let blueprint { groups[place].blueprints.append(blueprint) }
            groups[place].leftOut += found.filter(\.isFatal)
        }
    }

    /// Two entries may be equal but for a key that is written out, and so have the same derived id: the later ones get a
    /// number. The same for an id that is written twice, which is worth a word.
    private mutating func uniqueID(of entry: ModelEntry) -> Deployment.ID {
        let written = entry.info.id.flatMap { $0.isEmpty ? nil : $0 }
        let id = written ?? DeploymentID.derived(from: entry)
        guard entries.contains(id) else { return id }
        if let written {
            issues.append(CatalogIssue(model: entry.name, location: entry.location, cause: .repeatedID(written)))
        }
        var number = lastNumbers[Name(id), default: 1] + 1
        while entries.contains("\(id)-\(number)") { number += 1 }
        lastNumbers[Name(id)] = number
        return "\(id)-\(number)"
    }

    /// Groups that can be called. Of an entry whose provider the client's name decides, no single deployment is one.
    var modelGroups: [ModelGroup] {
        groups.filter { !$0.blueprints.isEmpty }.map { group in
            ModelGroup(
                name: group.name,
                deployments: group.blueprints.compactMap { blueprint in
                    guard case .settled(let choice) = blueprint.kind else { return nil }
                    return choice.deployment
                })
        }
    }

    /// Most specific first: most literal bytes, then fewest stars, then the file's order.
    var wildcards: [Catalog.Wildcard] {
        let found = groups.compactMap { group in
            WildcardPattern(group.name).map {
                Catalog.Wildcard(pattern: $0, blueprints: group.blueprints, leftOut: group.leftOut)
            }
        }
        return found.enumerated().sorted { a, b in
            if a.element.pattern.precedes(b.element.pattern) { return true }
            if b.element.pattern.precedes(a.element.pattern) { return false }
            return a.offset < b.offset
        }.map(\.element)
    }

    /// The route of a group with a plain name.
    static func route(to group: Group) -> Result<Route, ResolutionError> {
        let targets = group.blueprints.compactMap { try? $0.target(requested: group.name, captures: []) ?? nil }
        guard !targets.isEmpty else {
            return .failure(.unusable(UnusableModel(model: group.name, group: group.name, issues: group.leftOut)))
        }
        return .success(
            Route(
                requested: group.name, group: group.name, targets: targets, steps: [.group(group.name)],
                leftOut: group.leftOut))
    }
}
