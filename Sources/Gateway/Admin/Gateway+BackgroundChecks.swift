internal import ConfigFile
internal import EventLoop
internal import Model
internal import Observability
internal import Routing

/// `general_settings.background_health_checks`: one loop asks every deployment again and again, so that one that has
/// recovered is found before a client has to try it.
extension Gateway {
    /// A shorter interval would be a load test.
    private static let shortestInterval = Duration.milliseconds(100)
    /// While they are off, how often to look whether a new configuration turns them on.
    private static let idleInterval = Duration.seconds(30)

    /// Begins, for the life of the process. Call it on one loop.
    package func startBackgroundChecks() {
        let shared = LoopBound(self, on: loop)
        loop.spawn { _ in await shared.onLoop.checkInBackground() }
    }

    private func checkInBackground() async {
        let waiter = Waiter(on: reactor)
        defer { waiter.retire() }
        // Replicas that start together must not ask together.
        var next = reactor.now + min(interval, .seconds(5)) * requestIDs.fraction()
        while !state.isDraining {
            while reactor.now < next { await waiter.wait(until: next) }
            let snapshot = state.snapshot
            if snapshot.config.general.backgroundHealthChecks {
                await checkOnce(snapshot, waiter)
                next = reactor.now + interval * (0.9 + 0.2 * requestIDs.fraction())
            } else {
                next = reactor.now + Gateway.idleInterval
            }
        }
    }

    private var interval: Duration {
        max(state.snapshot.config.general.healthCheckInterval, Gateway.shortestInterval)
    }

    private func checkOnce(_ snapshot: Snapshot, _ waiter: Waiter) async {
        let checks = allChecks(snapshot).map { check in
            var check = check
            let info = snapshot.catalog.entries[check.deployment.id]?.info
            check.isLeftOut = info?.disableBackgroundHealthCheck ?? false
            return check
        }
        state.healthReport = await run(checks, snapshot, waiter: waiter) { [state] in state.isDraining }
    }
}
