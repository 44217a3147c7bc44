/// `ssl_verify`: how an upstream's certificate is judged.
package enum TLSVerification: Sendable, Hashable {
    /// By the system's bundle, or the one `SSL_CERT_FILE` names.
    case system
    /// Not at all. Only ever by an explicit `false`.
    case off
    /// By the certificates in this PEM file.
    case bundle(String)
}
