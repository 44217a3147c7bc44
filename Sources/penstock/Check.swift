import ConfigFile
internal import JSONText
import Routing

/// `penstock check FILE`: everything there is to say about a configuration, without serving it.
enum Check {
    static func run(_ options: CheckOptions) -> Int32 {
        Process.harden()
        let setup = LoadedSetup(path: options.configPath)
        let report = ConfigReport(setup)
        Output.print(report.full(path: options.configPath))
        return report.hasErrors ? Command.ExitCode.configuration : Command.ExitCode.success
    }
}

/// `penstock explain MODEL`: each step of the resolution and where it ends.
enum Explain {
    static func run(_ options: ExplainOptions) -> Int32 {
        Process.harden()
        let setup = LoadedSetup(options.source)
        for line in ConfigReport(setup).errors { Output.complain("\(line)\n") }
        do throws(ResolutionError) {
            let explanation = RouteExplanation(try setup.catalog.resolve(options.model), endpoint: options.endpoint)
            if options.isJSON {
                Output.print(String(decoding: explanation.json.serialized(pretty: true), as: UTF8.self) + "\n")
            } else {
                Output.print(explanation.lines.joined(separator: "\n") + "\n")
            }
            return Command.ExitCode.success
        } catch {
            Output.complain("penstock: \(error)\n")
            return Command.ExitCode.unknownModel
        }
    }
}
