import Dispatch
import Synchronization

/// State behind a lock that a test can wait on: the condition variable of the doubles. Shared and small.
package final class Watched<State: Sendable>: Sendable {
    private let state: Mutex<State>
    private let waiting = Mutex<[DispatchSemaphore]>([])

    package init(_ state: State) { self.state = Mutex(state) }

    package var value: State { state.withLock { $0 } }

    /// Changes the state and wakes every waiter to look again.
    package func update<Result: Sendable>(_ change: (inout State) -> Result) -> Result {
        let result = state.withLock { state -> Result in change(&state) }
        for semaphore in waiting.withLock({ $0 }) { semaphore.signal() }
        return result
    }

    /// Blocks until `look` gives a value, or gives nil when `timeout` has passed.
    package func wait<Result: Sendable>(_ timeout: Duration, for look: (State) -> Result?) -> Result? {
        let deadline = ContinuousClock.now + timeout
        let semaphore = DispatchSemaphore(value: 0)
        waiting.withLock { $0.append(semaphore) }
        defer { waiting.withLock { $0.removeAll { $0 === semaphore } } }
        while true {
            if let found = state.withLock({ look($0) }) { return found }
            let left = deadline - ContinuousClock.now
            guard left > .zero else { return nil }
            _ = semaphore.wait(timeout: .now() + .milliseconds(Int(left / .milliseconds(1)) + 1))
        }
    }
}
