internal import CLinux
package import EventLoop
internal import Glibc
package import HTTPWire
internal import Model

/// What answers requests. One per loop; every call comes on that loop.
package protocol RequestHandler: AnyObject {
    /// Answers `exchange`. Returning without an answer closes the connection.
    func respond(to exchange: ServerExchange) async

    /// Adds what answers carry that the server gives by itself: to what is no request, and to one client too many.
    func addFields(toRefusal fields: inout ResponseFields)

    /// The body of an answer to bytes that were no acceptable HTTP request, as JSON.
    func body(refusing rejection: RequestRejection) -> [UInt8]

    /// Logs that the code that answers a request has broken a rule of its own. The request's connection is gone; all
    /// others go on.
    ///
    /// - Parameter mistake: which rule; constant text.
    func note(mistake: StaticString)
}

/// Accepts connections on one loop and serves them. Loop-owned.
package final class HTTPServer {
    let reactor: Reactor
    let limits: ServerLimits
    let handler: any RequestHandler
    private let loop: EventLoop
    private let connectionLimit: Int
    private let clients: ClientConnections?
    private var listener: Listener?
    private var listening: Watch?
    private var connections: [ObjectIdentifier: ServerConnection] = [:]
    /// Clients that are being told that there are too many; not among `connections`.
    private var refusals = 0
    private lazy var resumeTimer = LoopTimer { [weak self] in self?.resumeAccepting() }
    private var spareDescriptor: Int32 = -1
    private var dateCache = DateCache()
    /// Once set, every answer says `Connection: close` and idle connections go.
    package private(set) var isDraining = false

    /// - Parameters:
    ///   - connectionLimit: of this loop; beyond it a client gets 503 at once, or is hung up on when many come.
    ///   - clients: counts those of each client address, for all loops that share it; `nil`: nobody does.
    package init(
        on loop: isolated EventLoop, reactor: Reactor, listener: consuming Listener, limits: ServerLimits,
        connectionLimit: Int, clients: ClientConnections? = nil, handler: any RequestHandler
    ) throws(Errno) {
        self.loop = loop
        self.reactor = reactor
        self.limits = limits
        self.connectionLimit = connectionLimit
        self.clients = clients
        self.handler = handler
        let descriptor = listener.descriptor
        self.listener = consume listener
        listening = try reactor.watch(descriptor, for: .read) { [unowned self] _ in acceptClients() }
        openSpare()
    }

    /// Told of every change in the number of open connections.
    package var onConnectionCount: ((Int) -> Void)?
    package var openConnections: Int { connections.count }

    /// Stops accepting, closes idle connections and lets requests in flight finish.
    package func drain() {
        isDraining = true
        if let listening { reactor.unwatch(listening, closing: true) }
        listening = nil
        listener = nil
        for connection in connections.values { connection.waiter.wake() }
    }

    /// The end of the status line and the `Date` field, renewed once a second.
    var dateLine: [UInt8] { dateCache.line(at: reactor.now) }

    // MARK: accepting

    private func acceptClients() {
        // Bounded, so that a flood of connects cannot starve the open ones.
        for _ in 0..<64 {
            guard let descriptor = listener?.descriptor else { return }
            if let client = AcceptedClient(of: descriptor) {
                admit(client)
                continue
            }
            let error = Errno.current
            switch error.code {
            case EINTR, ECONNABORTED: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                shedOneClient()
                pauseAccepting()
                return
            default: return
            }
        }
    }

    /// Out of descriptors: the spare one lets us take a client off the queue and hang up, rather than spin on it.
    private func shedOneClient() {
        guard spareDescriptor >= 0, let descriptor = listener?.descriptor else { return }
        close(spareDescriptor)
        let client = penstock_accept(descriptor, nil, nil)
        if client >= 0 { close(client) }
        spareDescriptor = -1
        openSpare()
    }

    /// Another thread may have taken the descriptor in between; then the next time accepting resumes will do.
    private func openSpare() {
        if spareDescriptor < 0 { spareDescriptor = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC) }
    }

    private func pauseAccepting() {
        guard let listening else { return }
        try? reactor.change(listening, to: [])
        reactor.set(resumeTimer, at: reactor.now + .milliseconds(100))
    }

    private func resumeAccepting() {
        guard let listening else { return }
        openSpare()
        try? reactor.change(listening, to: .read)
    }

    /// Serves `client`, or tells it that there are too many.
    private func admit(_ client: AcceptedClient) {
        let network = ClientNetwork(client.address)
        let reason: TurnAwayReason? =
            if connections.count >= connectionLimit { .gatewayIsFull } else if clients?.enter(network) == false {
                .addressHasTooMany
            } else { nil }
        // Past this many at once there is no time for words.
        if reason != nil, refusals >= 64 {
            close(client.descriptor)
            return
        }
        guard let socket = try? Socket(owning: client.descriptor, on: reactor) else {
            if reason == nil { clients?.leave(network) }
            return
        }
        let connection = ServerConnection(socket: socket, of: client.address, server: self)
        let bound = LoopBound((self, connection), on: loop)
        if let reason {
            refusals += 1
            loop.spawn { _ in
                let (server, connection) = bound.onLoop
                await connection.turnAway(reason)
                server.refusals -= 1
            }
        } else {
            connections[ObjectIdentifier(connection)] = connection
            onConnectionCount?(connections.count)
            loop.spawn { _ in
                let (server, connection) = bound.onLoop
                await connection.run()
                server.connections[ObjectIdentifier(connection)] = nil
                server.clients?.leave(network)
                server.onConnectionCount?(server.connections.count)
            }
        }
    }

    deinit {
        if let listening { reactor.unwatch(listening, closing: true) }
        if spareDescriptor >= 0 { close(spareDescriptor) }
        reactor.remove(resumeTimer)
    }
}

/// The `Date` field (RFC 9110 §6.6.1) with the line ends around it, formatted once a second. A value.
struct DateCache {
    private var line: [UInt8] = []
    private var validUntil = LoopTime(nanoseconds: .min)

    mutating func line(at now: LoopTime) -> [UInt8] {
        if now >= validUntil {
            let seconds = wallClockSeconds()
            line = Array("\r\nDate: \(HTTPDate.format(epochSeconds: Int(seconds)))\r\n".utf8)
            let left = 1 - (seconds - seconds.rounded(.down))
            validUntil = now + .nanoseconds(Int64(left * 1e9))
        }
        return line
    }
}
