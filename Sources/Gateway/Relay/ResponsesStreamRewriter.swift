internal import EventLoop
internal import HTTPWire
internal import JSONText
internal import Model
internal import Upstream

/// Streams of `responses`: named events, the model inside the `response` object that some of them carry.
///
/// `event:` lines are kept (and made, from the event's `type`, where an upstream left them out); a closing `[DONE]`,
/// which OpenAI does not send here, is dropped.
struct ResponsesStreamRewriter: StreamRewriter {
    private let model: [UInt8]
    private let provider: String
    private(set) var usage: Usage?
    private(set) var answerer = Answerer()
    /// Of the latest event that was passed on, for the error event that may have to follow it; −1 before the first.
    private(set) var sequenceNumber = -1
    private var isComplete = false
    private var hasContent = false

    init(model: [UInt8], provider: String) {
        self.model = model
        self.provider = provider
    }

    mutating func rewrite(
        _ event: EventStreamParser.Event, of input: borrowing ByteBuffer, into out: inout ByteBuffer
    ) -> StreamStep {
        guard !isComplete else { return .skipped }
        if event.isError(in: input) { return .failed(event.failure(in: input, provider: provider)) }
        let bytes = input.bytes
        // Without a line that names the event: none.
        let name = bytes.extracting(event.name ?? 0..<0)
        if let data = event.data { return rewrite(bytes.extracting(data), named: name, into: &out) }
        if let step = event.withJoinedData({ data in rewrite(data, named: name, into: &out) }) { return step }
        return event.strayFailure(in: input, provider: provider).map { .failed($0) } ?? .skipped
    }

    private mutating func rewrite(
        _ data: Span<UInt8>, named name: Span<UInt8>, into out: inout ByteBuffer
    ) -> StreamStep {
        if data.isEmpty || data[0] != UInt8(ascii: "{") && data.isDoneMark { return .skipped }
        var scan = PathScan(ResponsesEvent.paths)
        do throws(JSONError) {
            try scan.read(data)
        } catch {
            return .failed(
                UpstreamFailure(statedBy: data, cause: .errorInStream, provider: provider)
                    ?? .malformedEvent(error, provider: provider))
        }
        return rewrite(data, named: name, scan, into: &out)
    }

    var paths: JSONPaths { ResponsesEvent.paths }
    var isOpen: Bool { !isComplete }

    mutating func rewrite(
        _ data: Span<UInt8>, named name: Span<UInt8>, _ scan: borrowing PathScan, into out: inout ByteBuffer
    ) -> StreamStep {
        let event = ResponsesEvent(scan, in: data)
        guard let type = event.type, type.kind == .string else {
            return rewrite(data, scan, event, type: name, into: &out)
        }
        // As it stands in the text, unless it is written with escapes, which nobody does.
        if !type.hasEscapes {
            let plain = data.extracting(type.range.lowerBound + 1..<type.range.upperBound - 1)
            return rewrite(data, scan, event, type: plain, into: &out)
        }
        let unescaped = jsonStringBytes(type.range, in: data) ?? []
        return rewrite(data, scan, event, type: unescaped.span, into: &out)
    }

    private mutating func rewrite(
        _ data: Span<UInt8>, _ scan: borrowing PathScan, _ event: borrowing ResponsesEvent, type: Span<UInt8>,
        into out: inout ByteBuffer
    ) -> StreamStep {
        let kind = ResponsesEvent.Kind(type)
        if let failure = failure(kind, scan, event, data) { return .failed(failure) }
        if let number = event.sequenceNumber { sequenceNumber = number }
        usage = event.usage ?? usage
        answerer.note(model: event.model, provider: event.provider, in: data)
        // A type is a word: what ends the line could pass off what follows it as events of its own.
        if type.isWord {
            out.append("event: ")
            out.append(type)
            out.append("\n")
        }
        append(data, scan, event, to: &out)
        switch kind {
        case .begun, .none: return hasContent ? .content : .held
        case .complete, .ended:
            isComplete = true
            return .done
        case .error, .failed, .other:
            hasContent = true
            return .content
        }
    }

    private func append(
        _ data: Span<UInt8>, _ scan: borrowing PathScan, _ event: borrowing ResponsesEvent, to out: inout ByteBuffer
    ) {
        out.append("data: ")
        if event.hasOtherModels {
            var edits = JSONEdits()
            edits.set(path: ResponsesEvent.Path.model.rawValue, of: scan, to: model, in: data)
            edits.append(to: &out, of: data)
        } else if let range = event.model {
            out.append(data, replacing: range, with: model)
        } else {
            out.append(data)
        }
        out.append("\n\n")
    }

    /// An `error` event, flat as OpenAI sends it or nested as OpenRouter documents it, `response.failed`, an error outside
    /// of any event of this dialect, or an ending of nothing.
    private func failure(
        _ kind: ResponsesEvent.Kind, _ scan: borrowing PathScan, _ event: borrowing ResponsesEvent, _ data: Span<UInt8>
    ) -> UpstreamFailure? {
        switch kind {
        case .error:
            return UpstreamFailure(errorObject: scan.object, in: data, cause: .errorInStream, provider: provider)
        case .failed,
            .complete where event.hasFailed,
            .ended where event.hasFailed:
            guard let error = event.responseError, error.saysError(in: data) else {
                return UpstreamFailure(
                    cause: .errorInStream, provider: provider, status: 502,
                    message: "\(provider) reported a failed response without an error.")
            }
            return UpstreamFailure(errorObject: error.range, in: data, cause: .errorInStream, provider: provider)
        case .none: return UpstreamFailure(statedBy: data, cause: .errorInStream, provider: provider)
        case .complete where !hasContent && !event.hasOutput:
            return UpstreamFailure(
                cause: .notACompletion, provider: provider, status: 502,
                message: "\(provider) sent a stream without content.")
        case .begun, .complete, .ended, .other: return nil
        }
    }

    mutating func end(into out: inout ByteBuffer) -> UpstreamFailure? {
        isComplete ? nil : UpstreamFailure(UpstreamError.cut, provider: provider)
    }

    func failureEvent(_ error: GatewayError, requestID: String, context: FailureContext) -> [UInt8] {
        ErrorBody.responsesEvent(
            error, requestID: requestID, sequenceNumber: sequenceNumber == .max ? .max : sequenceNumber + 1,
            redactor: context.redactor)
    }
}

extension Span<UInt8> {
    /// Printable ASCII without a blank, and something of it.
    fileprivate var isWord: Bool {
        var index = 0
        while count - index >= 8 {
            let word = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            // A byte below 0x21 borrows, 0x7F carries into its top bit, and what is above has it set.
            let strange = word | (word &- 0x2121_2121_2121_2121) | (word &+ 0x0101_0101_0101_0101)
            if strange & 0x8080_8080_8080_8080 != 0 { return false }
            index += 8
        }
        while index < count {
            if self[index] &- 0x21 >= 0x7F - 0x21 { return false }
            index += 1
        }
        return !isEmpty
    }
}
