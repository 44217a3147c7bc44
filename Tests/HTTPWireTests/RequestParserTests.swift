import HTTPWire
import Testing

@Suite struct RequestParserTests {
    enum Verdict: Equatable, CustomStringConvertible {
        case head(String)
        case refused(RequestRejection.Reason)
        case unfinished

        var description: String {
            switch self {
            case .head(let text): text
            case .refused(let reason): "refused: \(reason)"
            case .unfinished: "unfinished"
            }
        }
    }

    typealias Case = (rule: String, input: String, verdict: Verdict)

    static let h = "Host: a\r\n"

    static let lines: [Case] = [
        ("plain", "GET /v1/models HTTP/1.1\r\n\(h)\r\n", .head("GET /v1/models 1 none keep")),
        ("each known method", "DELETE / HTTP/1.1\r\n\(h)\r\n", .head("DELETE / 1 none keep")),
        ("each known method", "OPTIONS / HTTP/1.1\r\n\(h)\r\n", .head("OPTIONS / 1 none keep")),
        ("each known method", "HEAD / HTTP/1.1\r\n\(h)\r\n", .head("HEAD / 1 none keep")),
        ("each known method", "PATCH / HTTP/1.1\r\n\(h)\r\n", .head("PATCH / 1 none keep")),
        ("each known method", "PUT / HTTP/1.1\r\n\(h)\r\n", .head("PUT / 1 none keep")),
        ("a later 1.x is 1.1", "GET / HTTP/1.7\r\n\(h)\r\n", .head("GET / 1 none keep")),
        ("1.0 closes", "GET / HTTP/1.0\r\n\r\n", .head("GET / 0 none close")),
        ("1.0 with keep-alive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", .head("GET / 0 none keep")),
        ("close", "GET / HTTP/1.1\r\n\(h)Connection: x, Close \r\n\r\n", .head("GET / 1 none close")),
        (
            "close wins", "GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n",
            .head("GET / 0 none close")
        ),
        ("close;x is not close", "GET / HTTP/1.1\r\n\(h)Connection: close;x\r\n\r\n", .head("GET / 1 none keep")),
        ("0.9", "GET /\r\n", .refused(.malformedRequestLine)),
        ("0.9 spelled out", "GET / HTTP/0.9\r\n\r\n", .refused(.unsupportedVersion)),
        ("2.0", "GET / HTTP/2.0\r\n\r\n", .refused(.unsupportedVersion)),
        ("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .refused(.http2Preface)),
        ("TLS hello", "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}", .refused(.tlsHandshake)),
        ("TLS hello behind a byte", "G\u{16}\u{03}\u{01}", .refused(.malformedRequestLine)),
        ("lower-case version", "GET / http/1.1\r\n\(h)\r\n", .refused(.malformedRequestLine)),
        ("no minor version", "GET / HTTP/1\r\n\(h)\r\n", .refused(.malformedRequestLine)),
        ("two digits", "GET / HTTP/1.10\r\n\(h)\r\n", .refused(.malformedRequestLine)),
        ("two digits", "GET / HTTP/11.1\r\n\(h)\r\n", .refused(.malformedRequestLine)),
        ("blank after the version", "GET / HTTP/1.1 \r\n\(h)\r\n", .refused(.malformedRequestLine)),
        ("two blanks", "GET  / HTTP/1.1\r\n\(h)\r\n", .refused(.malformedRequestLine)),
        ("two blanks", "GET /  HTTP/1.1\r\n\(h)\r\n", .refused(.malformedRequestLine)),
        ("a tab between", "GET\t/ HTTP/1.1\r\n\(h)\r\n", .refused(.malformedRequestLine)),
        ("a tab between", "GET /\tHTTP/1.1\r\n\(h)\r\n", .refused(.badTarget)),
        ("blank before", " GET / HTTP/1.1\r\n\(h)\r\n", .refused(.malformedRequestLine)),
        ("lower-case method", "get / HTTP/1.1\r\n\(h)\r\n", .refused(.unknownMethod)),
        ("unknown method", "BREW / HTTP/1.1\r\n\(h)\r\n", .refused(.unknownMethod)),
        ("a known method's start", "GE / HTTP/1.1\r\n\(h)\r\n", .refused(.unknownMethod)),
        ("no token", "GE@T / HTTP/1.1\r\n\(h)\r\n", .refused(.malformedRequestLine)),
        ("TRACE", "TRACE / HTTP/1.1\r\n\(h)\r\n", .refused(.methodNotAllowed)),
        ("CONNECT", "CONNECT a:443 HTTP/1.1\r\n\(h)\r\n", .refused(.methodNotAllowed)),
        ("one empty line before", "\r\nGET / HTTP/1.1\r\n\(h)\r\n", .head("GET / 1 none keep")),
        ("two empty lines before", "\r\n\r\nGET / HTTP/1.1\r\n\(h)\r\n", .refused(.malformedRequestLine)),
        ("bare LF before", "\nGET / HTTP/1.1\r\n\(h)\r\n", .refused(.bareLineEnd)),
        ("bare CR before", "\rGET / HTTP/1.1\r\n\(h)\r\n", .refused(.bareLineEnd)),
        ("bare LF", "GET / HTTP/1.1\n\(h)\r\n", .refused(.bareLineEnd)),
        ("bare LF in the method", "GET\n", .refused(.bareLineEnd)),
        ("bare CR", "GET / HTTP/1.1\r\(h)\r\n", .refused(.bareLineEnd)),
        ("nothing yet", "", .unfinished),
        ("half a line", "GET / HT", .unfinished),
        ("no empty line", "GET / HTTP/1.1\r\n\(h)", .unfinished),
        ("half an empty line", "GET / HTTP/1.1\r\n\(h)\r", .unfinished),
    ]

    static let targets: [Case] = [
        ("query", "GET /a?b=/../%00 HTTP/1.1\r\n\(h)\r\n", .head("GET /a?b=/../%00 1 none keep")),
        ("empty query", "GET /a? HTTP/1.1\r\n\(h)\r\n", .head("GET /a? 1 none keep")),
        ("second question mark", "GET /a?b?c HTTP/1.1\r\n\(h)\r\n", .head("GET /a?b?c 1 none keep")),
        ("decoded", "GET /%61%20b%C3%A9 HTTP/1.1\r\n\(h)\r\n", .head("GET /a bé 1 none keep")),
        ("decoded once", "GET /%252e%252e HTTP/1.1\r\n\(h)\r\n", .head("GET /%2e%2e 1 none keep")),
        ("encoded question mark", "GET /a%3Fb?c HTTP/1.1\r\n\(h)\r\n", .head("GET /a?b?c 1 none keep")),
        ("dots within a name", "GET /a..b/...c HTTP/1.1\r\n\(h)\r\n", .head("GET /a..b/...c 1 none keep")),
        ("colon, at, quotes", "GET /@p/x:\"free\"|{} HTTP/1.1\r\n\(h)\r\n", .head("GET /@p/x:\"free\"|{} 1 none keep")),
        ("absolute", "GET http://b.c:80/d?e HTTP/1.1\r\n\(h)\r\n", .head("GET /d?e 1 none keep")),
        ("absolute, any case", "GET HTTPS://[::1]:80/d HTTP/1.1\r\n\(h)\r\n", .head("GET /d 1 none keep")),
        ("absolute without path", "GET http://b HTTP/1.1\r\n\(h)\r\n", .head("GET / 1 none keep")),
        ("absolute, only a query", "GET http://b?x HTTP/1.1\r\n\(h)\r\n", .head("GET /?x 1 none keep")),
        ("absolute needs Host too", "GET http://b/ HTTP/1.1\r\n\r\n", .refused(.missingHost)),
        ("absolute without host", "GET http:///d HTTP/1.1\r\n\(h)\r\n", .refused(.badTarget)),
        ("absolute with a user", "GET http://u:p@b/d HTTP/1.1\r\n\(h)\r\n", .refused(.badTarget)),
        ("other scheme", "GET file:///etc/passwd HTTP/1.1\r\n\(h)\r\n", .refused(.badTarget)),
        ("no slash", "GET v1/models HTTP/1.1\r\n\(h)\r\n", .refused(.badTarget)),
        ("authority", "GET a:443 HTTP/1.1\r\n\(h)\r\n", .refused(.badTarget)),
        ("asterisk", "OPTIONS * HTTP/1.1\r\n\(h)\r\n", .head("OPTIONS * 1 none keep")),
        ("asterisk for GET", "GET * HTTP/1.1\r\n\(h)\r\n", .refused(.badTarget)),
        ("asterisk and more", "OPTIONS *x HTTP/1.1\r\n\(h)\r\n", .refused(.badTarget)),
        ("fragment", "GET /a#b HTTP/1.1\r\n\(h)\r\n", .refused(.badTarget)),
        ("NUL", "GET /a\u{00} HTTP/1.1\r\n\(h)\r\n", .refused(.badTarget)),
        ("DEL", "GET /a\u{7F} HTTP/1.1\r\n\(h)\r\n", .refused(.badTarget)),
        ("8-bit", "GET /\u{E9} HTTP/1.1\r\n\(h)\r\n", .refused(.badTarget)),
        ("blank", "GET /a b HTTP/1.1\r\n\(h)\r\n", .refused(.malformedRequestLine)),
        ("encoded slash and dot dot", "GET /a%2f..%2fb HTTP/1.1\r\n\(h)\r\n", .refused(.unsafePath)),
        ("encoded NUL", "GET /a%00 HTTP/1.1\r\n\(h)\r\n", .refused(.unsafePath)),
        ("encoded LF", "GET /a%0Ab HTTP/1.1\r\n\(h)\r\n", .refused(.unsafePath)),
        ("backslash", "GET /a\\b HTTP/1.1\r\n\(h)\r\n", .refused(.unsafePath)),
        ("encoded backslash", "GET /a%5cb HTTP/1.1\r\n\(h)\r\n", .refused(.unsafePath)),
        ("dot dot", "GET /a/../b HTTP/1.1\r\n\(h)\r\n", .refused(.unsafePath)),
        ("dot dot at the end", "GET /a/.. HTTP/1.1\r\n\(h)\r\n", .refused(.unsafePath)),
        ("encoded dot dot", "GET /a/%2E%2e/b HTTP/1.1\r\n\(h)\r\n", .refused(.unsafePath)),
        ("dot dot in an absolute URL", "GET http://b/.. HTTP/1.1\r\n\(h)\r\n", .refused(.unsafePath)),
        ("half an escape", "GET /a%4 HTTP/1.1\r\n\(h)\r\n", .refused(.badTarget)),
        ("no escape", "GET /a%zz HTTP/1.1\r\n\(h)\r\n", .refused(.badTarget)),
        ("decoded to no UTF-8", "GET /%FF HTTP/1.1\r\n\(h)\r\n", .refused(.unsafePath)),
        ("overlong slash", "GET /%C0%AF HTTP/1.1\r\n\(h)\r\n", .refused(.unsafePath)),
    ]

    static let fields: [Case] = [
        ("no blank behind the colon", "GET / HTTP/1.1\r\nHost:a\r\n\r\n", .head("GET / 1 none keep")),
        ("empty value", "GET / HTTP/1.1\r\n\(h)X:\r\n\r\n", .head("GET / 1 none keep")),
        ("tab and obs-text", "GET / HTTP/1.1\r\n\(h)X:\ta\tb \u{FF}\u{80} \r\n\r\n", .head("GET / 1 none keep")),
        ("every tchar", "GET / HTTP/1.1\r\n\(h)!#$%&'*+-.^_`|~09azAZ: x\r\n\r\n", .head("GET / 1 none keep")),
        ("blank before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", .refused(.badFieldName)),
        ("tab before the colon", "GET / HTTP/1.1\r\nHost\t: a\r\n\r\n", .refused(.badFieldName)),
        ("no name", "GET / HTTP/1.1\r\n: a\r\n\r\n", .refused(.badFieldName)),
        ("no colon", "GET / HTTP/1.1\r\n\(h)X\r\n\r\n", .refused(.badFieldName)),
        ("no colon, LF", "GET / HTTP/1.1\r\n\(h)X\n\r\n", .refused(.bareLineEnd)),
        ("control in a name", "GET / HTTP/1.1\r\n\(h)X\u{01}: a\r\n\r\n", .refused(.badFieldName)),
        ("NUL in a name", "GET / HTTP/1.1\r\n\(h)X\u{00}: a\r\n\r\n", .refused(.badFieldName)),
        ("8-bit name", "GET / HTTP/1.1\r\n\(h)X\u{E9}: a\r\n\r\n", .refused(.badFieldName)),
        ("NUL in a value", "GET / HTTP/1.1\r\n\(h)X: a\u{00}b\r\n\r\n", .refused(.badFieldValue)),
        ("control in a value", "GET / HTTP/1.1\r\n\(h)X: a\u{0B}b\r\n\r\n", .refused(.badFieldValue)),
        ("DEL in a value", "GET / HTTP/1.1\r\n\(h)X: 012345678\u{7F}b\r\n\r\n", .refused(.badFieldValue)),
        ("bare CR in a value", "GET / HTTP/1.1\r\n\(h)X: a\rb\r\n\r\n", .refused(.bareLineEnd)),
        ("bare LF in a value", "GET / HTTP/1.1\r\n\(h)X: a\nY: b\r\n\r\n", .refused(.bareLineEnd)),
        ("bare LF for the empty line", "GET / HTTP/1.1\r\n\(h)\n", .refused(.bareLineEnd)),
        ("bare CR for the empty line", "GET / HTTP/1.1\r\n\(h)\rX", .refused(.bareLineEnd)),
        ("folded", "GET / HTTP/1.1\r\n\(h)X: a\r\n b\r\n\r\n", .refused(.foldedField)),
        ("folded with a tab", "GET / HTTP/1.1\r\n\(h)X: a\r\n\tb\r\n\r\n", .refused(.foldedField)),
        ("indented first field", "GET / HTTP/1.1\r\n \(h)\r\n", .refused(.foldedField)),
        ("no Host", "GET / HTTP/1.1\r\n\r\n", .refused(.missingHost)),
        ("no Host in 1.0", "GET / HTTP/1.0\r\n\r\n", .head("GET / 0 none close")),
        ("two Hosts", "GET / HTTP/1.1\r\n\(h)Host: b\r\n\r\n", .refused(.repeatedHost)),
        ("two equal Hosts", "GET / HTTP/1.1\r\n\(h)hOST: a\r\n\r\n", .refused(.repeatedHost)),
        ("two Hosts in 1.0", "GET / HTTP/1.0\r\n\(h)\(h)\r\n", .refused(.repeatedHost)),
        ("empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", .refused(.badHost)),
        ("Host with port", "GET / HTTP/1.1\r\nHost: localhost:4000\r\n\r\n", .head("GET / 1 none keep")),
        ("Host with underscore", "GET / HTTP/1.1\r\nHost: my_gate-way.local\r\n\r\n", .head("GET / 1 none keep")),
        ("Host with an address", "GET / HTTP/1.1\r\nHost: [::1]:4000\r\n\r\n", .head("GET / 1 none keep")),
        ("Host with an empty port", "GET / HTTP/1.1\r\nHost: a:\r\n\r\n", .head("GET / 1 none keep")),
        ("Host with a bad port", "GET / HTTP/1.1\r\nHost: a:x\r\n\r\n", .refused(.badHost)),
        ("Host with a large port", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", .refused(.badHost)),
        ("Host with a huge port", "GET / HTTP/1.1\r\nHost: a:99999999999999999999\r\n\r\n", .refused(.badHost)),
        ("Host with only a port", "GET / HTTP/1.1\r\nHost: :80\r\n\r\n", .refused(.badHost)),
        ("Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", .refused(.badHost)),
        ("Host with a query", "GET / HTTP/1.1\r\nHost: a?b\r\n\r\n", .refused(.badHost)),
        ("Host with a fragment", "GET / HTTP/1.1\r\nHost: a#b\r\n\r\n", .refused(.badHost)),
        ("Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", .refused(.badHost)),
        ("Host with a blank", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", .refused(.badHost)),
        ("Host as a list", "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", .refused(.badHost)),
        ("Host, bracket open", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", .refused(.badHost)),
        ("Host, junk behind the bracket", "GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", .refused(.badHost)),
        ("Host, 8-bit", "GET / HTTP/1.1\r\nHost: \u{E9}\r\n\r\n", .refused(.badHost)),
    ]

    static func post(_ fields: String, _ version: String = "1.1") -> String {
        "POST / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n"
    }

    static let framings: [Case] = [
        ("length", post("Content-Length: 5\r\n"), .head("POST / 1 length(5) keep")),
        ("length 0", post("Content-Length: 0\r\n"), .head("POST / 1 length(0) keep")),
        ("leading zeros", post("Content-Length: 0005\r\n"), .head("POST / 1 length(5) keep")),
        ("many zeros", post("Content-Length: 00000000000000000000000005\r\n"), .head("POST / 1 length(5) keep")),
        ("blanks around", post("Content-Length: \t5 \t\r\n"), .head("POST / 1 length(5) keep")),
        ("length with GET", "GET / HTTP/1.1\r\n\(h)Content-Length: 5\r\n\r\n", .head("GET / 1 length(5) keep")),
        (
            "largest", post("Content-Length: 9223372036854775807\r\n"),
            .head("POST / 1 length(9223372036854775807) keep")
        ),
        ("too large", post("Content-Length: 9223372036854775808\r\n"), .refused(.badContentLength)),
        ("much too large", post("Content-Length: 99999999999999999999999\r\n"), .refused(.badContentLength)),
        ("plus", post("Content-Length: +5\r\n"), .refused(.badContentLength)),
        ("minus", post("Content-Length: -5\r\n"), .refused(.badContentLength)),
        ("hex", post("Content-Length: 0x5\r\n"), .refused(.badContentLength)),
        ("underscore", post("Content-Length: 1_0\r\n"), .refused(.badContentLength)),
        ("blank inside", post("Content-Length: 1 0\r\n"), .refused(.badContentLength)),
        ("letters", post("Content-Length: five\r\n"), .refused(.badContentLength)),
        ("letters behind", post("Content-Length: 5a\r\n"), .refused(.badContentLength)),
        ("quotes", post("Content-Length: \"5\"\r\n"), .refused(.badContentLength)),
        ("fraction", post("Content-Length: 5.0\r\n"), .refused(.badContentLength)),
        ("empty", post("Content-Length:\r\n"), .refused(.badContentLength)),
        ("other digits", post("Content-Length: \u{D9}\u{A5}\r\n"), .refused(.badContentLength)),
        ("list", post("Content-Length: 5, 5\r\n"), .refused(.badContentLength)),
        ("twice, equal", post("Content-Length: 5\r\ncontent-length: 5\r\n"), .refused(.repeatedContentLength)),
        ("twice, differing", post("Content-Length: 5\r\nContent-Length: 6\r\n"), .refused(.repeatedContentLength)),
        ("chunked", post("Transfer-Encoding: chunked\r\n"), .head("POST / 1 chunked keep")),
        ("chunked, any case", post("TRANSFER-ENCODING: \tChUnKeD \r\n"), .head("POST / 1 chunked keep")),
        (
            "both", post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
            .refused(.lengthWithTransferEncoding)
        ),
        (
            "both, the other way round", post("Transfer-Encoding: chunked\r\nContent-Length: 0\r\n"),
            .refused(.lengthWithTransferEncoding)
        ),
        ("identity", post("Transfer-Encoding: identity\r\n"), .refused(.badTransferEncoding)),
        ("unknown", post("Transfer-Encoding: xchunked\r\n"), .refused(.badTransferEncoding)),
        ("gzip first", post("Transfer-Encoding: gzip, chunked\r\n"), .refused(.unsupportedTransferCoding)),
        ("chunked not last", post("Transfer-Encoding: chunked, gzip\r\n"), .refused(.badTransferEncoding)),
        ("chunked twice", post("Transfer-Encoding: chunked, chunked\r\n"), .refused(.badTransferEncoding)),
        (
            "two lines", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
            .refused(.badTransferEncoding)
        ),
        ("empty member", post("Transfer-Encoding: chunked,\r\n"), .refused(.badTransferEncoding)),
        ("empty member", post("Transfer-Encoding: ,chunked\r\n"), .refused(.badTransferEncoding)),
        ("empty", post("Transfer-Encoding:\r\n"), .refused(.badTransferEncoding)),
        ("quoted", post("Transfer-Encoding: \"chunked\"\r\n"), .refused(.badTransferEncoding)),
        ("parameter", post("Transfer-Encoding: chunked;x=1\r\n"), .refused(.badTransferEncoding)),
        ("no-break space", post("Transfer-Encoding: \u{A0}chunked\r\n"), .refused(.badTransferEncoding)),
        ("vertical tab", post("Transfer-Encoding: \u{0B}chunked\r\n"), .refused(.badFieldValue)),
        ("in 1.0", post("Transfer-Encoding: chunked\r\n", "1.0"), .refused(.transferEncodingInHTTP10)),
        (
            "expectation", post("Content-Length: 5\r\nExpect: 100-Continue\r\n"),
            .head("POST / 1 length(5) keep continue")
        ),
        ("expectation without a body", post("Expect: 100-continue\r\n"), .head("POST / 1 none keep")),
        (
            "expectation with an empty body", post("Expect: 100-continue\r\nContent-Length: 0\r\n"),
            .head("POST / 1 length(0) keep")
        ),
        (
            "expectation in 1.0", post("Content-Length: 5\r\nExpect: 100-continue\r\n", "1.0"),
            .head("POST / 0 length(5) close")
        ),
        ("other expectation", post("Expect: miracles\r\n"), .refused(.unsupportedExpectation)),
        (
            "upgrade is not heard", post("Upgrade: h2c\r\nConnection: upgrade, http2-settings\r\n"),
            .head("POST / 1 none keep")
        ),
    ]

    @Test(arguments: [lines, targets, fields, framings])
    func sameVerdictHoweverTheBytesAreCut(_ cases: [Case]) {
        for (rule, input, verdict) in cases {
            let bytes = latin1(input)
            for arrival in arrivals(of: bytes.count) {
                let found = parse(bytes, arrival)
                guard found == verdict else {
                    Issue.record("\(rule): \(input.debugDescription) cut at \(arrival): \(found), not \(verdict)")
                    break
                }
            }
        }
    }

    private func parse(_ bytes: [UInt8], _ arrival: [Int], _ limits: RequestLimits = RequestLimits()) -> Verdict {
        var parser = RequestParser(limits: limits)
        do {
            for count in arrival {
                guard let head = try parser.parse(bytes.span.extracting(first: count)) else { continue }
                return .head(Self.describe(head))
            }
            return .unfinished
        } catch {
            return .refused(error.reason)
        }
    }

    static func describe(_ head: RequestHead) -> String {
        var text = "\(head.method.rawValue) \(head.path)"
        if let query = head.query { text += "?\(query)" }
        text += " \(head.minorVersion) \(head.framing) \(head.keepAlive ? "keep" : "close")"
        return head.expectsContinue ? text + " continue" : text
    }

    @Test func refusesABadByteWhenItComesIntoSight() {
        let bad: [(String, RequestRejection.Reason)] = [
            ("GET /\n", .bareLineEnd), ("G\u{01}", .malformedRequestLine), ("GET /\u{80}", .badTarget),
            ("BREW ", .unknownMethod), ("GET / X", .malformedRequestLine), ("GET / HTTP/1.1\r\n ", .foldedField),
            ("GET / HTTP/1.1\r\nA\u{00}", .badFieldName), ("GET / HTTP/1.1\r\nA:\u{00}", .badFieldValue),
            ("GET / HTTP/1.1\r\nA:b\rC", .bareLineEnd),
        ]
        for (input, reason) in bad {
            let bytes = latin1(input)
            #expect(parse(bytes, [bytes.count]) == .refused(reason), "\(input.debugDescription)")
            #expect(parse(bytes, [bytes.count - 1]) == .unfinished, "\(input.debugDescription)")
        }
    }

    @Test func aRefusedConnectionStaysRefused() {
        var parser = RequestParser()
        let bad = latin1("GET / HTTP/1.1\n")
        let good = latin1("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(throws: RequestRejection(.bareLineEnd)) { try parser.parse(bad.span) }
        #expect(throws: RequestRejection(.bareLineEnd)) { try parser.parse(good.span) }
        parser.reset()
        #expect(throws: Never.self) { try parser.parse(good.span) }
    }

    typealias LimitCase = (rule: String, input: String, verdict: Verdict)

    static let limits = RequestLimits(requestLineBytes: 20, headerBlockBytes: 40, fields: 3, fieldBytes: 18)
    static let atLimits: [LimitCase] = [
        ("request line at its limit", "GET /34567 HTTP/1.1\r\n\(h)\r\n", .head("GET /34567 1 none keep")),
        ("request line at its limit", "GET /345678 HTTP/1.1\r\n\(h)\r\n", .head("GET /345678 1 none keep")),
        ("request line above it", "GET /3456789 HTTP/1.1\r\n\(h)\r\n", .refused(.requestLineTooLong)),
        ("request line without end", "GET /345678901234567890", .refused(.requestLineTooLong)),
        ("method without end", "GETGETGETGETGETGETGETGET", .refused(.requestLineTooLong)),
        ("field at its limit", "GET / HTTP/1.1\r\n\(h)X: 345678901234567\r\n\r\n", .head("GET / 1 none keep")),
        ("field above it", "GET / HTTP/1.1\r\n\(h)X: 3456789012345678\r\n\r\n", .refused(.fieldTooLong)),
        ("field above it, all blanks", "GET / HTTP/1.1\r\n\(h)X:                 \r\n\r\n", .refused(.fieldTooLong)),
        (
            "field above it, all tabs", "GET / HTTP/1.1\r\n\(h)X:\(String(repeating: "\t", count: 17))",
            .refused(.fieldTooLong)
        ),
        ("a bad byte behind the limit", "GET / HTTP/1.1\r\n\(h)X: 3456789012345678\u{00}", .refused(.fieldTooLong)),
        ("name above it", "GET / HTTP/1.1\r\n\(h)Xxxxxxxxxxxxxxxxxx: a\r\n\r\n", .refused(.fieldTooLong)),
        ("as many fields as allowed", "GET / HTTP/1.1\r\n\(h)A:1\r\nB:2\r\n\r\n", .head("GET / 1 none keep")),
        ("one more", "GET / HTTP/1.1\r\n\(h)A:1\r\nB:2\r\nC:3\r\n\r\n", .refused(.tooManyFields)),
        (
            "block at its limit", "GET / HTTP/1.1\r\n\(h)A: 3456789012\r\nB: 345678901\r\n\r\n",
            .head("GET / 1 none keep")
        ),
        (
            "block above it", "GET / HTTP/1.1\r\n\(h)A: 3456789012\r\nB: 3456789012\r\n\r\n",
            .refused(.fieldsTooLong)
        ),
    ]

    @Test func limitsHoldAtTheirBoundsAtEveryCut() {
        for (rule, input, verdict) in Self.atLimits {
            let bytes = latin1(input)
            for arrival in arrivals(of: bytes.count) {
                let found = parse(bytes, arrival, Self.limits)
                guard found == verdict else {
                    Issue.record("\(rule): \(input.debugDescription) cut at \(arrival): \(found), not \(verdict)")
                    break
                }
            }
        }
    }

    @Test func defaultsTakeALongTargetAndRefuseALongerOne() {
        let eightThousand = latin1("GET /\(String(repeating: "a", count: 8000)) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(parse(eightThousand, [eightThousand.count]) != .refused(.requestLineTooLong))
        let longer = latin1("GET /\(String(repeating: "a", count: 16 << 10)) HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(parse(longer, [longer.count]) == .refused(.requestLineTooLong))
        let many = latin1("GET / HTTP/1.1\r\nHost: a\r\n\(String(repeating: "a: b\r\n", count: 200))\r\n")
        #expect(parse(many, [many.count]) == .refused(.tooManyFields))
    }

    @Test func extremeLimitsDoNotTrap() {
        let bytes = latin1("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        let none = RequestLimits(requestLineBytes: -1, headerBlockBytes: -1, fields: -1, fieldBytes: -1)
        let all = RequestLimits(requestLineBytes: .max, headerBlockBytes: .max, fields: .max, fieldBytes: .max)
        #expect(parse(bytes, [bytes.count], none) == .refused(.requestLineTooLong))
        #expect(parse(bytes, [bytes.count], all) == .head("GET / 1 none keep"))
    }

    @Test func pipelinedRequestsAreReadOneByOne() throws {
        let first = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n"
        let second = "\r\nGET /b HTTP/1.1\r\nHost: a\r\n\r\n"
        let third = "GET /c HTTP/1.0\r\n\r\n"
        let bytes = latin1(first + "abc" + second + third + "GET")
        var parser = RequestParser()
        let head = try #require(try parser.parse(bytes.span))
        #expect(head.path == "/a")
        #expect(parser.consumedBytes == first.utf8.count)
        var start = parser.consumedBytes + 3
        #expect(try parser.parse(bytes.span.extracting(start...))?.path == "/b")
        #expect(parser.consumedBytes == second.utf8.count)
        start += parser.consumedBytes
        #expect(try parser.parse(bytes.span.extracting(start...))?.path == "/c")
        start += parser.consumedBytes
        #expect(try parser.parse(bytes.span.extracting(start...)) == nil)
        #expect(parser.consumedBytes == 0)
    }

    @Test func theHeadersTimeRunsFromItsFirstByte() throws {
        var parser = RequestParser()
        let bytes = latin1("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
        for count in 0...2 {
            _ = try parser.parse(bytes.span.extracting(first: count))
            #expect(parser.hasStarted == false)
        }
        _ = try parser.parse(bytes.span.extracting(first: 3))
        #expect(parser.hasStarted == true)
        _ = try parser.parse(bytes.span)
        #expect(parser.hasStarted == false)
    }

    @Test func everyReasonHasAStatusAndAText() {
        let statuses: Set = [400, 405, 408, 413, 414, 417, 431, 501, 505]
        for reason in RequestRejection.Reason.allCases {
            let rejection = RequestRejection(reason)
            #expect(statuses.contains(rejection.status))
            #expect(rejection.message.hasSuffix("."))
        }
    }

    @Test(arguments: [
        ("/models/a", "/models/a", nil), ("/models/a%2Fb", "/models/a/b", 9...9), ("/a%2fb%2Fc", "/a/b/c", 2...4),
        ("/%C3%A9%2F", "/é/", 3...3), ("/a%252Fb", "/a%2Fb", nil),
    ])
    func encodedSlashesAreTold(_ raw: String, _ path: String, _ slashes: ClosedRange<Int>?) throws {
        let bytes = latin1("GET \(raw) HTTP/1.1\r\nHost: a\r\n\r\n")
        var parser = RequestParser()
        let head = try #require(try parser.parse(bytes.span))
        #expect(head.path == path)
        #expect(head.encodedSlashes == slashes)
        #expect(head.rawPath == raw)
    }

    @Test(arguments: [
        ("/a", nil), ("*", nil), ("http://b", "b"), ("HTTP://B.c:80/d?e", "B.c:80"), ("https://[::1]:1/%41", "[::1]:1"),
        ("http://b?x", "b"), ("/http://b/", nil),
    ])
    func theAuthorityOfAWholeURLIsTold(_ target: String, _ authority: String?) throws {
        let bytes = latin1("OPTIONS \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        var parser = RequestParser()
        let head = try #require(try parser.parse(bytes.span))
        #expect(head.targetAuthority.map(head.fields.string) == authority)
    }

    @Test func fieldsOutliveTheBuffer() throws {
        var bytes = latin1(
            "GET / HTTP/1.1\r\nHost: a\r\nX-Tag:  one \r\nx-tag: two\r\nY: caf\u{C3}\u{A9} \u{FF}\r\n\r\n")
        var parser = RequestParser()
        let head = try #require(try parser.parse(bytes.span))
        bytes = []
        #expect(head.fields.count(of: "x-tag") == 2)
        #expect(head.fields.string("x-tag") == "one")
        #expect(head.fields.string("y") == "café \u{FFFD}")
        #expect(head.fields.string("z") == nil)
        var all: [String] = []
        head.fields.forEach { name, value in
            all.append("\(head.fields.string(name))=\(head.fields.string(value))")
        }
        #expect(all == ["Host=a", "X-Tag=one", "x-tag=two", "Y=café \u{FFFD}"])
    }
}
