internal import Model

/// The models of a wildcard deployment that rest on their own: OpenRouter limits one model's rate and serves the others.
/// A value; bounded, since clients choose the names.
package struct ModelRests: Sendable {
    /// More at once would mean that the provider as a whole is the trouble.
    static let most = 256

    private var rests: [Name: DeploymentState.Rest] = [:]
    /// No rest ends before.
    private var nextEnd = Duration.zero

    /// Those that have not ended, soonest first.
    package func current(at now: Duration) -> [(model: String, rest: DeploymentState.Rest)] {
        rests.filter { $0.value.until > now }.map { ($0.key.text, $0.value) }.sorted { $0.rest.until < $1.rest.until }
    }

    var isEmpty: Bool { rests.isEmpty }

    func rest(of model: String, at now: Duration) -> DeploymentState.Rest? {
        rests[Name(model)].flatMap { $0.until > now ? $0 : nil }
    }

    /// A later rest may extend one under way, never shorten it.
    ///
    /// - Returns: the rest as it is now.
    @discardableResult
    mutating func begin(
        _ rest: DeploymentState.Rest, of model: String, at now: Duration
    ) -> DeploymentState.Rest {
        if rests.count >= ModelRests.most, rests[Name(model)] == nil {
            rests = rests.filter { $0.value.until > now }
            if rests.count >= ModelRests.most, let soonest = rests.min(by: { $0.value.until < $1.value.until }) {
                rests[soonest.key] = nil
            }
        }
        var rest = rest
        if let old = self.rest(of: model, at: now) {
            rest.until = max(old.until, rest.until)
            rest.since = old.since
        }
        nextEnd = rests.isEmpty ? rest.until : min(nextEnd, rest.until)
        rests[Name(model)] = rest
        return rest
    }

    /// Undoes a `begin`, unless the rest has been extended since.
    mutating func takeBack(_ rest: DeploymentState.Rest, of model: String, to before: DeploymentState.Rest?) {
        guard let now = rests[Name(model)], now.until == rest.until, now.since == rest.since else { return }
        rests[Name(model)] = before
    }

    /// Forgets those that are over.
    mutating func dropEnded(at now: Duration) {
        guard now >= nextEnd else { return }
        rests = rests.filter { $0.value.until > now }
        nextEnd = rests.values.map(\.until).min() ?? .zero
    }

    mutating func end(of model: String) { rests[Name(model)] = nil }

    /// - Returns: how many had not ended.
    mutating func endAll(at now: Duration) -> Int {
        defer { rests = [:] }
        return rests.count { $0.value.until > now }
    }
}
