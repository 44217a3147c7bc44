import HTTPServer
import TestSupport
import Testing

/// Each limit is set so short that the test may wait for it, the others so long that they would fail it.
@Suite struct TimeoutTests {
    private func limits(_ change: (inout ServerLimits) -> Void) -> ServerLimits {
        var limits = ServerLimits()
        limits.headerTime = .seconds(60)
        limits.bodyTime = .seconds(60)
        limits.idleTime = .seconds(60)
        limits.writeTime = .seconds(60)
        change(&limits)
        return limits
    }

    @Test func anIdleConnectionIsClosedWithoutAWord() throws {
        try withServer(limits { $0.idleTime = .milliseconds(50) }) { server in
            let fresh = try server.client()
            #expect(try fresh.rest().isEmpty)
            let used = try server.client()
            try used.send("GET", "/")
            #expect(try used.response().status == 200)
            #expect(try used.rest().isEmpty)
            // An empty line is not the start of a request.
            let blank = try server.client()
            try blank.send("\r\n")
            #expect(try blank.rest().isEmpty)
        }
    }

    @Test(arguments: [
        "G", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r",
    ])
    func aHeadThatDoesNotEndIsRefused(_ start: String) throws {
        try withServer(limits { $0.headerTime = .milliseconds(50) }) { server in
            let client = try server.client()
            try client.send(start)
            let answer = try client.response()
            #expect(answer.status == 408)
            #expect(answer.field("connection") == "close")
            #expect(try client.rest().isEmpty)
            #expect(server.seen.value.requests.isEmpty)
        }
    }

    /// Counted from the first byte, so that a byte now and then does not buy more time.
    @Test func theTimeForAHeadIsAbsolute() throws {
        try withServer(limits { $0.headerTime = .milliseconds(200) }) { server in
            let client = try server.client()
            let began = ContinuousClock.now
            try client.send("GET / HTTP/1.1\r\nX: ")
            while !client.peerCloses(within: .milliseconds(5)), ContinuousClock.now - began < .seconds(10) {
                guard (try? client.send("x")) != nil else { break }
            }
            let lasted = ContinuousClock.now - began
            #expect(lasted >= .milliseconds(200) && lasted < .seconds(5), "\(lasted)")
            #expect(try client.response().status == 408)
        }
    }

    @Test(arguments: ["Content-Length: 3\r\n\r\nab", "Transfer-Encoding: chunked\r\n\r\n3\r\nab"])
    func aBodyThatDoesNotComeIsRefused(_ start: String) throws {
        try withServer(limits { $0.bodyTime = .milliseconds(50) }) { server in
            let client = try server.client()
            try client.send("POST /echo HTTP/1.1\r\nHost: a\r\n" + start)
            let answer = try client.response()
            #expect(answer.status == 408)
            #expect(answer.field("connection") == "close")
            #expect(try client.rest().isEmpty)
            #expect(server.seen.value.failures == [.timedOut])
            #expect(server.seen.value.bodies.isEmpty)
        }
    }

    /// Counted from the last byte: a slow body is fine as long as it moves.
    @Test func theTimeForABodyIsForEachStep() throws {
        try withServer(limits { $0.bodyTime = .milliseconds(300) }) { server in
            let client = try server.client()
            let body = Array("0123456789".utf8)
            try client.send("POST", "/echo", [WireField("Content-Length", "\(body.count)")])
            for byte in body {
                _ = client.peerCloses(within: .milliseconds(60))  // 600 ms in all
                try client.send([byte])
            }
            #expect(try client.response().body == body)
        }
    }

    @Test func aReaderThatTakesNothingIsLetGo() throws {
        try withServer(limits { $0.writeTime = .milliseconds(100) }) { server in
            let client = try server.client()
            client.readSlowly()
            try client.send("GET", "/flood")
            #expect(server.seen.wait(.seconds(20)) { $0.ended > 0 ? true : nil } == true)
            #expect(server.settles())
        }
    }

    @Test func aRequestThatWaitsHasNoTimeOfItsOwn() throws {
        let short = limits {
            $0.idleTime = .milliseconds(20)
            $0.headerTime = .milliseconds(20)
            $0.bodyTime = .milliseconds(20)
            $0.writeTime = .milliseconds(20)
        }
        try withServer(short) { server in
            let client = try server.client()
            try client.send("GET", "/hold")
            #expect(server.seen.wait(.seconds(10)) { $0.waiting == 1 ? true : nil } == true)
            #expect(!client.peerCloses(within: .milliseconds(100)))
            server.release()
            #expect(try client.response().text == "held")
        }
    }
}
