import CLinux
import ConfigFile
import EventLoop
import Glibc
internal import Model

/// What the process is and has: its environment, its files, its limits.
enum Process {
    static var environment: [String: String] {
        var variables: [String: String] = [:]
        var cursor = unsafe environ
        while let entry = unsafe cursor.pointee {
            let text = unsafe String(cString: entry)
            if let mark = text.firstIndex(of: "=") {
                variables[String(text[..<mark])] = String(text[text.index(after: mark)...])
            }
            unsafe cursor += 1
        }
        return variables
    }

    /// Whole file as bytes. At most 64 MiB: more is no configuration.
    static func read(_ path: String) throws(ConfigReadError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let error = Errno.current
            throw error.code == ENOENT ? .notFound : .notReadable(reason: error.text)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < 64 << 20 {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR { continue }
                throw .notReadable(reason: Errno.current.text)
            }
            bytes.append(contentsOf: chunk[..<count])
        }
        throw .notReadable(reason: "it is larger than 64 MiB")
    }

    /// A vanished client must be an error code, not the end of the process; a crash must not leave keys in a core file or a
    /// log. Before the first key is read.
    static func harden() {
        signal(SIGPIPE, SIG_IGN)
        _ = penstock_forbid_dumps()
        // Whoever sets the variable says himself what a crash prints.
        if unsafe getenv("SWIFT_BACKTRACE") == nil { penstock_forgo_backtraces() }
        penstock_tune_memory()
        umask(0o077)
    }

    /// Raises the limit of open files to what is allowed, and returns it.
    static func raiseOpenFileLimit() -> Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return Int(clamping: limit.rlim_cur)
    }

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
}

/// SIGTERM and SIGINT, taken by one thread that waits for them. Block them before any other thread starts.
struct TerminationSignals {
    private var set = sigset_t()

    init() {
        unsafe sigemptyset(&set)
        unsafe sigaddset(&set, SIGTERM)
        unsafe sigaddset(&set, SIGINT)
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Returns when one has come.
    mutating func wait() {
        var number: Int32 = 0
        _ = unsafe sigwait(&set, &number)
    }

    /// Whether one came within `duration`.
    mutating func wait(atMost duration: Duration) -> Bool {
        let nanoseconds = duration.clampedNanoseconds
        var time = timespec(tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
        return unsafe sigtimedwait(&set, nil, &time) > 0
    }
}
