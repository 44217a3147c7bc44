internal import JSONText
package import Model

/// The one function that stands before every log line and every error text: what looks like a credential, or is one
/// that the gateway knows, becomes `[redacted]`. Immutable.
package struct Redactor: Sendable {
    private let known: KnownSecrets
    /// The same as they stand inside a JSON string.
    private let knownInJSON: KnownSecrets
    private let suspicion: Suspicion

    /// - Parameter secrets: replaced by value wherever they stand; those shorter than 6 bytes would hit ordinary words
    ///   and are left to the patterns.
    package init(secrets: [Secret]) {
        let replacement = "[redacted]"
        let texts = Set(secrets.map { $0.reveal() }).filter {
            $0.utf8.count >= 6 && ($0.utf8.count > replacement.utf8.count || !replacement.contains($0))
        }
        known = KnownSecrets(texts.map { Array($0.utf8) })
        let inJSON = texts.flatMap(Redactor.spellings)
        knownInJSON = KnownSecrets(inJSON)
        suspicion = Suspicion(texts.map { Array($0.utf8) } + inJSON + Redactor.prefixes.map(\.0))
    }

    package func redact(_ text: String) -> String {
        String(decoding: redact(Array(text.utf8)), as: UTF8.self)
    }

    package func redact(_ bytes: [UInt8]) -> [UInt8] {
        scan(bytes, isJSON: false)
    }

    /// The same for JSON text. Only strings are looked into, so that it stays JSON whatever the secrets are.
    package func redact(json bytes: [UInt8]) -> [UInt8] {
        scan(bytes, isJSON: true)
    }

    /// How a secret is written in a JSON string: some servers escape the slash as well.
    private static func spellings(of secret: String) -> [[UInt8]] {
        var quoted: [UInt8] = []
        appendJSONString(secret, to: &quoted)
        let plain = Array(quoted.dropFirst().dropLast())
        let slash = UInt8(ascii: "/")
        return plain.contains(slash)
            ? [plain, plain.flatMap { $0 == slash ? [UInt8(ascii: "\\"), slash] : [$0] }] : [plain]
    }

    /// Whether there may be something to redact; `false` is certain. The ends of a JSON string keep its parts from
    /// belonging to what stands beside it, so strings may be asked for one by one.
    func suspects(_ bytes: Span<UInt8>) -> Bool {
        suspicion.falls(on: bytes)
    }

    private func scan(_ bytes: [UInt8], isJSON: Bool) -> [UInt8] {
        guard suspects(bytes.span) else { return bytes }
        let known = isJSON ? knownInJSON : known
        var out: [UInt8] = []
        var copied = 0
        var position = 0
        // No token begins before this place: what stands there was an escape, a quote or another credential.
        var boundary = 0
        var isInString = !isJSON
        while position < bytes.count {
            let byte = bytes[position]
            if isJSON, byte == UInt8(ascii: "\"") {
                isInString.toggle()
                position += 1
                boundary = position
            } else if !isInString {
                position += 1
            } else if let end = known.end(in: bytes, at: position)
                ?? Redactor.shapedEnd(in: bytes, at: position, after: boundary)
            {
                out.append(contentsOf: bytes[copied..<position])
                out.append(contentsOf: Redactor.replacement)
                (copied, position, boundary) = (end, end, end)
            } else if isJSON, byte == UInt8(ascii: "\\") {
                let isCodePoint = position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "u")
                position = min(bytes.count, position + (isCodePoint ? 6 : 2))
                boundary = position
            } else {
                position += 1
            }
        }
        // Most texts hold none and go back as they came.
        guard copied > 0 else { return bytes }
        out.append(contentsOf: bytes[copied...])
        return out
    }

    private static let replacement = Array("[redacted]".utf8)
}

/// Secrets by value, longest first, so that one that contains another goes as a whole.
private struct KnownSecrets: Sendable {
    private let secrets: [[UInt8]]
    /// By byte: whether any begins with it.
    private let begins: [Bool]

    init(_ secrets: [[UInt8]]) {
        self.secrets = secrets.filter { !$0.isEmpty }.sorted { $0.count > $1.count }
        var begins = [Bool](repeating: false, count: 256)
        for secret in self.secrets { begins[Int(secret[0])] = true }
        self.begins = begins
    }

    func end(in bytes: [UInt8], at start: Int) -> Int? {
        guard begins[Int(bytes[start])] else { return nil }
        for secret in secrets where bytes[start...].starts(with: secret) { return start + secret.count }
        return nil
    }
}

/// Tells at a nanosecond a byte that a text holds no credential, which is so for nearly every log line: none of the pairs
/// of bytes stands in it that a credential, or what announces one, needs.
private struct Suspicion: Sendable {
    /// By byte: a bit for each of 32 groups of pairs that begin with it, then the same for those that end with it. A pair
    /// is suspicious when both have a bit in common; few others are. Small enough to stay in the processor's first cache.
    private let groups: [UInt32]

    /// - Parameter beginnings: of credentials; each two bytes or more.
    init(_ beginnings: [[UInt8]]) {
        var groups = [UInt32](repeating: 0, count: 512)
        // The ends of `bearer `, `key=` and `token=`.
        let announcements = ["r ", "R ", "y=", "Y=", "n=", "N="].map { Array($0.utf8) }
        let pairs = Set((beginnings + announcements).filter { $0.count >= 2 }.map { [$0[0], $0[1]] })
        for (index, pair) in pairs.sorted(by: { $0.lexicographicallyPrecedes($1) }).enumerated() {
            let bit: UInt32 = 1 << UInt32(index & 31)
            groups[Int(pair[0])] |= bit
            groups[256 + Int(pair[1])] |= bit
        }
        self.groups = groups
    }

    func falls(on bytes: Span<UInt8>) -> Bool {
        unsafe groups.withUnsafeBufferPointer { groups in
            unsafe bytes.withUnsafeBufferPointer { bytes in
                // Both tables have a place for every byte, so the indices need no check.
                guard let groups = groups.baseAddress else { return true }
                var begun: UInt32 = 0
                for index in 0..<bytes.count {
                    let place = unsafe Int(bytes[index])
                    if unsafe begun & groups[256 + place] != 0 { return true }
                    begun = unsafe groups[place]
                }
                return false
            }
        }
    }
}

// MARK: - Shapes

extension Redactor {
    /// Providers' key shapes, and how many bytes have to follow for it to be one.
    fileprivate static let prefixes: [([UInt8], Int)] = [
        ("sk-", 8), ("sk_", 16), ("AIza", 20), ("gsk_", 16), ("xai-", 16), ("pplx-", 16), ("hf_", 16), ("r8_", 16),
        ("ghp_", 16), ("eyJ", 30),
    ].map { (Array($0.0.utf8), $0.1) }

    private static let scheme = Array("bearer ".utf8)
    /// Of items of a URL's query; `api_key=` and `access_token=` end like that.
    private static let itemNames = ["key=", "apikey=", "token="].map { Array($0.utf8) }

    /// The end of what looks like a credential and begins at `start`.
    fileprivate static func shapedEnd(in bytes: [UInt8], at start: Int, after boundary: Int) -> Int? {
        guard isTokenByte(bytes[start]), start <= boundary || !isTokenByte(bytes[start - 1]) else { return nil }
        for (prefix, shortest) in prefixes where starts(bytes, with: prefix, at: start) {
            let end = tokenEnd(bytes, from: start + prefix.count)
            if end - start - prefix.count >= shortest { return end }
        }
        return assignedEnd(in: bytes, at: start, after: boundary)
    }

    /// What follows `Bearer ` or `key=` is a credential whatever it looks like, unless it is plainly a word
    /// ("Bearer authentication").
    private static func assignedEnd(in bytes: [UInt8], at start: Int, after boundary: Int) -> Int? {
        func follows(_ name: [UInt8]) -> Bool {
            let begin = start - name.count
            guard begin >= 0, starts(bytes, with: name, at: begin, ignoringCase: true) else { return false }
            return begin <= boundary || !isLetterOrDigit(bytes[begin - 1])
        }
        guard start > 0 else { return nil }
        switch bytes[start - 1] {
        case UInt8(ascii: " "):
            guard follows(scheme) else { return nil }
            let end = tokenEnd(bytes, from: start)
            let isWord = end - start < 20 && bytes[start..<end].allSatisfy { $0 >= 0x61 && $0 <= 0x7A || $0 == 0x2E }
            return end - start >= 4 && !isWord ? end : nil
        case UInt8(ascii: "="):
            guard itemNames.contains(where: follows) else { return nil }
            let end = tokenEnd(bytes, from: start)
            return end - start >= 4 ? end : nil
        default: return nil
        }
    }

    private static func starts(
        _ bytes: [UInt8], with text: [UInt8], at start: Int, ignoringCase: Bool = false
    ) -> Bool {
        guard bytes.count - start >= text.count else { return false }
        for offset in text.indices {
            let byte = bytes[start + offset]
            let isCapital = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
            if (ignoringCase && isCapital ? byte | 0x20 : byte) != text[offset] { return false }
        }
        return true
    }

    private static func tokenEnd(_ bytes: [UInt8], from start: Int) -> Int {
        var end = start
        while end < bytes.count, isTokenByte(bytes[end]) || bytes[end] == UInt8(ascii: ".") { end += 1 }
        return end
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "/"): true
        default: isLetterOrDigit(byte)
        }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
