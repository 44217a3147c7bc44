package import Glibc
import Synchronization

/// A built binary that serves on a port of its own choice. Stopped by `stop()`, killed with its last owner.
package final class GatewayProcess: Sendable {
    /// Why the binary does not serve; each case carries what it printed.
    package enum Failure: Error, Sendable {
        case cannotStart(errno: Int32, path: String)
        case exited(Exit, output: String)
        case silent(output: String)
    }

    package enum Exit: Equatable, Sendable {
        case status(Int32)
        case signal(Int32)
    }

    private struct State: Sendable {
        var output: [UInt8] = []
        var openPipes = 0
        var exit: Exit?
    }

    package let pid: pid_t
    /// Where it serves. 0 when started with `waitForAddress: false`.
    package let port: UInt16
    /// Its own directory, with `config.yaml` in it; removed at the end.
    package let directory: String
    private let state: Watched<State>

    /// Starts the gateway on `config` and waits until it tells its address.
    ///
    /// - Parameter arguments: put after `--config <file> --port 0`.
    /// - Throws: `Failure`. A gateway that exits first, or stays silent, is reported with its output.
    package convenience init(
        config: String, arguments: [String] = [], environment: [String: String] = [:],
        startTimeout: Duration = .seconds(20)
    ) throws(Failure) {
        try self.init(
            binary: "penstock", arguments: ["--config", "{config}", "--port", "0"] + arguments,
            environment: environment, config: config, startTimeout: startTimeout)
    }

    /// The same for any binary.
    ///
    /// - Parameters:
    ///   - binary: a path, or the name of a product beside the running test bundle.
    ///   - arguments: `{config}` stands for the path of the file with `config`.
    ///   - environment: all it gets, beside `PATH`, `HOME` (its directory) and the sanitizers' options.
    ///   - startTimeout: for a line with `http://127.0.0.1:<port>`.
    package init(
        binary: String, arguments: [String], environment: [String: String] = [:], config: String = "",
        startTimeout: Duration = .seconds(20)
    ) throws(Failure) {
        let directory = try Self.makeDirectory(config: config)
        self.directory = directory
        let path = binary.contains("/") ? binary : Self.productsDirectory + "/" + binary
        let all = [path] + arguments.map { $0 == "{config}" ? directory + "/config.yaml" : $0 }
        state = Watched(State(openPipes: 2))
        do throws(Failure) {
            pid = try Self.start(path, all, Self.environment(environment, home: directory), in: state)
        } catch {
            Self.remove(directory)
            throw error
        }
        let found = state.wait(startTimeout) { state -> (port: UInt16?, exit: Exit?)? in
            if let port = Self.port(in: state.output) { return (port, nil) }
            return state.openPipes == 0 && state.exit != nil ? (nil, state.exit) : nil
        }
        port = found?.port ?? 0
        if let exit = found?.exit { throw .exited(exit, output: Self.text(state)) }
        guard found != nil else {
            // deinit kills it.
            throw .silent(output: Self.text(state))
        }
    }

    deinit {
        if state.value.exit == nil {
            kill(pid, SIGKILL)
            _ = state.wait(.seconds(10)) { $0.exit }
        }
        Self.remove(directory)
    }

    package var baseURL: String { "http://127.0.0.1:\(port)" }

    /// Standard output and standard error so far, in the order they were read.
    package var output: String { Self.text(state) }

    /// Nil while it runs.
    package var exit: Exit? { state.value.exit }

    /// Blocks until the output holds `text`; false when `timeout` passes, or the process ends, without it.
    package func waitForOutput(_ text: String, timeout: Duration = .seconds(10)) -> Bool {
        let wanted = Array(text.utf8)
        return state.wait(timeout) { state in
            if state.output.contains(wanted) { return true }
            return state.openPipes == 0 ? false : nil
        } ?? false
    }

    package func send(signal: Int32) { if exit == nil { kill(pid, signal) } }

    /// SIGTERM, then SIGKILL when it has not gone after `timeout`.
    @discardableResult
    package func stop(timeout: Duration = .seconds(20)) -> Exit {
        send(signal: SIGTERM)
        if let exit = waitForExit(timeout: timeout) { return exit }
        send(signal: SIGKILL)
        return waitForExit(timeout: .seconds(10)) ?? .signal(SIGKILL)
    }

    /// Blocks until the process is gone and its whole output was read.
    package func waitForExit(timeout: Duration = .seconds(20)) -> Exit? {
        state.wait(timeout) { $0.openPipes == 0 ? $0.exit : nil }
    }

    /// Replaces the config file in one step, as an editor does.
    package func rewriteConfig(_ text: String) throws(Failure) {
        let file = directory + "/config.yaml"
        guard Self.write(text, to: file + ".new"), unsafe rename(file + ".new", file) == 0 else {
            throw .cannotStart(errno: errno, path: file)
        }
    }

    /// A file beside the config, for `include` and the like.
    package func addFile(_ name: String, _ text: String) throws(Failure) {
        guard Self.write(text, to: directory + "/" + name) else { throw .cannotStart(errno: errno, path: name) }
    }

    // MARK: Parts

    /// The directory of the running test executable: `.build/<triple>/debug`.
    package static var productsDirectory: String {
        var name = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/self/exe", &name, name.count)
        let path = String(decoding: name.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    }

    private static func environment(_ own: [String: String], home: String) -> [String] {
        var all = ["HOME": home]
        for name in ["PATH", "TSAN_OPTIONS", "ASAN_OPTIONS", "LD_LIBRARY_PATH", "LLVM_PROFILE_FILE"] {
            if let value = unsafe getenv(name) { unsafe all[name] = String(cString: value) }
        }
        all.merge(own) { _, new in new }
        return all.map { "\($0.key)=\($0.value)" }.sorted()
    }

    /// The first `http://127.0.0.1:<port>` that stands before something else than a digit.
    private static func port(in output: [UInt8]) -> UInt16? {
        let text = String(decoding: output, as: UTF8.self)
        guard let start = text.firstRange(of: "http://127.0.0.1:") else { return nil }
        let digits = text[start.upperBound...].prefix { $0.isNumber }
        return digits.endIndex == text.endIndex ? nil : UInt16(digits)
    }

    private static func text(_ state: Watched<State>) -> String { String(decoding: state.value.output, as: UTF8.self) }

    private static func makeDirectory(config: String) throws(Failure) -> String {
        var template = Array("/tmp/gateway-test.XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw .cannotStart(errno: errno, path: "/tmp") }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard write(config, to: path + "/config.yaml") else { throw .cannotStart(errno: errno, path: path) }
        return path
    }

    private static func write(_ text: String, to path: String) -> Bool {
        guard let file = unsafe fopen(path, "we") else { return false }
        let bytes = Array(text.utf8)
        let written = unsafe bytes.withUnsafeBytes { unsafe fwrite($0.baseAddress, 1, $0.count, file) }
        return unsafe fclose(file) == 0 && written == bytes.count
    }

    /// Files of this directory only; a deeper tree stays behind.
    private static func remove(_ directory: String) {
        guard let entries = unsafe opendir(directory) else { return }
        while let entry = unsafe readdir(entries) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { unsafe unlink(directory + "/" + name) }
        }
        unsafe closedir(entries)
        unsafe rmdir(directory)
    }
}

extension GatewayProcess {
    /// Spawns, and starts the threads that read both pipes and wait for the end.
    private static func start(
        _ path: String, _ arguments: [String], _ environment: [String], in state: Watched<State>
    ) throws(Failure) -> pid_t {
        let spawned = TCPSocket.spawning.withLock { _ -> Result<(pid_t, [Int32]), SpawnError> in
            spawn(path, arguments, environment)
        }
        switch spawned {
        case .failure(let error):
            throw .cannotStart(errno: error.code, path: path)
        case .success(let (pid, pipes)):
            for pipe in pipes {
                startThread {
                    read(pipe, into: state)
                    close(pipe)
                    state.update { $0.openPipes -= 1 }
                }
            }
            startThread {
                var status: Int32 = 0
                while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
                let signal = status & 0x7F
                state.update { [status] in $0.exit = signal == 0 ? .status(status >> 8 & 0xFF) : .signal(signal) }
            }
            return pid
        }
    }

    private struct SpawnError: Error { let code: Int32 }

    /// Standard input is /dev/null; SIGPIPE and SIGTERM act as usual whatever the test runner did to them.
    private static func spawn(
        _ path: String, _ arguments: [String], _ environment: [String]
    ) -> Result<(pid_t, [Int32]), SpawnError> {
        var out: [Int32] = [-1, -1]
        var err: [Int32] = [-1, -1]
        guard unsafe pipe(&out) == 0, unsafe pipe(&err) == 0 else { return .failure(SpawnError(code: errno)) }
        for descriptor in out + err { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        defer { for descriptor in [out[1], err[1]] { close(descriptor) } }

        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, out[1], 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, err[1], 2)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        unsafe sigemptyset(&defaults)
        var blocked = defaults
        unsafe sigemptyset(&blocked)
        for signal in [SIGPIPE, SIGTERM, SIGINT, SIGHUP] { unsafe sigaddset(&defaults, signal) }
        unsafe posix_spawnattr_setsigdefault(&attributes, &defaults)
        unsafe posix_spawnattr_setsigmask(&attributes, &blocked)
        unsafe posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))

        var argv = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var envp = unsafe environment.map { unsafe strdup($0) } + [nil]
        defer {
            unsafe argv.forEach { unsafe free($0) }
            unsafe envp.forEach { unsafe free($0) }
        }
        var pid = pid_t()
        let code = unsafe posix_spawn(&pid, path, &actions, &attributes, &argv, &envp)
        guard code == 0 else {
            for descriptor in [out[0], err[0]] { close(descriptor) }
            return .failure(SpawnError(code: code))
        }
        return .success((pid, [out[0], err[0]]))
    }

    /// To the end of the pipe, which a grandchild may hold open.
    private static func read(_ descriptor: Int32, into state: Watched<State>) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count > 0 {
                let piece = Array(buffer.prefix(count))
                state.update { $0.output += piece }
            } else if count == 0 || errno != EINTR {
                return
            }
        }
    }
}
