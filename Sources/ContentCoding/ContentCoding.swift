/// A way to compress a body that can be undone here (RFC 9110 §8.4.1, RFC 8878).
package enum ContentCoding: String, Sendable, Hashable, CaseIterable {
    case gzip
    /// The zlib format, or, as some clients have always sent it, its compressed data alone (RFC 9110 §8.4.1.2).
    case deflate
    case zstd

    /// For `Accept-Encoding`.
    package static let list = "gzip, deflate, zstd"

    /// A name of any case; `x-gzip` is `gzip`. `nil`: it cannot be undone here, or, as `identity`, is none.
    package init?(named name: String) {
        switch name.lowercased() {
        case "gzip", "x-gzip": self = .gzip
        case "deflate": self = .deflate
        case "zstd": self = .zstd
        default: return nil
        }
    }
}
