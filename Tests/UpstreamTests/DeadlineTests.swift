import EventLoop
import Glibc
import TestSupport
import Testing

@testable import Upstream

extension UpstreamTests {
    @Suite struct DeadlineTests {
        /// Generous: the machine may be busy. Never as long as the other limits of `Patience`.
        private func expect(
            _ error: UpstreamError, within time: Duration = .seconds(5), _ body: () throws -> UpstreamError?
        ) throws {
            let start = ContinuousClock.now
            #expect(try body() == error)
            #expect(ContinuousClock.now - start < time)
        }

        @Test func silenceBeforeTheFirstByte() throws {
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                peer.waitForDeparture()
            }
            let rig = try Rig()
            try expect(.timeout(.firstByte)) {
                try rig.failure(server, patience: Patience(firstByte: .milliseconds(100)))
            }
            #expect(server.wait { $0.departures == 1 })
        }

        @Test func interimAnswersAreNoFirstByte() throws {
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                while !peer.leaves(within: .milliseconds(10)) { try peer.write("HTTP/1.1 102 Processing\r\n\r\n") }
            }
            let rig = try Rig()
            try expect(.timeout(.firstByte)) {
                try rig.failure(server, patience: Patience(firstByte: .milliseconds(200)))
            }
            #expect(server.wait { $0.finished == 1 })
        }

        @Test func silenceWithinTheBody() throws {
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell")
                peer.waitForDeparture()
            }
            let rig = try Rig()
            try expect(.timeout(.idle)) { try rig.failure(server, patience: Patience(idle: .milliseconds(100))) }
            #expect(server.wait { $0.departures == 1 })
        }

        @Test func theWholeTakesTooLongThoughBytesKeepComing() throws {
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                try peer.write("HTTP/1.1 200 OK\r\n\r\n")
                while !peer.leaves(within: .milliseconds(10)) { try peer.write(": ping\n\n") }
            }
            let rig = try Rig()
            try expect(.timeout(.whole)) { try rig.failure(server, patience: Patience(whole: .milliseconds(200))) }
            #expect(server.wait { $0.finished == 1 })
        }

        @Test func bytesKeepAnAnswerAliveBeyondTheIdleTime() throws {
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                try peer.write("HTTP/1.1 200 OK\r\n\r\n")
                for _ in 0..<30 where !peer.leaves(within: .milliseconds(20)) { try peer.write(".") }
            }
            let fetched = try Rig().fetch(server, patience: Patience(idle: .milliseconds(400)))
            #expect(fetched.text == String(repeating: ".", count: 30))
        }

        @Test func aRequestThatNobodyReadsTimesOutInSending() throws {
            let server = try ScriptedServer { peer in
                _ = try peer.requestHead()
                peer.waitForDeparture()
            }
            let rig = try Rig()
            try expect(.timeout(.send)) {
                try rig.failure(server, body: 32 << 20, patience: Patience(firstByte: .milliseconds(300)))
            }
        }

        @Test func aReaderMayComeBackBeforeAnythingArrives() throws {
            let mayGoOn = Watched(false)
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
                _ = mayGoOn.wait(.seconds(10)) { $0 ? true : nil }
                try peer.write("ok")
            }
            let port = server.port
            let arrivals = try Rig().run { desk in
                let answer = try await desk.send(.plain(port))
                var arrivals: [UpstreamAnswer.Arrival] = []
                for _ in 0..<3 {
                    arrivals.append(try await answer.read(until: desk.reactor.now + .milliseconds(5), limit: 100))
                }
                mayGoOn.update { $0 = true }
                while arrivals.last != .end { arrivals.append(try await answer.read(limit: 100)) }
                return arrivals
            }
            #expect(arrivals == [.silence, .silence, .silence, .end])
        }

        // MARK: the client leaves

        enum Phase: String, CaseIterable, Sendable {
            case connect, send, head, body
        }

        /// Whatever the exchange waits for, the client's hang-up ends it at once, and the upstream sees the close.
        @Test(arguments: Phase.allCases)
        func theClientLeaves(in phase: Phase) throws {
            let isThere = Watched(false)
            let server = try ScriptedServer { peer in
                if phase == .send {
                    _ = try peer.requestHead()
                } else {
                    _ = try peer.request()
                }
                if phase == .body { try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no") }
                isThere.update { $0 = true }
                peer.waitForDeparture()
            }
            let backlog = try FullBacklog()
            if phase == .connect { isThere.update { $0 = true } }
            let rig = try Rig()
            var pair: [Int32] = [0, 0]
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            try #require(unsafe socketpair(AF_UNIX, kind, 0, &pair) == 0)
            let (near, far) = (pair[0], pair[1])
            let target = UpstreamTarget.plain(phase == .connect ? backlog.port : server.port)
            let body = phase == .send ? 32 << 20 : 2
            let exchange = rig.start { desk -> UpstreamError? in
                let client = try desk.reactor.watch(near)
                client.waiter = desk.waiter
                desk.waiter.client = client
                defer {
                    desk.reactor.unwatch(client, closing: true)
                    close(near)
                }
                do throws(UpstreamError) {
                    _ = try await desk.fetch(target, body: body)
                    return nil
                } catch {
                    return error
                }
            }
            #expect(isThere.wait(.seconds(10)) { $0 ? true : nil } == true)
            let start = ContinuousClock.now
            close(far)
            #expect(try exchange.value() == .cancelled)
            #expect(ContinuousClock.now - start < .seconds(1))
            if phase == .head || phase == .body { #expect(server.wait { $0.departures == 1 }) }
        }
    }
}
