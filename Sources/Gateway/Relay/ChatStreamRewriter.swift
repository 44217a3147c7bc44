internal import EventLoop
internal import HTTPWire
internal import JSONText
internal import Model
internal import Observability
internal import Upstream

/// Streams of `chat/completions` and `completions`.
///
/// The usage chunk comes in three shapes (OpenRouter, 2025 to 2026): with an empty choice, with no choice, and with a
/// choice that repeats the finish reason. For a client that asked for usage all become OpenAI's: the finish once, then
/// `choices: []` with usage. Others get usage where a provider puts it on a chunk with choices, as it came, and never a chunk
/// without any: the gateway may have asked for it, and clients that index `choices[0]` break on it. What a chunk of usage
/// says besides (llama.cpp's `timings`) they get with the chunk of the finish, where it stands when nobody asks for usage.
struct ChatStreamRewriter: StreamRewriter {
    private let model: [UInt8]
    private let wantsUsage: Bool
    private let provider: String
    private(set) var usage: Usage?
    private(set) var answerer = Answerer()
    private var finished = ChoiceNumbers()
    /// Those that have had content.
    private var begun = ChoiceNumbers()
    private var sawDone = false
    /// Any chunk at all has come.
    private var sawChunk = false
    private var sawContent = false
    /// The data of a chunk with a finish, which waits for what the usage chunk adds to it.
    private var held: [UInt8] = []
    /// Set to nil by tests that compare with the plain way.
    var template: ChatChunkTemplate?
    /// Templates in a row that fitted no chunk: some servers put something new into every one.
    private var misfits = 0
    private static let mostMisfits = 8

    /// - Parameter model: the client's name for it, as JSON text.
    init(model: [UInt8], wantsUsage: Bool, provider: String) {
        self.model = model
        self.wantsUsage = wantsUsage
        self.provider = provider
    }

    mutating func rewrite(
        _ event: EventStreamParser.Event, of input: borrowing ByteBuffer, into out: inout ByteBuffer
    ) -> StreamStep {
        // Whatever follows the end of the stream is not part of it.
        guard !sawDone else { return .skipped }
        if event.isError(in: input) {
            release(into: &out)
            return .failed(event.failure(in: input, provider: provider))
        }
        if let data = event.data { return rewrite(input.bytes.extracting(data), into: &out) }
        if let step = event.withJoinedData({ data in rewrite(data, into: &out) }) { return step }
        guard let failure = event.strayFailure(in: input, provider: provider) else { return .skipped }
        release(into: &out)
        return .failed(failure)
    }

    private mutating func rewrite(_ data: Span<UInt8>, into out: inout ByteBuffer) -> StreamStep {
        if data.isEmpty { return .skipped }
        // A chunk begins with its brace; the mark of the end never does.
        if data[0] != UInt8(ascii: "{"), data.isDoneMark {
            sawDone = true
            return .done
        }
        if let template, template.fits(data) {
            if !held.isEmpty { release(into: &out) }
            misfits = 0
            append(data, renaming: template.model, to: &out)
            return .content
        }
        var scan = PathScan(ChatChunk.paths)
        do throws(JSONError) {
            try scan.read(data)
        } catch {
            release(into: &out)
            return .failed(malformed(data, error))
        }
        return rewrite(data, scan, into: &out)
    }

    /// An error may stand where a chunk should, in a form that no chunk has.
    private func malformed(_ data: Span<UInt8>, _ error: JSONError) -> UpstreamFailure {
        UpstreamFailure(statedBy: data, cause: .errorInStream, provider: provider)
            ?? .malformedEvent(error, provider: provider)
    }

    mutating func rewrite(
        _ data: Span<UInt8>, named name: Span<UInt8>, _ scan: borrowing PathScan, into out: inout ByteBuffer
    ) -> StreamStep {
        rewrite(data, scan, into: &out)
    }

    var paths: JSONPaths { ChatChunk.paths }
    var isOpen: Bool { !sawDone }

    private mutating func rewrite(
        _ data: Span<UInt8>, _ scan: borrowing PathScan, into out: inout ByteBuffer
    ) -> StreamStep {
        let chunk = ChatChunk(scan, in: data, after: finished)
        if let failure = failure(of: chunk, data) {
            release(into: &out)
            return .failed(failure)
        }
        sawChunk = true
        answerer.note(model: chunk.model, provider: chunk.provider, in: data)
        if chunk.choices.hasContent {
            sawContent = true
            begun.formUnion(chunk.choices.begun)
        }
        let isNews = !chunk.choices.finished.isSubset(of: finished)
        finished.formUnion(chunk.choices.finished)
        let plain: StreamStep = chunk.choices.hasContent || !chunk.choices.finished.isEmpty ? .content : .held
        if let counted = chunk.usage.usage { usage = counted }
        if chunk.usage.usage != nil, !chunk.choices.hasContent, !chunk.choices.hasOpen {
            if wantsUsage { return appendUsageChunk(data, scan, carriesFinish: isNews, to: &out) }
            if chunk.choices.isEmpty || isHolding && !isNews {
                return dissolve(data, scan, withUsage: !chunk.choices.isEmpty, to: &out)
            }
        }
        release(into: &out)
        if isNews, !wantsUsage {
            hold(data, scan, chunk)
        } else if chunk.hasOtherModels {
            ChatStreamRewriter.append(data, restoring(scan, data), to: &out)
        } else {
            // The usual chunk: nothing but the model changes, so no list of edits is made.
            append(data, renaming: chunk.model, to: &out)
            remember(data, chunk)
        }
        return plain
    }

    private func failure(of chunk: borrowing ChatChunk, _ data: Span<UInt8>) -> UpstreamFailure? {
        switch chunk.fault {
        case .error:
            return UpstreamFailure(errorObject: 0..<data.count, in: data, cause: .errorInStream, provider: provider)
        case .errorOfChoice(let range):
            return UpstreamFailure(errorObject: range, in: data, cause: .errorInStream, provider: provider)
        case .brokenOff(let reason):
            return .brokenOff(reason, in: data, cause: .errorInStream, provider: provider)
        case nil: break
        }
        // Without choices or usage it is no chunk that this dialect knows; some errors have no `error` in them.
        guard chunk.choices.isEmpty, chunk.usage.usage == nil else { return nil }
        return UpstreamFailure(statedBy: data, cause: .errorInStream, provider: provider)
    }

    // MARK: the finish waits

    var isHolding: Bool { !held.isEmpty }

    private mutating func hold(_ data: Span<UInt8>, _ scan: borrowing PathScan, _ chunk: borrowing ChatChunk) {
        var edits = JSONEdits()
        if chunk.hasOtherModels {
            edits = restoring(scan, data)
        } else if let range = chunk.model {
            edits.replace(range, with: model)
        }
        held = edits.apply(to: data)
    }

    mutating func release(into out: inout ByteBuffer) {
        guard !held.isEmpty else { return }
        out.append("data: ")
        out.append(held)
        out.append("\n\n")
        held = []
    }

    /// A chunk of usage that nobody asked for: what it says goes with the finish that waits.
    ///
    /// - Parameter withUsage: it has a choice, which says nothing new, so its usage was for everybody.
    private mutating func dissolve(
        _ data: Span<UInt8>, _ scan: borrowing PathScan, withUsage: Bool, to out: inout ByteBuffer
    ) -> StreamStep {
        guard !held.isEmpty else { return .skipped }
        let known = withUsage ? ChatStreamRewriter.known : ChatStreamRewriter.knownWithUsage
        let more = missingMembers(of: scan.object, in: data, from: held.span, besides: known)
        if !more.isEmpty, let end = held.lastIndex(of: UInt8(ascii: "}")) { held.insert(contentsOf: more, at: end) }
        release(into: &out)
        return .content
    }

    /// Members that every chunk has of its own.
    private static let known = MemberNames("id", "object", "created", "model", "choices")
    private static let knownWithUsage = MemberNames("id", "object", "created", "model", "choices", "usage")

    private mutating func remember(_ data: Span<UInt8>, _ chunk: borrowing ChatChunk) {
        guard misfits < ChatStreamRewriter.mostMisfits, let new = ChatChunkTemplate(data, chunk) else { return }
        misfits += 1
        template = misfits < ChatStreamRewriter.mostMisfits ? new : nil
    }

    /// Appends a chunk that names its model there, or nowhere.
    private func append(_ data: Span<UInt8>, renaming range: Range<Int>?, to out: inout ByteBuffer) {
        out.append("data: ")
        if let range {
            out.append(data, replacing: range, with: model)
        } else {
            out.append(data)
        }
        out.append("\n\n")
    }

    private func restoring(_ scan: borrowing PathScan, _ data: Span<UInt8>) -> JSONEdits {
        var edits = JSONEdits()
        edits.set(path: ChatChunk.Path.model.rawValue, of: scan, to: model, in: data)
        return edits
    }

    /// A chunk with usage and without content: its finish reason, if it is news, goes first and alone.
    private func appendUsageChunk(
        _ data: Span<UInt8>, _ scan: borrowing PathScan, carriesFinish: Bool, to out: inout ByteBuffer
    ) -> StreamStep {
        let edits = restoring(scan, data)
        if carriesFinish {
            var finish = edits
            ChatStreamRewriter.forEach(.usage, of: scan) { finish.remove(member: $0.member, in: data) }
            ChatStreamRewriter.append(data, finish, to: &out)
        }
        var last = edits
        let none = Array("[]".utf8)
        if !last.set(path: ChatChunk.Path.choices.rawValue, of: scan, to: none, in: data) {
            last.insert(key: "choices", value: none, into: scan.object, isEmpty: scan.isEmpty)
        }
        ChatStreamRewriter.append(data, last, to: &out)
        return .content
    }

    private static func forEach(
        _ path: ChatChunk.Path, of scan: borrowing PathScan, _ body: (PathScan.Find) -> Void
    ) {
        for place in 0..<scan.count where scan[place].path == path.rawValue { body(scan[place]) }
    }

    private static func append(_ data: Span<UInt8>, _ edits: JSONEdits, to out: inout ByteBuffer) {
        out.append("data: ")
        edits.append(to: &out, of: data)
        out.append("\n\n")
    }

    mutating func end(into out: inout ByteBuffer) -> UpstreamFailure? {
        release(into: &out)
        // A stream that forgot its `[DONE]` is complete; one of which a choice has no finish either was cut.
        guard sawDone || !finished.isEmpty && begun.isSubset(of: finished) else {
            return UpstreamFailure(UpstreamError.cut, provider: provider)
        }
        guard sawContent || !finished.isEmpty else {
            return UpstreamFailure(
                cause: .notACompletion, provider: provider, status: 502,
                message: sawChunk
                    ? "\(provider) sent a stream without content."
                    : "\(provider) sent a stream without a single chunk.")
        }
        out.append("data: [DONE]\n\n")
        return nil
    }

    func failureEvent(_ error: GatewayError, requestID: String, context: FailureContext) -> [UInt8] {
        ErrorBody.chatEvent(error, requestID: requestID, redactor: context.redactor)
    }
}

/// What an error event needs besides the error.
struct FailureContext {
    let redactor: Redactor
}
