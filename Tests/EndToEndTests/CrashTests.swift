import Glibc
import TestSupport
import Testing

/// What a crash leaves behind: the exit, and nothing that the memory held.
@Suite struct Crashes {
    private static let config =
        "model_list: [{model_name: demo, litellm_params: {model: openai/demo, mock_response: Hi}}]"

    @Test(arguments: [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGQUIT])
    func aCrashPrintsNothing(_ signal: Int32) throws {
        let gateway = try GatewayProcess(config: Self.config, environment: ["LITELLM_MASTER_KEY": Stack.masterKey])
        #expect(gateway.waitForOutput("Try it:"))
        #expect(try TestHTTPClient.get(gateway.port, "/v1/models", key: Stack.masterKey).status == 200)
        let before = gateway.output.utf8.count
        gateway.send(signal: signal)
        #expect(gateway.waitForExit() == .signal(signal))
        let after = gateway.output.utf8.dropFirst(before)
        // The log of the request may still come.
        let lines = String(decoding: after, as: UTF8.self).split(separator: "\n").filter { !$0.contains("request") }
        #expect(lines == [])
    }
}
