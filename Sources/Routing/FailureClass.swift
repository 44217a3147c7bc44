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
        let words = FailureWords(failure)
        let named = LiteLLMClassName.failureClass(of: failure.message)
        let status: Int
        switch named {
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
        case 403: return refused(words)
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

    /// A 400 or its kin is not always the prompt's fault: what it says decides. `nil`: it says nothing else.
    private static func ofRequest(_ words: FailureWords) -> FailureClass? {
        if words.saysContextWindow { return .contextWindow }
        if words.saysContentPolicy { return .contentPolicy }
        if words.saysOverRateLimit { return .requestTooLarge }
        for (meaning, failureClass) in meanings where words.says(meaning) { return failureClass }
        return nil
    }

    /// The most telling first: a bad key may be told with a model's name, a plan with money.
    private static let meanings: [(FailureMeaning, FailureClass)] = [
        (.sampling, .sampling), (.authentication, .authentication), (.payment, .paymentRequired), (.model, .notFound),
        (.permission, .permission), (.rateLimit, .rateLimit), (.overloaded, .serviceUnavailable),
    ]

    /// A server error that is the request's: llama.cpp's 500 for a long prompt, or for a call that it cannot read.
    private static func ofServer(_ words: FailureWords) -> FailureClass? {
        if words.saysContextWindowClearly { return .contextWindow }
        if words.hasCode(of: .contentPolicy) { return .contentPolicy }
        return words.saysClearly(.sampling) ? .sampling : nil
    }

    /// 403.
    private static func refused(_ words: FailureWords) -> FailureClass {
        if words.saysContentPolicy || words.refusesInput { return .contentPolicy }
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

extension UpstreamFailure {
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
