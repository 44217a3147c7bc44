internal import EventLoop
package import Model

/// How many connections each client address has, over all loops: the limit of them holds for the process. Shared; small,
/// since nothing is kept of an address without a connection.
package final class ClientConnections: Sendable {
    private let limit: Int
    private let counts = Guarded<[ClientNetwork: Int]>([:])

    /// - Parameter limit: of one address; at least 1.
    package init(limit: Int) {
        self.limit = limit
    }

    /// Takes a place for a connection of `client`, to be given back with ``leave(_:)``. `false`: it has none left.
    package func enter(_ client: ClientNetwork) -> Bool {
        counts.withLock { counts in
            let count = counts[client, default: 0]
            guard count < limit else { return false }
            counts[client] = count + 1
            return true
        }
    }

    package func leave(_ client: ClientNetwork) {
        counts.withLock { counts in
            guard let count = counts[client] else { return }
            counts[client] = count > 1 ? count - 1 : nil
        }
    }

    /// How many addresses have a connection.
    package var clients: Int { counts.withLock { $0.count } }
}
