internal import JSONText
package import Model
internal import Observability

/// What health checks have found. A value.
package struct HealthReport: Sendable {
    package enum Outcome: Sendable, Hashable {
        case healthy
        /// - Parameter message: redacted.
        case unhealthy(message: String, status: Int)
        case unchecked(reason: String)
    }

    package struct Row: Sendable {
        package let deployment: Deployment.ID
        package let group: String
        /// `litellm_params.model`.
        package let model: String
        package let base: String
        package let outcome: Outcome
    }

    /// In the configuration's order.
    package let rows: [Row]
    /// Seconds since 1970.
    package let checkedAt: Double

    /// Only what is known of these deployments.
    func about(_ ids: Set<Name>) -> HealthReport {
        HealthReport(rows: rows.filter { ids.contains(Name($0.deployment)) }, checkedAt: checkedAt)
    }

    var hasHealthy: Bool { rows.contains { $0.outcome == .healthy } }

    /// LiteLLM's form, and what could not be checked beside it.
    var json: JSONValue {
        var healthy: [JSONValue] = []
        var unhealthy: [JSONValue] = []
        var unchecked: [JSONValue] = []
        for row in rows {
            var members: [JSONValue.Member] = [
                .init("model", .string(row.model)), .init("model_name", .string(row.group)),
                .init("model_id", .string(row.deployment)), .init("api_base", .string(row.base)),
            ]
            switch row.outcome {
            case .healthy: healthy.append(.object(members))
            case .unhealthy(let message, let status):
                members.append(.init("error", .string(message)))
                members.append(.init("exception_status", .number(status)))
                unhealthy.append(.object(members))
            case .unchecked(let reason):
                members.append(.init("reason", .string(reason)))
                unchecked.append(.object(members))
            }
        }
        return .object([
            .init("healthy_endpoints", .array(healthy)), .init("unhealthy_endpoints", .array(unhealthy)),
            .init("unchecked_endpoints", .array(unchecked)), .init("healthy_count", .number(healthy.count)),
            .init("unhealthy_count", .number(unhealthy.count)), .init("unchecked_count", .number(unchecked.count)),
            .init("checked_at", .string(timestamp(checkedAt))),
        ])
    }
}
