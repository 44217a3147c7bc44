import Glibc
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

    /// A configuration that does nothing but serve.
    static let mock = "model_list:\n  - {model_name: m, litellm_params: {model: openai/m, mock_response: Hi}}\n"

    private static let errors = """
        error: config.yaml:5: model_list[0].litellm_params.timeout: must be a number of seconds above 0
        error: config.yaml:8: model_list[1].litellm_params.model: must not be empty; it is `provider/model-id`
        error: config.yaml:12: router_settings.routing_strategy: must be one of simple-shuffle, least-busy, \
        usage-based-routing, usage-based-routing-v2, latency-based-routing, cost-based-routing, \
        provider-budget-routing, lar1

        """

    @Test func whatHasErrorsIsLeftOutAndTheRestIsServed() throws {
        let process = try GatewayProcess(config: Self.mistakes)
        #expect(process.waitForOutput("Try it"))
        for line in Self.errors.split(separator: "\n") {
            #expect(process.output.contains("/" + line.dropFirst("error: ".count)), "\(line)")
        }
        #expect(process.output.contains("left out   what these errors name; the rest is served\n"))
        let list = try TestHTTPClient.get(process.port, "/v1/models")
        #expect(list.json?["data"]?[0]?["id"]?.string == "a")
        // It is called without its timeout, and so says that it has no key.
        #expect(try TestHTTPClient.post(process.port, "/chat/completions", chat("a")).status == 401)
        let gone = try TestHTTPClient.post(process.port, "/chat/completions", chat("b"))
        #expect(gone.status == 500)
        #expect(gone.json?["error"]?["code"]?.string == "misconfigured_model")
        #expect(process.stop() == .status(0))
    }

    /// Each of these leaves nothing to call.
    @Test(arguments: [
        ("model_list: []\n", "config.yaml: `model_list` names no model, so there is nothing to serve"),
        ("litellm_settings: {}\n", "config.yaml: `model_list` names no model, so there is nothing to serve"),
        (
            "general_settings: {pass_through_endpoints: [{path: /a, target: 'http://127.0.0.1:1'}]}\n",
            "config.yaml: `model_list` names no model, so there is nothing to serve"
        ),
        (
            "model_list:\n  - {model_name: a, litellm_params: {model: opnai/x}}\n",
            "config.yaml: no entry of `model_list` can be called, so there is nothing to serve"
        ),
        (
            "model_list:\n  - {model_name: a, litellm_params: {model: openai/x, api_base: nonsense}}\n",
            "config.yaml: no entry of `model_list` can be called, so there is nothing to serve"
        ),
    ])
    func aFileWithoutAUsableDeploymentIsRefused(_ config: String, _ sentence: String) throws {
        let check = try run("check", "{config}", config: config)
        #expect(check.exit == .status(3))
        #expect(check.output.contains("error: \(sentence)\n"))
        #expect(check.output.hasSuffix(": this configuration cannot be served.\n"))
        let serve = try run("serve", "--config", "{config}", "--port", "0", config: config)
        #expect(serve.exit == .status(3))
        #expect(serve.output.hasSuffix("error: \(sentence)\npenstock: config.yaml cannot be served.\n"))
    }

    @Test(arguments: ["openrouter/*", "*"]) func aWildcardIsADeployment(_ name: String) throws {
        let config = "model_list:\n  - {model_name: '\(name)', litellm_params: {model: '\(name)'}}\n"
        #expect(try run("check", "{config}", config: config).exit == .status(0))
    }

    /// A wildcard must not take the name of an entry that is left out.
    @Test func aNameThatIsLeftOutLeadsNowhereElse() throws {
        let process = try GatewayProcess(
            config: """
                model_list:
                  - {model_name: '*', litellm_params: {model: openai/x, mock_response: from elsewhere}}
                  - {model_name: private, litellm_params: {model: openai/x, api_base: 'localhost:8000'}}
                  - {model_name: 'in-house/*', litellm_params: {model: openai/*, api_base: 'localhost:8000'}}
                """)
        for name in ["private", "in-house/x"] {
            let answer = try TestHTTPClient.post(process.port, "/chat/completions", chat(name))
            #expect(answer.json?["error"]?["code"]?.string == "misconfigured_model", "\(name)")
        }
        #expect(try TestHTTPClient.post(process.port, "/chat/completions", chat("other")).status == 200)
        #expect(process.stop() == .status(0))
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
        #expect(output.hasSuffix("3 errors, 2 warnings: it is served without what the errors name.\n"))
        #expect(!output.contains(Secrets.wrong))
        let good = try run("check", "{config}", config: Self.mock)
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
                penstock: /no/such/config.yaml cannot be served.

                """)
    }

    @Test func aPortInUseIsAFailure() throws {
        let fake = try FakeOpenRouter()
        let (exit, output) = try run(
            "--config", "{config}", "--port", "\(fake.port)", config: Self.mock)
        #expect(exit == .status(1))
        #expect(
            output == "penstock: port \(fake.port) is in use; stop what listens there or give another --port\n")
    }

    @Test func anotherGatewayOnTheSamePortIsNoticed() throws {
        let first = try GatewayProcess(config: Self.mock)
        let (exit, output) = try run("--config", "{config}", "--port", "\(first.port)", config: Self.mock)
        #expect(exit == .status(1))
        #expect(output.contains("port \(first.port) is in use"))
        #expect(first.stop() == .status(0))
    }

    static let wrong: [([String], String)] = [
        (
            ["serve", "--bogus"],
            "unknown option `--bogus`; there are --api_base, --config, --debug, --detailed_debug, --host, --log-format, --log-level, --model, --num_workers, --port, --workers"
        ),
        (["frobnicate"], "unknown command `frobnicate`; there are serve, init, check, explain, mock and version"),
        (["sevre"], "unknown command `sevre`; did you mean `serve`?"),
        (["serve", "--confg", "x"], "unknown option `--confg`; did you mean `--config`?"),
        (["serve", "-m", "a", "-c", "b"], "`--model` stands in for a file, so it goes without `--config`"),
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
        for host in ["0.0.0.0", "::", "10.1.2.3", "127.0.0.1.example.com", "127.1"] {
            let (exit, output) = try run("--config", "{config}", "--host", host, config: Self.mock)
            #expect(exit == .status(3))
            #expect(
                output == """
                    penstock: listening on \(host) lets other machines in, and there is no master key. Make a key and start again:
                      export LITELLM_MASTER_KEY="sk-$(openssl rand -hex 32)"
                    (in a container: docker run -e LITELLM_MASTER_KEY ..., or a line LITELLM_MASTER_KEY=sk-... in the \
                    .env file of compose)
                    or listen on this machine only: --host 127.0.0.1

                    """)
        }
    }

    /// In a container `HOST` asks for all addresses, and a loopback of its own would be one that nobody can reach.
    @Test(arguments: [
        ("sk-1234", "is shorter than 8 characters (`sk-` not counted)"),
        ("sk-password", "is one of the first that anybody would try"),
    ])
    func othersMayNotConnectWithAWeakKey(_ key: String, _ fault: String) throws {
        let variables = ["LITELLM_MASTER_KEY": key, "HOST": "0.0.0.0"]
        let (exit, output) = try run("--config", "{config}", "--port", "0", config: Self.mock, environment: variables)
        #expect(exit == .status(3))
        let sentence = "penstock: listening on 0.0.0.0 lets other machines in, and the master key \(fault). "
        #expect(output.hasPrefix(sentence))
        #expect(output.contains("\n  export LITELLM_MASTER_KEY=\"sk-$(openssl rand -hex 32)\"\n"))
        #expect(!output.contains(key))
    }

    @Test func aWeakKeyServesThisMachineUnlessTheFileSaysOtherwise() throws {
        let weak = try GatewayProcess(config: Self.mock, environment: ["LITELLM_MASTER_KEY": "sk-1234\n"])
        #expect(weak.waitForOutput("host 127.0.0.1)"))
        #expect(weak.output.contains("so only this machine may connect"))
        #expect(try TestHTTPClient.get(weak.port, "/v1/models", key: "sk-1234").status == 200)
        #expect(weak.stop() == .status(0))
        let config = Self.mock + "general_settings: {dangerously_permit_weak_or_unset_master_key: true}\n"
        let open = try GatewayProcess(
            config: config, arguments: ["--host", "0.0.0.0"], environment: ["LITELLM_MASTER_KEY": "sk-1234"])
        #expect(open.waitForOutput("host 0.0.0.0)"))
        #expect(open.output.contains("and other machines may connect (general_settings.dangerously_permit"))
        #expect(open.stop() == .status(0))
    }

    /// A key that is asked for and not there is a mistake, and never means that there is none.
    @Test func aMasterKeyThatIsNotSetIsAnError() throws {
        let (exit, output) = try run(
            "--config", "{config}", "--port", "0",
            config: Self.mock + "general_settings:\n  master_key: os.environ/NOT_SET_ANYWHERE\n")
        #expect(exit == .status(3))
        #expect(output.contains("config.yaml:4: general_settings.master_key: "))
        #expect(output.contains("NOT_SET_ANYWHERE"))
    }

    @Test func versionAndHelpFitAScreen() throws {
        for word in ["version", "--version", "-v"] {
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

    @Test func withoutAFileTheKeysOfTheEnvironmentAreServed() throws {
        let fake = try FakeOpenRouter()
        let process = try GatewayProcess(
            binary: "penstock", arguments: ["serve", "--port", "0"],
            environment: [
                "OPENROUTER_API_KEY": "sk-or-v1-test-0123456789", "OPENROUTER_API_BASE": fake.baseURL,
                "GROQ_API_KEY": Secrets.wrong,
                "MISTRAL_API_KEY": " ",
            ])
        #expect(process.waitForOutput("\"content\":\"Hello\""))
        let output = process.output
        #expect(output.contains("config     no file: 2 deployments in 2 groups\n"))
        #expect(output.contains("found      OPENROUTER_API_KEY: every model of openrouter, as openrouter/<model>\n"))
        #expect(output.contains("found      GROQ_API_KEY: every model of groq, as groq/<model>\n"))
        #expect(!output.contains("mistral"))
        #expect(output.contains("-d '{\"model\":\"openrouter/openai/gpt-4o-mini\""))
        let answer = try TestHTTPClient.post(process.port, "/chat/completions", chat("openrouter/openai/gpt-4o"))
        #expect(answer.status == 200)
        #expect(process.stop() == .status(0))
    }

    @Test func withoutAnyKeyTheDemoIsServed() throws {
        let process = try GatewayProcess(
            binary: "penstock", arguments: ["serve", "--port", "0"], environment: [:])
        #expect(process.waitForOutput("\"content\":\"Hello\""))
        #expect(process.output.contains("only `demo` is served, which needs none\n"))
        #expect(process.output.contains("`penstock init` writes a config.yaml"))
        #expect(try TestHTTPClient.post(process.port, "/chat/completions", chat("demo")).status == 200)
        #expect(process.stop() == .status(0))
    }

    @Test func oneModelMayBeNamed() throws {
        let fake = try FakeOpenRouter()
        let process = try GatewayProcess(
            binary: "penstock",
            arguments: ["--model", "openai/openai/gpt-4o", "--api_base", fake.baseURL, "--port", "0"],
            environment: ["OPENAI_API_KEY": "sk-or-v1-test-0123456789"])
        for name in ["openai/openai/gpt-4o", "anything"] {
            #expect(try TestHTTPClient.post(process.port, "/chat/completions", chat(name)).status == 200)
        }
        #expect(process.stop() == .status(0))
    }

    /// As a newcomer does: the block is copied into a shell.
    @Test func whatToTryWorksWhateverTheModelIsCalled() throws {
        for (written, name) in [("it''s a \"$HOME\" \\\\", #"it's a "$HOME" \\"#), ("demo", "demo")] {
            let process = try GatewayProcess(
                config: """
                    model_list:
                      - model_name: '\(written)'
                        litellm_params: {model: openai/x, mock_response: "Hello!"}
                    general_settings: {master_key: os.environ/MY_KEY}
                    """, environment: ["MY_KEY": "mk-0123456789abcdef"])
            #expect(process.waitForOutput("Hello\"}]}'\n\n"))
            let block = try #require(process.output.split(separator: "Try it:\n").last?.split(separator: "\n\n").first)
            let shell = "exec 2>/dev/null; export MY_KEY=mk-0123456789abcdef\n\(block)"
            do throws(GatewayProcess.Failure) {
                _ = try GatewayProcess(binary: "/bin/bash", arguments: ["-c", shell])
            } catch {
                guard case .exited(_, let output) = error else { throw error }
                let start = try #require(output.firstIndex(of: "{"))
                let answer = TestJSON(String(output[start...].split(separator: "\n").first ?? ""))
                #expect(answer?["model"]?.string == name, "\(output)")
            }
            #expect(process.stop() == .status(0))
        }
    }

    @Test func initWritesTheExampleAndOverwritesNothing() throws {
        let (exit, output) = try run("init", "{config}", config: "# mine\n")
        #expect(exit == .status(1))
        #expect(
            output
                == "penstock: config.yaml exists and is left as it is; `penstock init NAME.yaml` writes another file\n")
        let path = "/tmp/penstock-init-\(UInt64.random(in: 0...UInt64.max)).yaml"
        defer { unsafe unlink(path) }
        #expect(try run("init", path).exit == .status(0))
        #expect(try run("check", path).output.hasSuffix("this configuration can be served.\n"))
        #expect(try run("init", path).exit == .status(1))
    }
}
