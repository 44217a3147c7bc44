internal import HTTPWire

/// Reads what a client got, without trust and without the gateway's code where that is easy. A value.
struct AnswerReader {
    private let bytes: [UInt8]
    private var position = 0
    private let isEnded: Bool

    init(_ bytes: [UInt8], isEnded: Bool) {
        self.bytes = bytes
        self.isEnded = isEnded
    }

    var isAtEnd: Bool { position == bytes.count }

    /// What a client gets that the gateway has no place for, whatever it asks.
    mutating func refusalOfConnection() -> ReceivedAnswer? {
        guard bytes[...].firstPlace(of: "too_many_connections") != nil else { return nil }
        let answer = next(to: nil)
        requireEqual(answer?.status, 503, "one client too many is told so")
        return answer
    }

    /// The answer to a request with that head; `nil` when not a byte of it has come.
    mutating func next(to request: RequestHead?) -> ReceivedAnswer? {
        guard !isAtEnd else { return nil }
        guard var answer = readHead(request) else { return .cut }
        if answer.status == 100 {
            require(request?.expectsContinue ?? false, "100 Continue comes when it was asked for")
            require(answer.fields.isEmpty, "100 Continue has no fields")
            // The client may have left before it got more.
            guard !isAtEnd, let final = readHead(request) else { return .cut }
            answer = final
        }
        require(200...599 ~= answer.status, "an answer is final: \(answer.status)")
        readBody(of: &answer, request)
        return answer
    }

    // MARK: the head

    /// `nil` when it is not all there.
    private mutating func readHead(_ request: RequestHead?) -> ReceivedAnswer? {
        let rest = bytes[position...]
        guard let end = rest.firstPlace(of: "\r\n\r\n") else {
            position = bytes.count
            return nil
        }
        let head = Array(rest[..<end.upperBound])
        position = end.upperBound
        var lines = text(head.dropLast(4)).split(separator: "\r\n", omittingEmptySubsequences: false)[...]
        require(
            !head.dropLast(4).contains { $0 < 0x20 && $0 != 0x0D && $0 != 0x0A || $0 == 0x7F },
            "an answer's head has no control characters: \(text(head))")
        let first = lines.popFirst() ?? ""
        let status = Int(first.dropFirst(9).prefix(3))
        guard first.hasPrefix("HTTP/1.1 "), let status, first.utf8.dropFirst(12).first == 0x20 else {
            require(false, "a status line: \(first)")
            return nil
        }
        var answer = ReceivedAnswer(status: status)
        for line in lines {
            let parts = line.split(separator: ": ", maxSplits: 1, omittingEmptySubsequences: false)
            let name = parts.first.map { $0.lowercased() } ?? ""
            let isToken = name.utf8.allSatisfy { 0x61...0x7A ~= $0 || 0x30...0x39 ~= $0 || $0 == 0x2D || $0 == 0x5F }
            require(parts.count == 2 && !name.isEmpty && isToken, "a field: \(line)")
            answer.fields.append((name, parts.count == 2 ? String(parts[1]) : ""))
        }
        for name in ["content-length", "transfer-encoding", "connection", "content-type", "date", "x-request-id"] {
            require(answer.values(name).count <= 1, "\(name) comes once: \(text(head))")
        }
        compare(answer, head, request)
        return answer
    }

    /// The project's own parser has to see the same.
    private func compare(_ answer: ReceivedAnswer, _ head: [UInt8], _ request: RequestHead?) {
        var parser = ResponseParser()
        guard let parsed = try? parser.parse(head.span, answering: request?.method ?? .post) else {
            return require(false, "an answer is HTTP: \(text(head))")
        }
        requireEqual(parser.consumedBytes, head.count, "both see the same head")
        requireEqual(parsed.status, answer.status, "both see the same status")
        guard answer.status >= 200 else { return }
        let framing: BodyFraming =
            switch (request?.isHead ?? false) || [204, 304].contains(answer.status) {
            case true: .none
            case false:
                if let length = answer.values("content-length").first {
                    .length(Int(length) ?? -1)
                } else {
                    answer.values("transfer-encoding").isEmpty ? .untilClose : .chunked
                }
            }
        requireEqual(parsed.framing, framing, "both see the same framing: \(text(head))")
        require(answer.values("date").count == 1, "an answer has a date: \(text(head))")
        if framing == .untilClose { require(answer.saysClose, "only a close ends such a body: \(text(head))") }
        if request?.minorVersion == 0 {
            require(framing != .chunked, "HTTP/1.0 knows no chunks: \(text(head))")
        } else {
            require(framing != .untilClose, "HTTP/1.1 can tell a whole answer from a cut one: \(text(head))")
        }
        if let request, !request.keepAlive { require(answer.saysClose, "who asks for it gets a close: \(text(head))") }
    }

    // MARK: the body

    private mutating func readBody(of answer: inout ReceivedAnswer, _ request: RequestHead?) {
        if request?.isHead ?? false || [204, 304].contains(answer.status) { return answer.isWhole = true }
        if let length = answer.values("content-length").first.flatMap({ Int($0) }) {
            answer.body = Array(bytes[position...].prefix(length))
            position += answer.body.count
            answer.isWhole = answer.body.count == length
        } else if answer.values("transfer-encoding").isEmpty {
            answer.body = Array(bytes[position...])
            position = bytes.count
            answer.isWhole = isEnded
        } else {
            let start = position
            readChunks(of: &answer)
            compareChunks(answer, from: start)
        }
    }

    /// As the gateway writes them: no extensions, no trailers.
    private mutating func readChunks(of answer: inout ReceivedAnswer) {
        while let line = bytes[position...].firstPlace(of: "\r\n") {
            let digits = text(bytes[position..<line.lowerBound])
            guard let size = Int(digits, radix: 16), size >= 0, !digits.hasPrefix("+"), !digits.hasPrefix("-") else {
                return require(false, "a chunk has a size: \(digits)")
            }
            guard bytes.count - line.upperBound >= size + 2 else { break }
            let end = line.upperBound + size
            require(bytes[end] == 0x0D && bytes[end + 1] == 0x0A, "a chunk ends where its size says")
            answer.body += bytes[line.upperBound..<end]
            position = end + 2
            if size == 0 { return answer.isWhole = true }
        }
        position = bytes.count
    }

    private func compareChunks(_ answer: ReceivedAnswer, from start: Int) {
        var decoder = ChunkedDecoder()
        let input = Array(bytes[start..<position])
        var body: [UInt8] = []
        var place = 0
        var isWhole = false
        decoding: while true {
            guard let step = try? decoder.next(input.span, from: &place) else {
                return require(false, "an answer is chunked as the specification has it: \(text(input))")
            }
            switch step {
            case .data(let range): body += input[range]
            case .needMore: break decoding
            case .end:
                isWhole = true
                break decoding
            }
        }
        requireEqual(isWhole, answer.isWhole, "both see the end of a chunked body: \(text(input))")
        require(body.starts(with: answer.body), "both see the same chunks: \(text(input))")
    }
}
