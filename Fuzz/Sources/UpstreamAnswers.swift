internal import EventLoop
internal import HTTPWire
internal import JSONText
internal import Model
internal import Observability

@testable internal import Gateway

/// The body of an upstream's answer: checked, changed, turned into a stream, or read as an error. The first byte
/// chooses the endpoint and, above it, whether it is cut into small pieces.
func checkUpstreamAnswer(_ input: [UInt8]) {
    let input = Optioned(input)
    let endpoint = Endpoint.allCases[Int(input.options) % Endpoint.allCases.count]
    checkFailure(of: input.bytes, status: 400 + Int(input.options))
    let check: AnswerCheck
    do throws(UpstreamFailure) {
        check = try AnswerCheck(input.bytes.span, endpoint: endpoint, provider: "openrouter")
    } catch {
        checkErrorBody(error)
        return
    }
    let restored = check.edits(restoring: Array(#""mine""#.utf8), in: input.bytes.span).apply(to: input.bytes.span)
    guard let value = try? JSONValue.parse(restored.span) else {
        require(false, "an answer stays JSON: \(text(restored))")
        return
    }
    require(value["model"] ?? "mine" == "mine", "an answer names the client's model")
    if endpoint.streams { checkStream(of: input.bytes, endpoint, pieceLength: input.has(6) ? 3 : nil) }
}

private func checkStream(of answer: [UInt8], _ endpoint: Endpoint, pieceLength: Int?) {
    guard
        let envelope = try? Envelope(
            Array(#"{"model":"mine","messages":[],"input":"","prompt":"","stream":true}"#.utf8).span, asked: endpoint,
            pathModel: nil)
    else {
        require(false, "the request of this target is sound")
        return
    }
    var content = ByteBuffer()
    content.append(answer)
    var out = ByteBuffer()
    guard
        var stream = try? WholeAnswerAsStream(content, envelope: envelope, provider: "fuzz", pieceLength: pieceLength)
    else { return }
    while stream.append(upTo: out.count + 1000, of: content, to: &out) {}
    let events = sentEvents(bytes(of: out))
    for event in events.dropLast(endpoint == .responses ? 0 : 1) {
        require(isObject(event.data), "an event's data is one JSON object: \(text(event.data))")
    }
    if endpoint != .responses { requireEqual(text(events.last?.data ?? []), "[DONE]", "chat ends with [DONE]") }
}

private func checkFailure(of body: [UInt8], status: Int) {
    var parser = ResponseParser()
    guard
        let head = try? parser.parse(Array("HTTP/1.1 500 x\r\nRetry-After: 7\r\n\r\n".utf8).span, answering: .post)
    else { return }
    checkErrorBody(UpstreamFailure(status: status, fields: head.fields, body: body.span, provider: "openrouter"))
}

/// What a client gets for a failure.
func checkErrorBody(_ failure: UpstreamFailure) {
    require(400...599 ~= failure.status || failure.status == 499, "a failure is an error: \(failure.status)")
    let body = ErrorBody.json(.upstream(failure), redactor: Redactor(secrets: []))
    require(body.count < 32 << 10, "an error is short: \(body.count)")
    guard let value = try? JSONValue.parse(body.span) else {
        require(false, "an error is JSON: \(text(body))")
        return
    }
    require(value["error"]?["message"]?.stringValue != nil, "an error has a message")
    require(value["error"]?["type"]?.stringValue != nil, "an error has a type")
}

struct SentEvent {
    let name: String?
    let data: [UInt8]
}

/// What a client reads of what the gateway wrote; every event has one line of data and ends properly.
func sentEvents(_ bytes: [UInt8]) -> [SentEvent] {
    var parser = EventStreamParser()
    var position = 0
    var events: [SentEvent] = []
    while let event = (try? parser.next(bytes.span, from: &position)) ?? nil {
        guard let data = event.data else {
            require(false, "an event has one line of data: \(text(bytes[event.range]))")
            break
        }
        events.append(SentEvent(name: event.name.map { text(bytes[$0]) }, data: Array(bytes[data])))
    }
    requireEqual(position, bytes.count, "every event that is sent is whole: \(text(bytes))")
    return events
}

func isObject(_ data: [UInt8]) -> Bool {
    (try? ObjectScan(data.span, names: MemberNames())) != nil
}
