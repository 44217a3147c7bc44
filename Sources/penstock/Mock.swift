internal import FakeOpenRouter
import Glibc

/// `penstock mock`: an OpenRouter on this machine that needs no key, costs nothing and fails as asked.
enum Mock {
    /// So many requests can be looked at afterwards, `GET /__requests`.
    private static let remembered = 1000

    static func run(_ options: MockOptions) -> Int32 {
        if options.lists {
            Output.print(FakeOpenRouter.list)
            return Command.ExitCode.success
        }
        signal(SIGPIPE, SIG_IGN)
        var signals = TerminationSignals()
        _ = Process.raiseOpenFileLimit()
        do throws(SocketError) {
            let mock = try FakeOpenRouter(port: UInt16(clamping: options.port), keeps: remembered)
            mock.failAtRandom(share: options.failShare)
            Output.print(announcement(mock, failShare: options.failShare))
            signals.wait()
            mock.stop()
            return Command.ExitCode.success
        } catch {
            if case .failed("bind", EADDRINUSE) = error {
                Output.complain(
                    "penstock: port \(options.port) is in use; stop what listens there or give another --port\n")
            } else {
                Output.complain("penstock: cannot listen on port \(options.port): \(error)\n")
            }
            return Command.ExitCode.failure
        }
    }

    private static func announcement(_ mock: FakeOpenRouter, failShare: Double) -> String {
        let random = failShare > 0 ? "\n  at random  \(failShare * 100) % of the calls fail, one way or another" : ""
        return """
            penstock \(Command.version) mock of OpenRouter, for trying and testing
              listening  \(mock.baseURL)\(random)
              models     openai/gpt-4o, anthropic/claude-sonnet-4, test/<name>, ... and those that fail:
                         fault/502, fault/429-retry-after, fault/status-<n>, fault/delay-<ms>, fault/cut-<n>,
                         fault/stream-first-error, fault/stream-reset, fault/never-answers, ...
                         all of them: curl http://127.0.0.1:\(mock.port)/
              keys       any that begins with sk-or-v1-test
              requests   what arrived: curl http://127.0.0.1:\(mock.port)/__requests

            Try it:
              curl \(mock.baseURL)/chat/completions \\
                -H 'Authorization: Bearer sk-or-v1-test' -H 'Content-Type: application/json' \\
                -d '{"model":"openai/gpt-4o","messages":[{"role":"user","content":"Hello"}]}'


            """
    }
}
