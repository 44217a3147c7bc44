internal import ConfigFile
internal import EventLoop
internal import HTTPServer
internal import HTTPWire
internal import JSONText
internal import Model
internal import Observability
internal import Routing

/// `GET /health`: a real, small call to every deployment, or what the latest background checks found.
extension Gateway {
    /// Calls under way at once, so that many deployments neither take for ever nor open everything together.
    private static let callsAtOnce = 8

    /// One deployment to be checked.
    struct HealthCheck {
        let deployment: Deployment
        /// What is asked; `nil` when there is nothing that could be.
        let target: Target?
        let isAlone: Bool
        /// Why it is not checked, though it could be.
        var isLeftOut = false
    }

    /// 503 when `?model=` or `?model_id=` asked for something and nothing of it is well; 200 for the whole list.
    func answerHealth(
        _ exchange: ServerExchange, _ record: RequestRecord, _ snapshot: Snapshot
    ) async throws(GatewayError) {
        let query = QueryItems(exchange.head.query ?? "")
        let (checks, isTargeted, isLive) = try checks(query, snapshot)
        let report: HealthReport
        if !isLive, snapshot.config.general.backgroundHealthChecks, let known = state.healthReport {
            report = known.about(Set(checks.map { Name($0.deployment.id) }))
        } else {
            report = await run(checks, snapshot, waiter: exchange.waiter) { exchange.isClientGone }
            if exchange.isClientGone { throw .clientGone }
        }
        let status = isTargeted && !report.hasHealthy ? 503 : 200
        await answer(exchange, record, status: status, json: report.json, redactedBy: snapshot.redactor)
    }

    /// Every deployment of the configuration.
    func allChecks(_ snapshot: Snapshot) -> [HealthCheck] {
        snapshot.catalog.groups.flatMap { group in
            group.deployments.map { deployment in
                let info = snapshot.catalog.entries[deployment.id]?.info
                return HealthCheck(
                    deployment: deployment,
                    target: snapshot.catalog.checkTarget(of: deployment, model: info?.healthCheckModel),
                    isAlone: group.deployments.count == 1)
            }
        }
    }

    /// - Returns: `isLive` when the question is about a name that background checks do not ask for.
    /// - Throws: `.unknownModel` when the question names nothing.
    private func checks(
        _ query: QueryItems, _ snapshot: Snapshot
    ) throws(GatewayError) -> (checks: [HealthCheck], isTargeted: Bool, isLive: Bool) {
        let all = allChecks(snapshot)
        if let id = query["model_id"] {
            let found = all.filter { Name($0.deployment.id) == Name(id) }
            guard !found.isEmpty else { throw .unknownModel(id, nearest: []) }
            return (found, true, false)
        }
        guard let name = query["model"] else { return (all, false, false) }
        let named = all.filter {
            Name($0.deployment.group) == Name(name) || Name($0.deployment.configuredModel) == Name(name)
        }
        if !named.isEmpty { return (named, true, false) }
        // An alias, or a name that a wildcard covers: the way a request would go.
        let route = try snapshot.catalog.route(to: name)
        let isWildcard = isPattern(route.group)
        let targets = route.targets.map { target in
            let known = all.first { Name($0.deployment.id) == Name(target.deployment.id) }
            return HealthCheck(
                deployment: target.deployment, target: isWildcard ? target : known?.target ?? target,
                isAlone: route.targets.count == 1)
        }
        return (targets, true, isWildcard)
    }

    /// Checks all of them, a few at a time.
    func run(
        _ checks: [HealthCheck], _ snapshot: Snapshot, waiter: Waiter, isCancelled: () -> Bool
    ) async -> HealthReport {
        let board = HealthBoard(waiter: waiter)
        for (place, check) in checks.enumerated() {
            while board.running >= Gateway.callsAtOnce, !isCancelled() { await waiter.wait(until: .never) }
            if isCancelled() { break }
            start(check, at: place, board, snapshot)
        }
        while board.running > 0, !isCancelled() { await waiter.wait(until: .never) }
        return board.report(at: wallClockSeconds())
    }

    private func start(_ check: HealthCheck, at place: Int, _ board: HealthBoard, _ snapshot: Snapshot) {
        board.began()
        let shared = LoopBound((gateway: self, board: board, check: check), on: loop)
        loop.spawn { _ in
            let (gateway, board, check) = shared.onLoop
            let outcome = await gateway.outcome(of: check, snapshot)
            let deployment = check.deployment
            board.ended(
                place,
                HealthReport.Row(
                    deployment: deployment.id, group: deployment.group,
                    model: deployment.configuredModel, base: deployment.base.text, outcome: outcome))
        }
    }

    private func outcome(of check: HealthCheck, _ snapshot: Snapshot) async -> HealthReport.Outcome {
        if check.isLeftOut { return .unchecked(reason: "model_info.disable_background_health_check") }
        guard let target = check.target else {
            return .unchecked(
                reason: "a wildcard has no model of its own to call; set model_info.health_check_model")
        }
        if check.deployment.mock != nil { return .healthy }
        do throws(GatewayError) {
            try await probe(target, isAlone: check.isAlone, snapshot)
            return .healthy
        } catch {
            let found = error.outcome
            return .unhealthy(message: snapshot.redactor.redact(found.message), status: found.status)
        }
    }
}
