/// What an answer cost, as the upstream reported it; a missing count is `nil`.
package struct Usage: Sendable, Hashable {
    /// A count above is not believed. No model takes more than some ten million tokens, and the largest body that can be
    /// configured (4 GiB) has about so many at four bytes each; nine billion such answers fit into one sum.
    package static let mostTokens = 1_000_000_000
    /// US dollars; a cost above is not believed. So many tokens at a tenth of a cent each.
    package static let highestCost = 1_000_000.0

    package var promptTokens: Int?
    package var completionTokens: Int?
    package var totalTokens: Int?
    package var cachedTokens: Int?
    package var reasoningTokens: Int?
    /// US dollars; see ``believable(cost:)``.
    package var cost: Double?

    package init(
        promptTokens: Int? = nil, completionTokens: Int? = nil, totalTokens: Int? = nil, cachedTokens: Int? = nil,
        reasoningTokens: Int? = nil, cost: Double? = nil
    ) {
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.totalTokens = totalTokens
        self.cachedTokens = cachedTokens
        self.reasoningTokens = reasoningTokens
        self.cost = cost
    }

    /// The cost, if an answer can have it: neither negative nor beyond ``highestCost``, and a number.
    package static func believable(cost: Double) -> Double? {
        // Plus zero makes `-0` a plain one.
        cost >= 0 && cost <= highestCost ? cost + 0 : nil
    }
}
