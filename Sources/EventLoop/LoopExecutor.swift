internal import Glibc
internal import Synchronization

/// Runs the jobs of one event loop on that loop's thread: the serial executor of its actor and the task executor of
/// the tasks it starts.
///
/// Both roles are needed. With the actor alone, every resumed continuation goes through the global pool and hops back,
/// which was measured as 8 µs and two futex calls a request; with the task executor alone, a stray `Task {}` would run
/// loop state on another thread.
package final class LoopExecutor: SerialExecutor, TaskExecutor, @unchecked Sendable {
    // @unchecked: `ready` and `running` are touched on the loop's thread only (checked by `isOnLoop` before every
    // access); all else is atomic or behind `inbox`'s mutex.
    private var ready: [UnownedJob] = []
    private var running: [UnownedJob] = []
    /// The loop's thread; 0, which is no thread's, until there is one. Others read it to learn that they are not it.
    private let thread = Atomic<pthread_t>(0)
    private let inbox = Guarded<[UnownedJob]>([])
    private let inboxIsFilled = Atomic<Bool>(false)
    private let wakeup: WakeupDescriptor
    /// Jobs that came from another thread, in all: a test reads it to prove that a request never hops.
    private let foreignJobsTotal = Atomic<Int>(0)

    init(wakeup: WakeupDescriptor) {
        self.wakeup = wakeup
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isOnLoop {
            ready.append(job)
            return
        }
        foreignJobsTotal.wrappingAdd(1, ordering: .relaxed)
        let wasEmpty = inbox.withLock { jobs in
            jobs.append(job)
            return jobs.count == 1
        }
        inboxIsFilled.store(true, ordering: .releasing)
        if wasEmpty { wakeup.signal() }
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    package func isIsolatingCurrentContext() -> Bool? { isOnLoop }

    package func checkIsolated() {
        precondition(isOnLoop, "loop state was touched on another thread")
    }

    package var isOnLoop: Bool {
        pthread_equal(pthread_self(), thread.load(ordering: .relaxed)) != 0
    }

    package var foreignJobs: Int { foreignJobsTotal.load(ordering: .relaxed) }

    /// Makes the calling thread the loop's. Called once, on that thread; jobs that came before wait in the inbox.
    func adoptCurrentThread() {
        thread.store(pthread_self(), ordering: .relaxed)
    }

    var hasWork: Bool { !ready.isEmpty }

    /// Takes over what other threads enqueued since the last call.
    func collectInbox() {
        // Nearly always there is nothing: then no lock is taken. Who comes after this look also wakes the loop.
        guard inboxIsFilled.exchange(false, ordering: .acquiringAndReleasing) else { return }
        inbox.withLock { jobs in
            ready.append(contentsOf: jobs)
            jobs.removeAll(keepingCapacity: true)
        }
    }

    /// Runs everything that is ready, and what that makes ready, until nothing is.
    func drain() {
        while !ready.isEmpty {
            swap(&ready, &running)
            for job in running {
                unsafe job.runSynchronously(
                    isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
            }
            running.removeAll(keepingCapacity: true)
        }
    }
}
