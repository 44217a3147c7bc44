import ConfigFile
import JSONText
import Model
import Routing

/// `model_list` entries in a line each: name, model, and what else a test wants to set.
func entry(
    _ name: String, _ model: String, line: Int = 1, _ change: (inout ModelEntry) -> Void = { _ in }
) -> ModelEntry {
    var params = ModelParams()
    params.model = model
    params.written = [.init("model", .string(model))]
    var entry = ModelEntry(
        name: name, params: params, location: ConfigLocation(path: "model_list[0]", file: "config.yaml", line: line))
    change(&entry)
    return entry
}

func catalog(
    _ entries: [ModelEntry], aliases: [ModelAlias] = [], environment: [String: String] = Fixtures.environment,
    _ change: (inout Config) -> Void = { _ in }
) -> Catalog {
    var config = Config()
    config.models = entries
    config.router.aliases = aliases
    change(&config)
    return Catalog(config: config, environment: environment)
}

func literal(_ text: String) -> SecretReference {
    SecretReference(variable: nil, secret: Secret(text))
}

func variable(_ name: String, _ text: String? = nil) -> SecretReference {
    SecretReference(variable: name, secret: text.map { Secret($0) })
}

enum Fixtures {
    static let environment = ["OPENROUTER_API_KEY": "sk-or-1", "OPENAI_API_KEY": "sk-1", "ANTHROPIC_API_KEY": "sk-ant"]

    /// The configuration in which an alias resolved on one endpoint and not on the other (litellm #26773).
    static func mymodel(byAlias: Bool) -> Catalog {
        let wildcard = entry("openrouter/*", "openrouter/*") {
            $0.params.apiBase = "https://openrouter.ai/api/v1"
            $0.params.apiKey = variable("OPEN_ROUTER_API_KEY", "sk-or-user")
        }
        let named = entry("mymodel", "openrouter/openai/gpt-4o") {
            $0.params.apiKey = variable("OPEN_ROUTER_API_KEY", "sk-or-user")
        }
        return byAlias
            ? catalog([wildcard], aliases: [ModelAlias(alias: "mymodel", target: "openrouter/openai/gpt-4o")])
            : catalog([wildcard, named])
    }
}
