import ConfigFile

/// One file, `config.yaml`.
func load(_ text: String, _ environment: [String: String] = [:]) -> LoadedConfig {
    load(files: ["config.yaml": text], environment)
}

func load(files: [String: String], _ environment: [String: String] = [:]) -> LoadedConfig {
    loadConfig(path: "config.yaml", environment: environment) { path throws(ConfigReadError) in
        if path.hasSuffix("forbidden.yaml") { throw .notReadable(reason: "Permission denied") }
        guard let text = files[path] else { throw .notFound }
        return Array(text.utf8)
    }
}

extension LoadedConfig {
    /// `error config.yaml:3: …`
    var texts: [String] { issues.map { "\($0.severity) \($0.text)" } }

    func texts(_ severity: ConfigIssue.Severity) -> [String] {
        issues.filter { $0.severity == severity }.map(\.text)
    }
}

/// A model list of one entry with these lines of `litellm_params`; they begin in line 5.
func entry(_ lines: String) -> String {
    let indented = lines.split(separator: "\n").map { "      \($0)\n" }.joined()
    return "model_list:\n  - model_name: m\n    litellm_params:\n      model: openai/m\n" + indented
}
