internal import EventLoop
internal import HTTPWire
internal import JSONText
internal import Model
internal import Upstream

/// Turns whatever an upstream did wrong into the one value that the client's error, the log and the router read.
extension UpstreamFailure {
    private static let topNames = MemberNames("error", "message", "detail")
    private static let errorNames = MemberNames(
        "message", "type", "code", "param", "metadata", "status", "http_status", "error_type")

    /// The transport failed.
    init(_ error: UpstreamError, provider: String) {
        switch error {
        case .connect(let failure, let detail):
            self.init(
                cause: .connect, provider: provider, status: 502, message: "\(provider): \(failure.rawValue).",
                detail: detail)
        case .timeout(let stage):
            self.init(
                cause: .timeout(Stage(stage)), provider: provider, status: 504,
                message: Self.timeoutMessage(stage, provider))
        case .closedBeforeAnswer:
            self.init(
                cause: .cut, provider: provider, status: 502,
                message: "\(provider) closed the connection without an answer.")
        case .cut:
            self.init(
                cause: .cut, provider: provider, status: 502,
                message: "\(provider) closed the connection in the middle of its answer.")
        case .malformed(let reason):
            self.init(
                cause: .malformed, provider: provider, status: 502,
                message: "\(provider) sent an answer that is not valid HTTP/1.1.", detail: reason)
        case .encoding(let reason):
            self.init(
                cause: .malformed, provider: provider, status: 502,
                message: "\(provider) sent a body that cannot be decoded.", detail: reason)
        case .tooLarge(let limit):
            self.init(
                cause: .tooLarge, provider: provider, status: 502,
                message: "\(provider) sent an answer larger than \(limit) bytes.")
        case .cancelled:
            self.init(cause: .cut, provider: provider, status: 499, message: "The client closed the connection.")
        }
    }

    private static func timeoutMessage(_ stage: UpstreamError.Stage, _ provider: String) -> String {
        switch stage {
        case .connect: "\(provider) could not be reached in time (connect timeout)."
        case .send: "\(provider) did not take the request in time (send timeout)."
        case .firstByte: "\(provider) did not answer in time (first-byte timeout)."
        case .idle: "\(provider) fell silent in the middle of its answer (idle timeout)."
        case .whole: "\(provider) did not finish its answer in time (whole-request timeout)."
        }
    }

    /// An answer whose status is not 2xx.
    init(status: Int, fields: FieldBlock, body: Span<UInt8>, provider: String) {
        if (300..<400).contains(status) {
            self.init(
                cause: .redirect, provider: provider, status: 502,
                message: "\(provider) redirected the request, which is not followed; correct `api_base`.")
            return
        }
        let visible = Self.isAnError(status) ? status : 502
        self.init(reading: body, status: visible, cause: .status, provider: provider, answered: status)
        retryAfter = Self.retryAfter(fields) ?? retryAfter
    }

    /// Whether an upstream's status is one for the client. 499 is not: it says that the client has left (Google's
    /// `CANCELLED`, a proxy on the way), and whoever reads it has not. Here it stands for a client that really did.
    private static func isAnError(_ status: Int) -> Bool { (400...599).contains(status) && status != 499 }

    init(status: Int, fields: FieldBlock, body: borrowing ByteBuffer, provider: String) {
        self.init(status: status, fields: fields, body: body.bytes, provider: provider)
    }

    /// An error object inside an answer whose status said success, or inside a stream.
    init(errorObject range: Range<Int>, in bytes: Span<UInt8>, cause: Cause, provider: String) {
        self.init(object: range, in: bytes, status: nil, cause: cause, provider: provider)
    }

    private init(reading body: Span<UInt8>, status: Int, cause: Cause, provider: String, answered: Int) {
        let fallback = "\(provider) answered HTTP \(answered)."
        // Some servers wrap their error in an array (Gemini's compatible endpoint).
        guard let top = try? ObjectScan(body, names: Self.topNames) else {
            if let element = Self.firstElement(body),
                let nested = ObjectScan(body, within: element, names: Self.topNames), let error = nested[0]
            {
                self.init(object: error, in: body, status: status, cause: cause, provider: provider)
            } else {
                self.init(cause: cause, provider: provider, status: status, message: fallback)
            }
            return
        }
        if let error = top[0], jsonKind(of: error, in: body) != .null {
            self.init(object: error, in: body, status: status, cause: cause, provider: provider)
            return
        }
        // Flat shapes: old vLLM `{"object":"error","message":…}`, FastAPI `{"detail":…}`.
        if top[1] != nil {
            self.init(object: top.object, in: body, status: status, cause: cause, provider: provider)
        } else {
            let detail = top[2].flatMap { Self.detail($0, in: body) }
            self.init(cause: cause, provider: provider, status: status, message: detail ?? fallback)
            quotesUpstream = detail != nil
        }
    }

    /// A longer error inside an answer or an event is not looked into; nobody writes one.
    private static let longestError = 1 << 20
    /// Of a message, in bytes: many times what a client gets of it.
    private static let longestMessage = 16 << 10

    private init(object range: Range<Int>, in bytes: Span<UInt8>, status: Int?, cause: Cause, provider: String) {
        guard range.count <= Self.longestError else {
            self.init(
                cause: cause, provider: provider, status: status ?? 502,
                message: "\(provider) reported an error of \(range.count) bytes.")
            return
        }
        guard let scan = ObjectScan(bytes, within: range, names: Self.errorNames) else {
            let text = jsonString(range, in: bytes).flatMap { $0.isEmpty ? nil : $0 }
            self.init(
                cause: cause, provider: provider, status: status ?? 502,
                message: text.map(Self.start) ?? "\(provider) reported an error without a message.")
            quotesUpstream = text != nil
            return
        }
        func present(_ index: Int) -> Range<Int>? {
            guard let range = scan[index], jsonKind(of: range, in: bytes) != .null else { return nil }
            return range
        }
        var stated: Int?
        for index in [2, 6, 5] where stated == nil {
            guard let range = present(index),
                let number = jsonInt(range, in: bytes) ?? jsonString(range, in: bytes).flatMap({ Int($0) })
            else { continue }
            if Self.isAnError(number) { stated = number }
        }
        let message = present(0).flatMap { jsonString($0, in: bytes) }.flatMap { $0.isEmpty ? nil : $0 }
            .map(Self.start)
        self.init(
            cause: cause, provider: provider,
            status: status ?? stated ?? Self.status(named: present(2), in: bytes)
                ?? Self.status(named: present(1) ?? present(7), in: bytes) ?? 502,
            message: message ?? "\(provider) reported an error without a message.")
        quotesUpstream = message != nil
        // `error` names the event it stood in, not the error.
        type = (present(1) ?? present(7)).flatMap { jsonString($0, in: bytes) }.flatMap { $0 == "error" ? nil : $0 }
        code = present(2).flatMap { Self.scalar($0, in: bytes) }
        param = present(3).flatMap { Self.scalar($0, in: bytes) }
        otherMembers = Self.otherMembers(of: range, in: bytes)
        if let metadata = present(4) {
            self.metadata = bytes.array(metadata)
            retryAfter = Self.retryAfter(metadata, in: bytes)
        }
    }

    /// A message, cut behind a word when it is very long: half a credential would not be known as one.
    private static func start(of message: String) -> String {
        guard message.utf8.count > longestMessage else { return message }
        let words = message.utf8.prefix(longestMessage)
        guard let end = words.lastIndex(of: UInt8(ascii: " ")) else {
            return String(decoding: words.prefix(longestMessage / 2), as: UTF8.self) + "…"
        }
        return "\(message[..<end])…"
    }

    /// Codes and types that are words (Responses, Groq, …) and say which status they stand for.
    private static func status(named range: Range<Int>?, in bytes: Span<UInt8>) -> Int? {
        guard let range, let word = jsonString(range, in: bytes) else { return nil }
        return switch word {
        case "rate_limit_exceeded", "rate_limit_error": 429
        case "insufficient_quota": 402
        case "invalid_prompt", "context_length_exceeded", "invalid_request", "invalid_request_error": 400
        case "authentication_error": 401
        case "permission_error": 403
        case "overloaded_error": 503
        case "timeout_error": 504
        default: nil
        }
    }

    /// FastAPI's `detail`: a text, an object with one, or a list of what is wrong with the request.
    private static func detail(_ range: Range<Int>, in body: Span<UInt8>) -> String? {
        var range = range
        if jsonKind(of: range, in: body) == .array {
            var elements = JSONElements(range, in: body)
            guard let first = elements.next() else { return nil }
            range = first
        }
        if let scan = ObjectScan(body, within: range, names: detailNames) {
            guard let found = scan[0] ?? scan[1] ?? scan[2] else { return nil }
            range = found
        }
        return jsonString(range, in: body).flatMap { $0.isEmpty ? nil : start(of: $0) }
    }

    private static let detailNames = MemberNames("msg", "message", "error")

    private static func scalar(_ range: Range<Int>, in bytes: Span<UInt8>) -> [UInt8]? {
        switch jsonKind(of: range, in: bytes) {
        case .string, .number: bytes.array(range)
        default: nil
        }
    }

    private static func firstElement(_ body: Span<UInt8>) -> Range<Int>? {
        guard let tape = try? JSONTape(copying: body), tape.root.kind == .array else { return nil }
        return tape.root[0]?.range
    }

    // MARK: Retry-After

    private static let metadataNames = MemberNames("headers", "retry_after_seconds")
    private static let headerNames = MemberNames("Retry-After", "retry-after")

    /// Passed on as it came when it is a number of seconds or a date, dropped otherwise.
    private static func retryAfter(_ fields: FieldBlock) -> String? {
        guard let text = fields.string("retry-after"), isValidRetryAfter(text) else { return nil }
        return text
    }

    private static func isValidRetryAfter(_ text: String) -> Bool {
        RetryAfter.seconds(text, now: Int(wallClockSeconds())) != nil
    }

    /// OpenRouter sometimes gives it only inside `metadata`.
    private static func retryAfter(_ metadata: Range<Int>, in bytes: Span<UInt8>) -> String? {
        guard let scan = ObjectScan(bytes, within: metadata, names: metadataNames) else { return nil }
        if let headers = scan[0], let nested = ObjectScan(bytes, within: headers, names: headerNames),
            let value = nested[0] ?? nested[1]
        {
            if let text = jsonString(value, in: bytes), isValidRetryAfter(text) { return text }
            if let seconds = seconds(value, in: bytes) { return seconds }
        }
        return scan[1].flatMap { seconds($0, in: bytes) }
    }

    /// A number of seconds, rounded up; `nil` for one that no answer could mean.
    private static func seconds(_ range: Range<Int>, in bytes: Span<UInt8>) -> String? {
        guard let number = jsonDouble(range, in: bytes), number >= 0, number <= 1e9 else { return nil }
        return String(Int(number.rounded(.up)))
    }
}

extension UpstreamFailure.Stage {
    init(_ stage: UpstreamError.Stage) {
        self =
            switch stage {
            case .connect: .connect
            case .send: .send
            case .firstByte: .firstByte
            case .idle: .idle
            case .whole: .whole
            }
    }
}
