/// The field names this program asks for, and those that most heads carry, found once while a head is read. To look one
/// up is then the comparison of a byte for each field, and the answer that there is none costs a single bit.
package enum FieldName: UInt8, Sendable, CaseIterable {
    /// Any name but the following ones; where it matters the text is compared.
    case other

    // How a message is framed and sent.
    case host, connection, contentLength, transferEncoding, expect, contentType, contentEncoding
    // Who calls.
    case origin, secFetchSite, authorization, apiKey, xAPIKey, xGoogAPIKey, ocpAPIMSubscriptionKey, xLiteLLMAPIKey
    // What a request says about its own handling.
    case xLiteLLMTimeout, xLiteLLMStreamTimeout, xLiteLLMNumRetries, xLiteLLMTags, httpReferer, xTitle
    case accessControlRequestHeaders
    // What an answer says besides its body.
    case retryAfter, retryAfterMs, requestID, xRequestID, xGenerationID, openAIProcessingMs, openAIVersion
    case xOpenRouterCacheStatus, xRateLimitLimit, xRateLimitRemaining, xRateLimitReset, xRateLimitLimitRequests
    case xRateLimitLimitTokens, xRateLimitRemainingRequests, xRateLimitRemainingTokens, xRateLimitResetRequests
    case xRateLimitResetTokens, xLiteLLMResponseCost
    // Asked for by nobody: a name that is known need not be checked byte by byte.
    case accept, acceptEncoding, userAgent, date, server, cacheControl

    /// The name in lower case; empty for ``other``. Inlined, so that a comparison with a name is one with constants.
    @inline(__always)
    package var text: StaticString {
        switch self {
        case .other: ""
        case .host: "host"
        case .connection: "connection"
        case .contentLength: "content-length"
        case .transferEncoding: "transfer-encoding"
        case .expect: "expect"
        case .contentType: "content-type"
        case .contentEncoding: "content-encoding"
        case .origin: "origin"
        case .secFetchSite: "sec-fetch-site"
        case .authorization: "authorization"
        case .apiKey: "api-key"
        case .xAPIKey: "x-api-key"
        case .xGoogAPIKey: "x-goog-api-key"
        case .ocpAPIMSubscriptionKey: "ocp-apim-subscription-key"
        case .xLiteLLMAPIKey: "x-litellm-api-key"
        case .xLiteLLMTimeout: "x-litellm-timeout"
        case .xLiteLLMStreamTimeout: "x-litellm-stream-timeout"
        case .xLiteLLMNumRetries: "x-litellm-num-retries"
        case .xLiteLLMTags: "x-litellm-tags"
        case .httpReferer: "http-referer"
        case .xTitle: "x-title"
        case .accessControlRequestHeaders: "access-control-request-headers"
        case .retryAfter: "retry-after"
        case .retryAfterMs: "retry-after-ms"
        case .requestID: "request-id"
        case .xRequestID: "x-request-id"
        case .xGenerationID: "x-generation-id"
        case .openAIProcessingMs: "openai-processing-ms"
        case .openAIVersion: "openai-version"
        case .xOpenRouterCacheStatus: "x-openrouter-cache-status"
        case .xRateLimitLimit: "x-ratelimit-limit"
        case .xRateLimitRemaining: "x-ratelimit-remaining"
        case .xRateLimitReset: "x-ratelimit-reset"
        case .xRateLimitLimitRequests: "x-ratelimit-limit-requests"
        case .xRateLimitLimitTokens: "x-ratelimit-limit-tokens"
        case .xRateLimitRemainingRequests: "x-ratelimit-remaining-requests"
        case .xRateLimitRemainingTokens: "x-ratelimit-remaining-tokens"
        case .xRateLimitResetRequests: "x-ratelimit-reset-requests"
        case .xRateLimitResetTokens: "x-ratelimit-reset-tokens"
        case .xLiteLLMResponseCost: "x-litellm-response-cost"
        case .accept: "accept"
        case .acceptEncoding: "accept-encoding"
        case .userAgent: "user-agent"
        case .date: "date"
        case .server: "server"
        case .cacheControl: "cache-control"
        }
    }
}

/// A set of known names. Value; one word.
package struct FieldNames: Sendable, Equatable {
    private var bits: UInt64 = 0

    package init() {}

    private init(bits: UInt64) {
        self.bits = bits
    }

    package init(_ names: FieldName...) {
        for name in names { insert(name) }
    }

    package var isEmpty: Bool { bits == 0 }

    package mutating func insert(_ name: FieldName) {
        bits |= FieldNames.bit(name)
    }

    package func contains(_ name: FieldName) -> Bool {
        bits & FieldNames.bit(name) != 0
    }

    package func union(_ other: FieldNames) -> FieldNames {
        FieldNames(bits: bits | other.bits)
    }

    package func intersection(_ other: FieldNames) -> FieldNames {
        FieldNames(bits: bits & other.bits)
    }

    package func isDisjoint(with other: FieldNames) -> Bool {
        bits & other.bits == 0
    }

    /// There are fewer than 64 names, as a test makes sure.
    private static func bit(_ name: FieldName) -> UInt64 {
        1 &<< UInt64(name.rawValue)
    }
}
