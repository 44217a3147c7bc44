package import EventLoop

/// Unpacks a body piece by piece. What it costs is bounded by what goes in and what the caller takes out.
package struct ContentDecoder: ~Copyable {
    package enum Failure: Error, Equatable {
        /// The bytes are not what the coding says.
        case corrupt
        /// More came of it than the caller takes.
        case tooLarge
        /// Zstandard: it wants to remember more than ``ZstdDecoder/largestWindowBytes``.
        case windowTooLarge
        case outOfMemory
    }

    package let coding: ContentCoding
    /// What has gone in is whole: it ended where the coding says.
    package private(set) var isComplete = false
    private var hasBegun = false
    private var inflater: Inflater?
    private var zstd: ZstdDecoder?

    package init(_ coding: ContentCoding) {
        self.coding = coding
    }

    /// So much is unpacked at a stretch; a thousand times what is read may come of it.
    static let partBytes = 1 << 20

    /// Appends what the bytes of `range` unpack to, or, where that is much, the beginning.
    ///
    /// - Parameter limit: of `output`, in bytes, so that a small body cannot grow without end.
    /// - Returns: how many bytes of `range` were used.
    package mutating func decode(
        _ range: Range<Int>, of source: borrowing ByteBuffer, into output: inout ByteBuffer, limit: Int
    ) throws(Failure) -> Int {
        try decode(source.bytes.extracting(range), into: &output, limit: limit)
    }

    private mutating func decode(
        _ input: Span<UInt8>, into output: inout ByteBuffer, limit: Int
    ) throws(Failure) -> Int {
        guard !input.isEmpty else { return 0 }
        switch coding {
        case .gzip, .deflate:
            if !hasBegun {
                inflater = try Inflater.make(isRaw: coding == .deflate && Inflater.isRaw(beginningWith: input[0]))
            }
            hasBegun = true
            return try inflater?.decode(input, into: &output, limit: limit, isComplete: &isComplete) ?? 0
        case .zstd:
            if !hasBegun { zstd = try ZstdDecoder.make() }
            hasBegun = true
            return try zstd?.decode(input, into: &output, limit: limit, isComplete: &isComplete) ?? 0
        }
    }
}
