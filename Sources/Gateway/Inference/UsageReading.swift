internal import HTTPWire
internal import JSONText
internal import Model

extension Usage {
    /// The paths of a `usage` object and what counts in it, in the order that ``UsageFinds`` expects, in either dialect:
    /// chat's `prompt_tokens` or Responses' `input_tokens`.
    static func paths(_ usage: String) -> [String] {
        [
            "", ".prompt_tokens", ".input_tokens", ".completion_tokens", ".output_tokens", ".total_tokens", ".cost",
            ".prompt_tokens_details", ".prompt_tokens_details.cached_tokens",
            ".input_tokens_details", ".input_tokens_details.cached_tokens",
            ".completion_tokens_details", ".completion_tokens_details.reasoning_tokens",
            ".output_tokens_details", ".output_tokens_details.reasoning_tokens",
        ].map { usage + $0 }
    }

    /// LiteLLM as an upstream says what a whole answer cost in a header only. What the body says comes first.
    mutating func noteCost(in fields: FieldBlock) {
        guard cost == nil, let value = fields[.xLiteLLMResponseCost] else { return }
        cost = jsonDouble(value, in: fields.bytes.span).flatMap(Usage.believable)
    }

    /// US dollars: what the upstream reported, else tokens times price, else nothing. Nothing, too, when the price makes a sum
    /// of it that no answer costs.
    func cost(at price: Deployment.Price?) -> Double? {
        if let cost { return cost }
        guard let price, let promptTokens else { return nil }
        return Usage.believable(
            cost: Double(promptTokens) * price.input + Double(completionTokens ?? 0) * price.output)
    }
}

/// Puts together a `usage` object of what a scan found of it. Numbers that are no counts (negative, fractions, more than any
/// answer has) are left out rather than believed; of two members of one name the last one counts.
struct UsageFinds {
    private enum Place: Int {
        case usage, prompt, input, completion, output, total, cost
        case promptDetails, promptCached, inputDetails, inputCached
        case completionDetails, completionReasoning, outputDetails, outputReasoning
    }

    /// What the last `usage` says; `nil` when there is none, or it is no object.
    private(set) var usage: Usage?

    // Of the object that is being read.
    private var prompt = Count.absent
    private var input = Count.absent
    private var completion = Count.absent
    private var output = Count.absent
    private var total = Count.absent
    private var cost: Double?
    private var cachedOfPrompt = Count.absent
    private var cachedOfInput = Count.absent
    private var reasoningOfCompletion = Count.absent
    private var reasoningOfOutput = Count.absent
    // Of the details that are being read.
    private var cached = Count.absent
    private var reasoning = Count.absent

    /// - Parameter place: the index of the find's path within `Usage.paths`.
    mutating func note(_ find: PathScan.Find, _ place: Int, in bytes: Span<UInt8>) {
        switch Place(rawValue: place) {
        case .usage:
            let found = find.kind == .object ? read : nil
            self = UsageFinds()
            usage = found
        case .prompt: prompt = Count(find, in: bytes)
        case .input: input = Count(find, in: bytes)
        case .completion: completion = Count(find, in: bytes)
        case .output: output = Count(find, in: bytes)
        case .total: total = Count(find, in: bytes)
        case .cost: cost = jsonDouble(find.range, in: bytes)
        case .promptCached, .inputCached: cached = Count(find, in: bytes)
        case .completionReasoning, .outputReasoning: reasoning = Count(find, in: bytes)
        case .promptDetails: cachedOfPrompt = cached.taken()
        case .inputDetails: cachedOfInput = cached.taken()
        case .completionDetails: reasoningOfCompletion = reasoning.taken()
        case .outputDetails: reasoningOfOutput = reasoning.taken()
        case nil: break
        }
    }

    private var read: Usage {
        var usage = Usage(
            promptTokens: prompt.or(input), completionTokens: completion.or(output), totalTokens: total.value,
            cachedTokens: cachedOfPrompt.or(cachedOfInput), reasoningTokens: reasoningOfCompletion.or(reasoningOfOutput)
        )
        usage.cost = cost.flatMap(Usage.believable)
        return usage
    }

    /// A member that is there and no count is not made good by its other name.
    private struct Count {
        static let absent = Count(number: -2)
        private static let invalid = -1

        private var number: Int

        private init(number: Int) { self.number = number }

        init(_ find: PathScan.Find, in bytes: Span<UInt8>) {
            let found = jsonInt(find.range, in: bytes) ?? Count.invalid
            number = 0...Usage.mostTokens ~= found ? found : Count.invalid
        }

        var value: Int? { number >= 0 ? number : nil }

        func or(_ other: Count) -> Int? { number == Count.absent.number ? other.value : value }

        /// What the details that end here say; without a count they are there all the same.
        mutating func taken() -> Count {
            let found = max(number, Count.invalid)
            self = .absent
            return Count(number: found)
        }
    }
}
