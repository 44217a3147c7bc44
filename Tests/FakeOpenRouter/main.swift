import Glibc
import TestSupport

// fake-openrouter [--port N]: the double of docs/MOCK.md, until SIGTERM or SIGINT.

let arguments = Array(CommandLine.arguments.dropFirst())
let port = arguments.isEmpty ? 0 : arguments.count == 2 && arguments[0] == "--port" ? UInt16(arguments[1]) : nil
guard let port else {
    say("usage: fake-openrouter [--port N]", to: STDERR_FILENO)
    exit(64)
}

// Blocked before there is any other thread, so that only sigwait takes them.
var ends = sigset_t()
unsafe sigemptyset(&ends)
unsafe sigaddset(&ends, SIGTERM)
unsafe sigaddset(&ends, SIGINT)
unsafe pthread_sigmask(SIG_BLOCK, &ends, nil)
do {
    let fake = try FakeOpenRouter(port: port)
    say("listening on \(fake.baseURL)", to: STDOUT_FILENO)
    var signal: Int32 = 0
    unsafe sigwait(&ends, &signal)
    fake.stop()
} catch {
    say("fake-openrouter: \(error)", to: STDERR_FILENO)
    exit(1)
}

/// One line, at once: standard output may be a pipe.
func say(_ text: String, to descriptor: Int32) {
    let line = Array((text + "\n").utf8)
    _ = unsafe line.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
}
