internal import ContentCoding
package import EventLoop
package import HTTPWire
internal import Model

/// The answer to one request: its head, and its body as it arrives. Loop-owned.
///
/// Dropping it before the end closes the connection, which tells the upstream to stop.
package final class UpstreamAnswer {
    package let head: ResponseHead
    /// Decoded body bytes that the reader has not consumed yet.
    package var content = ByteBuffer()
    /// Body bytes taken off the wire so far, before decoding.
    package private(set) var receivedBytes = 0
    /// The whole body has been received.
    package private(set) var isComplete = false
    private var connection: UpstreamConnection?
    private unowned let client: UpstreamClient
    private let deadlines: UpstreamClient.Deadlines
    private let waiter: Waiter
    private let mayReuse: Bool
    private var chunks = ChunkedDecoder()
    private var lengthLeft = 0
    /// Of a chunk whose beginning was taken; these bytes are next in the connection's buffer.
    private var chunkLeft = 0
    private var lastByteAt: LoopTime
    /// `nil`: the body is as it comes.
    private var decoder: ContentDecoder?
    private let coding: Coding
    private var reads = 0
    private var turnOfReads: UInt64 = 0
    /// Why the rest of the body will not come. Stays once set.
    private var failure: UpstreamError?

    private enum Coding: Equatable {
        case identity
        case known(ContentCoding)
        case unknown

        init(_ fields: FieldBlock) {
            guard let name = fields[.contentEncoding], !name.isEmpty, !fields.matches(name, "identity") else {
                self = .identity
                return
            }
            self = ContentCoding(named: fields.string(name)).map { .known($0) } ?? .unknown
        }

        var isKnown: Bool { if case .known = self { true } else { false } }

        /// For errors.
        var name: String { if case .known(let coding) = self { coding.rawValue } else { "" } }
    }

    /// - Parameter isSent: all of the request has left, so that the connection may carry another one.
    init(
        head: consuming ResponseHead, connection: UpstreamConnection, client: UpstreamClient,
        deadlines: UpstreamClient.Deadlines, waiter: Waiter, isSent: Bool
    ) {
        mayReuse = isSent && head.keepAlive
        coding = Coding(head.fields)
        let framing = head.framing
        self.head = head
        self.connection = connection
        self.client = client
        self.deadlines = deadlines
        self.waiter = waiter
        lastByteAt = client.reactor.now
        receivedBytes = connection.inbound.count
        if case .known(let coding) = coding { decoder = ContentDecoder(coding) }
        switch framing {
        case .none, .length(0): finish()
        case .length(let length): lengthLeft = length
        case .chunked, .untilClose: break
        }
    }

    package enum Arrival: Equatable {
        /// `content` has grown.
        case bytes
        /// The body is complete; `content` may hold its last bytes.
        case end
        /// Nothing came until the time the caller gave.
        case silence
    }

    /// Waits for more of the body.
    ///
    /// - Parameter pause: when to come back although nothing arrived, for a heartbeat.
    /// - Parameter limit: of `content`, in bytes.
    /// - Throws: `.cut`, `.timeout`, `.malformed`, `.encoding`, `.tooLarge`, `.cancelled`. The connection is closed then,
    ///   and every later call throws the same.
    package func read(until pause: LoopTime = .never, limit: Int) async throws(UpstreamError) -> Arrival {
        while true {
            let before = content.count
            if let arrival = try readArrived(until: pause, limit: limit) {
                if isTurnOver(content.count - before) { await waiter.yield() }
                return arrival
            }
            await waiter.wait(until: min(lastByteAt + deadlines.idle, deadlines.whole, pause))
        }
    }

    /// Counts a read that brought so many bytes. `true` after 16 of them within one turn, or fewer large ones: an upstream
    /// that always has more must not keep the loop to itself.
    private func isTurnOver(_ bytes: Int) -> Bool {
        if turnOfReads != client.reactor.turns { (turnOfReads, reads) = (client.reactor.turns, 0) }
        reads += 1 + max(0, bytes) >> 16
        return reads >= 16
    }

    /// The same without waiting; `nil`: nothing has come.
    package func readArrived(until pause: LoopTime = .never, limit: Int) throws(UpstreamError) -> Arrival? {
        if let failure { throw failure }
        do throws(UpstreamError) {
            return try advance(until: pause, limit: limit)
        } catch {
            connection = nil
            failure = error
            throw error
        }
    }

    /// Gives the rest up and closes the connection. A later `read` throws `.cancelled`.
    package func cancel() {
        connection = nil
        if !isComplete, failure == nil { failure = .cancelled }
    }

    private func advance(until pause: LoopTime, limit: Int) throws(UpstreamError) -> Arrival? {
        guard let connection, !isComplete else { return .end }
        guard coding != .unknown else { throw .encoding("the upstream used a content coding that was not offered") }
        while true {
            if !connection.inbound.isEmpty {
                let before = content.count
                try takeInbound(of: connection, limit: limit)
                if content.count > limit { throw .tooLarge(limitBytes: limit) }
                if isComplete { return .end }
                if content.count > before { return .bytes }
            }
            switch connection.receive() {
            case .moved(let count):
                receivedBytes += count
                lastByteAt = client.reactor.now
            case .ended where head.framing == .untilClose:
                try finishDecoding()
                finish()
                return .end
            case .ended, .failed:
                // A reset is no end of a body (RFC 9112 §9.8). TLS that ends without its closing message should not be
                // one either, but libcurl makes no difference there.
                throw .cut
            case .wouldBlock:
                let now = client.reactor.now
                let idleEnd = lastByteAt + deadlines.idle
                if waiter.isCancelled { throw .cancelled }
                if now >= deadlines.whole { throw .timeout(.whole) }
                if now >= idleEnd { throw .timeout(.idle) }
                if now >= pause { return .silence }
                content.releaseIfLarge(0)
                return nil
            }
        }
    }

    /// Moves what has arrived into `content`, as far as this answer reaches.
    private func takeInbound(of connection: UpstreamConnection, limit: Int) throws(UpstreamError) {
        switch head.framing {
        case .none: break
        case .length:
            let count = try take(min(lengthLeft, connection.inbound.count), of: connection, limit: limit)
            lengthLeft -= count
            if lengthLeft == 0 { try end() }
        case .untilClose:
            _ = try take(connection.inbound.count, of: connection, limit: limit)
        case .chunked:
            try takeChunks(of: connection, limit: limit)
        }
    }

    private func takeChunks(of connection: UpstreamConnection, limit: Int) throws(UpstreamError) {
        // The rest of a chunk that was too much to be unpacked at a stretch.
        if chunkLeft > 0 {
            chunkLeft -= try take(min(chunkLeft, connection.inbound.count), of: connection, limit: limit)
            if chunkLeft > 0 { return }
        }
        var position = 0
        defer { connection.inbound.consume(position) }
        while true {
            let step: ChunkedDecoder.Step
            do throws(ChunkError) {
                step = try chunks.next(connection.inbound.bytes, from: &position)
            } catch {
                throw .malformed("the chunked body is malformed")
            }
            switch step {
            case .data(let range):
                guard coding.isKnown else {
                    content.append(range, of: connection.inbound)
                    continue
                }
                let used = try unpack(range, of: connection, limit: limit)
                if used < range.count {
                    chunkLeft = range.count - used
                    position = range.lowerBound + used
                    return
                }
            case .needMore: return
            case .end:
                connection.inbound.consume(position)
                position = 0
                try end()
                return
            }
        }
    }

    /// Takes `count` bytes, or the first of them where they unpack to very much.
    private func take(_ count: Int, of connection: UpstreamConnection, limit: Int) throws(UpstreamError) -> Int {
        var used = count
        if coding.isKnown {
            used = try unpack(0..<count, of: connection, limit: limit)
        } else {
            content.append(0..<count, of: connection.inbound)
        }
        connection.inbound.consume(used)
        return used
    }

    private func unpack(
        _ range: Range<Int>, of connection: UpstreamConnection, limit: Int
    ) throws(UpstreamError) -> Int {
        do throws(ContentDecoder.Failure) {
            return try decoder?.decode(range, of: connection.inbound, into: &content, limit: limit) ?? range.count
        } catch {
            throw error == .tooLarge ? .tooLarge(limitBytes: limit) : .encoding("the \(coding.name) body is corrupt")
        }
    }

    private func end() throws(UpstreamError) {
        try finishDecoding()
        finish()
    }

    private func finishDecoding() throws(UpstreamError) {
        guard coding.isKnown else { return }
        let isWhole = decoder?.isComplete ?? false
        if !isWhole { throw .encoding("the \(coding.name) body is truncated") }
    }

    private func finish() {
        isComplete = true
        guard let connection else { return }
        self.connection = nil
        // What follows the end of the answer was not asked for: such a connection is not used again.
        if mayReuse, head.framing != .untilClose { connection.inboundEndsHere(putting: client.pool) }
    }
}

extension UpstreamConnection {
    fileprivate func inboundEndsHere(putting pool: ConnectionPool) {
        watch.waiter = nil
        pool.put(self)
    }
}
