import EventLoop
import Glibc

/// Both ends of a pipe, for what writes to a descriptor.
final class Pipe: Sendable {
    let readEnd: Int32
    let writeEnd: Int32

    init() throws(Errno) {
        var ends: (Int32, Int32) = (-1, -1)
        let result = unsafe withUnsafeMutableBytes(of: &ends) { region in
            unsafe pipe(region.baseAddress?.assumingMemoryBound(to: Int32.self))
        }
        guard result == 0 else { throw Errno.current }
        (readEnd, writeEnd) = ends
    }

    func closeWriteEnd() { close(writeEnd) }
    func closeReadEnd() { close(readEnd) }

    /// Until every write end is closed; then the read end is closed as well.
    func readToEnd() -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(readEnd, $0.baseAddress, $0.count) }
            if count > 0 {
                bytes += chunk[..<count]
            } else if count == 0 || errno != EINTR {
                close(readEnd)
                return bytes
            }
        }
    }

    /// Reads on a thread of its own.
    func readInBackground() -> Reader { Reader(self) }

    final class Reader: @unchecked Sendable {
        // @unchecked: `bytes` is written by the thread and read behind its `join` only.
        private var bytes: [UInt8] = []
        private var thread = pthread_t()

        fileprivate init(_ pipe: Pipe) {
            let work = unsafe Unmanaged.passRetained(Work(self, pipe))
            unsafe pthread_create(
                &thread, nil,
                { argument in
                    guard let argument = unsafe argument else { return nil }
                    let work = unsafe Unmanaged<Work>.fromOpaque(argument).takeRetainedValue()
                    work.reader.bytes = work.pipe.readToEnd()
                    return nil
                }, work.toOpaque())
        }

        func value() -> [UInt8] {
            unsafe pthread_join(thread, nil)
            return bytes
        }

        private final class Work {
            let reader: Reader
            let pipe: Pipe

            init(_ reader: Reader, _ pipe: Pipe) { (self.reader, self.pipe) = (reader, pipe) }
        }
    }
}
