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

    /// One classification for retries, fallbacks, cooldowns, metrics and the client's error.
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
        switch failure.status {
        case 400, 413, 422:
            return words.saysContextWindow
                ? .contextWindow
                : words.saysContentPolicy ? .contentPolicy : words.saysOverRateLimit ? .requestTooLarge : .badRequest
        case 401: return .authentication
        case 402: return .paymentRequired
        case 403:
            return words.saysContentPolicy || words.refusesInput
                ? .contentPolicy : words.saysRequestTooLarge ? .requestTooLarge : .permission
        case 404: return .notFound
        case 408, 504, 524: return .timeout
        case 500: return words.saysNotSupported ? .notSupported : .internalServer
        case 409: return .internalServer
        case 429: return words.saysRequestTooLarge ? .requestTooLarge : .rateLimit
        case 501: return .notSupported
        case 502: return .badGateway
        case 503, 529: return .serviceUnavailable
        case 400..<500: return .badRequest
        default: return .internalServer
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
