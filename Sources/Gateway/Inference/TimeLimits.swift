internal import ConfigFile
internal import EventLoop
internal import Model
internal import Routing
internal import Upstream

/// How long one call upstream may take: the operator's times, and those that its client chose. A value.
///
/// What runs out by the client's choice says nothing of the deployment.
struct TimeLimits {
    /// The client's own: of a call, and of a stream's silence.
    private let wished: (attempt: Duration?, silence: Duration?)
    /// Of a call that is not streamed, from connect to last byte: deployment over router over `litellm_settings`.
    private let whole: Duration
    /// Of a stream, to its first token, and afterwards between two bytes. `nil`: `whole`.
    private let stream: Duration?
    private let connect: Duration
    private let isStream: Bool

    init(of target: Target, isStream: Bool, wished: (attempt: Duration?, silence: Duration?), _ config: Config) {
        let own = target.deployment.timeouts
        whole = own.whole ?? config.router.timeout ?? config.litellm.requestTimeout
        stream = own.stream ?? config.router.streamTimeout
        connect = config.general.limits.connectTime
        self.wished = wished
        self.isStream = isStream
    }

    /// - Parameter requestEnd: of the whole request, with all its calls and pauses.
    func deadlines(from now: LoopTime, requestEnd: LoopTime) -> UpstreamClient.Deadlines {
        guard isStream else {
            let whole = wished.attempt ?? whole
            let end = min(now + whole, requestEnd)
            return .init(firstByte: end, idle: whole, whole: end)
        }
        return .init(firstByte: min(now + silence, requestEnd), idle: silence, whole: requestEnd)
    }

    /// The longest wait for a stream's first token, and the longest silence behind it.
    private var silence: Duration { wished.silence ?? stream ?? wished.attempt ?? whole }

    /// Whether a time ran out before the operator's had.
    ///
    /// - Parameter elapsed: from the call's beginning to its failure.
    func isEarly(_ cause: UpstreamFailure.Cause, after elapsed: Duration) -> Bool {
        guard case .timeout(let stage) = cause else { return false }
        let limit = isStream ? stream ?? whole : whole
        switch stage {
        case .connect: return elapsed < min(connect, limit)
        case .send, .firstByte, .firstToken: return elapsed < limit
        case .idle: return isStream ? silence < limit : elapsed < limit
        // A stream that was alive to the end of its request's time says nothing either.
        case .whole: return isStream || elapsed < limit
        }
    }
}
