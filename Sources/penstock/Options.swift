import ConfigFile
import Glibc
import Model
import Observability

/// Splits arguments into options with values, flags and the rest. `--name value` and `--name=value` both work.
struct ArgumentReader {
    private(set) var values: [String: String] = [:]
    private(set) var flags: Set<String> = []
    private(set) var positional: [String] = []

    init(_ arguments: ArraySlice<String>, options: Set<String>, flags known: Set<String> = []) throws(UsageError) {
        var rest = arguments
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("-"), argument != "-" else {
                positional.append(argument)
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let name = ArgumentReader.shortForms[parts[0]] ?? parts[0]
            if known.contains(name), parts.count == 1 {
                flags.insert(name)
            } else if options.contains(name) {
                guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else {
                    throw UsageError("`\(name)` needs a value")
                }
                values[name] = value
            } else {
                let all = options.union(known).sorted()
                let near = nearestNames(to: name, among: all)
                throw UsageError(
                    near.first.map { "unknown option `\(name)`; did you mean `\($0)`?" }
                        ?? "unknown option `\(name)`; there are \(all.joined(separator: ", "))")
            }
        }
    }

    /// LiteLLM's.
    private static let shortForms = ["-c": "--config", "-m": "--model"]

    func number(_ name: String, _ range: ClosedRange<Int>, or fallback: (String, String?)? = nil) throws(UsageError)
        -> Int?
    {
        let (source, text) =
            values[name].map { (name, $0) } ?? fallback.flatMap { pair in pair.1.map { (pair.0, $0) } } ?? (name, "")
        if text.isEmpty, values[name] == nil { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw UsageError("`\(source)` must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }
}

struct ServeOptions {
    let source: ConfigSource
    let host: String?
    let port: Int
    let workers: Int
    let logLevel: Log.Level
    let logFormat: Log.Format?

    static var hasDefaultConfig: Bool { unsafe access("config.yaml", F_OK) == 0 || getenv("CONFIG_FILE_PATH") != nil }

    init(_ arguments: ArraySlice<String>) throws(UsageError) {
        let environment = Process.environment
        let reader = try ArgumentReader(
            arguments,
            options: [
                "--config", "--model", "--api_base", "--host", "--port", "--workers", "--num_workers", "--log-level",
                "--log-format",
            ],
            flags: ["--debug", "--detailed_debug"])
        guard reader.positional.isEmpty else { throw UsageError("unexpected argument `\(reader.positional[0])`") }
        source = try ConfigSource(reader)
        host = reader.values["--host"] ?? environment["HOST"].flatMap { $0.isEmpty ? nil : $0 }
        port = try reader.number("--port", 0...65535, or: ("PORT", environment["PORT"])) ?? 4000
        let cores = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let asked = try reader.number("--workers", 1...512)
        let alias = try reader.number("--num_workers", 1...512, or: ("NUM_WORKERS", environment["NUM_WORKERS"]))
        workers = asked ?? alias ?? cores
        let level =
            reader.flags.isEmpty ? reader.values["--log-level"] ?? environment["LITELLM_LOG"] ?? "info" : "debug"
        guard let level = Log.Level(named: level) else {
            throw UsageError("`--log-level` must be debug, info, warning or error")
        }
        logLevel = level
        switch reader.values["--log-format"] {
        case nil: logFormat = nil
        case "json": logFormat = .json
        case "text": logFormat = .text
        default: throw UsageError("`--log-format` must be text or json")
        }
    }
}

struct CheckOptions {
    let configPath: String

    init(_ arguments: ArraySlice<String>) throws(UsageError) {
        let reader = try ArgumentReader(arguments, options: ["--config"])
        guard reader.positional.count <= 1 else { throw UsageError("check takes one file") }
        configPath = try configPathOrDefault(reader.positional.first ?? reader.values["--config"])
    }
}

struct ExplainOptions {
    let model: String
    let endpoint: Endpoint
    let source: ConfigSource
    let isJSON: Bool

    init(_ arguments: ArraySlice<String>) throws(UsageError) {
        let reader = try ArgumentReader(arguments, options: ["--config", "--endpoint"], flags: ["--json"])
        guard let model = reader.positional.first, reader.positional.count == 1 else {
            throw UsageError("explain takes one model, such as `penstock explain mymodel --config config.yaml`")
        }
        self.model = model
        source = try ConfigSource(reader)
        isJSON = reader.flags.contains("--json")
        guard let endpoint = Endpoint(named: reader.values["--endpoint"] ?? "chat") else {
            throw UsageError("`--endpoint` must be chat/completions, responses, completions or embeddings")
        }
        self.endpoint = endpoint
    }
}

struct MockOptions {
    let port: Int
    /// Of the calls, that fail at random: 0 to 1.
    let failShare: Double
    let lists: Bool

    init(_ arguments: ArraySlice<String>) throws(UsageError) {
        let reader = try ArgumentReader(arguments, options: ["--port", "--fail"], flags: ["--list"])
        guard reader.positional.isEmpty else { throw UsageError("unexpected argument `\(reader.positional[0])`") }
        port = try reader.number("--port", 0...65535) ?? 5555
        lists = reader.flags.contains("--list")
        guard let share = Double(reader.values["--fail"] ?? "0"), (0...1).contains(share) else {
            throw UsageError("`--fail` must be a share from 0 to 1, such as 0.05")
        }
        failShare = share
    }
}

struct InitOptions {
    let path: String

    init(_ arguments: ArraySlice<String>) throws(UsageError) {
        let reader = try ArgumentReader(arguments, options: [])
        guard reader.positional.count <= 1 else { throw UsageError("init takes one file") }
        path = reader.positional.first ?? "config.yaml"
    }
}

/// Where the configuration is from: a file, or what stands in for one.
struct ConfigSource {
    /// For messages.
    let path: String
    /// In place of a file.
    let standIn: EnvironmentConfig?

    init(_ reader: ArgumentReader) throws(UsageError) {
        if let model = reader.values["--model"] {
            guard reader.values["--config"] == nil else {
                throw UsageError("`--model` stands in for a file, so it goes without `--config`")
            }
            guard !model.isEmpty else { throw UsageError("`--model` needs a value") }
            (path, standIn) = (
                EnvironmentConfig.name, EnvironmentConfig(model: model, base: reader.values["--api_base"])
            )
        } else if reader.values["--api_base"] != nil {
            throw UsageError("`--api_base` goes with `--model`; in a file it is `litellm_params.api_base`")
        } else if let path = configPath(reader.values["--config"]) {
            (self.path, standIn) = (path, nil)
        } else {
            (path, standIn) = (EnvironmentConfig.name, EnvironmentConfig(environment: Process.environment))
        }
    }
}

private func configPathOrDefault(_ given: String?) throws(UsageError) -> String {
    if let path = configPath(given) { return path }
    throw UsageError("no configuration: give a file (`penstock init` writes one to start from)")
}

/// A file that is there and cannot be read is its file all the same, and never means that there is none.
private func configPath(_ given: String?) -> String? {
    if let given { return given }
    if let path = Process.environment["CONFIG_FILE_PATH"], !path.isEmpty { return path }
    return unsafe access("config.yaml", F_OK) == 0 ? "config.yaml" : nil
}
