import EventLoop
import HTTPServer
import TestSupport
import Testing

/// What one client does must not be felt by another.
@Suite struct FairnessTests {
    private func expectNormalAnswers(_ server: RunningServer, _ what: Comment) throws {
        let began = ContinuousClock.now
        for number in 0..<20 {
            let client = try TestHTTPClient(port: server.port, timeout: .seconds(5))
            try client.send("GET", "/\(number)")
            #expect(try client.response().text == "/\(number)", what)
        }
        #expect(ContinuousClock.now - began < .seconds(2), what)
    }

    @Test func tricklersAndIdleSocketsDelayNobody() throws {
        try withServer { server in
            let idle = try (0..<200).map { _ in try server.client() }
            let tricklers = try (0..<50).map { _ in try server.client() }
            for client in tricklers { try client.send("GET / HTTP/1.1\r\nHost: a\r\nX: ") }
            for _ in 0..<20 {
                for client in tricklers { try client.send("x") }
                let answer = try TestHTTPClient.get(server.port, "/")
                #expect(answer.status == 200)
            }
            try expectNormalAnswers(server, "beside tricklers")
            #expect(server.openConnections >= 250)
            for client in tricklers {
                try client.send("\r\n\r\n")
                #expect(try client.response().status == 200)
            }
            withExtendedLifetime(idle) {}
        }
    }

    /// The handler sends without end; what it gets rid of is bounded by what the kernel buffers.
    @Test func stalledReadersHoldBackTheirHandlers() throws {
        try withServer { server in
            let stalled = try (0..<10).map { _ in try server.client() }
            for client in stalled {
                client.readSlowly()
                try client.send("GET", "/flood")
            }
            #expect(server.seen.wait(.seconds(10)) { $0.requests.count == 10 ? true : nil } == true)
            try expectNormalAnswers(server, "beside stalled readers")
            // Nothing moves any more: the loop has been through many turns since the last one that could.
            let before = server.seen.value.sentBytes
            try expectNormalAnswers(server, "beside stalled readers, again")
            #expect(server.seen.value.sentBytes == before)
            #expect(before < 10 * 8 << 20)
            for client in stalled { client.reset() }
            #expect(server.settles())
        }
    }

    @Test func aSlowReaderGetsEveryByte() throws {
        try withServer { server in
            let client = try server.client()
            try client.send("GET", "/big?20000000")
            try expectNormalAnswers(server, "while a large answer waits")
            let answer = try client.response()
            #expect(answer.body == PathHandler.pattern(20_000_000))
        }
    }

    /// A client that always has another request ready must not keep the loop to itself.
    @Test func aFloodOfPipelinedRequestsLeavesTimeForOthers() throws {
        try withServer { server in
            let batch = Array(repeating: "GET /flooder HTTP/1.1\r\nHost: a\r\n\r\n", count: 200).joined()
            try beside(server, sending: batch) {
                try expectNormalAnswers(server, "beside a flood of requests")
            }
        }
    }

    @Test func anUploadWithoutEndLeavesTimeForOthers() throws {
        var limits = ServerLimits()
        limits.requestBodyBytes = 1 << 40
        try withServer(limits) { server in
            let head = "POST /upload HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            let chunk = "10000\r\n" + String(repeating: "x", count: 65536) + "\r\n"
            try beside(server, head: head, sending: chunk) {
                try expectNormalAnswers(server, "beside an upload")
            }
        }
    }

    @Test func aDownloadWithoutEndLeavesTimeForOthers() throws {
        try withServer { server in
            try beside(server, head: "GET /flood HTTP/1.1\r\nHost: a\r\n\r\n", sending: nil) {
                try expectNormalAnswers(server, "beside a download")
            }
        }
    }

    /// Runs `body` while one client sends `text` again and again and another thread reads all that comes back.
    private func beside(
        _ server: RunningServer, head: String = "", sending text: String?, _ body: () throws -> Void
    ) throws {
        let client = try server.client()
        // Safe: one thread only sends, the other only receives, and both are joined before anything else is done.
        nonisolated(unsafe) let shared = client
        let received = Watched(0)
        let phase = Watched(Phase.flooding)
        try client.send(head)
        let reader = try Thread(name: "reader") {
            while phase.value < .ended, let piece = unsafe try? shared.rawPiece() {
                received.update { $0 += piece.count }
            }
        }
        let writer = try Thread(name: "writer") {
            while let text, phase.value == .flooding, (unsafe try? shared.send(text)) != nil {}
        }
        if text == nil || head.isEmpty {
            #expect(received.wait(.seconds(10)) { $0 > 1 << 14 ? true : nil } == true)
        } else {
            #expect(server.seen.wait(.seconds(10)) { $0.waiting == 1 ? true : nil } == true)
        }
        let result = Swift.Result { try body() }
        phase.update { $0 = .sent }
        writer.join()
        client.finishSending()
        phase.update { $0 = .ended }
        reader.join()
        try result.get()
    }

    private enum Phase: Int, Comparable {
        case flooding
        case sent
        case ended

        static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
    }
}
