package import Model

/// Which words of a failure are an echo of the request that failed: servers repeat what they find fault with. A value that
/// takes the request's JSON text in parts.
///
/// Words are an echo when they stand in the request in a short text, as values of members are; a prompt may speak of anything,
/// so there the whole sentence has to stand, unless the phrase alone makes it doubtful. Escapes, the case of letters and the
/// width of blanks make no difference.
package struct RequestEcho {
    private var missing: [DoubtfulWords]
    /// Those that are.
    package private(set) var found: [DoubtfulWords] = []

    private let longest: Int
    private var place = 0
    private var isInString = false
    /// The latest of the text as it is compared. A NUL stands for each quotation mark of the JSON text.
    private var window: [UInt8] = []
    /// Where the string in it begins; `nil` for one that is no short one any more.
    private var start: Int?

    /// A value of a member, or an entry of a list, as clients write them.
    private static let shortText = 256

    /// - Parameter words: ``UpstreamFailure/tellingWords``.
    package init(of words: [DoubtfulWords]) {
        missing = words
        longest = words.map { max($0.phrase.count, $0.sentence?.count ?? 0) }.max() ?? 0
    }

    /// Looks at `most` bytes of `body` from where the last call ended. `true` when there is nothing more to look for.
    package mutating func advance(over body: Span<UInt8>, by most: Int) -> Bool {
        let end = min(body.count, place + most)
        while place < end, !missing.isEmpty { read(body) }
        search()
        return missing.isEmpty || place >= body.count
    }

    private mutating func read(_ body: Span<UInt8>) {
        let byte = body[place]
        place += 1
        if byte == UInt8(ascii: "\"") { return endOrBegin() }
        guard byte == UInt8(ascii: "\\"), place < body.count else { return RequestEcho.append(byte, to: &window) }
        let escaped = body[place]
        place += 1
        switch escaped {
        case UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "r"): RequestEcho.append(UInt8(ascii: " "), to: &window)
        case UInt8(ascii: "u"):
            var unit: UInt32 = 0
            for _ in 0..<4 where place < body.count {
                unit = unit << 4 | RequestEcho.hexValue(body[place])
                place += 1
            }
            // Half a pair is nothing that a phrase has.
            for byte in String(Unicode.Scalar(unit) ?? " ").utf8 { RequestEcho.append(byte, to: &window) }
        default: RequestEcho.append(escaped, to: &window)
        }
    }

    private static func hexValue(_ byte: UInt8) -> UInt32 {
        UInt32(byte &- 0x30 < 10 ? byte &- 0x30 : ((byte | 0x20) &- 0x57) & 15)
    }

    /// At a quotation mark of the JSON text.
    private mutating func endOrBegin() {
        if isInString, let start, window.count - start <= RequestEcho.shortText {
            let text = window[start...]
            take { RequestEcho.contains(text, $0.phrase) }
        }
        window.append(0)
        isInString.toggle()
        start = window.count
    }

    private mutating func search() {
        let text = window[...]
        take { RequestEcho.contains(text, $0.sentence ?? $0.phrase) }
        // What may be the beginning of something, and a text that may turn out to be short.
        let kept = max(longest, RequestEcho.shortText + 1)
        let dropped = max(0, window.count - kept)
        window.removeFirst(dropped)
        start = start.flatMap { $0 < dropped ? nil : $0 - dropped }
    }

    private mutating func take(_ isEcho: (DoubtfulWords) -> Bool) {
        let echoes = missing.filter(isEcho)
        guard !echoes.isEmpty else { return }
        found += echoes
        missing.removeAll { found.contains($0) }
    }

    private static func contains(_ text: ArraySlice<UInt8>, _ words: [UInt8]) -> Bool {
        guard let first = words.first, words.count <= text.count else { return false }
        return (text.startIndex...text.endIndex - words.count).contains {
            text[$0] == first && text[$0...].starts(with: words)
        }
    }

    // MARK: how words are compared

    static func normalized(_ words: some Sequence<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        for byte in words { append(byte, to: &text) }
        if text.first == UInt8(ascii: " ") { text.removeFirst() }
        if text.last == UInt8(ascii: " ") { text.removeLast() }
        return text
    }

    private static func append(_ byte: UInt8, to text: inout [UInt8]) {
        if byte > 0x20 {
            text.append(byte &- 0x41 < 26 ? byte | 0x20 : byte)
        } else if text.last != UInt8(ascii: " ") {
            text.append(UInt8(ascii: " "))
        }
    }
}

extension UpstreamFailure {
    /// The same failure, of which `words` are an echo: they say nothing of it.
    package func echoing(_ words: [DoubtfulWords]) -> UpstreamFailure {
        guard !words.isEmpty else { return self }
        var failure = self
        failure.echoes = words
        return failure
    }
}
