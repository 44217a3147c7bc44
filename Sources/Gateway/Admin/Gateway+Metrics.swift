internal import ConfigFile
internal import EventLoop
internal import HTTPServer
internal import Model
internal import Observability
internal import Providers
internal import Routing

/// `GET /metrics`, and the closed sets that its labels come from.
extension Gateway {
    func answerMetrics(_ exchange: ServerExchange, _ record: RequestRecord, _ snapshot: Snapshot) async {
        let now = LoopTime.now()
        var page = MetricsPage(state.metrics.read(at: now, deployments: gauges(snapshot, at: now.sinceBoot)))
        var text = PrometheusText()
        // A large page takes milliseconds, and the loop has others to serve.
        while page.writeNext(to: &text) { await exchange.waiter.yield() }
        var fields = baseFields(record, exchange)
        fields.add("Content-Type", PrometheusText.contentType)
        fields.add("Cache-Control", "no-store")
        record.status = 200
        record.answerBytes = text.bytes.count
        await exchange.answer(status: 200, fields: fields, body: text.bytes)
    }

    /// Every deployment of the configuration, asked or not, and those of `model: "*"` that were.
    private func gauges(_ snapshot: Snapshot, at now: Duration) -> [MetricsReading.DeploymentGauge] {
        let known = Dictionary(state.board.all.map { (Name($0.id), $0.state) }) { first, _ in first }
        let configured = snapshot.catalog.groups.flatMap(\.deployments).map(\.id)
        let others = Set(known.keys).subtracting(configured.map { Name($0) }).map(\.text)
            .filter(snapshot.catalog.entries.contains)
        return (configured + others.sorted()).map { id in
            guard let state = known[Name(id)] else {
                return .init(id: id, level: .healthy, cooldownSeconds: 0, inFlight: 0)
            }
            var left = Duration.zero
            var level: MetricsReading.DeploymentGauge.Level = state.isFailing ? .partial : .healthy
            if let rest = state.rest {
                left = max(.zero, rest.until - now)
                level = left > .zero ? .outage : .partial
            }
            return .init(id: id, level: level, cooldownSeconds: left.milliseconds / 1000, inFlight: state.inFlight)
        }
    }
}

extension Snapshot {
    /// What may become a label under this configuration.
    func metricNames(in table: LabelTable) -> MetricNames {
        var deployments = catalog.groups.flatMap(\.deployments).map { deployment in
            DeploymentFacts(
                id: deployment.id, group: deployment.group, provider: deployment.provider,
                model: deployment.configuredModel, base: redactor.redact(deployment.base.text))
        }
        // The others cannot be called, or the client's name decides whom they call. Mostly there are none.
        if deployments.count < catalog.entries.ids.count {
            let settled = Set(deployments.map { Name($0.id) })
            for id in catalog.entries.ids where !settled.contains(Name(id)) {
                guard let entry = catalog.entries[id] else { continue }
                deployments.append(
                    DeploymentFacts(id: id, group: entry.name, provider: nil, model: entry.params.model, base: nil))
            }
        }
        return MetricNames(
            in: table, models: catalog.groups.map(\.name) + catalog.aliases.map(\.alias), deployments: deployments,
            providers: ProviderTable.all.map(\.prefix), outcomes: FailureClass.allCases.map(\.rawValue),
            routes: Routes.rows.map(\.pattern))
    }
}
