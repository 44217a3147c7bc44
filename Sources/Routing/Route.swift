internal import JSONText
package import Model
internal import Providers

/// Where a name leads: the same for every endpoint, health check, connection test and fallback entry. A class, so that a
/// request takes it with one retain.
package final class Route: Sendable {
    /// What the client asked for, and what answers call the model.
    package let requested: String
    /// The same as a JSON string, quotes included.
    package let requestedText: [UInt8]
    /// The group's `model_name`, or the pattern. Fallbacks, cooldowns and metrics go by it.
    package let group: String
    /// In the file's order. Empty only when nobody speaks the endpoint that is asked for.
    package let targets: [Target]
    /// How the name led to the group.
    package let steps: [Step]
    /// Entries of the group that cannot be called.
    package let leftOut: [CatalogIssue]

    init(requested: String, group: String, targets: [Target], steps: [Step], leftOut: [CatalogIssue] = []) {
        self.requested = requested
        requestedText = jsonText(of: requested)
        self.group = group
        self.targets = targets
        self.steps = steps
        self.leftOut = leftOut
    }

    /// Nothing has the name; it leads to what stands in for unknown ones.
    package var isDefaultFallback: Bool {
        steps.contains { step in if case .defaultFallback = step { true } else { false } }
    }

    /// The same way to fewer targets.
    package func with(targets: [Target]) -> Route {
        Route(requested: requested, group: group, targets: targets, steps: steps, leftOut: leftOut)
    }

    /// The same targets under the name that was asked for.
    func asked(as name: String, through steps: [Step]) -> Route {
        Route(
            requested: name, group: group, targets: targets.map { $0.asked(as: name) }, steps: steps + self.steps,
            leftOut: leftOut)
    }
}

/// One upstream that may answer, with what it will be asked for. A class, so that handing it on costs one retain: its
/// deployment alone holds more than a dozen references, and every loop's requests share them.
package final class Target: Sendable {
    package let deployment: Deployment
    /// How its provider is called; many deployments share it.
    package let access: Access
    /// What goes upstream as `model`: captures substituted, the provider's prefix removed.
    package let upstreamModel: String
    /// The same as a JSON string, quotes included.
    package let upstreamModelText: [UInt8]
    /// How `litellm_params.model` became `upstreamModel`.
    package let steps: [Step]
    /// `x-penstock-route` when this target answers: `mymodel>openrouter/*>openrouter:openai/gpt-4o`.
    package let trail: String
    /// The number of its deployment: 0 up to, not including, `Catalog.deploymentCount`. What a loop keeps of each one lies
    /// in an array by it, since a look-up by id would hash 64 bytes, five times a request.
    package let place: Int
    /// The deployment serves many models: each of them may rest alone.
    private let isWildcard: Bool
    /// Whether a key is wanted and not there: the request would only be refused.
    package let lacksKey: Bool

    init(_ choice: Blueprint.Choice, requested: String, upstreamModel: String, steps: [Step]) {
        deployment = choice.deployment
        access = choice.access
        place = choice.place
        isWildcard = deployment.group.utf8.contains(UInt8(ascii: "*"))
        lacksKey =
            access.authentication == nil && deployment.credential != nil
            && !deployment.headers.contains { $0.name == choice.access.provider.authenticationFieldName }
        self.upstreamModel = upstreamModel
        upstreamModelText = jsonText(of: upstreamModel)
        self.steps = steps
        trail = RouteTrail.text(
            requested: requested, group: deployment.group, provider: access.provider.prefix, model: upstreamModel)
    }

    private init(_ other: Target, requested: String, model: String) {
        deployment = other.deployment
        access = other.access
        place = other.place
        isWildcard = other.isWildcard
        lacksKey = other.lacksKey
        upstreamModel = model
        upstreamModelText = jsonText(of: model)
        steps = other.steps
        trail = RouteTrail.text(
            requested: requested, group: deployment.group, provider: access.provider.prefix, model: model)
    }

    func asked(as name: String) -> Target {
        Target(self, requested: name, model: upstreamModel)
    }

    /// The same deployment, asked for another of its provider's models. `nil` when `id` is no id.
    package func asking(for id: String) -> Target? {
        guard let name = try? ModelName(id, of: access.provider) else { return nil }
        return Target(self, requested: id, model: name.model)
    }

    /// The model, when the deployment serves many: each of them may rest alone.
    package var wildcardModel: String? { isWildcard ? upstreamModel : nil }

    /// The head of a request for `endpoint` is the same whatever the model is.
    package var hasFixedPath: Bool { !access.requestTargets.isEmpty }

    package func speaks(_ endpoint: Endpoint) -> Bool {
        access.speaks(endpoint)
    }

    /// Path and query of the upstream request.
    package func requestTarget(for endpoint: Endpoint) -> String {
        access.requestTargets[endpoint]
            ?? access.provider.requestTarget(for: endpoint, model: upstreamModel, base: deployment.base)
    }
}

/// One turn on the way from a client's name to an upstream's model.
package enum Step: Sendable, Hashable, CustomStringConvertible {
    case alias(String, target: String)
    case group(String)
    case deploymentID(String)
    case wildcard(pattern: String, captures: [String])
    /// A known name without a prefix was looked up once more with one.
    case inferred(name: String, lookedUp: String)
    /// The request is `litellm_params.model` of this group.
    case configuredModel(String, group: String)
    case defaultFallback(String, unknown: String)
    /// `pattern` is `litellm_params.model`.
    case substituted(pattern: String, result: String)
    case prefixRemoved(String)
    /// The provider's own id begins with its prefix.
    case sentWhole(String)
    case completed(String)

    /// For a person.
    package var description: String {
        switch self {
        case .alias(let alias, let target):
            "alias `\(printable(alias))` -> `\(printable(target))`"
        case .group(let name):
            "model group `\(printable(name))`"
        case .deploymentID(let id):
            "deployment id `\(printable(id))`"
        case .wildcard(let pattern, let captures):
            "wildcard `\(printable(pattern))` matches, * = "
                + captures.map { "`\(printable($0))`" }.joined(separator: ", ")
        case .inferred(let name, let lookedUp):
            "`\(printable(name))` is a known model, looked up as `\(printable(lookedUp))`"
        case .configuredModel(let model, let group):
            "`\(printable(model))` is the configured model of group `\(printable(group))`"
        case .defaultFallback(let target, let unknown):
            "`\(printable(unknown))` is unknown, first default fallback `\(printable(target))` instead"
        case .substituted(let pattern, let result):
            "`\(printable(pattern))` becomes `\(printable(result))`"
        case .prefixRemoved(let prefix):
            "prefix `\(prefix)` removed"
        case .sentWhole(let model):
            "`\(printable(model))` is the provider's own id, sent whole"
        case .completed(let model):
            "completed to `\(printable(model))`"
        }
    }
}
