package import Model

extension AttemptPlan {
    /// What to do next; the loop does it and tells how it went.
    package enum Step: Sendable {
        case attempt(Attempt)
        /// Nobody can be asked before then.
        case wait(until: Duration)
        case giveUp(Exhaustion)
    }

    package struct Attempt: Sendable {
        package let target: Target
        /// The group the target was asked for.
        package let group: String
        /// Changes to the body that a fallback entry asked for.
        package let overrides: [Deployment.BodyMember]
        /// Stages passed before this one; 0 for the first.
        package let fallbackIndex: Int
        /// Nobody else serves this group's requests: it is the only deployment, and no other group stands in for it.
        package let isAlone: Bool
    }

    package enum Exhaustion: Sendable {
        /// What the client gets: the first failure that is about its own request, else the last one.
        case failed(UpstreamFailure)
        /// Every deployment rests and none was asked.
        case resting(Resting)
        /// Every deployment's own limits are used up.
        case limited
        /// Tag routing leaves nobody.
        case noTagMatch([String])
    }

    /// The deployment that comes back first.
    package struct Resting: Sendable {
        package let target: Target
        /// The group it would have been asked for.
        package let group: String
        package let left: Duration
        package let reason: RestReason?
        /// Nobody can stand in for it.
        package let isAlone: Bool
    }
}
