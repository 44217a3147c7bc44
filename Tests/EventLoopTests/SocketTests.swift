import Glibc
import Testing

@testable import EventLoop

@Suite struct SocketTests {
    /// Two ends; the reactor is turned by hand, so each step shows.
    private func withPair(_ body: (Socket, Int32, Reactor) throws -> Void) throws {
        let wakeup = try WakeupDescriptor()
        let executor = LoopExecutor(wakeup: wakeup)
        executor.adoptCurrentThread()
        let reactor = try Reactor(executor: executor, wakeup: wakeup)
        var pair: [Int32] = [0, 0]
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        #expect(unsafe socketpair(AF_UNIX, type, 0, &pair) == 0)
        let socket = try Socket(owning: pair[0], on: reactor)
        defer { close(pair[1]) }
        try body(socket, pair[1], reactor)
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
