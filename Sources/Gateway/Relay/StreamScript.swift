internal import EventLoop
internal import JSONText

/// The text of a stream that is made of one whole answer: parts of the answer by their place, and what stands between them.
/// A value. It is small however large the answer is, and is written out a part at a time.
struct StreamScript {
    /// Of the answer, or of `text`.
    private struct Piece {
        let isText: Bool
        var range: Range<Int>
    }

    private static let mostPieces = 1 << 18

    private var pieces: [Piece] = []
    private var text: [UInt8] = []
    /// In bytes, of what it writes.
    private(set) var size = 0
    /// More was added than the limit allows; what came behind it is missing.
    private(set) var isTooLong = false
    private let limit: Int
    // What is written next.
    private var place = 0
    private var offset = 0

    /// - Parameter limit: of ``size``.
    init(limit: Int) {
        self.limit = limit
    }

    /// Adds a part of the answer.
    mutating func add(_ range: Range<Int>) {
        guard !range.isEmpty, makeRoom(range.count) else { return }
        pieces.append(Piece(isText: false, range: range))
    }

    mutating func add(_ bytes: [UInt8]) {
        guard !bytes.isEmpty, makeRoom(bytes.count) else { return }
        text += bytes
        addText(bytes.count)
    }

    mutating func add(_ literal: StaticString) {
        guard makeRoom(literal.utf8CodeUnitCount) else { return }
        literal.withUTF8Buffer { unsafe text.append(contentsOf: $0) }
        addText(literal.utf8CodeUnitCount)
    }

    /// A part of the answer with other texts in some places, which are in order and apart.
    mutating func add(_ range: Range<Int>, replacing replacements: [(range: Range<Int>, text: [UInt8])]) {
        var at = range.lowerBound
        for (part, text) in replacements where part.lowerBound >= at && part.upperBound <= range.upperBound {
            add(at..<part.lowerBound)
            add(text)
            at = part.upperBound
        }
        add(at..<range.upperBound)
    }

    private mutating func makeRoom(_ count: Int) -> Bool {
        guard !isTooLong, pieces.count < StreamScript.mostPieces, count <= limit - size else {
            isTooLong = true
            return false
        }
        size += count
        return true
    }

    private mutating func addText(_ count: Int) {
        let start = text.count - count
        if let last = pieces.last, last.isText {
            pieces[pieces.count - 1].range = last.range.lowerBound..<text.count
        } else if count > 0 {
            pieces.append(Piece(isText: true, range: start..<text.count))
        }
    }

    /// Writes what comes next, until `out` holds `limit` bytes.
    ///
    /// - Parameter content: the answer.
    /// - Returns: whether there is more.
    mutating func write(upTo limit: Int, of content: Span<UInt8>, to out: inout ByteBuffer) -> Bool {
        while place < pieces.count {
            let piece = pieces[place]
            let start = piece.range.lowerBound + offset
            let count = min(piece.range.upperBound - start, max(0, limit - out.count))
            if count == 0 { return true }
            if piece.isText {
                out.append(text.span.extracting(start..<start + count))
            } else {
                appendOnOneLine(content.extracting(start..<start + count), to: &out)
            }
            offset += count
            if start + count == piece.range.upperBound { (place, offset) = (place + 1, 0) }
        }
        return false
    }

    /// Parts of the answer go on as they are written, and a line of an event has to hold each. In JSON a line end can
    /// only stand between two tokens, where a blank says the same.
    private func appendOnOneLine(_ part: Span<UInt8>, to out: inout ByteBuffer) {
        var start = 0
        for index in part.indices where part[index] == UInt8(ascii: "\n") || part[index] == UInt8(ascii: "\r") {
            out.append(part.extracting(start..<index))
            out.append(byte: UInt8(ascii: " "))
            start = index + 1
        }
        out.append(part.extracting(start..<part.count))
    }
}
