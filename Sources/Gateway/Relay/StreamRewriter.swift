internal import EventLoop
internal import HTTPWire
internal import JSONText
internal import Model

/// What one event of an upstream's stream means for the relay.
enum StreamStep {
    /// Written to the output, but not yet reason to commit to the answer: a role, `response.created`.
    case held
    /// Written to the output; the client should have it now.
    case content
    /// Nothing for the client: a comment, a usage chunk it did not ask for.
    case skipped
    /// The upstream says that it failed.
    // Indirect, so that every other step is one word.
    indirect case failed(UpstreamFailure)
    /// The stream says that it is complete.
    case done
}

/// Rewrites a stream event by event: the client's model name goes in, everything else stays byte for byte. A value,
/// without I/O: bytes in, bytes out.
protocol StreamRewriter {
    /// Appends to `out` what the client gets for `event`.
    mutating func rewrite(
        _ event: EventStreamParser.Event, of input: borrowing ByteBuffer, into out: inout ByteBuffer
    ) -> StreamStep

    /// The same for an event whose data, a JSON object, was scanned for ``paths`` before.
    ///
    /// - Parameter name: of the event; empty for none.
    mutating func rewrite(
        _ data: Span<UInt8>, named name: Span<UInt8>, _ scan: borrowing PathScan, into out: inout ByteBuffer
    ) -> StreamStep

    var paths: JSONPaths { get }

    /// The stream is not complete by its dialect: what comes is still looked at.
    var isOpen: Bool { get }

    /// Called when the upstream's stream ended properly on the wire. `nil` when it is also complete by its dialect, in
    /// which case what is missing of the usual ending has been appended to `out`.
    mutating func end(into out: inout ByteBuffer) -> UpstreamFailure?

    /// Something that was read waits for the next event, which may add to it.
    var isHolding: Bool { get }

    /// Appends what waits: the next event does not come, or not soon.
    mutating func release(into out: inout ByteBuffer)

    /// Who answers, as far as the stream has said; empty before.
    var answerer: Answerer { get }

    /// The event that ends a broken stream in this dialect.
    func failureEvent(_ error: GatewayError, requestID: String, context: FailureContext) -> [UInt8]

    var usage: Usage? { get }
}

extension StreamRewriter {
    var isHolding: Bool { false }
    mutating func release(into out: inout ByteBuffer) {}
}

extension EventStreamParser.Event {
    /// The data of an event that has several lines of it, as one line of JSON: a line feed can only stand between two
    /// JSON tokens and so may become a blank. `nil` for an event with one line of data, or none.
    func withJoinedData<Result>(_ body: (Span<UInt8>) -> Result) -> Result? {
        guard let line = lineOfJoinedData else { return nil }
        return body(line.span)
    }

    var lineOfJoinedData: [UInt8]? {
        joined?.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 }
    }
}

extension EventStreamParser.Event {
    /// Its name says that it is an error, whatever its data looks like.
    func isError(in input: borrowing ByteBuffer) -> Bool {
        guard let name else { return false }
        return input.bytes.extracting(name).equals("error")
    }

    /// An error that stands between the events, without a line of data: Google and some proxies write their JSON so.
    ///
    /// - Returns: `nil` for whatever else has no data.
    func strayFailure(in input: borrowing ByteBuffer, provider: String) -> UpstreamFailure? {
        guard data == nil, joined == nil, !isComment, range.count <= StatedError.longest else { return nil }
        let text = input.bytes.extracting(range)
        let start = text.startOfText
        guard start < text.count, text[start] == UInt8(ascii: "{") || text[start] == UInt8(ascii: "[") else {
            return nil
        }
        return UpstreamFailure(
            statedBy: text.extracting(start..<text.count), cause: .errorInStream, provider: provider)
    }

    func failure(in input: borrowing ByteBuffer, provider: String) -> UpstreamFailure {
        if let data { return UpstreamFailure(errorEvent: input.bytes.extracting(data), provider: provider) }
        let lines = joined ?? []
        return UpstreamFailure(errorEvent: lines.span, provider: provider)
    }
}

extension UpstreamFailure {
    /// A choice ended with a reason that says that it is not whole.
    static func brokenOff(
        _ reason: Range<Int>?, in bytes: Span<UInt8>, cause: Cause, provider: String
    ) -> UpstreamFailure {
        let word = reason.flatMap { jsonString($0, in: bytes) } ?? "error"
        return UpstreamFailure(
            cause: cause, provider: provider, status: 502,
            message: "\(provider) broke the answer off (finish_reason '\(word)').")
    }

    static func malformedEvent(_ error: JSONError, provider: String) -> UpstreamFailure {
        UpstreamFailure(
            cause: .malformed, provider: provider, status: 502,
            message: "\(provider) sent a stream event that is not valid JSON.", detail: error.message)
    }
}
