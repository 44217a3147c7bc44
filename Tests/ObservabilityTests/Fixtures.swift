import EventLoop
import Model

@testable import Observability

/// A configuration with two groups, a wildcard and an alias, and requests at times that the test chooses.
enum Fixtures {
    static let table = LabelTable()

    static func names(in table: LabelTable) -> MetricNames {
        MetricNames(
            in: table, models: ["gpt", "backup", "openrouter/*", "nick"],
            deployments: [
                DeploymentFacts(
                    id: "d1", group: "gpt", provider: "openai", model: "openai/gpt-4o",
                    base: "https://api.openai.com/v1"),
                DeploymentFacts(
                    id: "d2", group: "gpt", provider: "azure", model: "azure/gpt", base: "https://a.example"),
                DeploymentFacts(
                    id: "d3", group: "backup", provider: "groq", model: "groq/llama", base: "https://g.example"),
                DeploymentFacts(
                    id: "dw", group: "openrouter/*", provider: "openrouter", model: "openrouter/*",
                    base: "https://openrouter.ai/api/v1"),
                DeploymentFacts(id: "any", group: "*", provider: nil, model: "*", base: nil),
            ],
            providers: ["openai", "azure", "groq", "openrouter"],
            outcomes: ["RateLimitError", "Timeout", "InternalServerError", "AuthenticationError"],
            routes: ["/chat/completions", "/metrics"])
    }

    static let start = LoopTime(nanoseconds: 3_000_000_000_000)

    static func time(_ milliseconds: Int) -> LoopTime { start + .milliseconds(milliseconds) }

    /// One attempt from `began` to `ended` milliseconds.
    static func attempt(
        _ deployment: String, _ provider: String, group: String, _ outcome: String = "success", _ status: Int = 200,
        isFallback: Bool = false, at span: ClosedRange<Int> = 0...100
    ) -> AttemptRecord {
        var attempt = AttemptRecord(
            of: upstream(deployment, provider, group: group), startedAt: time(span.lowerBound), isFallback: isFallback)
        attempt.outcome = outcome
        attempt.status = status
        attempt.endedAt = time(span.upperBound)
        return attempt
    }

    static func upstream(_ deployment: String, _ provider: String, group: String, model: String = "m") -> UpstreamLabels
    {
        UpstreamLabels(
            group: group, deployment: deployment, provider: provider, upstreamModel: model, apiBase: "b",
            redactor: Redactor(secrets: []))
    }

    static func record(
        model: String?, status: Int = 200, route: Int? = 0, _ attempts: [AttemptRecord] = [],
        _ change: (inout RequestRecord) -> Void = { _ in }
    ) -> RequestRecord {
        var record = RequestRecord(startedAt: start)
        record.route = route
        record.isInference = route == 0
        record.model = model
        record.status = status
        record.attemptLog = attempts
        record.attempts = attempts.count
        record.upstream = attempts.last?.upstream
        record.upstreamStartedAt = attempts.first?.startedAt
        record.upstreamEndedAt = attempts.last?.endedAt
        change(&record)
        return record
    }

    /// The page after these requests, each of which ended after 120 ms.
    static func page(_ records: [RequestRecord], loops: Int = 1, deployments: [MetricsReading.DeploymentGauge] = [])
        -> [String]
    {
        let metrics = Metrics(version: "1.2.3")
        let names = names(in: metrics.labels)
        let registries = (0..<loops).map { _ in metrics.addLoop() }
        for (index, record) in records.enumerated() {
            registries[index % loops].requestBegan()
            registries[index % loops].requestsEnded([record], names, at: time(120), lag: .milliseconds(2))
            registries[index % loops].requestsLogged(1)
        }
        var page = MetricsPage(metrics.read(at: time(200), deployments: deployments))
        return String(decoding: page.text().bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The samples of one metric, in order.
    static func samples(_ name: String, of page: [String]) -> [String] {
        page.filter { $0.hasPrefix("\(name){") || $0.hasPrefix("\(name) ") }.map { String($0.dropFirst(name.count)) }
    }
}
