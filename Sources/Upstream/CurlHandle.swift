internal import CCurl
internal import EventLoop
internal import Model

/// One `CURL *` used as a transport: it opens a connection and then moves bytes over it. Owned by one connection.
@safe struct CurlHandle: ~Copyable {
    let pointer: UnsafeMutableRawPointer
    /// Where libcurl puts its words while it connects.
    private var errorText: UnsafeMutablePointer<CChar>?
    private var share: CurlShare?

    /// `nil` only when libcurl is out of memory.
    static func make() -> CurlHandle? {
        guard let pointer = unsafe curl_easy_init() else { return nil }
        return unsafe CurlHandle(pointer: pointer)
    }

    private init(pointer: UnsafeMutableRawPointer) {
        unsafe self.pointer = pointer
        let space = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe space.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        unsafe errorText = space
        _ = unsafe penstock_curl_set_pointer(pointer, CURLOPT_ERRORBUFFER, space)
    }

    deinit {
        unsafe curl_easy_cleanup(pointer)
        unsafe errorText?.deallocate()
    }

    /// Identifies the handle in libcurl's messages.
    var identity: UInt { unsafe UInt(bitPattern: pointer) }

    func set(_ option: CURLoption, _ value: Int) -> Bool {
        unsafe penstock_curl_set_long(pointer, option, value) == CURLE_OK
    }

    func set(_ option: CURLoption, _ value: String?) -> Bool {
        if let value { return unsafe penstock_curl_set_text(pointer, option, value) == CURLE_OK }
        return unsafe penstock_curl_set_text(pointer, option, nil) == CURLE_OK
    }

    func closeOnExec() -> Bool {
        unsafe penstock_curl_close_on_exec(pointer) == CURLE_OK
    }

    /// Uses and keeps `share`.
    mutating func attach(_ share: CurlShare) {
        share.attach(to: self)
        self.share = share
    }

    /// libcurl's words about a failed connect, if any; none are collected afterwards.
    mutating func takeErrorText() -> String {
        guard let space = unsafe errorText else { return "" }
        _ = unsafe penstock_curl_set_pointer(pointer, CURLOPT_ERRORBUFFER, nil)
        unsafe errorText = nil
        defer { unsafe space.deallocate() }
        return unsafe String(cString: space)
    }

    /// What a proxy answered to CONNECT; 0 when there was none.
    var proxyStatus: Int {
        var status = 0
        guard unsafe penstock_curl_get_proxy_status(pointer, &status) == CURLE_OK else { return 0 }
        return status
    }

    /// The socket of an open connection.
    var activeSocket: Int32? {
        var descriptor: curl_socket_t = -1
        guard unsafe penstock_curl_get_socket(pointer, &descriptor) == CURLE_OK, descriptor >= 0 else { return nil }
        return descriptor
    }

    /// Sends the bytes from `offset` up to `end`. libcurl and OpenSSL want a refused call repeated with the same bytes at the same
    /// place, which a buffer that nobody touches until it is sent guarantees.
    func send(_ buffer: borrowing ByteBuffer, from offset: Int, upTo end: Int) -> Socket.Transfer {
        var sent = 0
        let code = unsafe buffer.bytes.withUnsafeBytes { region in
            let left = unsafe UnsafeRawBufferPointer(rebasing: region[offset..<end])
            return unsafe curl_easy_send(pointer, left.baseAddress, left.count, &sent)
        }
        switch code {
        case CURLE_OK: return .moved(sent)
        case CURLE_AGAIN: return .wouldBlock
        default: return .failed(Errno(Int32(bitPattern: code.rawValue)))
        }
    }

    /// Receives once into `buffer`.
    func receive(into buffer: inout ByteBuffer, room: Int) -> Socket.Transfer {
        var received = 0
        var code = CURLE_OK
        _ = unsafe buffer.withRoom(room) { space in
            unsafe code = curl_easy_recv(pointer, space.baseAddress, min(room, space.count), &received)
            return code == CURLE_OK ? received : 0
        }
        switch code {
        case CURLE_OK: return received == 0 ? .ended : .moved(received)
        case CURLE_AGAIN: return .wouldBlock
        default: return .failed(Errno(Int32(bitPattern: code.rawValue)))
        }
    }
}

/// Names shared by the handles of one loop: resolved addresses and TLS sessions. Never connections.
@safe final class CurlShare {
    private let pointer: UnsafeMutableRawPointer?

    init() {
        unsafe pointer = curl_share_init()
        if let pointer = unsafe pointer {
            // No lock callbacks: only this loop's thread uses it.
            _ = unsafe penstock_share_enable(pointer, CURL_LOCK_DATA_DNS)
            _ = unsafe penstock_share_enable(pointer, CURL_LOCK_DATA_SSL_SESSION)
        }
    }

    deinit { _ = unsafe curl_share_cleanup(pointer) }

    fileprivate func attach(to handle: borrowing CurlHandle) {
        if let pointer = unsafe pointer {
            _ = unsafe penstock_curl_set_pointer(handle.pointer, CURLOPT_SHARE, pointer)
        }
    }
}

extension UpstreamError {
    /// What libcurl's code says about a failed connect.
    ///
    /// - Parameter words: libcurl's own, about this attempt; they name hosts and reasons, never credentials.
    /// - Parameter proxyStatus: what a proxy answered to CONNECT; 0 when there was none.
    static func connectFailure(_ code: CURLcode, words: String, proxyStatus: Int) -> UpstreamError {
        if code == CURLE_OPERATION_TIMEDOUT { return .timeout(.connect) }
        let detail = words.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : words
        let failure: ConnectFailure =
            switch code {
            case CURLE_COULDNT_RESOLVE_HOST: .nameNotFound
            case CURLE_COULDNT_CONNECT: .refused
            case CURLE_COULDNT_RESOLVE_PROXY, CURLE_PROXY: .proxy
            case CURLE_RECV_ERROR where proxyStatus >= 300: .proxy
            case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_ENGINE_NOTFOUND: .tls
            case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR: .certificate
            default: .other
            }
        return .connect(failure, detail: detail)
    }
}
