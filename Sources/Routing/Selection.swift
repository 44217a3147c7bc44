internal import Model

/// `simple-shuffle`, LiteLLM's default strategy: a weighted draw among the targets of the lowest `order`.
///
/// The first of `weight`, `rpm` and `tpm` that any target has decides, and a target without it is then not drawn; when
/// none has any, all are equal. Pure: the draw is handed in.
///
/// - Parameters:
///   - excluded: deployments that already failed for this request.
///   - draw: 0 up to, not including, 1.
package func pickSimpleShuffle(_ targets: [Target], excluding excluded: [String], draw: Double) -> Target? {
    if targets.count == 1, excluded.isEmpty { return targets.first }
    var candidates = targets.filter { !excluded.contains($0.deployment.id) }
    if let lowest = candidates.compactMap(\.deployment.limits.order).min() {
        // A deployment without an order comes after those that have one.
        candidates = candidates.filter { $0.deployment.limits.order == lowest }
    }
    for metric in [Deployment.Limits.weightMetric, Deployment.Limits.rpmMetric, Deployment.Limits.tpmMetric] {
        let weights = candidates.map { max(0, metric($0.deployment.limits) ?? 0) }
        let sum = weights.reduce(0, +)
        guard sum > 0, sum.isFinite else { continue }
        var left = draw * sum
        for (candidate, weight) in zip(candidates, weights) {
            left -= weight
            if left < 0, weight > 0 { return candidate }
        }
        // Rounding may leave a crumb of the draw: it belongs to the last one that can be drawn.
        return zip(candidates, weights).reversed().first { $0.1 > 0 }?.0
    }
    guard !candidates.isEmpty else { return nil }
    return candidates[min(candidates.count - 1, Int(draw * Double(candidates.count)))]
}

extension Deployment.Limits {
    fileprivate static let weightMetric: @Sendable (Self) -> Double? = { $0.weight }
    fileprivate static let rpmMetric: @Sendable (Self) -> Double? = { $0.requestsPerMinute.map(Double.init) }
    fileprivate static let tpmMetric: @Sendable (Self) -> Double? = { $0.tokensPerMinute.map(Double.init) }
}
