package import EventLoop
package import Model
package import Routing

/// What the router knows of every deployment, shared by all loops and kept over reloads: each deployment has a lock of
/// its own, so loops meet only where they use the same one.
package final class DeploymentBoard: Sendable {
    package typealias Box = Guarded<DeploymentState>

    private let boxes = Guarded<[Name: Box]>([:])
    private let servers = Guarded<[Name: ServerTraits]>([:])

    package init() {}

    /// The state of a deployment, made on first use. Deployments come from the configuration, so their number is bounded.
    package func box(_ id: Deployment.ID) -> Box {
        boxes.withLock { boxes in
            if let box = boxes[Name(id)] { return box }
            let box = Box(DeploymentState())
            boxes[Name(id)] = box
            return box
        }
    }

    /// What is known of a deployment's server, made on first use as well.
    func server(_ id: Deployment.ID) -> ServerTraits {
        servers.withLock { servers in
            if let server = servers[Name(id)] { return server }
            let server = ServerTraits()
            servers[Name(id)] = server
            return server
        }
    }

    /// Every deployment that was ever asked, with its state now.
    package var all: [(id: Deployment.ID, state: DeploymentState)] {
        boxes.withLock { $0 }.map { ($0.key.text, $0.value.withLock { $0 }) }.sorted { $0.id < $1.id }
    }

    /// Ends the rest of one deployment, or of all. Returns how many rested.
    package func clearRests(_ id: Deployment.ID?, at now: Duration) -> Int {
        var cleared = 0
        let id = id.map { Name($0) }
        for (boxID, box) in boxes.withLock({ $0 }) where id == nil || id == boxID {
            cleared += box.withLock { $0.clearRests(at: now) }
        }
        return cleared
    }
}

extension LoopTime {
    /// The same point as the router's pure code counts it: since the clock's own beginning.
    package var sinceBoot: Duration { .nanoseconds(nanoseconds) }

    package init(sinceBoot duration: Duration) {
        self.init(nanoseconds: duration.clampedNanoseconds)
    }
}
