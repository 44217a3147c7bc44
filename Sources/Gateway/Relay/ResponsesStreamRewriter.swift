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
    private static let names = MemberNames("type", "response", "error", "sequence_number", "code", "message")
    private static let responseNames = MemberNames("model", "usage", "error", "status")

    private let model: [UInt8]
    private let provider: String
    private(set) var usage: Usage?
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
        var step = StreamStep.skipped
        let name = event.name.map { input.bytes.array($0) }
        _ = event.withData(of: input) { data in step = rewrite(data, named: name, into: &out) }
        return step
    }

    private mutating func rewrite(
        _ data: Span<UInt8>, named name: [UInt8]?, into out: inout ByteBuffer
    ) -> StreamStep {
        if data.isEmpty || data.equals("[DONE]") { return .skipped }
        let scan: ObjectScan
        do throws(JSONError) {
            scan = try ObjectScan(data, names: ResponsesStreamRewriter.names)
        } catch {
            return .failed(
                UpstreamFailure(
                    cause: .malformed, provider: provider, status: 502,
                    message: "\(provider) sent a stream event that is not valid JSON.", detail: error.message))
        }
        let type =
            scan[0].flatMap { jsonString($0, in: data) } ?? name.map { String(decoding: $0, as: UTF8.self) } ?? ""
        if let failure = failure(type, scan, data) { return .failed(failure) }
        if let number = scan[3].flatMap({ jsonInt($0, in: data) }) { sequenceNumber = number }
        var edits = JSONEdits()
        if let range = scan[1],
            let response = ObjectScan(data, within: range, names: ResponsesStreamRewriter.responseNames)
        {
            for occurrence in response.occurrences(of: 0) { edits.replace(occurrence.value, with: model) }
            usage = response[1].flatMap { Usage(reading: $0, in: data) } ?? usage
        }
        // A type is a word: what ends the line could pass off what follows it as events of its own.
        if !type.isEmpty, type.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
            out.append("event: ")
            out.append(text: type)
            out.append("\n")
        }
        out.append("data: ")
        edits.append(to: &out, of: data)
        out.append("\n\n")
        switch type {
        case "response.created", "response.in_progress", "response.queued": return hasContent ? .content : .held
        case "response.completed", "response.incomplete", "response.cancelled", "response.done":
            isComplete = true
            return .done
        default:
            hasContent = true
            return .content
        }
    }

    /// An `error` event, flat as OpenAI sends it or nested as OpenRouter documents it, or `response.failed`.
    private func failure(_ type: String, _ scan: ObjectScan, _ data: Span<UInt8>) -> UpstreamFailure? {
        switch type {
        case "error", "response.error":
            if let error = scan[2], jsonKind(of: error, in: data) == .object {
                return UpstreamFailure(errorObject: error, in: data, cause: .errorInStream, provider: provider)
            }
            return UpstreamFailure(errorObject: scan.object, in: data, cause: .errorInStream, provider: provider)
        case "response.failed":
            guard let range = scan[1],
                let response = ObjectScan(data, within: range, names: ResponsesStreamRewriter.responseNames),
                let error = response[2], jsonKind(of: error, in: data) != .null
            else {
                return UpstreamFailure(
                    cause: .errorInStream, provider: provider, status: 502,
                    message: "\(provider) reported a failed response without an error.")
            }
            return UpstreamFailure(errorObject: error, in: data, cause: .errorInStream, provider: provider)
        default:
            // An error object outside of any event of this dialect, as chat's streams have it.
            guard type.isEmpty, let error = scan[2], jsonKind(of: error, in: data) != .null else { return nil }
            return UpstreamFailure(errorObject: error, in: data, cause: .errorInStream, provider: provider)
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
