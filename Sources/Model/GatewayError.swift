/// Why a request got no completion. Cases name causes; `outcome` is the one mapping to what the client sees.
///
/// Indirect: every async function on the request's way keeps room for one, as long as a stream lasts.
package indirect enum GatewayError: Error, Sendable {
    /// - Parameter param: the member or query item at fault.
    case invalidRequest(param: String?, message: String)
    /// A member that has to be there is not.
    case missingParameter(String, hint: String)
    case malformedJSON(message: String)
    case bodyTooLarge(limitBytes: Int)
    case bodyTimedOut
    case bodyMalformed
    case unsupportedMediaType(String)
    /// - Parameter accepted: for `Accept-Encoding` (RFC 9110 §15.5.16).
    case unsupportedCoding(String, accepted: String)
    /// A compressed body is not what its coding says.
    case bodyNotUnpacked(String)
    case missingKey
    /// `Authorization` is there, and holds no key that can be read.
    case malformedAuthorization(AuthorizationFault)
    case wrongKey
    /// A wrong key of which something may be told.
    case refusedKey(RefusedKey)
    /// Further keys of this address are not compared for so long.
    case tooManyWrongKeys(retryAfterSeconds: Int)
    /// A web page asks that may not. `origin`: where it is from, if the browser says so; `isOpen`: no key is configured.
    case foreignPage(origin: String?, isOpen: Bool)
    /// `allowed_ips` does not have the client's address; `nil`: a proxy was to tell it, and did not.
    case foreignAddress(IPAddress?)
    /// No key is configured, and the gateway is not called so.
    case foreignHost(String)
    /// No key is configured, and a browser asks for something that costs money without saying which page wants it.
    case unnamedPage
    case unknownModel(String, nearest: [String])
    /// It is configured, and every entry behind it has a fault. `isDialect`: the only one is its provider's dialect.
    case unusableModel(String, isDialect: Bool)
    /// - Parameter hint: a sentence: what may have been meant.
    case unknownPath(method: String, path: String, hint: String? = nil)
    /// A path of an API that clients know from elsewhere. `hint`: whose, and what to use instead.
    case unservedPath(method: String, path: String, hint: String)
    /// - Parameter hint: a sentence: what may have been meant.
    case methodNotAllowed(method: String, path: String, allowed: [String], hint: String? = nil)
    /// The deployment's provider has no such endpoint, and nothing translates yet.
    case unsupportedEndpoint(Endpoint, model: String, provider: String)
    /// The provider needs a key and the variable that should hold it is not set.
    case missingProviderKey(provider: String, variable: String, model: String)
    case upstream(UpstreamFailure)
    /// Every deployment rests and none was asked.
    case resting(Resting)
    /// The deployments' own `rpm`, `tpm` or `max_parallel_requests` are used up.
    case limited(model: String)
    case noTagMatch(tags: [String])
    /// The whole request's time is over.
    case requestTimedOut(model: String)
    case clientGone

    package enum AuthorizationFault: Sendable, Hashable {
        /// The key alone, without `Bearer`.
        case noScheme
        /// `Bearer` alone.
        case noKey
        /// `Token`, `Digest` and their like.
        case otherScheme
        /// The only field that could hold a key is one that is not looked at; its name in lower case.
        case otherField(String)
        /// The key seems to be in the URL's query.
        case inURL
    }

    package struct Outcome {
        package let status: Int
        package let type: String
        /// JSON text: a string, a number or `null`.
        package let code: [UInt8]?
        package let message: String
        package let param: String?

        init(_ status: Int, _ type: String, _ code: String?, _ message: String, param: String? = nil) {
            self.init(status, type, rawCode: code.map { Array("\"\($0)\"".utf8) }, message, param: param)
        }

        init(_ status: Int, _ type: String, rawCode: [UInt8]?, _ message: String, param: String? = nil) {
            self.status = status
            self.type = type
            self.code = rawCode
            self.message = message
            self.param = param
        }
    }

    /// No `default`: a new case does not compile until someone fills in its row.
    package var outcome: Outcome {
        switch self {
        case .invalidRequest(let param, let message):
            Outcome(400, "invalid_request_error", "invalid_value", message, param: param)
        case .missingParameter(let name, let hint):
            Outcome(
                400, "invalid_request_error", "missing_required_parameter",
                "Missing required parameter: '\(name)'. \(hint)", param: name)
        case .malformedJSON(let message):
            Outcome(400, "invalid_request_error", "invalid_json", "The request body is not valid JSON: \(message).")
        case .bodyTooLarge(let limit):
            Outcome(
                413, "invalid_request_error", "request_too_large",
                "The request body is larger than \(limit) bytes (general_settings.max_request_size_mb).")
        case .bodyTimedOut:
            Outcome(408, "timeout_error", "request_timeout", "The request body did not arrive in time.")
        case .bodyMalformed:
            Outcome(400, "invalid_request_error", "invalid_chunking", "The request's chunked body is malformed.")
        case .unsupportedMediaType(let message):
            Outcome(415, "invalid_request_error", "unsupported_media_type", message)
        case .unsupportedCoding(let message, _):
            Outcome(415, "invalid_request_error", "unsupported_content_encoding", message)
        case .bodyNotUnpacked(let message):
            Outcome(400, "invalid_request_error", "invalid_content_encoding", message)
        case .missingKey:
            Outcome(
                401, "authentication_error", "missing_api_key",
                "No API key was sent. Send `Authorization: Bearer <key>` with a key of this gateway.")
        case .malformedAuthorization(let fault):
            Outcome(401, "authentication_error", "missing_api_key", GatewayError.text(of: fault))
        case .wrongKey:
            Outcome(401, "authentication_error", "invalid_api_key", GatewayError.wrongKeyText)
        case .refusedKey(let key):
            Outcome(
                401, "authentication_error", "invalid_api_key",
                GatewayError.wrongKeyText + (key.remark.map { " \($0)" } ?? ""))
        case .tooManyWrongKeys(let seconds):
            Outcome(
                429, "rate_limit_error", "too_many_wrong_keys",
                "Too many wrong API keys came from this address; the next one is looked at in \(seconds) s "
                    + "(general_settings.max_wrong_keys_per_minute).")
        case .foreignPage(let origin, let isOpen):
            Outcome(
                403, "permission_error", "origin_not_allowed",
                "\(origin.map { "Web pages of '\(GatewayError.shortened($0))'" } ?? "Web pages of another site") may not use "
                    + "this gateway. Allowed are \(isOpen ? "\(GatewayError.ownNames), on any port, and " : "")the origins in "
                    + "general_settings.allowed_origins.")
        case .foreignAddress(let address):
            Outcome(
                403, "permission_error", "address_not_allowed",
                "\(address.map { "The address \($0)" } ?? "A client without a readable address in X-Forwarded-For") may not use "
                    + "this gateway (general_settings.allowed_ips).")
        case .foreignHost(let host):
            Outcome(
                403, "permission_error", "host_not_allowed",
                "This gateway has no master key, so it does not answer under the name '\(GatewayError.shortened(host))'. "
                    + "Allowed are \(GatewayError.ownNames), on any port, and the names in general_settings.allowed_hosts "
                    + "and allowed_origins.")
        case .unnamedPage:
            Outcome(
                403, "permission_error", "origin_not_allowed",
                "A browser asks, and does not say for which page (no Origin, no Sec-Fetch-Site). This costs money, and the "
                    + "gateway has no master key: ask with another program, or set LITELLM_MASTER_KEY.")
        case .unknownModel(let name, let nearest):
            Outcome(
                404, "invalid_request_error", "model_not_found",
                "The model '\(name)' does not exist on this gateway. \(GatewayError.suggestion(nearest))",
                param: "model")
        case .unusableModel(let message, let isDialect):
            isDialect
                ? Outcome(501, "invalid_request_error", "provider_not_supported", message, param: "model")
                : Outcome(500, "server_error", "misconfigured_model", message, param: "model")
        case .unknownPath(let method, let path, let hint):
            Outcome(
                404, "invalid_request_error", "unknown_url",
                "Unknown request URL: \(method) \(path). \(hint ?? "GET /routes lists what there is.")")
        // Not 501: OpenAI's SDKs repeat whatever is 500 or more.
        case .unservedPath(let method, let path, let hint):
            Outcome(
                404, "invalid_request_error", "endpoint_not_supported",
                "\(method) \(path) is not supported. \(hint) GET /routes lists what there is.")
        case .methodNotAllowed(let method, let path, let allowed, let hint):
            Outcome(
                405, "invalid_request_error", "method_not_allowed",
                "\(method) is not allowed for \(path); use \(allowed.joined(separator: " or "))."
                    + (hint.map { " \($0)" } ?? ""))
        case .unsupportedEndpoint(let endpoint, let model, let provider):
            Outcome(
                501, "invalid_request_error", "endpoint_not_supported",
                "The model '\(model)' is served by \(provider), which does not speak /\(endpoint.path); "
                    + "this gateway does not translate it yet.",
                param: "model")
        case .missingProviderKey(let provider, let variable, let model):
            Outcome(
                401, "upstream_authentication_error", "missing_provider_key",
                "The model '\(model)' needs a key for \(provider), and the gateway has none: "
                    + "set the environment variable \(variable) (or litellm_params.api_key) and start it again.")
        case .upstream(let failure):
            Outcome(failure.status, failure.clientType, rawCode: failure.clientCode, failure.clientMessage)
        case .resting(let resting):
            Outcome(resting.status, resting.type, resting.code, resting.message, param: "model")
        case .limited(let model):
            Outcome(
                429, "rate_limit_error", "gateway_limit_reached",
                "The gateway's own limits for '\(model)' (rpm, tpm or max_parallel_requests) are used up.",
                param: "model")
        case .noTagMatch(let tags):
            Outcome(
                401, "invalid_request_error", "no_tag_match",
                "No deployment of this model serves requests tagged \(tags.map { "'\($0)'" }.joined(separator: ", ")).")
        case .requestTimedOut(let model):
            Outcome(
                408, "timeout_error", "request_timeout",
                "The time for the whole request to '\(model)' is over (request_timeout).")
        case .clientGone:
            Outcome(499, "client_closed_request", "client_closed_request", "The client closed the connection.")
        }
    }

    private static func text(of fault: AuthorizationFault) -> String {
        let form = "The Authorization header needs the form `Bearer <key>`, with a key of this gateway"
        return switch fault {
        case .noScheme: "\(form); the word `Bearer` and the blank behind it are missing."
        case .noKey: "\(form); the key behind `Bearer` is missing. Is the variable that holds it set?"
        case .otherScheme: "\(form); its scheme is another one."
        case .otherField(let name):
            "No API key was sent in a field that is looked at, and '\(name)' is none. \(GatewayError.fields)"
        case .inURL: "A key in the URL is not looked at, since URLs are logged on their way. \(GatewayError.fields)"
        }
    }

    private static let fields =
        "Send `Authorization: Bearer <key>`, `x-api-key: <key>` or `api-key: <key>` with a key of this gateway."

    private static let wrongKeyText = "The API key is not valid for this gateway."

    private static let ownNames = "localhost, 127.0.0.0/8 and [::1]"

    /// Of what a client sent: enough to recognise it.
    private static func shortened(_ text: String) -> String {
        text.utf8.count <= 100 ? text : "\(text.prefix(60))…"
    }

    private static func suggestion(_ nearest: [String]) -> String {
        nearest.isEmpty
            ? "GET /v1/models lists what there is."
            : "Did you mean \(nearest.map { "'\($0)'" }.joined(separator: " or "))?"
    }
}

extension GatewayError {
    /// A failure that is remembered, of another request perhaps: the client learns when, which status and which class.
    package struct Resting: Sendable, Hashable {
        /// As the client asked for it.
        package let model: String
        /// Until the first deployment is asked again.
        package let left: Duration
        /// Status and class of the failure, such as `502 BadGatewayError`. `nil`: not known.
        package let cause: String?
        /// HTTP status of the failure, when the model has one deployment only and nobody stands in for it. `nil`: there are
        /// several.
        package let loneStatus: Int?

        package init(model: String, left: Duration, cause: String?, loneStatus: Int?) {
            (self.model, self.left, self.cause, self.loneStatus) = (model, left, cause, loneStatus)
        }

        /// Of `Retry-After`: rounded up.
        package var seconds: Int { max(1, (tenths + 9) / 10) }

        private var tenths: Int {
            let (seconds, attoseconds) = left.components
            guard seconds >= 0, attoseconds >= 0, seconds < 1 << 32 else { return 0 }
            return Int(seconds) * 10 + Int((attoseconds + 99_999_999_999_999_999) / 100_000_000_000_000_000)
        }

        fileprivate var status: Int { loneStatus ?? 429 }
        fileprivate var type: String { UpstreamFailure.clientType(status: status, stated: nil) }
        fileprivate var code: String { loneStatus == nil ? "all_deployments_in_cooldown" : "deployment_in_cooldown" }

        fileprivate var message: String {
            let time = tenths < 600 ? "\(tenths / 10).\(tenths % 10) s" : "\(seconds) s"
            let rest = "rests for \(time)\(cause.map { " after a \($0)" } ?? "")"
            return loneStatus == nil
                ? "All deployments of '\(model)' are resting and none was asked; the first to come back \(rest)."
                : "The deployment of '\(model)' \(rest); it was not asked."
        }
    }
}

extension UpstreamFailure {
    /// A provider that refuses the gateway's key speaks of no key of the client's, and the client must not read it so.
    fileprivate var clientMessage: String {
        guard let refusedKey else { return message }
        return "\(refusedKey.sentence)." + (quotesUpstream ? " It said: \(message)" : "")
    }

    /// Never `null`: clients of OpenAI's API switch on it.
    fileprivate var clientType: String {
        if refusedKey != nil, status != 403 { return "upstream_authentication_error" }
        return UpstreamFailure.clientType(status: status, stated: type)
    }

    /// - Parameter type: what the upstream said.
    fileprivate static func clientType(status: Int, stated type: String?) -> String {
        // 401 and 403 are the provider's verdict on the gateway's key, not the gateway's on the client's.
        switch status {
        case 401: return "upstream_authentication_error"
        case 403: return type ?? "upstream_permission_error"
        default: break
        }
        if let type, !type.isEmpty { return type }
        switch status {
        case 402: return "insufficient_quota"
        case 408, 504: return "timeout_error"
        case 429: return "rate_limit_error"
        case 400..<500: return "invalid_request_error"
        default: return "upstream_error"
        }
    }

    /// The upstream's own code wins; failures of the transport get ours.
    fileprivate var clientCode: [UInt8]? {
        if let code { return code }
        switch cause {
        case .status, .errorInBody, .errorInStream: return nil
        default: return Array("\"upstream_\(cause.label)\"".utf8)
        }
    }
}
