import TestSupport
import Testing

/// A fake OpenRouter and the built gateway in front of it, for the tests of one suite.
final class Stack: Sendable {
    /// Of the suite that runs. The trait `.gateway(…)` sets it.
    @TaskLocal static var current: Stack?

    /// The clients' key. As short as people choose it, so that the redactor cannot live on its length.
    static let masterKey = "sk-1234"
    /// The provider's key.
    static let providerKey = "sk-or-v1-test-1f0e9d8c7b6a"

    let fake: FakeOpenRouter
    let gateway: GatewayProcess

    /// - Parameter config: `{fake}` stands for the fake's base URL.
    init(
        _ config: String, arguments: [String] = [], environment: [String: String] = [:], masterKey: String? = masterKey
    ) throws {
        fake = try FakeOpenRouter()
        var variables = ["OPEN_ROUTER_API_KEY": Self.providerKey, "OPENROUTER_API_BASE": fake.baseURL]
        if let masterKey { variables["LITELLM_MASTER_KEY"] = masterKey }
        gateway = try GatewayProcess(
            config: config.replacing("{fake}", with: fake.baseURL), arguments: arguments,
            environment: variables.merging(environment) { _, new in new })
    }

    var port: UInt16 { gateway.port }

    func post(
        _ path: String, _ body: String, key: String? = masterKey, _ fields: [WireField] = []
    ) throws -> TestResponse {
        try TestHTTPClient.post(port, path, body, key: key, fields: fields)
    }

    func get(_ path: String, key: String? = masterKey, _ fields: [WireField] = []) throws -> TestResponse {
        try TestHTTPClient.get(port, path, key: key, fields: fields)
    }

    /// Posts, and gives what the upstream got for it as well. Nothing, if the gateway answered alone.
    func exchange(
        _ path: String, _ body: String, key: String? = masterKey, _ fields: [WireField] = []
    ) throws -> (answer: TestResponse, upstream: RecordedRequest?) {
        fake.forgetRequests()
        let answer = try post(path, body, key: key, fields)
        return (answer, fake.requests.last)
    }

    /// The log's lines about requests so far, oldest first.
    var requestLines: [TestJSON] {
        gateway.output.split(separator: "\n").compactMap { TestJSON(String($0)) }.filter {
            $0["message"]?.string == "request"
        }
    }

    /// Waits for the log's line about the request that got `answer`.
    func requestLine(_ answer: TestResponse) throws -> TestJSON {
        let id = try #require(answer.field("x-request-id"))
        let found = gateway.waitForOutput("\"message\":\"request\",\"request_id\":\"\(id)\"")
        try #require(found)
        let line = requestLines.first { $0["request_id"]?.string == id }
        return try #require(line)
    }
}

extension FakeOpenRouter {
    /// Blocks until every answer has been written to its last byte, also those that nobody asked for.
    func waitUntilQuiet() {
        for number in requests.filter({ $0.answeredAt == nil && !$0.clientLeft }).map(\.number) {
            _ = waitForRequest { $0.number == number && ($0.answeredAt != nil || $0.clientLeft) }
        }
    }
}

/// Runs the binary until it ends by itself. The directory of its configuration is left out of the output.
///
/// - Parameter arguments: `{config}` stands for the path of the file with `config`.
func runToItsEnd(
    _ arguments: [String], config: String = "", environment: [String: String] = [:]
) throws -> (exit: GatewayProcess.Exit, output: String) {
    var ended: (exit: GatewayProcess.Exit, output: String)
    do throws(GatewayProcess.Failure) {
        // What it prints may hold an address, which is then no sign that it serves.
        let process = try GatewayProcess(
            binary: "penstock", arguments: arguments, environment: environment, config: config)
        let exit = process.waitForExit(timeout: .seconds(3))
        #expect(exit != nil, "it serves: \(process.output)")
        ended = (exit ?? process.stop(), process.output)
    } catch {
        guard case .exited(let exit, let output) = error else { throw error }
        ended = (exit, output)
    }
    ended.output.replace(#//tmp/gateway-test\.\w+//#, with: "")
    return ended
}

/// `Stack.current`, or a failed test.
func stack() throws -> Stack { try #require(Stack.current) }

/// Starts a `Stack` before a suite and stops it after: a gateway ends with 0, has sent nothing but HTTP/1.1 upstream,
/// and has printed no key.
struct GatewayTrait: SuiteTrait, TestScoping {
    let config: String
    let arguments: [String]
    let environment: [String: String]
    let masterKey: String?

    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        let stack = try Stack(config, arguments: arguments, environment: environment, masterKey: masterKey)
        try await Stack.$current.withValue(stack) { try await function() }
        #expect(stack.gateway.stop() == .status(0))
        let output = stack.gateway.output
        for secret in [Stack.providerKey, masterKey ?? Stack.providerKey] + Secrets.ofClients {
            #expect(!output.contains(secret), "a key is in the output")
        }
        #expect(stack.fake.malformed == [])
    }
}

extension Trait where Self == GatewayTrait {
    static func gateway(
        _ config: String = Config.usual, arguments: [String] = [], environment: [String: String] = [:],
        masterKey: String? = Stack.masterKey
    ) -> GatewayTrait {
        GatewayTrait(config: config, arguments: arguments, environment: environment, masterKey: masterKey)
    }
}

/// Keys that clients send and that are not valid; the gateway must not repeat them.
enum Secrets {
    static let wrong = "sk-wrong-0123456789abcdef"
    static let ofClients = [wrong]
}

enum Config {
    /// Everything of the fake under `openrouter/…`, without retries, so that one request is one call upstream.
    static let usual = """
        model_list:
          - model_name: openrouter/*
            litellm_params:
              model: openrouter/*
              api_base: {fake}
              api_key: os.environ/OPEN_ROUTER_API_KEY
          - model_name: mymodel
            litellm_params:
              model: openrouter/openai/gpt-4o
              api_key: os.environ/OPEN_ROUTER_API_KEY
        \(once)
        """

    static let once = """
        router_settings:
          num_retries: 0
          disable_cooldowns: true
        """
}

extension TestResponse {
    /// `error.message` of the body.
    var errorMessage: String? { json?["error"]?["message"]?.string }

    /// All of `error` but the message.
    var errorType: String? { json?["error"]?["type"]?.string }
    var errorCode: String? { json?["error"]?["code"]?.string }
}

/// The content of a chat stream: every delta's text, joined.
func content(_ events: [ServerSentEvent]) -> String {
    events.compactMap { $0.json?["choices"]?[0]?["delta"]?["content"]?.string }.joined()
}

/// The content of a Responses stream.
func outputText(_ events: [ServerSentEvent]) -> String {
    events.compactMap { event in
        event.name == "response.output_text.delta" ? event.json?["delta"]?.string : nil
    }.joined()
}

/// A chat request for `model`; `more` are further members, each with its comma before it.
func chat(_ model: String, _ more: String = "") -> String {
    "{\"model\":\"\(model)\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]\(more)}"
}

func responses(_ model: String, _ more: String = "") -> String {
    "{\"model\":\"\(model)\",\"input\":\"Hi\"\(more)}"
}
