import TestSupport
import Testing

/// What is no acceptable request gets one answer, which closes, and nothing behind it is looked at.
@Suite struct VerdictTests {
    typealias Case = (rule: String, request: String, status: Int)

    private static func post(_ fields: String, _ body: String = "") -> String {
        "POST /echo HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n\(body)"
    }

    static let framing: [Case] = [
        ("length and coding", post("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400),
        ("coding and length", post("Transfer-Encoding: chunked\r\nContent-Length: 5", "0\r\n\r\n"), 400),
        ("two lengths", post("Content-Length: 1\r\nContent-Length: 2", "ab"), 400),
        ("two equal lengths", post("Content-Length: 1\r\nContent-Length: 1", "a"), 400),
        ("a list of lengths", post("Content-Length: 1, 1", "a"), 400),
        ("a sign", post("Content-Length: +1", "a"), 400),
        ("a minus", post("Content-Length: -1", "a"), 400),
        ("hexadecimal", post("Content-Length: 0x1", "a"), 400),
        ("an underscore", post("Content-Length: 1_0", "a"), 400),
        ("a blank inside", post("Content-Length: 1 0", "a"), 400),
        ("no digit", post("Content-Length: ", "a"), 400),
        ("more than 64 bits", post("Content-Length: 18446744073709551617", "a"), 400),
        ("an unknown coding", post("Transfer-Encoding: gzip", "a"), 400),
        ("a coding before chunked", post("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"), 501),
        ("chunked twice", post("Transfer-Encoding: chunked, chunked", "0\r\n\r\n"), 400),
        ("two codings", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400),
        ("a quoted coding", post("Transfer-Encoding: \"chunked\"", "0\r\n\r\n"), 400),
        ("a vertical tab", post("Transfer-Encoding: \u{0B}chunked", "0\r\n\r\n"), 400),
        ("HTTP/1.0 with a coding", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ]

    static let chunks: [Case] = [
        ("no size", post("Transfer-Encoding: chunked", "\r\n\r\n"), 400),
        ("a prefix", post("Transfer-Encoding: chunked", "0x1\r\na\r\n0\r\n\r\n"), 400),
        ("a sign", post("Transfer-Encoding: chunked", "+1\r\na\r\n0\r\n\r\n"), 400),
        ("a blank", post("Transfer-Encoding: chunked", "1 \r\na\r\n0\r\n\r\n"), 400),
        ("a bare LF", post("Transfer-Encoding: chunked", "1\na\n0\n\n"), 400),
        ("data longer than its size", post("Transfer-Encoding: chunked", "1\r\nab\r\n0\r\n\r\n"), 400),
        ("a size beyond 64 bits", post("Transfer-Encoding: chunked", "FFFFFFFFFFFFFFFF1\r\na\r\n0\r\n\r\n"), 400),
        ("a CR in an extension", post("Transfer-Encoding: chunked", "1;a\rb\r\na\r\n0\r\n\r\n"), 400),
        ("a trailer without a colon", post("Transfer-Encoding: chunked", "0\r\nX\r\n\r\n"), 400),
        (
            "trailers without end",
            post("Transfer-Encoding: chunked", "0\r\nX: \(String(repeating: "y", count: 9000))\r\n\r\n"), 400
        ),
        (
            "extensions without end",
            post("Transfer-Encoding: chunked", "1;\(String(repeating: "y", count: 17000))\r\na\r\n0\r\n\r\n"), 400
        ),
    ]

    static let fields: [Case] = [
        ("a blank before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400),
        ("no name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n", 400),
        ("no colon", "GET / HTTP/1.1\r\nHost: a\r\nxyz\r\n\r\n", 400),
        ("an 8-bit name", "GET / HTTP/1.1\r\nHost: a\r\nü: b\r\n\r\n", 400),
        ("NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 400),
        ("a control in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\u{01}b\r\n\r\n", 400),
        ("a folded line", "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400),
        ("an indented first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
        ("bare LF", "GET / HTTP/1.1\nHost: a\n\n", 400),
        ("bare CR", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400),
        ("no Host", "GET / HTTP/1.1\r\n\r\n", 400),
        ("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        ("a path in Host", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        ("a user in Host", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400),
        ("an expectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\n\r\n", 417),
    ]

    static let requestLines: [Case] = [
        ("HTTP/0.9", "GET /\r\n\r\n", 400),
        ("no target", "GET HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("two blanks", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("lower case", "get / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        ("an unknown method", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
        ("CONNECT", "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        ("TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405),
        ("HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ("the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        ("TLS", "\u{16}\u{03}\u{01}\u{02}\0\u{01}\0\u{01}", 400),
        ("a fragment", "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a control", "GET /\u{7F} HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("8 bits", "GET /ü HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a star with GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("two empty lines", "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("a segment up", "GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    ]

    static let sizes: [Case] = [
        ("a long request line", "GET /\(String(repeating: "a", count: 17_000)) HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (
            "a long field", "GET / HTTP/1.1\r\nHost: a\r\nX: \(String(repeating: "a", count: 17_000))\r\n\r\n",
            431
        ),
        (
            "a long block",
            "GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: \(String(repeating: "a", count: 9000))\r\n", count: 8))\r\n",
            431
        ),
        (
            "many fields", "GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: a\r\n", count: 200))\r\n", 431
        ),
    ]

    @Test(arguments: framing + chunks + fields + requestLines + sizes)
    func isRefusedOnceAndClosed(_ c: Case) throws {
        try withServer { server in
            let client = try server.client()
            try client.send(c.request + "GET /after HTTP/1.1\r\nHost: a\r\n\r\n")
            let bytes = try client.rest()
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(text.hasPrefix("HTTP/1.1 \(c.status) "), "\(c.rule): \(text.prefix(40))")
            #expect(text.split(separator: "HTTP/1.1 ").count == 1, "\(c.rule): more than one answer")
            #expect(text.contains("\r\nConnection: close\r\n"), "\(c.rule)")
            #expect(text.contains("\r\nContent-Length: "), "\(c.rule)")
            #expect(!server.seen.value.requests.contains("GET /after"), "\(c.rule)")
            #expect(server.seen.value.bodies.isEmpty, "\(c.rule)")
        }
    }

    /// A refusal does not wait for the rest of a head: the byte that is wrong is enough.
    @Test func theAnswerComesWithTheFirstBadByte() throws {
        try withServer { server in
            let client = try server.client()
            try client.send("GET / HTTP/1.1\r\nHost :")
            let answer = try client.response()
            #expect(answer.status == 400)
            #expect(answer.text == #"{"refused":"badFieldName"}"#)
        }
    }

    @Test func aMethodThatIsNotAllowedIsToldWhichAre() throws {
        try withServer { server in
            let client = try server.client()
            try client.send("TRACE / HTTP/1.1\r\nHost: a\r\n\r\n")
            let answer = try client.response()
            #expect(answer.field("allow") == "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS")
        }
    }

    typealias Accepted = (rule: String, request: String, seen: String)
    static let accepted: [Accepted] = [
        ("an absolute target", "GET http://other:99/path?q HTTP/1.1\r\nHost: a\r\n\r\n", "GET /path"),
        ("an absolute target without a path", "GET http://other HTTP/1.1\r\nHost: a\r\n\r\n", "GET /"),
        ("a star with OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS *"),
        ("one empty line first", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /"),
        ("8 bits in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: ü\r\n\r\n", "GET /"),
        (
            "an upgrade is not taken", "GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
            "GET /"
        ),
        ("a body on DELETE", "DELETE / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab", "DELETE /"),
        (
            "8000 octets of target", "GET /\(String(repeating: "a", count: 8000)) HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET /aaa"
        ),
        ("200 fields", "GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "X: a\r\n", count: 199))\r\n", "GET /"),
    ]

    @Test(arguments: accepted)
    func isProcessedOnce(_ c: Accepted) throws {
        try withServer { server in
            let client = try server.client()
            try client.send(c.request)
            #expect(try client.response().status == 200, "\(c.rule)")
            try client.send("GET", "/next")
            #expect(try client.response().text == "/next", "\(c.rule)")
            let requests = server.seen.value.requests
            #expect(requests.count == 2 && requests[0].hasPrefix(c.seen), "\(c.rule): \(requests)")
        }
    }
}
