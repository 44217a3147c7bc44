package import EventLoop
internal import Glibc

/// Where log lines go: a thread of its own writes them, so that a slow terminal or pipe never holds up a loop. Shared.
package final class LogSink: Sendable {
    private struct State {
        var pending: [UInt8] = []
        var droppedLines = 0
        var isClosed = false
    }

    /// Unwritten text beyond this is dropped, and how much was is said in the log itself.
    private static let limitBytes = 8 << 20

    private let descriptor: Int32
    private let state = Guarded(State())
    /// Held while text is written, so that lines keep their order and none is under way when `close` returns; in it, the
    /// memory of the last batch for the next one.
    private let writing = Guarded<[UInt8]>([])
    private let wakeup: WakeupDescriptor

    /// - Parameter descriptor: of an open file; 1 or 2 as a rule. It is not closed.
    package init(descriptor: Int32) throws(Errno) {
        self.descriptor = descriptor
        wakeup = try WakeupDescriptor()
        let sink = self
        _ = try Thread(name: "log") { sink.writeUntilClosed() }
    }

    /// Takes one line, with its line feed.
    package func append(_ line: Span<UInt8>) {
        let isFirst = state.withLock { state in
            guard state.pending.count < LogSink.limitBytes else {
                state.droppedLines += 1
                return false
            }
            unsafe line.withUnsafeBufferPointer { unsafe state.pending.append(contentsOf: $0) }
            return state.pending.count == line.count
        }
        if isFirst { wakeup.signal() }
    }

    /// Writes what is pending, on the calling thread. For the end of the process.
    package func close() {
        state.withLock { $0.isClosed = true }
        wakeup.signal()
        writePending()
    }

    private func writeUntilClosed() {
        var descriptors = pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0)
        while !state.withLock({ $0.isClosed }) {
            _ = unsafe poll(&descriptors, 1, -1)
            wakeup.clear()
            writePending()
            // Under load lines gather here, so that the writer wakes at most 200 times a second.
            usleep(5000)
        }
    }

    private func writePending() {
        writing.withLock { text in
            takeAndWrite(&text)
            // A burst's memory is given back.
            text.removeAll(keepingCapacity: text.capacity <= LogSink.keptBytes)
        }
    }

    private static let keptBytes = 256 << 10

    private func takeAndWrite(_ text: inout [UInt8]) {
        state.withLock { state in
            swap(&text, &state.pending)
            if state.droppedLines > 0 {
                text.append(
                    contentsOf: #"{"level":"error","message":"log lines dropped","count":\#(state.droppedLines)}"#.utf8)
                text.append(UInt8(ascii: "\n"))
                state.droppedLines = 0
            }
        }
        var position = 0
        while position < text.count {
            let count = unsafe text.withUnsafeBytes { region in
                unsafe write(descriptor, region.baseAddress.map { unsafe $0 + position }, region.count - position)
            }
            if count > 0 {
                position += count
            } else if errno == EAGAIN {
                var descriptors = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&descriptors, 1, 1000)
            } else if errno != EINTR {
                return  // the reader of our output has gone; there is nobody left to tell
            }
        }
    }
}
