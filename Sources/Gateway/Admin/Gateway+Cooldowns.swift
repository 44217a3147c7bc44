internal import ConfigFile
internal import EventLoop
internal import HTTPWire
internal import JSONText
internal import Model
internal import Observability
internal import Routing

/// `/router/cooldowns`: which deployments rest, why and for how long, and a way to end it.
extension Gateway {
    func cooldowns(_ snapshot: Snapshot) -> JSONValue {
        let now = LoopTime.now().sinceBoot
        let wall = wallClockSeconds()
        let rows = state.board.all.flatMap { id, state -> [JSONValue] in
            let configured = snapshot.catalog.entries[id].map { $0.params.model }
            let whole = state.rest.map { [(configured, $0)] } ?? []
            let single = state.modelRests.current(at: now).map { (Optional($0.model), $0.rest) }
            return (whole + single).map { model, rest in
                row(id, snapshot.catalog.entries[id]?.name, model, rest, at: now, wall: wall)
            }
        }
        return .object([.init("cooldowns", .array(rows)), .init("count", .number(rows.count))])
    }

    /// Those of wildcards that rest alone: their names are clients'.
    func modelsThatRest() -> [String] {
        let now = LoopTime.now().sinceBoot
        return state.board.all.flatMap { $0.state.modelRests.current(at: now).map(\.model) }
    }

    private func row(
        _ id: Deployment.ID, _ group: String?, _ model: String?, _ rest: DeploymentState.Rest, at now: Duration,
        wall: Double
    ) -> JSONValue {
        let left = max(.zero, rest.until - now).milliseconds / 1000
        let since = wall - (now - rest.since).milliseconds / 1000
        return .object([
            .init("deployment", .string(id)), .init("model_group", group.map { .string($0) } ?? .null),
            .init("provider", .string(rest.reason.provider)), .init("model", model.map { .string($0) } ?? .null),
            // Once the time is over, the next request or health check decides.
            .init("state", left > 0 ? "resting" : "probing"),
            .init("class", .string(rest.reason.failureClass.rawValue)), .init("status", .number(rest.reason.status)),
            // What a provider said goes when the time is over.
            .init("message", left > 0 ? rest.reason.text.map { .string($0) } ?? .null : .null),
            .init("seconds_left", .number((left * 1000).rounded() / 1000)), .init("since", .string(timestamp(since))),
        ])
    }

    /// - Throws: when `?deployment=` names none.
    func clearCooldowns(_ head: RequestHead, _ snapshot: Snapshot) throws(GatewayError) -> JSONValue {
        let id = QueryItems(head.query ?? "")["deployment"]
        if let id, !snapshot.catalog.entries.contains(id), !state.board.all.contains(where: { Name($0.id) == Name(id) })
        {
            throw .invalidRequest(
                param: "deployment", message: "No deployment has this id; GET /router/cooldowns lists those that rest.")
        }
        let cleared = state.board.clearRests(id, at: LoopTime.now().sinceBoot)
        state.log.write(.info, "cooldowns cleared", ["deployment": .text(id ?? "all"), "count": .number(cleared)])
        return .object([.init("cleared", .number(cleared))])
    }
}
