internal import Glibc
internal import JSONText

/// The latest chunk of a stream that brought a piece of text and nothing else. The chunks of an answer differ in that
/// piece alone, so one that is the same around it needs no walk: what stands around it is known to be sound, and what
/// the chunk means is known as well. Shared storage of at most `longest` bytes for each open stream.
struct ChatChunkTemplate {
    private static let longest = 1024

    private let bytes: [UInt8]
    /// The string, with its quotes.
    private let piece: Range<Int>
    /// Where the chunk names its model; in front of the piece, so it is the same for all.
    let model: Range<Int>?

    /// `nil` when the chunk is no such chunk, or too long to be kept.
    init?(_ data: Span<UInt8>, _ chunk: borrowing ChatChunk) {
        guard data.count <= ChatChunkTemplate.longest, let piece = chunk.onlyPiece, chunk.choices.hasContent,
            chunk.choices.finished.isEmpty, !chunk.hasUsage, !chunk.hasOtherModels,
            (chunk.model?.upperBound ?? 0) <= piece.lowerBound
        else { return nil }
        bytes = data.array(0..<data.count)
        self.piece = piece
        model = chunk.model
    }

    /// Whether `data` is this chunk with another piece of text, one that is not empty.
    func fits(_ data: Span<UInt8>) -> Bool {
        let rest = bytes.count - piece.upperBound
        // At least the two quotes and one character stand between what is in front and what is behind.
        guard data.count >= piece.lowerBound + 3 + rest, areEqual(data, 0..<piece.lowerBound, from: 0),
            areEqual(data, data.count - rest..<data.count, from: piece.upperBound),
            let found = jsonStringLiteral(at: piece.lowerBound, in: data)
        else { return false }
        return found.upperBound == data.count - rest
    }

    /// Whether the bytes of `data` in `range` are those of the template from `start` on.
    private func areEqual(_ data: Span<UInt8>, _ range: Range<Int>, from start: Int) -> Bool {
        if range.isEmpty { return true }
        let own = bytes.span.extracting(start..<start + range.count)
        return unsafe data.extracting(range).withUnsafeBytes { theirs in
            unsafe own.withUnsafeBytes { ours in
                guard let one = theirs.baseAddress, let other = ours.baseAddress else { return false }
                return unsafe memcmp(one, other, theirs.count) == 0
            }
        }
    }
}
