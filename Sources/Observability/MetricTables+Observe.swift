package import EventLoop
internal import Model

/// How one finished request becomes counts: the same record that the log line is made of.
extension MetricTables {
    mutating func observe(_ record: RequestRecord, _ names: MetricNames, at now: LoopTime) {
        let log = record.attemptLog
        // An attempt without an end was given up before anything was sent.
        let last = log.indices.last { log[$0].endedAt != nil }
        let first = log.isEmpty ? nil : memory.place(of: log[0].upstream, names)
        let answering = last == 0 ? first : last.map { names.place(of: log[$0].upstream) }
        let group = first?.group ?? names.group(record.group)
        let model = memory.model(record.model, group: group, names)
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
        // By index: an attempt that is copied retains and releases what it refers to.
        for index in log.indices where log[index].endedAt != nil {
            let place = log.count == 1 ? answering : names.place(of: log[index].upstream)
            count(outcome: log[index].outcome, status: log[index].status, at: place, names, model: model)
        }
        if log.count > 1 || log[0].isFallback { countMoves(log, names, model: model) }
        guard outcome == .success else { return }
        let key = LatencyKey(
            model: model, group: answering.group, deployment: answering.deployment, provider: answering.provider)
        let times = (started: log[last].startedAt, firstToken: log[last].firstTokenAt, ended: log[last].endedAt)
        observeLatency(record, times, key, askedGroup: group ?? .other, at: now)
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
        outcome: String, status code: Int, at place: MetricNames.Place, _ names: MetricNames, model: MetricLabel
    ) {
        attempts.update(
            AttemptKey(
                model: model, group: place.group, deployment: place.deployment, provider: place.provider,
                outcome: names.outcome(outcome), status: status(code))
        ) { $0.value += 1 }
    }

    /// Retries and fallbacks: what each further attempt was to the one before it.
    private mutating func countMoves(_ log: [AttemptRecord], _ names: MetricNames, model: MetricLabel) {
        var before: AttemptRecord?
        var entered: (move: MoveKey, outcome: MetricLabel)?
        for attempt in log where attempt.endedAt != nil {
            let group = names.place(of: attempt.upstream).group
            let outcome = names.outcome(attempt.outcome)
            let cause = before.map { names.outcome($0.outcome) } ?? names.unavailable
            let causeStatus = before.map { status($0.status) } ?? 0
            if let before, Name(before.upstream.group) == Name(attempt.upstream.group) {
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
        _ record: RequestRecord, _ attempt: (started: LoopTime, firstToken: LoopTime?, ended: LoopTime?),
        _ key: LatencyKey, askedGroup: MetricLabel, at now: LoopTime
    ) {
        let total = now.seconds(since: record.startedAt)
        let upstream = attempt.ended.map { $0.seconds(since: attempt.started) }
        let firstToken = record.isStream ? attempt.firstToken.map { $0.seconds(since: attempt.started) } : nil
        latencies.update(key) { row in
            row.total.observe(seconds: total)
            if let upstream {
                row.upstream.observe(seconds: upstream)
                if let tokens = record.usage.completionTokens, tokens > 0 {
                    row.perOutputToken.observe(seconds: upstream / Double(tokens))
                }
            }
            if let firstToken { row.firstToken.observe(seconds: firstToken) }
            if let overhead = record.overheadNanoseconds(at: now) {
                row.overhead.observe(seconds: Double(overhead) / 1e9)
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
        let (prompt, completion) = (usage.promptTokens ?? 0, usage.completionTokens ?? 0)
        inputTokens.addSaturated(prompt)
        outputTokens.addSaturated(completion)
        totalTokens.addSaturated(usage.totalTokens ?? prompt.addingSaturated(completion))
        cachedTokens.addSaturated(usage.cachedTokens ?? 0)
        if let cost = record.cost, cost > 0 { spend.addSaturated(cost) }
    }
}

extension RequestRecord {
    /// What of the time until `now` was not spent upstream, from the first call's beginning to the last one's end.
    package func overheadNanoseconds(at now: LoopTime) -> Int64? {
        guard let began = upstreamStartedAt, let ended = upstreamEndedAt else { return nil }
        return max(0, (now.nanoseconds &- startedAt.nanoseconds) &- (ended.nanoseconds &- began.nanoseconds))
    }
}

extension LoopTime {
    /// Measured: by way of `Duration`, whose parts are 128-bit divisions, counting a request took twice as long.
    func seconds(since other: LoopTime) -> Double {
        Double(nanoseconds &- other.nanoseconds) / 1e9
    }
}
