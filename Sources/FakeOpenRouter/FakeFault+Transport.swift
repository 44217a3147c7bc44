/// From a reply and a fault to bytes and pauses.
extension FakeFault {
    /// The fields of every inference answer. The cookie and the ray are what a gateway must not pass on.
    static func fields(_ type: String, _ turn: FakeTurn) -> [WireField] {
        [
            WireField("Content-Type", type), WireField("X-Generation-Id", turn.generation),
            WireField("CF-Ray", "8c0ffee-FRA"), WireField("Set-Cookie", "__cf_bm=fake; path=/; HttpOnly"),
        ]
    }

    static func whole(_ reply: FakeReply, _ body: String? = nil) -> FakeAnswer {
        FakeAnswer(
            status: 200, fields: fields("application/json", reply.turn), body: Array((body ?? reply.body).utf8))
    }

    /// A chunked event stream with one chunk, and one write, per event.
    static func stream(
        _ reply: FakeReply, _ events: [String], end: [FakeStep]? = nil, labelled type: String = "text/event-stream"
    ) -> FakeAnswer {
        FakeAnswer(
            status: 200,
            steps: [.write(streamHead(reply, labelled: type))] + events.map { .write(FakeAnswer.chunk(Array($0.utf8))) }
                + (end ?? [.write(FakeAnswer.lastChunk)]))
    }

    static func streamHead(_ reply: FakeReply, labelled type: String = "text/event-stream") -> [UInt8] {
        FakeAnswer.head(
            200,
            fields(type, reply.turn) + [
                WireField("Cache-Control", "no-cache"), WireField("Transfer-Encoding", "chunked"),
            ])
    }

    static func usual(_ reply: FakeReply, streaming: Bool) -> FakeAnswer {
        streaming ? stream(reply, reply.events + [reply.done].filter { !$0.isEmpty }) : whole(reply)
    }

    /// So many pieces of content, then the end of the connection inside the answer.
    static func cut(_ reply: FakeReply, after pieces: Int, streaming: Bool) -> FakeAnswer {
        guard streaming else { return FakeFault.streamEOF.answerAsWhole(reply) ?? whole(reply) }
        return stream(reply, Array(reply.events.prefix(reply.cut - 2 + pieces)), end: [.close])
    }

    /// - Parameter base: where the fake listens, for the redirect.
    func answer(_ reply: FakeReply, streaming: Bool, request: RecordedRequest, base: String) -> FakeAnswer {
        let usual = Self.usual(reply, streaming: streaming)
        return answerWithoutCompletion(reply)
            ?? answerOverTransport(reply, usual, request: request, base: base)
            ?? (streaming ? answerAsStream(reply) : answerAsWhole(reply)) ?? usual
    }

    /// A 200 (or 204) that a gateway must not take for a completion, whether or not a stream was asked.
    private func answerWithoutCompletion(_ reply: FakeReply) -> FakeAnswer? {
        switch self {
        case .error200:
            Self.whole(
                reply,
                """
                {"error":{"code":502,"message":"Provider returned error","metadata":{"provider_name":"FakeProvider",\
                "raw":"upstream connect error"}}}
                """)
        case .partialError200: Self.whole(reply, reply.partialErrorBody)
        case .html200:
            FakeAnswer(status: 200, fields: Self.fields("text/html", reply.turn), body: Array(FakeError.html.utf8))
        case .empty200: Self.whole(reply, "")
        case .jsonTruncated: Self.whole(reply, String(reply.body.dropLast(reply.body.count / 2)))
        case .jsonNull: Self.whole(reply, "null")
        case .jsonArray: Self.whole(reply, "[]")
        case .noChoices: Self.whole(reply, "{\"id\":\"\(reply.turn.generation)\",\"model\":\"x\"}")
        case .status204: FakeAnswer(status: 204, fields: Self.fields("application/json", reply.turn), body: [])
        default: nil
        }
    }

    private func answerAsStream(_ reply: FakeReply) -> FakeAnswer? {
        let begun = Array(reply.events.prefix(reply.cut))
        let whole = reply.events + [reply.done].filter { !$0.isEmpty }
        let ended: [FakeStep] = [.write(FakeAnswer.lastChunk), .close]
        func broken(_ shape: FakeReply.ErrorShape, _ more: [String] = []) -> FakeAnswer {
            Self.stream(reply, begun + [reply.errorEvent(shape, number: begun.count)] + more, end: ended)
        }
        switch self {
        case .streamFirstError: return Self.stream(reply, [reply.errorEvent(.nested, number: 0)], end: ended)
        case .streamMidError: return broken(.usual)
        case .streamMidErrorStringCode: return broken(.stringCode)
        case .streamMidErrorEmptyChoices: return broken(.emptyChoices)
        case .streamMidErrorNested: return broken(.nested)
        case .streamMidErrorFlat: return broken(.flat)
        case .streamMidErrorDone: return broken(.usual, [FakeReply.doneEvent])
        case .streamBadJSON: return Self.stream(reply, begun + ["data: {\"id\":\"gen-1\",\"choi\n\n"] + whole.suffix(1))
        case .streamReset: return Self.stream(reply, begun, end: [.pause(.milliseconds(20)), .reset])
        case .streamEOF: return Self.stream(reply, begun, end: [.close])
        case .streamCleanEnd: return Self.stream(reply, begun)
        case .streamStall: return Self.stream(reply, Array(begun.dropLast()), end: [.hold])
        case .streamStallBeforeContent:
            return Self.stream(reply, Array(reply.events.prefix(reply.dialect == .responses ? 2 : 1)), end: [.hold])
        case .streamEndless, .streamFlood:
            let piece = FakeAnswer.chunk(Array((begun.last ?? "").utf8))
            let every: Duration = self == .streamFlood ? .zero : .milliseconds(10)
            return Self.stream(reply, begun, end: [.forever(piece, every: every)])
        case .noDone:
            // On /responses the terminal event is what goes missing: its streams have no [DONE] to begin with.
            return Self.stream(reply, reply.dialect == .responses ? Array(reply.events.dropLast()) : reply.events)
        case .trailingDone: return Self.stream(reply, reply.events + [FakeReply.doneEvent])
        case .jsonOnStream: return Self.whole(reply)
        case .jsonAsStream:
            return FakeAnswer(
                status: 200, fields: Self.fields("text/event-stream", reply.turn), body: Array(reply.body.utf8))
        case .streamAsJSON: return Self.stream(reply, whole, labelled: "application/json")
        case .nativeFinishError:
            let events = whole.map {
                $0.replacing("\"native_finish_reason\":\"stop\"", with: "\"native_finish_reason\":\"network_error\"")
            }
            return Self.stream(reply, events)
        case .slowComments: return slowComments(reply, whole)
        case .commentsOnly:
            let comment = FakeAnswer.chunk(Array(Self.comment.utf8))
            return Self.stream(reply, [], end: [.forever(comment, every: .milliseconds(50))])
        case .commentsAfterContent:
            let comment = FakeAnswer.chunk(Array(Self.comment.utf8))
            return Self.stream(reply, begun, end: [.forever(comment, every: .milliseconds(50))])
        case .splitUTF8:
            let pieces = Self.split(whole.joined()).flatMap {
                [FakeStep.write(FakeAnswer.chunk($0)), .pause(.milliseconds(2))]
            }
            return Self.stream(reply, [], end: pieces + [.write(FakeAnswer.lastChunk)])
        case .crlf: return Self.stream(reply, whole.map { $0.replacing("\n", with: "\r\n") })
        case .cr: return Self.stream(reply, whole.map { $0.replacing("\n", with: "\r") })
        case .sloppy: return Self.stream(reply, Self.sloppy(whole))
        default: return nil
        }
    }

    /// What the faults of streams do to somebody who asked for none.
    private func answerAsWhole(_ reply: FakeReply) -> FakeAnswer? {
        let head = FakeAnswer.head(
            200,
            Self.fields("application/json", reply.turn) + [WireField("Content-Length", "\(reply.body.utf8.count)")])
        let half = FakeStep.write(head + reply.body.utf8.prefix(reply.body.utf8.count / 2))
        switch self {
        case .streamFirstError, .streamMidError, .streamMidErrorStringCode, .streamMidErrorEmptyChoices,
            .streamMidErrorNested, .streamMidErrorFlat, .streamMidErrorDone:
            return FakeFault.error200.answerWithoutCompletion(reply)
        case .streamBadJSON: return FakeFault.jsonTruncated.answerWithoutCompletion(reply)
        case .streamReset: return FakeAnswer(status: 200, steps: [half, .pause(.milliseconds(20)), .reset])
        case .streamEOF, .streamCleanEnd: return FakeAnswer(status: 200, steps: [half, .close])
        case .streamStall, .streamStallBeforeContent, .streamEndless, .streamFlood, .commentsOnly,
            .commentsAfterContent:
            return FakeAnswer(status: 200, steps: [half, .hold])
        case .slowComments:
            // DeepSeek sends empty lines while a request waits.
            let fields = Self.fields("application/json", reply.turn) + [WireField("Transfer-Encoding", "chunked")]
            return FakeAnswer(
                status: 200,
                steps: [
                    .write(FakeAnswer.head(200, fields)), .write(FakeAnswer.chunk("\n".utf8)),
                    .pause(.milliseconds(30)),
                    .write(FakeAnswer.chunk("\n".utf8)), .pause(.milliseconds(30)),
                    .write(FakeAnswer.chunk(Array(reply.body.utf8)) + FakeAnswer.lastChunk),
                ])
        case .splitUTF8:
            let pieces = Self.split(reply.body).flatMap { [FakeStep.write($0), .pause(.milliseconds(2))] }
            return FakeAnswer(status: 200, steps: [.write(head)] + pieces)
        case .nativeFinishError:
            return Self.whole(
                reply,
                reply.body.replacing(
                    "\"native_finish_reason\":\"stop\"", with: "\"native_finish_reason\":\"network_error\""))
        default: return nil
        }
    }

    private static let comment = ": OPENROUTER PROCESSING\n\n"

    /// Row 33: three comments before the first chunk and one in the middle.
    private func slowComments(_ reply: FakeReply, _ events: [String]) -> FakeAnswer {
        var steps: [FakeStep] = []
        let comment = FakeStep.write(FakeAnswer.chunk(Array(Self.comment.utf8)))
        for _ in 0..<3 { steps += [comment, .pause(.milliseconds(30))] }
        for (index, event) in events.enumerated() {
            if index == reply.cut { steps += [comment, .pause(.milliseconds(30))] }
            steps.append(.write(FakeAnswer.chunk(Array(event.utf8))))
        }
        return Self.stream(reply, [], end: steps + [.write(FakeAnswer.lastChunk)])
    }

    /// Cuts inside every `data:` and after the first byte of every character of more than one.
    static func split(_ text: String) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var piece: [UInt8] = []
        for byte in text.utf8 {
            piece.append(byte)
            if byte >= 0xC0 || piece.suffix(3) == Array("\nda".utf8) || piece == Array("da".utf8) {
                pieces.append(piece)
                piece = []
            }
        }
        return pieces + (piece.isEmpty ? [] : [piece])
    }

    /// Legal, and nothing like what OpenRouter sends: BOM, no blank after the colon, ids, retry, data over two lines.
    private static func sloppy(_ events: [String]) -> [String] {
        var out = ["\u{FEFF}retry: 1000\n: hello\n\n"]
        for (index, event) in events.enumerated() {
            var text = event.replacing("data: ", with: "data:")
            // Between two members a line break is white space, so the joined data is the same JSON.
            if index == 1, let comma = text.range(of: ",\"") {
                text.replaceSubrange(comma, with: ",\ndata:\"")
            }
            out.append("id: \(index)\n" + text)
        }
        return out + [": bye\n\n", "data: after the end\n\n"]
    }
}

extension String {
    fileprivate func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}
