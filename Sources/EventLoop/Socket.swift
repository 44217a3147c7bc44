internal import CLinux
internal import Glibc

/// A connected, non-blocking stream socket on one loop. Loop-owned; closes its descriptor when it goes.
package final class Socket {
    package let watch: Watch
    private let reactor: Reactor
    private var isOpen = true

    /// Takes over `descriptor`.
    package init(owning descriptor: Int32, on reactor: Reactor) throws(Errno) {
        self.reactor = reactor
        do throws(Errno) {
            watch = try reactor.watch(descriptor)
            // What came before the watch began is worth one look.
            watch.readable = true
        } catch {
            Glibc.close(descriptor)
            throw error
        }
        var yes: Int32 = 1
        _ = unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close() }

    package func close() {
        guard isOpen else { return }
        isOpen = false
        reactor.unwatch(watch, closing: true)
        Glibc.close(watch.descriptor)
    }

    package enum Transfer: Equatable {
        case moved(Int)
        /// The peer has ended its side.
        case ended
        case wouldBlock
        case failed(Errno)
    }

    /// Reads once into `buffer`.
    package func read(into buffer: inout ByteBuffer, atLeast room: Int) -> Transfer {
        isOpen ? watch.receive(into: &buffer, atLeast: room) : .ended
    }

    /// Writes from the front of `buffer` and consumes what the kernel took.
    package func write(from buffer: inout ByteBuffer) -> Transfer {
        guard isOpen else { return .failed(Errno(EPIPE)) }
        let transfer = watch.send(buffer, from: 0, upTo: buffer.count)
        if case .moved(let count) = transfer { buffer.consume(count) }
        return transfer
    }

    /// Ends our side; the peer may still send (RFC 9112 §9.6).
    package func endWriting() {
        if isOpen { shutdown(watch.descriptor, Int32(SHUT_WR)) }
    }

    /// Makes the close that follows a reset (RST): the peer sees an error, and what it was not sent yet is dropped.
    package func resetOnClose() {
        guard isOpen else { return }
        var option = linger(l_onoff: 1, l_linger: 0)
        _ = unsafe setsockopt(
            watch.descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
}

/// Moving bytes over a connected stream socket, whoever owns it.
extension Watch {
    /// Reads once into `buffer`. Clears `readable` when the kernel has no more for now, and does not ask it again until an
    /// event says that it has.
    package func receive(into buffer: inout ByteBuffer, atLeast room: Int) -> Socket.Transfer {
        if let outcome = readAhead {
            readAhead = nil
            if buffer.isEmpty { swap(&buffer, &ahead) } else { buffer.append(ahead) }
            ahead = ByteBuffer()
            return outcome
        }
        let outcome = mayHoldMore ? read(into: &buffer, atLeast: room) : .wouldBlock
        // Only where it can be passed on without a copy: a large buffer is a body's, which has its room already.
        awaitedRoom = outcome == .wouldBlock && buffer.isEmpty && room <= Watch.mostReadAhead ? room : 0
        return outcome
    }

    private static let mostReadAhead = 16 << 10

    /// Reads once what the last `receive` found missing, before anybody asks again: one read behind the other, a batch of
    /// events costs less (docs/decisions/0010). What nobody has asked for stays in the kernel.
    func readWhatIsAwaited() {
        guard awaitedRoom > 0, readAhead == nil, mayHoldMore else { return }
        let outcome = read(into: &ahead, atLeast: awaitedRoom)
        guard outcome != .wouldBlock else { return ahead.releaseIfLarge(0) }
        readAhead = outcome
        awaitedRoom = 0
    }

    private func read(into buffer: inout ByteBuffer, atLeast room: Int) -> Socket.Transfer {
        guard source == nil else { return readFromSource(into: &buffer, atLeast: room) }
        var outcome = Socket.Transfer.wouldBlock
        _ = unsafe buffer.withRoom(room) { space in
            while true {
                let count = unsafe recv(descriptor, space.baseAddress, space.count, 0)
                if count > 0 {
                    // A short read has emptied the socket; a FIN that came with it shows in `hungUp`.
                    if count < space.count, !hungUp { mayHoldMore = false }
                    outcome = .moved(count)
                    return count
                }
                if count == 0 {
                    outcome = .ended
                    return 0
                }
                let error = Errno.current
                if error.code == EINTR { continue }
                mayHoldMore = false
                outcome = error.wouldBlock ? .wouldBlock : .failed(error)
                return 0
            }
        }
        return outcome
    }

    private func readFromSource(into buffer: inout ByteBuffer, atLeast room: Int) -> Socket.Transfer {
        guard let source else { return .wouldBlock }
        let outcome = source.read(into: &buffer, atLeast: room)
        // Only a refusal says that nothing is left: TLS may hold a decoded rest.
        if outcome == .wouldBlock { mayHoldMore = false }
        return outcome
    }

    /// Whether the kernel has nothing to be read, not even the end. Takes nothing away.
    package var hasNothingToRead: Bool {
        var byte: UInt8 = 0
        let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        return count < 0 && Errno.current.wouldBlock
    }

    /// Writes what `buffer` holds from `offset` up to `end`, as far as the kernel takes it. A short write means that its
    /// buffer is full: the next one waits for an event.
    package func send(_ buffer: borrowing ByteBuffer, from offset: Int, upTo end: Int) -> Socket.Transfer {
        send(end - offset) {
            unsafe buffer.bytes.withUnsafeBytes { region in
                let left = unsafe UnsafeRawBufferPointer(rebasing: region[offset..<end])
                return unsafe Glibc.send(descriptor, left.baseAddress, left.count, Int32(MSG_NOSIGNAL))
            }
        }
    }

    /// The same for what `start` holds from `offset` on and a part of `body` behind it.
    package func send(
        _ start: borrowing ByteBuffer, from offset: Int, then rest: Range<Int>, of body: borrowing ByteBuffer
    ) -> Socket.Transfer {
        send(start.count - offset + rest.count) {
            unsafe start.bytes.withUnsafeBytes { first in
                unsafe body.bytes.withUnsafeBytes { second in
                    let left = unsafe UnsafeRawBufferPointer(rebasing: first[offset...])
                    let part = unsafe UnsafeRawBufferPointer(rebasing: second[rest])
                    return unsafe penstock_send_two(
                        descriptor, left.baseAddress, left.count, part.baseAddress, part.count)
                }
            }
        }
    }

    /// - Parameter call: tries to send `size` bytes and gives what send(2) does.
    private func send(_ size: Int, _ call: () -> Int) -> Socket.Transfer {
        guard writable else { return .wouldBlock }
        while true {
            let count = call()
            if count >= 0 {
                if count < size { writable = false }
                return .moved(count)
            }
            let error = Errno.current
            if error.code == EINTR { continue }
            writable = false
            return error.wouldBlock ? .wouldBlock : .failed(error)
        }
    }
}

/// What a descriptor's bytes come out of when they are not what the kernel holds: TLS. Loop-owned.
package protocol ByteSource: AnyObject {
    /// Reads once into `buffer`, which makes room for so many bytes at least.
    func read(into buffer: inout ByteBuffer, atLeast room: Int) -> Socket.Transfer
}
