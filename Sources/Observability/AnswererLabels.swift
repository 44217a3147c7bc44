internal import Model

/// What the log, the metrics and the answers call the model and the provider that an upstream names in its answer. Immutable;
/// a class for the reasons of ``UpstreamLabels``.
package final class AnswererLabels: Sendable {
    package let model: String?
    package let provider: String?
    /// `MODEL; provider=NAME`, either part where it is known. Visible ASCII; other bytes are percent-encoded.
    package let fieldValue: String
    let logFields: WrittenFields

    /// Of a name in a header or the log, in bytes.
    private static let longestName = 200

    package init(model: String?, provider: String?, redactor: Redactor) {
        self.model = model
        self.provider = provider
        var parts: [String] = []
        if let model { parts.append(AnswererLabels.encoded(model, allowsBlanks: false)) }
        if let provider {
            let name = AnswererLabels.encoded(provider, allowsBlanks: true)
            let isToken = name.utf8.allSatisfy { AnswererLabels.isPlain($0) }
            parts.append(isToken ? "provider=\(name)" : "provider=\"\(name)\"")
        }
        fieldValue = parts.joined(separator: "; ")
        logFields = WrittenFields(
            [("answered_model", model), ("answered_provider", provider)], upTo: AnswererLabels.longestName,
            redactor: redactor)
    }

    /// Somebody else than was asked, or a provider behind the one that was.
    func isNews(behind upstream: UpstreamLabels) -> Bool {
        provider != nil || model.map { Name($0) != Name(upstream.upstreamModel) } == true
    }

    private static func encoded(_ text: String, allowsBlanks: Bool) -> String {
        var out: [UInt8] = []
        for byte in text.utf8 where out.count < longestName {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "%"), UInt8(ascii: ";"), UInt8(ascii: ","), UInt8(ascii: "\\"):
                appendEscape(byte, to: &out)
            case 0x20 where allowsBlanks: out.append(byte)
            case 0x21...0x7E: out.append(byte)
            default: appendEscape(byte, to: &out)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func appendEscape(_ byte: UInt8, to out: inout [UInt8]) {
        let digits = Array("0123456789ABCDEF".utf8)
        out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    /// Of a token (RFC 9110 §5.6.2), as far as names have them.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
