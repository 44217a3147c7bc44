internal import CCurl
internal import EventLoop
internal import Model

/// Opens connections through libcurl without blocking. Loop-owned.
///
/// libcurl does what it is best at: names, happy eyeballs, TLS and its verification, proxies. Handles are spread over
/// multis of at most 64, because every send and receive walks its multi's list of connections (measured: 512 in one
/// multi cost 5 µs a request more), while a multi per connection would load the certificate store each time.
final class Connector {
    static let handlesPerShard = 64

    private let reactor: Reactor
    private let settings: TransportSettings
    private let share = CurlShare()
    private var shards: [CurlShard] = []

    init(on reactor: Reactor, settings: TransportSettings) {
        self.reactor = reactor
        self.settings = settings
    }

    /// - Parameter deadline: when the caller's patience ends; the connect time of the settings may end it sooner.
    /// - Throws: `.connect`, `.timeout(.connect)` or `.cancelled`.
    func connect(
        to target: UpstreamTarget, waiter: Waiter, deadline: LoopTime
    ) async throws(UpstreamError) -> UpstreamConnection {
        guard let handle = CurlHandle.make(), configure(handle, for: target) else {
            throw .connect(.other, detail: "libcurl could not be set up")
        }
        let shard = try roomyShard()
        let attempt = ConnectAttempt(waiter: waiter)
        let ticket = try shard.start(handle, attempt: attempt)
        let end = min(deadline, reactor.now + settings.connectTime)
        while attempt.result == nil {
            // `ticket` takes the handle out of its multi when it goes, on every path.
            if waiter.isCancelled { throw .cancelled }
            if reactor.now >= end { throw .timeout(.connect) }
            await waiter.wait(until: end)
        }
        let code = CURLcode(rawValue: attempt.result ?? 0)
        guard code == CURLE_OK else { throw .connectFailure(code) }
        guard let descriptor = ticket.activeSocket else {
            throw .connect(.other, detail: "the connection closed at once")
        }
        do throws(Errno) {
            let watch = try reactor.watch(descriptor)
            return UpstreamConnection(ticket: ticket, watch: watch, target: target, reactor: reactor)
        } catch {
            throw .connect(.other, detail: error.text)
        }
    }

    private func roomyShard() throws(UpstreamError) -> CurlShard {
        if let shard = shards.first(where: { $0.handles < Connector.handlesPerShard }) { return shard }
        guard let shard = CurlShard(on: reactor) else { throw .connect(.other, detail: "libcurl is out of memory") }
        shards.append(shard)
        return shard
    }

    private func configure(_ handle: borrowing CurlHandle, for target: UpstreamTarget) -> Bool {
        let origin = target.origin
        let host = origin.host.contains(":") ? "[\(origin.host)]" : origin.host
        var accepted = handle.set(CURLOPT_URL, "\(origin.scheme.rawValue)://\(host):\(origin.port)/")
        func require(_ outcome: Bool) { accepted = accepted && outcome }
        require(handle.set(CURLOPT_CONNECT_ONLY, 1))
        require(handle.set(CURLOPT_NOSIGNAL, 1))
        require(handle.set(CURLOPT_PROTOCOLS_STR, "http,https"))
        // Keeps ALPN from choosing HTTP/2, which our framing does not speak.
        require(handle.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)))
        require(handle.set(CURLOPT_TCP_NODELAY, 1))
        require(handle.set(CURLOPT_TCP_KEEPALIVE, 1))
        require(handle.set(CURLOPT_BUFFERSIZE, UpstreamConnection.readBytes))
        require(handle.set(CURLOPT_CONNECTTIMEOUT_MS, Int(settings.connectTime.clampedNanoseconds / 1_000_000)))
        // An http origin behind an http proxy is reached through a tunnel too: the bytes on it are ours.
        require(handle.set(CURLOPT_HTTPPROXYTUNNEL, 1))
        if let proxy = settings.proxy { require(handle.set(CURLOPT_PROXY, proxy.reveal())) }
        if origin.scheme == .https { require(configureTLS(handle, target.tls)) }
        share.attach(to: handle)
        return accepted
    }

    private func configureTLS(_ handle: borrowing CurlHandle, _ verification: TLSVerification) -> Bool {
        // Debian's default directory of certificates keeps 7.88 from caching the store: 36 ms a connection.
        guard handle.set(CURLOPT_CAPATH, nil) else { return false }
        switch verification {
        case .off:
            return handle.set(CURLOPT_SSL_VERIFYPEER, 0) && handle.set(CURLOPT_SSL_VERIFYHOST, 0)
        case .bundle(let path):
            return handle.set(CURLOPT_CAINFO, path)
        case .system:
            guard let bundle = settings.certificateBundle else { return true }
            return handle.set(CURLOPT_CAINFO, bundle)
        }
    }
}

/// One connect under way: how it ended, once it has.
final class ConnectAttempt {
    fileprivate(set) var result: UInt32?
    private let waiter: Waiter

    init(waiter: Waiter) {
        self.waiter = waiter
    }

    fileprivate func finish(_ code: CURLcode) {
        result = code.rawValue
        waiter.wake()
    }
}

/// A handle's place in a multi. When it goes, the handle leaves the multi, which closes its connection.
@safe final class CurlTicket {
    private let handle: CurlHandle
    private let shard: CurlShard

    fileprivate init(_ handle: consuming CurlHandle, in shard: CurlShard) {
        self.handle = handle
        self.shard = shard
    }

    deinit { shard.remove(handle) }

    var activeSocket: Int32? { handle.activeSocket }

    func send(_ buffer: borrowing ByteBuffer, from offset: Int) -> Socket.Transfer {
        handle.send(buffer, from: offset)
    }

    func receive(into buffer: inout ByteBuffer, room: Int) -> (Socket.Transfer, filled: Bool) {
        handle.receive(into: &buffer, room: room)
    }
}

/// One `CURLM *` with its sockets and timer on the loop. Loop-owned.
@safe final class CurlShard {
    private let multi: UnsafeMutableRawPointer
    private let reactor: Reactor
    private var watches: [Int32: Watch] = [:]
    private var attempts: [UInt: ConnectAttempt] = [:]
    private lazy var timer = LoopTimer { [unowned self] in act(on: CURL_SOCKET_TIMEOUT, 0) }
    fileprivate private(set) var handles = 0

    fileprivate init?(on reactor: Reactor) {
        guard let multi = unsafe curl_multi_init() else { return nil }
        unsafe self.multi = multi
        self.reactor = reactor
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        let code = unsafe penstock_multi_set_callbacks(
            multi,
            { _, descriptor, what, context, _ in
                if let context = unsafe context {
                    unsafe Unmanaged<CurlShard>.fromOpaque(context)._withUnsafeGuaranteedRef {
                        $0.follow(descriptor, what)
                    }
                }
                return 0
            },
            { _, milliseconds, context in
                if let context = unsafe context {
                    unsafe Unmanaged<CurlShard>.fromOpaque(context)._withUnsafeGuaranteedRef {
                        $0.setTimer(milliseconds)
                    }
                }
                return 0
            }, context)
        guard code == CURLM_OK else { return nil }
    }

    deinit {
        reactor.remove(timer)
        _ = unsafe curl_multi_cleanup(multi)
    }

    fileprivate func start(
        _ handle: consuming CurlHandle, attempt: ConnectAttempt
    ) throws(UpstreamError) -> CurlTicket {
        let identity = handle.identity
        guard unsafe curl_multi_add_handle(multi, handle.pointer) == CURLM_OK else {
            throw .connect(.other, detail: "libcurl refused the handle")
        }
        attempts[identity] = attempt
        handles += 1
        return CurlTicket(handle, in: self)
    }

    fileprivate func remove(_ handle: borrowing CurlHandle) {
        attempts[handle.identity] = nil
        handles -= 1
        _ = unsafe curl_multi_remove_handle(multi, handle.pointer)
    }

    /// libcurl says which of its sockets to watch, while it connects.
    private func follow(_ descriptor: Int32, _ what: Int32) {
        if what == CURL_POLL_REMOVE {
            if let watch = watches.removeValue(forKey: descriptor) { reactor.unwatch(watch, closing: false) }
            return
        }
        var interest: Watch.Interest = []
        if what & CURL_POLL_IN != 0 { interest.insert(.read) }
        if what & CURL_POLL_OUT != 0 { interest.insert(.write) }
        if let watch = watches[descriptor] {
            try? reactor.change(watch, to: interest)
            return
        }
        watches[descriptor] = try? reactor.watch(descriptor, for: interest) { [unowned self] ready in
            var mask: Int32 = 0
            if ready.contains(.read) { mask |= CURL_CSELECT_IN }
            if ready.contains(.write) { mask |= CURL_CSELECT_OUT }
            if ready.contains(.failure) { mask |= CURL_CSELECT_ERR }
            act(on: descriptor, mask)
        }
    }

    private func setTimer(_ milliseconds: Int) {
        reactor.set(timer, at: milliseconds < 0 ? .never : reactor.now + .milliseconds(milliseconds))
    }

    private func act(on descriptor: curl_socket_t, _ mask: Int32) {
        var running: Int32 = 0
        _ = unsafe curl_multi_socket_action(multi, descriptor, mask, &running)
        var finished: UnsafeMutableRawPointer?
        var result = CURLE_OK
        while unsafe penstock_multi_next_done(multi, &finished, &result) != 0 {
            attempts.removeValue(forKey: UInt(bitPattern: finished))?.finish(result)
        }
    }
}
