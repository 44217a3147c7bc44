import CLinux
import ConfigFile
import EventLoop
import Gateway
import Glibc
import HTTPServer
import Model
import Observability
internal import Routing
import Upstream

/// `penstock serve`: from a configuration to listening loops, and at the end a drain.
enum Serve {
    /// How long requests in flight may take once the end was asked for.
    private static let drainTime = Duration.seconds(30)

    static func run(_ options: ServeOptions) -> Int32 {
        Process.harden()
        let setup = LoadedSetup(path: options.configPath)
        let report = ConfigReport(setup)
        guard !report.hasErrors else {
            Output.complain(report.errors)
            Output.complain("penstock: \(options.configPath) has errors, so it is not served.\n")
            return Command.ExitCode.configuration
        }
        do throws(UsageError) {
            let host = try hostToListenOn(options, setup.config)
            return serve(options, setup, report, host: host)
        } catch {
            Output.complain("penstock: \(error.message)\n")
            return Command.ExitCode.usage
        }
    }

    /// Without a master key everybody who can connect may spend money: loopback only, unless the file says otherwise.
    private static func hostToListenOn(_ options: ServeOptions, _ config: Config) throws(UsageError) -> String {
        guard config.general.masterKey == nil else { return options.host ?? "0.0.0.0" }
        let host = options.host ?? "127.0.0.1"
        guard isLoopback(host) || config.general.permitWeakMasterKey else {
            throw UsageError(
                """
                listening on \(host) needs a master key: set LITELLM_MASTER_KEY or general_settings.master_key \
                (make one: echo "sk-$(openssl rand -hex 32)"), or listen on 127.0.0.1
                """)
        }
        return host
    }

    private static func isLoopback(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.")
    }

    private static func serve(
        _ options: ServeOptions, _ setup: LoadedSetup, _ report: ConfigReport, host: String
    ) -> Int32 {
        var signals = TerminationSignals()
        let openFiles = Process.raiseOpenFileLimit()
        let listeners: (port: Int, descriptors: [Int32])
        let sink: LogSink
        do throws(StartFailure) {
            listeners = try openListeners(host: host, port: options.port, count: options.workers)
            sink = try makeSink()
        } catch {
            Output.complain("penstock: \(error.message)\n")
            return Command.ExitCode.failure
        }
        let redactor = setup.redactor
        let format = options.logFormat ?? (setup.config.litellm.jsonLogs == true || !Process.isTerminal ? .json : .text)
        let log = Log(to: sink, level: options.logLevel, format: format, redactor: redactor)
        let state = GatewayState(
            snapshot: Snapshot(config: setup.config, catalog: setup.catalog, redactor: redactor), log: log,
            version: Command.version)
        let limit = max(64, min(setup.config.general.limits.connections, openFiles - 256) / options.workers)
        let clients = setup.config.general.limits.connectionsPerAddress.map { ClientConnections(limit: $0) }
        let workers = Workers()
        for (index, descriptor) in listeners.descriptors.enumerated() {
            guard
                workers.start(
                    index, descriptor, listeners.port, state, transport(setup), connectionLimit: limit, clients: clients
                )
            else {
                Output.complain("penstock: a worker could not be started\n")
                return Command.ExitCode.failure
            }
        }
        announce(options, setup, report, host: host, port: listeners.port)
        var memory = BurstMemory()
        while !signals.wait(atMost: .seconds(2)) {
            if memory.isToTrim(connections: workers.openConnections) { penstock_trim_memory() }
        }
        log.write(.info, "stopping", ["open_connections": "\(workers.openConnections)"])
        state.isDraining = true
        workers.drain()
        let end = LoopTime.now() + drainTime
        while workers.openConnections > 0 || state.metrics.requestsInFlight > 0, LoopTime.now() < end {
            // A second signal means: at once.
            if signals.wait(atMost: .milliseconds(20)) { break }
        }
        log.write(.info, "stopped", ["cut_connections": "\(workers.openConnections)"])
        log.close()
        return Command.ExitCode.success
    }

    private struct StartFailure: Error {
        let message: String
    }

    private static func openListeners(
        host: String, port: Int, count: Int
    ) throws(StartFailure) -> (port: Int, descriptors: [Int32]) {
        var descriptors: [Int32] = []
        var port = port
        for _ in 0..<count {
            do throws(Listener.Failure) {
                // The loops share the port, and so would another penstock, unnoticed; alone it is told that it is taken.
                if port != 0, descriptors.isEmpty { _ = try Listener(host: host, port: port, isTrial: true) }
                let listener = try Listener(host: host, port: port)
                port = listener.port
                descriptors.append(listener.release())
            } catch {
                for descriptor in descriptors { close(descriptor) }
                switch error {
                case .unknownHost(let host): throw StartFailure(message: "`\(host)` is no address to listen on")
                case .system(let error) where error.code == EADDRINUSE:
                    throw StartFailure(
                        message: "port \(port) is in use; stop what listens there or give another --port")
                case .system(let error):
                    throw StartFailure(message: "cannot listen on \(host) port \(port): \(error.text)")
                }
            }
        }
        return (port, descriptors)
    }

    private static func makeSink() throws(StartFailure) -> LogSink {
        do throws(Errno) {
            return try LogSink(descriptor: STDOUT_FILENO)
        } catch {
            throw StartFailure(message: "cannot start the log: \(error.text)")
        }
    }

    private static func transport(_ setup: LoadedSetup) -> TransportSettings {
        let limits = setup.config.general.limits
        let bundle = certificateBundle(
            environment: { setup.environment[$0] }, exists: { unsafe access($0, R_OK) == 0 })
        return TransportSettings(
            proxy: setup.config.general.proxy?.secret,
            certificateBundle: bundle, connectTime: limits.connectTime,
            idleTime: limits.upstreamIdleTime)
    }

    /// Tells a newcomer what was loaded, what was ignored, and what to try.
    private static func announce(
        _ options: ServeOptions, _ setup: LoadedSetup, _ report: ConfigReport, host: String, port: Int
    ) {
        var text = "penstock \(Command.version)\n" + report.summary(path: options.configPath)
        if let key = setup.config.general.masterKey {
            let isWeak = (key.secret?.reveal().utf8.count ?? 0) < 32
            text += "  auth       master key"
            text += isWeak ? "; it is short: make a longer one before others can reach this port\n" : "\n"
        } else if isLoopback(host) {
            text += "  auth       none, so only this machine may connect (set LITELLM_MASTER_KEY to change that)\n"
        } else {
            text +=
                "  auth       none, and other machines may connect: by the names in general_settings.allowed_hosts "
                + "(set LITELLM_MASTER_KEY to change that)\n"
        }
        for line in report.warnings { text += "  \(line)\n" }
        let shown = host == "0.0.0.0" || host == "::" ? "127.0.0.1" : host.contains(":") ? "[\(host)]" : host
        let address = "http://\(shown):\(port)"
        text +=
            "  listening  \(address) (\(options.workers) worker\(options.workers == 1 ? "" : "s"), host \(host))\n\n"
        let groups = setup.catalog.groups
        let first = groups.first { !$0.isWildcard && $0.deployments.contains { $0.mock != nil } }
        let model = (first ?? groups.first { !$0.isWildcard })?.name ?? setup.catalog.aliases.first?.alias ?? "MODEL"
        let key = setup.config.general.masterKey == nil ? "" : " -H \"Authorization: Bearer $LITELLM_MASTER_KEY\""
        text += """
            Try it:
              curl \(address)/chat/completions\(key) \\
                -H 'Content-Type: application/json' \\
                -d '{"model":"\(model)","messages":[{"role":"user","content":"Hello"}]}'


            """
        Output.complain(text)
    }
}
