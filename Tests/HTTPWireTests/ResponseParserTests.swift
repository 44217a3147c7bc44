import HTTPWire
import Testing

@Suite struct ResponseParserTests {
    enum Verdict: Equatable {
        case head(String)
        case refused(ResponseFault)
        case unfinished
    }

    typealias Case = (rule: String, input: String, verdict: Verdict)

    static let ok = "HTTP/1.1 200 OK\r\n"
    static let none = "HTTP/1.1 204 No Content\r\n"

    static let cases: [Case] = [
        ("length", "\(ok)Content-Length: 5\r\n\r\n", .head("200 1 length(5) keep")),
        ("length 0", "\(ok)Content-Length: 0\r\n\r\n", .head("200 1 length(0) keep")),
        ("chunked", "\(ok)Transfer-Encoding: Chunked\r\n\r\n", .head("200 1 chunked keep")),
        ("neither", "\(ok)\r\n", .head("200 1 untilClose close")),
        ("close", "\(ok)Content-Length: 5\r\nConnection: close\r\n\r\n", .head("200 1 length(5) close")),
        ("1.0", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", .head("200 0 length(5) close")),
        (
            "1.0 kept", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n",
            .head("200 0 length(5) keep")
        ),
        ("a later 1.x", "HTTP/1.2 200 OK\r\nContent-Length: 5\r\n\r\n", .head("200 1 length(5) keep")),
        ("no reason", "HTTP/1.1 429 \r\nContent-Length: 5\r\n\r\n", .head("429 1 length(5) keep")),
        ("no blank for the reason", "HTTP/1.1 529\r\nContent-Length: 5\r\n\r\n", .head("529 1 length(5) keep")),
        ("reason of any text", "HTTP/1.1 500 a\tb \u{E9}\r\nContent-Length: 5\r\n\r\n", .head("500 1 length(5) keep")),
        ("interim", "HTTP/1.1 100 Continue\r\n\r\n", .head("100 1 none keep")),
        ("interim with fields", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", .head("103 1 none keep")),
        ("204", "\(none)\r\n", .head("204 1 none keep")),
        ("204 with an empty body", "\(none)Content-Length: 0\r\n\r\n", .head("204 1 none keep")),
        ("204 with a body is not reused", "\(none)Content-Length: 5\r\n\r\n", .head("204 1 none close")),
        ("204 with chunks is not reused", "\(none)Transfer-Encoding: chunked\r\n\r\n", .head("204 1 none close")),
        ("304 states the length of another", "HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n", .head("304 1 none keep")),
        ("equal lengths", "\(ok)Content-Length: 5\r\nContent-Length: 5\r\n\r\n", .head("200 1 length(5) keep")),
        ("equal lengths in a list", "\(ok)Content-Length: 5, 5\r\n\r\n", .head("200 1 length(5) keep")),
        ("lengths differ", "\(ok)Content-Length: 5\r\nContent-Length: 6\r\n\r\n", .refused(.contradictoryFraming)),
        ("lengths differ in a list", "\(ok)Content-Length: 5, 6\r\n\r\n", .refused(.contradictoryFraming)),
        ("length is no number", "\(ok)Content-Length: 5x\r\n\r\n", .refused(.badContentLength)),
        ("length below 0", "\(ok)Content-Length: -5\r\n\r\n", .refused(.badContentLength)),
        ("length too large", "\(ok)Content-Length: 9223372036854775808\r\n\r\n", .refused(.badContentLength)),
        ("length is empty", "\(ok)Content-Length:\r\n\r\n", .refused(.badContentLength)),
        ("length is a comma", "\(ok)Content-Length: ,\r\n\r\n", .refused(.badContentLength)),
        (
            "both", "\(ok)Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            .refused(.contradictoryFraming)
        ),
        ("gzip, chunked", "\(ok)Transfer-Encoding: gzip, chunked\r\n\r\n", .refused(.contradictoryFraming)),
        ("identity", "\(ok)Transfer-Encoding: identity\r\n\r\n", .refused(.contradictoryFraming)),
        (
            "chunked twice", "\(ok)Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            .refused(.contradictoryFraming)
        ),
        ("chunked in 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .refused(.contradictoryFraming)),
        (
            "contradiction in a 204", "\(none)Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
            .refused(.contradictoryFraming)
        ),
        ("status below 100", "HTTP/1.1 099 x\r\n\r\n", .refused(.badStatus)),
        ("status 600", "HTTP/1.1 600 x\r\n\r\n", .refused(.badStatus)),
        ("status 0", "HTTP/1.1 0 x\r\n\r\n", .refused(.badStatus)),
        ("four digits", "HTTP/1.1 2000 x\r\n\r\n", .refused(.badStatus)),
        ("no digits", "HTTP/1.1 OK\r\n\r\n", .refused(.badStatus)),
        ("sign", "HTTP/1.1 +20 x\r\n\r\n", .refused(.badStatus)),
        ("two blanks", "HTTP/1.1  200 x\r\n\r\n", .refused(.badStatus)),
        ("HTTP/2", "HTTP/2 200\r\n\r\n", .refused(.unsupportedVersion)),
        ("HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n", .refused(.unsupportedVersion)),
        ("HTTP/0.9", "HTTP/0.9 200 OK\r\n\r\n", .refused(.unsupportedVersion)),
        ("only a body", "<html>", .refused(.notHTTP)),
        ("another protocol", "SSH-2.0-x\r\n", .refused(.notHTTP)),
        ("TLS", "\u{15}\u{03}\u{03}", .refused(.notHTTP)),
        ("lower case", "http/1.1 200 OK\r\n\r\n", .refused(.notHTTP)),
        ("empty line first", "\r\n\(ok)\r\n", .refused(.notHTTP)),
        ("version and nothing", "HTTP/1.1\r\n\r\n", .refused(.notHTTP)),
        ("bare LF", "HTTP/1.1 200 OK\nContent-Length: 5\n\n", .refused(.bareLineEnd)),
        ("bare LF behind the status", "HTTP/1.1 200\n\n", .refused(.bareLineEnd)),
        ("bare LF behind a field", "\(ok)A: b\n\r\n", .refused(.bareLineEnd)),
        ("bare CR", "HTTP/1.1 200 OK\rA: b\r\n\r\n", .refused(.bareLineEnd)),
        ("control in the reason", "HTTP/1.1 200 O\u{00}K\r\n\r\n", .refused(.notHTTP)),
        ("folded", "\(ok)A: b\r\n c\r\n\r\n", .refused(.malformedField)),
        ("blank before the colon", "\(ok)A : b\r\n\r\n", .refused(.malformedField)),
        ("NUL in a value", "\(ok)A: \u{00}\r\n\r\n", .refused(.malformedField)),
        ("half a head", "\(ok)A: b\r\n", .unfinished),
    ]

    @Test func sameVerdictHoweverTheBytesAreCut() {
        for (rule, input, verdict) in Self.cases {
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

    private func parse(
        _ bytes: [UInt8], _ arrival: [Int], method: HTTPWire.Method = .post,
        limits: ResponseParser.Limits = ResponseParser.Limits()
    ) -> Verdict {
        var parser = ResponseParser(limits: limits)
        do {
            for count in arrival {
                guard let head = try parser.parse(bytes.span.extracting(first: count), answering: method) else {
                    continue
                }
                return .head(
                    "\(head.status) \(head.minorVersion) \(head.framing) \(head.keepAlive ? "keep" : "close")")
            }
            return .unfinished
        } catch {
            return .refused(error)
        }
    }

    @Test func anAnswerToHeadHasNoBody() {
        for framing in ["Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", ""] {
            let bytes = latin1("\(Self.ok)\(framing)\r\n")
            #expect(parse(bytes, [bytes.count], method: .head) == .head("200 1 none keep"))
        }
    }

    @Test func theHeadIsBoundedAtEveryCut() {
        let input = "\(Self.ok)A: 34567890\r\nB: \u{E9}\r\n\r\n"
        let bytes = latin1(input)
        for arrival in arrivals(of: bytes.count) {
            let exact = ResponseParser.Limits(headBytes: bytes.count, fields: 2)
            #expect(parse(bytes, arrival, limits: exact) == .head("200 1 untilClose close"))
            for shorter in [0, 5, 16, 17, 20, 30, bytes.count - 1] {
                let limits = ResponseParser.Limits(headBytes: shorter, fields: 2)
                #expect(parse(bytes, arrival, limits: limits) == .refused(.headTooLong), "\(shorter)")
            }
            let fewer = ResponseParser.Limits(headBytes: bytes.count, fields: 1)
            #expect(parse(bytes, arrival, limits: fewer) == .refused(.tooManyFields))
        }
    }

    @Test func interimHeadsAreReturnedOneByOne() throws {
        let interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        let bytes = latin1(interim + interim + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        var parser = ResponseParser()
        var start = 0
        var statuses: [Int] = []
        #expect(parser.hasStarted == false)
        while let head = try parser.parse(bytes.span.extracting(start...), answering: .post) {
            start += parser.consumedBytes
            statuses.append(head.status)
            if !head.isInterim { break }
        }
        #expect(statuses == [103, 103, 200])
        #expect(bytes[start...].elementsEqual("hi".utf8))
    }

    @Test func aFaultStays() {
        var parser = ResponseParser()
        let (bad, good) = (latin1("<"), latin1("\(Self.ok)\r\n"))
        #expect(throws: ResponseFault.notHTTP) { try parser.parse(bad.span, answering: .get) }
        #expect(throws: ResponseFault.notHTTP) { try parser.parse(good.span, answering: .get) }
        parser.reset()
        #expect(throws: Never.self) { try parser.parse(good.span, answering: .get) }
    }
}
