/// What `GET /metrics` shows, in pieces, so that a loop can do other work in between. docs/METRICS.md lists it.
package struct MetricsPage: Sendable {
    private let reading: MetricsReading
    private var next = 0

    package init(_ reading: MetricsReading) {
        self.reading = reading
    }

    private static let pieces: [@Sendable (MetricsReading, inout PrometheusText) -> Void] = [
        { $0.writeProxyCounters(to: &$1) },
        { $0.writeDeploymentCounters(to: &$1) },
        { $0.writeLatencies(to: &$1) },
        { $0.writeDeploymentGauges(to: &$1) },
        { $0.writeRouting(to: &$1) },
        { $0.writeQuantiles(to: &$1) },
        { $0.writeProcess(to: &$1) },
    ]

    /// Writes the next piece. `false` when there was none left.
    package mutating func writeNext(to text: inout PrometheusText) -> Bool {
        guard next < MetricsPage.pieces.count else { return false }
        MetricsPage.pieces[next](reading, &text)
        next += 1
        return true
    }

    /// The whole page.
    package mutating func text() -> PrometheusText {
        var text = PrometheusText()
        while writeNext(to: &text) {}
        return text
    }
}

/// The labels that several metrics share.
extension MetricsReading {
    func text(_ label: MetricLabel) -> String { labels.text(label) }

    /// `litellm_model_name`, `model_id`, `api_base`, `api_provider`.
    func deploymentLabels(_ deployment: MetricLabel, _ provider: MetricLabel?) -> LabelText {
        let facts = labels.facts[deployment]
        var text = LabelText()
        text.add("litellm_model_name", facts?.model ?? "None")
        text.add("model_id", labels.text(deployment))
        text.add("api_base", facts?.base ?? "None")
        text.add("api_provider", provider.map { labels.text($0) } ?? facts?.provider ?? "None")
        return text
    }

    /// LiteLLM's word for a failure: the provider's name before the class (`Openai.RateLimitError`) when it was its.
    func exceptionClass(_ outcome: MetricLabel, provider: MetricLabel) -> String {
        let name = labels.text(outcome)
        guard provider != .none else { return name }
        let prefix = labels.text(provider)
        return "\(prefix.prefix(1).uppercased())\(prefix.dropFirst()).\(name)"
    }
}

extension LabelText {
    /// Whose request it was: nobody is told apart yet.
    mutating func addCaller() {
        for name in ["hashed_api_key", "api_key_alias", "team", "team_alias"] { add(name, "None") }
    }

    /// The same with everything that LiteLLM says of a user.
    mutating func addUser() {
        addCaller()
        for name in ["user", "end_user"] { add(name, "None") }
    }
}
