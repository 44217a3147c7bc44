internal import CZlib
internal import EventLoop

/// zlib's inflate: gzip, zlib, and deflate without either's wrapping (RFC 1952, 1950, 1951).
@safe struct Inflater: ~Copyable {
    private let stream: UnsafeMutablePointer<z_stream>
    private let isRaw: Bool
    /// gzip's first byte has been seen: further members may follow the first (RFC 1952 §2.2).
    private var isGzip: Bool?

    private static let firstOfGzip: UInt8 = 0x1F

    static func make(isRaw: Bool) throws(ContentDecoder.Failure) -> Inflater {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        // 15 bits: the largest window. 32 more: the header tells gzip from zlib. Negative: there is no header.
        let window: Int32 = isRaw ? -15 : 15 + 32
        guard unsafe inflateInit2_(stream, window, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            unsafe stream.deallocate()
            throw .outOfMemory
        }
        return unsafe Inflater(stream: stream, isRaw: isRaw)
    }

    /// Deflate's data alone. zlib's format begins with its method, 8, and the size of a window that is none of the reserved
    /// ones; no encoder begins a block with these bits.
    static func isRaw(beginningWith byte: UInt8) -> Bool {
        byte & 0x8F != 0x08 && byte != firstOfGzip
    }

    private init(stream: UnsafeMutablePointer<z_stream>, isRaw: Bool) {
        unsafe self.stream = stream
        self.isRaw = isRaw
    }

    deinit {
        _ = unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    /// See ``ContentDecoder/decode(_:of:into:limit:)``.
    ///
    /// - Parameter isComplete: kept from call to call.
    mutating func decode(
        _ input: Span<UInt8>, into output: inout ByteBuffer, limit: Int, isComplete: inout Bool
    ) throws(ContentDecoder.Failure) -> Int {
        let bound = output.count + ContentDecoder.partBytes
        var position = 0
        while position < input.count {
            if isComplete {
                try beginMember(with: input[position])
                isComplete = false
            }
            if isGzip == nil { isGzip = !isRaw && input[position] == Inflater.firstOfGzip }
            let rest = input.extracting(position..<input.count)
            position += try decodeMember(rest, into: &output, limit, bound, &isComplete)
            if output.count >= bound { break }
        }
        return position
    }

    private mutating func beginMember(with byte: UInt8) throws(ContentDecoder.Failure) {
        guard isGzip == true, byte == Inflater.firstOfGzip, unsafe inflateReset(stream) == Z_OK else { throw .corrupt }
    }

    /// - Returns: how many bytes were used: all, unless the member ended or very much came of them.
    private mutating func decodeMember(
        _ input: Span<UInt8>, into output: inout ByteBuffer, _ limit: Int, _ bound: Int, _ isComplete: inout Bool
    ) throws(ContentDecoder.Failure) -> Int {
        var used = input.count
        var failure: ContentDecoder.Failure?
        unsafe input.withUnsafeBufferPointer { region in
            // zlib reads through this pointer and never writes.
            unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: region.baseAddress)
            unsafe stream.pointee.avail_in = UInt32(clamping: region.count)
            while failure == nil {
                var code = Z_OK
                let before = unsafe stream.pointee.avail_in
                let written = unsafe output.withRoom(16 << 10) { space in
                    // There may be more room than zlib can count.
                    let room = UInt32(clamping: min(space.count, ContentDecoder.partBytes))
                    unsafe stream.pointee.next_out = space.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    unsafe stream.pointee.avail_out = room
                    unsafe code = inflate(stream, Z_NO_FLUSH)
                    return unsafe Int(room - stream.pointee.avail_out)
                }
                let left = unsafe Int(stream.pointee.avail_in)
                if output.count > limit { failure = .tooLarge }
                if code == Z_STREAM_END {
                    isComplete = true
                    used = input.count - left
                    return
                }
                if code != Z_OK && code != Z_BUF_ERROR { failure = code == Z_MEM_ERROR ? .outOfMemory : .corrupt }
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
