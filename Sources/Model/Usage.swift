/// What an answer cost, as the upstream reported it. Counts are clamped to 0...2^53; a missing count is `nil`.
package struct Usage: Sendable, Hashable {
    package static let largestCount = 1 << 53

    package var promptTokens: Int?
    package var completionTokens: Int?
    package var totalTokens: Int?
    package var cachedTokens: Int?
    package var reasoningTokens: Int?
    /// US dollars. Never negative, never NaN.
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
}
