internal import Model

/// What a failure of one kind means for the request and for the deployment. The one table that the attempt loop, the
/// cooldowns and the documentation read.
package struct Verdict: Sendable, Hashable {
    /// Whether the same group may be asked once more.
    package enum Retry: Sendable, Hashable {
        case never
        /// Another deployment of the group at once; never the same one.
        case others
        /// Another deployment when there is one, else the same after a pause.
        case any
    }

    /// Which list of other groups applies.
    package enum Fallback: Sendable, Hashable {
        case none
        case general
        case contextWindow
        case contentPolicy
    }

    /// What becomes of the deployment.
    package enum Cooldown: Sendable, Hashable {
        /// The client's fault, or nobody's.
        case none
        /// It counts; too many of them rest the deployment.
        case counts
        /// It rests when there is somebody else to ask, or when the upstream said for how long.
        case whenNotAlone
        /// It rests at once: asking again cannot help until somebody does something.
        case atOnce
    }

    package let retry: Retry
    package let fallback: Fallback
    package let cooldown: Cooldown

    /// No `default`: a new class does not compile until someone fills in its row.
    package static func on(_ failure: FailureClass) -> Verdict {
        switch failure {
        case .badRequest: Verdict(retry: .never, fallback: .none, cooldown: .none)
        case .contextWindow: Verdict(retry: .never, fallback: .contextWindow, cooldown: .none)
        case .contentPolicy: Verdict(retry: .never, fallback: .contentPolicy, cooldown: .none)
        case .authentication: Verdict(retry: .others, fallback: .general, cooldown: .atOnce)
        case .paymentRequired: Verdict(retry: .others, fallback: .general, cooldown: .atOnce)
        case .permission: Verdict(retry: .others, fallback: .general, cooldown: .atOnce)
        case .notFound: Verdict(retry: .others, fallback: .general, cooldown: .none)
        case .timeout: Verdict(retry: .any, fallback: .general, cooldown: .counts)
        case .rateLimit: Verdict(retry: .any, fallback: .general, cooldown: .whenNotAlone)
        case .internalServer: Verdict(retry: .any, fallback: .general, cooldown: .counts)
        case .badGateway: Verdict(retry: .any, fallback: .general, cooldown: .counts)
        case .serviceUnavailable: Verdict(retry: .any, fallback: .general, cooldown: .counts)
        case .connection: Verdict(retry: .any, fallback: .general, cooldown: .counts)
        case .unusableAnswer: Verdict(retry: .never, fallback: .none, cooldown: .none)
        }
    }
}
