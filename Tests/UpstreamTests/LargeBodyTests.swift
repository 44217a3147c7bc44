import EventLoop
import TestSupport
import Testing

@testable import Upstream

extension UpstreamTests {
    @Suite struct LargeBodyTests {
        @Test func aLargeRequestReachesASlowReaderWhole() throws {
            let bytes = 8 << 20
            let server = try ScriptedServer { peer in
                peer.limitReceiveBuffer(bytes: 128 << 10)
                while try peer.request() != nil { try peer.write(answer()) }
            }
            let rig = try Rig()
            #expect(try rig.fetch(server, body: bytes).text == "ok")
            #expect(same(server.state.value.body, pattern(bytes)))
        }

        @Test func aLargeAnswerWaitsForItsReader() throws {
            let body = pattern(24 << 20)
            let written = Watched(0)
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                try peer.write("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
                for start in stride(from: 0, to: body.count, by: 1 << 16) {
                    try peer.write(Array(body[start..<min(start + 1 << 16, body.count)]))
                    written.update { $0 = start + 1 << 16 }
                }
                peer.waitForDeparture()
            }
            let rig = try Rig()
            let port = server.port
            try rig.run { desk in
                let answer = try await desk.send(.plain(port))
                _ = try await answer.read(limit: 1 << 20)
                // Nobody reads: the upstream has to stand still once the kernel's buffers are full.
                var (before, still) = (-1, 0)
                let isStill = await desk.turn {
                    let now = written.value
                    still = now == before ? still + 1 : 0
                    before = now
                    return still > 50
                }
                #expect(isStill && before < body.count, "the upstream could write it all: \(before)")
                let held = answer.content.count
                #expect(held <= 1 << 20)
                var whole: [UInt8] = []
                while true {
                    let arrival = try await answer.read(limit: 1 << 20)
                    whole += bytes(of: answer.content)
                    answer.content.removeAll()
                    if arrival == .end { break }
                }
                #expect(same(whole, body))
                #expect(answer.receivedBytes == body.count)
            }
        }

        @Test func theLimitHoldsForWhatTheReaderLeaves() throws {
            let server = try ScriptedServer { peer in
                _ = try peer.request()
                try peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                while true { try peer.write("1000\r\n" + String(repeating: "a", count: 4096) + "\r\n") }
            }
            let rig = try Rig()
            #expect(try rig.failure(server, patience: Patience(limit: 1 << 20)) == .tooLarge(limitBytes: 1 << 20))
            #expect(server.wait { $0.finished == 1 }, "the connection is closed")
        }

        @Test func aRefusalThatComesBeforeTheBodyIsReadIsDelivered() throws {
            for keepsReading in [false, true] {
                let server = try ScriptedServer { peer in
                    _ = try peer.requestHead()
                    try peer.write(answer("too large", status: 413, fields: "Connection: close\r\n"))
                    // A polite server reads on until the client closes; a rude one closes with bytes unread.
                    if keepsReading { while try peer.piece() != nil {} }
                }
                let rig = try Rig()
                let fetched = try rig.fetch(server, body: 8 << 20)
                #expect(fetched == Fetched(status: 413, body: Array("too large".utf8)))
            }
        }

        @Test func anInterimAnswerDoesNotEndTheRequest() throws {
            let server = try ScriptedServer { peer in
                _ = try peer.requestHead().map { head in
                    try peer.write("HTTP/1.1 100 Continue\r\n\r\n")
                    let body = try peer.bytes(head.length)
                    try peer.write(answer("\(same(body, pattern(head.length)))"))
                }
                peer.waitForDeparture()
            }
            let rig = try Rig()
            #expect(try rig.fetch(server, body: 8 << 20).text == "true")
        }

        @Test func aSuccessThatBeginsEarlyStillGetsTheWholeRequest() throws {
            let server = try ScriptedServer { peer in
                _ = try peer.requestHead().map { head in
                    try peer.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n")
                    let body = try peer.bytes(head.length)
                    try peer.write("2\r\ncd\r\n0\r\n\r\n")
                    #expect(same(body, pattern(head.length)))
                }
                while try peer.request() != nil { try peer.write(answer()) }
            }
            let rig = try Rig()
            #expect(try rig.fetch(server, body: 8 << 20).text == "abcd")
            #expect(try rig.fetch(server).text == "ok")
            #expect(server.state.value.accepted == 1)
        }
    }
}
