import Model

/// Why a deployment cools down. A value.
///
/// Clients learn status and class. The upstream's text may quote somebody's prompt: it is for operators only.
package struct RestReason: Sendable {
    /// The most that is kept of a text, in bytes of UTF-8.
    package static let longestTextBytes = 4096

    /// The provider's prefix.
    package let provider: String
    /// HTTP status of the failure as its own client saw it: 400...599.
    package let status: Int
    package let failureClass: FailureClass
    /// What the upstream said, cut to `longestTextBytes`; not redacted. `nil` once the time is over.
    package private(set) var text: String?
    let scope: Scope

    /// How many of a group's deployments may cool down for such a reason at one time.
    enum Scope: Sendable {
        /// All: the upstream said for how long, refuses the gateway's key, cannot be reached, or is silent. No request's
        /// content brings that about.
        case all
        /// All, when another group stands in; else all but one. What a server says of itself (429, 502, 503, 504, 529), or
        /// does by hanging up: who has nobody else is better served by its answer than by none.
        case allWithStandIn
        /// All but one: what a request's content may well have brought about must not take the group from all others.
        case allButOne
    }

    init(_ failure: UpstreamFailure, _ failureClass: FailureClass, isTold: Bool) {
        provider = failure.provider
        status = failure.status
        self.failureClass = failureClass
        let bytes = failure.message.utf8
        text =
            bytes.count <= RestReason.longestTextBytes
            ? failure.message : String(decoding: bytes.prefix(RestReason.longestTextBytes), as: UTF8.self)
        scope =
            switch failure.cause {
            case .connect, .timeout: .all
            case .cut: .allWithStandIn
            case _ where isTold || failureClass == .authentication: .all
            case .status, .errorInBody, .errorInStream:
                [429, 502, 503, 504, 529].contains(failure.status) ? .allWithStandIn : .allButOne
            case .malformed, .notACompletion, .tooLarge, .redirect: .allButOne
            }
    }

    /// Called when the time is over.
    mutating func forgetText() { text = nil }

    /// For a client that did not cause it: `429 RateLimitError`.
    package var summary: String { "\(status) \(failureClass.rawValue)" }
}
