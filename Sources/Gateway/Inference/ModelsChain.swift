internal import Model
internal import Providers
internal import Routing

extension RequestWishes {
    /// OpenRouter takes `models` with up to three entries. A longer chain is walked here, first to last; a router model
    /// such as `openrouter/auto` chooses by itself and is not mixed with one.
    ///
    /// What is walked is resolved as any name is: an id leads nowhere that a request for it would not.
    ///
    /// - Returns: whether the client's `models` stays here.
    mutating func takeChain(
        of route: Route, _ envelope: Envelope, _ inference: Inference
    ) throws(GatewayError) -> Bool {
        guard !models.isEmpty, let first = route.targets.first, first.access.provider.hasOwnVendor else { return false }
        if first.upstreamModel.utf8.starts(with: "openrouter/auto".utf8) { return true }
        guard models.count > 3 else { return false }
        guard models.count <= RequestWishes.longestChain else {
            throw .invalidRequest(
                param: "models", message: "'models' must have at most \(RequestWishes.longestChain) entries.")
        }
        var chain: [Route] = []
        let asked = [Name(envelope.model), Name(first.upstreamModel)]
        for id in models where !asked.contains(Name(id)) {
            chain.append(try inference.route(toID: id).limited(to: envelope.endpoint, model: id))
        }
        walk(chain)
        return true
    }
}

extension Route {
    /// The targets that are asked for this endpoint directly.
    func limited(to endpoint: Endpoint, model: String) throws(GatewayError) -> Route {
        if targets.allSatisfy({ $0.speaks(endpoint) || $0.deployment.mock != nil }) { return self }
        let speakers = targets.filter { $0.speaks(endpoint) || $0.deployment.mock != nil }
        guard !speakers.isEmpty else {
            throw .unsupportedEndpoint(endpoint, model: model, provider: targets.first?.access.provider.prefix ?? "")
        }
        return with(targets: speakers)
    }
}
