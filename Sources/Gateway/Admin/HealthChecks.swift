internal import EventLoop
internal import Model

/// The health checks that are under way in the process. Shared: whoever asks for one that is under way waits for it, on
/// whatever loop, so that many who ask cost no more than one.
package final class HealthChecks: Sendable {
    /// What is asked for. Two configurations have nothing in common.
    struct Key: Hashable {
        let deployment: Deployment.ID
        let model: Name
        let snapshot: ObjectIdentifier
    }

    private let running = Guarded<[Key: RunningCheck]>([:])

    /// The check of `key`, with one more that waits for it.
    ///
    /// - Parameter wake: called once, on any thread, when it has ended.
    /// - Returns: `isNew` when nobody else has asked: who asked then has to carry it out, and end it by `end(_:of:)`.
    func join(_ key: Key, wake: @escaping @Sendable () -> Void) -> (check: RunningCheck, place: Int, isNew: Bool) {
        running.withLock { running in
            if let check = running[key], let place = check.join(wake) { return (check, place, false) }
            let check = RunningCheck()
            running[key] = check
            return (check, check.join(wake) ?? 0, true)
        }
    }

    func end(_ outcome: HealthReport.Outcome, of check: RunningCheck, _ key: Key) {
        running.withLock { running in
            if running[key] === check { running[key] = nil }
        }
        check.end(outcome)
    }
}

/// One check, and those who wait for it. Shared.
final class RunningCheck: Sendable {
    private struct State: Sendable {
        var outcome: HealthReport.Outcome?
        var isGivenUp = false
        var wakers: [Int: @Sendable () -> Void] = [:]
        var joined = 0
        var giveUp: (@Sendable () -> Void)?
    }

    private let state = Guarded(State())

    /// `nil` when everybody had left, so that it ends without an outcome.
    fileprivate func join(_ wake: @escaping @Sendable () -> Void) -> Int? {
        state.withLock { state in
            guard !state.isGivenUp else { return nil }
            state.joined += 1
            state.wakers[state.joined] = wake
            return state.joined
        }
    }

    /// Whoever waits no longer leaves; with the last one the check is given up.
    func leave(_ place: Int) {
        let giveUp = state.withLock { state -> (@Sendable () -> Void)? in
            state.wakers[place] = nil
            guard state.wakers.isEmpty, state.outcome == nil else { return nil }
            state.isGivenUp = true
            return state.giveUp
        }
        giveUp?()
    }

    /// - Parameter giveUp: called at most once, on any thread.
    func onGivingUp(_ giveUp: @escaping @Sendable () -> Void) {
        let isTooLate = state.withLock { state in
            state.giveUp = giveUp
            return state.isGivenUp
        }
        if isTooLate { giveUp() }
    }

    fileprivate func end(_ outcome: HealthReport.Outcome) {
        let wakers = state.withLock { state in
            state.outcome = outcome
            state.giveUp = nil
            defer { state.wakers = [:] }
            return Array(state.wakers.values)
        }
        for wake in wakers { wake() }
    }

    /// `nil` while it is under way.
    var outcome: HealthReport.Outcome? { state.withLock { $0.outcome } }
}
