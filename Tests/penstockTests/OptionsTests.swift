import Model
import Observability
import Testing

@testable import penstock

@Suite struct OptionsTests {
    static let options: Set<String> = ["--config", "--port"]

    static let table: [(arguments: [String], values: [String: String], flags: Set<String>, rest: [String])] = [
        ([], [:], [], []),
        (["--config", "a.yaml"], ["--config": "a.yaml"], [], []),
        (["--config=a.yaml"], ["--config": "a.yaml"], [], []),
        (["--config=a=b.yaml"], ["--config": "a=b.yaml"], [], []),
        (["--config=", "x"], ["--config": ""], [], ["x"]),
        (["--config", "--port"], ["--config": "--port"], [], []),
        (["--port", "1", "--port=2"], ["--port": "2"], [], []),
        (["-c", "a.yaml"], ["--config": "a.yaml"], [], []), (["-c=a.yaml"], ["--config": "a.yaml"], [], []),
        (["--debug", "m", "--port", "0"], ["--port": "0"], ["--debug"], ["m"]),
        (["-", "a", "b"], [:], [], ["-", "a", "b"]),
    ]

    @Test(arguments: table)
    func splits(_ c: (arguments: [String], values: [String: String], flags: Set<String>, rest: [String])) throws {
        let reader = try ArgumentReader(c.arguments[...], options: Self.options, flags: ["--debug"])
        #expect(reader.values == c.values)
        #expect(reader.flags == c.flags)
        #expect(reader.positional == c.rest)
    }

    static let refusals: [(arguments: [String], message: String)] = [
        (["--config"], "`--config` needs a value"),
        (["--prot", "1"], "unknown option `--prot`; did you mean `--port`?"),
        (["--bogus=1"], "unknown option `--bogus`; there are --config, --debug, --port"),
        (["-p", "1"], "unknown option `-p`; there are --config, --debug, --port"),
        (["--"], "unknown option `--`; there are --config, --debug, --port"),
    ]

    @Test(arguments: refusals)
    func refuses(_ c: (arguments: [String], message: String)) {
        #expect {
            _ = try ArgumentReader(c.arguments[...], options: Self.options, flags: ["--debug"])
        } throws: {
            ($0 as? UsageError)?.message == c.message
        }
    }

    static let numbers: [(text: String, number: Int?)] = [
        ("0", 0), ("4000", 4000), ("65535", 65535), ("65536", nil), ("-1", nil), ("", nil), ("4000x", nil),
        ("99999999999999999999", nil), (" 1", nil),
    ]

    @Test(arguments: numbers)
    func readsNumbers(_ c: (text: String, number: Int?)) throws {
        let given = try ArgumentReader(["--port=\(c.text)"][...], options: Self.options)
        let none = try ArgumentReader([][...], options: Self.options)
        if let number = c.number {
            #expect(try given.number("--port", 0...65535) == number)
            #expect(try none.number("--port", 0...65535, or: ("PORT", c.text)) == number)
        } else {
            #expect(throws: UsageError.self) { _ = try given.number("--port", 0...65535) }
            if !c.text.isEmpty {
                #expect {
                    _ = try none.number("--port", 0...65535, or: ("PORT", c.text))
                } throws: {
                    ($0 as? UsageError)?.message == "`PORT` must be a number from 0 to 65535"
                }
            }
        }
        #expect(try none.number("--port", 0...65535) == nil)
        #expect(try none.number("--port", 0...65535, or: ("PORT", nil)) == nil)
        #expect(try none.number("--port", 0...65535, or: ("PORT", "")) == nil)
    }

    @Test func serveReadsItsOptions() throws {
        let options = try ServeOptions([
            "--config", "c.yaml", "--host=0.0.0.0", "--port", "0", "--workers", "3", "--log-level=WARN", "--log-format",
            "json",
        ])
        #expect(options.source.path == "c.yaml")
        #expect(options.host == "0.0.0.0")
        #expect(options.port == 0)
        #expect(options.workers == 3)
        #expect(options.logLevel == .warning)
        #expect(options.logFormat == .json)
        let debug = try ServeOptions(["--config", "c.yaml", "--detailed_debug", "--num_workers", "2"])
        #expect(debug.logLevel == .debug)
        #expect(debug.workers == 2)
        #expect(debug.logFormat == nil)
    }

    static let serveRefusals: [(arguments: [String], message: String)] = [
        (["x"], "unexpected argument `x`"),
        (["--workers", "0"], "`--workers` must be a number from 1 to 512"),
        (["--port", "70000"], "`--port` must be a number from 0 to 65535"),
        (["--log-level", "loud"], "`--log-level` must be debug, info, warning or error"),
        (["--log-format", "xml"], "`--log-format` must be text or json"),
    ]

    @Test(arguments: serveRefusals)
    func serveRefuses(_ c: (arguments: [String], message: String)) {
        #expect {
            _ = try ServeOptions((c.arguments + ["--config", "c.yaml"])[...])
        } throws: {
            ($0 as? UsageError)?.message == c.message
        }
    }

    @Test func explainReadsItsOptions() throws {
        let options = try ExplainOptions(["openrouter/x", "--config=c.yaml", "--endpoint", "/v1/responses", "--json"])
        #expect(options.model == "openrouter/x")
        #expect(options.endpoint == .responses)
        #expect(options.isJSON)
        #expect(try ExplainOptions(["m", "--config", "c.yaml"]).endpoint == .chatCompletions)
        for arguments in [["--config", "c"], ["a", "b", "--config", "c"], ["a", "--config", "c", "--endpoint", "x"]] {
            #expect(throws: UsageError.self) { _ = try ExplainOptions(arguments[...]) }
        }
    }

    @Test func checkTakesAFileEitherWay() throws {
        #expect(try CheckOptions(["a.yaml"]).configPath == "a.yaml")
        #expect(try CheckOptions(["--config", "a.yaml"]).configPath == "a.yaml")
        #expect(throws: UsageError.self) { _ = try CheckOptions(["a.yaml", "b.yaml"]) }
    }

    static let exitCodes: [(arguments: [String], code: Int32)] = [
        (["--help"], 0), (["help"], 0), (["serve", "-h"], 0), (["version"], 0), (["--version"], 0),
        (["srve"], 2), (["check", "--x"], 2), (["explain"], 2), (["check", "/nonexistent/config.yaml"], 3),
    ]

    @Test(arguments: exitCodes)
    func exitCodesTellScriptsApart(_ c: (arguments: [String], code: Int32)) {
        #expect(Command.run(c.arguments) == c.code)
    }
}
