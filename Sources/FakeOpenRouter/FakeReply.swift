/// The inference endpoints.
enum FakeDialect: Sendable {
    case chat, completions, responses, embeddings
}

/// A faultless answer in the words of one endpoint, and the error events that can break it.
struct FakeReply {
    let dialect: FakeDialect
    let turn: FakeTurn
    let body: String
    /// Server-sent events, each with its empty line, without `[DONE]`; empty where there is no stream.
    let events: [String]
    /// The event that ends the stream, when there is one.
    let done: String
    /// So many events bring two pieces of content: where a stream breaks.
    let cut: Int

    static let doneEvent = "data: [DONE]\n\n"

    init(_ turn: FakeTurn, _ dialect: FakeDialect, usage: FakeTurn.UsageShape = .repeatedFinish) {
        (self.turn, self.dialect) = (turn, dialect)
        switch dialect {
        case .chat:
            (body, events, done, cut) = (turn.chatBody, turn.chatEvents(usage), Self.doneEvent, 3)
        case .completions:
            (body, events, done, cut) = (turn.completionBody, turn.completionEvents, Self.doneEvent, 2)
        case .responses:
            (body, events, done, cut) = (turn.responseBody(turn.finalState), turn.responseEvents, "", 6)
        case .embeddings:
            (body, events, done, cut) = ("", [], "", 0)
        }
    }

    /// An answer that is no stream on any terms: embeddings.
    init(body: String, _ turn: FakeTurn) {
        (self.body, self.turn, dialect, events, done, cut) = (body, turn, .embeddings, [], "", 0)
    }

    /// How an event of a stream says that the generation broke.
    enum ErrorShape {
        case usual, stringCode, emptyChoices, nested, flat
    }

    static let brokenOff = "Provider disconnected"

    /// The event at place `number` of the stream that tells of the failure.
    func errorEvent(_ shape: ErrorShape, number: Int) -> String {
        let message = FakeJSON.quoted(Self.brokenOff)
        if dialect == .responses {
            let error = "{\"code\":\"server_error\",\"message\":\(message)}"
            switch shape {
            case .nested:
                return FakeTurn.responseEvent("error", number: number, "\"error\":\(error)")
            case .flat:
                return FakeTurn.responseEvent(
                    "error", number: number, "\"code\":\"server_error\",\"message\":\(message),\"param\":null")
            case .usual, .stringCode, .emptyChoices:
                return FakeTurn.responseEvent(
                    "response.failed", number: number, "\"response\":\(turn.responseBody(.failed(error)))")
            }
        }
        let code = shape == .stringCode ? "\"server_error\"" : "502"
        let error = """
            {"code":\(code),"message":\(message),"metadata":{"error_type":"provider_unavailable"}}
            """
        let choice = #"[{"index":0,"delta":{"content":""},"finish_reason":"error"}]"#
        return turn.chatErrorEvent(error, choices: shape == .emptyChoices ? "[]" : choice)
    }

    /// Row 31, second half: the answer broke off and says so inside.
    var partialErrorBody: String {
        let error = "{\"code\":502,\"message\":\(FakeJSON.quoted(Self.brokenOff))}"
        switch dialect {
        case .responses:
            return turn.responseBody(
                .failed("{\"code\":\"server_error\",\"message\":\(FakeJSON.quoted(Self.brokenOff))}"))
        case .chat, .completions, .embeddings:
            return """
                {"id":"\(turn.generation)","object":"chat.completion","created":\(FakeTurn.created),\
                "model":\(FakeJSON.quoted(turn.model)),"provider":\(FakeJSON.quoted(turn.provider)),"choices":[{\
                "index":0,"finish_reason":"error","native_finish_reason":"error","message":{"role":"assistant",\
                "content":"Hel"},"error":\(error)}]}
                """
        }
    }
}
