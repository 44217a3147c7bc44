import Model

/// What ``loadConfig(path:environment:readFile:)`` made of the files: everything that could be read, and what is wrong.
package struct LoadedConfig: Sendable {
    package var config: Config
    /// Mistakes first, then warnings, then notes; each in the order in which they were found.
    package var issues: [ConfigIssue]
    package var missingVariables: [MissingVariable]
    /// Keys that are read and checked, but that nothing acts on yet.
    package var notYetEffective: [ConfigLocation]
    /// Keys that LiteLLM knows and that have no effect here.
    package var ignored: [ConfigLocation]
    /// Keys that keep somebody from something in LiteLLM, and have no effect here: of each there is a warning.
    package var unmetRestrictions: [ConfigLocation]
    /// Every file that was read, the first one first: what has to be watched for changes.
    package var files: [String]

    package init(
        config: Config, issues: [ConfigIssue] = [], missingVariables: [MissingVariable] = [],
        notYetEffective: [ConfigLocation] = [], ignored: [ConfigLocation] = [],
        unmetRestrictions: [ConfigLocation] = [], files: [String] = []
    ) {
        self.config = config
        self.issues = issues
        self.missingVariables = missingVariables
        self.notYetEffective = notYetEffective
        self.ignored = ignored
        self.unmetRestrictions = unmetRestrictions
        self.files = files
    }

    package var hasErrors: Bool {
        issues.contains { $0.severity == .error }
    }

    /// Whether nothing of it can be served.
    package var isFatal: Bool {
        issues.contains(where: \.isFatal)
    }
}

/// An environment variable that the configuration names and that is not set, or empty.
package struct MissingVariable: Sendable, Hashable {
    package var name: String
    package var usedBy: [Use]

    package struct Use: Sendable, Hashable {
        package var location: ConfigLocation
        /// The `model_name` of the entry it stands in.
        package var model: String?
    }

    /// Model names without repetition, in the order of the file.
    package var models: [String] {
        var seen: Set<Name> = []
        return usedBy.compactMap(\.model).filter { seen.insert(Name($0)).inserted }
    }
}
