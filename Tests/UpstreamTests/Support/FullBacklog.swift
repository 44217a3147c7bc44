import Glibc
import Testing

/// A listener that accepts nothing and whose queue is full, so that a connect to it gets no answer at all.
final class FullBacklog: Sendable {
    let port: Int
    private let descriptors: [Int32]

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listens = unsafe withUnsafeMutableBytes(of: &address) { raw in
            let pointer = unsafe raw.baseAddress?.assumingMemoryBound(to: sockaddr.self)
            return unsafe bind(listener, pointer, length) == 0 && listen(listener, 0) == 0
                && getsockname(listener, pointer, &length) == 0
        }
        try #require(listens)
        port = Int(UInt16(bigEndian: address.sin_port))
        var descriptors = [listener]
        // The kernel takes one or two more than it was asked to, depending on its version.
        for _ in 0..<4 {
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            let filler = socket(AF_INET, kind, 0)
            _ = unsafe withUnsafeBytes(of: &address) {
                unsafe connect(filler, $0.baseAddress?.assumingMemoryBound(to: sockaddr.self), length)
            }
            descriptors.append(filler)
        }
        self.descriptors = descriptors
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
}
