/// Where one task waits for its sockets and its deadline. Loop-owned; one task at a time.
///
/// It works like a condition variable: waking says only that something changed, and the task looks at its flags again.
/// Wake-ups while nobody waits are remembered, so none is lost.
@safe package final class Waiter {
    package let reactor: Reactor
    /// The client on whose behalf the task works: when it hangs up, the work is pointless.
    package var client: Watch?
    /// Nobody wants the outcome of the work any more, whoever asked for it.
    package private(set) var isGivenUp = false
    private var continuation: UnsafeContinuation<Void, Never>?
    private var isSignalled = false
    private var timer: LoopTimer?

    package init(on reactor: Reactor) {
        self.reactor = reactor
    }

    /// The client has gone, or nobody ever was there, so what is under way may be dropped.
    package var isCancelled: Bool { isGivenUp || client?.hungUp ?? false }

    /// Drops what is under way.
    package func giveUp() {
        isGivenUp = true
        wake()
    }

    package func wake() {
        guard let waiting = unsafe continuation else {
            isSignalled = true
            return
        }
        unsafe continuation = nil
        unsafe waiting.resume()
    }

    /// Returns when woken, when `deadline` has come, or for no reason at all: look again at what was waited for.
    package nonisolated(nonsending) func wait(until deadline: LoopTime) async {
        if isSignalled {
            isSignalled = false
            return
        }
        guard reactor.now < deadline else { return }
        setTimer(at: deadline)
        unsafe await withUnsafeContinuation { (waiting: UnsafeContinuation<Void, Never>) in
            unsafe continuation = waiting
        }
        timer?.postpone()
    }

    /// Lets everything else that is ready go first: returns in the loop's next turn, with `reactor.now` renewed.
    ///
    /// For a task whose socket always has more: without it, one busy client would keep the loop to itself.
    package nonisolated(nonsending) func yield() async {
        reactor.wakeNextTurn(self)
        unsafe await withUnsafeContinuation { (waiting: UnsafeContinuation<Void, Never>) in
            unsafe continuation = waiting
        }
    }

    /// Gives up the timer. Call it when the owner is done, or the queue keeps it until its time comes.
    package func retire() {
        if let timer { reactor.remove(timer) }
        timer = nil
    }

    private func setTimer(at deadline: LoopTime) {
        guard deadline != .never else { return }
        let timer: LoopTimer
        if let existing = self.timer {
            timer = existing
        } else {
            timer = LoopTimer { [weak self] in self?.wake() }
            self.timer = timer
        }
        reactor.set(timer, at: deadline)
    }
}
