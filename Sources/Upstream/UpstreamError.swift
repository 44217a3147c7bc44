/// Why an exchange with an upstream came to nothing. Names causes; what the client gets is decided elsewhere.
package enum UpstreamError: Error, Equatable, Sendable {
    /// The connection could not be opened. `detail` is libcurl's text, for operators.
    case connect(ConnectFailure, detail: String)
    case timeout(Stage)
    /// The connection ended, or broke, before one byte of an answer.
    case closedBeforeAnswer
    /// The answer ended in the middle.
    case cut
    /// The bytes are no acceptable HTTP/1.1.
    case malformed(String)
    /// The answer is larger than the limit, in bytes.
    case tooLarge(limitBytes: Int)
    /// The body's content coding is unknown or broken.
    case encoding(String)
    /// The client on whose behalf it was made has left.
    case cancelled

    package enum ConnectFailure: String, Sendable {
        case nameNotFound = "the host name could not be resolved"
        case refused = "the connection was refused or the host cannot be reached"
        case tls = "the TLS handshake failed"
        case certificate = "the TLS certificate is not trusted"
        case proxy = "the proxy could not be used"
        case other = "the connection could not be opened"
    }

    package enum Stage: String, Sendable {
        case connect
        case send
        case firstByte = "first byte"
        case idle
        case whole
    }
}
