internal import CLinux
internal import Glibc
internal import Synchronization

/// One thread with its own epoll set, timers and tasks. Sockets, requests and pools belong to one loop for life.
///
/// The actor is what isolates their state; its executor is the thread. Plain classes made inside `start` or `spawn` are
/// reachable from this loop only, and their `async` methods stay on it.
package actor EventLoop {
    package nonisolated let executor: LoopExecutor
    private let wakeup: WakeupDescriptor
    /// Its sockets and timers; reachable on the loop only.
    package let reactor: Reactor
    /// The same, for `run`, which is the loop's thread but not isolated to the actor. Unsafe by name only: a constant, read
    /// by `run` alone, after the thread became the loop's; nothing else can reach it.
    private nonisolated(unsafe) let reactorOfThisThread: Reactor
    private let stopRequested = Atomic<Bool>(false)

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe executor.asUnownedSerialExecutor()
    }

    package init() throws(Errno) {
        wakeup = try WakeupDescriptor()
        executor = LoopExecutor(wakeup: wakeup)
        reactor = try Reactor(executor: executor, wakeup: wakeup)
        unsafe reactorOfThisThread = reactor
    }

    /// Runs the loop on the calling thread until `stop()`. The thread becomes the loop's for good.
    ///
    /// - Parameter setUp: called first, on the loop, to open listeners and the like.
    package nonisolated func run(setUp: @Sendable (isolated EventLoop, Reactor) -> Void) {
        executor.adoptCurrentThread()
        assumeIsolated { loop in setUp(loop, loop.reactor) }
        // On the loop's thread, as everything that touches the reactor is; asked of the executor each turn, the actor
        // would allocate two closures to be told the same.
        let reactor = unsafe reactorOfThisThread
        while !stopRequested.load(ordering: .relaxed) {
            executor.collectInbox()
            executor.drain()
            reactor.endTurn()
            reactor.turn()
        }
    }

    /// Makes `run` return soon. Any thread.
    package nonisolated func stop() {
        stopRequested.store(true, ordering: .relaxed)
        wakeup.signal()
    }

    /// Starts a task on this loop. Any thread.
    package nonisolated func spawn(_ work: @escaping @Sendable (isolated EventLoop) async -> Void) {
        Task(executorPreference: executor) { await work(self) }
    }

    package nonisolated func preconditionOnLoop() {
        precondition(executor.isOnLoop, "loop state was touched on another thread")
    }
}

/// Carries a loop's own object through a `@Sendable` closure that runs on that loop again.
package struct LoopBound<Value>: @unchecked Sendable {
    // @unchecked: the value is handed out on its loop only, which is checked each time.
    private let value: Value
    private let loop: EventLoop

    /// Call it on the loop.
    package init(_ value: Value, on loop: EventLoop) {
        loop.preconditionOnLoop()
        self.value = value
        self.loop = loop
    }

    package var onLoop: Value {
        loop.preconditionOnLoop()
        return value
    }
}

/// A POSIX thread: a loop blocks in `epoll_wait`, so it may not sit on the cooperative pool.
package struct Thread: ~Copyable {
    private let handle: pthread_t

    /// - Parameter name: at most 15 bytes, shown by `top -H`.
    package init(name: String, body: @escaping @Sendable () -> Void) throws(Errno) {
        final class Start: Sendable {
            let name: String
            let body: @Sendable () -> Void
            init(name: String, body: @escaping @Sendable () -> Void) {
                self.name = name
                self.body = body
            }
        }
        let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))
        var handle = pthread_t()
        let code = unsafe pthread_create(
            &handle, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                unsafe penstock_name_thread(start.name)
                start.body()
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            unsafe start.release()
            throw Errno(code)
        }
        self.handle = handle
    }

    /// Nobody waits for it: the system takes back what it had when its body returns.
    deinit { pthread_detach(handle) }

    /// Waits until the thread's body has returned.
    package consuming func join() {
        pthread_join(handle, nil)
        discard self
    }
}
