import Glibc
import Synchronization
import Testing

@testable import EventLoop

@Suite struct EventLoopTests {
    /// A loop on a thread of its own for the time of `body`.
    private func withLoop<Value>(_ body: (EventLoop) throws -> Value) throws -> Value {
        let loop = try EventLoop()
        let thread = try Thread(name: "test") { loop.run { _, _ in } }
        // Not `defer`: a closure may not consume the thread.
        let result = Result { try body(loop) }
        loop.stop()
        thread.join()
        return try result.get()
    }

    private final class Ping {
        let here: Socket
        let waiter: Waiter
        var buffer = ByteBuffer()

        init(_ descriptor: Int32, on reactor: Reactor) throws {
            here = try Socket(owning: descriptor, on: reactor)
            waiter = Waiter(on: reactor)
            here.watch.waiter = waiter
        }

        func receiveOne() async {
            while true {
                switch here.read(into: &buffer, atLeast: 16) {
                case .moved:
                    buffer.removeAll()
                    return
                case .wouldBlock: await waiter.wait(until: .never)
                case .ended, .failed: return
                }
            }
        }

        func sendOne() {
            buffer.append("x")
            _ = here.write(from: &buffer)
        }
    }

    /// The one property that keeps a request at microseconds: a handler that waits and is woken a thousand times never
    /// leaves its thread, so no job comes to the loop from another one.
    @Test func aWaitingHandlerNeverHopsToThePool() throws {
        try withLoop { loop in
            var pair: [Int32] = [0, 0]
            #expect(
                unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &pair) == 0)
            let (left, right) = (pair[0], pair[1])
            let done = Finish(parties: 2)
            let strayThreads = Atomic<Int>(0)
            for (descriptor, begins) in [(left, true), (right, false)] {
                loop.spawn { loop in
                    let reactor = loop.reactor
                    guard let ping = try? Ping(descriptor, on: reactor) else { return done.arrive() }
                    for _ in 0..<1000 {
                        if begins { ping.sendOne() }
                        await ping.receiveOne()
                        if !begins { ping.sendOne() }
                        if !loop.executor.isOnLoop { strayThreads.add(1, ordering: .relaxed) }
                    }
                    done.arrive()
                }
            }
            done.wait()
            #expect(strayThreads.load(ordering: .relaxed) == 0)
            // Two tasks were started from here; each may cost a job or two until it is on its loop.
            #expect(loop.executor.foreignJobs <= 4)
        }
    }

    @Test func aDeadlineEndsAWait() throws {
        try withLoop { loop in
            let done = Finish(parties: 1)
            loop.spawn { loop in
                let reactor = loop.reactor
                let waiter = Waiter(on: reactor)
                let end = reactor.now + .milliseconds(5)
                while reactor.now < end { await waiter.wait(until: end) }
                done.arrive()
            }
            done.wait()
        }
    }

    @Test func aWakeUpBeforeTheWaitIsNotLost() throws {
        try withLoop { loop in
            let done = Finish(parties: 1)
            loop.spawn { loop in
                let waiter = Waiter(on: loop.reactor)
                waiter.wake()
                await waiter.wait(until: .never)
                done.arrive()
            }
            done.wait()
        }
    }

    @Test func aPeerThatHangsUpIsSeenEvenWithItsLastBytes() throws {
        try withLoop { loop in
            var pair: [Int32] = [0, 0]
            #expect(
                unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0, &pair) == 0)
            let (left, right) = (pair[0], pair[1])
            let done = Finish(parties: 1)
            let received = Atomic<Int>(0)
            loop.spawn { loop in
                defer { done.arrive() }
                guard let ping = try? Ping(left, on: loop.reactor) else { return }
                while true {
                    switch ping.here.read(into: &ping.buffer, atLeast: 16) {
                    case .moved(let count): received.add(count, ordering: .relaxed)
                    case .wouldBlock: await ping.waiter.wait(until: .never)
                    case .ended, .failed: return
                    }
                }
            }
            _ = unsafe write(right, "bye", 3)
            close(right)
            done.wait()
            #expect(received.load(ordering: .relaxed) == 3)
        }
    }
}

/// Waits for several tasks from a thread outside the loop.
final class Finish: Sendable {
    private let descriptor: WakeupDescriptor?
    private let left: Atomic<Int>

    init(parties: Int) {
        left = Atomic(parties)
        descriptor = try? WakeupDescriptor()
    }

    func arrive() {
        if left.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 { descriptor?.signal() }
    }

    /// Fails the test rather than hang when it takes longer than 10 s.
    func wait() {
        guard let descriptor else { return }
        var poll = pollfd(fd: descriptor.descriptor, events: Int16(POLLIN), revents: 0)
        let ready = unsafe Glibc.poll(&poll, 1, 10_000)
        #expect(ready == 1, "the tasks did not finish")
    }
}
