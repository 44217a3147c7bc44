internal import EventLoop
internal import HTTPWire
internal import JSONText
internal import Model
internal import Observability
internal import Upstream

/// Streams of `chat/completions` and `completions`.
///
/// The usage chunk comes in three shapes (OpenRouter, 2025 to 2026): with an empty choice, with no choice, and with a
/// choice that repeats the finish reason. All become OpenAI's: the finish once, then `choices: []` with usage, and that
/// only for a client that asked for it.
struct ChatStreamRewriter: StreamRewriter {
    private let model: [UInt8]
    private let wantsUsage: Bool
    private let provider: String
    private(set) var usage: Usage?
    private var finished = FinishedChoices()
    private var sawDone = false
    /// Any chunk at all has come.
    private var sawChunk = false
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
        if let data = event.data { return rewrite(input.bytes.extracting(data), into: &out) }
        return event.withJoinedData { data in rewrite(data, into: &out) } ?? .skipped
    }

    private mutating func rewrite(_ data: Span<UInt8>, into out: inout ByteBuffer) -> StreamStep {
        if data.equals("[DONE]") {
            sawDone = true
            return .done
        }
        if data.isEmpty { return .skipped }
        if let template, template.fits(data) {
            misfits = 0
            append(data, renaming: template.model, to: &out)
            return .content
        }
        var scan = PathScan(ChatChunk.paths)
        do throws(JSONError) {
            try scan.read(data)
        } catch {
            return .failed(.malformedEvent(error, provider: provider))
        }
        return rewrite(data, scan, into: &out)
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
        if let fault = chunk.fault { return .failed(failure(fault, data)) }
        sawChunk = true
        let repeats = chunk.choices.finished.isSubset(of: finished)
        finished.formUnion(chunk.choices.finished)
        let plain: StreamStep = chunk.choices.hasContent || !chunk.choices.finished.isEmpty ? .content : .held
        if !chunk.hasUsage, !chunk.hasOtherModels {
            // The usual chunk: nothing but the model changes, so no list of edits is made.
            append(data, renaming: chunk.model, to: &out)
            remember(data, chunk)
            return plain
        }
        let edits = restoring(scan, data)
        guard let counted = chunk.usage.usage else {
            ChatStreamRewriter.append(data, edits, to: &out)
            return plain
        }
        usage = counted
        // Some send usage with every chunk: only behind the finish, or without a choice, is it the chunk for usage.
        if chunk.choices.hasContent || chunk.choices.hasOpen {
            ChatStreamRewriter.append(data, edits, to: &out)
            return chunk.choices.hasContent ? .content : .held
        }
        return appendUsageChunk(data, scan, edits, carriesFinish: !repeats, to: &out)
    }

    private mutating func remember(_ data: Span<UInt8>, _ chunk: borrowing ChatChunk) {
        guard misfits < ChatStreamRewriter.mostMisfits, let new = ChatChunkTemplate(data, chunk) else { return }
        misfits += 1
        template = misfits < ChatStreamRewriter.mostMisfits ? new : nil
    }

    private func failure(_ fault: ChatChunk.Fault, _ data: Span<UInt8>) -> UpstreamFailure {
        switch fault {
        case .error(let range):
            UpstreamFailure(errorObject: range, in: data, cause: .errorInStream, provider: provider)
        case .brokenOff:
            UpstreamFailure(
                cause: .errorInStream, provider: provider, status: 502,
                message: "\(provider) broke the answer off (finish_reason 'error').")
        }
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
        _ data: Span<UInt8>, _ scan: borrowing PathScan, _ edits: JSONEdits, carriesFinish: Bool,
        to out: inout ByteBuffer
    ) -> StreamStep {
        if carriesFinish {
            var finish = edits
            ChatStreamRewriter.forEach(.usage, of: scan) { finish.remove(member: $0.member, in: data) }
            ChatStreamRewriter.append(data, finish, to: &out)
        }
        if wantsUsage {
            var last = edits
            let none = Array("[]".utf8)
            if !last.set(path: ChatChunk.Path.choices.rawValue, of: scan, to: none, in: data) {
                last.insert(key: "choices", value: none, into: scan.object, isEmpty: scan.isEmpty)
            }
            ChatStreamRewriter.append(data, last, to: &out)
        }
        return carriesFinish || wantsUsage ? .content : .skipped
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
        // A stream that forgot its `[DONE]` is complete; one that also has no finish was cut.
        guard sawDone || !finished.isEmpty else {
            return UpstreamFailure(UpstreamError.cut, provider: provider)
        }
        guard sawChunk else {
            return UpstreamFailure(
                cause: .notACompletion, provider: provider, status: 502,
                message: "\(provider) sent a stream without a single chunk.")
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
