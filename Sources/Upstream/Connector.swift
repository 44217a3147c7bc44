internal import CCurl
internal import EventLoop
internal import Glibc
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
    // No proxy can come between: one that is spoken to over TLS would make a plain socket's bytes libcurl's, and leave some of
    // an https origin's in a second layer of TLS.
    private let plainGoesDirect: Bool
    private let tlsGoesDirect: Bool
    private(set) var shards: [CurlShard] = []

    init(on reactor: Reactor, settings: TransportSettings) {
        self.reactor = reactor
        self.settings = settings
        func isFree(_ names: String...) -> Bool {
            settings.proxy == nil && (names + ["all_proxy", "ALL_PROXY"]).allSatisfy { unsafe getenv($0) == nil }
        }
        plainGoesDirect = isFree("http_proxy", "HTTP_PROXY")
        tlsGoesDirect = isFree("https_proxy", "HTTPS_PROXY")
    }

    /// - Parameter deadline: when the caller's patience ends; the connect time of the settings may end it sooner.
    /// - Throws: `.connect`, `.timeout(.connect)` or `.cancelled`.
    func connect(
        to origin: UpstreamOrigin, waiter: Waiter, deadline: LoopTime
    ) async throws(UpstreamError) -> UpstreamConnection {
        let target = origin.target
        guard var handle = CurlHandle.make(), configure(&handle, for: target) else {
            throw .connect(.other, detail: "libcurl could not be set up")
        }
        let shard = try roomyShard(for: certificates(for: target))
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
        let words = ticket.takeErrorText()
        guard code == CURLE_OK else {
            throw .connectFailure(code, words: words, proxyStatus: ticket.proxyStatus)
        }
        guard let descriptor = ticket.activeSocket else {
            throw .connect(.other, detail: "the connection closed at once")
        }
        do throws(Errno) {
            guard plainGoesDirect, target.origin.scheme == .http else {
                let watch = try reactor.watch(descriptor)
                let isDirect = tlsGoesDirect && target.origin.scheme == .https
                return UpstreamConnection(ticket: ticket, isDirect: isDirect, watch: watch, to: origin, on: reactor)
            }
            // libcurl closes its own descriptor of the socket, with the 9 KB that it keeps for a connection.
            let own = try systemCall { fcntl(descriptor, F_DUPFD_CLOEXEC, 0) }
            return UpstreamConnection(socket: try Socket(owning: own, on: reactor), to: origin, on: reactor)
        } catch {
            throw .connect(.other, detail: error.text)
        }
    }

    /// The first with room and the same certificates: a multi keeps one store of them, and loads it anew for others.
    private func roomyShard(for certificates: String?) throws(UpstreamError) -> CurlShard {
        for shard in shards where shard.certificates == certificates && shard.handles < Connector.handlesPerShard {
            return shard
        }
        guard let shard = CurlShard(on: reactor, certificates: certificates) else {
            throw .connect(.other, detail: "libcurl is out of memory")
        }
        shard.connector = self
        shards.append(shard)
        return shard
    }

    /// Lets go of a shard that a burst of connections has left empty; one stays, for the sake of its store.
    func dropIfSurplus(_ empty: CurlShard) {
        let alike = shards.count { $0.certificates == empty.certificates }
        if alike > 1 { shards.removeAll { $0 === empty } }
    }

    /// The bundle by which `target` is judged; `nil` for libcurl's own default, or none.
    private func certificates(for target: UpstreamTarget) -> String? {
        guard target.origin.scheme == .https else { return nil }
        return switch target.tls {
        case .off: nil
        case .bundle(let path): path
        case .system: settings.certificateBundle
        }
    }

    private func configure(_ handle: inout CurlHandle, for target: UpstreamTarget) -> Bool {
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
        require(handle.set(CURLOPT_CONNECTTIMEOUT_MS, Connector.milliseconds(settings.connectTime)))
        // An http origin behind an http proxy is reached through a tunnel too: the bytes on it are ours.
        require(handle.set(CURLOPT_HTTPPROXYTUNNEL, 1))
        if let proxy = settings.proxy { require(handle.set(CURLOPT_PROXY, proxy.reveal())) }
        if origin.scheme == .https { require(configureTLS(handle, target)) }
        // Without it, giving up while a name is being looked up waits for the resolver's thread, and the loop with it.
        require(handle.set(CURLOPT_QUICK_EXIT, 1))
        require(handle.closeOnExec())
        handle.attach(share)
        return accepted
    }

    /// As libcurl takes it: 1, since 0 would be its own default, up to 24 days, since it refuses more or keeps the lower bits.
    static func milliseconds(_ duration: Duration) -> Int {
        Int(Int32(clamping: max(1, duration.clampedNanoseconds / 1_000_000)))
    }

    private func configureTLS(_ handle: borrowing CurlHandle, _ target: UpstreamTarget) -> Bool {
        // Debian's default directory of certificates keeps 7.88 from caching the store: 36 ms a connection.
        guard handle.set(CURLOPT_CAPATH, nil) else { return false }
        if target.tls == .off {
            // A store that nobody asks would still be loaded, each time.
            return handle.set(CURLOPT_SSL_VERIFYPEER, 0) && handle.set(CURLOPT_SSL_VERIFYHOST, 0)
                && handle.set(CURLOPT_CAINFO, nil)
        }
        guard let bundle = certificates(for: target) else { return true }
        return handle.set(CURLOPT_CAINFO, bundle)
    }
}
