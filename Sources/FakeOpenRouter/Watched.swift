import Glibc

/// State behind a lock that a test can wait on. Shared and small.
///
/// pthread's own mutex and condition rather than `Mutex`: the thread sanitizer sees these, and on Linux it takes
/// everything behind a `Mutex` for a race, because the futex calls are inside the uninstrumented runtime (6.3.1).
@safe package final class Watched<State: Sendable>: Sendable {
    // Set once in `init`; what they point to is pthread's own and made for any thread.
    private nonisolated(unsafe) let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private nonisolated(unsafe) let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Touched with `lock` held only.
    private nonisolated(unsafe) var state: State

    package init(_ state: State) {
        unsafe self.state = state
        unsafe pthread_mutex_init(lock, nil)
        let attributes = UnsafeMutablePointer<pthread_condattr_t>.allocate(capacity: 1)
        unsafe pthread_condattr_init(attributes)
        unsafe pthread_condattr_setclock(attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(changed, attributes)
        unsafe pthread_condattr_destroy(attributes)
        unsafe attributes.deallocate()
    }

    deinit {
        unsafe pthread_cond_destroy(changed)
        unsafe pthread_mutex_destroy(lock)
        unsafe changed.deallocate()
        unsafe lock.deallocate()
    }

    package var value: State {
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        return unsafe state
    }

    /// Changes the state and wakes every waiter to look again. `change` must not use this object.
    package func update<Result>(_ change: (inout State) -> Result) -> Result {
        unsafe pthread_mutex_lock(lock)
        defer {
            unsafe pthread_cond_broadcast(changed)
            unsafe pthread_mutex_unlock(lock)
        }
        return unsafe change(&state)
    }

    /// Blocks until `look` gives a value, or gives nil when `timeout` has passed. `look` must not use this object.
    package func wait<Result>(_ timeout: Duration, for look: (State) -> Result?) -> Result? {
        var deadline = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &deadline)
        let (seconds, attoseconds) = timeout.components
        let nanoseconds = deadline.tv_nsec + Int(attoseconds / 1_000_000_000)
        deadline.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        unsafe pthread_mutex_lock(lock)
        defer { unsafe pthread_mutex_unlock(lock) }
        while true {
            if let found = unsafe look(state) { return found }
            guard unsafe pthread_cond_timedwait(changed, lock, &deadline) == 0 else { return unsafe look(state) }
        }
    }
}
