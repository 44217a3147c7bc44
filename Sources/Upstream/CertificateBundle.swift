/// Where the certificates of the public authorities lie, as one PEM file.
///
/// libcurl's own default is the one of the machine it was built on, and it does not read `SSL_CERT_FILE`.
///
/// - Parameter environment: the value of a variable, `nil` when it is not set.
/// - Parameter exists: whether there is such a file.
/// - Returns: what `SSL_CERT_FILE` says, whether that exists or not; else the first of the usual places; else `nil`.
package func certificateBundle(
    environment: (_ name: String) -> String?, exists: (_ path: String) -> Bool
) -> String? {
    if let named = environment("SSL_CERT_FILE"), !named.isEmpty { return named }
    return usualCertificateBundles.first(where: exists)
}

/// Debian and its kin, Fedora and its kin, openSUSE, Alpine.
let usualCertificateBundles = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
]
