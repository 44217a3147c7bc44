internal import Glibc

/// A value behind a lock, for the little state that loops share.
///
/// pthread's mutex rather than `Synchronization.Mutex`: that one's futex lives in the uninstrumented runtime, so the
/// thread sanitizer sees no order in it and reports every use as a race (Swift 6.3.1, Linux).
@safe package final class Guarded<State>: @unchecked Sendable {
    // @unchecked: `state` is reached through `withLock` only, which holds `mutex`.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var state: State

    package init(_ state: sending State) {
        self.state = state
        unsafe mutex = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe pthread_mutex_init(mutex, nil)
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
    }

    /// No `await`, callback or log inside `body`.
    package func withLock<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body(&state)
    }
}
