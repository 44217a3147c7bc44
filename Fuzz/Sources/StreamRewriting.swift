internal import EventLoop
internal import HTTPWire
internal import JSONText
internal import Model
internal import Observability

@testable internal import Gateway

/// A chat stream on its way through the gateway. The first byte's lowest bit: the client wants usage.
func checkChatStream(_ input: [UInt8]) {
    let input = Optioned(input)
    let wantsUsage = input.has(0)
    let sent = checkRewriting(input.bytes) {
        ChatStreamRewriter(model: clientModel, wantsUsage: wantsUsage, provider: "openrouter")
    }
    for event in sent where text(event.data) != "[DONE]" {
        requireEqual(event.name, nil, "chat's events have no name")
        checkModel(of: valueOrNil(event.data), "a chunk")
    }
}

func checkResponsesStream(_ input: [UInt8]) {
    let sent = checkRewriting(input) { ResponsesStreamRewriter(model: clientModel, provider: "openrouter") }
    for event in sent {
        let value = valueOrNil(event.data)
        if let type = value?["type"]?.stringValue {
            // What is no word gets no name, so that it cannot end the line.
            let isWord = !type.isEmpty && type.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
            require(event.name == type || (event.name ?? "").isEmpty && !isWord, "an event's name is its type")
        }
        checkModel(of: value?["response"], "a response")
    }
}

private let clientModel = Array(#""mine""#.utf8)

private func valueOrNil(_ data: [UInt8]) -> JSONValue? {
    try? JSONValue.parse(data.span)
}

private func checkModel(of value: JSONValue?, _ what: String) {
    for member in value?.objectValue ?? [] where member.key == "model" {
        requireEqual(member.value, "mine", "\(what) names the client's model")
    }
}

/// Rewrites whole and in pieces, checks what both have in common, and returns what a client reads.
private func checkRewriting(_ input: [UInt8], _ make: () -> some StreamRewriter) -> [SentEvent] {
    let whole = rewrite(input, [input.count], make())
    for ends in cuts(of: input) {
        let cut = rewrite(input, ends, make())
        requireEqual(cut.steps, whole.steps, "a cut stream means what the whole one means")
        requireEqual(text(cut.out), text(whole.out), "a cut stream is rewritten like the whole one")
    }
    let events = sentEvents(whole.out)
    for event in events where text(event.data) != "[DONE]" {
        require(isObject(event.data), "an event's data is one JSON object: \(text(event.data))")
    }
    return events
}

private struct Rewritten {
    var out: [UInt8] = []
    var steps: [String] = []
}

/// As the relay does it: nothing more is read once the stream failed or is done.
private func rewrite(_ input: [UInt8], _ ends: [Int], _ rewriter: some StreamRewriter) -> Rewritten {
    var rewriter = rewriter
    var result = Rewritten()
    var parser = EventStreamParser()
    var unread = ByteBuffer()
    var out = ByteBuffer()
    var arrived = 0
    var isOver = false
    for end in ends where !isOver {
        unread.append(Array(input[arrived..<end]))
        arrived = end
        var position = 0
        while !isOver, let event = (try? parser.next(unread.bytes, from: &position)) ?? nil {
            isOver = take(rewriter.rewrite(event, of: unread, into: &out), &rewriter, &out, &result.steps)
        }
        unread.consume(position)
    }
    if !isOver {
        var position = 0
        if let event = parser.finish(unread.bytes, from: &position) {
            isOver = take(rewriter.rewrite(event, of: unread, into: &out), &rewriter, &out, &result.steps)
        }
        if !isOver, let failure = rewriter.end(into: &out) { fail(failure, rewriter, &out, &result.steps) }
    }
    result.out = bytes(of: out)
    return result
}

private func take(
    _ step: StreamStep, _ rewriter: inout some StreamRewriter, _ out: inout ByteBuffer, _ steps: inout [String]
) -> Bool {
    switch step {
    case .held: steps.append("held")
    case .content: steps.append("content")
    case .skipped: steps.append("skipped")
    case .failed(let failure):
        fail(failure, rewriter, &out, &steps)
        return true
    case .done:
        steps.append("done")
        if let failure = rewriter.end(into: &out) { fail(failure, rewriter, &out, &steps) }
        return true
    }
    return false
}

private func fail(
    _ failure: UpstreamFailure, _ rewriter: some StreamRewriter, _ out: inout ByteBuffer, _ steps: inout [String]
) {
    steps.append("failed \(failure.status) \(failure.message)")
    checkErrorBody(failure)
    out.append(
        rewriter.failureEvent(
            .upstream(failure), requestID: "req", context: FailureContext(redactor: Redactor(secrets: []))))
}
