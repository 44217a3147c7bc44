import Testing

@testable import EventLoop

@Suite struct TimerQueueTests {
    private func time(_ seconds: Int64) -> LoopTime { LoopTime(nanoseconds: seconds * 1_000_000_000) }

    @Test func firesInOrderAndOnlyWhenDue() {
        var queue = TimerQueue()
        var fired: [Int] = []
        let timers = [5, 1, 3, 2, 4].map { number in (number, LoopTimer { fired.append(number) }) }
        for (number, timer) in timers { queue.set(timer, at: time(Int64(number))) }
        while let timer = queue.popDue(at: time(3)) { timer.fire() }
        #expect(fired == [1, 2, 3])
        while let timer = queue.popDue(at: time(9)) { timer.fire() }
        #expect(fired == [1, 2, 3, 4, 5])
        #expect(queue.count == 0)
    }

    @Test func movingLaterIsNoticedWhenTheOldTimeComes() {
        var queue = TimerQueue()
        let timer = LoopTimer {}
        queue.set(timer, at: time(1))
        queue.set(timer, at: time(10))
        #expect(queue.next == time(1))
        #expect(queue.popDue(at: time(2)) == nil)
        #expect(queue.next == time(10))
        #expect(queue.popDue(at: time(10)) === timer)
    }

    @Test func movingSoonerTakesEffectAtOnce() {
        var queue = TimerQueue()
        let timer = LoopTimer {}
        let other = LoopTimer {}
        queue.set(other, at: time(3))
        queue.set(timer, at: time(5))
        queue.set(timer, at: time(1))
        #expect(queue.popDue(at: time(1)) === timer)
        #expect(queue.popDue(at: time(2)) == nil)
    }

    @Test func switchedOffAndRemovedTimersDoNotFire() {
        var queue = TimerQueue()
        let off = LoopTimer {}
        let gone = LoopTimer {}
        queue.set(off, at: time(1))
        queue.set(gone, at: time(1))
        off.postpone()
        queue.remove(gone)
        #expect(queue.popDue(at: time(2)) == nil)
        #expect(queue.count == 0)
    }

    /// Against a sorted list, for a few thousand random operations.
    @Test func agreesWithASortedList() {
        var random = SplitMix(state: 7)
        var queue = TimerQueue()
        var model: [ObjectIdentifier: LoopTime] = [:]
        let timers = (0..<50).map { _ in LoopTimer {} }
        var now = time(0)
        for _ in 0..<5000 {
            let timer = timers[Int(random.next() % 50)]
            switch random.next() % 4 {
            case 0:
                queue.remove(timer)
                model[ObjectIdentifier(timer)] = nil
            case 1:
                now = now + .milliseconds(Int(random.next() % 900))
                var due: Set<ObjectIdentifier> = []
                while let fired = queue.popDue(at: now) { due.insert(ObjectIdentifier(fired)) }
                let expected = Set(model.filter { $0.value <= now }.keys)
                #expect(due == expected)
                for key in expected { model[key] = nil }
            default:
                let at = now + .milliseconds(Int(random.next() % 5000))
                queue.set(timer, at: at)
                model[ObjectIdentifier(timer)] = at
            }
        }
    }
}

struct SplitMix {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
