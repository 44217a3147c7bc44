internal import Glibc

/// A failed system call.
package struct Errno: Error, Equatable, Sendable {
    package let code: Int32

    package init(_ code: Int32) {
        self.code = code
    }

    /// The calling thread's `errno`.
    package static var current: Errno { Errno(errno) }

    package var wouldBlock: Bool { code == EAGAIN || code == EWOULDBLOCK }

    /// The system's text, such as "Address already in use".
    package var text: String {
        var buffer = [CChar](repeating: 0, count: 256)
        let message = unsafe buffer.withUnsafeMutableBufferPointer { space in
            guard let start = space.baseAddress else { return false }
            return unsafe strerror_r(code, start, space.count) == 0
        }
        guard message else { return "error \(code)" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Runs a call that reports failure as −1, again when a signal interrupted it.
package func systemCall<Result: SignedInteger>(_ call: () -> Result) throws(Errno) -> Result {
    while true {
        let result = call()
        if result != -1 { return result }
        let error = Errno.current
        if error.code != EINTR { throw error }
    }
}
