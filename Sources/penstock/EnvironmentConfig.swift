import Model
import Providers

/// The configuration of a start without a file: every provider whose key is in the environment, or the one model that the
/// command line names, or a demonstration. Value.
struct EnvironmentConfig {
    /// Stands where a file's name would.
    static let name = "no file"

    /// YAML, read like a file's.
    let text: String
    /// For the start, each with its heading.
    let remarks: [(heading: String, text: String)]

    /// - Parameter model: of `--model`, with its provider in front; it answers under every name, as LiteLLM's does.
    init(model: String, base: String?) {
        let address = base.map { ", api_base: \(EnvironmentConfig.quoted($0))" } ?? ""
        let quoted = EnvironmentConfig.quoted(model)
        let params = "{model: \(quoted)\(address)}"
        text = """
            model_list:
              - {model_name: \(quoted), litellm_params: \(params)}
              - {model_name: "*", litellm_params: \(params)}

            """
        remarks = [("model", "\(model) answers, whatever name is asked for"), EnvironmentConfig.next]
    }

    init(environment: [String: String]) {
        let found = EnvironmentConfig.found(in: environment)
        guard !found.isEmpty else {
            text = """
                model_list:
                  - model_name: demo
                    litellm_params:
                      model: openai/demo
                      mock_response: Hello from Penstock. Set a provider's key to hear from a real model.

                """
            remarks = [
                ("found", "no provider's key in the environment, so only `demo` is served, which needs none"),
                ("next", "OPENROUTER_API_KEY=sk-or-... penstock serve, or the key of any other provider"),
                EnvironmentConfig.next,
            ]
            return
        }
        text =
            "model_list:\n"
            + found.map { "  - {model_name: \"\($0.prefix)/*\", litellm_params: {model: \"\($0.prefix)/*\"}}\n" }
            .joined()
        remarks =
            found.map { ("found", "\($0.variable): every model of \($0.prefix), as \($0.prefix)/<model>") }
            + [EnvironmentConfig.next]
    }

    private static let next = (
        "next", "`penstock init` writes a config.yaml, for names of your own, fallbacks and limits"
    )

    /// The providers that can be asked, and the variable that says so. Two that share a key are one account: the first
    /// row of the table stands for both.
    private static func found(in environment: [String: String]) -> [(prefix: String, variable: String)] {
        func isSet(_ name: String) -> Bool {
            !(environment[name] ?? "").utf8.allSatisfy { $0 <= 0x20 }
        }
        var found: [(prefix: String, variable: String)] = []
        for row in ProviderTable.all where row.speaksOpenAI {
            let base = row.baseVariables.first(where: isSet)
            guard base != nil || row.defaultBase != nil else { continue }
            guard let variable = row.keyVariables.first(where: isSet) ?? (row.needsKey ? nil : base),
                !found.contains(where: { $0.variable == variable })
            else { continue }
            found.append((row.prefix, variable))
        }
        return found
    }

    /// As a scalar in double quotes, in which YAML takes JSON's escapes.
    private static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": out += "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F: out += "?"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
