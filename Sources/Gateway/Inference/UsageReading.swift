internal import JSONText
internal import Model

extension Usage {
    private static let names = MemberNames(
        "prompt_tokens", "completion_tokens", "total_tokens", "cost", "prompt_tokens_details",
        "completion_tokens_details", "input_tokens", "output_tokens", "input_tokens_details", "output_tokens_details")
    private static let promptNames = MemberNames("cached_tokens")
    private static let completionNames = MemberNames("reasoning_tokens")

    /// Reads a `usage` object in either dialect: chat's `prompt_tokens` or Responses' `input_tokens`.
    /// Numbers that are no counts (negative, fractions, too large) are left out rather than believed.
    init?(reading range: Range<Int>, in bytes: Span<UInt8>) {
        guard let scan = ObjectScan(bytes, within: range, names: Usage.names) else { return nil }
        func count(_ index: Int, _ alternative: Int? = nil) -> Int? {
            guard let range = scan[index] ?? alternative.flatMap({ scan[$0] }), let number = jsonInt(range, in: bytes),
                number >= 0
            else { return nil }
            return min(number, Usage.largestCount)
        }
        func detail(_ index: Int, _ alternative: Int, _ names: MemberNames) -> Int? {
            guard let range = scan[index] ?? scan[alternative],
                let nested = ObjectScan(bytes, within: range, names: names), let value = nested[0],
                let number = jsonInt(value, in: bytes), number >= 0
            else { return nil }
            return min(number, Usage.largestCount)
        }
        self.init(
            promptTokens: count(0, 6), completionTokens: count(1, 7), totalTokens: count(2),
            cachedTokens: detail(4, 8, Usage.promptNames), reasoningTokens: detail(5, 9, Usage.completionNames))
        if let range = scan[3], let dollars = jsonDouble(range, in: bytes), dollars.isFinite, dollars >= 0 {
            // Plus zero makes `-0` a plain one.
            cost = dollars + 0
        }
    }

    /// US dollars: what the upstream reported, else tokens times price, else nothing.
    func cost(at price: Deployment.Price?) -> Double? {
        if let cost { return cost }
        guard let price, let promptTokens else { return nil }
        return Double(promptTokens) * price.input + Double(completionTokens ?? 0) * price.output
    }
}
