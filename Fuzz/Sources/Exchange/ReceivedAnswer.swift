internal import HTTPWire
internal import JSONText
internal import Model

@testable internal import Gateway

/// An answer as a client sees it, and what is claimed of it. A value.
struct ReceivedAnswer {
    let status: Int
    /// Names in lower case.
    var fields: [(name: String, value: String)] = []
    var body: [UInt8] = []
    /// It came with its end.
    var isWhole = false

    init(status: Int) {
        self.status = status
    }

    /// Of which not even the head is whole.
    static var cut: ReceivedAnswer { ReceivedAnswer(status: 0) }

    func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    var saysClose: Bool { values("connection").contains { $0.lowercased() == "close" } }
    private var type: String { values("content-type").first ?? "" }
    private var isStream: Bool { type.hasPrefix("text/event-stream") }

    func check(_ asked: ClientTranscript.Asked) {
        if isStream {
            requireEqual(status, 200, "a stream is a success")
            checkStream(asked)
        } else if isWhole, !body.isEmpty, status >= 400, !asked.isAboutHealth {
            checkError()
        }
        guard status == 200, let envelope = asked.envelope else { return }
        if asked.head?.isHead != true, isWhole, !isStream {
            requireEqual(type, "application/json", "an answer says what it is")
            require(isObject(body), "an answer is a JSON object: \(text(body))")
        }
        requireEqual(isStream, envelope.isStream, "an answer has the form that was asked for")
        checkMark(asked)
    }

    private func checkError() {
        requireEqual(type, "application/json", "an error says what it is")
        let error = (try? JSONValue.parse(body.span))?["error"]
        require(error?["message"]?.stringValue?.isEmpty == false, "an error has a message: \(text(body))")
        require(error?["type"]?.stringValue?.isEmpty == false, "an error has a type: \(text(body))")
    }

    /// What a scripted upstream answers to one client's request (`ScriptedUpstream.answerAsAsked`) reaches no other.
    private func checkMark(_ asked: ClientTranscript.Asked) {
        guard let start = body[...].firstPlace(of: "mark:") else { return }
        let mark = ScriptedUpstream.word(body[start.upperBound...])
        guard !mark.isEmpty else { return }
        requireEqual(ScriptedUpstream.mark(in: asked.body?[...] ?? []), mark, "an answer goes to whom it belongs")
    }

    // MARK: streams

    /// `data: [DONE]`, an error event, or, for Responses, the event that ends a response; nothing behind it.
    private func checkStream(_ asked: ClientTranscript.Asked) {
        guard asked.head?.isHead != true else { return }
        let events = events()
        let isResponses = asked.envelope?.endpoint == .responses
        var ends = 0
        for (place, event) in events.enumerated() {
            guard let data = event.data else {
                requireEqual(ends, 0, "no comment comes behind the end of a stream: \(text(body))")
                continue
            }
            let isDone = data == Array("[DONE]".utf8)
            require(isDone || isObject(data), "an event's data is an object: \(text(data))")
            requireEqual(ends, 0, "nothing comes behind the end of a stream: \(text(body))")
            if isDone { require(!isResponses, "Responses has no [DONE]: \(text(body))") }
            if isDone || isEnd(data, isResponses) {
                ends += 1
                require(place == events.count - 1, "the end of a stream is its last event: \(text(body))")
            }
        }
        if isWhole, asked.head?.minorVersion == 1 {
            requireEqual(ends, 1, "a whole stream says how it ends: \(text(body))")
        }
    }

    private func isEnd(_ data: [UInt8], _ isResponses: Bool) -> Bool {
        guard let event = try? JSONValue.parse(data.span) else { return false }
        if !isResponses { return event["error"].map { !$0.isNull } ?? false }
        let ends = ["error", "response.completed", "response.incomplete", "response.failed", "response.cancelled"]
        return ends.contains(event["type"]?.stringValue ?? "") || event["type"]?.stringValue == "response.done"
    }

    /// Every event in the one form that the gateway writes; those of a cut stream as far as they are whole.
    private func events() -> [PassedEvent] {
        var rest = body[...]
        var events: [PassedEvent] = []
        while let end = rest.firstPlace(of: "\n\n") {
            events.append(event(rest[..<end.lowerBound]))
            rest = rest[end.upperBound...]
        }
        if isWhole { require(rest.isEmpty, "a stream ends with an event: \(text(body))") }
        compare(events)
        return events
    }

    private func event(_ block: ArraySlice<UInt8>) -> PassedEvent {
        if block.elementsEqual(": keep-alive".utf8) { return PassedEvent(name: nil, data: nil) }
        let lines = block.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let isNamed = lines.count == 2 && lines[0].starts(with: "event: ".utf8)
        guard let last = lines.last, lines.count == 1 || isNamed, last.starts(with: "data: ".utf8) else {
            require(false, "an event has a name, if any, and one line of data: \(text(block))")
            return PassedEvent(name: nil, data: nil)
        }
        return PassedEvent(name: isNamed ? text(lines[0].dropFirst(7)) : nil, data: Array(last.dropFirst(6)))
    }

    private func compare(_ events: [PassedEvent]) {
        var parser = EventStreamParser()
        var position = 0
        var count = 0
        while let event = (try? parser.next(body.span, from: &position)) ?? nil {
            require(count < events.count, "both see the same events: \(text(body))")
            guard count < events.count else { return }
            requireEqual(event.isComment, events[count].data == nil, "both see the same comments: \(text(body))")
            requireEqual(event.data.map { Array(body[$0]) }, events[count].data, "both see the same data")
            requireEqual(event.name.map { text(body[$0]) }, events[count].name, "both see the same names")
            count += 1
        }
        requireEqual(count, events.count, "both see as many events: \(text(body))")
    }
}

/// An event as the client reads it; a comment has no data.
private struct PassedEvent {
    let name: String?
    let data: [UInt8]?
}
