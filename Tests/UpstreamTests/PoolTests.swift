import EventLoop
import TestSupport
import Testing

@testable import Upstream

extension UpstreamTests {
    @Suite struct PoolTests {
        @Test func oneConnectionCarriesOneRequestAfterTheOther() throws {
            let server = try ScriptedServer(answering: answer())
            let rig = try Rig()
            for _ in 0..<20 { #expect(try rig.fetch(server).text == "ok") }
            #expect(server.state.value.requests == Array(repeating: 1, count: 20))
        }

        @Test func targetsDoNotShareConnections() throws {
            let (left, right) = (try ScriptedServer(answering: answer("l")), try ScriptedServer(answering: answer("r")))
            let rig = try Rig()
            for _ in 0..<3 {
                #expect(try rig.fetch(left).text == "l")
                #expect(try rig.fetch(right).text == "r")
            }
            #expect(left.state.value.accepted == 1)
            #expect(right.state.value.accepted == 1)
        }

        @Test func theConnectionUsedLastGoesFirst() throws {
            let server = try ScriptedServer(answering: answer())
            let rig = try Rig()
            let port = server.port
            try rig.run { desk in
                var answers: [UpstreamAnswer] = []
                for _ in 0..<3 { answers.append(try await desk.send(.plain(port))) }
                for answer in [answers[1], answers[0], answers[2]] { _ = try await desk.read(answer) }
                #expect(desk.client.restingConnections == 3)
                for _ in 0..<3 {
                    await desk.waiter.yield()
                    _ = try await desk.fetch(.plain(port))
                }
            }
            #expect(server.state.value.requests == [1, 2, 3, 3, 3, 3])
        }

        /// Whether one that came to rest this very turn is clean, only a system call would tell.
        @Test func oneThatRestedBeforeThisTurnGoesBeforeThat() throws {
            let server = try ScriptedServer(answering: answer())
            let rig = try Rig()
            let port = server.port
            try rig.run { desk in
                let (first, second) = (try await desk.send(.plain(port)), try await desk.send(.plain(port)))
                _ = try await desk.read(first)
                await desk.waiter.yield()
                _ = try await desk.read(second)
                _ = try await desk.fetch(.plain(port))
            }
            #expect(server.state.value.requests == [1, 2, 1])
        }

        @Test func noMoreRestThanTheLimit() throws {
            let server = try ScriptedServer(answering: answer())
            let rig = try Rig(Rig.settings(idleConnections: 2))
            let port = server.port
            try rig.run { desk in
                var answers: [UpstreamAnswer] = []
                for _ in 0..<5 { answers.append(try await desk.send(.plain(port))) }
                for answer in answers { _ = try await desk.read(answer) }
                #expect(desk.client.restingConnections == 2)
            }
            #expect(server.wait { $0.finished == 3 }, "the surplus ones are closed")
        }

        @Test func aConnectionThatRestedTooLongIsNotUsed() throws {
            let server = try ScriptedServer(answering: answer())
            let rig = try Rig(Rig.settings(idleTime: .milliseconds(50)))
            let port = server.port
            try rig.run { desk in
                _ = try await desk.fetch(.plain(port))
                let end = desk.reactor.now + .milliseconds(60)
                #expect(await desk.turn { desk.reactor.now > end })
                _ = try await desk.fetch(.plain(port))
            }
            #expect(server.state.value.requests == [1, 2])
            #expect(server.wait { $0.finished == 2 }, "the sweep closes what nobody asks for")
        }

        @Test func unaskedBytesOnARestingConnectionDropIt() throws {
            let isResting = Watched(false)
            let spoke = Watched(false)
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                try peer.write(answer("first"))
                if peer.number == 1 {
                    _ = isResting.wait(.seconds(10)) { $0 ? true : nil }
                    try peer.write(answer("for somebody else"))
                    spoke.update { $0 = true }
                }
                while try peer.request() != nil { try peer.write(answer("next")) }
            }
            let rig = try Rig()
            let port = server.port
            let texts = try rig.run { desk in
                let first = try await desk.fetch(.plain(port)).text
                isResting.update { $0 = true }
                // Blocks the loop: the bytes are in the socket and no event has told of them yet.
                _ = spoke.wait(.seconds(10)) { $0 ? true : nil }
                return [first, try await desk.fetch(.plain(port)).text]
            }
            #expect(texts == ["first", "first"])
            #expect(server.state.value.requests == [1, 2])
        }

        @Test(arguments: ["", "x"])
        func aConnectionThatEndsOrSpeaksAtRestIsClosedWithinASecondOrTwo(unasked: String) throws {
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                try peer.write(answer())
                try peer.write(unasked)
                if unasked.isEmpty { peer.finishSending() }
                peer.waitForDeparture()
            }
            let rig = try Rig()
            let port = server.port
            #expect(
                try rig.run { desk in
                    _ = try await desk.fetch(.plain(port))
                    return await desk.turn { desk.client.restingConnections == 0 }
                })
            #expect(server.wait { $0.departures == 1 })
        }

        /// It closes after every answer and does not say so: the classic cause of spurious failures on kept connections.
        @Test func anUpstreamThatClosesUnannouncedCostsNoRequest() throws {
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                try peer.write(answer())
            }
            let rig = try Rig()
            for _ in 0..<200 { #expect(try rig.fetch(server).text == "ok") }
            #expect(server.requestCount == 200)
        }

        /// The close comes only when the next request is on its way, so that no look at the socket can tell.
        @Test(arguments: [true, false], [2, 1 << 20])
        func aRestingConnectionThatFailsIsReplacedOnce(reset: Bool, body: Int) throws {
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                try peer.write(answer())
                guard peer.number == 1 else { return peer.waitForDeparture() }
                _ = try peer.line()
                if reset { peer.resetAtEnd() }
            }
            let rig = try Rig()
            #expect(try rig.fetch(server).text == "ok")
            #expect(try rig.fetch(server, body: body).text == "ok")
            #expect(server.state.value.requests == [1, 2])
        }

        @Test func onceIsEnough() throws {
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                if peer.number == 1 { try peer.write(answer()) }
                _ = try peer.line()
            }
            let rig = try Rig()
            #expect(try rig.fetch(server).text == "ok")
            // The kept connection closes, and so does the fresh one, on which nothing is repeated.
            let second = try ScriptedServer { peer in
                if peer.number == 1 {
                    _ = try peer.request()
                    try peer.write(answer())
                }
                _ = try peer.request()
            }
            #expect(try rig.fetch(second).text == "ok")
            #expect(try rig.failure(second) == .closedBeforeAnswer)
            #expect(second.state.value.requests == [1, 1, 2])
        }

        @Test func nothingIsRepeatedOnAFreshConnection() throws {
            let server = try ScriptedServer { peer in _ = try peer.request() }
            let rig = try Rig()
            #expect(try rig.failure(server) == .closedBeforeAnswer)
            #expect(server.state.value.requests == [1])
        }

        @Test(arguments: ["H", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-"])
        func nothingIsRepeatedOnceAByteHasCome(start: String) throws {
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                try peer.write(answer())
                _ = try peer.request()
                try peer.write(start)
            }
            let rig = try Rig()
            #expect(try rig.fetch(server).text == "ok")
            #expect(try rig.failure(server) == .cut)
            #expect(server.state.value.requests == [1, 1])
        }

        @Test func anAnswerThatIsNotReadToItsEndClosesItsConnection() throws {
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell")
                peer.waitForDeparture()
            }
            let rig = try Rig()
            let port = server.port
            try rig.run { desk in
                let answer = try await desk.send(.plain(port))
                _ = try await answer.read(limit: 100)
            }
            #expect(server.wait { $0.departures == 1 })
            #expect(try rig.run { $0.client.restingConnections } == 0)
        }

        @Test func aClientThatWasNeverUsedGoesQuietly() throws {
            let rig = try Rig()
            #expect(try rig.run { $0.client.restingConnections } == 0)
        }

        /// libcurl looks over the connections of a multi when it opens another one, and closes those it takes for dead:
        /// such that rested for long, or have unread bytes. Ours are in use all the time in that sense.
        @Test func connectingDoesNotCloseConnectionsWithUnreadBytes() throws {
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                try peer.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nfir")
                _ = peer.leaves(within: .milliseconds(1))
                try peer.write("st.")
                peer.waitForDeparture()
            }
            let rig = try Rig()
            let port = server.port
            try rig.run { desk in
                let held = try await desk.send(.plain(port))
                // libcurl looks once a second at most.
                let end = desk.reactor.now + .milliseconds(1100)
                #expect(await desk.turn { desk.reactor.now > end })
                _ = try await desk.fetch(.plain(port))
                #expect(try await desk.read(held).text == "first.")
            }
        }
    }
}
