internal import Model

/// What a failure of one kind means for the request and for the deployment. The one table that the attempt loop, the
/// cooldowns and the documentation (docs/COOLDOWNS.md) read.
package struct Verdict: Sendable, Hashable {
    /// Whether the same group may be asked once more.
    package enum Retry: Sendable, Hashable {
        /// Nor may another deployment of the group.
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

    /// What becomes of the deployment; the more it costs others, the greater.
    package enum Cooldown: Sendable, Hashable, Comparable {
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
        // The request is wrong, and would be so anywhere.
        case .badRequest: Verdict(retry: .never, fallback: .none, cooldown: .none)
        // Only a larger model helps.
        case .contextWindow: Verdict(retry: .never, fallback: .contextWindow, cooldown: .none)
        // Only a model with other rules helps.
        case .contentPolicy: Verdict(retry: .never, fallback: .contentPolicy, cooldown: .none)
        // The gateway's key is refused, whoever asks.
        case .authentication: Verdict(retry: .others, fallback: .general, cooldown: .atOnce)
        // What one request may cost: a smaller one may still be paid for.
        case .paymentRequired: Verdict(retry: .others, fallback: .general, cooldown: .none)
        // A refusal that names no input: of the key, its region, its limit.
        case .permission: Verdict(retry: .others, fallback: .general, cooldown: .atOnce)
        // Of one endpoint or id; the model may well be there on others.
        case .notFound: Verdict(retry: .others, fallback: .general, cooldown: .none)
        // Another account may have a larger limit; of this one's, it says nothing to others.
        case .requestTooLarge: Verdict(retry: .others, fallback: .general, cooldown: .none)
        // Chance: the same deployment may do better the next time, and nobody is at fault.
        case .sampling: Verdict(retry: .any, fallback: .general, cooldown: .none)
        // The group's deployments are alike; another group may be able to.
        case .notSupported: Verdict(retry: .never, fallback: .general, cooldown: .none)
        // Silence beyond the operator's limit, or 408, 504, 524.
        case .timeout: Verdict(retry: .any, fallback: .general, cooldown: .counts)
        // The account's limit is used up for now; alone, it is still better than nobody.
        case .rateLimit: Verdict(retry: .any, fallback: .general, cooldown: .whenNotAlone)
        // A server that fails, or a request that makes it fail: only several of them tell.
        case .internalServer: Verdict(retry: .any, fallback: .general, cooldown: .counts)
        case .badGateway: Verdict(retry: .any, fallback: .general, cooldown: .counts)
        case .serviceUnavailable: Verdict(retry: .any, fallback: .general, cooldown: .counts)
        case .connection: Verdict(retry: .any, fallback: .general, cooldown: .counts)
        // No other deployment would answer differently.
        case .unusableAnswer: Verdict(retry: .never, fallback: .none, cooldown: .none)
        }
    }
}
