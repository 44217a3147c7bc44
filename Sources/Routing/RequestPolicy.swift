internal import ConfigFile
package import Model
internal import Providers

/// What one request may cost in attempts: the client's wishes over the configuration.
package struct RequestPolicy: Sendable {
    /// `num_retries` of the request; an explicit 0 also switches policies off.
    package var numRetries: Int?
    package var disableFallbacks = false
    /// `fallbacks` of the request, in place of the configured ones.
    package var fallbacks: [FallbackEntry]?
    package var contextWindowFallbacks: [FallbackEntry]?
    package var contentPolicyFallbacks: [FallbackEntry]?
    /// Where else to go, first to last (OpenRouter's `models`, when it is longer than OpenRouter itself takes).
    package var chain: [Route] = []
    /// Tags of the request, for tag routing.
    package var tags: [String] = []

    package init() {}

    /// One group to fall back to, with members of the body to change for it.
    package struct FallbackEntry: Sendable, Hashable {
        package var model: String
        package var overrides: [Deployment.BodyMember]

        package init(model: String, overrides: [Deployment.BodyMember] = []) {
            self.model = model
            self.overrides = overrides
        }
    }
}

extension RouterSettings {
    /// How often a failed request of this class may be repeated. `byPolicy`: a policy named the class, which outweighs the
    /// verdict table. A client's wish counts up to `max_client_retries`, and without that key up to what the operator's
    /// settings give.
    func retries(
        for failure: FailureClass, group: String, own: Int?, request: Int?
    ) -> (count: Int, byPolicy: Bool) {
        let configured = configuredRetries(for: failure, group: group, own: own)
        guard let request else { return configured }
        return (min(max(0, request), maxClientRetries ?? configured.count), false)
    }

    /// The group's policy, the policy, the deployment, the router.
    private func configuredRetries(
        for failure: FailureClass, group: String, own: Int?
    ) -> (count: Int, byPolicy: Bool) {
        for policy in [groupPolicy(of: group), retryPolicy] {
            if let count = policy?[failure.retryPolicyKey] { return (max(0, count), count > 0) }
            // A count for all the rest names no class: what cannot be helped by asking again stays so.
            if let count = policy?["DefaultRetries"] { return (max(0, count), false) }
        }
        return (max(0, own ?? numRetries), false)
    }

    /// Under the group's name, or the same with its provider's prefix or without.
    private func groupPolicy(of group: String) -> ErrorClassCounts? {
        guard !modelGroupRetryPolicy.isEmpty else { return nil }
        return modelGroupRetryPolicy[Name(group)]
            ?? ModelName.otherSpellings(of: group).lazy.compactMap { modelGroupRetryPolicy[Name($0)] }.first
    }
}
