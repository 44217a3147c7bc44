package import Model

/// The one function that stands before every log line and every error text: what looks like a credential, or is one
/// that the gateway knows, becomes `[redacted]`. Immutable.
package struct Redactor: Sendable {
    /// Longest first, so that a secret that contains another goes as a whole.
    private let known: [[UInt8]]

    /// - Parameter secrets: replaced by value wherever they stand; those shorter than 6 bytes would hit ordinary words
    ///   and are left to the patterns.
    package init(secrets: [Secret]) {
        known = secrets.map { Array($0.reveal().utf8) }.filter { $0.count >= 6 }
            .sorted { $0.count > $1.count }
    }

    package func redact(_ text: String) -> String {
        String(decoding: redact(Array(text.utf8)), as: UTF8.self)
    }

    package func redact(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        var copied = 0
        var position = 0
        while position < bytes.count {
            guard let end = credential(in: bytes, at: position) else {
                position += 1
                continue
            }
            out.append(contentsOf: bytes[copied..<position])
            out.append(contentsOf: Redactor.replacement)
            (copied, position) = (end, end)
        }
        // Most texts hold none and go back as they came.
        guard copied > 0 else { return bytes }
        out.append(contentsOf: bytes[copied...])
        return out
    }

    private static let replacement = Array("[redacted]".utf8)

    /// The end of the credential that begins at `start`, if one does.
    private func credential(in bytes: [UInt8], at start: Int) -> Int? {
        for secret in known where bytes[start] == secret.first && bytes[start...].starts(with: secret) {
            return start + secret.count
        }
        let follows = start > 0 && isTokenByte(bytes[start - 1])
        guard !follows else { return nil }
        for (prefix, shortest) in Redactor.prefixes where starts(bytes, with: prefix, at: start) {
            let end = tokenEnd(bytes, from: start + prefix.count)
            if end - start - prefix.count >= shortest { return end }
        }
        return assignedValue(in: bytes, at: start)
    }

    /// Providers' key shapes, and how many bytes have to follow for it to be one.
    private static let prefixes: [([UInt8], Int)] = [
        ("sk-", 8), ("sk_", 16), ("AIza", 20), ("gsk_", 16), ("xai-", 16), ("pplx-", 16), ("hf_", 16), ("r8_", 16),
        ("ghp_", 16), ("eyJ", 30),
    ].map { (Array($0.0.utf8), $0.1) }

    private static let valueNames = ["Bearer ", "bearer ", "key=", "api_key=", "token="].map { Array($0.utf8) }

    /// What follows `Bearer ` or `key=` (in a URL) is a credential whatever it looks like.
    private func assignedValue(in bytes: [UInt8], at start: Int) -> Int? {
        guard start > 0 else { return nil }
        for name in Redactor.valueNames where start >= name.count {
            if starts(bytes, with: name, at: start - name.count) {
                let end = tokenEnd(bytes, from: start)
                if end - start >= 4 { return end }
            }
        }
        return nil
    }

    private func starts(_ bytes: [UInt8], with prefix: [UInt8], at start: Int) -> Bool {
        bytes.count - start >= prefix.count && bytes[start..<start + prefix.count].elementsEqual(prefix)
    }

    private func tokenEnd(_ bytes: [UInt8], from start: Int) -> Int {
        var end = start
        while end < bytes.count, isTokenByte(bytes[end]) || bytes[end] == UInt8(ascii: ".") { end += 1 }
        return end
    }

    private func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "+"),
            UInt8(ascii: "/"):
            true
        default: false
        }
    }
}
