package import ConfigFile
internal import JSONText
internal import Model

/// A deployment that may be picked, with what the strategies look at.
package struct Candidate: Sendable {
    package let target: Target
    package let inFlight: Int
    package let requestsThisMinute: Int
    package let tokensThisMinute: Int
    /// Seconds; 0 when it was never called, so that it is tried.
    package let latency: Double

    package init(_ target: Target, _ state: DeploymentState, at now: Duration, isStream: Bool) {
        self.target = target
        inFlight = state.inFlight
        (requestsThisMinute, tokensThisMinute) = state.use(at: now)
        latency = state.latency(isStream: isStream)
    }

    fileprivate var limits: Deployment.Limits { target.deployment.limits }

    /// Whether its own `rpm`, `tpm` or `max_parallel_requests` leave room for one more.
    fileprivate func hasRoom(enforcingRates: Bool, tokens: Int) -> Bool {
        if let most = limits.maxParallelRequests, inFlight >= most { return false }
        guard enforcingRates else { return true }
        if let most = limits.requestsPerMinute, requestsThisMinute >= most { return false }
        if let most = limits.tokensPerMinute, tokensThisMinute.addingSaturated(tokens) > most { return false }
        return true
    }
}

/// Picks among the deployments that are ready. Pure: the draw is handed in.
package struct Selection: Sendable {
    private let strategy: RouterSettings.Strategy
    /// Deployments within this share of the best latency count as equal. Not negative: the best one is always among them.
    private let latencyBuffer: Double
    private let enforcesRates: Bool

    package init(_ settings: RouterSettings) {
        strategy = settings.strategy
        let buffer = settings.strategyArguments.first { $0.key == "lowest_latency_buffer" }?.value.doubleValue
        latencyBuffer = max(0, buffer ?? 0)
        switch settings.strategy {
        case .usageBased, .usageBasedV2, .latencyBased, .costBased: enforcesRates = true
        case .simpleShuffle, .leastBusy, .providerBudget, .lar1:
            enforcesRates = settings.optionalPreCallChecks.contains("enforce_model_rate_limits")
        }
    }

    /// The only one of `targets`, when it has no limits of its own: then nobody need look at how busy it is.
    package func only(of targets: [Target]) -> Target? {
        guard targets.count == 1, let only = targets.first else { return nil }
        let limits = only.deployment.limits
        let isOpen =
            limits.maxParallelRequests == nil && limits.requestsPerMinute == nil && limits.tokensPerMinute == nil
        return isOpen ? only : nil
    }

    /// - Parameters:
    ///   - candidates: of one `order`, none of them at rest.
    ///   - tokens: an estimate for this request.
    ///   - draw: 0 up to, not including, 1.
    /// - Returns: `nil` when every candidate's own limits are used up.
    package func pick(_ candidates: [Candidate], tokens: Int, draw: Double) -> Target? {
        let open = candidates.filter { $0.hasRoom(enforcingRates: enforcesRates, tokens: tokens) }
        switch strategy {
        case .simpleShuffle, .providerBudget, .lar1: return shuffled(open, draw)
        case .leastBusy: return open.min { $0.inFlight < $1.inFlight }?.target
        case .usageBased, .usageBasedV2: return lowest(open, draw) { Double($0.tokensThisMinute) }
        case .latencyBased:
            guard let best = open.map(\.latency).min() else { return nil }
            return uniform(open.filter { $0.latency <= best * (1 + latencyBuffer) }, draw)
        case .costBased:
            return lowest(open, draw) { candidate in
                // LiteLLM takes 5 dollars a token for what has no price, so that anything known is cheaper.
                candidate.target.deployment.price.map { $0.input + $0.output } ?? 10
            }
        }
    }

    /// A weighted draw: the first of `weight`, `rpm` and `tpm` that anybody has decides, and who lacks it is not drawn.
    private func shuffled(_ candidates: [Candidate], _ draw: Double) -> Target? {
        if candidates.count == 1 { return candidates[0].target }
        let metrics: [(Deployment.Limits) -> Double?] = [
            { $0.weight }, { $0.requestsPerMinute.map(Double.init) }, { $0.tokensPerMinute.map(Double.init) },
        ]
        for metric in metrics {
            let weights = candidates.map { max(0, metric($0.target.deployment.limits) ?? 0) }
            let sum = weights.reduce(0, +)
            guard sum > 0, sum.isFinite else { continue }
            var left = draw * sum
            for (candidate, weight) in zip(candidates, weights) where weight > 0 {
                left -= weight
                if left < 0 { return candidate.target }
            }
            // Rounding may leave a crumb of the draw: it belongs to the last one that can be drawn.
            return zip(candidates, weights).reversed().first { $0.1 > 0 }?.0.target
        }
        return uniform(candidates, draw)
    }

    private func lowest(_ candidates: [Candidate], _ draw: Double, _ cost: (Candidate) -> Double) -> Target? {
        guard let least = candidates.map(cost).min() else { return nil }
        return uniform(candidates.filter { cost($0) == least }, draw)
    }

    private func uniform(_ candidates: [Candidate], _ draw: Double) -> Target? {
        guard !candidates.isEmpty else { return nil }
        return candidates[min(candidates.count - 1, max(0, Int(draw * Double(candidates.count))))].target
    }
}
