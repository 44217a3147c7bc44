import ConfigFile
import Gateway
import Model
import Observability
import Routing

/// A configuration file with everything that is derived from it, as every command needs it.
struct LoadedSetup {
    let path: String
    let loaded: LoadedConfig
    let catalog: Catalog
    /// The process's variables with the file's `environment_variables` over them.
    let environment: [String: String]

    init(_ source: ConfigSource) {
        self.init(path: source.path, text: source.standIn?.text)
    }

    /// - Parameter text: stands in for the file.
    init(path: String, text: String? = nil) {
        self.path = path
        let own = Process.environment
        loaded = loadConfig(
            path: path, environment: own,
            readFile: { path throws(ConfigReadError) in
                if let text { return Array(text.utf8) }
                return try Process.read(path)
            })
        environment = own.merging(loaded.config.environment.map { ($0.name, $0.value.reveal()) }) { _, file in file }
        catalog = Catalog(config: loaded.config, environment: environment)
    }

    var config: Config { loaded.config }

    /// Knows every credential that the configuration or the environment gave us, so that none can reach a log or an error.
    var redactor: Redactor {
        Redactor(secrets: ConfiguredSecrets(config, catalog, environment: environment).all)
    }
}
