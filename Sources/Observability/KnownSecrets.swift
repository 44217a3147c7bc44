/// Secrets by value; one that contains another goes as a whole. They are found as they are, and as a URL or a JSON string
/// writes them. A value.
///
/// In order of their bytes, so that all of them are compared with a text at once: what begins alike stands together.
struct KnownSecrets: Sendable {
    private let secrets: [[UInt8]]
    /// By byte: whether any begins with it.
    private let begins: [Bool]

    init(_ secrets: [[UInt8]]) {
        self.secrets = secrets.filter { !$0.isEmpty }.sorted { $0.lexicographicallyPrecedes($1) }
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

    /// Where the longest secret ends that begins at `start`.
    ///
    /// - Parameter isJSON: `bytes` lie in a JSON string, of which no half of an escape may be left.
    func end(in bytes: [UInt8], at start: Int, isJSON: Bool) -> Int? {
        guard begins[Int(bytes[start])] else { return nil }
        var longest: (length: Int, end: Int)?
        // Where a byte may be itself or the beginning of an escape, both are followed.
        var open = [Reading(secrets: secrets.indices, length: 0, position: start)]
        var left = KnownSecrets.mostReadings
        while var reading = open.popLast() {
            while true {
                if reading.length > 0, secrets[reading.secrets.lowerBound].count == reading.length,
                    reading.length > longest?.length ?? 0
                {
                    longest = (reading.length, reading.position)
                }
                let escaped = Escape(at: reading.position, in: bytes).flatMap { escape in
                    // Nobody escapes a letter without being asked to, and texts are full of marks.
                    reading.length > 0 || Escape.isUsual(for: escape.byte)
                        ? narrowed(reading, by: escape.byte, upTo: escape.end) : nil
                }
                let plain = plain(reading, in: bytes, isJSON: isJSON)
                if let escaped, let plain, left > 0 {
                    left -= 1
                    open.append(plain)
                    reading = escaped
                } else if let next = escaped ?? plain {
                    reading = next
                } else {
                    break
                }
            }
        }
        return longest?.end
    }

    /// What has been read, as the beginning of these secrets.
    private struct Reading {
        var secrets: Range<Int>
        var length: Int
        /// In the text, behind it.
        var position: Int
    }

    /// Of two ways each. Only a secret that holds a whole escape has two.
    private static let mostReadings = 64

    private func plain(_ reading: Reading, in bytes: [UInt8], isJSON: Bool) -> Reading? {
        guard reading.position < bytes.count else { return nil }
        let byte = bytes[reading.position]
        if isJSON, byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\"") { return nil }
        return narrowed(reading, by: byte, upTo: reading.position + 1)
    }

    /// Those of its secrets that go on with `byte`.
    private func narrowed(_ reading: Reading, by byte: UInt8, upTo position: Int) -> Reading? {
        let place = reading.length
        func first(_ isBehind: (UInt8) -> Bool) -> Int {
            var (low, high) = (reading.secrets.lowerBound, reading.secrets.upperBound)
            while low < high {
                let middle = (low + high) / 2
                let secret = secrets[middle]
                // One that ends here stands in front of those that go on.
                if secret.count > place, isBehind(secret[place]) { high = middle } else { low = middle + 1 }
            }
            return low
        }
        let (one, last) = (secrets[reading.secrets.lowerBound], secrets[reading.secrets.upperBound - 1])
        // Mostly all of them go on alike, or none does.
        if one.count > place, one[place] == byte, last.count > place, last[place] == byte {
            return Reading(secrets: reading.secrets, length: place + 1, position: position)
        }
        guard last.count > place, last[place] >= byte, one.count <= place || one[place] <= byte else { return nil }
        let range = first { $0 >= byte }..<first { $0 > byte }
        return range.isEmpty ? nil : Reading(secrets: range, length: place + 1, position: position)
    }
}
