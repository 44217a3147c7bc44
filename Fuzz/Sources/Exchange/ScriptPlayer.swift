internal import CVirtualTime
internal import EventLoop

/// Carries out a script, one record whenever the gateway has nothing left to do, and hears what the gateway says.
///
/// When the script is over, the clients stay and the upstreams say nothing more: everything has to come to an end by
/// itself. Who waits for too many heartbeats of it leaves.
final class ScriptPlayer {
    private let setup: ExchangeSetup
    private let loop: EventLoop
    private let port: Int
    private var records: ArraySlice<ExchangeScript.Record>
    /// The connections of each client, the one in use last.
    private(set) var clients: [[PeerSocket]] = Array(repeating: [], count: ScriptPlayer.mostClients)
    private(set) var upstreams: [ScriptedUpstream] = []
    private var lastAsked: ScriptedUpstream?
    private(set) var isDraining = false
    private let drain: () -> Void
    /// Of the time that a record lets pass, in nanoseconds.
    private var passing: Int64 = 0
    private var turns = 0
    private var turnsAtTheEnd = 0
    private var everybodyHasLeft = false

    static let mostClients = 6
    /// A loop that goes round more often for such a short script does not get on.
    private static let mostTurns = 50_000
    private static let patientTurns = 400
    private static let lastTurns = 600

    /// - Parameter port: of the gateway.
    init(
        _ script: ExchangeScript, _ setup: ExchangeSetup, loop: EventLoop, port: Int, drain: @escaping () -> Void
    ) {
        self.setup = setup
        self.loop = loop
        self.port = port
        self.drain = drain
        records = script.records[...]
    }

    /// The loop would sleep for `timeout` nanoseconds, or for ever when that is negative.
    ///
    /// - Returns: how many pass instead; a negative number when something has happened.
    func loopIsIdle(_ timeout: Int64) -> Int64 {
        turns += 1
        require(turns < ScriptPlayer.mostTurns, "the loop comes to rest")
        if pump() { return ScriptPlayer.lookAgain }
        if passing > 0 {
            let part = timeout < 0 ? passing : min(passing, timeout)
            passing -= part
            return part
        }
        guard records.isEmpty else {
            while let record = records.popFirst() {
                perform(record)
                guard record.isJoined else { break }
                // What they let pass together, passes before the loop looks.
                virtual_time_pass(passing)
                passing = 0
                _ = pump()
            }
            return ScriptPlayer.lookAgain
        }
        return end(timeout)
    }

    private static let lookAgain: Int64 = -1

    private func pump() -> Bool {
        var hasChanged = false
        for (place, listener) in PeerListener.ready(setup.listeners) {
            while let socket = listener.accept() {
                upstreams.append(ScriptedUpstream(socket, place: place))
                hasChanged = true
            }
        }
        for connection in clients.joined() where connection.pump() { hasChanged = true }
        for upstream in upstreams {
            let before = upstream.requests
            if upstream.pump() { hasChanged = true }
            if upstream.requests > before { lastAsked = upstream }
        }
        return hasChanged
    }

    private func end(_ timeout: Int64) -> Int64 {
        guard timeout >= 0 else {
            for connection in clients.joined() where connection.readsOn {
                require(!connection.isOpen, "no client is left waiting for ever")
            }
            guard everybodyHasLeft || !clients.joined().contains(where: \.isOpen) else {
                everybodyLeaves()
                return ScriptPlayer.lookAgain
            }
            loop.stop()
            return ScriptPlayer.lookAgain
        }
        turnsAtTheEnd += 1
        if turnsAtTheEnd > ScriptPlayer.patientTurns, !everybodyHasLeft {
            everybodyLeaves()
            return ScriptPlayer.lookAgain
        }
        require(turnsAtTheEnd < ScriptPlayer.lastTurns, "everything ends when everybody has left")
        return timeout
    }

    private func everybodyLeaves() {
        everybodyHasLeft = true
        for connection in clients.joined() { connection.leave() }
        for upstream in upstreams { upstream.socket.leave() }
    }

    // MARK: records

    private func perform(_ record: ExchangeScript.Record) {
        let (peer, rest) = (record.peer, record.rest)
        switch record.letter {
        // A client sends bytes, or a request with what follows as its body; the first letter of that says where to.
        case UInt8(ascii: "c"): client(peer)?.send(rest)
        case UInt8(ascii: "p"): client(peer)?.send(post(rest))
        case UInt8(ascii: "h"): openClient(peer)?.endWriting()
        case UInt8(ascii: "x"): openClient(peer)?.leave()
        case UInt8(ascii: "X"): openClient(peer)?.leave(resetting: true)
        case UInt8(ascii: "s"): client(peer, room: 4096)?.readsOn = false
        case UInt8(ascii: "g"): openClient(peer)?.readsOn = true
        case UInt8(ascii: "t"): passing += Int64(rest.number(upTo: 3_600_000)) * 1_000_000
        case UInt8(ascii: "D"):
            isDraining = true
            drain()
        default: performUpstream(record)
        }
    }

    private func performUpstream(_ record: ExchangeScript.Record) {
        guard let upstream = upstream(record.peer) else { return }
        let rest = record.rest
        switch record.letter {
        // Bytes; a whole answer with its length; the head of a chunked one; a chunk; an event in a chunk; the last chunk.
        case UInt8(ascii: "u"): upstream.send(rest)
        case UInt8(ascii: "a"):
            let (head, body) = rest.split(at: "\n\n")
            upstream.send(framed(text(head), body: body))
        case UInt8(ascii: "o"): upstream.send(wireHead(rest + Array("\nTransfer-Encoding: chunked".utf8)))
        case UInt8(ascii: "d"): upstream.send(chunk(rest))
        case UInt8(ascii: "v"): upstream.send(chunk(Array("data: ".utf8) + rest + Array("\n\n".utf8)))
        case UInt8(ascii: "z"): upstream.send("0\r\n\r\n".utf8)
        // Kilobytes of content in an event.
        case UInt8(ascii: "w"):
            let text = String(repeating: "w", count: rest.number(upTo: 512) << 10)
            upstream.send(chunk(#"data: {"model":"x","choices":[{"delta":{"content":"\#(text)"}}]}\#n\#n"#.utf8))
        case UInt8(ascii: "y"): upstream.answerAsAsked()
        case UInt8(ascii: "f"): upstream.socket.leave()
        case UInt8(ascii: "q"): upstream.socket.leave(resetting: true)
        case UInt8(ascii: "k"): upstream.socket.endWriting()
        default: break
        }
    }

    /// The client's connection; a new one when there is none, or none any more.
    private func client(_ peer: Int?, room: Int32 = 0) -> PeerSocket? {
        let place = (peer ?? 0) % ScriptPlayer.mostClients
        if let open = clients[place].last, open.isOpen { return open }
        guard clients[place].count < 8, let new = PeerSocket.connect(to: port, room: room) else { return nil }
        clients[place].append(new)
        return new
    }

    private func openClient(_ peer: Int?) -> PeerSocket? {
        clients[(peer ?? 0) % ScriptPlayer.mostClients].last
    }

    /// The one that was asked last, or one by the order of their coming.
    private func upstream(_ peer: Int?) -> ScriptedUpstream? {
        guard let peer else { return lastAsked ?? upstreams.last }
        return upstreams.isEmpty ? nil : upstreams[peer % upstreams.count]
    }

    /// A request with a body: a lower case letter gives its length, an upper case one sends it in chunks.
    private func post(_ rest: ArraySlice<UInt8>) -> [UInt8] {
        let letter = rest.first ?? UInt8(ascii: "c")
        var body = rest.dropFirst()
        if body.first == UInt8(ascii: " ") { body = body.dropFirst() }
        let path =
            switch letter | 0x20 {
            case UInt8(ascii: "r"): "responses"
            case UInt8(ascii: "m"): "completions"
            case UInt8(ascii: "e"): "embeddings"
            default: "chat/completions"
            }
        let start = "POST /v1/\(path) HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(ExchangeSetup.masterKey)\r\n"
        if letter & 0x20 == 0 {
            return Array("\(start)Transfer-Encoding: chunked\r\n\r\n".utf8) + chunk(body) + Array("0\r\n\r\n".utf8)
        }
        return Array("\(start)Content-Length: \(body.count)\r\n\r\n".utf8) + body
    }
}
