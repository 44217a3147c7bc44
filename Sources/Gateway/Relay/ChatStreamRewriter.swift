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
    private static let names = MemberNames("model", "choices", "usage", "error")
    private static let choiceNames = MemberNames(
        "delta", "text", "finish_reason", "native_finish_reason", "error", "index")

    private let model: [UInt8]
    private let wantsUsage: Bool
    private let provider: String
    private(set) var usage: Usage?
    private var finished: Set<Int> = []
    private var sawDone = false
    /// Any chunk at all has come.
    private var sawChunk = false

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
        var step = StreamStep.skipped
        _ = event.withData(of: input) { data in step = rewrite(data, into: &out) }
        return step
    }

    private mutating func rewrite(_ data: Span<UInt8>, into out: inout ByteBuffer) -> StreamStep {
        if data.equals("[DONE]") {
            sawDone = true
            return .done
        }
        if data.isEmpty { return .skipped }
        let scan: ObjectScan
        do throws(JSONError) {
            scan = try ObjectScan(data, names: ChatStreamRewriter.names)
        } catch {
            return .failed(
                UpstreamFailure(
                    cause: .malformed, provider: provider, status: 502,
                    message: "\(provider) sent a stream event that is not valid JSON.", detail: error.message))
        }
        if let error = scan[3], jsonKind(of: error, in: data) != .null {
            return .failed(UpstreamFailure(errorObject: error, in: data, cause: .errorInStream, provider: provider))
        }
        let choices: Choices
        switch Choices.read(scan[1], in: data, after: finished, provider: provider) {
        case .success(let read): choices = read
        case .failure(let failure): return .failed(failure)
        }
        sawChunk = true
        let repeats = choices.finished.isSubset(of: finished)
        finished.formUnion(choices.finished)
        if scan[2] == nil, appendWithOneModel(data, scan, to: &out) {
            // The usual chunk: nothing but the model changes, so no list of edits is made.
            return choices.hasContent || !choices.finished.isEmpty ? .content : .held
        }
        var edits = JSONEdits()
        for occurrence in scan.occurrences(of: 0) { edits.replace(occurrence.value, with: model) }
        guard let usageRange = scan[2], jsonKind(of: usageRange, in: data) == .object else {
            ChatStreamRewriter.append(data, edits, to: &out)
            return choices.hasContent || !choices.finished.isEmpty ? .content : .held
        }
        usage = Usage(reading: usageRange, in: data) ?? usage
        // Some send usage with every chunk: only behind the finish, or without a choice, is it the chunk for usage.
        if choices.hasContent || choices.hasOpen {
            ChatStreamRewriter.append(data, edits, to: &out)
            return choices.hasContent ? .content : .held
        }
        return appendUsageChunk(data, scan, edits, carriesFinish: !repeats, to: &out)
    }

    /// Appends a chunk that names its model once; `false`, and nothing appended, when it does so more or less often.
    private func appendWithOneModel(_ data: Span<UInt8>, _ scan: ObjectScan, to out: inout ByteBuffer) -> Bool {
        var occurrences = scan.occurrences(of: 0)
        guard let only = occurrences.next()?.value, occurrences.next() == nil else { return false }
        out.append("data: ")
        out.append(data.extracting(0..<only.lowerBound))
        out.append(model)
        out.append(data.extracting(only.upperBound..<data.count))
        out.append("\n\n")
        return true
    }

    /// A chunk with usage and without content: its finish reason, if it is news, goes first and alone.
    private func appendUsageChunk(
        _ data: Span<UInt8>, _ scan: ObjectScan, _ edits: JSONEdits, carriesFinish: Bool, to out: inout ByteBuffer
    ) -> StreamStep {
        if carriesFinish {
            var finish = edits
            finish.removeAll(2, of: scan, in: data)
            ChatStreamRewriter.append(data, finish, to: &out)
        }
        if wantsUsage {
            var last = edits
            last.set(1, of: scan, to: Array("[]".utf8))
            ChatStreamRewriter.append(data, last, to: &out)
        }
        return carriesFinish || wantsUsage ? .content : .skipped
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

    /// What the choices of one chunk say.
    private struct Choices {
        var hasContent = false
        /// One of them has not finished, now or before.
        var hasOpen = false
        var finished: Set<Int> = []

        static func read(
            _ range: Range<Int>?, in data: Span<UInt8>, after earlier: Set<Int>, provider: String
        ) -> Result<Choices, UpstreamFailure> {
            var result = Choices()
            guard let range, jsonKind(of: range, in: data) == .array else { return .success(result) }
            var elements = JSONElements(range, in: data)
            while let element = elements.next() {
                guard let choice = ObjectScan(data, within: element, names: choiceNames) else { continue }
                if let error = choice[4], jsonKind(of: error, in: data) != .null {
                    return .failure(
                        UpstreamFailure(errorObject: error, in: data, cause: .errorInStream, provider: provider))
                }
                if let delta = choice[0], hasContent(delta: delta, in: data) { result.hasContent = true }
                if let text = choice[1], !isBlank(text, in: data) { result.hasContent = true }
                func index() -> Int { choice[5].flatMap { jsonInt($0, in: data) } ?? 0 }
                let (reason, native) = (choice[2], choice[3])
                if reason.map({ jsonStringEquals($0, in: data, "error") }) ?? false
                    || native.map({ jsonStringEquals($0, in: data, "network_error") }) ?? false
                    || native.map({ jsonStringEquals($0, in: data, "error") }) ?? false
                {
                    return .failure(
                        UpstreamFailure(
                            cause: .errorInStream, provider: provider, status: 502,
                            message: "\(provider) broke the answer off (finish_reason 'error')."))
                }
                if let reason, jsonKind(of: reason, in: data) == .string {
                    result.finished.insert(index())
                } else if earlier.isEmpty || !earlier.contains(index()) {
                    result.hasOpen = true
                }
            }
            return .success(result)
        }

        /// Whether a delta holds more than a role and empty values.
        private static func hasContent(delta: Range<Int>, in data: Span<UInt8>) -> Bool {
            guard jsonKind(of: delta, in: data) == .object else { return false }
            var members = JSONMembers(delta, in: data)
            while let (key, value) = members.next() {
                if !jsonStringEquals(key, in: data, "role"), !isBlank(value, in: data) { return true }
            }
            return false
        }

        /// `null`, `""`, `[]` and `{}`.
        private static func isBlank(_ range: Range<Int>, in data: Span<UInt8>) -> Bool {
            switch jsonKind(of: range, in: data) {
            case .null: true
            case .string: range.count == 2
            case .array:
                {
                    var elements = JSONElements(range, in: data)
                    return elements.next() == nil
                }()
            case .object:
                {
                    var members = JSONMembers(range, in: data)
                    return members.next() == nil
                }()
            case .bool, .number: false
            }
        }
    }
}

/// What an error event needs besides the error.
struct FailureContext {
    let redactor: Redactor
}
