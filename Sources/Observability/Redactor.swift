package import Model

/// The one function that stands before every log line and every error text: what looks like a credential, or is one
/// that the gateway knows, becomes `[redacted]`. Immutable.
package struct Redactor: Sendable {
    private let rules: Rules
    /// Of one request; `nil`: none.
    private let ofRequest: Rules?

    /// A reference, since every log line keeps one.
    private final class Rules: Sendable {
        let known: KnownSecrets
        let suspicion: Suspicion

        init(_ known: KnownSecrets) {
            self.known = known
            suspicion = Suspicion(known.beginnings + CredentialShape.everywhere.map(\.text))
        }
    }

    /// - Parameter secrets: replaced by value wherever they stand, also where a URL or JSON writes parts of them with escapes;
    ///   those shorter than 6 bytes would hit ordinary words and are left to the patterns.
    package init(secrets: [Secret]) {
        let replacement = "[redacted]"
        let texts = Set(secrets.map { Name($0.reveal()) }).map(\.text).filter {
            $0.utf8.count >= 6 && ($0.utf8.count > replacement.utf8.count || !replacement.contains($0))
        }
        self.init(Rules(KnownSecrets(texts.map { Array($0.utf8) })), ofRequest: nil)
    }

    private init(_ rules: Rules, ofRequest: Rules?) {
        (self.rules, self.ofRequest) = (rules, ofRequest)
    }

    /// One for what is told of a single request: these texts are secrets of it as well.
    package func hiding(_ texts: [String]) -> Redactor {
        texts.isEmpty ? self : Redactor(rules, ofRequest: Rules(KnownSecrets(texts.map { Array($0.utf8) })))
    }

    package func redact(_ text: String) -> String {
        // Most texts hold none and go back as they came.
        suspects(text.utf8.span) ? String(decoding: redact(Array(text.utf8)), as: UTF8.self) : text
    }

    package func redact(_ bytes: [UInt8]) -> [UInt8] {
        scan(bytes, isJSON: false)
    }

    /// The same for JSON text. Only strings are looked into, so that it stays JSON whatever the secrets are.
    package func redact(json bytes: [UInt8]) -> [UInt8] {
        scan(bytes, isJSON: true)
    }

    /// Whether there may be something to redact; `false` is certain. The ends of a JSON string keep its parts from
    /// belonging to what stands beside it, so strings may be asked for one by one.
    func suspects(_ bytes: Span<UInt8>) -> Bool {
        ofRequest != nil || rules.suspicion.falls(on: bytes)
    }

    private func scan(_ bytes: [UInt8], isJSON: Bool) -> [UInt8] {
        guard suspects(bytes.span) else { return bytes }
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
            } else if let end = rules.known.end(in: bytes, at: position, isJSON: isJSON)
                ?? ofRequest?.known.end(in: bytes, at: position, isJSON: isJSON)
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

/// Tells at a nanosecond a byte that a text holds no credential, which is so for nearly every log line: none of the pairs
/// of bytes stands in it that a credential, or what announces one, needs.
private struct Suspicion: Sendable {
    /// By byte: a bit for each of 32 groups of pairs that begin with it, then the same for those that end with it. A pair
    /// is suspicious when both have a bit in common; few others are. Small enough to stay in the processor's first cache.
    private let groups: [UInt32]
    /// A credential begins with the end of `bearer` and a separator: such a pair says nothing about the word before it.
    private let hasLikeBearer: Bool

    /// - Parameter beginnings: of credentials; each two bytes or more.
    init(_ beginnings: [[UInt8]]) {
        var groups = [UInt32](repeating: 0, count: 512)
        func note(_ bit: Int, _ first: some Sequence<UInt8>, _ second: some Sequence<UInt8>) {
            for byte in first { groups[Int(byte)] |= 1 << UInt32(bit) }
            for byte in second { groups[256 + Int(byte)] |= 1 << UInt32(bit) }
        }
        // The ends of `bearer `, and of `key=` and `token=`.
        note(0, "rR".utf8, Announcement.schemeEnds)
        note(1, "yYnN".utf8, "=%".utf8)
        let pairs = Set(beginnings.filter { $0.count >= 2 }.map { [$0[0], $0[1]] })
        for (index, pair) in pairs.sorted(by: { $0.lexicographicallyPrecedes($1) }).enumerated() {
            note(2 + index % 30, pair[..<1], pair[1...])
        }
        self.groups = groups
        hasLikeBearer = pairs.contains { $0[0] | 0x20 == UInt8(ascii: "r") && Announcement.schemeEnds.contains($0[1]) }
    }

    /// Whether the pair that ends at `index` is the end of another word than `bearer`: `openrouter/` is one of every day.
    private func isOtherWord(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Bool {
        guard unsafe bytes[index - 1] | 0x20 == UInt8(ascii: "r"), !hasLikeBearer,
            unsafe Announcement.schemeEnds.contains(bytes[index])
        else { return false }
        guard index >= 6 else { return true }
        for (offset, letter) in "bearer".utf8.enumerated() where unsafe bytes[index - 6 + offset] | 0x20 != letter {
            return true
        }
        return false
    }

    func falls(on bytes: Span<UInt8>) -> Bool {
        unsafe groups.withUnsafeBufferPointer { groups in
            unsafe bytes.withUnsafeBufferPointer { bytes in
                // Both tables have a place for every byte, so the indices need no check.
                guard let groups = groups.baseAddress else { return true }
                var begun: UInt32 = 0
                for index in 0..<bytes.count {
                    let place = unsafe Int(bytes[index])
                    if unsafe begun & groups[256 + place] != 0, unsafe !isOtherWord(bytes, index) { return true }
                    begun = unsafe groups[place]
                }
                return false
            }
        }
    }
}

// MARK: - Shapes

extension Redactor {
    /// The end of what looks like a credential and begins at `start`.
    fileprivate static func shapedEnd(in bytes: [UInt8], at start: Int, after boundary: Int) -> Int? {
        guard CredentialShape.isTokenByte(bytes[start]) else { return nil }
        if start <= boundary || !CredentialShape.isLetterOrDigit(bytes[start - 1]) || Escape.ends(at: start, in: bytes),
            let end = CredentialShape.end(in: bytes, at: start)
        {
            return end
        }
        return assignedEnd(in: bytes, at: start, after: boundary)
    }

    /// What follows `Bearer ` or `key=` is a credential whatever it looks like, unless it is plainly a word
    /// ("Bearer authentication").
    private static func assignedEnd(in bytes: [UInt8], at start: Int, after boundary: Int) -> Int? {
        guard let announcement = Announcement(before: start, in: bytes, after: boundary) else { return nil }
        let end = CredentialShape.tokenEnd(bytes, from: start)
        guard end - start >= 4 else { return nil }
        let isWord = end - start < 20 && bytes[start..<end].allSatisfy { $0 >= 0x61 && $0 <= 0x7A || $0 == 0x2E }
        return announcement == .scheme && isWord ? nil : end
    }
}
