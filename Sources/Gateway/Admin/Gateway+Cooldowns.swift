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
        let rows = state.board.all.compactMap { id, state -> JSONValue? in
            guard let rest = state.rest else { return nil }
            let entry = snapshot.catalog.entries[id]
            let left = max(.zero, rest.until - now).milliseconds / 1000
            let since = wall - (now - rest.since).milliseconds / 1000
            return .object([
                .init("deployment", .string(id)), .init("model_group", entry.map { .string($0.name) } ?? .null),
                .init("provider", .string(rest.failure.provider)),
                .init("model", entry.map { .string($0.params.model) } ?? .null),
                // Once the time is over, the next request or health check decides.
                .init("state", left > 0 ? "resting" : "probing"),
                .init("class", .string(rest.failureClass.rawValue)), .init("status", .number(rest.failure.status)),
                .init("message", .string(snapshot.redactor.redact(rest.failure.message))),
                .init("seconds_left", .number((left * 1000).rounded() / 1000)),
                .init("since", .string(timestamp(since))),
            ])
        }
        return .object([.init("cooldowns", .array(rows)), .init("count", .number(rows.count))])
    }

    /// - Throws: when `?deployment=` names none.
    func clearCooldowns(_ head: RequestHead, _ snapshot: Snapshot) throws(GatewayError) -> JSONValue {
        let id = QueryItems(head.query ?? "")["deployment"]
        if let id, snapshot.catalog.entries[id] == nil, !state.board.all.contains(where: { $0.id == id }) {
            throw .invalidRequest(
                param: "deployment", message: "No deployment has this id; GET /router/cooldowns lists those that rest.")
        }
        let cleared = state.board.clearRests(id, at: LoopTime.now().sinceBoot)
        state.log.write(.info, "cooldowns cleared", ["deployment": id ?? "all", "count": "\(cleared)"])
        return .object([.init("cleared", .number(cleared))])
    }
}
