/// Phrases that are looked for in one pass over a text. A value.
struct FailurePhrases: Sendable {
    private enum Part: Sendable {
        case literal([UInt8])
        case number
        case gap
    }

    private struct Phrase: Sendable {
        let second: UInt8
        let parts: [Part]
        let meaning: FailureMeaning
        let isOfRequestsOnly: Bool
    }

    /// By their first byte.
    private var phrases: [[Phrase]] = Array(repeating: [], count: 256)

    /// The most that a `*` stands for.
    private static let longestGap = 160

    /// - Parameter rows: each begins with two bytes at least that are neither `#` nor `*`; one that does not is left out.
    init(_ rows: [(text: String, meaning: FailureMeaning, isOfRequestsOnly: Bool)]) {
        for row in rows {
            let parts = FailurePhrases.parts(row.text)
            guard case .literal(let start)? = parts.first, start.count > 1 else { continue }
            phrases[Int(start[0])].append(
                Phrase(second: start[1], parts: parts, meaning: row.meaning, isOfRequestsOnly: row.isOfRequestsOnly))
        }
    }

    private static func parts(_ text: String) -> [Part] {
        var parts: [Part] = []
        var literal: [UInt8] = []
        for byte in text.utf8 {
            guard byte == UInt8(ascii: "#") || byte == UInt8(ascii: "*") else {
                literal.append(byte)
                continue
            }
            if !literal.isEmpty { parts.append(.literal(literal)) }
            literal = []
            parts.append(byte == UInt8(ascii: "#") ? .number : .gap)
        }
        if !literal.isEmpty { parts.append(.literal(literal)) }
        return parts
    }

    /// A phrase that stands in a text.
    struct Match: Sendable {
        let range: Range<Int>
        let meaning: FailureMeaning
        let isOfRequestsOnly: Bool
    }

    /// Nobody says so much of one failure.
    private static let mostMatches = 64

    /// The phrases that stand in `text`, in their order; the first 64.
    ///
    /// - Parameter text: lower case.
    func matches(in text: [UInt8]) -> [Match] {
        var matches: [Match] = []
        guard text.count > 1 else { return matches }
        for place in 0..<text.count - 1 {
            for phrase in phrases[Int(text[place])] where phrase.second == text[place + 1] {
                guard let end = end(of: phrase, from: place, in: text) else { continue }
                matches.append(
                    Match(range: place..<end, meaning: phrase.meaning, isOfRequestsOnly: phrase.isOfRequestsOnly))
                if matches.count == FailurePhrases.mostMatches { return matches }
            }
        }
        return matches
    }

    /// `nil`: it does not begin there.
    private func end(of phrase: Phrase, from place: Int, in text: [UInt8]) -> Int? {
        var at = place
        var gap = 0
        for part in phrase.parts {
            switch part {
            case .gap: gap = FailurePhrases.longestGap
            case .number:
                let begin = at
                while at < text.count, FailurePhrases.isOfNumber(text[at]) { at += 1 }
                // A comma behind a number is the sentence's.
                while at > begin, !(0x30...0x39 ~= text[at - 1]) { at -= 1 }
                guard at > begin else { return nil }
            case .literal(let literal):
                guard let found = find(literal, in: text, from: at, within: gap) else { return nil }
                at = found + literal.count
                gap = 0
            }
        }
        return at
    }

    /// The first place from `start` on, at most `gap` bytes later.
    private func find(_ literal: [UInt8], in text: [UInt8], from start: Int, within gap: Int) -> Int? {
        let last = min(start + gap, text.count - literal.count)
        guard start <= last else { return nil }
        return (start...last).first { text[$0...].starts(with: literal) }
    }

    private static func isOfNumber(_ byte: UInt8) -> Bool {
        0x30...0x39 ~= byte || byte == UInt8(ascii: ",") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
    }
}
