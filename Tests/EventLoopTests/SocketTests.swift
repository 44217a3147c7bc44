import Glibc
import Testing

@testable import EventLoop

@Suite struct SocketTests {
    /// Two ends; the reactor is turned by hand, so each step shows.
    private func withPair(
        _ pair: (own: Int32, peer: Int32) = unixPair(), _ body: (Socket, Int32, Reactor) throws -> Void
    ) throws {
        let wakeup = try WakeupDescriptor()
        let executor = LoopExecutor(wakeup: wakeup)
        executor.adoptCurrentThread()
        let reactor = try Reactor(executor: executor, wakeup: wakeup)
        let socket = try Socket(owning: pair.own, on: reactor)
        defer { close(pair.peer) }
        try body(socket, pair.peer, reactor)
    }

    private static func unixPair() -> (own: Int32, peer: Int32) {
        var pair: [Int32] = [0, 0]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        #expect(unsafe socketpair(AF_UNIX, type, 0, &pair) == 0)
        return (pair[0], pair[1])
    }

    /// Only TCP knows a reset.
    private static func tcpPair() -> (own: Int32, peer: Int32) {
        let kind = Int32(SOCK_STREAM.rawValue)
        let (listener, own) = (socket(AF_INET, kind, 0), socket(AF_INET, kind, 0))
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                #expect(unsafe bind(listener, generic, length) == 0)
                #expect(unsafe getsockname(listener, generic, &length) == 0)
                #expect(listen(listener, 1) == 0)
                #expect(unsafe connect(own, generic, length) == 0)
            }
        }
        #expect(fcntl(own, F_SETFL, O_NONBLOCK) == 0)
        return (own, unsafe accept(listener, nil, nil))
    }

    private func text(_ buffer: borrowing ByteBuffer) -> String {
        var bytes: [UInt8] = []
        for index in buffer.bytes.indices { bytes.append(buffer.bytes[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func theKernelIsNotAskedAgainUntilAnEventComes() throws {
        try withPair { socket, peer, reactor in
            var buffer = ByteBuffer()
            #expect(socket.read(into: &buffer, atLeast: 16) == .wouldBlock)
            #expect(unsafe write(peer, "abc", 3) == 3)
            #expect(socket.read(into: &buffer, atLeast: 16) == .wouldBlock)
            reactor.turn()
            #expect(socket.read(into: &buffer, atLeast: 16) == .moved(3))
            #expect(!socket.watch.readable)
        }
    }

    /// Bytes that the kernel holds for a descriptor.
    private func waiting(in descriptor: Int32) -> Int {
        var count: Int32 = 0
        _ = unsafe ioctl(descriptor, UInt(FIONREAD), &count)
        return Int(count)
    }

    @Test func whatIsAwaitedIsReadWithTheEvent() throws {
        try withPair { socket, peer, reactor in
            var buffer = ByteBuffer()
            #expect(socket.read(into: &buffer, atLeast: 16) == .wouldBlock)
            #expect(unsafe write(peer, "abc", 3) == 3)
            reactor.turn()
            #expect(waiting(in: socket.watch.descriptor) == 0)
            #expect(socket.watch.readable)
            // An event before anybody has taken it is not forgotten.
            #expect(unsafe write(peer, "de", 2) == 2)
            reactor.turn()
            #expect(waiting(in: socket.watch.descriptor) == 2)
            buffer.append("kept")
            #expect(socket.read(into: &buffer, atLeast: 16) == .moved(3))
            #expect(socket.read(into: &buffer, atLeast: 16) == .moved(2))
            #expect(socket.read(into: &buffer, atLeast: 16) == .wouldBlock)
            #expect(text(buffer) == "keptabcde")
        }
    }

    /// Else a slow reader's peer could fill our memory instead of the kernel's.
    @Test func whatNobodyAwaitsStaysInTheKernel() throws {
        try withPair { socket, peer, reactor in
            var buffer = ByteBuffer()
            #expect(socket.read(into: &buffer, atLeast: 16) == .wouldBlock)
            #expect(unsafe write(peer, "abc", 3) == 3)
            reactor.turn()
            #expect(socket.read(into: &buffer, atLeast: 16) == .moved(3))
            #expect(unsafe write(peer, "de", 2) == 2)
            reactor.turn()
            #expect(waiting(in: socket.watch.descriptor) == 2)
            // Behind what a buffer holds it would have to be copied.
            #expect(socket.read(into: &buffer, atLeast: 16) == .moved(2))
            #expect(socket.read(into: &buffer, atLeast: 16) == .wouldBlock)
            #expect(unsafe write(peer, "f", 1) == 1)
            reactor.turn()
            #expect(waiting(in: socket.watch.descriptor) == 1)
        }
    }

    @Test func anEndOrAnErrorThatWasAwaitedIsToldOnce() throws {
        try withPair { socket, peer, reactor in
            var buffer = ByteBuffer()
            #expect(socket.read(into: &buffer, atLeast: 16) == .wouldBlock)
            shutdown(peer, Int32(SHUT_WR))
            reactor.turn()
            #expect(socket.read(into: &buffer, atLeast: 16) == .ended)
            #expect(socket.read(into: &buffer, atLeast: 16) == .ended)
            #expect(text(buffer) == "")
        }
        let pair = Self.tcpPair()
        try withPair(pair) { socket, peer, reactor in
            var buffer = ByteBuffer()
            #expect(socket.read(into: &buffer, atLeast: 16) == .wouldBlock)
            var reset = linger(l_onoff: 1, l_linger: 0)
            _ = unsafe setsockopt(peer, SOL_SOCKET, SO_LINGER, &reset, socklen_t(MemoryLayout<linger>.size))
            // The reset comes when the last descriptor of that end goes; the number stays taken for `withPair` to close.
            let nothing = unsafe open("/dev/null", O_RDONLY)
            #expect(dup2(nothing, peer) == peer)
            close(nothing)
            while !socket.watch.hungUp { reactor.turn() }
            #expect(socket.read(into: &buffer, atLeast: 16) == .failed(Errno(ECONNRESET)))
        }
    }

    @Test func whatCameBeforeTheWatchIsSeen() throws {
        let wakeup = try WakeupDescriptor()
        let reactor = try Reactor(executor: LoopExecutor(wakeup: wakeup), wakeup: wakeup)
        var pair: [Int32] = [0, 0]
        #expect(unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0)
        #expect(unsafe write(pair[1], "abc", 3) == 3)
        let socket = try Socket(owning: pair[0], on: reactor)
        var buffer = ByteBuffer()
        #expect(socket.read(into: &buffer, atLeast: 16) == .moved(3))
        close(pair[1])
    }

    /// The FIN comes behind the event of the data, or with it: read on to the end either way.
    @Test(arguments: [false, true])
    func theEndIsReadEvenWithoutAnEventOfItsOwn(_ together: Bool) throws {
        try withPair { socket, peer, reactor in
            var buffer = ByteBuffer()
            #expect(unsafe write(peer, "abc", 3) == 3)
            if together { shutdown(peer, Int32(SHUT_WR)) }
            reactor.turn()
            if !together { shutdown(peer, Int32(SHUT_WR)) }
            #expect(socket.read(into: &buffer, atLeast: 16) == .moved(3))
            if !together { reactor.turn() }
            #expect(socket.read(into: &buffer, atLeast: 16) == .ended)
            #expect(socket.watch.hungUp)
        }
    }

    @Test func aFullPeerHoldsTheWriterBackUntilItReads() throws {
        try withPair { socket, peer, reactor in
            var buffer = ByteBuffer()
            buffer.append([UInt8](repeating: 1, count: 1 << 20))
            while case .moved = socket.write(from: &buffer) {}
            let left = buffer.count
            #expect(left > 0)
            #expect(socket.write(from: &buffer) == .wouldBlock)
            var space = [UInt8](repeating: 0, count: 1 << 20)
            #expect(unsafe read(peer, &space, space.count) > 0)
            reactor.turn()
            _ = socket.write(from: &buffer)
            #expect(buffer.count < left)
        }
    }

    @Test func aPeerThatIsGoneMakesTheNextWriteFail() throws {
        try withPair { socket, peer, reactor in
            var buffer = ByteBuffer()
            buffer.append([UInt8](repeating: 1, count: 1 << 20))
            while case .moved = socket.write(from: &buffer) {}
            shutdown(peer, Int32(SHUT_RDWR))
            reactor.turn()
            #expect(socket.write(from: &buffer) == .failed(Errno(EPIPE)))
        }
    }

    @Test func aClosedSocketDoesNothing() throws {
        try withPair { socket, _, _ in
            var buffer = ByteBuffer()
            socket.close()
            socket.close()
            #expect(socket.read(into: &buffer, atLeast: 16) == .ended)
            buffer.append("a")
            #expect(socket.write(from: &buffer) == .failed(Errno(EPIPE)))
        }
    }
}
