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
            guard argument.hasPrefix("--") else {
                if argument.hasPrefix("-"), argument != "-" { throw UsageError("unknown option `\(argument)`") }
                positional.append(argument)
                continue
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let name = parts[0]
            if known.contains(name), parts.count == 1 {
                flags.insert(name)
            } else if options.contains(name) {
                guard let value = parts.count == 2 ? parts[1] : rest.popFirst() else {
                    throw UsageError("`\(name)` needs a value")
                }
                values[name] = value
            } else {
                let all = options.union(known).sorted().joined(separator: ", ")
                throw UsageError("unknown option `\(name)`; there are \(all)")
            }
        }
    }

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
    let configPath: String
    let host: String?
    let port: Int
    let workers: Int
    let logLevel: Log.Level
    let logFormat: Log.Format?

    static var hasDefaultConfig: Bool { unsafe access("config.yaml", R_OK) == 0 || getenv("CONFIG_FILE_PATH") != nil }

    init(_ arguments: ArraySlice<String>) throws(UsageError) {
        let environment = Process.environment
        let reader = try ArgumentReader(
            arguments,
            options: ["--config", "--host", "--port", "--workers", "--num_workers", "--log-level", "--log-format"],
            flags: ["--debug", "--detailed_debug"])
        guard reader.positional.isEmpty else { throw UsageError("unexpected argument `\(reader.positional[0])`") }
        configPath = try configPathOrDefault(reader.values["--config"])
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
    let configPath: String
    let isJSON: Bool

    init(_ arguments: ArraySlice<String>) throws(UsageError) {
        let reader = try ArgumentReader(arguments, options: ["--config", "--endpoint"], flags: ["--json"])
        guard let model = reader.positional.first, reader.positional.count == 1 else {
            throw UsageError("explain takes one model, such as `penstock explain mymodel --config config.yaml`")
        }
        self.model = model
        configPath = try configPathOrDefault(reader.values["--config"])
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

private func configPathOrDefault(_ given: String?) throws(UsageError) -> String {
    if let given { return given }
    if let path = Process.environment["CONFIG_FILE_PATH"], !path.isEmpty { return path }
    if unsafe access("config.yaml", R_OK) == 0 { return "config.yaml" }
    throw UsageError("no configuration: give `--config FILE` (config.example.yaml is one to start from)")
}
