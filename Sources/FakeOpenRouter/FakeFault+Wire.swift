/// Faults below the answer's words: framing, connection, coding, redirection, echoes.
extension FakeFault {
    func answerOverTransport(
        _ reply: FakeReply, _ usual: FakeAnswer, request: RecordedRequest, base: String
    ) -> FakeAnswer? {
        let json = Self.fields("application/json", reply.turn)
        let body = Array(reply.body.utf8)
        func steps(_ steps: [FakeStep], status: Int = 200) -> FakeAnswer { FakeAnswer(status: status, steps: steps) }
        func raw(_ head: [WireField], _ rest: [UInt8]) -> FakeAnswer {
            steps([.write(FakeAnswer.head(200, json + head) + rest)])
        }
        switch self {
        case .neverAnswers: return steps([.hold], status: 0)
        case .stallAfterHead:
            return steps([.write(FakeAnswer.head(200, json + [WireField("Content-Length", "\(body.count)")])), .hold])
        case .closeBeforeAnswer: return steps([.close], status: 0)
        case .resetBeforeAnswer: return steps([.reset], status: 0)
        case .closeAfterAnswer: return steps(usual.steps + [.close])
        case .closeAnnounced:
            return raw(
                [WireField("Connection", "close"), WireField("Content-Length", "\(body.count)")], body
            ).closing
        case .cutBody:
            return raw([WireField("Content-Length", "\(body.count + 100)")], body).closing
        case .unaskedBytes: return steps(usual.steps + [.pause(.milliseconds(20)), .write(Self.stray(reply))])
        case .unaskedBytesAtOnce:
            guard case .write(let last) = usual.steps.last else { return usual }
            return steps(usual.steps.dropLast() + [.write(last + Self.stray(reply))])
        case .badFraming: return raw([WireField("Transfer-Encoding", "chunked")], Array("zz\r\n".utf8) + body).closing
        case .twoFramings:
            let fields = [WireField("Transfer-Encoding", "chunked"), WireField("Content-Length", "\(body.count)")]
            return raw(fields, FakeAnswer.chunk(body) + FakeAnswer.lastChunk)
        case .twoLengths:
            return raw([WireField("Content-Length", "\(body.count)"), WireField("Content-Length", "7")], body)
        case .garbage: return steps([.write(Array("SSH-2.0-OpenSSH_9.2\r\n".utf8)), .close], status: 0)
        case .status999: return FakeAnswer(status: 999, fields: json, body: body)
        case .endlessHeaders:
            return steps([
                .write(Array("HTTP/1.1 200 OK\r\n".utf8)),
                .forever(Array("X-More: \(String(repeating: "m", count: 1000))\r\n".utf8), every: .zero),
            ])
        case .informational: return steps([.write(Self.interimAnswers)] + usual.steps)
        case .endlessInformational: return steps([.forever(Self.interimAnswers, every: .zero)], status: 0)
        case .closeDelimited: return Self.closeDelimited(reply, usual)
        case .trailers: return Self.trailers(reply, usual)
        case .gzip: return Self.coded(reply, usual) { $0 }
        case .gzipTruncated: return Self.coded(reply, usual) { Array($0.prefix($0.count / 2)) }
        case .gzipCorrupt:
            return Self.coded(reply, usual) { bytes in
                // The check sum at the end no longer fits, and neither do bits in the middle.
                var bytes = bytes
                for index in bytes.indices.dropFirst(bytes.count / 2) { bytes[index] ^= 0xFF }
                return bytes
            }
        case .gzipBomb:
            let coded = gzipped([UInt8](repeating: 0x20, count: 80 << 20) + body)
            return FakeAnswer(status: 200, fields: json + [WireField("Content-Encoding", "gzip")], body: coded)
        case .redirect:
            let to = WireField("Location", "\(base)/__redirected")
            return FakeAnswer(status: 307, fields: [to], body: [])
        case .echoKey:
            let fields = [
                WireField("X-Echo", request.field("authorization") ?? ""),
                WireField("Authorization", request.field("authorization") ?? ""),
                WireField("OpenAI-Version", request.field("authorization") ?? ""),
            ]
            return FakeAnswer(status: 200, fields: json + fields, body: body)
        case .echoKeyError:
            let error = FakeError(
                400, "Invalid key: \(request.field("authorization") ?? "")", metadata: #"{"provider_name":"OpenAI"}"#)
            return FakeAnswer(status: 400, fields: json, body: Array(error.body.utf8))
        default: return nil
        }
    }

    /// A second, complete answer that nobody asked for.
    private static func stray(_ reply: FakeReply) -> [UInt8] {
        var turn = reply.turn
        turn.text = ["STRAY ANSWER"]
        let body = Array(turn.chatBody.utf8)
        let length = WireField("Content-Length", "\(body.count)")
        return FakeAnswer.head(200, fields("application/json", turn) + [length]) + body
    }

    private static let interimAnswers = Array(
        """
        HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n\
        HTTP/1.1 100 Continue\r\n\r\n
        """.utf8)

    /// Whether the usual answer is a stream, so that a fault of the wire fits both kinds.
    private static func isStream(_ usual: FakeAnswer) -> Bool { usual.steps.count > 1 }

    private static func text(_ reply: FakeReply, _ usual: FakeAnswer) -> (type: String, bytes: [UInt8]) {
        isStream(usual)
            ? ("text/event-stream", Array((reply.events.joined() + reply.done).utf8))
            : ("application/json", Array(reply.body.utf8))
    }

    private static func closeDelimited(_ reply: FakeReply, _ usual: FakeAnswer) -> FakeAnswer {
        let (type, bytes) = text(reply, usual)
        return FakeAnswer(status: 200, steps: [.write(FakeAnswer.head(200, fields(type, reply.turn)) + bytes), .close])
    }

    private static func trailers(_ reply: FakeReply, _ usual: FakeAnswer) -> FakeAnswer {
        let (type, bytes) = text(reply, usual)
        let fields =
            fields(type, reply.turn) + [
                WireField("Trailer", "X-Checksum"), WireField("Transfer-Encoding", "chunked"),
            ]
        let end = Array("0;last=yes\r\nX-Checksum: 42\r\nAuthorization: Bearer trailer\r\n\r\n".utf8)
        return FakeAnswer(
            status: 200, steps: [.write(FakeAnswer.head(200, fields)), .write(FakeAnswer.chunk(bytes) + end)])
    }

    /// gzip although `identity` was asked for; a stream comes as three chunks that fit no event.
    private static func coded(
        _ reply: FakeReply, _ usual: FakeAnswer, _ change: ([UInt8]) -> [UInt8]
    ) -> FakeAnswer {
        let (type, bytes) = text(reply, usual)
        let coded = change(gzipped(bytes))
        let fields = fields(type, reply.turn) + [WireField("Content-Encoding", "gzip")]
        guard isStream(usual) else { return FakeAnswer(status: 200, fields: fields, body: coded) }
        let third = coded.count / 3
        let cuts = [coded[..<third], coded[third..<third * 2], coded[(third * 2)...]]
        return FakeAnswer(
            status: 200,
            steps: [.write(FakeAnswer.head(200, fields + [WireField("Transfer-Encoding", "chunked")]))]
                + cuts.map { .write(FakeAnswer.chunk($0)) } + [.write(FakeAnswer.lastChunk)])
    }
}

extension FakeAnswer {
    fileprivate var closing: FakeAnswer { FakeAnswer(status: status, steps: steps + [.close]) }
}
