internal import CLinux
internal import Glibc
internal import Model

/// A connection that has just come: its descriptor, and whose it is.
struct AcceptedClient {
    /// Whoever takes it closes it.
    let descriptor: Int32
    let address: IPAddress

    /// Takes the next client of a listening socket. `nil`: accept(2) has failed, and `errno` says why.
    init?(of listener: Int32) {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        descriptor = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe penstock_accept(listener, $0, &length)
            }
        }
        guard descriptor >= 0 else { return nil }
        self.address = IPAddress(address)
    }
}

extension IPAddress {
    /// Any other kind of address stands for one client: `0.0.0.0`.
    init(_ address: sockaddr_storage) {
        let family = Int32(address.ss_family)
        let words = unsafe withUnsafeBytes(of: address) { bytes in
            // `sin_addr` of `sockaddr_in` is behind family and port; `sin6_addr` of `sockaddr_in6` behind `sin6_flowinfo` too.
            unsafe (
                ipv4: UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)),
                high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
            )
        }
        switch family {
        case AF_INET: self.init(ipv4: words.ipv4)
        case AF_INET6: self.init(ipv6: words.high, words.low)
        default: self.init(ipv4: 0)
        }
    }
}
