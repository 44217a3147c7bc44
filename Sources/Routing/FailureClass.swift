package import Model

/// What kind of failure it was, as operators speak of it: LiteLLM's exception classes, which its policies name.
package enum FailureClass: String, Sendable, Hashable, CaseIterable {
    case badRequest = "BadRequestError"
    /// The prompt is longer than the model takes.
    case contextWindow = "ContextWindowExceededError"
    /// The provider refuses the content.
    case contentPolicy = "ContentPolicyViolationError"
    case authentication = "AuthenticationError"
    case paymentRequired = "PaymentRequiredError"
    case permission = "PermissionDeniedError"
    case notFound = "NotFoundError"
    /// More than a limit of the account takes at one time, whenever it is sent.
    case requestTooLarge = "RequestTooLargeError"
    /// The model wrote what its server could not read (Groq's `tool_use_failed`): another answer may be fine.
    case sampling = "SamplingError"
    /// The server cannot do such a thing.
    case notSupported = "NotSupportedError"
    case timeout = "Timeout"
    case rateLimit = "RateLimitError"
    case internalServer = "InternalServerError"
    case badGateway = "BadGatewayError"
    case serviceUnavailable = "ServiceUnavailableError"
    case connection = "APIConnectionError"
    /// An answer that no other deployment of the group would give differently: a redirect, one that is too large.
    case unusableAnswer = "APIError"

    /// One classification for retries, fallbacks, cooldowns, metrics and the client's error. What codes and phrases stand
    /// for is data: ``FailureTable``.
    package init(_ failure: UpstreamFailure) {
        switch failure.cause {
        case .connect, .cut: self = .connection
        case .timeout: self = .timeout
        case .malformed, .notACompletion: self = .badGateway
        case .tooLarge, .redirect: self = .unusableAnswer
        case .status, .errorInBody, .errorInStream: self = FailureClass.stated(failure)
        }
    }

    private static func stated(_ failure: UpstreamFailure) -> FailureClass {
        let all = stated(failure, .all).failureClass
        let own = stated(failure, .own).failureClass
        // Nobody else shall pay for what is perhaps an echo, nor for what is perhaps none.
        return Verdict.on(own).cooldown <= Verdict.on(all).cooldown ? own : all
    }

    /// - Returns: the class, and the words that were found; see ``UpstreamFailure/tellingWords``.
    fileprivate static func stated(
        _ failure: UpstreamFailure, _ reading: FailureWords.Reading
    ) -> (failureClass: FailureClass, telling: [DoubtfulWords]) {
        var words = FailureWords(failure, reading)
        let failureClass = stated(failure, &words)
        return (failureClass, words.telling)
    }

    private static func stated(_ failure: UpstreamFailure, _ words: inout FailureWords) -> FailureClass {
        let status: Int
        switch words.litellmClass {
        case nil: status = failure.status
        case .badRequest: status = 400
        case .rateLimit: status = 429
        // What it wraps may say more.
        case .internalServer, .connection: status = max(500, failure.status)
        case .some(let named): return named
        }
        switch status {
        case 401: return words.hasCode(of: .model) ? .notFound : .authentication
        case 402: return .paymentRequired
        case 403: return refused(&words)
        case 404: return .notFound
        case 408, 504, 524: return .timeout
        case 429: return words.saysRequestTooLarge ? .requestTooLarge : .rateLimit
        case 409: return .internalServer
        case 501: return .notSupported
        case 500:
            return ofServer(words) ?? (words.says(.notSupported) ? .notSupported : .internalServer)
        case 502:
            // Of an error inside an answer or a stream nobody may have said a status.
            if failure.cause != .status, let said = ofRequest(words) { return said }
            return ofServer(words) ?? .badGateway
        case 503, 529: return ofServer(words) ?? .serviceUnavailable
        case 413 where words.says(.period) || words.hasCode(of: .rateLimit):
            return words.hasCode(of: .contextWindow) ? .contextWindow : .requestTooLarge
        case 400..<500: return ofRequest(words) ?? .badRequest
        default: return ofServer(words) ?? .internalServer
        }
    }

    /// A 400 or its kin is not always the prompt's fault: what it says decides, its codes before its texts. `nil`: it says
    /// nothing else.
    private static func ofRequest(_ words: FailureWords) -> FailureClass? {
        if words.hasCode(of: .contextWindow) { return .contextWindow }
        if words.isModeration || words.hasCode(of: .contentPolicy) { return .contentPolicy }
        // A rate and a size together are one limit.
        if words.saysOverRateLimit { return .requestTooLarge }
        for meaning in meanings where words.hasCode(of: meaning) { return meaning.failureClass }
        if words.saysContextWindow { return .contextWindow }
        if words.hasPhrase(of: .contentPolicy) { return .contentPolicy }
        for meaning in meanings where words.hasPhrase(of: meaning) { return meaning.failureClass }
        return nil
    }

    /// The most telling first: a bad key may be told with a model's name, a plan with money.
    private static let meanings: [FailureMeaning] = [
        .sampling, .authentication, .payment, .model, .permission, .rateLimit, .overloaded,
    ]

    /// A server error that is the request's: llama.cpp's 500 for a long prompt, or for a call that it cannot read.
    private static func ofServer(_ words: FailureWords) -> FailureClass? {
        if words.saysContextWindowClearly { return .contextWindow }
        if words.hasCode(of: .contentPolicy) { return .contentPolicy }
        return words.saysClearly(.sampling) ? .sampling : nil
    }

    /// 403.
    private static func refused(_ words: inout FailureWords) -> FailureClass {
        if words.saysContentPolicy || words.refusesInput() { return .contentPolicy }
        if words.saysRequestTooLarge { return .requestTooLarge }
        if words.says(.authentication) { return .authentication }
        if words.hasCode(of: .model) { return .notFound }
        return words.says(.rateLimit) ? .rateLimit : .permission
    }

    /// The status that says as much; `nil` for what is a server's fault.
    fileprivate var statusOfRequest: Int? {
        switch self {
        case .badRequest, .contextWindow, .contentPolicy: 400
        case .authentication: 401
        case .paymentRequired: 402
        case .permission: 403
        case .notFound: 404
        case .rateLimit, .requestTooLarge: 429
        default: nil
        }
    }

    /// It is about what the client asks for: of all that failed, this helps the client most.
    var isOfRequest: Bool {
        switch self {
        case .badRequest, .contextWindow, .contentPolicy, .requestTooLarge: true
        default: false
        }
    }

    /// The key of `retry_policy` that counts for this class.
    package var retryPolicyKey: String {
        switch self {
        case .timeout: "TimeoutErrorRetries"
        default: "\(rawValue)Retries"
        }
    }

    /// The key of `allowed_fails_policy`.
    package var allowedFailsKey: String {
        switch self {
        case .timeout: "TimeoutErrorAllowedFails"
        default: "\(rawValue)AllowedFails"
        }
    }
}

extension FailureMeaning {
    /// What a failure is that says so; `nil` for what says it only together with something else.
    var failureClass: FailureClass? {
        switch self {
        case .contextWindow: .contextWindow
        case .contentPolicy: .contentPolicy
        case .authentication: .authentication
        case .payment: .paymentRequired
        case .permission: .permission
        case .model: .notFound
        case .rateLimit: .rateLimit
        case .requestTooLarge: .requestTooLarge
        case .overloaded: .serviceUnavailable
        case .sampling: .sampling
        case .notSupported: .notSupported
        case .period, .member: nil
        }
    }

    /// Others pay for it.
    var restsDeployments: Bool { failureClass.map { Verdict.on($0).cooldown > .none } ?? false }
}

extension UpstreamFailure {
    /// The words that make it what it is, which may be an echo of the request: see ``RequestEcho``. None when status and codes
    /// say the same.
    package var tellingWords: [DoubtfulWords] {
        guard cause == .status || cause == .errorInBody || cause == .errorInStream else { return [] }
        let own = FailureClass.stated(self, .own)
        return own.failureClass == FailureClass.stated(self, .codes).failureClass ? [] : own.telling
    }

    /// The same failure with the status that its words stand for, where it is told inside an answer or a stream and says
    /// none (read as 502): a client need not repeat a prompt that is too long.
    package var withStatusOfItsWords: UpstreamFailure {
        guard cause == .errorInBody || cause == .errorInStream, status == 502,
            let status = FailureClass(self).statusOfRequest
        else { return self }
        var stated = self
        stated.status = status
        return stated
    }
}
