internal import EventLoop
internal import HTTPServer
internal import JSONText
internal import Model
internal import Observability

/// A finished answer in the form of a stream: for an upstream that answers with JSON although a stream was asked for,
/// and for canned answers. Nothing is made up: every part stands in the answer. A value.
///
/// What it will write is known before its first byte, and refused when it is many times what the upstream sent: members
/// that every chunk repeats, times choices, would make megabytes of kilobytes.
struct WholeAnswerAsStream {
    /// Texts of the answer that are written in pieces are written in so many at most.
    static let mostTextPieces = 10_000

    private var script: StreamScript

    /// Bytes of the stream that `count` bytes of an upstream's answer may become. A text stands five times in a stream of
    /// Responses; what is small may be mostly names.
    static func mostBytes(of count: Int) -> Int {
        1 << 20 + count * 8
    }

    /// - Parameters:
    ///   - content: an answer that `AnswerCheck` has accepted.
    ///   - pieceLength: characters per piece of text; `nil` gives the text as one. For an answer of the configuration, whose
    ///     size as a stream is its operator's business.
    /// - Throws: when the stream would be too long.
    init(
        _ content: Span<UInt8>, envelope: Envelope, provider: String, pieceLength: Int? = nil
    ) throws(UpstreamFailure) {
        var scan = PathScan(WholeAnswerAsStream.paths(of: envelope.endpoint))
        do throws(JSONError) {
            try scan.read(content)
        } catch {
            throw AnswerCheck.notJSON(provider, error, content)
        }
        try self.init(scan, of: content, envelope: envelope, provider: provider, pieceLength: pieceLength)
    }

    static func paths(of endpoint: Endpoint) -> JSONPaths {
        endpoint == .responses ? WholeResponse.paths : WholeCompletion.paths
    }

    /// - Parameter scan: of the endpoint's ``paths(of:)``, done.
    init(
        _ scan: borrowing PathScan, of content: Span<UInt8>, envelope: Envelope, provider: String,
        pieceLength: Int? = nil
    ) throws(UpstreamFailure) {
        let isResponses = envelope.endpoint == .responses
        let limit = pieceLength == nil ? WholeAnswerAsStream.mostBytes(of: content.count) : .max
        let model = jsonText(of: envelope.model)
        if isResponses {
            var writer = WholeResponse(model: model, pieceLength: pieceLength, limit: limit)
            writer.write(scan, of: content)
            script = writer.script
        } else {
            var writer = WholeCompletion(
                model: model, isChat: envelope.endpoint == .chatCompletions, wantsUsage: envelope.wantsUsageChunk,
                pieceLength: pieceLength, limit: limit)
            writer.write(scan, of: content)
            script = writer.script
        }
        if script.isTooLong {
            throw UpstreamFailure(
                cause: .tooLarge, provider: provider, status: 502,
                message: "\(provider) sent no stream but an answer that would be far longer as one.")
        }
    }

    /// In bytes, of the whole stream.
    var size: Int { script.size }

    /// Appends what comes next, until `out` holds `limit` bytes.
    ///
    /// - Parameter content: as of `init`.
    /// - Returns: whether there is more.
    mutating func append(upTo limit: Int, of content: Span<UInt8>, to out: inout ByteBuffer) -> Bool {
        script.write(upTo: limit, of: content, to: &out)
    }
}

extension WholeAnswerAsStream {
    init(
        _ content: borrowing ByteBuffer, envelope: Envelope, provider: String, pieceLength: Int? = nil
    ) throws(UpstreamFailure) {
        try self.init(content.bytes, envelope: envelope, provider: provider, pieceLength: pieceLength)
    }

    mutating func append(upTo limit: Int, of content: borrowing ByteBuffer, to out: inout ByteBuffer) -> Bool {
        append(upTo: limit, of: content.bytes, to: &out)
    }

    /// A text in pieces of so many characters; longer ones for a text that would become very many.
    static func pieces(of text: String, length: Int) -> [Substring] {
        let count = text.count
        let length = max(1, length, (count + mostTextPieces - 1) / mostTextPieces)
        var pieces: [Substring] = []
        var rest = Substring(text)
        while !rest.isEmpty {
            let piece = rest.prefix(length)
            pieces.append(piece)
            rest = rest[piece.endIndex...]
        }
        return pieces
    }
}

extension WholeAnswerAsStream {
    /// The same as `init`, in parts when the answer is large.
    static func read(
        _ content: borrowing ByteBuffer, envelope: Envelope, provider: String, _ waiter: Waiter
    ) async throws(UpstreamFailure) -> WholeAnswerAsStream {
        let scan = try await waiter.scan(content, paths(of: envelope.endpoint), provider: provider)
        return try WholeAnswerAsStream(scan, of: content.bytes, envelope: envelope, provider: provider)
    }
}

extension Inference {
    /// Bytes that are written before the client has taken them.
    static let bytesOfOneWrite = 64 << 10

    /// Writes all of `stream`, no faster than the client reads it, and ends it.
    func write(_ stream: WholeAnswerAsStream, of content: borrowing ByteBuffer) async {
        var stream = stream
        var out = ByteBuffer()
        while stream.append(upTo: Inference.bytesOfOneWrite, of: content, to: &out) {
            record.answerBytes += out.count
            guard await exchange.send(out), !exchange.isClientGone else {
                record.clientLeft = true
                exchange.cutStream()
                return
            }
            out.removeAll()
        }
        record.answerBytes += out.count
        await exchange.finishStream(out)
        if exchange.isClientGone { record.clientLeft = true }
    }
}
