internal import CLinux
internal import Glibc

/// An eventfd that wakes an `epoll_wait` from any thread.
package final class WakeupDescriptor: Sendable {
    package let descriptor: Int32

    package init() throws(Errno) {
        descriptor = try systemCall { eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC)) }
    }

    deinit { close(descriptor) }

    package func signal() {
        var one: UInt64 = 1
        // It fails only when the counter is full; then the loop is being woken anyway.
        _ = unsafe write(descriptor, &one, 8)
    }

    package func clear() {
        var count: UInt64 = 0
        _ = unsafe read(descriptor, &count, 8)
    }
}
