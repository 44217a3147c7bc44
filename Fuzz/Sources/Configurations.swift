internal import ConfigFile
internal import Model
internal import Routing

/// A configuration file; what follows a NUL is a second one, which `include` may name by any name.
func checkConfig(_ input: [UInt8]) {
    let parts = input.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false).map(Array.init)
    let first = Loaded(parts)
    requireEqual(Loaded(parts).texts, first.texts, "the same files say the same")
    for line in first.texts {
        require(!line.contains(secretValue), "no line holds a secret: \(line)")
    }
    let catalog = Catalog(config: first.loaded.config, environment: first.loaded.config.environmentAfter(environment))
    for issue in catalog.issues { require(!issue.description.contains(secretValue), "no line holds a secret") }
    for name in ["gpt-4o", "openrouter/openai/gpt-4o", "a", "openai/a/b", "anthropic/claude", ""] {
        guard let route = try? catalog.resolve(name) else { continue }
        require(!route.targets.isEmpty, "a route leads somewhere")
        requireEqual(route.requested, name, "a route is asked for by its name")
    }
}

/// Not a word that a mutation finds by itself.
private let secretValue = "sk-or-v1-Zq8fhT2"
private let environment = ["KEY": secretValue, "OPENROUTER_API_KEY": secretValue, "OPENAI_API_KEY": secretValue]

private struct Loaded {
    let loaded: LoadedConfig

    init(_ parts: [[UInt8]]) {
        loaded = loadConfig(path: "config.yaml", environment: environment) { path throws(ConfigReadError) in
            if path == "config.yaml" { return parts[0] }
            guard parts.count > 1 else { throw .notFound }
            return parts[1]
        }
    }

    /// Everything that is shown to somebody.
    var texts: [String] {
        loaded.issues.map(\.text) + loaded.ignored.map(\.text) + loaded.notYetEffective.map(\.text)
            + loaded.missingVariables.map { "\($0.name) \($0.models)" } + loaded.files
    }
}

extension Config {
    fileprivate func environmentAfter(_ own: [String: String]) -> [String: String] {
        own.merging(environment.map { ($0.name, $0.value.reveal()) }) { _, file in file }
    }
}
