/// A `model_name` with `*`: every star stands for any text, the empty one too, and the whole name has to match.
package struct WildcardPattern: Sendable, Hashable {
    package let text: String
    /// What stands between the stars, ends included: one more than there are stars.
    private let literals: [[UInt8]]

    /// `nil` when there is no star in `text`.
    package init?(_ text: String) {
        let literals = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
        guard literals.count > 1 else { return nil }
        self.text = text
        self.literals = literals
    }

    package var starCount: Int { literals.count - 1 }

    /// Bytes that have to be matched literally: the more, the more specific.
    package var literalBytes: Int { literals.reduce(0) { $0 + $1.count } }

    /// Whether this one is asked before `other`. Equal ranks keep the file's order.
    package func precedes(_ other: WildcardPattern) -> Bool {
        (literalBytes, other.starCount) > (other.literalBytes, starCount)
    }

    /// What each star stands for, or `nil` when `name` does not match.
    ///
    /// An earlier star takes as much as it can. That is the same as giving every literal, from the last to the first,
    /// the rightmost place that is left, so nothing is ever tried twice: the time is at most the product of the lengths.
    package func captures(of name: [UInt8]) -> [String]? {
        guard let first = literals.first, let last = literals.last, name.count >= literalBytes,
            name.starts(with: first), name.suffix(last.count).elementsEqual(last)
        else { return nil }
        // The part between the two ends, from which the places in the middle are taken.
        var end = name.count - last.count
        var captures: [String] = []
        for literal in literals.dropFirst().dropLast().reversed() {
            guard let place = WildcardPattern.last(literal, in: name[first.count..<end]) else { return nil }
            captures.append(String(decoding: name[place + literal.count..<end], as: UTF8.self))
            end = place
        }
        captures.append(String(decoding: name[first.count..<end], as: UTF8.self))
        return captures.reversed()
    }

    private static func last(_ literal: [UInt8], in bytes: ArraySlice<UInt8>) -> Int? {
        var start = bytes.endIndex - literal.count
        while start >= bytes.startIndex {
            if bytes[start..<start + literal.count].elementsEqual(literal) { return start }
            start -= 1
        }
        return nil
    }

    /// What `target` (`litellm_params.model`) becomes for a request.
    ///
    /// No star in it: itself. More captures than stars: the client's whole name. Else the stars are replaced left to
    /// right, and what is left of them stays.
    package static func substitute(_ captures: [String], into target: String, requested: String) -> String {
        guard target.utf8.contains(UInt8(ascii: "*")) else { return target }
        let parts = target.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
        guard captures.count < parts.count else { return requested }
        var result: [UInt8] = []
        for (index, part) in parts.enumerated() {
            result += part
            guard index < parts.count - 1 else { break }
            if index < captures.count { result += captures[index].utf8 } else { result.append(UInt8(ascii: "*")) }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
