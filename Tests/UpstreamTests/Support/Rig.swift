import EventLoop
import Glibc
import HTTPWire
import Model
import Synchronization
import TestSupport
import Testing

@testable import Upstream

/// An `UpstreamClient` on a loop with a thread of its own.
final class Rig: Sendable {
    struct TimedOut: Error {}

    let loop: EventLoop
    private let desk = Watched<LoopBound<Desk>?>(nil)
    private let thread: Mutex<Thread?>

    init(_ settings: TransportSettings = Rig.settings()) throws {
        loop = try EventLoop()
        thread = Mutex(try Thread(name: "upstream-test") { [loop] in loop.run { _, _ in } })
        loop.spawn { [desk] loop in
            let own = LoopBound(Desk(on: loop.reactor, settings: settings, executor: loop.executor), on: loop)
            desk.update { $0 = own }
        }
    }

    deinit {
        // The client goes on its loop, like everything else about it.
        let gone = Watched(false)
        loop.spawn { [desk] _ in
            desk.update { $0 = nil }
            gone.update { $0 = true }
        }
        _ = gone.wait(.seconds(10)) { $0 ? true : nil }
        loop.stop()
        if let thread = thread.withLock({ $0.take() }) { thread.join() }
    }

    /// No proxy, whatever the environment says.
    static func settings(
        connectTime: Duration = .seconds(10), idleTime: Duration = .seconds(60), idleConnections: Int = 256,
        bundle: String? = nil, proxy: String = ""
    ) -> TransportSettings {
        var settings = TransportSettings(
            proxy: Secret(proxy), certificateBundle: bundle, connectTime: connectTime, idleTime: idleTime)
        settings.idleConnections = idleConnections
        return settings
    }

    /// Runs `body` as one task on the loop and waits for it.
    func run<Result: Sendable>(
        timeout: Duration = .seconds(60), _ body: @escaping @Sendable (Desk) async throws -> Result
    ) throws -> Result {
        try start(body).value(timeout)
    }

    /// Begins `body` as one task on the loop.
    func start<Result: Sendable>(_ body: @escaping @Sendable (Desk) async throws -> Result) -> Pending<Result> {
        let outcome = Watched<Swift.Result<Result, any Error>?>(nil)
        loop.spawn { [desk] loop in
            guard let shared = desk.value?.onLoop else { return }
            let own = Desk(sharing: shared, executor: loop.executor)
            do {
                let result = try await body(own)
                own.waiter.retire()
                outcome.update { $0 = .success(result) }
            } catch {
                outcome.update { $0 = .failure(error) }
            }
        }
        return Pending(outcome: outcome)
    }

    struct Pending<Result: Sendable>: Sendable {
        fileprivate let outcome: Watched<Swift.Result<Result, any Error>?>

        func value(_ timeout: Duration = .seconds(60)) throws -> Result {
            guard let result = outcome.wait(timeout, for: { $0 }) else { throw TimedOut() }
            return try result.get()
        }
    }

    /// One request.
    func fetch(_ server: ScriptedServer, body: Int = 2, patience: Patience = Patience()) throws -> Fetched {
        let port = server.port
        return try run { try await $0.fetch(.plain(port), body: body, patience: patience) }
    }

    /// Why one request came to nothing.
    func failure(_ target: UpstreamTarget, body: Int = 2, patience: Patience = Patience()) throws -> UpstreamError? {
        try run { desk in
            do throws(UpstreamError) {
                let fetched = try await desk.fetch(target, body: body, patience: patience)
                Issue.record("an answer of status \(fetched.status) instead of an error")
                return nil
            } catch {
                return error
            }
        }
    }

    func failure(_ server: ScriptedServer, body: Int = 2, patience: Patience = Patience()) throws -> UpstreamError? {
        try failure(.plain(server.port), body: body, patience: patience)
    }
}

/// How long an exchange may take, from its start.
struct Patience: Sendable {
    var firstByte = Duration.seconds(30)
    var idle = Duration.seconds(30)
    var whole = Duration.seconds(60)
    /// Of `content`, in bytes.
    var limit = 64 << 20
}

/// A whole answer.
struct Fetched: Sendable, Equatable {
    var status: Int
    var body: [UInt8]
    var text: String { String(decoding: body, as: UTF8.self) }
}

/// What one task on the loop works with. Loop-owned.
final class Desk {
    let client: UpstreamClient
    let reactor: Reactor
    let waiter: Waiter
    let executor: LoopExecutor

    init(on reactor: Reactor, settings: TransportSettings, executor: LoopExecutor) {
        self.reactor = reactor
        self.executor = executor
        client = UpstreamClient(on: reactor, settings: settings)
        waiter = Waiter(on: reactor)
    }

    init(sharing other: Desk, executor: LoopExecutor) {
        self.executor = executor
        (client, reactor, waiter) = (other.client, other.reactor, Waiter(on: other.reactor))
    }

    func deadlines(_ patience: Patience) -> UpstreamClient.Deadlines {
        // Not the loop's time: making a large request may have taken a while.
        let now = LoopTime.now()
        return UpstreamClient.Deadlines(
            firstByte: now + patience.firstByte, idle: patience.idle, whole: now + patience.whole)
    }

    func send(
        _ target: UpstreamTarget, body: Int = 2, patience: Patience = Patience()
    ) async throws(UpstreamError) -> UpstreamAnswer {
        try await client.send(
            outgoing(bytes: body), to: client.origin(of: target), deadlines: deadlines(patience), waiter: waiter)
    }

    func fetch(
        _ target: UpstreamTarget, body: Int = 2, patience: Patience = Patience()
    ) async throws(UpstreamError) -> Fetched {
        let answer = try await send(target, body: body, patience: patience)
        return try await read(answer, limit: patience.limit)
    }

    func read(_ answer: UpstreamAnswer, limit: Int = 64 << 20) async throws(UpstreamError) -> Fetched {
        while try await answer.read(limit: limit) != .end {}
        return Fetched(status: answer.head.status, body: bytes(of: answer.content))
    }

    /// Turns the loop until `condition` holds; false after 20 s.
    func turn(until condition: () -> Bool) async -> Bool {
        let end = reactor.now + .seconds(20)
        while !condition() {
            if reactor.now >= end { return false }
            await waiter.wait(until: reactor.now + .milliseconds(2))
        }
        return true
    }
}

/// The bytes of a body that a test can check: they repeat every 65521 bytes, a prime, so that a buffer that is lost or
/// comes twice shows.
func pattern(_ count: Int) -> [UInt8] {
    var body: [UInt8] = []
    body.reserveCapacity(count)
    while body.count < count { body += patternBlock.prefix(count - body.count) }
    return body
}

private let patternBlock: [UInt8] = {
    var state: UInt32 = 12345
    return (0..<65521).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(truncatingIfNeeded: state >> 24)
    }
}()

/// Faster than `==` in a debug build.
func same(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    return unsafe memcmp(left, right, left.count) == 0
}

/// A POST whose body is `pattern(bytes)`.
func request(bytes count: Int) -> ByteBuffer {
    var wire = ByteBuffer()
    wire.append(text: "POST /v1/x HTTP/1.1\r\nHost: test\r\nContent-Length: \(count)\r\n\r\n")
    wire.append(pattern(count))
    return wire
}

/// The same; of a body of some size, the last part lies elsewhere.
func outgoing(bytes count: Int) -> OutgoingRequest {
    let whole = request(bytes: count)
    guard count > 64 else { return OutgoingRequest(whole) }
    var start = ByteBuffer()
    var elsewhere = ByteBuffer()
    start.append(0..<whole.count - count / 2, of: whole)
    elsewhere.append("not this")
    elsewhere.append(whole.count - count / 2..<whole.count, of: whole)
    elsewhere.append("nor that")
    return OutgoingRequest(start, then: 8..<8 + count / 2, of: RequestBody(elsewhere))
}

func bytes(of buffer: borrowing ByteBuffer) -> [UInt8] {
    unsafe buffer.bytes.withUnsafeBufferPointer { unsafe Array($0) }
}

/// `body` as an answer with a length.
func answer(_ body: String = "ok", status: Int = 200, fields: String = "") -> String {
    "HTTP/1.1 \(status) X\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
}

extension UpstreamTarget {
    static func plain(_ port: Int, host: String = "127.0.0.1") -> UpstreamTarget {
        UpstreamTarget(origin: Origin(scheme: .http, host: host, port: port), tls: .system)
    }

    static func secure(_ port: Int, _ tls: TLSVerification, host: String = "localhost") -> UpstreamTarget {
        UpstreamTarget(origin: Origin(scheme: .https, host: host, port: port), tls: tls)
    }
}
