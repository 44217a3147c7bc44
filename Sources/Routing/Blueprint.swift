import Model
import Providers

/// One entry of `model_list`, ready to be asked for a target.
struct Blueprint: Sendable {
    /// A deployment and the row it belongs to.
    struct Choice: Sendable {
        let deployment: Deployment
        let provider: Provider
        let endpoints: Set<Endpoint>
        /// Path and query per endpoint, where the model has no part in them.
        let requestTargets: [Endpoint: String]
        /// The field with the key. `nil`: there is none, or the operator set the field himself in `extra_headers`.
        let authentication: Deployment.HeaderField?
        /// Counts the catalog's deployments; see `Target.place`.
        var place = 0

        init(deployment: Deployment, provider: Provider, endpoints: Set<Endpoint>) {
            self.deployment = deployment
            self.provider = provider
            self.endpoints = endpoints
            authentication = Choice.authentication(of: deployment, provider)
            guard provider.pathStyle == .appended else {
                requestTargets = [:]
                return
            }
            requestTargets = Dictionary(
                uniqueKeysWithValues: Endpoint.allCases.map {
                    ($0, provider.requestTarget(for: $0, model: "", base: deployment.base))
                })
        }
    }

    /// Gives each of its deployments a number, counting on from `next`.
    mutating func number(from next: inout Int) {
        switch kind {
        case .settled(var choice):
            choice.place = next
            next += 1
            kind = .settled(choice)
        case .open(let choices):
            kind = .open(
                choices.mapValues { result in
                    result.map { choice in
                        var choice = choice
                        choice.place = next
                        next += 1
                        return choice
                    }
                })
        }
    }

    enum Kind: Sendable {
        /// The configuration says which provider it is.
        case settled(Choice)
        /// The client's name says it: `model: "*"`. One deployment per provider prefix, or why there is none.
        case open([String: Result<Choice, CatalogIssue>])
    }

    /// `litellm_params.model`.
    let configured: String
    private(set) var kind: Kind

    /// What a request for `requested` is sent to. `captures` is empty when the name is no wildcard's.
    /// `nil` when the client's name leaves no provider or no model: then nobody has that name.
    ///
    /// - Throws: why the provider that the client's name says cannot be called.
    func target(requested: String, captures: [String]) throws(CatalogIssue) -> Target? {
        let name = WildcardPattern.substitute(captures, into: configured, requested: requested)
        guard let (choice, model) = try choose(for: name) else { return nil }
        var steps: [Step] = name == configured ? [] : [.substituted(pattern: configured, result: name)]
        if model.prefixRemoved { steps.append(.prefixRemoved("\(model.provider.prefix)/")) }
        if !model.prefixRemoved, choice.provider.hasOwnVendor, model.model == name {
            if name.utf8.starts(with: "\(choice.provider.prefix)/".utf8) { steps.append(.sentWhole(name)) }
        } else if !name.utf8.reversed().starts(with: model.model.utf8.reversed()) {
            steps.append(.completed(model.model))
        }
        return Target(choice, requested: requested, upstreamModel: model.model, steps: steps)
    }

    private func choose(for name: String) throws(CatalogIssue) -> (Choice, ModelName)? {
        switch kind {
        case .settled(let choice):
            return (try? ModelName(name, of: choice.provider)).map { (choice, $0) }
        case .open(let choices):
            guard let model = try? ModelName(name), let found = choices[model.provider.prefix] else { return nil }
            return (try found.get(), model)
        }
    }
}

extension Blueprint.Choice {
    private static func authentication(of deployment: Deployment, _ provider: Provider) -> Deployment.HeaderField? {
        let name = provider.authenticationFieldName
        guard !deployment.headers.contains(where: { $0.name == name }) else { return nil }
        if let credential = deployment.credential {
            return credential.secret.flatMap { provider.authenticationField(key: $0) }
        }
        return provider.fallbackKey.flatMap { provider.authenticationField(key: Secret($0)) }
    }
}
