package import EventLoop
internal import Model

/// How one finished request becomes counts: the same record that the log line is made of.
extension MetricTables {
    mutating func observe(_ record: RequestRecord, _ names: MetricNames, at now: LoopTime) {
        let log = record.attemptLog
        // An attempt without an end was given up before anything was sent.
        let last = log.lastIndex { $0.endedAt != nil }
        let first = log.isEmpty ? nil : names.place(log[0])
        let answering = last == 0 ? first : last.map { names.place(log[$0]) }
        let group = first?.group ?? names.group(record.group)
        let model = names.model(record.model, group: group)
        let outcome = outcome(of: record, last, names)
        requests.update(
            RequestKey(
                route: names.route(record.route), isInference: record.isInference, status: status(record.status),
                model: model, deployment: answering?.deployment ?? .none, provider: answering?.provider ?? .none,
                outcome: outcome)
        ) { row in
            row.requests += 1
            if record.fallbacks > 0 { row.fellBack += 1 }
            if outcome == .clientLeft { row.disconnects += 1 }
            row.add(record)
        }
        guard record.isInference, let last, let answering else { return }
        for attempt in log where attempt.endedAt != nil {
            count(attempt, at: log.count == 1 ? answering : names.place(attempt), names, model: model)
        }
        if log.count > 1 || log[0].isFallback { countMoves(log, names, model: model) }
        guard outcome == .success else { return }
        let key = LatencyKey(
            model: model, group: answering.group, deployment: answering.deployment, provider: answering.provider)
        observeLatency(record, log[last], key, askedGroup: group ?? .other, at: now)
    }

    private func outcome(of record: RequestRecord, _ last: Int?, _ names: MetricNames) -> MetricLabel {
        if record.clientLeft || record.status == 499 { return .clientLeft }
        if let last {
            let outcome = names.outcome(record.attemptLog[last].outcome)
            if outcome != .success { return outcome }
        }
        return record.status >= 400 ? names.ownFailure(status: record.status) : .success
    }

    private mutating func count(
        _ attempt: AttemptRecord, at place: MetricNames.Place, _ names: MetricNames, model: MetricLabel
    ) {
        attempts.update(
            AttemptKey(
                model: model, group: place.group, deployment: place.deployment, provider: place.provider,
                outcome: names.outcome(attempt.outcome), status: status(attempt.status))
        ) { $0.value += 1 }
    }

    /// Retries and fallbacks: what each further attempt was to the one before it.
    private mutating func countMoves(_ log: [AttemptRecord], _ names: MetricNames, model: MetricLabel) {
        var before: AttemptRecord?
        var entered: (move: MoveKey, outcome: MetricLabel)?
        for attempt in log where attempt.endedAt != nil {
            let group = names.place(attempt).group
            let outcome = names.outcome(attempt.outcome)
            let cause = before.map { names.outcome($0.outcome) } ?? names.unavailable
            let causeStatus = before.map { status($0.status) } ?? 0
            if let before, before.group == attempt.group {
                let key = MoveKey(
                    from: group, to: group, cause: cause, status: causeStatus, succeeded: outcome == .success)
                retries.update(key) { $0.value += 1 }
            } else if before != nil || attempt.isFallback {
                finish(entered)
                let move = MoveKey(from: model, to: group, cause: cause, status: causeStatus, succeeded: false)
                entered = (move, outcome)
            }
            entered?.outcome = outcome
            before = attempt
        }
        finish(entered)
    }

    /// A fallback counts when the request leaves its group: only then is it known what came of it.
    private mutating func finish(_ entered: (move: MoveKey, outcome: MetricLabel)?) {
        guard let entered else { return }
        var move = entered.move
        move.succeeded = entered.outcome == .success
        fallbacks.update(move) { $0.value += 1 }
    }

    private mutating func observeLatency(
        _ record: RequestRecord, _ last: AttemptRecord, _ key: LatencyKey, askedGroup: MetricLabel, at now: LoopTime
    ) {
        let total = now.seconds(since: record.startedAt)
        let upstream = last.endedAt.map { $0.seconds(since: last.startedAt) }
        let firstToken = record.isStream ? last.firstTokenAt.map { $0.seconds(since: last.startedAt) } : nil
        latencies.update(key) { row in
            row.total.observe(seconds: total)
            if let upstream {
                row.upstream.observe(seconds: upstream)
                if let tokens = record.usage.completionTokens, tokens > 0 {
                    row.perOutputToken.observe(seconds: upstream / Double(tokens))
                }
            }
            if let firstToken { row.firstToken.observe(seconds: firstToken) }
            if let began = record.upstreamStartedAt, let ended = record.upstreamEndedAt {
                let beside =
                    (now.nanoseconds &- record.startedAt.nanoseconds) &- (ended.nanoseconds &- began.nanoseconds)
                row.overhead.observe(seconds: Double(max(0, beside)) / 1e9)
            }
        }
        recent.update(RecentKey(isGroup: true, label: askedGroup)) { row in
            row.latency.observe(seconds: total, at: now)
            if let first = record.firstTokenAt, record.isStream {
                row.firstToken.observe(seconds: first.seconds(since: record.startedAt), at: now)
            }
        }
        recent.update(RecentKey(isGroup: false, label: key.deployment)) { row in
            if let upstream { row.latency.observe(seconds: upstream, at: now) }
            if let firstToken { row.firstToken.observe(seconds: firstToken, at: now) }
        }
    }

    private func status(_ status: Int) -> UInt16 { UInt16(clamping: status) }
}

extension MetricTables.RequestRow {
    fileprivate mutating func add(_ record: RequestRecord) {
        let usage = record.usage
        // Counts are at most 2^53 each (`Usage`); wrapping after a thousand such answers is a reset like any other.
        inputTokens &+= usage.promptTokens ?? 0
        outputTokens &+= usage.completionTokens ?? 0
        totalTokens &+= usage.totalTokens ?? (usage.promptTokens ?? 0) + (usage.completionTokens ?? 0)
        cachedTokens &+= usage.cachedTokens ?? 0
        if let cost = record.cost, cost.isFinite, cost > 0 { spend += cost }
    }
}

extension RequestRecord {
    /// What of the time until `now` was not spent upstream, from the first call's beginning to the last one's end.
    package func overhead(at now: LoopTime) -> Duration? {
        guard let began = upstreamStartedAt, let ended = upstreamEndedAt else { return nil }
        return max(.zero, (now - startedAt) - (ended - began))
    }
}

extension LoopTime {
    /// Measured: by way of `Duration`, whose parts are 128-bit divisions, counting a request took twice as long.
    func seconds(since other: LoopTime) -> Double {
        Double(nanoseconds &- other.nanoseconds) / 1e9
    }
}
