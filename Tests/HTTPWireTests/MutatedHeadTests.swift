import Testing

@testable import HTTPWire

/// Whole lines are taken in one step, cut ones byte by byte. Both have to read every head alike, whatever is wrong with
/// it: the same head, the same number of bytes, or the same refusal.
@Suite struct MutatedHeadTests {
    /// Small, and the same numbers on every run.
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = state
            word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
    }

    private static let requests = [
        "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway.internal:4000\r\nAuthorization: Bearer sk-0123456789abcdef\r\n"
            + "Content-Type: application/json\r\nContent-Length: 2\r\nUser-Agent: curl/8\r\nAccept: */*\r\n\r\n{}",
        "GET /v1/models/a%2Fb?x=%00#y HTTP/1.1\r\nhost:[::1]\r\nX-Stainless-Retry-Count: 0\r\nTE:\t\r\nA:b \t\r\n\r\nGET / HT",
        "\r\nGET /a.b/..c HTTP/1.0\r\nConnection: keep-alive, x\r\nExpect: 100-continue\r\nx-api-key: \u{80}\u{FF}\r\n\r\n",
        "POST http://b.c:80/d?e HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\nx-ratelimit-reset-tokens: 5\r\n\r\n0\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\naccess-control-request-headers: Authorization\r\nConnection: close\r\n\r\n",
    ]

    private static let answers = [
        "HTTP/1.1 200 OK\r\nDate: Fri, 20 Nov 2026 12:00:00 GMT\r\nContent-Type: application/json\r\n"
            + "Transfer-Encoding: chunked\r\nConnection: keep-alive\r\nX-Generation-Id: gen-1\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 429 \r\nContent-Length: 5\r\nRetry-After:7\r\nx-ratelimit-remaining-requests: 0\r\n\r\nerror",
        "HTTP/1.0 503\r\nContent-Length: 5, 5\r\nServer: a\tb\r\n\r\nerror",
    ]

    private static let octets = Array("\r\n\t :,%?#.\\/*0a{\u{00}\u{1F}\u{7F}\u{80}\u{FF}".unicodeScalars).map {
        UInt8($0.value)
    }

    /// Up to three octets or lines changed, put in, taken out or doubled.
    private static func mutated(_ text: String, _ numbers: inout Numbers) -> [UInt8] {
        var bytes = latin1(text)
        for _ in 0..<Int.random(in: 0...3, using: &numbers) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &numbers)
            let octet = octets.randomElement(using: &numbers) ?? 0
            switch Int.random(in: 0..<8, using: &numbers) {
            case 0: bytes[index] = octet
            case 1: bytes.insert(octet, at: index)
            case 2: bytes.remove(at: index)
            case 3: bytes[index] ^= 0x20
            case 4: bytes.removeSubrange(index..<min(bytes.count, index + 9))
            case 5: bytes.insert(contentsOf: repeatElement(octet, count: 20), at: index)
            case 6: bytes.insert(contentsOf: bytes[index..<min(bytes.count, index + 40)], at: index)
            default: bytes[index] = UInt8.random(in: 0...255, using: &numbers)
            }
        }
        return bytes
    }

    /// Byte by byte, at once, and in up to four parts.
    private static func cuts(of count: Int, _ numbers: inout Numbers) -> [[Int]] {
        let some = (0..<3).map { _ in Int.random(in: 0...count, using: &numbers) }.sorted()
        return [Array(0...count), [count], some + [count]]
    }

    @Test(arguments: [1, 2, 3, 4])
    func aRequestReadsTheSameAtOnceAndByteByByte(_ seed: UInt64) {
        var numbers = Numbers(state: seed)
        for round in 0..<4000 {
            let bytes = Self.mutated(Self.requests[round % Self.requests.count], &numbers)
            let limits =
                round % 3 == 0
                ? RequestLimits(
                    requestLineBytes: Int.random(in: 0...60, using: &numbers),
                    headerBlockBytes: Int.random(in: 0...260, using: &numbers),
                    fields: Int.random(in: 0...7, using: &numbers),
                    fieldBytes: Int.random(in: 0...60, using: &numbers)) : RequestLimits()
            let stories = Self.cuts(of: bytes.count, &numbers).map { Self.read(bytes, $0, limits) }
            for story in stories.dropFirst() where story != stories[0] {
                Issue.record("\(latin1Text(bytes).debugDescription): \(stories[0]), \(story)")
            }
        }
    }

    /// What a connection's parser knows of the head before must not show.
    @Test(arguments: [11, 12, 13])
    func aConnectionsNextHeadReadsLikeItsFirst(_ seed: UInt64) {
        var numbers = Numbers(state: seed)
        for request in Self.requests {
            var connection = RequestParser()
            for _ in 0..<2000 {
                let bytes = Self.mutated(request, &numbers)
                let ends = Self.cuts(of: bytes.count, &numbers).randomElement(using: &numbers) ?? []
                var first = RequestParser()
                let (known, fresh) = (Self.read(bytes, ends, &connection), Self.read(bytes, ends, &first))
                if known != fresh { Issue.record("\(latin1Text(bytes).debugDescription): \(known), not \(fresh)") }
                connection.reset()
            }
        }
    }

    @Test func theSameHeadIsReadAgain() throws {
        let bytes = latin1(Self.requests[0])
        var parser = RequestParser()
        let head = try #require(try parser.parse(bytes.span))
        for _ in 0..<2 {
            let again = try #require(try parser.parse(bytes.span))
            #expect(parser.consumedBytes == head.fields.bytes.count)
            #expect(parser.hasStarted == false)
            #expect(RequestParserTests.describe(again) == RequestParserTests.describe(head))
        }
        #expect(try parser.parse(bytes.span.extracting(first: 5)) == nil)
        #expect(parser.hasStarted && parser.consumedBytes == 0)
    }

    @Test(arguments: [5, 6, 7, 8])
    func anAnswerReadsTheSameAtOnceAndByteByByte(_ seed: UInt64) {
        var numbers = Numbers(state: seed)
        for round in 0..<4000 {
            let bytes = Self.mutated(Self.answers[round % Self.answers.count], &numbers)
            let limits =
                round % 3 == 0
                ? ResponseParser.Limits(
                    headBytes: Int.random(in: 0...260, using: &numbers), fields: Int.random(in: 0...6, using: &numbers))
                : ResponseParser.Limits()
            let stories = Self.cuts(of: bytes.count, &numbers).map { Self.read(bytes, $0, limits) }
            for story in stories.dropFirst() where story != stories[0] {
                Issue.record("\(latin1Text(bytes).debugDescription): \(stories[0]), \(story)")
            }
        }
    }

    /// Trailers are dropped as they are read, so offsets in the input are not those in the block.
    @Test(arguments: [9, 10])
    func trailersReadTheSameAtOnceAndByteByByte(_ seed: UInt64) {
        var numbers = Numbers(state: seed)
        let limits = ChunkedDecoder.Limits(extensionBytes: 20, trailerBytes: 60)
        let body = "5;x=\"y\"\r\nhello\r\n00A\r\n0123456789\r\n0\r\nX-Checksum: 1\r\nHost: a\r\n\r\nGET /"
        for _ in 0..<3000 {
            let bytes = Self.mutated(body, &numbers)
            let stories = Self.cuts(of: bytes.count, &numbers).map { Self.decode(bytes, $0, limits) }
            for story in stories.dropFirst() where story != stories[0] {
                Issue.record("\(latin1Text(bytes).debugDescription): \(stories[0]), \(story)")
            }
        }
    }

    private static func read(_ bytes: [UInt8], _ ends: [Int], _ limits: RequestLimits) -> String {
        var parser = RequestParser(limits: limits)
        return read(bytes, ends, &parser)
    }

    private static func read(_ bytes: [UInt8], _ ends: [Int], _ parser: inout RequestParser) -> String {
        do throws(RequestRejection) {
            for end in ends {
                guard let head = try parser.parse(bytes.span.extracting(first: end)) else { continue }
                return
                    "\(parser.consumedBytes) \(RequestParserTests.describe(head)) \(head.rawPath) \(describe(head.fields))"
            }
            return "unfinished, \(parser.hasStarted)"
        } catch {
            return "\(error.reason)"
        }
    }

    private static func read(_ bytes: [UInt8], _ ends: [Int], _ limits: ResponseParser.Limits) -> String {
        var parser = ResponseParser(limits: limits)
        do throws(ResponseFault) {
            for end in ends {
                guard let head = try parser.parse(bytes.span.extracting(first: end), answering: .post) else { continue }
                return "\(parser.consumedBytes) \(head.status) \(head.minorVersion) \(head.framing) \(head.keepAlive) "
                    + describe(head.fields)
            }
            return "unfinished, \(parser.hasStarted)"
        } catch {
            return "\(error)"
        }
    }

    private static func decode(_ bytes: [UInt8], _ ends: [Int], _ limits: ChunkedDecoder.Limits) -> String {
        var decoder = ChunkedDecoder(limits: limits)
        var (data, position) = ([UInt8](), 0)
        do throws(ChunkError) {
            for end in ends {
                // What was used is gone.
                let input = Array(bytes[position..<end])
                var used = 0
                reading: while true {
                    switch try decoder.next(input.span, from: &used) {
                    case .data(let range): data += input[range]
                    case .needMore: break reading
                    case .end: return "\(data) to \(position + used)"
                    }
                }
                position += used
            }
            return "\(data), unfinished"
        } catch {
            return "\(data), \(error)"
        }
    }

    private static func describe(_ block: FieldBlock) -> String {
        "\(block.fields.map { "\($0.known)" + block.string($0.name) + "=\(Array(block.bytes[$0.value]))" }) "
            + "\(block.names) \(block.repeatedNames)"
    }

    private func latin1Text(_ bytes: [UInt8]) -> String {
        String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}
