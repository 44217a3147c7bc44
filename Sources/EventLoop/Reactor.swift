internal import CLinux
internal import Glibc
internal import Model

/// The epoll set and the timers of one event loop. Loop-owned.
///
/// `turn()` waits once, hands out what happened and fires what is due. Events only set flags and wake waiters; what
/// closes descriptors runs afterwards, so an event of the same batch can never reach a new owner of a closed fd.
@safe package final class Reactor {
    private let epoll: Int32
    private let wakeup: WakeupDescriptor
    private let executor: LoopExecutor
    private var watches: [Watch?] = []
    private var generation: UInt32 = 0
    private var timers = TimerQueue()
    private var writers: [any TurnEndWriter] = []
    private var lastWriters: [any TurnEndWriter] = []
    /// Empty but while they write.
    private var writing: [any TurnEndWriter] = []
    /// Whose tasks have stepped aside until the next turn.
    private var yielded: [Waiter] = []
    private var events = unsafe [epoll_event](repeating: epoll_event(), count: Reactor.eventsPerTurn)
    /// The time after the latest wait: the same for everything one batch of events does.
    package private(set) var now = LoopTime.now()
    /// Waits so far; see `hasLooked(since:)`.
    package private(set) var turns: UInt64 = 0
    private var hasMissedEvents = false
    private var eventsInTurn = 0
    /// The longest time between two waits since `takeLag()`, a measure of how late the loop answers.
    private var longestTurn: Int64 = 0

    init(executor: LoopExecutor, wakeup: WakeupDescriptor) throws(Errno) {
        self.executor = executor
        self.wakeup = wakeup
        epoll = try systemCall { epoll_create1(Int32(EPOLL_CLOEXEC)) }
        _ = try systemCall {
            penstock_epoll_control(epoll, EPOLL_CTL_ADD, wakeup.descriptor, EPOLLIN.rawValue, Reactor.wakeupToken)
        }
    }

    deinit { close(epoll) }

    private static let eventsPerTurn = 256
    /// From so many events on, like is done with like (docs/decisions/0009).
    private static let batchSize = 4
    private static let wakeupToken = UInt64.max

    // MARK: descriptors

    /// Starts to watch `descriptor`, edge-triggered, for reading, writing and hang-up. One system call; none afterwards.
    package func watch(_ descriptor: Int32) throws(Errno) -> Watch {
        let events = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        return try add(descriptor, events: events, handler: nil)
    }

    /// Starts to watch `descriptor`, level-triggered, and calls `handler` with each event's flags.
    package func watch(
        _ descriptor: Int32, for interest: Watch.Interest, handler: @escaping (Watch.Interest) -> Void
    ) throws(Errno) -> Watch {
        try add(descriptor, events: interest.epollEvents, handler: handler)
    }

    /// Changes what a level-triggered watch waits for.
    package func change(_ watch: Watch, to interest: Watch.Interest) throws(Errno) {
        _ = try systemCall {
            penstock_epoll_control(epoll, EPOLL_CTL_MOD, watch.descriptor, interest.epollEvents, watch.token)
        }
    }

    /// Stops watching. Closing the descriptor takes it out of the epoll set by itself: pass `closing: true` then.
    package func unwatch(_ watch: Watch, closing: Bool) {
        let index = Int(watch.descriptor)
        guard index < watches.count, watches[index] === watch else { return }
        watches[index] = nil
        watch.waiter = nil
        watch.handler = nil
        watch.source = nil
        if !closing {
            _ = penstock_epoll_control(epoll, EPOLL_CTL_DEL, watch.descriptor, 0, 0)
        }
    }

    private func add(
        _ descriptor: Int32, events: UInt32, handler: ((Watch.Interest) -> Void)?
    ) throws(Errno) -> Watch {
        generation &+= 1
        let watch = Watch(descriptor: descriptor, generation: generation, handler: handler)
        let index = Int(descriptor)
        if index >= watches.count {
            watches.append(contentsOf: repeatElement(nil, count: max(index + 1 - watches.count, watches.count)))
        }
        let token = watch.token
        _ = try systemCall { penstock_epoll_control(epoll, EPOLL_CTL_ADD, descriptor, events, token) }
        watches[index] = watch
        return watch
    }

    /// Whether every watch knows what had arrived when this turn began, `turn` being one before it: the kernel has been
    /// asked since, and had no more to tell than there was room for.
    package func hasLooked(since turn: UInt64) -> Bool { turns > turn && !hasMissedEvents }

    // MARK: timers

    package func set(_ timer: LoopTimer, at time: LoopTime) {
        timers.set(timer, at: time)
    }

    package func remove(_ timer: LoopTimer) {
        timers.remove(timer)
    }

    // MARK: the loop

    func wakeNextTurn(_ waiter: Waiter) {
        yielded.append(waiter)
    }

    /// Waits for events or the next timer, at most once, and hands them out.
    func turn() {
        let count = waitForEvents()
        eventsInTurn = count
        now = LoopTime.now()
        turns &+= 1
        hasMissedEvents = count == Reactor.eventsPerTurn
        for index in 0..<count {
            let (token, flags) = unsafe withUnsafePointer(to: events[index]) { pointer in
                unsafe (penstock_epoll_token(pointer), penstock_epoll_flags(pointer))
            }
            if token == Reactor.wakeupToken {
                wakeup.clear()
                continue
            }
            let descriptor = Int(token & 0xFFFF_FFFF)
            guard descriptor < watches.count, let watch = watches[descriptor], watch.token == token else { continue }
            watch.note(flags)
        }
        while let timer = timers.popDue(at: now) { timer.fire() }
        for waiter in yielded { waiter.wake() }
        yielded.removeAll(keepingCapacity: true)
    }

    /// Has `writer` write once everything that is ready has run, before the loop waits again; in a turn with little to do at
    /// once, since there is nothing to be gained by waiting.
    package func writeAtTurnEnd(_ writer: any TurnEndWriter) {
        if eventsInTurn < Reactor.batchSize {
            writer.writeAtTurnEnd()
        } else {
            writers.append(writer)
        }
    }

    /// Has `writer` write behind all these: for what no peer waits for.
    package func writeLastAtTurnEnd(_ writer: any TurnEndWriter) {
        lastWriters.append(writer)
    }

    /// Ends a batch's work: what it wrote leaves, one write behind the other.
    func endTurn() {
        // A writer may have another one write: nothing may be left when the loop waits.
        while !writers.isEmpty || !lastWriters.isEmpty {
            if writers.isEmpty { swap(&writing, &lastWriters) } else { swap(&writing, &writers) }
            for writer in writing { writer.writeAtTurnEnd() }
            writing.removeAll(keepingCapacity: true)
        }
        longestTurn = max(longestTurn, LoopTime.now().nanoseconds(since: now))
    }

    /// The longest time that one batch of events kept the loop busy since the last call.
    package func takeLag() -> Duration {
        defer { longestTurn = 0 }
        return Duration(nanoseconds: longestTurn)
    }

    private func waitForEvents() -> Int {
        let timeout: Int32
        if executor.hasWork || !yielded.isEmpty {
            timeout = 0
        } else if timers.next == .never {
            timeout = -1
        } else {
            timeout = timers.next.wholeMilliseconds(from: LoopTime.now())
        }
        let count = unsafe events.withUnsafeMutableBufferPointer { space in
            unsafe epoll_wait(epoll, space.baseAddress, Int32(space.count), timeout)
        }
        return max(0, Int(count))  // EINTR counts as no event
    }
}

/// Something that has bytes to send when its turn of the loop is over. Loop-owned.
///
/// A peer on another core is woken by the first of many writes and is still awake for the others; with work between them
/// it falls asleep each time, and to wake it costs more than to write. The code of either kind of work also stays in the
/// processor's cache meanwhile.
package protocol TurnEndWriter: AnyObject {
    /// Writes without waiting, and wakes whom it concerns when not everything could be written.
    func writeAtTurnEnd()
}

/// One watched descriptor. Loop-owned. It does not own the descriptor.
package final class Watch {
    package struct Interest: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let read = Interest(rawValue: 1)
        package static let write = Interest(rawValue: 2)
        /// Error or hang-up; always reported.
        package static let failure = Interest(rawValue: 4)

        fileprivate var epollEvents: UInt32 {
            (contains(.read) ? EPOLLIN.rawValue : 0) | (contains(.write) ? EPOLLOUT.rawValue : 0)
        }
    }

    package let descriptor: Int32
    fileprivate let token: UInt64
    /// The kernel may hold bytes, an end or an error. Cleared by whoever reads until it has no more.
    var mayHoldMore = false
    /// What reading gave before anybody asked for it, and the bytes; see `receive`.
    var readAhead: Socket.Transfer?
    var ahead = ByteBuffer()
    /// How much the last `receive` wanted that had to wait; 0 when none has.
    var awaitedRoom = 0
    /// Reads for the kernel, if there is one.
    package var source: (any ByteSource)?
    /// Something was read that nobody has taken yet.
    package var hasReadAhead: Bool { readAhead != nil }
    /// Something may be there to be read. What sets and clears it is the kernel's part.
    package var readable: Bool {
        get { readAhead != nil || mayHoldMore }
        set { mayHoldMore = newValue }
    }
    /// Room to write may be what a read waits for, as with TLS: then such an event says that one is worth trying.
    package var readsAfterWriting = false
    /// There may be room. Cleared by whoever writes until the kernel takes no more.
    package var writable = true
    /// The peer has ended its side, or the connection broke. Stays set.
    package private(set) var hungUp = false
    /// Woken by every event.
    package var waiter: Waiter?
    fileprivate var handler: ((Interest) -> Void)?

    fileprivate init(descriptor: Int32, generation: UInt32, handler: ((Interest) -> Void)?) {
        self.descriptor = descriptor
        self.handler = handler
        token = UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
    }

    fileprivate func note(_ flags: UInt32) {
        let failed = flags & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0
        if let handler {
            var interest: Interest = []
            if flags & EPOLLIN.rawValue != 0 { interest.insert(.read) }
            if flags & EPOLLOUT.rawValue != 0 { interest.insert(.write) }
            if failed { interest.insert(.failure) }
            handler(interest)
            return
        }
        if flags & EPOLLOUT.rawValue != 0 {
            writable = true
            if readsAfterWriting { mayHoldMore = true }
        }
        if flags & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue) != 0 || failed { mayHoldMore = true }
        if failed { writable = true }  // so that the next write learns the error
        if flags & EPOLLRDHUP.rawValue != 0 || failed { hungUp = true }
        readWhatIsAwaited()
        waiter?.wake()
    }
}
