import ConfigFile
import Glibc
import Model

/// The command line. Each command is a function from its arguments to an exit code.
enum Command {
    static let version = "0.1.0"

    /// What a script can tell apart.
    enum ExitCode {
        static let success: Int32 = 0
        /// It could not be done: the port is taken, a file cannot be read.
        static let failure: Int32 = 1
        /// The command line itself is wrong.
        static let usage: Int32 = 2
        /// The configuration has errors.
        static let configuration: Int32 = 3
        /// `explain`: no such model.
        static let unknownModel: Int32 = 4
    }

    static let help = """
        penstock \(version): an OpenAI-compatible gateway for language models

          penstock serve [--config FILE] [--port 4000] [--host ADDRESS] [--workers N]
                                     serve (also without the word `serve`)
          penstock init [FILE]       write a commented config.yaml to start from
          penstock check FILE        what is wrong with a configuration, what is ignored, what is missing
          penstock explain MODEL --config FILE [--endpoint responses] [--json]
                                     where a request for MODEL goes, and why
          penstock mock [--port 5555] [--fail 0.05] [--list]
                                     an OpenRouter for trying things: no key, and failures on demand
          penstock version

        options of serve
          -c, --config FILE          LiteLLM's config.yaml (default: $CONFIG_FILE_PATH, else ./config.yaml,
                                     else every provider whose key is in the environment, else a demo)
          -m, --model MODEL          serve this one without a file, such as openrouter/openai/gpt-4o
                                     (--api_base URL: a server of your own)
          --port PORT                default $PORT, else 4000; 0 takes a free one
          --host ADDRESS             default $HOST, else 0.0.0.0 with a strong master key, 127.0.0.1 without
          --workers N                event loops, default one per core ($NUM_WORKERS)
          --log-level LEVEL          debug, info, warning or error (default $LITELLM_LOG, else info)
          --log-format FORMAT        text or json (default: text on a terminal, else json)

        exit codes: 0 done, 1 failed, 2 wrong usage, 3 errors in the configuration, 4 unknown model

        """

    static func run(_ arguments: [String]) -> Int32 {
        var rest = arguments[...]
        let command = rest.first.flatMap { $0.hasPrefix("-") ? nil : $0 }
        if command != nil { rest = rest.dropFirst() }
        if rest.contains("--help") || rest.contains("-h") || command == "help" {
            Output.print(help)
            return ExitCode.success
        }
        do throws(UsageError) {
            switch command {
            case nil where rest.contains("--version") || rest.contains("-v"):
                Output.print("penstock \(version)\n")
                return ExitCode.success
            case nil where rest.isEmpty && !ServeOptions.hasDefaultConfig:
                Output.print(help)
                return ExitCode.usage
            case nil, "serve": return Serve.run(try ServeOptions(rest))
            case "check": return Check.run(try CheckOptions(rest))
            case "explain": return Explain.run(try ExplainOptions(rest))
            case "init": return Init.run(try InitOptions(rest))
            case "mock": return Mock.run(try MockOptions(rest))
            case "version":
                Output.print("penstock \(version)\n")
                return ExitCode.success
            case .some(let unknown):
                let near = nearestNames(to: unknown, among: ["serve", "init", "check", "explain", "mock", "version"])
                throw UsageError(
                    near.first.map { "unknown command `\(unknown)`; did you mean `\($0)`?" }
                        ?? "unknown command `\(unknown)`; there are serve, init, check, explain, mock and version")
            }
        } catch {
            Output.complain("penstock: \(error.message)\n\nRun `penstock --help` for the usage.\n")
            return ExitCode.usage
        }
    }
}

struct UsageError: Error {
    let message: String

    init(_ message: String) {
        self.message = message
    }
}

/// Standard output and error.
enum Output {
    static func print(_ text: String) { write(text, to: STDOUT_FILENO) }

    static func complain(_ text: String) { write(text, to: STDERR_FILENO) }

    /// - Returns: whether all of it was written.
    @discardableResult
    static func write(_ text: String, to descriptor: Int32) -> Bool {
        let bytes = Array(text.utf8)
        var position = 0
        while position < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { region in
                unsafe Glibc.write(descriptor, region.baseAddress.map { unsafe $0 + position }, region.count - position)
            }
            if count > 0 {
                position += count
            } else if errno != EINTR {
                return false
            }
        }
        return true
    }
}
