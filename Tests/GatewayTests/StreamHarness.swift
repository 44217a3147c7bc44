import EventLoop
import HTTPWire
import JSONText
import Model
import Observability
import Testing

@testable import Gateway

/// Whole wire text in, whole wire text out: what `StreamRelay` does, without a socket.
struct Relayed: Equatable, Sendable {
    /// What the client gets, the event of a failure included when content had gone out before it.
    var out = ""
    /// The failure's message. With `isCommitted` false the client sees it as an HTTP status.
    var failure: String?
    var status: Int?
    /// Content had come before the end or the failure.
    var isCommitted = false
    var usage: Usage?
}

/// - Parameter size: how many bytes arrive at once.
func relay(_ wire: [UInt8], _ rewriter: some StreamRewriter, size: Int) -> Relayed {
    var rewriter = rewriter
    var parser = EventStreamParser()
    var input = ByteBuffer()
    var out = ByteBuffer()
    var result = Relayed()
    var failure: UpstreamFailure?
    var isDone = false
    var arrived = 0

    func take(_ step: StreamStep) {
        switch step {
        case .held, .skipped: break
        case .content: result.isCommitted = true
        case .failed(let found): failure = found
        case .done: isDone = true
        }
    }

    while arrived < wire.count, failure == nil, !isDone {
        let next = min(wire.count, arrived + size)
        input.append(Array(wire[arrived..<next]))
        arrived = next
        var position = 0
        while failure == nil, !isDone, let event = try? parser.next(input.bytes, from: &position) {
            take(rewriter.rewrite(event, of: input, into: &out))
        }
        input.consume(position)
    }
    if failure == nil, !isDone {
        var position = 0
        if let event = parser.finish(input.bytes, from: &position) {
            take(rewriter.rewrite(event, of: input, into: &out))
            // Half an event is no event.
            if failure?.cause == .malformed { failure = nil }
        }
    }
    if failure == nil { failure = rewriter.end(into: &out) }
    result.out = text(out)
    result.usage = rewriter.usage
    if let failure {
        (result.failure, result.status) = (failure.message, failure.status)
        if result.isCommitted {
            let context = FailureContext(redactor: Redactor(secrets: []))
            result.out += text(rewriter.failureEvent(.upstream(failure), requestID: "r", context: context))
        }
    }
    return result
}

/// Relays in pieces of every size; all have to come to the same.
func relayAtEveryCut(_ wire: String, _ rewriter: some StreamRewriter) -> Relayed {
    let bytes = Array(wire.utf8)
    let whole = relay(bytes, rewriter, size: max(1, bytes.count))
    for size in [1, 2, 3, 7, 4096] {
        let pieces = relay(bytes, rewriter, size: size)
        #expect(pieces == whole, "in pieces of \(size)")
    }
    return whole
}

/// `data: ` lines, each an event.
func events(_ data: String...) -> String {
    data.map { "data: \($0)\n\n" }.joined()
}
