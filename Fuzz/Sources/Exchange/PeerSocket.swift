internal import Glibc

/// The test's end of a TCP connection on this machine. It never waits.
final class PeerSocket {
    private let descriptor: Int32
    private(set) var isOpen = true
    private(set) var received: [UInt8] = []
    /// What the kernel took.
    private(set) var sent: [UInt8] = []
    /// The gateway has ended its side, or broken the connection.
    private(set) var isEnded = false
    private(set) var wasReset = false
    /// We have ended ours, or closed, before the gateway did.
    private(set) var hasLeft = false
    var readsOn = true

    init(owning descriptor: Int32) {
        self.descriptor = descriptor
        set(IPPROTO_TCP, TCP_NODELAY, 1)
    }

    /// A client of what listens on 127.0.0.1.
    ///
    /// - Parameter room: bytes that the kernel keeps of what nobody reads; 0 for its own choice.
    static func connect(to port: Int, room: Int32 = 0) -> PeerSocket? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        let peer = PeerSocket(owning: descriptor)
        if room > 0 { peer.set(Int(SOL_SOCKET), SO_RCVBUF, room) }
        var address = loopback(port)
        let failed = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard failed == 0 else {
            peer.close()
            return nil
        }
        return peer
    }

    deinit { close() }

    private func set(_ level: Int, _ name: Int32, _ value: Int32) {
        var value = value
        _ = unsafe setsockopt(descriptor, Int32(level), name, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Sends as much as the kernel takes.
    func send(_ bytes: some Collection<UInt8>) {
        guard isOpen, !bytes.isEmpty else { return }
        let bytes = Array(bytes)
        let count = unsafe bytes.withUnsafeBytes { region in
            unsafe Glibc.send(descriptor, region.baseAddress, region.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
        if count > 0 { sent += bytes.prefix(count) }
    }

    /// Reads all there is, and closes where the other side has ended. `true` when something had happened.
    func pump() -> Bool {
        guard isOpen, readsOn, !isEnded else { return false }
        var hasRead = false
        while true {
            let count = unsafe withUnsafeTemporaryAllocation(byteCount: 16 << 10, alignment: 1) { space in
                let count = unsafe recv(descriptor, space.baseAddress, space.count, Int32(MSG_DONTWAIT))
                if count > 0 { unsafe received.append(contentsOf: UnsafeRawBufferPointer(rebasing: space[..<count])) }
                return count
            }
            if count > 0 {
                hasRead = true
                continue
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN || errno == EWOULDBLOCK { return hasRead }
            isEnded = true
            wasReset = count < 0
            finish()
            return true
        }
    }

    func endWriting() {
        guard isOpen else { return }
        hasLeft = true
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// - Parameter resetting: the other side sees an error and no end.
    func leave(resetting: Bool = false) {
        guard isOpen else { return }
        hasLeft = true
        if resetting {
            var option = linger(l_onoff: 1, l_linger: 0)
            _ = unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        }
        finish()
    }

    private func finish() {
        guard isOpen else { return }
        isOpen = false
        Glibc.close(descriptor)
    }

    func close() { finish() }
}

/// A socket that listens on 127.0.0.1, or only keeps its port from being used: then connecting is refused.
struct PeerListener {
    let descriptor: Int32
    let port: Int

    init(listens: Bool = true) {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        descriptor = socket(AF_INET, kind, 0)
        var address = loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isReady = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, length) == 0 && (!listens || listen(descriptor, 64) == 0)
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        require(isReady, "there is a port to listen on")
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    /// Those that have a connection to accept, with their places.
    static func ready(_ listeners: [PeerListener]) -> [(Int, PeerListener)] {
        var asked = listeners.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        guard unsafe poll(&asked, nfds_t(asked.count), 0) > 0 else { return [] }
        return listeners.indices.filter { asked[$0].revents != 0 }.map { ($0, listeners[$0]) }
    }

    /// The next connection, if one has come.
    func accept() -> PeerSocket? {
        let descriptor = unsafe Glibc.accept(descriptor, nil, nil)
        return descriptor >= 0 ? PeerSocket(owning: descriptor) : nil
    }
}

private func loopback(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
}
