import EventLoop
import HTTPServer
import TestSupport
import Testing

/// A server on a loop of its own, whose answers `PathHandler` decides. Made by `withServer`.
struct RunningServer: Sendable {
    let port: UInt16
    /// What the handler has seen so far.
    let seen: Watched<Seen>
    let loop: EventLoop
    fileprivate let server: LoopBound<HTTPServer>
    fileprivate let handler: LoopBound<PathHandler>

    func client() throws(SocketError) -> TestHTTPClient { try TestHTTPClient(port: port, timeout: .seconds(20)) }

    /// Lets every request that waits in `/hold` and the like go on.
    func release() {
        loop.spawn { _ in handler.onLoop.release() }
    }

    func drain() {
        loop.spawn { _ in server.onLoop.drain() }
    }

    /// Runs `body` while the loop does nothing at all, so that everything `body` does reaches it in one turn.
    func whileBusy<Result>(_ body: () throws -> Result, then: (Result) throws -> Void) throws {
        let isBusy = Watched(false)
        let isOver = Watched(false)
        loop.spawn { _ in
            isBusy.update { $0 = true }
            _ = isOver.wait(.seconds(10)) { $0 ? true : nil }
        }
        _ = isBusy.wait(.seconds(10)) { $0 ? true : nil }
        let result = Swift.Result { try body() }
        isOver.update { $0 = true }
        try then(result.get())
    }

    /// The open connections as the loop counts them, once everything it was told before is done.
    var openConnections: Int {
        let count = Watched<Int?>(nil)
        loop.spawn { _ in
            let open = server.onLoop.openConnections
            count.update { $0 = open }
        }
        return count.wait(.seconds(10)) { $0 } ?? -1
    }

    /// Whether the open connections come down to `limit` within ten seconds.
    func settles(at limit: Int = 0) -> Bool {
        let outcome = Watched<Bool?>(nil)
        loop.spawn { loop in
            let waiter = Waiter(on: loop.reactor)
            let end = loop.reactor.now + .seconds(10)
            while server.onLoop.openConnections > limit, loop.reactor.now < end {
                await waiter.wait(until: min(end, loop.reactor.now + .milliseconds(2)))
            }
            waiter.retire()
            let settled = server.onLoop.openConnections <= limit
            outcome.update { $0 = settled }
        }
        return outcome.wait(.seconds(20)) { $0 } ?? false
    }
}

/// Runs `body` against a server, drains the server and fails when a connection outlives that.
func withServer<Result>(
    _ limits: ServerLimits = ServerLimits(), connections: Int = 1000,
    _ body: (RunningServer) throws -> Result
) throws -> Result {
    let started = Watched<Swift.Result<RunningServer, any Error>?>(nil)
    let seen = Watched(Seen())
    let loop = try EventLoop()
    let thread = try Thread(name: "test server") {
        loop.run { loop, reactor in
            let attempt = Swift.Result { () throws -> RunningServer in
                let listener = try Listener(host: "127.0.0.1", port: 0)
                let port = listener.port
                let handler = PathHandler(seen)
                let server = try HTTPServer(
                    on: loop, reactor: reactor, listener: listener, limits: limits, connectionLimit: connections,
                    handler: handler)
                return RunningServer(
                    port: UInt16(port), seen: seen, loop: loop, server: LoopBound(server, on: loop),
                    handler: LoopBound(handler, on: loop))
            }
            started.update { $0 = attempt }
        }
    }
    let outcome = Swift.Result { () throws -> Result in
        let server = try #require(started.wait(.seconds(10)) { $0 }).get()
        let result = Swift.Result { try body(server) }
        server.release()
        server.drain()
        #expect(server.settles(), "connections outlive the drain")
        return try result.get()
    }
    loop.stop()
    thread.join()
    return try outcome.get()
}

/// What the handler of a test has seen and done.
struct Seen: Sendable {
    /// `METHOD path`, when the request was handed over.
    var requests: [String] = []
    /// Bodies that were read to their end.
    var bodies: [[UInt8]] = []
    /// Failures of `readBody`.
    var failures: [ServerExchange.BodyError] = []
    /// Requests that reached their waiting point.
    var waiting = 0
    /// Requests whose client had left when they were woken.
    var gone = 0
    /// Requests that ended, one way or another.
    var ended = 0
    /// Bytes of body that the connection took.
    var sentBytes = 0
    /// The client has left: what waits for that goes on.
    var hasReset = false
    /// Whether the answers that were left to the end of a turn were lost.
    var losses: [Bool] = []
    /// Rules of its own that an answer broke.
    var mistakes: [String] = []
}
