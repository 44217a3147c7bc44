package import JSONText
package import Model
import Providers

/// Why a request goes where it goes: what `penstock explain`, `GET /v1/route` and the header `x-penstock-route` say.
///
/// It holds names of variables and never a key, and no query of a URL but its `api-version`.
package struct RouteExplanation: Sendable, Hashable {
    package struct Upstream: Sendable, Hashable {
        package let deployment: Deployment.ID
        package let provider: String
        package let model: String
        package let url: String
        package let key: KeySource
        /// Whether the provider is asked for this endpoint directly.
        package let speaksEndpoint: Bool
        package let steps: [String]
        /// `x-penstock-route` when this one answers.
        package let header: String
    }

    package enum KeySource: Sendable, Hashable {
        /// None is wanted, or `extra_headers` holds it.
        case none
        case configuration(isSet: Bool)
        case environment(String, isSet: Bool)
    }

    package let requested: String
    package let endpoint: Endpoint
    package let group: String
    package let steps: [String]
    package let upstreams: [Upstream]
    /// Entries of the group that cannot be called, and why.
    package let leftOut: [String]

    package init(_ route: Route, endpoint: Endpoint) {
        requested = route.requested
        self.endpoint = endpoint
        group = route.group
        steps = route.steps.map(\.description)
        upstreams = route.targets.map { Upstream($0, endpoint: endpoint) }
        leftOut = route.leftOut.map(\.explanation)
    }

    /// The header for the first upstream.
    package var header: String { upstreams.first?.header ?? "" }
}

extension RouteExplanation.Upstream {
    init(_ target: Target, endpoint: Endpoint) {
        let base = target.deployment.base
        deployment = target.deployment.id
        provider = target.access.provider.prefix
        model = target.upstreamModel
        url = "\(base.scheme.rawValue)://\(base.authority)\(withoutSecrets(target.requestTarget(for: endpoint)))"
        key =
            switch target.deployment.credential {
            case nil: .none
            case .some(let credential):
                switch credential.source {
                case .configuration: .configuration(isSet: credential.secret != nil)
                case .environment(let name): .environment(name, isSet: credential.secret != nil)
                }
            }
        speaksEndpoint = target.speaks(endpoint)
        steps = target.steps.map(\.description)
        header = target.trail
    }
}

/// A request target whose query is cut down to `api-version`: what else operators put there may be a key.
private func withoutSecrets(_ target: String) -> String {
    let parts = target.split(separator: "?", maxSplits: 1)
    guard let path = parts.first, parts.count == 2, let query = parts.last else { return target }
    let shown = query.split(separator: "&").filter { $0.hasPrefix("api-version=") }.joined(separator: "&")
    return shown.isEmpty ? String(path) : "\(path)?\(shown)"
}

extension RouteExplanation.KeySource: CustomStringConvertible {
    package var description: String {
        switch self {
        case .none: "none"
        case .configuration(let isSet): "written in the configuration\(isSet ? "" : " (empty)")"
        case .environment(let name, let isSet): "variable \(name) (\(isSet ? "set" : "not set"))"
        }
    }
}

extension RouteExplanation {
    /// For a terminal: no control characters, one fact per line.
    package var lines: [String] {
        var lines = ["\(printable(requested)) on /v1/\(endpoint.path)"]
        lines += steps.map { "  \($0)" }
        for upstream in upstreams {
            lines.append("  -> \(upstream.provider): \(printable(upstream.model))")
            lines += upstream.steps.map { "     \($0)" }
            lines.append("     deployment  \(printable(upstream.deployment))")
            lines.append("     url         \(upstream.url)")
            lines.append("     key         \(upstream.key)")
            if !upstream.speaksEndpoint {
                lines.append("     endpoint    \(upstream.provider) has no /\(endpoint.path) of its own")
            }
        }
        lines += leftOut.map { "  left out: \($0)" }
        return lines
    }

    package var json: JSONValue {
        .object([
            .init("requested", .string(requested)),
            .init("endpoint", .string("/v1/\(endpoint.path)")),
            .init("group", .string(group)),
            .init("steps", .array(steps.map { .string($0) })),
            .init("route", .string(header)),
            .init("deployments", .array(upstreams.map(\.json))),
            .init("left_out", .array(leftOut.map { .string($0) })),
        ])
    }
}

extension RouteExplanation.Upstream {
    fileprivate var json: JSONValue {
        .object([
            .init("id", .string(deployment)),
            .init("provider", .string(provider)),
            .init("model", .string(model)),
            .init("url", .string(url)),
            .init("key", key.json),
            .init("speaks_endpoint", .bool(speaksEndpoint)),
            .init("steps", .array(steps.map { .string($0) })),
            .init("route", .string(header)),
        ])
    }
}

extension RouteExplanation.KeySource {
    fileprivate var json: JSONValue {
        switch self {
        case .none:
            .object([.init("source", .string("none"))])
        case .configuration(let isSet):
            .object([.init("source", .string("configuration")), .init("set", .bool(isSet))])
        case .environment(let name, let isSet):
            .object([
                .init("source", .string("environment")), .init("variable", .string(name)), .init("set", .bool(isSet)),
            ])
        }
    }
}
