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

    var hasErrors: Bool { setup.loaded.hasErrors }

    /// Every mistake, a line each.
    var errors: String {
        issues.filter { $0.severity == .error }.map { "error: \($0.text)\n" }.joined()
    }

    /// Problems of single models that do not stop the rest.
    var modelWarnings: [String] {
        setup.catalog.issues.filter { !isMissingKey($0) }.map { "warning: \($0)" }
    }

    /// Without the missing variables, which the start names in lines of their own.
    var warnings: [String] {
        let named = Set(setup.loaded.missingVariables.flatMap(\.usedBy).map(\.location))
        return issues.filter { $0.severity == .warning && !named.contains($0.location) }.map { "warning: \($0.text)" }
            + modelWarnings
    }

    private func isMissingKey(_ issue: CatalogIssue) -> Bool {
        if case .keyNotSet = issue.cause { return true }
        return false
    }

    /// Variables that are wanted and not set, with the models that want them.
    var missing: [String] {
        var lines = setup.loaded.missingVariables.map { variable in
            let models = variable.models
            return "\(variable.name) is not set" + (models.isEmpty ? "" : " (for \(models.joined(separator: ", ")))")
        }
        let named = Set(setup.loaded.missingVariables.map(\.name))
        for issue in setup.catalog.issues {
            guard case .keyNotSet(let variables) = issue.cause, named.isDisjoint(with: variables) else { continue }
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
        for issue in issues { text += "\(issue.severity.rawValue): \(issue.text)\n" }
        for line in modelWarnings { text += "\(line)\n" }
        for location in setup.loaded.notYetEffective { text += "no effect yet: \(location.text)\n" }
        for location in setup.loaded.ignored { text += "ignored: \(location.text)\n" }
        let errors = issues.count { $0.severity == .error }
        let warnings = issues.count { $0.severity == .warning } + modelWarnings.count
        text += "\(count(errors, "error")), \(count(warnings, "warning"))"
        text += errors == 0 ? ": this configuration can be served.\n" : ".\n"
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
