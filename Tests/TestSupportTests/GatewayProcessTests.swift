import Glibc
import TestSupport
import Testing

@Suite struct GatewayProcessTests {
    @Test func runsUntilItIsToldToStop() throws {
        let process = try GatewayProcess(binary: "fake-openrouter", arguments: ["--port", "0"])
        #expect(process.output == "listening on http://127.0.0.1:\(process.port)/api/v1\n")
        #expect(try TestHTTPClient.get(process.port, "/v1/models").status == 200)
        #expect(process.exit == nil)
        #expect(process.stop() == .status(0))
        #expect(throws: SocketError.self) { try TestHTTPClient(port: process.port) }
    }

    @Test func reportsWhatABinaryThatExitsSaid() {
        let error = #expect(throws: GatewayProcess.Failure.self) {
            try GatewayProcess(binary: "/bin/sh", arguments: ["-c", "echo no such key >&2; exit 78"])
        }
        guard case .exited(.status(78), "no such key\n") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func reportsWhatASilentBinarySaid() {
        let error = #expect(throws: GatewayProcess.Failure.self) {
            try GatewayProcess(
                binary: "/bin/sh", arguments: ["-c", "echo starting; exec cat /dev/zero >/dev/null"],
                startTimeout: .milliseconds(300))
        }
        guard case .silent("starting\n") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func reportsAMissingBinary() {
        let error = #expect(throws: GatewayProcess.Failure.self) {
            try GatewayProcess(binary: "no-such-binary", arguments: [])
        }
        guard case .cannotStart(ENOENT, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func givesItsConfigAndEnvironmentAndNothingElse() throws {
        let script = "cat \"$1\"; echo; env | sort; echo http://127.0.0.1:9; exec cat /dev/zero >/dev/null"
        let process = try GatewayProcess(
            binary: "/bin/sh", arguments: ["-c", script, "sh", "{config}"], environment: ["OPEN_ROUTER_API_KEY": "k"],
            config: "model_list: []")
        #expect(process.port == 9)
        #expect(process.output.hasPrefix("model_list: []\n"))
        #expect(process.output.contains("\nOPEN_ROUTER_API_KEY=k\n"))
        #expect(process.output.contains("\nHOME=\(process.directory)\n"))
        #expect(!process.output.contains("\nUSER="))
        #expect(process.stop() == .signal(SIGTERM))
    }

    @Test func killsWhatDoesNotStop() throws {
        let script = "trap '' TERM; echo http://127.0.0.1:9; while :; do read line </dev/zero; done"
        let process = try GatewayProcess(binary: "/bin/sh", arguments: ["-c", "trap '' TERM; \(script)"])
        #expect(process.stop(timeout: .milliseconds(50)) == .signal(SIGKILL))
    }

    @Test func removesItsDirectoryWithItsLastOwner() throws {
        var process: GatewayProcess? = try GatewayProcess(binary: "fake-openrouter", arguments: ["--port", "0"])
        let directory = try #require(process?.directory)
        let pid = try #require(process?.pid)
        try process?.addFile("more.yaml", "a: 1")
        try process?.rewriteConfig("b: 2")
        #expect(unsafe access(directory + "/more.yaml", R_OK) == 0)
        process = nil
        #expect(unsafe access(directory, F_OK) != 0)
        #expect(kill(pid, 0) != 0)
    }
}
