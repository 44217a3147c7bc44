import Model
import Providers

/// The header `x-penstock-route`: what was asked for, the group, and the provider's model, with `>` between them.
enum RouteTrail {
    /// A header that proxies with small buffers still pass on.
    static let longestBytes = 512

    /// Printable ASCII only, so nothing a client sends as a model's name can end the field or begin another.
    static func text(requested: String, group: String, provider: String, model: String) -> String {
        let end = "\(encoded(group))>\(provider):\(encoded(model))"
        return cut(Name(requested) == Name(group) ? end : "\(encoded(requested))>\(end)")
    }

    /// `%` and `>` are encoded too, so that the parts can be told apart again.
    private static func encoded(_ text: String) -> String {
        PercentEncoding.encode(text) { byte in
            byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "%") && byte != UInt8(ascii: ">")
        }
    }

    /// `...` at the end says that something is missing; an encoded byte is never split.
    private static func cut(_ text: String) -> String {
        guard text.utf8.count > longestBytes else { return text }
        var bytes = Array(text.utf8.prefix(longestBytes - 3))
        if let percent = bytes.lastIndex(of: UInt8(ascii: "%")), percent > bytes.count - 3 {
            bytes.removeSubrange(percent...)
        }
        return String(decoding: bytes, as: UTF8.self) + "..."
    }
}
