internal import CCurl
internal import EventLoop

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
@safe final class CurlTicket: ByteSource {
    private var handle: CurlHandle
    private let shard: CurlShard

    fileprivate init(_ handle: consuming CurlHandle, in shard: CurlShard) {
        self.handle = handle
        self.shard = shard
    }

    deinit { shard.remove(handle) }

    var activeSocket: Int32? { handle.activeSocket }

    /// What a proxy answered to CONNECT; 0 when there was none.
    var proxyStatus: Int { handle.proxyStatus }

    func takeErrorText() -> String { handle.takeErrorText() }

    func send(_ buffer: borrowing ByteBuffer, from offset: Int, upTo end: Int) -> Socket.Transfer {
        handle.send(buffer, from: offset, upTo: end)
    }

    func read(into buffer: inout ByteBuffer, atLeast room: Int) -> Socket.Transfer {
        handle.receive(into: &buffer, room: room)
    }
}

/// One `CURLM *` with its sockets and timer on the loop. Loop-owned.
@safe final class CurlShard {
    /// The bundle its handles are judged by.
    let certificates: String?
    weak var connector: Connector?
    private(set) var handles = 0
    private let multi: UnsafeMutableRawPointer
    private let reactor: Reactor
    private var watches: [Int32: Watch] = [:]
    private var attempts: [UInt: ConnectAttempt] = [:]
    private var timer: LoopTimer?

    init?(on reactor: Reactor, certificates: String?) {
        guard let multi = unsafe curl_multi_init() else { return nil }
        unsafe self.multi = multi
        self.reactor = reactor
        self.certificates = certificates
        timer = LoopTimer { [unowned self] in act(on: CURL_SOCKET_TIMEOUT, 0) }
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
        // It may call back while it closes what is left.
        _ = unsafe penstock_multi_set_callbacks(multi, nil, nil, nil)
        _ = unsafe curl_multi_cleanup(multi)
        if let timer { reactor.remove(timer) }
        for watch in watches.values { reactor.unwatch(watch, closing: true) }
    }

    func start(
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
        if handles == 0 { connector?.dropIfSurplus(self) }
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
            if (try? reactor.change(watch, to: interest)) != nil { return }
            // The descriptor was closed and opened again in between; what was known of it is void.
            reactor.unwatch(watch, closing: true)
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
        guard let timer else { return }
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
