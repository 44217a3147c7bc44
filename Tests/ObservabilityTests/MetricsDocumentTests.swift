import Foundation
import Model
import Testing

@testable import Observability

/// docs/METRICS.md names every metric with its kind, and no other.
@Suite struct MetricsDocumentTests {
    @Test func everyMetricIsInTheDocument() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appendingPathComponent("docs/METRICS.md"), encoding: .utf8)
        var documented: Set<String> = []
        for line in text.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            documented.insert("\(cells[0].trimmingCharacters(in: ["`"])) \(cells[1])")
        }
        #expect(documented == Self.written)
    }

    /// Of a registry in which everything has happened once.
    private static var written: Set<String> {
        let metrics = Metrics(version: "1")
        let names = Fixtures.names(in: metrics.labels)
        let loop = metrics.addLoop()
        var stream = Fixtures.attempt("d1", "openai", group: "gpt", at: 5...105)
        stream.firstTokenAt = Fixtures.time(45)
        let records = [
            Fixtures.record(model: "gpt", [stream]) {
                $0.isStream = true
                $0.firstTokenAt = Fixtures.time(45)
                $0.usage.completionTokens = 5
            },
            Fixtures.record(
                model: "gpt",
                [
                    Fixtures.attempt("d1", "openai", group: "gpt", "Timeout", 504),
                    Fixtures.attempt("d2", "azure", group: "gpt", "Timeout", 504),
                    Fixtures.attempt("d3", "groq", group: "backup", isFallback: true),
                ]),
            Fixtures.record(
                model: "gpt", status: 504,
                [Fixtures.attempt("d3", "groq", group: "backup", "Timeout", 504, isFallback: true)]),
            Fixtures.record(model: "gpt", status: 499) { $0.clientLeft = true },
        ]
        for record in records { loop.requestsEnded([record], names, at: Fixtures.time(120), lag: .zero) }
        loop.refused(status: 400)
        metrics.answers.count(
            AnswererLabels(model: "m", provider: nil, redactor: Redactor(secrets: [])),
            of: Fixtures.upstream("d1", "openai", group: "gpt"), names
        ).add()
        loop.cooledDown("d1", provider: "openai", class: "Timeout", status: 504, names)
        loop.healthChecked("d1", provider: "openai", outcome: "success", names)
        var page = MetricsPage(
            metrics.read(
                at: Fixtures.time(200),
                deployments: [.init(id: "d1", level: .outage, cooldownSeconds: 1, inFlight: 0)]))
        let lines = String(decoding: page.text().bytes, as: UTF8.self).split(separator: "\n")
        return Set(lines.filter { $0.hasPrefix("# TYPE ") }.map { String($0.dropFirst("# TYPE ".count)) })
    }
}
