import EventLoop
import Gateway
import Glibc
import HTTPServer
import Observability
import Upstream

/// The event loops, one thread each, and what the main thread needs to know of them. Shared.
final class Workers: Sendable {
    private struct Worker: Sendable {
        let loop: EventLoop
        let server: LoopBound<HTTPServer>
    }

    private let workers = Guarded<[Worker]>([])
    private let connections = Guarded<[Int]>([])

    /// Starts one loop on a thread of its own. `false` when the system gives no thread or descriptor.
    func start(
        _ index: Int, _ listener: Int32, _ port: Int, _ state: GatewayState, _ transport: TransportSettings,
        connectionLimit: Int, clients: ClientConnections?
    ) -> Bool {
        guard let loop = try? EventLoop() else { return false }
        connections.withLock { $0.append(0) }
        let body: @Sendable () -> Void = {
            loop.run { loop, reactor in
                let client = UpstreamClient(on: reactor, settings: transport)
                let gateway = Gateway(state: state, client: client, on: loop)
                let limits = state.snapshot.serverLimits
                guard
                    let server = try? HTTPServer(
                        on: loop, reactor: reactor, listener: Listener(adopting: listener, port: port), limits: limits,
                        connectionLimit: connectionLimit, clients: clients, handler: gateway)
                else {
                    state.log.write(.error, "a worker could not listen")
                    return
                }
                let metrics = gateway.metrics
                server.onConnectionCount = { count in
                    self.connections.withLock { $0[index] = count }
                    metrics.connectionsChanged(to: count)
                }
                if index == 0 { gateway.startBackgroundChecks() }
                let worker = Worker(loop: loop, server: LoopBound(server, on: loop))
                self.workers.withLock { $0.append(worker) }
            }
        }
        return (try? Thread(name: "loop \(index)", body: body)) != nil
    }

    var openConnections: Int {
        connections.withLock { $0.reduce(0, +) }
    }

    /// Stops accepting everywhere; requests in flight go on.
    func drain() {
        for worker in workers.withLock({ $0 }) {
            worker.loop.spawn { _ in worker.server.onLoop.drain() }
        }
    }
}
