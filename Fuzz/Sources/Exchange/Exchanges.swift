internal import CVirtualTime
internal import ConfigFile
internal import EventLoop
internal import JSONText
internal import Routing

@testable internal import Gateway
@testable internal import HTTPServer
@testable internal import Observability
@testable internal import Upstream

/// Whole exchanges: a script of clients and upstreams is played to a gateway as `penstock serve` builds one, on a clock
/// that moves only when everybody waits. `ExchangeScript` says how a script is written.
func checkExchange(_ input: [UInt8]) {
    let script = ExchangeScript(input)
    let setup = unsafe ExchangeSetup.all[script.configuration % ExchangeSetup.all.count]
    var seed = SeededNumbers(seed: input)
    unsafe virtual_time_begin(seed.next()) { unsafe player?.loopIsIdle($0) ?? 0 }
    play(script, setup)
    virtual_time_end()
    let log = setup.log.take()
    for secret in ExchangeSetup.secrets {
        require(log[...].firstPlace(of: secret) == nil, "the log holds no secret: \(text(log))")
    }
    require(log[...].firstPlace(of: "a mistake of the gateway") == nil, "the gateway makes no mistake: \(text(log))")
    for line in log.split(separator: UInt8(ascii: "\n")) {
        require((try? JSONValue.parse(Array(line).span)) != nil, "a line of the log is JSON: \(text(line))")
    }
}

/// Whom the loop asks when it has nothing to do. Of the thread that fuzzes; there is no other.
private nonisolated(unsafe) var player: ScriptPlayer?

private func play(_ script: ExchangeScript, _ setup: ExchangeSetup) {
    guard let loop = try? EventLoop() else { return require(false, "there is an event loop") }
    let log = Log(to: setup.log.sink, level: .info, format: .json, redactor: setup.snapshot.redactor)
    let state = GatewayState(snapshot: setup.snapshot, log: log, version: "0")
    let parts = Guarded<LoopBound<GatewayParts>?>(nil)
    // Taken over and closed by the gateway.
    let listening = PeerListener()
    let played = ScriptPlayer(script, setup, loop: loop, port: listening.port) {
        state.isDraining = true
        parts.withLock { $0 }?.onLoop.server.drain()
    }
    unsafe player = played
    // On its way into a closure that runs on this thread.
    nonisolated(unsafe) let shared = setup
    loop.run { loop, reactor in
        let setup = unsafe shared
        // As `Workers.start` has it.
        let client = UpstreamClient(on: reactor, settings: setup.transport)
        let gateway = Gateway(state: state, client: client, on: loop)
        let limits = setup.snapshot.serverLimits
        let listener = Listener(adopting: listening.descriptor, port: listening.port)
        guard
            let server = try? HTTPServer(
                on: loop, reactor: reactor, listener: listener, limits: limits,
                connectionLimit: setup.connectionLimit, handler: gateway)
        else { return require(false, "the gateway listens") }
        let metrics = gateway.metrics
        server.onConnectionCount = { metrics.connectionsChanged(to: $0) }
        let made = LoopBound(GatewayParts(server: server, gateway: gateway, client: client), on: loop)
        parts.withLock { $0 = made }
    }
    unsafe player = nil
    checkNothingIsLeft(parts.withLock { $0.take() }?.onLoop, state, played)
    for (place, connections) in played.clients.enumerated() {
        for connection in connections {
            require(
                script.namesKey || connection.received[...].firstPlace(of: ExchangeSetup.keyEnd) == nil,
                "no client is told a provider's key: \(text(connection.received))")
            ClientTranscript(connection, setup, isDraining: played.isDraining).check("client \(place)")
        }
    }
}

/// What a worker of `penstock serve` is made of.
private struct GatewayParts {
    let server: HTTPServer
    let gateway: Gateway
    let client: UpstreamClient
}

/// When everybody has gone and no timer is set, nothing may be under way.
private func checkNothingIsLeft(_ parts: GatewayParts?, _ state: GatewayState, _ played: ScriptPlayer) {
    guard let parts else { return require(false, "the gateway was set up") }
    requireEqual(parts.server.openConnections, 0, "no connection of a client is left")
    requireEqual(state.metrics.requestsInFlight, 0, "no request is in flight")
    requireEqual(parts.gateway.metrics.inferencesInFlight, 0, "no inference is in flight")
    requireEqual(parts.gateway.metrics.openStreams, 0, "no stream is open")
    for (id, deployment) in state.board.all {
        requireEqual(deployment.inFlight, 0, "no call of a deployment is in flight: \(id)")
    }
    requireEqual(parts.client.restingConnections, 0, "no upstream connection rests")
    for shard in parts.client.connector.shards { requireEqual(shard.handles, 0, "libcurl holds no connection") }
    for upstream in played.upstreams where upstream.socket.isOpen {
        require(upstream.socket.isEnded || upstream.socket.pump(), "every upstream connection has been closed")
    }
}
