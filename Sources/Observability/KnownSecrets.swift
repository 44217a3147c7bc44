/// Secrets by value, longest first, so that one that contains another goes as a whole. They are found as they are, and as a
/// URL or a JSON string writes them. A value.
struct KnownSecrets: Sendable {
    private let secrets: [[UInt8]]
    /// By byte: whether any begins with it.
    private let begins: [Bool]

    init(_ secrets: [[UInt8]]) {
        self.secrets = secrets.filter { !$0.isEmpty }.sorted { $0.count > $1.count }
        var begins = [Bool](repeating: false, count: 256)
        for secret in self.secrets {
            begins[Int(secret[0])] = true
            guard Escape.isUsual(for: secret[0]) else { continue }
            for mark in Escape.marks { begins[Int(mark)] = true }
        }
        self.begins = begins
    }

    /// The two bytes that one of them may begin with, in every spelling.
    var beginnings: [[UInt8]] {
        secrets.filter { $0.count >= 2 }.flatMap { secret in
            var pairs = [[secret[0], secret[1]]]
            if Escape.isUsual(for: secret[1]) { pairs += Escape.marks.map { [secret[0], $0] } }
            if Escape.isUsual(for: secret[0]) { pairs += Escape.beginnings(of: secret[0]) }
            return pairs
        }
    }

    /// Where the secret ends that begins at `start`.
    ///
    /// - Parameter isJSON: `bytes` lie in a JSON string, of which no half of an escape may be left.
    func end(in bytes: [UInt8], at start: Int, isJSON: Bool) -> Int? {
        guard begins[Int(bytes[start])] else { return nil }
        for secret in secrets {
            if !isJSON, bytes[start...].starts(with: secret) { return start + secret.count }
            if let end = KnownSecrets.escapedEnd(of: secret, in: bytes, at: start, isJSON: isJSON) { return end }
        }
        return nil
    }

    private static func escapedEnd(of secret: [UInt8], in bytes: [UInt8], at start: Int, isJSON: Bool) -> Int? {
        var position = start
        for wanted in secret {
            if let escape = Escape(at: position, in: bytes), escape.byte == wanted {
                position = escape.end
            } else if position < bytes.count, bytes[position] == wanted,
                !isJSON || wanted != UInt8(ascii: "\\") && wanted != UInt8(ascii: "\"")
            {
                position += 1
            } else {
                return nil
            }
        }
        return position
    }
}
