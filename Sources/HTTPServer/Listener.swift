internal import CLinux  // as a whole module, it is where the compiler finds sockaddr_storage first
package import EventLoop
internal import Glibc

/// A listening TCP socket. `SO_REUSEPORT` lets every loop have its own on the same address; the kernel spreads clients.
package struct Listener: ~Copyable {
    package let descriptor: Int32
    /// The port in use, which the kernel chose when 0 was asked for.
    package let port: Int

    package enum Failure: Error {
        /// The host is no address and no name that the resolver knows.
        case unknownHost(String)
        case system(Errno)
    }

    /// - Parameters:
    ///   - host: an address or a name; `localhost` listens on 127.0.0.1.
    ///   - isTrial: finds out whether somebody else has the port, and takes no clients: one that came to a listener that
    ///     goes at once would be reset. The others share the port with every other listener, also of other processes.
    package init(host: String, port: Int, isTrial: Bool = false) throws(Failure) {
        let host = host == "localhost" ? "127.0.0.1" : host
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(host, String(port), &hints, &list) == 0, let first = unsafe list else {
            throw .unknownHost(host)
        }
        defer { unsafe freeaddrinfo(list) }
        do throws(Errno) {
            let descriptor = try systemCall {
                unsafe socket(
                    first.pointee.ai_family,
                    Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            }
            do throws(Errno) {
                var yes: Int32 = 1
                let size = socklen_t(MemoryLayout<Int32>.size)
                _ = try systemCall { unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, size) }
                if !isTrial {
                    _ = try systemCall { unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &yes, size) }
                }
                _ = try systemCall { unsafe bind(descriptor, first.pointee.ai_addr, first.pointee.ai_addrlen) }
                if !isTrial { _ = try systemCall { listen(descriptor, 4096) } }
                self.port = try Listener.boundPort(descriptor)
                self.descriptor = descriptor
            } catch {
                close(descriptor)
                throw error
            }
        } catch {
            throw .system(error)
        }
    }

    /// Takes over a listening descriptor that `release()` gave up, on another thread perhaps.
    package init(adopting descriptor: Int32, port: Int) {
        self.descriptor = descriptor
        self.port = port
    }

    deinit { close(descriptor) }

    /// Gives the descriptor away; whoever takes it closes it.
    package consuming func release() -> Int32 {
        let descriptor = descriptor
        discard self
        return descriptor
    }

    private static func boundPort(_ descriptor: Int32) throws(Errno) -> Int {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = try systemCall {
            unsafe withUnsafeMutablePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe getsockname(descriptor, $0, &length)
                }
            }
        }
        return PeerAddress(address).port
    }
}

/// The other end of a connection.
package struct PeerAddress: Sendable, CustomStringConvertible {
    package let host: String
    package let port: Int

    init(_ storage: sockaddr_storage) {
        var storage = storage
        var host = [CChar](repeating: 0, count: 64)
        var service = [CChar](repeating: 0, count: 16)
        let failed = unsafe withUnsafePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getnameinfo(
                    $0, socklen_t(MemoryLayout<sockaddr_storage>.size), &host, socklen_t(host.count), &service,
                    socklen_t(service.count), NI_NUMERICHOST | NI_NUMERICSERV)
            }
        }
        self.host = failed == 0 ? PeerAddress.text(host) : "unknown"
        port = failed == 0 ? Int(PeerAddress.text(service)) ?? 0 : 0
    }

    init?(descriptor: Int32) {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let failed = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getpeername(descriptor, $0, &length)
            }
        }
        guard failed == 0 else { return nil }
        self.init(address)
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    package var description: String { "\(host):\(port)" }
}
