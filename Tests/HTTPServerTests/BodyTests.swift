import HTTPServer
import TestSupport
import Testing

@Suite struct BodyTests {
    private static var smallLimits: ServerLimits {
        var limits = ServerLimits()
        limits.requestBodyBytes = 100_000
        return limits
    }

    @Test(arguments: [0, 1, 4095, 4096, 4097, 65_536, 100_000, 3_000_000])
    func comesBackWhole(_ size: Int) throws {
        let body = PathHandler.pattern(size)
        let pieces = stride(from: 0, to: size, by: 7001).map { Array(body[$0..<min(size, $0 + 7001)]) }
        try withServer { server in
            let client = try server.client()
            try exchange(client, body) { () throws(SocketError) in try client.send("POST", "/echo", body: body) }
            try exchange(client, body) { () throws(SocketError) in try client.send("PUT", "/echo", chunks: pieces) }
            try exchange(client, body) { () throws(SocketError) in try client.send("GET", "/echo", body: body) }
            #expect(server.openConnections == 1)
        }
    }

    /// The echo is as large as the request, so both sides have to move at once.
    private func exchange(_ client: TestHTTPClient, _ body: [UInt8], _ send: () throws(SocketError) -> Void) throws {
        try send()
        let answer = try client.response()
        #expect(answer.status == 200)
        #expect(answer.body == body)
    }

    @Test func aByteAtATimeIsAsGood() throws {
        try withServer { server in
            let client = try server.client()
            try client.send("POST", "/echo", chunks: PathHandler.pattern(3000).map { [$0] })
            #expect(try client.response().body == PathHandler.pattern(3000))
        }
    }

    // MARK: Bodies that nobody reads

    typealias Unread = (rule: String, fields: [WireField], body: [UInt8], closes: Bool)
    static let unread: [Unread] = [
        ("a short one is dropped", [WireField("Content-Length", "5")], Array("12345".utf8), false),
        ("64 KiB are short", [WireField("Content-Length", "65536")], PathHandler.pattern(65_536), false),
        ("a long one ends it", [WireField("Content-Length", "65537")], PathHandler.pattern(65_537), true),
        (
            "so does one of unknown length", [WireField("Transfer-Encoding", "chunked")], Array("0\r\n\r\n".utf8),
            true
        ),
    ]

    @Test(arguments: unread)
    func whatIsNotReadDoesNotBecomeTheNextRequest(_ c: Unread) throws {
        try withServer { server in
            let client = try server.client()
            try client.send("POST", "/refuse", c.fields)
            try client.send(c.body)
            let answer = try client.response()
            #expect(answer.status == 401)
            #expect((answer.field("connection") == "close") == c.closes, "\(c.rule)")
            if c.closes {
                #expect(try client.rest().isEmpty)
            } else {
                try client.send("GET", "/next")
                #expect(try client.response().text == "/next", "\(c.rule)")
            }
        }
    }

    // MARK: Expect: 100-continue

    static let waits = [WireField("Expect", "100-continue")]

    @Test func theClientIsToldToGoOn() throws {
        try withServer { server in
            let client = try server.client()
            try client.send("POST", "/echo", Self.waits + [WireField("Content-Length", "4")])
            let interim = try client.rawPiece()
            #expect(interim.map { String(decoding: $0, as: UTF8.self) } == "HTTP/1.1 100 Continue\r\n\r\n")
            try client.send("body")
            let answer = try client.response()
            #expect(answer.text == "body")
            try client.send("GET", "/next")
            #expect(try client.response().text == "/next")
        }
    }

    @Test func aRefusalComesWithoutAContinue() throws {
        try withServer { server in
            let client = try server.client()
            try client.send("POST", "/refuse", Self.waits + [WireField("Content-Length", "4")])
            let answer = try client.response()
            #expect(answer.status == 401)
            #expect(answer.interim.isEmpty)
            // What the client would send now may be the body or the next request: nobody can tell.
            #expect(answer.field("connection") == "close")
            #expect(try client.rest().isEmpty)
        }
    }

    typealias Expecting = (rule: String, request: String, interim: [Int])
    static let expecting: [Expecting] = [
        ("the body is there already", "HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab", []),
        ("there is no body", "HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n", []),
        ("HTTP/1.0 knows no 100", "HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab", []),
        (
            "chunked", "HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            []
        ),
    ]

    @Test(arguments: expecting)
    func noContinueIsSentWhereItSaysNothing(_ c: Expecting) throws {
        try withServer { server in
            let client = try server.client()
            try client.send("POST /echo \(c.request)")
            let answer = try client.response()
            #expect(answer.status == 200, "\(c.rule)")
            #expect(answer.interim == c.interim, "\(c.rule)")
        }
    }

    // MARK: The limit

    @Test func aLengthOverTheLimitIsRefusedBeforeItIsRead() throws {
        try withServer(Self.smallLimits) { server in
            for fields in [[], Self.waits] {
                let client = try server.client()
                try client.send("POST", "/echo", fields + [WireField("Content-Length", "100001")])
                let answer = try client.response()
                #expect(answer.status == 413)
                #expect(answer.interim.isEmpty)
                #expect(answer.field("connection") == "close")
            }
            #expect(server.seen.value.failures == Array(repeating: .tooLarge(limitBytes: 100_000), count: 2))
        }
    }

    @Test func theLimitItselfIsAllowed() throws {
        try withServer(Self.smallLimits) { server in
            let body = PathHandler.pattern(100_000)
            let client = try server.client()
            try exchange(client, body) { () throws(SocketError) in try client.send("POST", "/echo", body: body) }
            try exchange(client, body) { () throws(SocketError) in try client.send("POST", "/echo", chunks: [body]) }
        }
    }

    @Test func chunksAreCounted() throws {
        try withServer(Self.smallLimits) { server in
            let client = try server.client()
            try client.send("POST", "/echo", chunks: [PathHandler.pattern(100_000), [1]])
            let answer = try client.response()
            #expect(answer.status == 413)
            #expect(answer.field("connection") == "close")
            #expect(try client.rest().isEmpty)
            #expect(server.seen.value.bodies.isEmpty)
        }
    }

    /// The client sends ten times what is allowed and looks for an answer only then. Closing at once would reset the
    /// connection under it.
    @Test func theAnswerCanBeReadByAClientThatIsStillSending() throws {
        try withServer(Self.smallLimits) { server in
            for chunked in [false, true] {
                let client = try server.client()
                let body = PathHandler.pattern(1_000_000)
                if chunked {
                    try client.send("POST", "/echo", chunks: [body])
                } else {
                    try client.send("POST", "/echo", body: body)
                }
                let answer = try client.response()
                #expect(answer.status == 413)
                #expect(try client.rest().isEmpty)
            }
        }
    }

    @Test func lingeringEndsWithTheFirstMebibyte() throws {
        try withServer(Self.smallLimits) { server in
            let client = try server.client()
            try client.send("POST", "/echo", [WireField("Content-Length", "1000000000")])
            #expect(try client.response().status == 413)
            let piece = [UInt8](repeating: 0, count: 1 << 16)
            var sent = 0
            while sent < 64 << 20, (try? client.send(piece)) != nil { sent += piece.count }
            // The limit, and what the kernel's buffers hold.
            #expect(sent < 32 << 20)
        }
    }

    // MARK: Cut bodies

    static let cuts: [(rule: String, bytes: String)] = [
        ("no byte of it", "Content-Length: 3\r\n\r\n"),
        ("two of three", "Content-Length: 3\r\n\r\nab"),
        ("inside a size", "Transfer-Encoding: chunked\r\n\r\n1"),
        ("inside a chunk", "Transfer-Encoding: chunked\r\n\r\n3\r\nab"),
        ("before the last chunk", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
        ("before the empty line", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"),
        ("inside a trailer", "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n"),
    ]

    @Test(arguments: cuts)
    func aBodyCutShortIsNeverHandedOver(_ c: (rule: String, bytes: String)) throws {
        try withServer { server in
            let client = try server.client()
            try client.send("POST /echo HTTP/1.1\r\nHost: a\r\n" + c.bytes)
            client.finishSending()
            #expect(try client.rest().isEmpty, "\(c.rule)")
            #expect(server.seen.value.failures == [.clientGone], "\(c.rule)")
            #expect(server.seen.value.bodies.isEmpty, "\(c.rule)")
        }
    }

    @Test func aResetInTheMiddleIsTheSame() throws {
        try withServer { server in
            let client = try server.client()
            try client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab")
            client.reset()
            let failures = server.seen.wait(.seconds(10)) { $0.failures.isEmpty ? nil : $0.failures }
            #expect(failures ?? [] == [.clientGone])
        }
    }

    @Test func aShortBodyThatNobodyReadsAndNeverComesClosesTheConnection() throws {
        var limits = ServerLimits()
        limits.bodyTime = .milliseconds(50)
        try withServer(limits) { server in
            let client = try server.client()
            try client.send("POST", "/refuse", [WireField("Content-Length", "5")])
            #expect(try client.response().status == 401)
            #expect(try client.rest().isEmpty)
        }
    }
}
