internal import HTTPWire
internal import JSONText

/// What a body is, told by its first bytes: labels are often wrong.
extension Span<UInt8> {
    /// Behind blanks, line ends and a byte order mark.
    var startOfText: Int {
        var at = 0
        while at < count {
            let byte = self[at]
            if byte == 0x20 || 0x09...0x0D ~= byte {
                at += 1
            } else if byte == 0xEF, count - at >= 3, self[at + 1] == 0xBB, self[at + 2] == 0xBF {
                at += 3
            } else {
                break
            }
        }
        return at
    }

    var first: UInt8? { isEmpty ? nil : self[0] }

    /// The first line is one of an event stream: a comment, or a field with its colon.
    var startsLikeEvents: Bool {
        if first == UInt8(ascii: ":") { return true }
        for field: StaticString in ["data:", "event:", "id:", "retry:"] where hasPrefix(field) { return true }
        return false
    }

    /// All of it is the beginning of a field that events begin with.
    var mayBecomeEvents: Bool {
        for field: StaticString in ["data:", "event:", "id:", "retry:"] where isBeginning(of: field) { return true }
        return false
    }

    func hasPrefix(_ text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount && extracting(0..<text.utf8CodeUnitCount).equals(text)
    }

    private func isBeginning(of text: StaticString) -> Bool {
        guard count < text.utf8CodeUnitCount else { return false }
        for index in 0..<count {
            let expected = unsafe text.utf8Start[index]
            if self[index] != expected { return false }
        }
        return true
    }

    var endOfFirstLine: Int {
        for index in 0..<count where self[index] == 0x0A || self[index] == 0x0D { return index }
        return count
    }

    /// `[DONE]`, in any case, with blanks around it, in quotes, or both: servers write all of these.
    var isDoneMark: Bool {
        var (start, end) = (0, count)
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || 0x09...0x0D ~= byte }
        func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }
        while start < end, isBlank(self[start]) { start += 1 }
        while end > start, isBlank(self[end - 1]) { end -= 1 }
        if end - start >= 2, isQuote(self[start]), self[start] == self[end - 1] { (start, end) = (start + 1, end - 1) }
        while start < end, isBlank(self[start]) { start += 1 }
        while end > start, isBlank(self[end - 1]) { end -= 1 }
        guard end - start == 6, self[start] == UInt8(ascii: "["), self[end - 1] == UInt8(ascii: "]") else {
            return false
        }
        var word: UInt32 = 0
        for index in start + 1..<end - 1 { word = word << 8 | UInt32(self[index] & 0xDF) }
        // DONE
        return word == 0x444F_4E45
    }
}
