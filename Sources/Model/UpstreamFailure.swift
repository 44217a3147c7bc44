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
        /// The head and perhaps comments came, and no content.
        case firstToken = "first_token"
        case idle
        case whole
    }

    /// A reference: a failure is handed through many functions, each of which keeps room for it as long as a stream lasts.
    private var facts: Facts

    package init(cause: Cause, provider: String, status: Int, message: String, detail: String? = nil) {
        facts = Facts(Content(cause: cause, provider: provider, status: status, message: message, detail: detail))
    }

    package var cause: Cause { facts.content.cause }
    /// The provider's prefix, such as `openrouter`.
    package var provider: String { facts.content.provider }
    /// What the client sees as HTTP status: 400...599.
    package var status: Int {
        get { facts.content.status }
        set { change { $0.status = newValue } }
    }
    /// For the client: the upstream's own words when it had any; else the gateway's, which begin with `provider`. Redacted
    /// before it leaves.
    package var message: String { facts.content.message }

    /// The same failure with another text for the client.
    package func saying(_ message: String) -> UpstreamFailure {
        var said = self
        said.change { $0.message = message }
        return said
    }

    /// The same failure where an operator's server was called: its group is named, not the provider whose dialect it speaks.
    package func told(ofGroup group: String) -> UpstreamFailure {
        let name = provider.utf8
        guard !quotesUpstream, message.utf8.starts(with: name) else { return self }
        var told = self
        told.change {
            $0.message = "The upstream of \"\(group)\"" + String(Substring($0.message.utf8.dropFirst(name.count)))
        }
        return told
    }

    /// The upstream's `type`, when it gave one.
    package var type: String? {
        get { facts.content.type }
        set { change { $0.type = newValue } }
    }

    /// The upstream's `code`, as JSON text.
    package var code: [UInt8]? {
        get { facts.content.code }
        set { change { $0.code = newValue } }
    }

    /// The upstream's `param`, as JSON text.
    package var param: [UInt8]? {
        get { facts.content.param }
        set { change { $0.param = newValue } }
    }

    /// OpenRouter's `metadata` (provider name, raw error), as JSON text.
    package var metadata: [UInt8]? {
        get { facts.content.metadata }
        set { change { $0.metadata = newValue } }
    }

    /// Members of the upstream's error beyond the usual ones (`n_ctx`, `details`, `provider_specific_fields`), as the text of
    /// a JSON object.
    package var otherMembers: [UInt8]? {
        get { facts.content.otherMembers }
        set { change { $0.otherMembers = newValue } }
    }

    /// `Retry-After` as the upstream gave it, when it was valid.
    package var retryAfter: String? {
        get { facts.content.retryAfter }
        set { change { $0.retryAfter = newValue } }
    }

    /// The message is the upstream's own text, not the gateway's words for a failure without one.
    package var quotesUpstream: Bool {
        get { facts.content.quotesUpstream }
        set { change { $0.quotesUpstream = newValue } }
    }

    /// What came with it names `stream_options`, or the member of it that the gateway adds.
    package var namesUsageOptions: Bool {
        get { facts.content.namesUsageOptions }
        set { change { $0.namesUsageOptions = newValue } }
    }

    /// Words of it that are an echo of the request, and so say nothing of the upstream.
    package var echoes: [DoubtfulWords] {
        get { facts.content.echoes }
        set { change { $0.echoes = newValue } }
    }

    /// The gateway's key for this provider, when it is the reason of the failure.
    package var refusedKey: ProviderKey? {
        get { facts.content.refusedKey }
        set { change { $0.refusedKey = newValue } }
    }

    /// What the log says of the failure: ``detail``, and which key was refused.
    package var logDetail: String? {
        guard let refusedKey else { return detail }
        let key = refusedKey.source.map { "refused key \(refusedKey.end ?? "…") of \($0)" } ?? "no key was sent"
        return detail.map { "\($0), \(key)" } ?? key
    }

    /// Everything that was tried for the request, in order, when that was more than once.
    package var tried: [String] {
        get { facts.content.tried }
        set { change { $0.tried = newValue } }
    }

    /// For the log only, such as libcurl's words. Redacted before it is written.
    package var detail: String? {
        get { facts.content.detail }
        set { change { $0.detail = newValue } }
    }

    private mutating func change(_ change: (inout Content) -> Void) {
        var content = facts.content
        change(&content)
        facts = Facts(content)
    }

    private struct Content: Sendable {
        let cause: Cause
        let provider: String
        var status: Int
        var message: String
        var type: String?
        var code: [UInt8]?
        var param: [UInt8]?
        var metadata: [UInt8]?
        var otherMembers: [UInt8]?
        var retryAfter: String?
        var tried: [String] = []
        var echoes: [DoubtfulWords] = []
        var refusedKey: ProviderKey?
        var quotesUpstream = false
        var namesUsageOptions = false
        var detail: String?

        init(cause: Cause, provider: String, status: Int, message: String, detail: String?) {
            self.cause = cause
            self.provider = provider
            self.status = status
            self.message = message
            self.detail = detail
        }
    }

    private final class Facts: Sendable {
        let content: Content

        init(_ content: Content) {
            self.content = content
        }
    }
}

/// Words of a failure that may be an echo of the request. Lower case, each run of blanks one blank.
package struct DoubtfulWords: Sendable, Hashable {
    package let phrase: [UInt8]
    /// The sentence that it stands in. `nil`: the phrase alone makes it doubtful.
    package let sentence: [UInt8]?

    package init(phrase: [UInt8], sentence: [UInt8]?) {
        self.phrase = phrase
        self.sentence = sentence
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
