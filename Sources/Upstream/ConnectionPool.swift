internal import EventLoop

/// Where requests may go over the same connections, and those at rest there; the one used last goes first, so that surplus
/// ones grow old. Loop-owned; get it from `UpstreamClient.origin(of:)` and keep it: a look-up hashes the whole target.
package final class UpstreamOrigin {
    package let target: UpstreamTarget
    fileprivate var resting: [UpstreamConnection] = []

    fileprivate init(_ target: UpstreamTarget) {
        self.target = target
    }
}

/// Connections at rest. Loop-owned.
final class ConnectionPool {
    private let reactor: Reactor
    private let idleTime: Duration
    private let limit: Int
    /// As many as the configuration names.
    private var origins: [UpstreamTarget: UpstreamOrigin] = [:]
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

    var count: Int { origins.values.reduce(0) { $0 + $1.resting.count } }

    func origin(of target: UpstreamTarget) -> UpstreamOrigin {
        if let known = origins[target] { return known }
        let origin = UpstreamOrigin(target)
        origins[target] = origin
        return origin
    }

    /// A connection that is fit for use, or `nil`. Those that are not are closed on the way.
    func take(from origin: UpstreamOrigin) -> UpstreamConnection? {
        while let place = placeToTakeFrom(origin.resting) {
            let connection = origin.resting.remove(at: place)
            if connection.restedAt + idleTime > reactor.now, connection.isStillClean { return connection }
        }
        return nil
    }

    /// The last one that rested before this turn, since no system call is needed to know that it is clean; else the last.
    private func placeToTakeFrom(_ resting: [UpstreamConnection]) -> Int? {
        for place in resting.indices.suffix(64).reversed() where reactor.hasLooked(since: resting[place].restedInTurn) {
            return place
        }
        return resting.indices.last
    }

    /// Takes a connection whose answer has been read to its end.
    func put(_ connection: UpstreamConnection) {
        guard connection.inbound.isEmpty, !connection.watch.hungUp, limit > 0 else { return }
        connection.inbound.releaseIfLarge(0)
        connection.watch.waiter = nil
        connection.rest()
        let origin = connection.origin
        if origin.resting.count >= limit { origin.resting.removeFirst() }
        origin.resting.append(connection)
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
        isSweeping = false
        var isEmpty = true
        for origin in origins.values where !origin.resting.isEmpty {
            origin.resting.removeAll { $0.restedAt + idleTime <= reactor.now || !$0.isStillClean }
            if origin.resting.isEmpty {
                // A burst's table goes with its connections.
                origin.resting = []
            } else {
                isEmpty = false
            }
        }
        if !isEmpty { sweepInASecond() }
    }
}
