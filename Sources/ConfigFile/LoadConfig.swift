import Model

/// Files → validated configuration. Pure: files come from `readFile`, variables from `environment`.
///
/// Never throws and stops at no mistake: whatever is wrong becomes an issue, and the rest is read all the same.
package func loadConfig(
    path: String, environment: [String: String], readFile: (String) throws(ConfigReadError) -> [UInt8]
) -> LoadedConfig {
    let report = LoadReport(environment: environment)
    let (config, files) = readConfig(path: path, report: report, readFile: readFile)
    report.reportMissing()
    return LoadedConfig(
        config: config,
        issues: ConfigIssue.Severity.allCases.flatMap { severity in report.issues.filter { $0.severity == severity } },
        missingVariables: report.missing, notYetEffective: report.notYetEffective, ignored: report.ignored,
        unmetRestrictions: report.unmetRestrictions, files: files)
}

func readConfig(
    path: String, report: LoadReport, readFile: (String) throws(ConfigReadError) -> [UInt8]
) -> (Config, files: [String]) {
    let includes = Includes(root: path, report: report, readFile: readFile)
    let start = ConfigMark(file: path, line: 0, column: 0)
    let root = SettingsReader(includes.entries, mark: start, section: .root, path: "", report: report)
    root.checkSections()
    checkShellReferences(includes.entries, report: report)
    var config = Config()
    // First: what it sets, every other section may refer to.
    config.environment = readEnvironment(root)
    let router = root.mapping("router_settings", section: .router)
    let litellm = root.mapping("litellm_settings", section: .litellm)
    let general = root.mapping("general_settings", section: .general)
    // Who may call stands there.
    if general == nil, root.node("general_settings") != nil { root.fatal("general_settings", "must be a mapping") }
    config.litellm = readLiteLLMSettings(litellm, report: report)
    config.general = readGeneralSettings(general, report: report)
    config.credentials = readCredentials(root)
    config.models = readModels(root, credentials: config.credentials.map(\.name))
    config.router = readRouterSettings(router, litellm: litellm, general: general, report: report)
    checkReferences(&config.router, models: config.models, router: router, litellm: litellm)
    return (config, includes.files)
}

extension SettingsReader {
    /// Sections are not settings: LiteLLM passes over those that it does not know, and so do we, as over ignored ones.
    fileprivate func checkSections() {
        for entry in entries {
            let location = entry.mark.location(entry.key)
            if let known = KnownKey.named(entry.key, in: .root) {
                report.note(known, entry.value, at: location)
                continue
            }
            // Where people keep their anchors.
            if entry.key.hasPrefix("x-") || entry.key.hasPrefix(".") || entry.key.hasPrefix("_") { continue }
            let near = KnownKey.index(of: .root).nearest(to: entry.key)
            if near.isEmpty {
                report.note(.ignored, at: location)
            } else {
                report.add(.warning, location, "unknown section" + suggestion(near))
            }
        }
    }
}

// MARK: environment_variables

/// Names that change how programs start or where they look for code. LiteLLM does not set them from a file either.
private let refusedVariables: Set<String> = [
    "PATH", "HOME", "SHELL", "IFS", "ENV", "BASH_ENV", "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT", "PYTHONPATH",
    "PYTHONSTARTUP", "PYTHONHOME", "NODE_OPTIONS", "DYLD_INSERT_LIBRARIES", "SSLKEYLOGFILE", "GCONV_PATH",
]

private func readEnvironment(_ root: SettingsReader) -> [Config.EnvironmentVariable] {
    guard let section = root.mapping("environment_variables") else { return [] }
    var variables: [Config.EnvironmentVariable] = []
    for entry in section.entries {
        let location = section.location(of: entry.key)
        guard !entry.key.isEmpty, !entry.key.utf8.contains(0), !entry.key.contains("=") else {
            root.report.add(.error, location, "is no name of an environment variable")
            continue
        }
        guard !refusedVariables.contains(entry.key) else {
            root.report.add(.warning, location, "is not set from a file")
            continue
        }
        guard case .scalar = entry.value.content else {
            root.report.add(.warning, location, "must be a string; it is not set")
            continue
        }
        guard let given = section.given(entry.key, "a string") else { continue }
        // LiteLLM would set a boolean as Python prints it; a text as it was written is what anybody expects.
        root.report.environment[entry.key] = given.text
        variables.append(Config.EnvironmentVariable(name: entry.key, value: Secret(given.text)))
    }
    return variables
}
