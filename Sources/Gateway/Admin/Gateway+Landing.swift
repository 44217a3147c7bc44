internal import HTTPServer
internal import HTTPWire
internal import JSONText
internal import Observability

/// What a newcomer sees: the front page, the list of routes, readiness.
extension Gateway {
    func answerLanding(_ exchange: ServerExchange, _ record: RequestRecord) async {
        let page = """
            <!doctype html>
            <html lang="en"><meta charset="utf-8"><title>Penstock</title>
            <style>body{font:16px/1.5 system-ui;max-width:40em;margin:3em auto;padding:0 1em}code{background:#8882;padding:.1em .3em}</style>
            <h1>Penstock \(state.version)</h1>
            <p>An OpenAI-compatible gateway for language models. Point your app's <code>base_url</code> here.</p>
            <ul>
            <li><code>POST /v1/chat/completions</code>, <code>/v1/responses</code>, <code>/v1/completions</code>, <code>/v1/embeddings</code></li>
            <li><a href="/v1/models">/v1/models</a>: what can be asked for</li>
            <li><a href="/routes">/routes</a>: everything that is answered</li>
            <li><a href="/health/readiness">/health/readiness</a></li>
            </ul>
            <p>Documentation: <code>README.md</code>, <code>docs/CONFIG.md</code> and <code>docs/ARCHITECTURE.md</code> of the project.
            <code>penstock explain MODEL</code>, or <code>/v1/route?model=MODEL</code>, tells where a request goes and why.</p>
            </html>

            """
        var fields = baseFields(record, exchange)
        fields.add("Content-Type", "text/html; charset=utf-8")
        fields.add("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
        fields.add("X-Content-Type-Options", "nosniff")
        record.status = 200
        record.answerBytes = page.utf8.count
        await exchange.answer(status: 200, fields: fields, body: Array(page.utf8))
    }

    func routeList() -> JSONValue {
        let snapshot = state.snapshot
        let rows = Routes.rows.map { row -> JSONValue in
            let isBare = ["/", "/routes", "/metrics"].contains(row.pattern)
            let both = !isBare && !row.pattern.hasPrefix("/health") && !row.pattern.hasPrefix("/router/")
            let paths = both ? [row.pattern, "/v1\(row.pattern)"] : [row.pattern]
            return .object([
                .init("method", .string(row.method.rawValue)), .init("paths", .array(paths.map { .string($0) })),
                .init("summary", .string(row.summary)),
                .init("needs_key", .bool(row.make("").needsKey(snapshot.config) && !snapshot.authentication.isOpen)),
            ])
        }
        return .object([.init("routes", .array(rows))])
    }

    /// 503 while the process drains, so that a balancer sends new work elsewhere.
    func answerReadiness(_ exchange: ServerExchange, _ record: RequestRecord) async {
        let isDraining = state.isDraining || exchange.isDraining
        await answer(
            exchange, record, status: isDraining ? 503 : 200,
            json: .object([
                .init("status", .string(isDraining ? "draining" : "healthy")), .init("db", "Not connected"),
                .init("version", .string(state.version)),
            ]))
    }
}
