internal import EventLoop
internal import Model

/// Everything that one loop counts of its requests. A value; the counts of several loops are added up.
struct MetricTables: Sendable {
    struct RequestKey: SeriesKey {
        var route: MetricLabel
        var isInference: Bool
        var status: UInt16
        var model: MetricLabel
        var deployment: MetricLabel
        var provider: MetricLabel
        /// `success`, `client_left` or the class of the failure that ended it.
        var outcome: MetricLabel

        static let other = RequestKey(
            route: .other, isInference: true, status: 0, model: .other, deployment: .other, provider: .other,
            outcome: .other)

        var words: (UInt64, UInt64) {
            (
                route.bits | model.bits << 20 | UInt64(status) << 40 | (isInference ? 1 << 56 : 0),
                deployment.bits | provider.bits << 20 | outcome.bits << 40
            )
        }
    }

    struct RequestRow: SeriesRow {
        var requests = 0
        /// Those that were asked of a second group.
        var fellBack = 0
        var disconnects = 0
        var spend = 0.0
        var inputTokens = 0
        var outputTokens = 0
        var totalTokens = 0
        var cachedTokens = 0

        mutating func merge(_ other: RequestRow, at now: LoopTime) {
            requests.addSaturated(other.requests)
            fellBack.addSaturated(other.fellBack)
            disconnects.addSaturated(other.disconnects)
            spend.addSaturated(other.spend)
            inputTokens.addSaturated(other.inputTokens)
            outputTokens.addSaturated(other.outputTokens)
            totalTokens.addSaturated(other.totalTokens)
            cachedTokens.addSaturated(other.cachedTokens)
        }
    }

    struct AttemptKey: SeriesKey {
        var model: MetricLabel
        var group: MetricLabel
        var deployment: MetricLabel
        var provider: MetricLabel
        var outcome: MetricLabel
        var status: UInt16

        static let other = AttemptKey(
            model: .other, group: .other, deployment: .other, provider: .other, outcome: .other, status: 0)

        var words: (UInt64, UInt64) {
            (
                model.bits | group.bits << 20 | UInt64(status) << 40,
                deployment.bits | provider.bits << 20 | outcome.bits << 40
            )
        }
    }

    struct Count: SeriesRow {
        var value = 0

        mutating func merge(_ other: Count, at now: LoopTime) { value.addSaturated(other.value) }
    }

    struct LatencyKey: SeriesKey {
        var model: MetricLabel
        var group: MetricLabel
        var deployment: MetricLabel
        var provider: MetricLabel

        static let other = LatencyKey(model: .other, group: .other, deployment: .other, provider: .other)

        var words: (UInt64, UInt64) { (model.bits | group.bits << 20, deployment.bits | provider.bits << 20) }
    }

    struct LatencyRow: SeriesRow {
        var total = Histogram()
        var upstream = Histogram()
        var firstToken = Histogram()
        var overhead = Histogram()
        var perOutputToken = Histogram()

        mutating func merge(_ other: LatencyRow, at now: LoopTime) {
            total.merge(other.total)
            upstream.merge(other.upstream)
            firstToken.merge(other.firstToken)
            overhead.merge(other.overhead)
            perOutputToken.merge(other.perOutputToken)
        }
    }

    struct RecentKey: SeriesKey {
        var isGroup: Bool
        var label: MetricLabel

        static let other = RecentKey(isGroup: true, label: .other)

        var words: (UInt64, UInt64) { (label.bits | (isGroup ? 1 << 56 : 0), 0) }
    }

    struct RecentRow: SeriesRow {
        var latency = RecentHistogram()
        var firstToken = RecentHistogram()

        mutating func merge(_ other: RecentRow, at now: LoopTime) {
            latency.merge(other.latency, at: now)
            firstToken.merge(other.firstToken, at: now)
        }
    }

    struct MoveKey: SeriesKey {
        /// The model that was asked for, or for a retry the group.
        var from: MetricLabel
        /// The group it went on to.
        var to: MetricLabel
        /// The class of the failure before it, or `unavailable`.
        var cause: MetricLabel
        var status: UInt16
        /// Whether the group answered in the end.
        var succeeded: Bool

        static let other = MoveKey(from: .other, to: .other, cause: .other, status: 0, succeeded: false)

        var words: (UInt64, UInt64) {
            (from.bits | to.bits << 20 | UInt64(status) << 40 | (succeeded ? 1 << 56 : 0), cause.bits)
        }
    }

    struct EventKey: SeriesKey {
        var deployment: MetricLabel
        var provider: MetricLabel
        var outcome: MetricLabel
        var status: UInt16

        static let other = EventKey(deployment: .other, provider: .other, outcome: .other, status: 0)

        var words: (UInt64, UInt64) { (deployment.bits | provider.bits << 20 | UInt64(status) << 40, outcome.bits) }
    }

    var requests = SeriesTable<RequestKey, RequestRow>(limit: 4096)
    var attempts = SeriesTable<AttemptKey, Count>(limit: 4096)
    var latencies = SeriesTable<LatencyKey, LatencyRow>(limit: 1024)
    var recent = SeriesTable<RecentKey, RecentRow>(limit: 1024)
    var retries = SeriesTable<MoveKey, Count>(limit: 1024)
    var fallbacks = SeriesTable<MoveKey, Count>(limit: 1024)
    /// Deployments that began to rest.
    var cooldowns = SeriesTable<EventKey, Count>(limit: 1024)
    var healthChecks = SeriesTable<EventKey, Count>(limit: 1024)
    /// HTTP that was no request, by the status of its refusal.
    var refusals = SeriesTable<StatusKey, Count>(limit: 64)
    /// Of this loop; not added up.
    var memory = NameMemory()
    /// Of this loop; not added up.
    var lag = RecentPeak()

    struct StatusKey: SeriesKey {
        var status: UInt16

        static let other = StatusKey(status: 0)

        var words: (UInt64, UInt64) { (UInt64(status), 0) }
    }

    var seriesCount: Int {
        requests.count + attempts.count + latencies.count + recent.count + retries.count + fallbacks.count
            + cooldowns.count + healthChecks.count + refusals.count
    }

    var overflowTotal: Int {
        requests.overflowTotal + attempts.overflowTotal + latencies.overflowTotal + recent.overflowTotal
            + retries.overflowTotal + fallbacks.overflowTotal + cooldowns.overflowTotal + healthChecks.overflowTotal
            + refusals.overflowTotal
    }

    mutating func merge(_ other: MetricTables, at now: LoopTime) {
        requests.merge(other.requests, at: now)
        attempts.merge(other.attempts, at: now)
        latencies.merge(other.latencies, at: now)
        recent.merge(other.recent, at: now)
        retries.merge(other.retries, at: now)
        fallbacks.merge(other.fallbacks, at: now)
        cooldowns.merge(other.cooldowns, at: now)
        healthChecks.merge(other.healthChecks, at: now)
        refusals.merge(other.refusals, at: now)
    }
}
