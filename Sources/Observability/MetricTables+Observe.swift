package import EventLoop
internal import Model

/// How one finished request becomes counts: the same record that the log line is made of.
extension MetricTables {
    mutating func observe(_ record: RequestRecord, _ names: MetricNames, at now: LoopTime) {
        // An attempt without an end was given up before anything was sent.
        let last = record.attemptLog.last { $0.endedAt != nil }
        let group = record.attemptLog.first.map { names.place($0).place.group } ?? names.group(record.group)
        let model = names.model(record.model, group: group)
        let answering = last.map { names.place($0) }
        let outcome = outcome(of: record, last, names)
        let provider = answering?.provider ?? .none
        let deployment = answering?.place.deployment ?? .none
        requests.update(
            RequestKey(
                route: names.route(record.route), isInference: record.isInference, status: status(record.status),
                model: model, deployment: deployment, provider: provider, outcome: outcome)
        ) { row in
            row.requests += 1
            if record.fallbacks > 0 { row.fellBack += 1 }
            if outcome == .clientLeft { row.disconnects += 1 }
            row.add(record)
        }
        guard record.isInference, last != nil else { return }
        countAttempts(record, names, model: model)
        guard outcome == .success, let last, let answering else { return }
        let key = LatencyKey(model: model, group: answering.place.group, deployment: deployment, provider: provider)
        observeLatency(record, last, key, askedGroup: group ?? .other, at: now)
    }

    private func outcome(of record: RequestRecord, _ last: AttemptRecord?, _ names: MetricNames) -> MetricLabel {
        if record.clientLeft || record.status == 499 { return .clientLeft }
        if let last, last.outcome != "success" { return names.outcome(last.outcome) }
        return record.status >= 400 ? names.ownFailure(status: record.status) : .success
    }

    private mutating func countAttempts(_ record: RequestRecord, _ names: MetricNames, model: MetricLabel) {
        var before: (attempt: AttemptRecord, outcome: MetricLabel)?
        var entered: (move: MoveKey, outcome: MetricLabel)?
        for attempt in record.attemptLog where attempt.endedAt != nil {
            let (place, provider) = names.place(attempt)
            let outcome = names.outcome(attempt.outcome)
            attempts.update(
                AttemptKey(
                    model: model, group: place.group, deployment: place.deployment, provider: provider,
                    outcome: outcome, status: status(attempt.status))
            ) { $0.value += 1 }
            if let before, before.attempt.group == attempt.group {
                let key = MoveKey(
                    from: place.group, to: place.group, cause: before.outcome, status: status(before.attempt.status),
                    succeeded: outcome == .success)
                retries.update(key) { $0.value += 1 }
            } else if before != nil || attempt.isFallback {
                finish(entered)
                entered = (
                    MoveKey(
                        from: model, to: place.group, cause: before?.outcome ?? names.unavailable,
                        status: before.map { status($0.attempt.status) } ?? 0, succeeded: false),
                    outcome
                )
            }
            entered?.outcome = outcome
            before = (attempt, outcome)
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
        let total = (now - record.startedAt).seconds
        let upstream = last.endedAt.map { ($0 - last.startedAt).seconds }
        let firstToken = record.isStream ? last.firstTokenAt.map { ($0 - last.startedAt).seconds } : nil
        latencies.update(key) { row in
            row.total.observe(seconds: total)
            if let upstream {
                row.upstream.observe(seconds: upstream)
                if let tokens = record.usage.completionTokens, tokens > 0 {
                    row.perOutputToken.observe(seconds: upstream / Double(tokens))
                }
            }
            if let firstToken { row.firstToken.observe(seconds: firstToken) }
            if let overhead = record.overhead(at: now) { row.overhead.observe(seconds: overhead.seconds) }
        }
        recent.update(RecentKey(isGroup: true, label: askedGroup)) { row in
            row.latency.observe(seconds: total, at: now)
            if let first = record.firstTokenAt, record.isStream {
                row.firstToken.observe(seconds: (first - record.startedAt).seconds, at: now)
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

extension Duration {
    var seconds: Double { Double(clampedNanoseconds) / 1e9 }
}
