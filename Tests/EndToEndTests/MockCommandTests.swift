import TestSupport
import Testing

/// `penstock mock`: the fake as a command of the product.
@Suite struct MockCommandTests {
    @Test func servesUntilItIsTold() throws {
        let mock = try GatewayProcess(binary: "penstock", arguments: ["mock", "--port", "0"])
        let answer = try TestHTTPClient.post(
            mock.port, "/api/v1/chat/completions", chat("openai/gpt-4o"), key: "sk-or-v1-test")
        #expect(answer.json?["choices"]?[0]?["message"]?["content"]?.string == "Hello from the fake.")
        #expect(try TestHTTPClient.get(mock.port, "/").text == FakeOpenRouter.list)
        let put = try TestHTTPClient(port: mock.port)
        try put.send("PUT", "/__requests/random", body: Array(#"{"share":1,"ids":["fault/502"]}"#.utf8))
        #expect(try put.response().status == 204)
        let failed = try TestHTTPClient.post(mock.port, "/v1/responses", responses("test/x"), key: "sk-or-v1-test")
        #expect(failed.status == 502)
        #expect(
            try TestHTTPClient.get(mock.port, "/__requests/count").text == #"{"received":3,"failed_at_random":1}"#)
        #expect(mock.output.contains("listening  \(mock.baseURL)/api/v1\n"))
        #expect(mock.output.contains("curl \(mock.baseURL)/api/v1/chat/completions"))
        #expect(mock.stop() == .status(0))
    }

    @Test func failsAtRandomAsAsked() throws {
        let mock = try GatewayProcess(binary: "penstock", arguments: ["mock", "--port=0", "--fail", "1"])
        #expect(mock.output.contains("100.0 % of the calls fail"))
        #expect(mock.stop() == .status(0))
    }

    @Test(arguments: [["--port", "x"], ["--fail", "5"], ["--fail", "-1"], ["--what"], ["now"]])
    func refusesWhatItDoesNotKnow(_ arguments: [String]) throws {
        do throws(GatewayProcess.Failure) {
            _ = try GatewayProcess(binary: "penstock", arguments: ["mock"] + arguments, startTimeout: .seconds(5))
            Issue.record("it serves")
        } catch {
            guard case .exited(let exit, _) = error else { throw error }
            #expect(exit == .status(2))
        }
    }

    @Test func aPortInUseIsSaid() throws {
        let fake = try FakeOpenRouter()
        do throws(GatewayProcess.Failure) {
            _ = try GatewayProcess(binary: "penstock", arguments: ["mock", "--port", "\(fake.port)"])
            Issue.record("it serves")
        } catch {
            guard case .exited(let exit, let output) = error else { throw error }
            #expect(exit == .status(1))
            #expect(output.contains("port \(fake.port) is in use"))
        }
    }
}
