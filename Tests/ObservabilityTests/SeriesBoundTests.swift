import EventLoop
import Testing

@testable import Observability

/// Nothing that a client or an upstream sends makes the registry grow.
@Suite struct SeriesBoundTests {
    @Test func hundredThousandModelNamesAreAFewSeries() {
        let metrics = Metrics(version: "1")
        let names = Fixtures.names(in: metrics.labels)
        let loop = metrics.addLoop()
        let labels = metrics.labels.snapshot.texts.count
        for number in 0..<100_000 {
            // Unknown; by the wildcard; through a chain that names groups of its own; at a provider that nobody knows.
            let name = "evil-\(number)"
            let record =
                switch number % 4 {
                case 0: Fixtures.record(model: name, status: 404)
                case 1: Fixtures.record(model: name, [Fixtures.attempt("dw", "openrouter", group: "openrouter/*")])
                case 2: Fixtures.record(model: "gpt", [Fixtures.attempt("d1", "openai", group: name)])
                default: Fixtures.record(model: name, [Fixtures.attempt(name, name, group: name, name, 500)])
                }
            loop.requestsEnded([record], names, at: Fixtures.time(120), lag: .zero)
        }
        #expect(metrics.labels.snapshot.texts.count == labels)
        let reading = metrics.read(at: Fixtures.time(200), deployments: [])
        #expect(reading.tables.requests.count == 4)
        #expect(reading.tables.seriesCount < 20)
        #expect(reading.tables.overflowTotal == 0)
        #expect(reading.tables.requests.rows.reduce(0) { $0 + $1.requests } == 100_000)
        var page = MetricsPage(reading)
        let text = page.text().bytes
        #expect(!String(decoding: text, as: UTF8.self).contains("evil"))
        #expect(text.count < 60_000)
    }

    @Test func whoAnsweredComesFromClosedSets() {
        let metrics = Metrics(version: "1")
        let names = Fixtures.names(in: metrics.labels)
        func answered(_ deployment: String, _ asked: String, _ model: String?, _ provider: String?) {
            metrics.answers.count(
                AnswererLabels(model: model, provider: provider, redactor: Redactor(secrets: [])),
                of: Fixtures.upstream(deployment, "openrouter", group: "g", model: asked), names
            ).add()
        }
        answered("d1", "gpt-4o", "gpt-4o", nil)
        answered("dw", "openrouter/auto", "gpt-4o", "OpenInference")
        answered("dw", "openrouter/auto", nil, "groq")
        for number in 0..<5000 { answered("evil-\(number)", "evil", "evil-\(number)", "evil-\(number)") }
        for number in 0..<5000 { answered("dw", "evil-\(number)", "evil-\(number)", "P") }
        var page = MetricsPage(metrics.read(at: Fixtures.time(200), deployments: []))
        let lines = String(decoding: page.text().bytes, as: UTF8.self).split(separator: "\n")
            .filter { $0.hasPrefix("penstock_answers_total") }.map {
                $0.split(separator: ",").suffix(3).joined(separator: ",")
            }
        #expect(
            Set(lines) == [
                #"model_id="d1",answered_model="as_asked",answered_provider="None"} 1"#,
                #"model_id="dw",answered_model="gpt-4o",answered_provider="OpenInference"} 1"#,
                #"model_id="dw",answered_model="None",answered_provider="groq"} 1"#,
                #"model_id="other",answered_model="other",answered_provider="other"} 5000"#,
                #"model_id="dw",answered_model="as_asked",answered_provider="other"} 5000"#,
            ])
    }

    @Test func aFullTableCountsUnderOther() {
        var table = SeriesTable<MetricTables.StatusKey, MetricTables.Count>(limit: 3)
        for status in [1, 2, 3, 4, 5, 1, 4] as [UInt16] { table.update(.init(status: status)) { $0.value += 1 } }
        #expect(table.keys.map(\.status) == [1, 2, 3, 0])
        #expect(table.rows.map(\.value) == [2, 1, 1, 3])
        #expect(table.overflowTotal == 3)
        var sum = SeriesTable<MetricTables.StatusKey, MetricTables.Count>(limit: 2)
        sum.merge(table, at: Fixtures.start)
        #expect(sum.keys.map(\.status) == [1, 2, 0])
        #expect(sum.rows.map(\.value) == [2, 1, 4])
        #expect(sum.overflowTotal == 4)
    }

    @Test func statusesOfAnUpstreamAreBoundedToo() {
        var tables = MetricTables()
        let names = Fixtures.names(in: LabelTable())
        for status in 0..<70_000 {
            tables.observe(
                Fixtures.record(
                    model: "gpt", status: status,
                    [Fixtures.attempt("d1", "openai", group: "gpt", "InternalServerError", status)]), names,
                at: Fixtures.time(120))
        }
        #expect(tables.requests.count == 4097)
        #expect(tables.attempts.count == 4097)
        #expect(tables.overflowTotal > 100_000)
    }

    @Test func labelsEndAtTheirLimitAndSurviveAReload() {
        let table = LabelTable()
        let first = table.label("a")
        for number in 0..<100_100 { _ = table.label("n\(number)") }
        #expect(table.label("a") == first)
        #expect(table.label("one more") == .other)
        #expect(table.snapshot.text(first) == "a")
        #expect(table.snapshot.texts.count == 100_000)
    }
}
