import ConfigFile
import Model
import Routing

/// What a configuration holds, in words: short at the start, whole in `penstock check`.
struct ConfigReport {
    private let setup: LoadedSetup

    init(_ setup: LoadedSetup) {
        self.setup = setup
    }

    private var issues: [ConfigIssue] { setup.loaded.issues }

    var hasErrors: Bool { !errors.isEmpty }

    /// Whether nothing can be served: a file that cannot be read, a master key that is not there, or no deployment at all.
    var isFatal: Bool { setup.loaded.isFatal || servesNothing }

    private var servesNothing: Bool { setup.catalog.groups.isEmpty }

    /// Every mistake, a line each: what it names is left out.
    var errors: [String] {
        var lines = issues.filter { $0.severity == .error }.map { "error: \($0.text)" }
        lines += unreported.filter(\.isMistake).map { "error: \($0)" }
        if servesNothing, !setup.loaded.isFatal {
            let file = setup.loaded.files.first ?? setup.path
            lines.append(
                setup.config.models.isEmpty
                    ? "error: \(file): `model_list` names no model, so there is nothing to serve"
                    : "error: \(file): no entry of `model_list` can be called, so there is nothing to serve")
        }
        return lines
    }

    /// Problems of single models that are no mistakes of the file.
    private var modelWarnings: [String] {
        unreported.filter { !$0.isMistake }.map { "warning: \($0)" }
    }

    /// What the catalog found and the reading of the file has not told yet.
    private var unreported: [CatalogIssue] {
        let missing = Set(setup.loaded.missingVariables.map(\.name))
        let places = Set(issues.lazy.filter { $0.severity != .note }.map(\.location.path))
        return setup.catalog.issues.filter { issue in
            switch issue.cause {
            case .faultyKeys, .unknownCredential, .keyNotSet, .blocked: false
            case .baseMissing(_, let variables): missing.isDisjoint(with: variables)
            case .fieldNotSet(_, let variable): !missing.contains(variable)
            case .aliasLeadsNowhere: !places.contains("router_settings.model_group_alias.\(issue.model)")
            case .modelName, .providerNotSpoken, .baseInvalid, .localBaseNotSet, .accountOfNobody, .keyUnusable,
                .fieldRefused, .repeatedID:
                true
            }
        }
    }

    /// Without the missing variables, which the start names in lines of their own.
    var warnings: [String] {
        let named = Set(setup.loaded.missingVariables.flatMap(\.usedBy).map(\.location))
        return issues.filter { $0.severity == .warning && !named.contains($0.location) }.map { "warning: \($0.text)" }
            + modelWarnings
    }

    /// Variables that are wanted and not set, with the models that want them.
    var missing: [String] {
        var lines = setup.loaded.missingVariables.map { variable in
            let models = variable.models
            return "\(variable.name) is not set" + (models.isEmpty ? "" : " (for \(models.joined(separator: ", ")))")
        }
        let named = Set(setup.loaded.missingVariables.map(\.name))
        for issue in setup.catalog.issues {
            guard case .keyNotSet(let variables) = issue.cause, named.isDisjoint(with: variables),
                // A key that cannot be read is an error of its own.
                !variables.isEmpty
            else { continue }
            lines.append("\(variables.joined(separator: " or ")) is not set (for \(issue.model))")
        }
        return lines
    }

    /// A few lines for the start.
    func summary(path: String) -> String {
        let groups = setup.catalog.groups
        let exact = groups.filter { !$0.isWildcard }
        let wildcards = groups.filter(\.isWildcard)
        let deployments = groups.reduce(0) { $0 + $1.deployments.count }
        var text = row("config", "\(path): \(count(deployments, "deployment")) in \(count(groups.count, "group"))")
        if !exact.isEmpty { text += row("models", list(exact.map { label($0) })) }
        if !wildcards.isEmpty { text += row("wildcards", list(wildcards.map { label($0) })) }
        if !setup.catalog.aliases.isEmpty {
            text += row("aliases", list(setup.catalog.aliases.map { "\($0.alias) -> \($0.target)" }))
        }
        for line in missing { text += row("missing", line) }
        let ignored = setup.loaded.ignored.count + setup.loaded.notYetEffective.count
        if ignored > 0 {
            let names = (setup.loaded.notYetEffective + setup.loaded.ignored).map(\.path)
            text += row("no effect", "\(list(names)); `penstock check \(path)` says why")
        }
        return text
    }

    /// `penstock check`.
    func full(path: String) -> String {
        var text = summary(path: path)
        if setup.loaded.files.count > 1 { text += row("files", setup.loaded.files.joined(separator: ", ")) }
        text += "\n"
        for line in errors { text += "\(line)\n" }
        for issue in issues where issue.severity == .warning { text += "warning: \(issue.text)\n" }
        for line in modelWarnings { text += "\(line)\n" }
        for issue in issues where issue.severity == .note { text += "note: \(issue.text)\n" }
        for location in setup.loaded.notYetEffective { text += "no effect yet: \(location.text)\n" }
        for location in setup.loaded.ignored { text += "ignored: \(location.text)\n" }
        let warnings = issues.count { $0.severity == .warning } + modelWarnings.count
        text += "\(count(errors.count, "error")), \(count(warnings, "warning")): "
        if isFatal {
            text += "this configuration cannot be served.\n"
        } else if hasErrors {
            text += "it is served without what the errors name.\n"
        } else {
            text += "this configuration can be served.\n"
        }
        return text
    }

    private func label(_ group: ModelGroup) -> String {
        group.deployments.count > 1 ? "\(group.name) (\(group.deployments.count))" : group.name
    }

    private func row(_ name: String, _ value: String) -> String {
        "  \(name)\(String(repeating: " ", count: max(1, 11 - name.count)))\(value)\n"
    }

    private func list(_ names: [String]) -> String {
        let most = 8
        guard names.count > most else { return names.joined(separator: ", ") }
        return names.prefix(most).joined(separator: ", ") + " and \(names.count - most) more"
    }

    private func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
}
