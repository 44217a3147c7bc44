import Model
import Providers

/// One entry of `model_list`, ready to be asked for a target.
struct Blueprint: Sendable {
    /// A deployment and how its provider is called.
    struct Choice: Sendable {
        let deployment: Deployment
        let access: Access
        /// Counts the catalog's deployments; see `Target.place`.
        var place = 0
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
        case open([Name: Result<Choice, CatalogIssue>])
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
        let provider = choice.access.provider
        // Most names lose their prefix and nothing else: these steps are there already.
        var steps = model.prefixRemoved ? choice.access.prefixRemoved : []
        if Name(name) != Name(configured) { steps.insert(.substituted(pattern: configured, result: name), at: 0) }
        if !model.prefixRemoved, provider.hasOwnVendor, Name(model.model) == Name(name) {
            if name.utf8.starts(with: "\(provider.prefix)/".utf8) { steps.append(.sentWhole(name)) }
        } else if !name.utf8.suffix(model.model.utf8.count).elementsEqual(model.model.utf8) {
            steps.append(.completed(model.model))
        }
        // One text for both where they are equal.
        let known = choice.deployment.upstreamModel
        return Target(
            choice, requested: requested, upstreamModel: Name(model.model) == Name(known) ? known : model.model,
            steps: steps)
    }

    private func choose(for name: String) throws(CatalogIssue) -> (Choice, ModelName)? {
        switch kind {
        case .settled(let choice):
            return (try? ModelName(name, of: choice.access.provider)).map { (choice, $0) }
        case .open(let choices):
            guard let model = try? ModelName(name), let found = choices[Name(model.provider.prefix)] else { return nil }
            return (try found.get(), model)
        }
    }
}
