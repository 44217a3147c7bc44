import ConfigFile
import Gateway
import Model
import Observability
import Providers
import Routing

/// A configuration file with everything that is derived from it, as every command needs it.
struct LoadedSetup {
    let loaded: LoadedConfig
    let catalog: Catalog
    /// The process's variables with the file's `environment_variables` over them.
    let environment: [String: String]

    init(path: String) {
        let own = Process.environment
        loaded = loadConfig(path: path, environment: own, readFile: Process.read)
        environment = own.merging(loaded.config.environment.map { ($0.name, $0.value.reveal()) }) { _, file in file }
        catalog = Catalog(config: loaded.config, environment: environment)
    }

    var config: Config { loaded.config }

    /// Every credential that the configuration or the environment gave us, so that none can reach a log or an error.
    var redactor: Redactor {
        var secrets: [Secret] = []
        func add(_ reference: SecretReference?) { if let secret = reference?.secret { secrets.append(secret) } }
        for deployment in catalog.groups.flatMap(\.deployments) {
            if let secret = deployment.credential?.secret { secrets.append(secret) }
        }
        func add(_ params: ModelParams) {
            add(params.apiKey)
            for (name, value) in params.extraHeaders where value.variable != nil || namesSecret(name) { add(value) }
        }
        for entry in config.models { add(entry.params) }
        for credential in config.credentials { add(credential.params) }
        for row in ProviderTable.all {
            for variable in row.keyVariables { if let value = environment[variable] { secrets.append(Secret(value)) } }
        }
        add(config.general.masterKey)
        add(config.general.databaseURL)
        add(config.general.proxy)
        add(config.router.redisPassword)
        add(config.router.redisURL)
        add(config.litellm.cachePassword)
        add(config.litellm.cacheURL)
        return Redactor(secrets: secrets)
    }
}
