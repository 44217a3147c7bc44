/// The faults of the fake: model `fault/<raw value>`. docs/MOCK.md says what each one does.
enum FakeFault: String, CaseIterable {
    // What is said.
    case reasoning, tools, echo
    case reasoningOnly = "reasoning-only"
    case usageA = "usage-a"
    case usageB = "usage-b"
    case splitUTF8 = "split-utf8"
    case big20MB = "big-20mb"
    case line9MB = "line-9mb"
    case nativeFinishError = "native-finish-error"

    // A 200 that is no completion.
    case error200 = "200-error"
    case partialError200 = "200-partial-error"
    case html200 = "html-200"
    case empty200 = "empty-200"
    case jsonTruncated = "json-truncated"
    case jsonNull = "json-null"
    case jsonArray = "json-array"
    case noChoices = "no-choices"
    case status204 = "204"

    // A server that refuses what it does not know.
    case noUsageOptions = "no-usage-options"
    case vectorsOnly = "vectors-only"
    case refusesStop = "refuses-stop"

    // A stream that breaks or is odd.
    case streamFirstError = "stream-first-error"
    case streamMidError = "stream-mid-error"
    case streamMidErrorStringCode = "stream-mid-error-string-code"
    case streamMidErrorEmptyChoices = "stream-mid-error-empty-choices"
    case streamMidErrorNested = "stream-mid-error-nested"
    case streamMidErrorFlat = "stream-mid-error-flat"
    case streamMidErrorDone = "stream-mid-error-done"
    case streamBadJSON = "stream-bad-json"
    case streamReset = "stream-reset"
    case streamEOF = "stream-eof"
    case streamCleanEnd = "stream-clean-end"
    case streamStall = "stream-stall"
    case streamStallBeforeContent = "stream-stall-before-content"
    case streamEndless = "stream-endless"
    case streamFlood = "stream-flood"
    case noDone = "no-done"
    case trailingDone = "trailing-done"
    case jsonOnStream = "json-on-stream"
    case jsonAsStream = "json-as-stream"
    case streamAsJSON = "stream-as-json"
    case slowComments = "slow-comments"
    case commentsOnly = "comments-only"
    case commentsAfterContent = "comments-after-content"
    case crlf
    case cr
    case sloppy

    // The transport.
    case neverAnswers = "never-answers"
    case stallAfterHead = "stall-after-head"
    case closeBeforeAnswer = "close-before-answer"
    case resetBeforeAnswer = "reset-before-answer"
    case closeAfterAnswer = "close-after-answer"
    case closeAnnounced = "close-announced"
    case cutBody = "cut-body"
    case unaskedBytes = "unasked-bytes"
    case unaskedBytesAtOnce = "unasked-bytes-at-once"
    case badFraming = "bad-framing"
    case twoFramings = "two-framings"
    case twoLengths = "two-lengths"
    case garbage
    case status999 = "status-999"
    case endlessHeaders = "endless-headers"
    case informational = "1xx"
    case endlessInformational = "1xx-endless"
    case closeDelimited = "close-delimited"
    case trailers
    case gzip
    case gzipCorrupt = "gzip-corrupt"
    case gzipTruncated = "gzip-truncated"
    case gzipBomb = "gzip-bomb"
    case redirect
    case echoKey = "echo-key"
    case echoKeyError = "echo-key-error"

    /// Changes what is said; true when the fault is done with that and the answer is sent like any other.
    func shape(_ turn: inout FakeTurn, requestBody: [UInt8]) {
        switch self {
        case .reasoning:
            turn.reasoning = ["Think", " first."]
            turn.tokens.reasoning = 3
        case .tools:
            (turn.text, turn.calls, turn.finish) = ([], FakeTurn.weatherCalls, "tool_calls")
        case .reasoningOnly:
            (turn.text, turn.reasoning, turn.finish) = ([], ["Thinking", " and thinking"], "length")
            (turn.tokens.completion, turn.tokens.reasoning) = (16, 16)
        case .echo: turn.text = [String(decoding: requestBody, as: UTF8.self)]
        case .splitUTF8: turn.text = ["Grüße, ", "世界", " 🌍!"]
        case .big20MB: turn.text = Array(repeating: String(repeating: "x", count: 4 << 20), count: 5)
        case .line9MB: turn.text = [String(repeating: "x", count: 9 << 20)]
        default: break
        }
    }
}
