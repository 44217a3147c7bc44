package import EventLoop
package import HTTPServer
internal import HTTPWire
internal import JSONText
internal import Model
package import Observability
internal import Routing
package import Upstream

/// Answers the requests of one loop. Loop-owned; what loops share is in `GatewayState`.
package final class Gateway: RequestHandler {
    let state: GatewayState
    let client: UpstreamClient
    let loop: EventLoop
    let reactor: Reactor
    /// What this loop counts.
    package let metrics: LoopMetrics
    /// The labels of the configuration that the latest request began with.
    private(set) var metricNames: MetricNames
    var requestIDs = RequestIDSource()
    /// In this turn of the loop; still to be counted and logged.
    private var endedRecords: [RequestRecord] = []
    private var endedExchanges: [ServerExchange] = []
    /// Of the configuration that the latest request began with.
    private(set) var lanes: Lanes

    package init(state: GatewayState, client: UpstreamClient, on loop: isolated EventLoop) {
        self.state = state
        self.client = client
        self.loop = loop
        reactor = loop.reactor
        metrics = state.metrics.addLoop()
        let snapshot = state.snapshot
        metricNames = state.metricNames(of: snapshot)
        lanes = Lanes(snapshot, board: state.board, client: client)
    }

    /// From a parsed head to a logged answer: who asks, route, authenticate, act, and on any failure the one error answer.
    package func respond(to exchange: ServerExchange) async {
        let snapshot = currentSnapshot()
        let record = RequestRecord(startedAt: exchange.startedAt)
        metrics.requestBegan()
        record.requestID = requestIDs.next()
        record.method = exchange.head.method.rawValue
        do throws(GatewayError) {
            if let policy = snapshot.addressPolicy { try policy.check(exchange) }
            // First of all: nothing is done for a page that may not ask, and its body is not read.
            if let policy = snapshot.originPolicy { try policy.check(exchange.head) }
            if exchange.head.method == .options {
                await answerPreflight(exchange, record)
            } else {
                let found = try Routes.find(exchange.head)
                let operation = found.operation
                record.route = found.index
                record.path = found.path
                record.isInference = operation.isInference
                if operation.needsKey(snapshot.config) { try authenticate(exchange, snapshot) }
                if case .infer(let endpoint, let model) = operation {
                    try await infer(endpoint, pathModel: model, exchange, record)
                } else {
                    try await perform(operation, exchange, snapshot, record)
                }
            }
        } catch {
            await answer(error, exchange, snapshot, record)
        }
        if record.path.isEmpty { record.path = exchange.head.path }
        if endedRecords.isEmpty { reactor.writeLastAtTurnEnd(self) }
        endedRecords.append(record)
        endedExchanges.append(exchange)
    }

    private func currentSnapshot() -> Snapshot {
        let snapshot = state.snapshot
        if snapshot !== lanes.snapshot {
            metricNames = state.metricNames(of: snapshot)
            lanes = Lanes(snapshot, board: state.board, client: client)
        }
        return snapshot
    }

    /// The lanes of `snapshot`: a health check may still be at an older one.
    func lanes(of snapshot: Snapshot) -> Lanes {
        snapshot === lanes.snapshot ? lanes : Lanes(snapshot, board: state.board, client: client)
    }

    private func infer(
        _ endpoint: Endpoint, pathModel: String?, _ exchange: ServerExchange, _ record: RequestRecord
    ) async throws(GatewayError) {
        metrics.inferenceBegan()
        defer { metrics.inferenceEnded() }
        let inference = Inference(gateway: self, exchange: exchange, lanes: lanes, record: record)
        try await inference.run(asked: endpoint, pathModel: pathModel)
    }

    private func perform(
        _ operation: Operation, _ exchange: ServerExchange, _ snapshot: Snapshot, _ record: RequestRecord
    ) async throws(GatewayError) {
        switch operation {
        case .infer(let endpoint, let model): try await infer(endpoint, pathModel: model, exchange, record)
        case .listModels: await answerModelList(exchange, record, snapshot)
        case .showModel(let name):
            let shown = try model(name, snapshot)
            await answer(exchange, record, json: shown, redactedBy: hideSecrets(in: [name], exchange, snapshot, record))
        case .modelInfo:
            await answer(exchange, record, json: modelInfo(snapshot), redactedBy: snapshot.redactor)
        case .explainRoute:
            let explanation = try explainRoute(exchange.head, snapshot)
            let redactor = hideSecrets(in: [explanation.requested], exchange, snapshot, record)
            await answer(exchange, record, json: explanation.json, redactedBy: redactor ?? snapshot.redactor)
        case .routes: await answerRoutes(exchange, record, snapshot)
        case .landing: await answerLanding(exchange, record, snapshot)
        case .icon: await answerIcon(exchange, record)
        case .liveness: await answer(exchange, record, json: .string("I'm alive!"))
        case .readiness: await answerReadiness(exchange, record)
        case .health:
            try snapshot.originPolicy?.checkSpending(exchange.head)
            try await answerHealth(exchange, record, snapshot)
        case .metrics: await answerMetrics(exchange, record, snapshot)
        case .cooldowns:
            let redactor = hideSecrets(in: modelsThatRest(), exchange, snapshot, record)
            await answer(exchange, record, json: cooldowns(snapshot), redactedBy: redactor ?? snapshot.redactor)
        case .clearCooldowns: await answer(exchange, record, json: try clearCooldowns(exchange.head, snapshot))
        }
    }
}

extension Gateway: TurnEndWriter {
    /// Counts and logs the requests that ended in this turn, once their answers have left: nobody waits for it, and the code
    /// of either stays in the processor's cache from one to the next (docs/decisions/0010).
    package func writeAtTurnEnd() {
        let now = LoopTime.now()
        for (place, exchange) in endedExchanges.enumerated() where exchange.failedToLeave {
            endedRecords[place].clientLeft = true
        }
        // Counted first: who sees the line may rely on the counts.
        metrics.requestsEnded(endedRecords, metricNames, at: now, lag: reactor.takeLag())
        for record in endedRecords { state.log.write(record, at: now) }
        metrics.requestsLogged(endedRecords.count)
        endedRecords.removeAll(keepingCapacity: true)
        endedExchanges.removeAll(keepingCapacity: true)
    }
}
