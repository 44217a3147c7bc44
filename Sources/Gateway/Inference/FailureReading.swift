internal import EventLoop
internal import HTTPWire
internal import JSONText
internal import Model
internal import Upstream

/// Turns whatever an upstream did wrong into the one value that the client's error, the log and the router read.
extension UpstreamFailure {
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
        self.init(
            reading: body, status: visible, cause: .status, provider: provider,
            otherwise: "\(provider) answered HTTP \(status).")
        retryAfter = Self.retryAfter(fields) ?? retryAfter
    }

    /// Whether an upstream's status is one for the client. 499 is not: it says that the client has left (Google's
    /// `CANCELLED`, a proxy on the way), and whoever reads it has not. Here it stands for a client that really did.
    static func isAnError(_ status: Int) -> Bool { (400...599).contains(status) && status != 499 }

    init(status: Int, fields: FieldBlock, body: borrowing ByteBuffer, provider: String) {
        self.init(status: status, fields: fields, body: body.bytes, provider: provider)
    }

    /// An error inside an answer whose status said success, or inside a stream: whatever stands in its place.
    ///
    /// - Parameter range: of a JSON value.
    init(errorObject range: Range<Int>, in bytes: Span<UInt8>, cause: Cause, provider: String) {
        let text = range.upperBound <= bytes.count ? bytes.extracting(range) : bytes.extracting(0..<0)
        guard text.count <= StatedError.longest else {
            self.init(
                cause: cause, provider: provider, status: 502,
                message: "\(provider) reported an error of \(text.count) bytes.")
            return
        }
        self.init(
            StatedError(text), status: nil, cause: cause, provider: provider,
            otherwise: "\(provider) reported an error without a message.")
    }

    /// The same where it is not known that it is one. `nil`: it does not look like an error.
    ///
    /// - Parameter document: a JSON text that is not what was asked for: a whole answer, or an event of a stream, where
    ///   something else may stand as well.
    init?(statedBy document: Span<UInt8>, cause: Cause, provider: String) {
        guard let stated = StatedError(document),
            stated.isDeclared
                || stated.message != nil && !(cause == .errorInStream && (stated.isOther || stated.isDoubtful))
        else { return nil }
        self.init(
            stated, status: nil, cause: cause, provider: provider,
            otherwise: "\(provider) reported an error without a message.")
    }

    /// The data of an event whose name says that it is an error: JSON of any shape, or a text.
    init(errorEvent data: Span<UInt8>, provider: String) {
        self.init(
            reading: data, status: nil, cause: .errorInStream, provider: provider,
            otherwise: "\(provider) reported an error without a message.")
    }

    /// The body of an answer whose status said success, which is an error in a form that no answer has.
    init(errorBody body: Span<UInt8>, provider: String) {
        self.init(
            reading: body, status: nil, cause: .errorInBody, provider: provider,
            otherwise: "\(provider) reported an error without a message.")
    }

    /// A body of which nothing is known but that it says what went wrong.
    private init(reading body: Span<UInt8>, status: Int?, cause: Cause, provider: String, otherwise: String) {
        let text = ErrorText(body)
        self.init(text.stated, status: status, cause: cause, provider: provider, otherwise: otherwise)
        guard text.stated?.message == nil, let plain = text.plain else { return }
        let read = self
        self.init(cause: cause, provider: provider, status: read.status, message: plain)
        (type, code, param, metadata) = (read.type, read.code, read.param, read.metadata)
        quotesUpstream = true
    }

    private init(_ stated: StatedError?, status: Int?, cause: Cause, provider: String, otherwise: String) {
        self.init(
            cause: cause, provider: provider, status: status ?? stated?.status ?? 502,
            message: stated?.message ?? otherwise)
        guard let stated else { return }
        quotesUpstream = stated.message != nil
        (type, code, param, metadata) = (stated.type, stated.code, stated.param, stated.metadata)
        retryAfter = stated.retryAfter
        otherMembers = stated.otherMembers
    }

    /// Of a message, in bytes: many times what a client gets of it.
    private static let longestMessage = 16 << 10

    /// A message, cut behind a word when it is very long: half a credential would not be known as one.
    static func start(of message: String) -> String {
        guard message.utf8.count > longestMessage else { return message }
        let words = message.utf8.prefix(longestMessage)
        guard let end = words.lastIndex(of: UInt8(ascii: " ")) else {
            return String(decoding: words.prefix(longestMessage / 2), as: UTF8.self) + "…"
        }
        return "\(message[..<end])…"
    }

    // MARK: Retry-After

    /// Passed on as it came when it is a number of seconds or a date, dropped otherwise.
    private static func retryAfter(_ fields: FieldBlock) -> String? {
        guard let text = fields.string("retry-after"), isValidRetryAfter(text) else { return nil }
        return text
    }

    static func isValidRetryAfter(_ text: String) -> Bool {
        RetryAfter.seconds(text, now: Int(wallClockSeconds())) != nil
    }

    /// `Retry-After` as a duration from now.
    var retryAfterDuration: Duration? {
        guard let retryAfter, let seconds = RetryAfter.seconds(retryAfter, now: Int(wallClockSeconds())) else {
            return nil
        }
        return .seconds(max(0, seconds))
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
