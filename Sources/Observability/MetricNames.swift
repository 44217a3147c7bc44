internal import Model

/// The closed sets that label values come from, made of one configuration. Immutable.
///
/// A request names its model, and through chains and wildcards its group and upstream model as well: none of that becomes
/// a label unless the configuration has the name.
package final class MetricNames: Sendable {
    /// A deployment with its group and provider.
    struct Place: Sendable {
        var deployment: MetricLabel
        var group: MetricLabel
        /// `none` until the request says it, when the client's name decides it.
        var provider: MetricLabel
    }

    private let models: [Name: MetricLabel]
    private let deployments: [Name: Place]
    private let providers: [Name: MetricLabel]
    private let outcomes: [Name: MetricLabel]
    /// Models of upstreams that the configuration names, as an answer would.
    private let answeredModels: [Name: MetricLabel]
    private let answeredProviders: [Name: MetricLabel]
    private let asAsked: MetricLabel
    let routes: [MetricLabel]
    private let classesByStatus: [Int: MetricLabel]
    /// Why a request began at a fallback: nobody of its own group could be asked.
    let unavailable: MetricLabel

    /// - Parameters:
    ///   - models: names of groups (patterns among them) and aliases.
    ///   - outcomes: classes of failures.
    ///   - routes: patterns, in the order of `RequestRecord.route`.
    package init(
        in table: LabelTable, models: [String], deployments: [DeploymentFacts], providers: [String], outcomes: [String],
        routes: [String]
    ) {
        func labels(_ texts: [String]) -> [Name: MetricLabel] {
            Dictionary(texts.map { (Name($0), table.label($0)) }) { first, _ in first }
        }
        self.models = labels(models)
        self.providers = labels(providers)
        self.outcomes = labels(outcomes).merging(["success": .success, "client_left": .clientLeft]) { _, own in own }
        self.routes = routes.map { table.label($0) }
        var places = Dictionary<Name, Place>(minimumCapacity: deployments.count)
        for (facts, place) in zip(deployments, table.labels(of: deployments)) { places[Name(facts.id)] = place }
        self.deployments = places
        classesByStatus = ownFailureClasses.mapValues { table.label($0) }
        unavailable = table.label("unavailable")
        let plain = deployments.map(\.model).filter { !$0.utf8.contains(UInt8(ascii: "*")) }
        answeredModels = labels(
            plain.flatMap { name in
                let bare = name.utf8.firstIndex(of: UInt8(ascii: "/")).map {
                    String(name[name.utf8.index(after: $0)...])
                }
                return [name] + (bare.map { [$0] } ?? [])
            })
        answeredProviders = labels(openRouterProviders + providers)
        asAsked = table.label("as_asked")
    }

    /// - Parameter group: where the name led; it stands for a name that only a wildcard covers.
    func model(_ name: String?, group: MetricLabel?) -> MetricLabel {
        guard let name else { return .none }
        return models[Name(name)] ?? group ?? .other
    }

    func group(_ name: String?) -> MetricLabel? { name.flatMap { models[Name($0)] } }

    /// - Parameter provider: a prefix; it counts where the deployment alone does not say it.
    func place(of deployment: String, provider: String) -> Place {
        var place = deployments[Name(deployment)] ?? Place(deployment: .other, group: .other, provider: .none)
        if place.provider == .none { place.provider = providers[Name(provider)] ?? .other }
        return place
    }

    func place(of upstream: UpstreamLabels) -> Place { place(of: upstream.deployment, provider: upstream.provider) }

    /// - Parameter asked: the upstream's name for the model that it was asked for.
    func answeredModel(_ name: String?, asked: String) -> MetricLabel {
        guard let name else { return .none }
        return Name(name) == Name(asked) ? asAsked : answeredModels[Name(name)] ?? .other
    }

    func answeredProvider(_ name: String?) -> MetricLabel {
        guard let name else { return .none }
        return answeredProviders[Name(name)] ?? .other
    }

    func outcome(_ word: String) -> MetricLabel { word == "success" ? .success : outcomes[Name(word)] ?? .other }

    func route(_ index: Int?) -> MetricLabel {
        guard let index, routes.indices.contains(index) else { return .other }
        return routes[index]
    }

    /// The class of a refusal of the gateway's own.
    func ownFailure(status: Int) -> MetricLabel {
        classesByStatus[status] ?? classesByStatus[status < 500 ? 400 : 500] ?? .other
    }
}

/// LiteLLM's names for what the gateway refuses by itself.
private let ownFailureClasses = [
    400: "BadRequestError", 401: "AuthenticationError", 403: "PermissionDeniedError", 404: "NotFoundError",
    408: "Timeout", 429: "RateLimitError", 500: "InternalServerError", 503: "ServiceUnavailableError",
]

/// The labels of the last names that were looked up: the next request's are nearly always the same, and comparing takes a
/// tenth of the time of hashing a deployment's id. A value.
struct NameMemory: Sendable {
    private var names: MetricNames?
    private var upstream: UpstreamLabels?
    private var place: MetricNames.Place?
    private var model: String?
    private var group: MetricLabel?
    private var modelLabel: MetricLabel?

    mutating func place(of upstream: UpstreamLabels, _ names: MetricNames) -> MetricNames.Place {
        forget(unless: names)
        if let place, self.upstream === upstream { return place }
        let found = names.place(of: upstream)
        (self.upstream, place) = (upstream, found)
        return found
    }

    mutating func model(_ name: String?, group: MetricLabel?, _ names: MetricNames) -> MetricLabel {
        forget(unless: names)
        if let modelLabel, Name.areSame(model, name), self.group == group { return modelLabel }
        let found = names.model(name, group: group)
        (model, self.group, modelLabel) = (name, group, found)
        return found
    }

    /// Another configuration has other labels.
    private mutating func forget(unless names: MetricNames) {
        guard self.names !== names else { return }
        (self.names, place, modelLabel) = (names, nil, nil)
    }
}
