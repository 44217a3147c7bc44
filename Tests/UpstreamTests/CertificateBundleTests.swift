import Testing

@testable import Upstream

@Suite struct CertificateBundleTests {
    static let debian = "/etc/ssl/certs/ca-certificates.crt"
    static let fedora = "/etc/pki/tls/certs/ca-bundle.crt"
    static let alpine = "/etc/ssl/cert.pem"

    typealias Case = (rule: String, named: String?, there: [String], expected: String?)
    static let cases: [Case] = [
        ("the variable wins", "/my/ca.pem", [debian], "/my/ca.pem"),
        ("also when its file is missing, so that the mistake shows", "/none", [], "/none"),
        ("an empty one is none", "", [debian], debian),
        ("Debian", nil, [debian], debian),
        ("Fedora", nil, [fedora], fedora),
        ("Alpine", nil, [alpine], alpine),
        ("Debian's before others", nil, [alpine, fedora, debian], debian),
        ("nothing there", nil, ["/etc/hosts"], nil),
    ]

    @Test(arguments: cases)
    func theBundleIsFound(_ c: Case) {
        let found = certificateBundle(
            environment: { $0 == "SSL_CERT_FILE" ? c.named : nil }, exists: { c.there.contains($0) })
        #expect(found == c.expected, "\(c.rule)")
    }
}
