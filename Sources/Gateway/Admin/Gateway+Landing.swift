internal import ConfigFile
internal import HTTPServer
internal import HTTPWire
internal import JSONText
internal import Observability
internal import Routing

/// What a newcomer sees: the front page, the list of routes, readiness.
extension Gateway {
    func answerLanding(_ exchange: ServerExchange, _ record: RequestRecord, _ snapshot: Snapshot) async {
        let fields = exchange.head.fields
        let listed = snapshot.catalog.listing()
        let page = FrontPage(
            version: state.version, wantsKey: !snapshot.authentication.isOpen,
            wantsKeyForMetrics: snapshot.config.litellm.requireAuthForMetrics && !snapshot.authentication.isOpen,
            models: listed.filter { !$0.isWildcard }.map(\.name), wildcards: listed.filter(\.isWildcard).map(\.name),
            address: FrontPage.address(
                host: fields.string(.host), isTLS: fields.string("x-forwarded-proto") == "https"))
        await answer(exchange, record, page: page.html)
    }

    func answerIcon(_ exchange: ServerExchange, _ record: RequestRecord) async {
        await answer(exchange, record, page: Array(HTMLText.icon.utf8), type: "image/svg+xml", maxAge: 86400)
    }

    /// As a page to a browser, as JSON to everybody else.
    func answerRoutes(_ exchange: ServerExchange, _ record: RequestRecord, _ snapshot: Snapshot) async {
        let rows = routeRows(snapshot)
        guard
            exchange.head.fields.string("accept")?.utf8.split(separator: UInt8(ascii: ",")).contains(where: {
                $0.starts(with: "text/html".utf8) || $0.starts(with: " text/html".utf8)
            }) ?? false
        else {
            let values = rows.map { row -> JSONValue in
                .object([
                    .init("method", .string(row.method)), .init("paths", .array(row.paths.map { .string($0) })),
                    .init("summary", .string(row.summary)), .init("needs_key", .bool(row.needsKey)),
                ])
            }
            return await answer(exchange, record, json: .object([.init("routes", .array(values))]))
        }
        await answer(exchange, record, page: RoutesPage.html(rows))
    }

    /// No script runs on a page, and nothing is fetched from elsewhere.
    private func answer(
        _ exchange: ServerExchange, _ record: RequestRecord, page: [UInt8], type: String = "text/html; charset=utf-8",
        maxAge: Int = 0
    ) async {
        var fields = baseFields(record, exchange)
        fields.add("Content-Type", type)
        fields.add(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'; "
                + "frame-ancestors 'none'")
        fields.add("X-Content-Type-Options", "nosniff")
        fields.add("Referrer-Policy", "no-referrer")
        // What a page shows depends on who asks, and how.
        fields.add("Cache-Control", maxAge > 0 ? "max-age=\(maxAge)" : "no-store")
        record.status = 200
        record.answerBytes = page.count
        await exchange.answer(status: 200, fields: fields, body: page)
    }

    private func routeRows(_ snapshot: Snapshot) -> [RoutesPage.Row] {
        Routes.rows.map { row in
            let isBare = ["/", "/routes", "/metrics", "/favicon.ico"].contains(row.pattern)
            let both = !isBare && !row.pattern.hasPrefix("/health") && !row.pattern.hasPrefix("/router/")
            return RoutesPage.Row(
                method: row.method.rawValue, paths: both ? [row.pattern, "/v1\(row.pattern)"] : [row.pattern],
                summary: row.summary,
                needsKey: row.make("").needsKey(snapshot.config) && !snapshot.authentication.isOpen)
        }
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
