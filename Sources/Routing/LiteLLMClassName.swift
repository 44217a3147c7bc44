/// The class names that LiteLLM, as an upstream, puts at a message's start: `litellm.RateLimitError: RateLimitError: …`.
enum LiteLLMClassName {
    /// Its exception classes (`litellm/exceptions.py`) and the proxy's own.
    private static let classes: [String: FailureClass] = [
        "APIConnectionError": .connection, "APIError": .internalServer, "APIResponseValidationError": .badGateway,
        "AuthenticationError": .authentication, "BadGatewayError": .badGateway, "BadRequestError": .badRequest,
        "BlockedPiiEntityError": .contentPolicy, "BudgetExceededError": .paymentRequired,
        "ContentPolicyViolationError": .contentPolicy, "ContextWindowExceededError": .contextWindow,
        "GuardrailRaisedException": .contentPolicy, "ImageFetchError": .badRequest,
        "InternalServerError": .internalServer, "InvalidRequestError": .badRequest,
        "JSONSchemaValidationError": .sampling, "NotFoundError": .notFound,
        "PermissionDeniedError": .permission, "RateLimitError": .rateLimit, "RejectedRequestError": .contentPolicy,
        "ServiceUnavailableError": .serviceUnavailable, "Timeout": .timeout, "UnprocessableEntityError": .badRequest,
        "UnsupportedParamsError": .badRequest,
    ]

    private static let longestStart = 400

    /// The class that the names at the start of `message` stand for: of several the most telling one, since a
    /// `BadRequestError` may hold a `ContextWindowExceededError`. `nil` when there is none.
    ///
    /// - Returns: the class, and the names as they stand there.
    static func find(in message: String) -> (failureClass: FailureClass, names: Substring.UTF8View)? {
        let start = Substring(message).utf8.prefix(longestStart).drop { $0 == UInt8(ascii: " ") }
        var rest = start
        var end = start.startIndex
        var isKnown = false
        var found: FailureClass?
        while true {
            for prefix in ["litellm.", "exceptions."] where rest.starts(with: prefix.utf8) {
                rest = rest.dropFirst(prefix.utf8.count)
                isKnown = true
            }
            let name = rest.prefix { ($0 | 0x20) &- 0x61 < 26 }
            let behind = rest.dropFirst(name.count)
            guard !name.isEmpty, behind.starts(with: ": ".utf8), let word = String(name) else { break }
            let named = classes[word]
            guard named != nil || word.hasSuffix("Error") || word.hasSuffix("Exception") else { break }
            // Only these two are nobody else's.
            guard isKnown || named == .contextWindow || named == .contentPolicy && word.utf8.count > 20 else { break }
            isKnown = true
            if let named, found == nil || isTelling(named) && !isTelling(found) { found = named }
            end = behind.startIndex
            rest = behind.dropFirst(2)
        }
        return found.map { ($0, start[..<end]) }
    }

    private static func isTelling(_ failureClass: FailureClass?) -> Bool {
        switch failureClass {
        case nil, .badRequest, .internalServer, .connection: false
        default: true
        }
    }
}
