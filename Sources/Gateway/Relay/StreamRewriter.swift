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

    /// The event that ends a broken stream in this dialect.
    func failureEvent(_ error: GatewayError, requestID: String, context: FailureContext) -> [UInt8]

    var usage: Usage? { get }
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

extension UpstreamFailure {
    static func malformedEvent(_ error: JSONError, provider: String) -> UpstreamFailure {
        UpstreamFailure(
            cause: .malformed, provider: provider, status: 502,
            message: "\(provider) sent a stream event that is not valid JSON.", detail: error.message)
    }
}
