import TestSupport
import Testing

/// The command line: what it prints, and how it exits.
@Suite struct CommandLine {
    private func run(
        _ arguments: String..., config: String = "", environment: [String: String] = [:]
    ) throws -> (exit: GatewayProcess.Exit, output: String) {
        try runToItsEnd(arguments, config: config, environment: environment)
    }

    static let mistakes = """
        model_list:
          - model_name: a
            litellm_params:
              model: openrouter/openai/gpt-4o
              timeout: -1
              temprature: 0.5
          - model_name: b
            litellm_params: {}
        general_setings:
          master_key: \(Secrets.wrong)
        router_settings:
          routing_strategy: simple-shufle
        """

    private static let errors = """
        error: config.yaml:5: model_list[0].litellm_params.timeout: must be a number of seconds above 0
        error: config.yaml:8: model_list[1].litellm_params.model: must not be empty; it is `provider/model-id`
        error: config.yaml:12: router_settings.routing_strategy: must be one of simple-shuffle, least-busy, \
        usage-based-routing, usage-based-routing-v2, latency-based-routing, cost-based-routing, \
        provider-budget-routing, lar1

        """

    @Test func mistakesAreListedAndNothingIsServed() throws {
        let (exit, output) = try run("serve", "--config", "{config}", "--port", "0", config: Self.mistakes)
        #expect(exit == .status(3))
        #expect(output == Self.errors + "penstock: config.yaml has errors, so it is not served.\n")
    }

    @Test func checkTellsEverything() throws {
        let (exit, output) = try run("check", "{config}", config: Self.mistakes)
        #expect(exit == .status(3))
        #expect(
            output.contains(
                Self.errors + """
                    warning: config.yaml:9: general_setings: unknown section; did you mean `general_settings`?
                    warning: config.yaml:6: model_list[0].litellm_params.temprature: unknown key, not sent; did you \
                    mean `temperature`? (`extra_body` sends any key upstream)

                    """))
        #expect(output.hasSuffix("3 errors, 2 warnings.\n"))
        #expect(!output.contains(Secrets.wrong))
        let good = try run("check", "{config}", config: "model_list: []\n")
        #expect(good.exit == .status(0))
        #expect(good.output.hasSuffix("0 errors, 0 warnings: this configuration can be served.\n"))
    }

    @Test func aFileThatIsNoYAMLIsNamedWithItsLine() throws {
        let (exit, output) = try run("check", "{config}", config: "model_list: [\n  a: \"")
        #expect(exit == .status(3))
        #expect(
            output.contains(
                "error: config.yaml:2: found unexpected end of stream while scanning a quoted scalar (column 7)\n"))
    }

    @Test func aMissingFileIsNamed() throws {
        let (exit, output) = try run("--config", "/no/such/config.yaml")
        #expect(exit == .status(3))
        #expect(
            output == """
                error: /no/such/config.yaml: no such file
                penstock: /no/such/config.yaml has errors, so it is not served.

                """)
    }

    @Test func aPortInUseIsAFailure() throws {
        let fake = try FakeOpenRouter()
        let (exit, output) = try run(
            "--config", "{config}", "--port", "\(fake.port)", config: "model_list: []\n")
        #expect(exit == .status(1))
        #expect(
            output == "penstock: port \(fake.port) is in use; stop what listens there or give another --port\n")
    }

    @Test func anotherGatewayOnTheSamePortIsNoticed() throws {
        let first = try GatewayProcess(config: "model_list: []\n")
        let (exit, output) = try run(
            "--config", "{config}", "--port", "\(first.port)", config: "model_list: []\n")
        #expect(exit == .status(1))
        #expect(output.contains("port \(first.port) is in use"))
        #expect(first.stop() == .status(0))
    }

    static let wrong: [([String], String)] = [
        (
            ["serve", "--bogus"],
            "unknown option `--bogus`; there are --config, --debug, --detailed_debug, --host, --log-format, --log-level, --num_workers, --port, --workers"
        ),
        (["frobnicate"], "unknown command `frobnicate`; there are serve, check, explain, mock and version"),
        (["serve", "--config"], "`--config` needs a value"),
        (["serve", "--config", "x", "--port", "99999"], "`--port` must be a number from 0 to 65535"),
        (["serve", "--config", "x", "--log-level", "loud"], "`--log-level` must be debug, info, warning or error"),
        (["explain"], "explain takes one model, such as `penstock explain mymodel --config config.yaml`"),
        (["check", "a", "b"], "check takes one file"),
    ]

    @Test(arguments: wrong) func wrongUsageIsExplained(_ arguments: [String], _ message: String) throws {
        let (exit, output) = try runToItsEnd(arguments)
        #expect(exit == .status(2))
        #expect(output == "penstock: \(message)\n\nRun `penstock --help` for the usage.\n")
    }

    @Test func othersMayNotConnectWithoutAKey() throws {
        for host in ["0.0.0.0", "::", "10.1.2.3"] {
            let (exit, output) = try run("--config", "{config}", "--host", host, config: "model_list: []\n")
            #expect(exit == .status(2))
            #expect(
                output == """
                    penstock: listening on \(host) needs a master key: set LITELLM_MASTER_KEY or \
                    general_settings.master_key (make one: echo "sk-$(openssl rand -hex 32)"), or listen on 127.0.0.1

                    """)
        }
    }

    /// A key that is asked for and not there is a mistake, and never means that there is none.
    @Test func aMasterKeyThatIsNotSetIsAnError() throws {
        let (exit, output) = try run(
            "--config", "{config}", "--port", "0",
            config: "model_list: []\ngeneral_settings:\n  master_key: os.environ/NOT_SET_ANYWHERE\n")
        #expect(exit == .status(3))
        #expect(output.contains("config.yaml:3: general_settings.master_key: "))
        #expect(output.contains("NOT_SET_ANYWHERE"))
    }

    @Test func versionAndHelpFitAScreen() throws {
        for word in ["version", "--version"] {
            let (exit, output) = try run(word)
            #expect(exit == .status(0))
            #expect(output.hasPrefix("penstock "))
            #expect(output.split(separator: "\n").count == 1)
        }
        for word in ["--help", "-h", "help"] {
            let (exit, output) = try run(word)
            #expect(exit == .status(0))
            let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines.count <= 40)
            #expect(lines.allSatisfy { $0.count <= 100 })
            for word in ["serve", "check", "explain", "version", "--config", "--port", "exit codes"] {
                #expect(output.contains(word))
            }
        }
        // Without anything to serve, the help says what to do.
        #expect(try run().exit == .status(2))
    }

    @Test func theStartTellsWhatIsServedAndWhatToTry() throws {
        let process = try GatewayProcess(
            config: """
                model_list:
                  - model_name: demo
                    litellm_params: {model: openai/demo, mock_response: Hi}
                  - model_name: other
                    litellm_params: {model: openrouter/openai/gpt-4o, api_key: os.environ/NOT_SET_ANYWHERE}
                """)
        // It says where it listens before it says what to try.
        #expect(process.waitForOutput("\"content\":\"Hello\""))
        let output = process.output
        #expect(output.contains("2 deployments in 2 groups"))
        #expect(output.contains("demo, other"))
        #expect(output.contains("NOT_SET_ANYWHERE is not set (for other)"))
        #expect(output.contains("only this machine may connect"))
        #expect(output.contains("curl http://127.0.0.1:\(process.port)/chat/completions"))
        #expect(output.contains("-d '{\"model\":\"demo\""))
        // And that works as it stands.
        let answer = try TestHTTPClient.post(process.port, "/chat/completions", chat("demo"))
        #expect(answer.json?["choices"]?[0]?["message"]?["content"]?.string == "Hi")
        #expect(process.stop() == .status(0))
    }
}
