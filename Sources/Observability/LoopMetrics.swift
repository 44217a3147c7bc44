package import EventLoop
internal import Model
internal import Synchronization

/// What one loop counts. Shared: its loop writes, whoever reads the metrics copies.
///
/// One lock per loop, taken once a request by a loop that nobody disturbs but a scrape: that costs less than asking the
/// loops, and a loop that is stuck cannot hold up the answer that shows it.
package final class LoopMetrics: Sendable {
    package let loop: Int
    private let content = Guarded(MetricTables())
    private let requests = Atomic<Int>(0)
    private let inferences = Atomic<Int>(0)
    private let streams = Atomic<Int>(0)
    private let connections = Atomic<Int>(0)

    init(loop: Int) {
        self.loop = loop
    }

    // MARK: what is going on

    package func requestBegan() { requests.wrappingAdd(1, ordering: .relaxed) }

    /// Counts requests that have ended, by the records that their log lines are made of. They stay requests in flight until
    /// ``requestsLogged(_:)``.
    ///
    /// - Parameter lag: how long the loop was busy at a stretch since the last call.
    package func requestsEnded(
        _ records: [RequestRecord], _ names: MetricNames, at now: LoopTime, lag: Duration
    ) {
        content.withLock { tables in
            for record in records { tables.observe(record, names, at: now) }
            tables.lag.observe(lag.milliseconds / 1000, at: now)
        }
    }

    /// Nothing is left to be done for so many requests: a process may end when none is in flight.
    package func requestsLogged(_ count: Int) { requests.wrappingSubtract(count, ordering: .relaxed) }

    package func inferenceBegan() { inferences.wrappingAdd(1, ordering: .relaxed) }
    package func inferenceEnded() { inferences.wrappingSubtract(1, ordering: .relaxed) }
    package func streamBegan() { streams.wrappingAdd(1, ordering: .relaxed) }
    package func streamEnded() { streams.wrappingSubtract(1, ordering: .relaxed) }
    package func connectionsChanged(to count: Int) { connections.store(count, ordering: .relaxed) }

    // MARK: what happens seldom

    /// A deployment began to rest.
    package func cooledDown(
        _ deployment: String, provider: String, class name: String, status: Int, _ names: MetricNames
    ) {
        let place = names.place(of: deployment, provider: provider)
        let key = MetricTables.EventKey(
            deployment: place.deployment, provider: place.provider,
            outcome: names.outcome(name), status: UInt16(clamping: status))
        content.withLock { $0.cooldowns.update(key) { $0.value += 1 } }
    }

    /// - Parameter outcome: `success` or the class of the failure.
    package func healthChecked(_ deployment: String, provider: String, outcome: String, _ names: MetricNames) {
        let place = names.place(of: deployment, provider: provider)
        let key = MetricTables.EventKey(
            deployment: place.deployment, provider: place.provider,
            outcome: names.outcome(outcome), status: 0)
        content.withLock { $0.healthChecks.update(key) { $0.value += 1 } }
    }

    /// Bytes that were no acceptable HTTP request were refused.
    package func refused(status: Int) {
        let key = MetricTables.StatusKey(status: UInt16(clamping: status))
        content.withLock { $0.refusals.update(key) { $0.value += 1 } }
    }

    // MARK: reading

    /// A copy; the loop waits only while references are taken.
    var tables: MetricTables { content.withLock { $0 } }
    var requestsInFlight: Int { requests.load(ordering: .relaxed) }
    var inferencesInFlight: Int { inferences.load(ordering: .relaxed) }
    var openStreams: Int { streams.load(ordering: .relaxed) }
    var openConnections: Int { connections.load(ordering: .relaxed) }
}

/// The registries of all loops and the labels they share. Shared.
package final class Metrics: Sendable {
    package let labels = LabelTable()
    package let answers = AnswerCounts()
    private let loops = Guarded<[LoopMetrics]>([])
    private let version: String
    private let startedAtSeconds = wallClockSeconds()

    package init(version: String) {
        self.version = version
    }

    /// The registry of one more loop.
    package func addLoop() -> LoopMetrics {
        loops.withLock { loops in
            let loop = LoopMetrics(loop: loops.count)
            loops.append(loop)
            return loop
        }
    }

    /// Of all loops; a request counts until its line is in the log.
    package var requestsInFlight: Int { loops.withLock { $0 }.reduce(0) { $0 + $1.requestsInFlight } }

    /// Everything counted so far, of all loops.
    ///
    /// - Parameter deployments: what the router knows of each one now.
    package func read(at now: LoopTime, deployments: [MetricsReading.DeploymentGauge]) -> MetricsReading {
        var reading = MetricsReading(
            labels: labels.snapshot, now: now, version: version, startedAtSeconds: startedAtSeconds,
            deployments: deployments)
        reading.answers = answers.all
        for loop in loops.withLock({ $0 }) {
            let tables = loop.tables
            reading.tables.merge(tables, at: now)
            reading.lags.append((loop.loop, tables.lag.value(at: now)))
            reading.requestsInFlight += loop.requestsInFlight
            reading.inferencesInFlight += loop.inferencesInFlight
            reading.openStreams += loop.openStreams
            reading.openConnections += loop.openConnections
        }
        return reading
    }
}

/// All metrics at one moment. A value.
package struct MetricsReading: Sendable {
    /// What the router knows of one deployment.
    package struct DeploymentGauge: Sendable {
        package enum Level: Int, Sendable {
            case healthy = 0
            /// Its last call failed, or it has rested and not proved itself yet.
            case partial = 1
            /// It rests.
            case outage = 2
        }

        package let id: String
        package let level: Level
        /// 0 when it does not rest.
        package let cooldownSeconds: Double
        package let inFlight: Int

        package init(id: String, level: Level, cooldownSeconds: Double, inFlight: Int) {
            self.id = id
            self.level = level
            self.cooldownSeconds = cooldownSeconds
            self.inFlight = inFlight
        }
    }

    let labels: LabelTable.Content
    let now: LoopTime
    let version: String
    let startedAtSeconds: Double
    let deployments: [DeploymentGauge]
    var tables = MetricTables()
    var answers: [AnswerCount] = []
    var lags: [(loop: Int, seconds: Double)] = []
    var requestsInFlight = 0
    var inferencesInFlight = 0
    var openStreams = 0
    var openConnections = 0

    init(
        labels: LabelTable.Content, now: LoopTime, version: String, startedAtSeconds: Double,
        deployments: [DeploymentGauge]
    ) {
        self.labels = labels
        self.now = now
        self.version = version
        self.startedAtSeconds = startedAtSeconds
        self.deployments = deployments
    }
}
