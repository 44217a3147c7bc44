package import EventLoop
package import Model

/// What is known about one request when it is over: one line in the log, one count in the metrics, later one row in the
/// ledger. Loop-owned, and an object rather than a value: it is large, and every function of the request path that held a
/// copy kept 700 bytes more of each open stream.
package final class RequestRecord {
    package var requestID = ""
    package var method = ""
    package var path = ""
    /// Place in the table of routes; `nil` when there is no such route.
    package var route: Int?
    /// The route asks for a model, whether or not the request got that far.
    package var isInference = false
    package var endpoint: Endpoint?
    /// As the client asked for it.
    package var model: String?
    /// Where the name led first.
    package var routedGroup: String?
    /// The upstream that answered, or was asked last.
    package var upstream: UpstreamLabels?
    /// Who answered, when the upstream named somebody in its answer.
    package var answeredBy: AnswererLabels?
    /// HTTP status sent to the client; 499 when it left before one could be sent.
    package var status = 0
    package var isStream = false
    package var attempts = 0
    /// Repeated calls within groups, and groups beyond the first.
    package var retries = 0
    package var fallbacks = 0
    /// What the operator allows, when the client wished for more retries than these and one of its calls failed.
    package var retryLimit: Int?
    /// Every call upstream, in order.
    package var attemptLog: [AttemptRecord] = []
    /// What of its body did not go upstream as it came: `x-penstock-changed`.
    package var changedMembers: [String] = []
    /// `x-penstock-route`: each failed attempt with its cause, then the one that answered.
    package var trail = ""
    package var usage = Usage()
    /// US dollars: what the upstream reported, else tokens times the configured price.
    package var cost: Double? {
        didSet { costText = cost.flatMap(sumOfMoney) }
    }
    /// The same as text, made once for the answer's header and the log. `nil` when there is none, or it is no number.
    package private(set) var costText: String?
    package var errorCode: String?
    /// For operators; redacted when written.
    package var errorDetail: String?
    package var startedAt: LoopTime
    /// First byte of the upstream's answer.
    package var upstreamFirstByteAt: LoopTime?
    /// First real content of a stream.
    package var firstTokenAt: LoopTime?
    /// When the upstream's part was over.
    package var upstreamEndedAt: LoopTime?
    package var upstreamStartedAt: LoopTime?
    package var requestBytes = 0
    package var answerBytes = 0
    package var clientLeft = false
    /// Knows the secrets that the request itself holds; `nil` when none is known, as with every request that succeeded.
    package var redactor: Redactor?

    package init(startedAt: LoopTime) {
        self.startedAt = startedAt
    }

    /// The group that was asked last, or would have been.
    package var group: String? { upstream?.group ?? routedGroup }
}

/// One call upstream. A value.
package struct AttemptRecord: Sendable {
    package let upstream: UpstreamLabels
    /// A word from a closed set: `success`, or the class of the failure.
    package var outcome = "success"
    /// HTTP status of the failure as the client would see it.
    package var status = 200
    package let isFallback: Bool
    package var startedAt: LoopTime
    package var firstByteAt: LoopTime?
    package var firstTokenAt: LoopTime?
    package var endedAt: LoopTime?

    package init(of upstream: UpstreamLabels, startedAt: LoopTime, isFallback: Bool = false) {
        self.upstream = upstream
        self.startedAt = startedAt
        self.isFallback = isFallback
    }
}
