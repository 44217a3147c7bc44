/// Buffered reading of one socket: lines, counted bytes, the rest. Owned by one thread.
///
/// Every call has an absolute deadline and throws `SocketError.timedOut` when it passes.
package final class ByteReader {
    private let socket: TCPSocket
    private var buffer: [UInt8] = []
    private var start = 0

    package init(_ socket: TCPSocket) { self.socket = socket }

    /// Bytes read from the socket that nobody has taken yet.
    package var pending: [UInt8] { Array(buffer[start...]) }

    /// One line without its LF or CRLF; nil when the stream ended before its first byte.
    package func line(before deadline: ContinuousClock.Instant, limit: Int = 1 << 20) throws(SocketError) -> String? {
        var scanned = start
        while true {
            if let end = buffer[scanned...].firstIndex(of: 0x0A) {
                var line = buffer[start..<end]
                if line.last == 0x0D { line = line.dropLast() }
                start = end + 1
                return String(decoding: line, as: UTF8.self)
            }
            scanned = buffer.count
            guard scanned - start <= limit else { throw .malformed("a line without end") }
            guard try fill(before: deadline, keeping: &scanned) else {
                if start == buffer.count { return nil }
                throw .endedEarly
            }
        }
    }

    /// Exactly `count` bytes.
    package func bytes(_ count: Int, before deadline: ContinuousClock.Instant) throws(SocketError) -> [UInt8] {
        var taken: [UInt8] = []
        while taken.count < count {
            guard let piece = try piece(atMost: count - taken.count, before: deadline) else { throw .endedEarly }
            taken += piece
        }
        return taken
    }

    /// Whatever is there, at least one byte and at most `limit`; nil at the end of the stream.
    package func piece(atMost limit: Int, before deadline: ContinuousClock.Instant) throws(SocketError) -> [UInt8]? {
        var unused = start
        if start == buffer.count, try !fill(before: deadline, keeping: &unused) { return nil }
        let end = start + min(buffer.count - start, limit)
        defer { start = end }
        return Array(buffer[start..<end])
    }

    /// False at the end of the stream. Drops what was taken and moves `index` along.
    private func fill(before deadline: ContinuousClock.Instant, keeping index: inout Int) throws(SocketError) -> Bool {
        let more = try socket.receive(before: deadline)
        if start > 0 {
            buffer.removeFirst(start)
            index -= start
            start = 0
        }
        buffer += more
        return !more.isEmpty
    }
}
