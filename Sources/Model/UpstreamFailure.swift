/// What an upstream did instead of answering. One value for every kind of failure, so that the client's error, the log
/// and (later) the router's decisions all read the same facts.
package struct UpstreamFailure: Error, Sendable {
    package enum Cause: Sendable, Hashable {
        /// No connection: name, TCP, TLS or proxy.
        case connect
        /// One of our own limits on an attempt ran out.
        case timeout(Stage)
        /// The connection ended before or within the answer.
        case cut
        /// The bytes were no HTTP/1.1, or the body's coding was broken.
        case malformed
        /// HTTP 200, and no completion.
        case notACompletion
        /// Larger than the gateway takes.
        case tooLarge
        /// It redirected, which is not followed: the key would go to another host.
        case redirect
        /// An HTTP status of its own.
        case status
        /// HTTP 200 with an error in the body.
        case errorInBody
        /// An error event inside a stream.
        case errorInStream
    }

    package enum Stage: String, Sendable, Hashable {
        case connect
        case send
        case firstByte = "first_byte"
        case idle
        case whole
    }

    package let cause: Cause
    /// The provider's prefix, such as `openrouter`.
    package let provider: String
    /// What the client sees as HTTP status: 400...599.
    package let status: Int
    /// For the client: the upstream's own words when it had any. Redacted before it leaves.
    package let message: String
    /// The upstream's `type`, when it gave one.
    package var type: String?
    /// The upstream's `code` and `param`, as JSON text.
    package var code: [UInt8]?
    package var param: [UInt8]?
    /// OpenRouter's `metadata` (provider name, raw error), as JSON text.
    package var metadata: [UInt8]?
    /// `Retry-After` as the upstream gave it, when it was valid.
    package var retryAfter: String?
    /// Everything that was tried for the request, in order, when that was more than once.
    package var tried: [String] = []
    /// For the log only, such as libcurl's words. Redacted before it is written.
    package var detail: String?

    package init(cause: Cause, provider: String, status: Int, message: String, detail: String? = nil) {
        self.cause = cause
        self.provider = provider
        self.status = status
        self.message = message
        self.detail = detail
    }
}

extension UpstreamFailure.Cause {
    /// A word for logs and metrics, from a closed set.
    package var label: String {
        switch self {
        case .connect: "connect"
        case .timeout(let stage): "timeout_\(stage.rawValue)"
        case .cut: "cut"
        case .malformed: "malformed"
        case .notACompletion: "not_a_completion"
        case .tooLarge: "too_large"
        case .redirect: "redirect"
        case .status: "status"
        case .errorInBody: "error_in_body"
        case .errorInStream: "error_in_stream"
        }
    }
}
