import EventLoop
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Upstream

extension UpstreamTests {
    @Suite struct ConnectTests {
        private func failure(
            _ target: UpstreamTarget, _ settings: TransportSettings = Rig.settings()
        ) throws -> (failure: UpstreamError.ConnectFailure, detail: String)? {
            guard case .connect(let failure, let detail) = try Rig(settings).failure(target) else { return nil }
            return (failure, detail)
        }

        typealias Time = (duration: Duration, milliseconds: Int)

        static let times: [Time] = [
            (.seconds(5), 5000), (.milliseconds(1), 1), (.zero, 1), (.nanoseconds(1), 1), (.seconds(-1), 1),
            (.milliseconds(4_294_967_297), 2_147_483_647), (.seconds(1_000_000_000), 2_147_483_647),
            (.seconds(Int64.max), 2_147_483_647),
        ]

        @Test(arguments: times) func libcurlGetsATimeThatItTakes(_ c: Time) {
            #expect(Connector.milliseconds(c.duration) == c.milliseconds)
        }

        @Test func thirtyYearsArePatienceEnough() throws {
            #expect(
                try failure(.plain(80, host: "nothing.invalid"), Rig.settings(connectTime: .seconds(1_000_000_000)))?
                    .failure == .nameNotFound)
        }

        @Test func nobodyListens() throws {
            let port = try ScriptedServer { _ in }.port
            let found = try failure(.plain(port))
            #expect(found?.failure == .refused)
            #expect(found?.detail.contains("127.0.0.1 port \(port)") == true, "\(found?.detail ?? "")")
        }

        @Test func noSuchName() throws {
            let found = try failure(.plain(80, host: "nothing.invalid"))
            #expect(found?.failure == .nameNotFound)
            #expect(found?.detail.contains("nothing.invalid") == true, "\(found?.detail ?? "")")
        }

        @Test func noAnswerToTheConnect() throws {
            let backlog = try FullBacklog()
            let start = ContinuousClock.now
            let rig = try Rig(Rig.settings(connectTime: .milliseconds(200)))
            #expect(try rig.failure(.plain(backlog.port)) == .timeout(.connect))
            #expect(ContinuousClock.now - start < .seconds(5))
        }

        @Test func theCallersPatienceEndsAConnectToo() throws {
            let backlog = try FullBacklog()
            let start = ContinuousClock.now
            let patience = Patience(firstByte: .milliseconds(200))
            #expect(try Rig().failure(.plain(backlog.port), patience: patience) == .timeout(.connect))
            #expect(ContinuousClock.now - start < .seconds(5))
        }

        @Test func aNameIsLookedUp() throws {
            let server = try ScriptedServer(answering: answer())
            let port = server.port
            #expect(try Rig().run { try await $0.fetch(.plain(port, host: "localhost")) }.text == "ok")
        }

        @Test(.enabled(if: IPv6Server.isAvailable, "needs ::1"))
        func anIPv6Address() throws {
            let server = try IPv6Server(answering: answer())
            let port = server.port
            #expect(try Rig().run { try await $0.fetch(.plain(port, host: "::1")) }.text == "ok")
        }

        /// Giving up must not wait for the resolver, whose thread cannot be interrupted: the loop would stand still.
        @Test func aSlowNameServerDoesNotHoldUpTheLoop() throws {
            defer { slowNames.update { $0 = .answered } }
            let rig = try Rig(Rig.settings(connectTime: .milliseconds(200)))
            let pending = rig.start { desk -> UpstreamError? in
                do throws(UpstreamError) {
                    _ = try await desk.fetch(.plain(80, host: "slow.invalid"))
                    return nil
                } catch {
                    return error
                }
            }
            #expect(slowNames.wait(.seconds(10)) { $0 == .asked ? true : nil } == true, "the name is not looked up")
            #expect(try pending.value(.seconds(10)) == .timeout(.connect))
        }
    }
}

/// A server on ::1 that answers the first request of each connection and closes it.
final class IPv6Server: Sendable {
    static let isAvailable = (try? IPv6Server(answering: "")) != nil

    let port: Int
    private let listener: Int32
    private let thread: Mutex<Thread?>

    init(answering answer: String) throws(Errno) {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let listener = try systemCall { socket(AF_INET6, kind, 0) }
        var address = sockaddr_in6()
        address.sin6_family = sa_family_t(AF_INET6)
        address.sin6_addr = in6addr_loopback
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let listens = unsafe withUnsafeMutableBytes(of: &address) { raw in
            let pointer = unsafe raw.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            return unsafe bind(listener, pointer, length) == 0 && listen(listener, 8) == 0
                && getsockname(listener, pointer, &length) == 0
        }
        guard listens else {
            close(listener)
            throw Errno.current
        }
        (self.listener, port) = (listener, Int(UInt16(bigEndian: address.sin6_port)))
        let bytes = Array(answer.utf8)
        let thread = try Thread(name: "ipv6-server") {
            while true {
                let peer = accept(listener, nil, nil)
                guard peer >= 0 else { return }
                var request: [UInt8] = []
                var buffer = [UInt8](repeating: 0, count: 4096)
                while !request.suffix(6).starts(with: Array("\r\n\r\n".utf8)) {
                    let count = unsafe read(peer, &buffer, buffer.count)
                    if count <= 0 { break }
                    request += buffer.prefix(count)
                }
                _ = unsafe send(peer, bytes, bytes.count, Int32(MSG_NOSIGNAL))
                close(peer)
            }
        }
        self.thread = Mutex(thread)
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        if let thread = thread.withLock({ $0.take() }) { thread.join() }
        close(listener)
    }
}
