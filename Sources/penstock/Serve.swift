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
        let setup = LoadedSetup(options.source)
        let report = ConfigReport(setup)
        guard !report.isFatal else {
            for line in report.errors { Output.complain("\(line)\n") }
            Output.complain("penstock: \(options.source.path) cannot be served.\n")
            return Command.ExitCode.configuration
        }
        let listening = ListenPolicy(setup.config, path: options.source.path)
        guard let host = listening.host(asked: options.host) else {
            Output.complain("penstock: \(listening.refusal(of: options.host ?? ""))\n")
            return Command.ExitCode.configuration
        }
        return serve(options, setup, report, listening, host: host)
    }

    private static func serve(
        _ options: ServeOptions, _ setup: LoadedSetup, _ report: ConfigReport, _ listening: ListenPolicy, host: String
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
        announce(options, setup, report, listening, host: host, port: listeners.port)
        for place in setup.loaded.unmetRestrictions {
            log.write(
                .warning, "a restriction of the configuration has no effect",
                ["key": .text(place.path), "file": .text(place.file), "line": .number(place.line)])
        }
        var memory = BurstMemory()
        while !signals.wait(atMost: .seconds(2)) {
            if memory.isToTrim(connections: workers.openConnections) { penstock_trim_memory() }
        }
        log.write(.info, "stopping", ["open_connections": .number(workers.openConnections)])
        state.isDraining = true
        workers.drain()
        let end = LoopTime.now() + drainTime
        while workers.openConnections > 0 || state.metrics.requestsInFlight > 0, LoopTime.now() < end {
            // A second signal means: at once.
            if signals.wait(atMost: .milliseconds(20)) { break }
        }
        log.write(.info, "stopped", ["cut_connections": .number(workers.openConnections)])
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
        _ options: ServeOptions, _ setup: LoadedSetup, _ report: ConfigReport, _ listening: ListenPolicy, host: String,
        port: Int
    ) {
        var text = "penstock \(Command.version)\n" + report.summary(path: options.source.path)
        for (heading, remark) in options.source.standIn?.remarks ?? [] {
            text += "  \(heading)\(String(repeating: " ", count: max(1, 11 - heading.count)))\(remark)\n"
        }
        text += "  auth       \(listening.authentication(on: host))\n"
        let errors = report.errors
        if !errors.isEmpty {
            let names = errors.count == 1 ? "this error names" : "these errors name"
            text += "  left out   what \(names); the rest is served\n"
        }
        for line in errors + report.warnings { text += "  \(line)\n" }
        let shown = host == "0.0.0.0" || host == "::" ? "127.0.0.1" : host.contains(":") ? "[\(host)]" : host
        let address = "http://\(shown):\(port)"
        text +=
            "  listening  \(address) (\(options.workers) worker\(options.workers == 1 ? "" : "s"), host \(host))\n\n"
        let groups = setup.catalog.groups
        let first = groups.first { !$0.isWildcard && $0.deployments.contains { $0.mock != nil } }
        let model =
            (first ?? groups.first { !$0.isWildcard })?.name ?? setup.catalog.aliases.first?.alias
            ?? groups.first.map { ChatExample.name(for: $0.name) } ?? "MODEL"
        let key = setup.config.general.masterKey
        let example = ChatExample(
            base: address, model: model, keyVariable: key.map { $0.variable ?? "LITELLM_MASTER_KEY" })
        text += "Try it:\n  \(example.curl.replacing("\n", with: "\n  "))\n\n"
        Output.complain(text)
    }
}
