/// A deadline that can be moved and cancelled. Loop-owned.
///
/// Moving it later costs nothing: the queue notices when the old time comes. A connection therefore sets its idle
/// deadline on every request without touching the queue.
package final class LoopTimer {
    /// When to fire; `.never` while it is off.
    package fileprivate(set) var due = LoopTime.never
    fileprivate var queuedAt = LoopTime.never
    /// Place in the heap, −1 when not in it.
    fileprivate var index = -1
    fileprivate let action: () -> Void

    /// - Parameter action: run on the loop when the time has come. It may set the timer again.
    package init(action: @escaping () -> Void) {
        self.action = action
    }
}

/// Binary heap of timers, soonest first. Loop-owned value.
struct TimerQueue {
    private var heap: [LoopTimer] = []

    var count: Int { heap.count }

    /// The time to wake at, which may be earlier than any timer is due (a moved timer), never later.
    var next: LoopTime { heap.first?.queuedAt ?? .never }

    mutating func set(_ timer: LoopTimer, at time: LoopTime) {
        timer.due = time
        guard time != .never else { return }  // switched off; the entry, if any, lapses in time or by `remove`
        if timer.index < 0 {
            timer.queuedAt = time
            timer.index = heap.count
            heap.append(timer)
            siftUp(from: timer.index)
        } else if time < timer.queuedAt {
            timer.queuedAt = time
            siftUp(from: timer.index)
        }
    }

    /// Takes the timer out, so that the queue no longer keeps its owner alive.
    mutating func remove(_ timer: LoopTimer) {
        timer.due = .never
        guard timer.index >= 0 else { return }
        removeEntry(at: timer.index)
    }

    /// The next timer that is due at `now`, taken out.
    mutating func popDue(at now: LoopTime) -> LoopTimer? {
        while let first = heap.first, first.queuedAt <= now {
            if first.due == .never {
                removeEntry(at: 0)
            } else if first.due > now {
                first.queuedAt = first.due
                siftDown(from: 0)
            } else {
                removeEntry(at: 0)
                first.due = .never
                return first
            }
        }
        return nil
    }

    private mutating func removeEntry(at index: Int) {
        let last = heap.count - 1
        heap[index].index = -1
        if index == last {
            heap.removeLast()
            return
        }
        heap[index] = heap[last]
        heap[index].index = index
        heap.removeLast()
        siftDown(from: index)
        siftUp(from: index)
    }

    private mutating func siftUp(from start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].queuedAt < heap[parent].queuedAt else { return }
            exchange(child, parent)
            child = parent
        }
    }

    private mutating func siftDown(from start: Int) {
        var parent = start
        while true {
            var least = parent
            let left = 2 * parent + 1
            if left < heap.count, heap[left].queuedAt < heap[least].queuedAt { least = left }
            if left + 1 < heap.count, heap[left + 1].queuedAt < heap[least].queuedAt { least = left + 1 }
            if least == parent { return }
            exchange(parent, least)
            parent = least
        }
    }

    private mutating func exchange(_ left: Int, _ right: Int) {
        heap.swapAt(left, right)
        heap[left].index = left
        heap[right].index = right
    }
}

extension LoopTimer {
    func fire() { action() }

    /// Off for now; its place in the queue stays, so that setting it again soon costs nothing.
    package func postpone() { due = .never }
}
