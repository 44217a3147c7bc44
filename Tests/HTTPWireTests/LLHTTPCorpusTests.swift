import Foundation
import HTTPWire
import Testing

/// llhttp's own request cases. Ours is the stricter parser in most of them; where the verdicts differ, the table below
/// says why, and a difference that is not in it fails.
@Suite struct LLHTTPCorpusTests {
    struct Corpus: Decodable {
        struct Case: Decodable {
            let file: String
            let name: String
            let input: String
            let error: String?
            let messages: Int
            let complete: Int
        }

        let cases: [Case]
    }

    private func corpus() throws -> [Corpus.Case] {
        let file = try #require(
            Bundle.module.url(forResource: "llhttp-request-fixtures", withExtension: "json", subdirectory: "Fixtures"))
        return try JSONDecoder().decode(Corpus.self, from: Data(contentsOf: file)).cases
    }

    /// A connection's fate: how many requests were whole, and why the next one was refused. It ends with a request that lets it close.
    struct Fate: Equatable {
        var whole = 0
        var refusal: String?
    }

    private func read(_ bytes: [UInt8]) -> Fate {
        var fate = Fate()
        var start = 0
        var parser = RequestParser()
        while start < bytes.count {
            let keepAlive: Bool
            do {
                guard let head = try parser.parse(bytes.span.extracting(start...)) else { break }
                start += parser.consumedBytes
                keepAlive = head.keepAlive
                guard try skipBody(of: head, bytes, &start) else { break }
            } catch let error as RequestRejection {
                fate.refusal = "\(error.reason)"
                break
            } catch {
                fate.refusal = "\(error)"
                break
            }
            fate.whole += 1
            if !keepAlive { break }
        }
        return fate
    }

    private func skipBody(of head: RequestHead, _ bytes: [UInt8], _ start: inout Int) throws -> Bool {
        switch head.framing {
        case .none, .untilClose:
            return true
        case .length(let count):
            guard bytes.count - start >= count else { return false }
            start += count
            return true
        case .chunked:
            var decoder = ChunkedDecoder()
            while true {
                switch try decoder.next(bytes.span, from: &start) {
                case .data: continue
                case .needMore: return false
                case .end: return true
                }
            }
        }
    }

    /// The line end that closed a case has been lost: it is put back, and a head that never ended gets its end. Most cases
    /// have no Host, and some a fragment that would hide what they are about: those get one and lose it.
    private func wire(_ input: String) -> [UInt8] {
        var text = input + (input.hasSuffix("\r\n") || input.contains("\r\n\r\n") ? "\r\n" : "\r\n\r\n")
        if !text.lowercased().contains("host:") {
            text = text.replacingOccurrences(of: " HTTP/1.1\r\n", with: " HTTP/1.1\r\nHost: h\r\n")
        }
        return latin1(text.replacingOccurrences(of: "#hey ", with: " "))
    }

    /// Where llhttp and this parser differ, by the case's name: our fate, and why it is right.
    private static let differences: [String: (whole: Int, refusal: String?, reason: String)] = [
        "No restart when keep-alive is off (1.0)": (
            1, nil, "what follows a last request is not looked at, so not refused"
        ),
        "CRLF between requests, implicit `keep-alive`": (1, "malformedRequestLine", markdown),
        "CRLF between requests, explicit `close`": (1, nil, markdown),
        "Multiple tokens with folding and LWS": (1, "unknownMethod", noUpgrade),
        "Emitting part of body and pausing": (1, "malformedRequestLine", noUpgrade),
        "Upgrade GET request": (1, "unknownMethod", noUpgrade),
        "Upgrade POST request": (1, "unknownMethod", noUpgrade),
        "REPORT request": (0, "unknownMethod", fewMethods),
        "CONNECT request": (0, "methodNotAllowed", fewMethods),
        "CONNECT request with CAPS": (0, "methodNotAllowed", fewMethods),
        "CONNECT with body": (0, "methodNotAllowed", fewMethods),
        "M-SEARCH request": (0, "unknownMethod", fewMethods),
        "PURGE request": (0, "unknownMethod", fewMethods),
        "SEARCH request": (0, "unknownMethod", fewMethods),
        "LINK request": (0, "unknownMethod", fewMethods),
        "SOURCE request": (0, "unknownMethod", fewMethods),
        "SOURCE request with ICE": (0, "unknownMethod", fewMethods),
        "OPTIONS request with RTSP": (0, "malformedRequestLine", "RTSP is another protocol"),
        "ANNOUNCE request with RTSP": (0, "unknownMethod", fewMethods),
        "PRI request HTTP2": (0, "http2Preface", "llhttp stops here as well, for its caller to switch"),
        "QUERY request": (0, "unknownMethod", fewMethods),
        "Should parse multiple events": (3, "bareLineEnd", "the line end put back completes the third body"),
        "No HTTP version": (0, "malformedRequestLine", "no HTTP/0.9"),
        "POST with `chunked` as last transfer-encoding": (0, "unsupportedTransferCoding", onlyChunked),
        "POST with `chunked` as last transfer-encoding (multiple headers)": (0, "badTransferEncoding", onlyChunked),
        "Fragment in URI": (0, "badTarget", "a target has no fragment (RFC 9112 §3.2)"),
        "Underscore in hostname": (0, "methodNotAllowed", fewMethods),
        "`host:port` and basic auth": (0, "badTarget", "an http URL has no user (RFC 9110 §4.2.4)"),
    ]

    private static let markdown = "remains of the page around the case stand in its input"
    private static let noUpgrade = "nothing is upgraded, so what follows is the next request"
    private static let fewMethods = "not a method of this program"
    private static let onlyChunked = "chunked is the only coding, on one line"

    @Test func sameVerdictAsLLHTTPButForTheListed() throws {
        let cases = try corpus()
        #expect(cases.count == 117)
        var unused = Set(Self.differences.keys)
        for c in cases {
            let fate = read(wire(c.input))
            if let (whole, refusal, reason) = Self.differences[c.name] {
                unused.remove(c.name)
                #expect(fate == Fate(whole: whole, refusal: refusal), "\(c.file): \(c.name): \(reason)")
            } else {
                #expect(fate.whole == c.complete, "\(c.file): \(c.name): \(fate)")
                #expect(
                    (fate.refusal == nil) == (c.error == nil), "\(c.file): \(c.name): \(fate), \(c.error ?? "accepted")"
                )
            }
        }
        #expect(unused.isEmpty)
    }
}
