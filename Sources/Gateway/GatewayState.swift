package import ConfigFile
package import EventLoop
internal import Model
package import Observability
package import Routing
internal import Synchronization

/// One configuration with everything derived from it. Immutable: a request keeps the one it began with.
package final class Snapshot: Sendable {
    package let config: Config
    package let catalog: Catalog
    package let authentication: Authentication
    package let redactor: Redactor
    /// `nil`: every address may ask.
    let addressPolicy: AddressPolicy?
    /// `nil`: every page may ask.
    let originPolicy: OriginPolicy?
    let selection: Selection
    let cooldownRules: DeploymentState.Rules
    let attemptRules: AttemptRules
    // Read for every request: to reach them through the configuration would copy a part of it each time.
    /// Something of the client's head, or about the client, may go upstream.
    let forwardsFields: Bool
    /// A request's wish for guardrails is no reason to refuse it.
    let ignoresGuardrails: Bool

    package init(config: Config, catalog: Catalog, redactor: Redactor) {
        self.config = config
        self.catalog = catalog
        self.redactor = redactor
        addressPolicy = AddressPolicy(config.general)
        originPolicy = OriginPolicy(config.general)
        selection = Selection(config.router)
        attemptRules = AttemptRules(config.router)
        forwardsFields = config.general.forwardClientHeaders || config.litellm.addUserInformation
        ignoresGuardrails = config.general.ignoreGuardrails
        var rules = DeploymentState.Rules()
        rules.isDisabled = config.router.disableCooldowns
        rules.cooldownTime = config.router.cooldownTime
        rules.allowedFails = config.router.allowedFails
        rules.allowedFailsPolicy = config.router.allowedFailsPolicy
        cooldownRules = rules
        authentication = Authentication(
            masterKey: config.general.masterKey.map { $0.secret ?? Secret("") },
            keyHeaderName: config.general.keyHeaderName)
    }
}

/// What all loops share. Everything in it is a value behind a small lock, or immutable.
package final class GatewayState: Sendable {
    package let log: Log
    package let version: String
    package let startedAt = LoopTime.now()
    package let board = DeploymentBoard()
    private let current: Guarded<Snapshot>
    package let metrics: Metrics
    /// Of the configuration that was taken over last.
    private let names = Guarded<(snapshot: Snapshot, names: MetricNames)?>(nil)
    /// `nil`: wrong keys are not counted.
    let throttle: Guarded<AuthenticationThrottle>?
    private let draining = Atomic<Bool>(false)
    let healthChecks = HealthChecks()
    /// What the latest background checks found.
    private let checked = Guarded<HealthReport?>(nil)

    package init(snapshot: Snapshot, log: Log, version: String) {
        current = Guarded(snapshot)
        self.log = log
        self.version = version
        metrics = Metrics(version: version)
        let limit = snapshot.config.general.wrongKeysPerMinute
        throttle = limit > 0 ? Guarded(AuthenticationThrottle(limit: limit)) : nil
    }

    package var snapshot: Snapshot { current.withLock { $0 } }

    /// The labels of one configuration, made by the loop that asks first.
    func metricNames(of snapshot: Snapshot) -> MetricNames {
        names.withLock { known in
            if let known, known.snapshot === snapshot { return known.names }
            let names = snapshot.metricNames(in: metrics.labels)
            known = (snapshot, names)
            return names
        }
    }

    /// Once set, readiness says no and answers close their connections.
    package var isDraining: Bool {
        get { draining.load(ordering: .relaxed) }
        set { draining.store(newValue, ordering: .relaxed) }
    }

    var healthReport: HealthReport? {
        get { checked.withLock { $0 } }
        set { checked.withLock { $0 = newValue } }
    }
}
