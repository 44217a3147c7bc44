internal import EventLoop

/// Connections at rest, per target; the one used last goes first, so that surplus ones grow old. Loop-owned.
final class ConnectionPool {
    private let reactor: Reactor
    private let idleTime: Duration
    private let limit: Int
    private var resting: [UpstreamTarget: [UpstreamConnection]] = [:]
    private var sweepTimer: LoopTimer?
    private var isSweeping = false

    init(on reactor: Reactor, settings: TransportSettings) {
        self.reactor = reactor
        idleTime = settings.idleTime
        limit = settings.idleConnections
    }

    deinit {
        if let sweepTimer { reactor.remove(sweepTimer) }
    }

    var count: Int { resting.values.reduce(0) { $0 + $1.count } }

    /// A connection that is fit for use, or `nil`. Those that are not are closed on the way.
    func take(for target: UpstreamTarget) -> UpstreamConnection? {
        while let connection = resting[target]?.popLast() {
            if connection.restedAt + idleTime > reactor.now, connection.isStillClean(now: true) { return connection }
        }
        return nil
    }

    /// Takes a connection whose answer has been read to its end.
    func put(_ connection: UpstreamConnection) {
        guard connection.inbound.isEmpty, !connection.watch.hungUp, limit > 0 else { return }
        connection.inbound.releaseIfLarge(0)
        connection.watch.waiter = nil
        connection.restedAt = reactor.now
        var connections = resting.removeValue(forKey: connection.target) ?? []
        if connections.count >= limit { connections.removeFirst() }
        connections.append(connection)
        resting[connection.target] = connections
        if !isSweeping { sweepInASecond() }
    }

    private func sweepInASecond() {
        isSweeping = true
        let timer = sweepTimer ?? LoopTimer { [weak self] in self?.sweep() }
        sweepTimer = timer
        reactor.set(timer, at: reactor.now + .seconds(1))
    }

    /// Drops what the upstream closed, spoke on unasked, or what rested too long. Once a second while anything rests.
    private func sweep() {
        for (target, connections) in resting {
            let kept = connections.filter { $0.restedAt + idleTime > reactor.now && $0.isStillClean(now: false) }
            resting[target] = kept.isEmpty ? nil : kept
        }
        isSweeping = false
        if !resting.isEmpty { sweepInASecond() }
    }
}
