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
                    target: snapshot.catalog.checkTarget(of: deployment, model: info?.healthCheckModel))
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
                deployment: target.deployment, target: isWildcard ? target : known?.target ?? target)
        }
        return (targets, true, isWildcard)
    }

    /// Checks all of them, a few at a time. What somebody else has checked meanwhile is not asked for again.
    func run(
        _ checks: [HealthCheck], _ snapshot: Snapshot, waiter: Waiter, isCancelled: () -> Bool
    ) async -> HealthReport {
        let shared = LoopBound(waiter, on: loop)
        let wake: @Sendable () -> Void = { [loop] in loop.spawn { _ in shared.onLoop.wake() } }
        var rows: [Int: HealthReport.Row] = [:]
        var open: [(place: Int, check: RunningCheck, member: Int)] = []
        func collect() {
            open.removeAll { entry in
                guard let outcome = entry.check.outcome else { return false }
                rows[entry.place] = checks[entry.place].row(outcome)
                return true
            }
        }
        for (place, check) in checks.enumerated() {
            while open.count >= Gateway.callsAtOnce, !isCancelled() {
                collect()
                if open.count >= Gateway.callsAtOnce { await waiter.wait(until: .never) }
            }
            if isCancelled() { break }
            guard let target = check.target, check.settled == nil else {
                rows[place] = check.row(check.settled ?? .healthy)
                continue
            }
            let joined = join(target, snapshot, wake)
            open.append((place, joined.check, joined.place))
        }
        while !isCancelled() {
            collect()
            if open.isEmpty { break }
            await waiter.wait(until: .never)
        }
        for entry in open { entry.check.leave(entry.member) }
        return HealthReport(rows: rows.sorted { $0.key < $1.key }.map(\.value), checkedAt: wallClockSeconds())
    }

    /// The check of `target` that is under way, or a new one on this loop.
    private func join(
        _ target: Target, _ snapshot: Snapshot, _ wake: @escaping @Sendable () -> Void
    ) -> (check: RunningCheck, place: Int) {
        let key = HealthChecks.Key(
            deployment: target.deployment.id, model: Name(target.upstreamModel), snapshot: ObjectIdentifier(snapshot))
        let (check, place, isNew) = state.healthChecks.join(key, wake: wake)
        guard isNew else { return (check, place) }
        let own = Waiter(on: reactor)
        let shared = LoopBound((gateway: self, waiter: own), on: loop)
        check.onGivingUp { [loop] in loop.spawn { _ in shared.onLoop.waiter.giveUp() } }
        loop.spawn { _ in
            let (gateway, waiter) = shared.onLoop
            let outcome = await gateway.outcome(of: target, snapshot, waiter)
            waiter.retire()
            gateway.state.healthChecks.end(outcome, of: check, key)
        }
        return (check, place)
    }

    private func outcome(of target: Target, _ snapshot: Snapshot, _ waiter: Waiter) async -> HealthReport.Outcome {
        do throws(GatewayError) {
            try await probe(target, snapshot, waiter: waiter)
            return .healthy
        } catch {
            let found = error.outcome
            let own = snapshot.redactor(
                of: nil, quoting: [target.upstreamModel], known: [target.deployment.configuredModel])
            return .unhealthy(message: (own ?? snapshot.redactor).redact(found.message), status: found.status)
        }
    }
}

extension Gateway.HealthCheck {
    /// What is known without a call.
    var settled: HealthReport.Outcome? {
        if isLeftOut { return .unchecked(reason: "model_info.disable_background_health_check") }
        guard target != nil else {
            return .unchecked(
                reason: "a wildcard has no model of its own to call; set model_info.health_check_model")
        }
        return deployment.mock == nil ? nil : .healthy
    }

    func row(_ outcome: HealthReport.Outcome) -> HealthReport.Row {
        HealthReport.Row(
            deployment: deployment.id, group: deployment.group, model: deployment.configuredModel,
            base: deployment.base.text, outcome: outcome)
    }
}
