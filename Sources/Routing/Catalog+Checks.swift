package import Model
import Providers

extension Catalog {
    /// What a check of one deployment asks: the deployment itself, wherever a request for its group would go.
    ///
    /// - Parameter model: to be asked for instead of the entry's own (`health_check_model`), with or without the provider's
    ///   prefix. A wildcard whose own model has a `*` has nothing to ask for without it.
    /// - Returns: `nil` when there is no model to ask for.
    package func checkTarget(of deployment: Deployment, model: String?) -> Target? {
        guard !isPattern(deployment.group) else {
            return wildcardTarget(of: deployment, model: model ?? deployment.configuredModel)
        }
        guard case .success(let route) = names[Name(deployment.group)],
            let target = route.targets.first(where: { Name($0.deployment.id) == Name(deployment.id) })
        else { return nil }
        return model.flatMap { target.asking(for: $0) } ?? target
    }

    private func wildcardTarget(of deployment: Deployment, model: String) -> Target? {
        guard !isPattern(model) else { return nil }
        for wildcard in wildcards where Name(wildcard.pattern.text) == Name(deployment.group) {
            for blueprint in wildcard.blueprints {
                guard case .settled(let choice) = blueprint.kind, Name(choice.deployment.id) == Name(deployment.id),
                    let name = try? ModelName(model, of: choice.access.provider)
                else { continue }
                return Target(choice, requested: model, upstreamModel: name.model, steps: [])
            }
        }
        return nil
    }
}
