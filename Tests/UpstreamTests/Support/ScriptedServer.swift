import Glibc
import Synchronization

@testable import TestSupport

/// An upstream that does exactly what a script says: raw TCP, a thread for each connection.
final class ScriptedServer: Sendable {
    struct State: Sendable {
        var accepted = 0
        /// The connection's number (from 1) for each request that was read whole, in order.
        var requests: [Int] = []
        /// Connections whose script has ended and whose socket is closed.
        var finished = 0
        /// Times that a script saw the client leave.
        var departures = 0
        /// Of the latest request.
        var body: [UInt8] = []
    }

    let state = Watched(State())
    let port: Int
    private let listener: TCPSocket

    /// - Parameter script: run for each connection; its socket is closed when it returns or throws.
    init(_ script: @escaping @Sendable (Peer) throws -> Void) throws {
        let listener = try TCPSocket.listening(on: 0)
        self.listener = listener
        port = Int(listener.port)
        startThread { [state] in
            while let socket = listener.accepted() {
                let number = state.update { state in
                    state.accepted += 1
                    return state.accepted
                }
                startThread {
                    // An error is the client's leaving, or a test's own expectation that fails elsewhere.
                    try? script(Peer(socket, number: number, state: state))
                    socket.close()
                    state.update { $0.finished += 1 }
                }
            }
        }
    }

    deinit { listener.shutDown() }

    /// Answers every request with the same bytes, and keeps the connection until the client closes it.
    convenience init(answering answer: String) throws {
        try self.init { peer in
            while try peer.request() != nil { try peer.write(answer) }
        }
    }

    var requestCount: Int { state.value.requests.count }

    /// False when it takes longer than 10 s.
    func wait(until look: (State) -> Bool) -> Bool {
        state.wait(.seconds(10)) { look($0) ? true : nil } ?? false
    }
}

/// The server's end of one connection. Owned by its thread.
final class Peer {
    let number: Int
    private let socket: TCPSocket
    private let reader: ByteReader
    private let state: Watched<ScriptedServer.State>

    init(_ socket: TCPSocket, number: Int, state: Watched<ScriptedServer.State>) {
        (self.socket, self.number, self.state) = (socket, number, state)
        reader = ByteReader(socket)
    }

    private var deadline: ContinuousClock.Instant { .now + .seconds(60) }

    /// The request line of the next request, after its body has been read too; nil when the client has closed.
    func request() throws -> String? {
        guard let (line, length) = try requestHead() else { return nil }
        let body = try bytes(length)
        state.update { [number] state in
            state.requests.append(number)
            state.body = body
        }
        return line
    }

    /// The request line and the length of the body, which stays unread.
    func requestHead() throws -> (line: String, length: Int)? {
        guard let line = try reader.line(before: deadline) else { return nil }
        var length = 0
        while let field = try reader.line(before: deadline), !field.isEmpty {
            let parts = field.split(separator: ":", maxSplits: 1)
            if parts.count == 2, parts[0].lowercased() == "content-length" {
                length = Int(parts[1].drop { $0 == " " }) ?? 0
            }
        }
        return (line, length)
    }

    func write(_ text: String) throws { try write(Array(text.utf8)) }

    func write(_ bytes: [UInt8]) throws { try socket.send(bytes, timeout: .seconds(60)) }

    /// Blocks until the client closes; its bytes are ignored.
    func waitForDeparture() {
        if socket.peerLeaves(within: .seconds(20)) { state.update { $0.departures += 1 } }
    }

    /// Ends the server's side; the client may still send.
    func finishSending() { socket.finishSending() }

    /// Makes the close at the script's end a reset.
    func resetAtEnd() { socket.resetOnClose() }

    /// Not much below 128 KiB: with less than two loopback packets the kernel falls to probing every 200 ms.
    func limitReceiveBuffer(bytes: Int32) { socket.limitReceiveBuffer(bytes: bytes) }

    /// Whether the client closes within `time`.
    func leaves(within time: Duration) -> Bool { socket.peerLeaves(within: time) }

    /// Passes bytes on in both directions until one side ends.
    func relay(to port: Int) throws {
        let inner = try TCPSocket.connected(to: UInt16(port))
        startThread { [socket] in
            let answers = ByteReader(inner)
            while let piece = try? answers.piece(atMost: 1 << 16, before: .now + .seconds(60)) {
                guard (try? socket.send(piece, timeout: .seconds(60))) != nil else { break }
            }
            socket.finishSending()
        }
        while let piece = try piece() { try inner.send(piece, timeout: .seconds(60)) }
        inner.shutDown()
    }

    /// What the client sends, until it ends.
    func piece() throws -> [UInt8]? { try reader.piece(atMost: 1 << 20, before: deadline) }

    func line() throws -> String? { try reader.line(before: deadline) }

    func bytes(_ count: Int) throws -> [UInt8] { try reader.bytes(count, before: deadline) }
}
