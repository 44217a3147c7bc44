import TestSupport
import Testing

@Suite struct KeepAliveTests {
    @Test func oneConnectionServesManyRequests() throws {
        try withServer { server in
            let client = try server.client()
            for number in 0..<20 {
                try client.send("GET", "/\(number)")
                let answer = try client.response()
                #expect(answer.status == 200)
                #expect(answer.text == "/\(number)")
                #expect(answer.field("connection") == nil)
                #expect(answer.field("date")?.hasSuffix(" GMT") == true)
            }
            #expect(server.openConnections == 1)
        }
    }

    typealias Case = (rule: String, request: String, connection: String?, closes: Bool)
    static let cases: [Case] = [
        ("HTTP/1.1 lives on", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", nil, false),
        ("close is honoured", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "close", true),
        ("close in a list", "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", "close", true),
        ("HTTP/1.0 ends", "GET / HTTP/1.0\r\n\r\n", "close", true),
        ("HTTP/1.0 lives on if asked", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "keep-alive", false),
        ("close wins", "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", "close", true),
        ("a later minor version is 1.1", "GET / HTTP/1.7\r\nHost: a\r\n\r\n", nil, false),
    ]

    @Test(arguments: cases)
    func theConnectionFieldSaysWhatHappens(_ c: Case) throws {
        try withServer { server in
            let client = try server.client()
            try client.send(c.request)
            let answer = try client.response()
            #expect(answer.text == "/", "\(c.rule)")
            #expect(answer.field("connection") == c.connection, "\(c.rule)")
            if c.closes {
                #expect(try client.rest().isEmpty, "\(c.rule)")
            } else {
                try client.send("GET", "/again")
                #expect(try client.response().text == "/again", "\(c.rule)")
            }
        }
    }

    @Test func aStreamToHTTP10EndsWithTheConnection() throws {
        try withServer { server in
            let client = try server.client()
            try client.send("GET /stream?3 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let answer = try client.response()
            #expect(answer.text == "piece 0;piece 1;piece 2;")
            #expect(answer.field("transfer-encoding") == nil)
            #expect(answer.field("content-length") == nil)
            #expect(answer.field("connection") == "close")
        }
    }

    @Test func aStreamToHTTP11IsChunkedAndTheConnectionLivesOn() throws {
        try withServer { server in
            let client = try server.client()
            for _ in 0..<3 {
                try client.send("GET", "/stream?50")
                let answer = try client.response()
                #expect(answer.text == (0..<50).map { "piece \($0);" }.joined())
                #expect(answer.field("transfer-encoding") == "chunked")
                #expect(answer.field("connection") == nil)
            }
        }
    }

    @Test(arguments: ["/hello", "/stream?3", "/parts?6", "/big?100000"])
    func anAnswerToHeadHasTheFieldsAndNoBody(_ target: String) throws {
        try withServer { server in
            let client = try server.client()
            try client.send("HEAD", target)
            let head = try client.response(toHead: true)
            try client.send("GET", target)
            let get = try client.response()
            #expect(head.status == 200)
            #expect(head.fields.filter { $0.name != "Date" } == get.fields.filter { $0.name != "Date" })
            #expect(!get.body.isEmpty)
        }
    }

    @Test(arguments: [204, 304])
    func someStatusesNeverHaveABody(_ status: Int) throws {
        try withServer { server in
            let client = try server.client()
            try client.send("GET", "/empty?\(status)")
            let answer = try client.response()
            #expect(answer.status == status)
            #expect(answer.field("content-length") == nil)
            try client.send("GET", "/next")
            #expect(try client.response().text == "/next")
        }
    }

    /// Too short, too long, or never sent: the client must not take the next answer for a part of this one.
    @Test(arguments: ["/parts?7", "/parts?5", "/parts?3", "/unflushed", "/unfinished", "/silent"])
    func anAnswerThatIsNotWholeEndsTheConnection(_ target: String) throws {
        try withServer { server in
            let client = try server.client()
            try client.send("GET", target)
            try client.send("GET", "/next")
            // A reset is as good an end as a FIN here: the second request is never read.
            #expect(((try? client.rest()) ?? []).isEmpty)
            #expect(server.seen.value.requests.count == 1)
        }
    }

    @Test func anAnswerMayBeGivenInParts() throws {
        try withServer { server in
            let client = try server.client()
            try client.send("GET", "/parts?6")
            #expect(try client.response().text == "abcdef")
            try client.send("GET", "/next")
            #expect(try client.response().text == "/next")
        }
    }

    @Test func aFieldThatWouldEndItsLineIsLeftOut() throws {
        try withServer { server in
            let client = try server.client()
            try client.send("GET", "/fields")
            let answer = try client.response()
            #expect(
                answer.fields.filter { $0.name.lowercased().hasPrefix("x-") } == [
                    WireField("X-Text", "plain"), WireField("x-good", "value\tüä"), WireField("X-Rejected", "3"),
                ])
        }
    }

    @Test func theOtherEndIsKnown() throws {
        try withServer { server in
            let answer = try TestHTTPClient.get(server.port, "/peer")
            #expect(answer.text.hasPrefix("127.0.0.1:"))
        }
    }
}
