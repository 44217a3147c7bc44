import HTTPWire
import Testing

@Suite struct ChunkedDecoderTests {
    enum Verdict: Equatable {
        /// The data, and what stands behind the body.
        case body(String, rest: String)
        case unfinished(String)
        case refused(ChunkError)
    }

    typealias Case = (rule: String, input: String, verdict: Verdict)

    static let cases: [Case] = [
        ("one chunk", "5\r\nhello\r\n0\r\n\r\n", .body("hello", rest: "")),
        ("two chunks", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", .body("hello world", rest: "")),
        ("empty body", "0\r\n\r\n", .body("", rest: "")),
        (
            "both cases of hex", "0a\r\n0123456789\r\nB\r\n0123456789a\r\n0\r\n\r\n",
            .body("01234567890123456789a", rest: "")
        ),
        ("leading zeros", "0005\r\nhello\r\n000\r\n\r\n", .body("hello", rest: "")),
        ("line ends in data", "4\r\n\r\n\r\n\r\n0\r\n\r\n", .body("\r\n\r\n", rest: "")),
        ("what follows is the next request's", "0\r\n\r\nGET / ", .body("", rest: "GET / ")),
        ("no bytes", "", .unfinished("")),
        ("size line cut", "5", .unfinished("")),
        ("data cut", "5\r\nhel", .unfinished("hel")),
        ("last chunk cut", "5\r\nhello\r\n0\r\n", .unfinished("hello")),
        ("no last chunk", "5\r\nhello\r\n", .unfinished("hello")),
        ("prefix", "0x5\r\nhello\r\n0\r\n\r\n", .refused(.badSize)),
        ("plus", "+5\r\nhello\r\n0\r\n\r\n", .refused(.badSize)),
        ("minus", "-5\r\nhello\r\n0\r\n\r\n", .refused(.badSize)),
        ("underscore", "1_0\r\n", .refused(.badSize)),
        ("blank before", " 5\r\nhello\r\n0\r\n\r\n", .refused(.badSize)),
        ("blank behind", "5 \r\nhello\r\n0\r\n\r\n", .refused(.badSize)),
        ("blank before an extension", "5 ;a\r\nhello\r\n0\r\n\r\n", .refused(.badSize)),
        ("tab behind", "5\t\r\nhello\r\n0\r\n\r\n", .refused(.badSize)),
        ("no size", "\r\n", .refused(.badSize)),
        ("only an extension", ";a\r\n", .refused(.badSize)),
        ("no hex", "g\r\n", .refused(.badSize)),
        ("8-bit", "5\u{A0}\r\n", .refused(.badSize)),
        ("NUL", "5\u{00}\r\n", .refused(.badSize)),
        ("bare LF behind the size", "5\nhello\r\n0\r\n\r\n", .refused(.badSize)),
        ("bare CR behind the size", "5\rhello\r\n0\r\n\r\n", .refused(.badLineEnd)),
        ("largest size", "7fffffffffffffff\r\nabc", .unfinished("abc")),
        ("above Int", "8000000000000000\r\nabc", .refused(.sizeTooLarge)),
        ("above 64 bits", "10000000000000005\r\nhello", .refused(.sizeTooLarge)),
        ("all ones", "ffffffffffffffff\r\n", .refused(.sizeTooLarge)),
        ("endless zeros", "00000000000000005\r\nhello", .refused(.sizeTooLarge)),
        ("longer than said", "5\r\nhello!\r\n0\r\n\r\n", .refused(.badLineEnd)),
        ("LF behind the data", "5\r\nhello\n0\r\n\r\n", .refused(.badLineEnd)),
        ("CR behind the data", "5\r\nhello\r0\r\n\r\n", .refused(.badLineEnd)),
        ("shorter than said", "5\r\nhell\r\n0\r\n\r\n", .refused(.badLineEnd)),
        ("extension", "5;a\r\nhello\r\n0\r\n\r\n", .body("hello", rest: "")),
        ("extensions", "5;a=b;c;d=e\r\nhello\r\n0;x=y\r\n\r\n", .body("hello", rest: "")),
        ("quoted extension", "5;a=\"b;\\\"c\\\\ \u{E9}\t\";d\r\nhello\r\n0\r\n\r\n", .body("hello", rest: "")),
        ("empty quoted extension", "5;a=\"\"\r\nhello\r\n0\r\n\r\n", .body("hello", rest: "")),
        ("blanks behind the semicolon", "5; a = b ; c\r\nhello\r\n0\r\n\r\n", .body("hello", rest: "")),
        ("no extension", "5;\r\nhello\r\n0\r\n\r\n", .refused(.badExtension)),
        ("no second extension", "5;a;;b\r\nhello\r\n0\r\n\r\n", .refused(.badExtension)),
        ("no value", "5;a=\r\nhello\r\n0\r\n\r\n", .refused(.badExtension)),
        ("two values", "5;a=b c\r\nhello\r\n0\r\n\r\n", .refused(.badExtension)),
        ("two names", "5;a b\r\nhello\r\n0\r\n\r\n", .refused(.badExtension)),
        ("no name", "5;=b\r\nhello\r\n0\r\n\r\n", .refused(.badExtension)),
        ("quote open", "5;a=\"b\r\nhello\r\n0\r\n\r\n", .refused(.badExtension)),
        ("more behind the quote", "5;a=\"b\"c\r\nhello\r\n0\r\n\r\n", .refused(.badExtension)),
        ("LF in an extension", "5;a\nhello\r\n0\r\n\r\n", .refused(.badExtension)),
        ("LF in quotes", "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n", .refused(.badExtension)),
        ("escaped LF", "5;a=\"\\\n\"\r\nhello\r\n0\r\n\r\n", .refused(.badExtension)),
        ("NUL in an extension", "5;a\u{00}\r\nhello\r\n0\r\n\r\n", .refused(.badExtension)),
        ("CR in an extension", "5;a\rb\r\nhello\r\n0\r\n\r\n", .refused(.badLineEnd)),
        ("trailers", "0\r\nA: b\r\nContent-Length: 7\r\n\r\nX", .body("", rest: "X")),
        ("trailer without a name", "0\r\n: b\r\n\r\n", .refused(.badTrailer)),
        ("trailer without a colon", "0\r\nab\r\n\r\n", .refused(.badTrailer)),
        ("folded trailer", "0\r\nA: b\r\n c\r\n\r\n", .refused(.badTrailer)),
        ("bare LF behind a trailer", "0\r\nA: b\n\r\n", .refused(.badTrailer)),
        ("bare LF at the end", "0\r\n\n", .refused(.badTrailer)),
        ("data in place of the end", "0\r\n\u{00}", .refused(.badTrailer)),
    ]

    @Test func sameVerdictHoweverTheBytesAreCut() {
        for (rule, input, verdict) in Self.cases {
            let bytes = latin1(input)
            for arrival in arrivals(of: bytes.count) {
                for drops in [false, true] {
                    let found = decode(bytes, arrival, drops: drops)
                    guard found == verdict else {
                        Issue.record("\(rule): \(input.debugDescription) cut at \(arrival): \(found), not \(verdict)")
                        break
                    }
                }
            }
        }
    }

    /// - Parameter drops: whether used bytes are taken away before more come.
    private func decode(
        _ bytes: [UInt8], _ arrival: [Int], drops: Bool = false,
        limits: ChunkedDecoder.Limits = ChunkedDecoder.Limits()
    ) -> Verdict {
        var decoder = ChunkedDecoder(limits: limits)
        var data: [UInt8] = []
        var dropped = 0
        var position = 0
        do {
            for count in arrival {
                let input = Array(bytes[dropped..<count])
                reading: while true {
                    switch try decoder.next(input.span, from: &position) {
                    case .data(let range):
                        if range.isEmpty { Issue.record("an empty run of data") }
                        data += input[range]
                    case .needMore:
                        if position != input.count { Issue.record("bytes were left") }
                        break reading
                    case .end:
                        let rest = bytes[(dropped + position)...]
                        return .body(text(data), rest: text(rest))
                    }
                }
                if drops { (dropped, position) = (count, 0) }
            }
            return .unfinished(text(data))
        } catch {
            return .refused(error)
        }
    }

    private func text(_ bytes: some Sequence<UInt8>) -> String {
        String(bytes.map { Character(UnicodeScalar($0)) })
    }

    @Test func extensionsAreBoundedForTheWholeMessage() {
        let body = latin1("1;abc\r\nx\r\n1;abc\r\nx\r\n0\r\n\r\n")
        for arrival in arrivals(of: body.count) {
            // `;abc` and its CR, twice.
            let exact = ChunkedDecoder.Limits(extensionBytes: 10)
            #expect(decode(body, arrival, limits: exact) == .body("xx", rest: ""))
            let less = ChunkedDecoder.Limits(extensionBytes: 9)
            #expect(decode(body, arrival, limits: less) == .refused(.extensionsTooLong))
        }
        let many = latin1(String(repeating: "1;a=\(String(repeating: "b", count: 100))\r\nx\r\n", count: 200))
        #expect(decode(many, [many.count]) == .refused(.extensionsTooLong))
    }

    @Test func trailersAreBounded() {
        let body = latin1("0\r\nA: b\r\nC: d\r\n\r\n")
        for arrival in arrivals(of: body.count) {
            let exact = ChunkedDecoder.Limits(trailerBytes: 14)
            #expect(decode(body, arrival, limits: exact) == .body("", rest: ""))
            let less = ChunkedDecoder.Limits(trailerBytes: 13)
            #expect(decode(body, arrival, limits: less) == .refused(.trailersTooLong))
        }
        let long = latin1("0\r\nA: \(String(repeating: "b", count: 9000))\r\n\r\n")
        #expect(decode(long, [long.count]) == .refused(.trailersTooLong))
    }

    @Test func whatWeWriteIsReadBack() {
        for size in [1, 9, 10, 15, 16, 255, 256, 4095, 65536] {
            var body: [UInt8] = []
            let data = [UInt8](repeating: 0x61, count: size)
            appendChunkHeader(size, to: &body)
            body += data
            appendChunkEnd(to: &body)
            appendChunkHeader(0, to: &body)
            appendChunkHeader(-1, to: &body)
            appendLastChunk(to: &body)
            #expect(decode(body, [body.count]) == .body(text(data), rest: ""))
        }
        var header: [UInt8] = []
        appendChunkHeader(.max, to: &header)
        #expect(text(header) == "7fffffffffffffff\r\n")
    }

    @Test func afterTheEndNothingIsUsed() throws {
        var decoder = ChunkedDecoder()
        let bytes = latin1("0\r\n\r\n5\r\n")
        var position = 0
        #expect(try decoder.next(bytes.span, from: &position) == .end)
        #expect(decoder.isAtEnd)
        #expect(try decoder.next(bytes.span, from: &position) == .end)
        #expect(position == 5)
    }
}
