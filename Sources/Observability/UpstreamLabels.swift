/// What the log, the metrics and the answers call one upstream. Immutable; a class, so that a request's record refers to it
/// instead of retaining five strings, and the log writes it as it was written before.
package final class UpstreamLabels: Sendable {
    /// The group it was asked for.
    package let group: String
    /// The deployment's id.
    package let deployment: String
    /// The provider's prefix.
    package let provider: String
    package let upstreamModel: String
    /// Scheme, host and path of its base URL.
    package let apiBase: String
    let logFields: WrittenFields

    /// - Parameter redactor: of the log that requests are written to.
    package init(
        group: String, deployment: String, provider: String, upstreamModel: String, apiBase: String, redactor: Redactor
    ) {
        self.group = group
        self.deployment = deployment
        self.provider = provider
        self.upstreamModel = upstreamModel
        self.apiBase = apiBase
        logFields = WrittenFields(
            [
                ("group", group), ("deployment", deployment), ("provider", provider), ("upstream_model", upstreamModel),
            ], redactor: redactor)
    }
}
