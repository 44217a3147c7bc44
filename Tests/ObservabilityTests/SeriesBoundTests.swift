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
