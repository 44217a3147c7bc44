package import Model

/// What a connection is good for: two requests with equal targets may use the same one after each other.
package struct UpstreamTarget: Hashable, Sendable {
    package let origin: Origin
    package let tls: TLSVerification

    package init(origin: Origin, tls: TLSVerification) {
        self.origin = origin
        self.tls = tls
    }
}

/// How connections are opened, for all targets of a process.
package struct TransportSettings: Sendable {
    /// `http://…` or `socks5://…`; `nil` means the usual environment variables (`https_proxy`, `no_proxy` and so on).
    package var proxy: Secret?
    /// A bundle of certificates in PEM; `nil` means libcurl's own default.
    package var certificateBundle: String?
    /// Name look-up, TCP and TLS together.
    package var connectTime: Duration
    /// A pooled connection that rested longer is not used again.
    package var idleTime: Duration
    /// Idle connections kept for one target by one loop.
    package var idleConnections = 256

    package init(
        proxy: Secret? = nil, certificateBundle: String? = nil, connectTime: Duration = .seconds(5),
        idleTime: Duration = .seconds(60)
    ) {
        self.proxy = proxy
        self.certificateBundle = certificateBundle
        self.connectTime = connectTime
        self.idleTime = idleTime
    }
}
