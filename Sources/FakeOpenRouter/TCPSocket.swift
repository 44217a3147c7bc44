import Glibc
package import Synchronization

/// What went wrong on a socket of the doubles.
package enum SocketError: Error, Equatable, Sendable {
    /// `call` failed with this `errno`.
    case failed(call: String, errno: Int32)
    /// Nothing arrived, or nothing could be written, before the deadline.
    case timedOut
    /// The other side ended the connection in the middle of something.
    case endedEarly
    /// The bytes read are not HTTP/1.1.
    case malformed(String)

    /// The peer has closed or reset the connection.
    package var isDisconnect: Bool {
        switch self {
        case .endedEarly: true
        case .failed(_, let code): code == EPIPE || code == ECONNRESET || code == ENOTCONN
        case .timedOut, .malformed: false
        }
    }
}

/// One blocking TCP socket on 127.0.0.1, closed with its last owner.
///
/// Close-on-exec, `TCP_NODELAY`, never raises SIGPIPE.
package final class TCPSocket: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { Glibc.close(descriptor) }

    package static func listening(on port: UInt16) throws(SocketError) -> TCPSocket {
        let socket = try make()
        socket.set(SOL_SOCKET, SO_REUSEADDR, 1)
        var address = loopback(port)
        let bound = unsafe withUnsafeBytes(of: &address) {
            unsafe bind(
                socket.descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
        guard bound == 0 else { throw .failed(call: "bind", errno: errno) }
        guard listen(socket.descriptor, 4096) == 0 else { throw .failed(call: "listen", errno: errno) }
        return socket
    }

    /// - Parameter source: 127.0.0.x is where the connection comes from; 0 leaves it to the system.
    package static func connected(to port: UInt16, from source: UInt8 = 0) throws(SocketError) -> TCPSocket {
        let socket = try make()
        if source > 0 {
            var address = loopback(0, source)
            let bound = unsafe withUnsafeBytes(of: &address) {
                unsafe bind(
                    socket.descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
            }
            guard bound == 0 else { throw .failed(call: "bind", errno: errno) }
        }
        var address = loopback(port)
        let connected = unsafe withUnsafeBytes(of: &address) {
            unsafe connect(
                socket.descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count))
        }
        guard connected == 0 else { throw .failed(call: "connect", errno: errno) }
        socket.set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        return socket
    }

    /// Held while a descriptor exists that a child would inherit, and while a child is made.
    package static let spawning = Mutex<Void>(())

    /// The next connection, or nil once the listener was shut down.
    package func accepted() -> TCPSocket? {
        while true {
            _ = wait(for: Int16(POLLIN), nil)
            // accept4 is not imported, so close-on-exec comes second and a spawn between the two has to be kept out.
            let descriptor = Self.spawning.withLock { _ in
                let descriptor = accept(self.descriptor, nil, nil)
                if descriptor >= 0 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
                return descriptor
            }
            if descriptor >= 0 {
                let socket = TCPSocket(descriptor)
                socket.set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
                return socket
            }
            // A connection that was reset while it waited, or a moment without descriptors: not the listener's end.
            guard [EINTR, EAGAIN, ECONNABORTED, EMFILE, ENFILE].contains(errno) else { return nil }
        }
    }

    package var port: UInt16 {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failed = unsafe withUnsafeMutableBytes(of: &address) {
            unsafe getsockname(descriptor, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), &length)
        }
        return failed == 0 ? UInt16(bigEndian: address.sin_port) : 0
    }

    /// Writes all of `bytes`. `timeout` is the longest wait for room in the send buffer.
    package func send(_ bytes: some Collection<UInt8>, timeout: Duration) throws(SocketError) {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.send(
                    descriptor, $0.baseAddress?.advanced(by: sent), bytes.count - sent,
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                guard wait(for: Int16(POLLOUT), timeout) else { throw .timedOut }
            } else if errno != EINTR {
                throw .failed(call: "send", errno: errno)
            }
        }
    }

    /// What arrived, at most `limit` bytes; empty at the end of the stream.
    package func receive(atMost limit: Int = 65536, before deadline: ContinuousClock.Instant) throws(SocketError)
        -> [UInt8]
    {
        while true {
            guard wait(for: Int16(POLLIN), max(.zero, deadline - .now)) else { throw .timedOut }
            var bytes = [UInt8](repeating: 0, count: limit)
            let count = unsafe bytes.withUnsafeMutableBytes {
                unsafe recv(descriptor, $0.baseAddress, limit, Int32(MSG_DONTWAIT))
            }
            if count >= 0 { return Array(bytes.prefix(count)) }
            guard errno == EINTR || errno == EAGAIN else { throw .failed(call: "recv", errno: errno) }
        }
    }

    /// Whether the peer closes or resets within `timeout` (nil: however long it takes); unread bytes do not matter.
    package func peerLeaves(within timeout: Duration?) -> Bool { wait(for: 0x2000, timeout) }  // POLLRDHUP

    /// Sends FIN; reading goes on.
    package func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Wakes whoever blocks on this socket; their calls see the end.
    package func shutDown() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Closes now, whoever still holds this object: the descriptor turns into one of /dev/null, which answers no call.
    package func close() {
        let null = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        guard null >= 0 else { return shutDown() }
        dup2(null, descriptor)
        Glibc.close(null)
    }

    /// Makes the close that follows send RST instead of FIN.
    package func resetOnClose() {
        var value = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
    }

    /// The kernel's buffer for bytes not yet read, so that a test can fill it.
    package func limitReceiveBuffer(bytes: Int32) { set(SOL_SOCKET, SO_RCVBUF, bytes) }

    private func wait(for events: Int16, _ timeout: Duration?) -> Bool {
        let deadline = timeout.map { ContinuousClock.now + $0 }
        while true {
            var milliseconds: Int32 = -1
            if let deadline {
                let left = max(.zero, deadline - ContinuousClock.now)
                milliseconds = Int32(clamping: Int(left / .milliseconds(1)) + (left > .zero ? 1 : 0))
            }
            var entry = pollfd(fd: descriptor, events: events, revents: 0)
            let ready = unsafe poll(&entry, 1, milliseconds)
            if ready > 0 { return true }
            if ready == 0 || errno != EINTR { return false }
        }
    }

    private func set(_ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func make() throws(SocketError) -> TCPSocket {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .failed(call: "socket", errno: errno) }
        return TCPSocket(descriptor)
    }

    private static func loopback(_ port: UInt16, _ last: UInt8 = 1) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = (0x7F00_0000 | UInt32(last)).bigEndian
        return address
    }
}
