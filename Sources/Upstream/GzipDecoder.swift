internal import CZlib
internal import EventLoop

/// Inflates a gzip or zlib body piece by piece (RFC 1952, RFC 1950). Used only when an upstream compresses although it
/// was asked not to.
@safe struct GzipDecoder: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>
    private(set) var isComplete = false

    enum Failure: Error, Equatable {
        case corrupt
        case tooLarge
    }

    /// `nil` when zlib is out of memory.
    static func make() -> GzipDecoder? {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 15 + 32: the largest window, and the header tells gzip from zlib.
        guard unsafe inflateInit2_(stream, 47, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            unsafe stream.deallocate()
            return nil
        }
        return unsafe GzipDecoder(stream: stream)
    }

    private init(stream: UnsafeMutablePointer<z_stream>) {
        unsafe self.stream = stream
    }

    deinit {
        _ = unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// So much is inflated at a stretch; a thousand times what is read may come of it.
    private static let partBytes = 1 << 20

    /// Appends what the bytes of `range` inflate to, or, where that is much, the beginning.
    ///
    /// - Parameter limit: of `output`, in bytes, so that a small body cannot grow without end.
    /// - Returns: how many bytes of `range` were used.
    mutating func decode(
        _ range: Range<Int>, of source: borrowing ByteBuffer, into output: inout ByteBuffer, limit: Int
    ) throws(Failure) -> Int {
        try decode(source.bytes.extracting(range), into: &output, limit: limit)
    }

    private mutating func decode(
        _ input: Span<UInt8>, into output: inout ByteBuffer, limit: Int
    ) throws(Failure) -> Int {
        guard !input.isEmpty else { return 0 }
        guard !isComplete else { throw .corrupt }
        let bound = output.count + GzipDecoder.partBytes
        var used = input.count
        var failure: Failure?
        unsafe input.withUnsafeBufferPointer { region in
            // zlib reads through this pointer and never writes.
            unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: region.baseAddress)
            unsafe stream.pointee.avail_in = UInt32(clamping: region.count)
            while failure == nil {
                var code = Z_OK
                let before = unsafe stream.pointee.avail_in
                let written = unsafe output.withRoom(16 << 10) { space in
                    // There may be more room than zlib can count.
                    let room = UInt32(clamping: min(space.count, GzipDecoder.partBytes))
                    unsafe stream.pointee.next_out = space.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    unsafe stream.pointee.avail_out = room
                    unsafe code = inflate(stream, Z_NO_FLUSH)
                    return unsafe Int(room - stream.pointee.avail_out)
                }
                if output.count > limit { failure = .tooLarge }
                if code == Z_STREAM_END {
                    isComplete = true
                    if unsafe stream.pointee.avail_in > 0 { failure = .corrupt }
                    return
                }
                if code != Z_OK && code != Z_BUF_ERROR { failure = .corrupt }
                let left = unsafe Int(stream.pointee.avail_in)
                if failure == nil, output.count >= bound, left > 0 {
                    used = input.count - left
                    return
                }
                // Nothing read and nothing written: the input is used up.
                if written == 0, unsafe stream.pointee.avail_in == before { return }
            }
        }
        if let failure { throw failure }
        return used
    }
}
