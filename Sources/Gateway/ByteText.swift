internal import EventLoop
internal import JSONText

extension Span where Element == UInt8 {
    /// A copy of the bytes in `range`, which must lie inside.
    func array(_ range: Range<Int>) -> [UInt8] {
        let part = extracting(range)
        return unsafe part.withUnsafeBufferPointer { unsafe Array($0) }
    }

    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in indices where unsafe self[index] != text.utf8Start[index] { return false }
        return true
    }
}

extension ByteBuffer {
    /// `source` with `text` in place of `range`.
    mutating func append(_ source: Span<UInt8>, replacing range: Range<Int>, with text: [UInt8]) {
        append(source.extracting(0..<range.lowerBound))
        append(text)
        append(source.extracting(range.upperBound..<source.count))
    }
}

extension JSONEdits {
    /// Appends `source` with the edits applied.
    func append(to out: inout ByteBuffer, of source: Span<UInt8>) {
        if isEmpty {
            out.append(source)
            return
        }
        forEachPiece(of: source.count) { piece in
            switch piece {
            case .source(let range): out.append(source.extracting(range))
            case .text(let text): out.append(text)
            }
        }
    }
}
