internal import CZstd
internal import EventLoop

/// Zstandard's frames, one behind the other (RFC 8878 §3).
@safe struct ZstdDecoder: ~Copyable {
    private let stream: OpaquePointer

    /// What a frame may look back on. No sender may use more in HTTP, and every receiver has to take as much (RFC 9659 §3).
    static let largestWindowBytes = 1 << largestWindowLog
    private static let largestWindowLog = 23

    static func make() throws(ContentDecoder.Failure) -> ZstdDecoder {
        guard let stream = unsafe ZSTD_createDStream() else { throw .outOfMemory }
        let decoder = unsafe ZstdDecoder(stream: stream)
        let code = unsafe ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, Int32(largestWindowLog))
        guard ZSTD_isError(code) == 0 else { throw .outOfMemory }
        return decoder
    }

    private init(stream: OpaquePointer) {
        unsafe self.stream = unsafe stream
    }

    deinit { unsafe ZSTD_freeDStream(stream) }

    /// See ``ContentDecoder/decode(_:of:into:limit:)``.
    mutating func decode(
        _ input: Span<UInt8>, into output: inout ByteBuffer, limit: Int, isComplete: inout Bool
    ) throws(ContentDecoder.Failure) -> Int {
        let bound = output.count + ContentDecoder.partBytes
        var used = 0
        var failure: ContentDecoder.Failure?
        unsafe input.withUnsafeBufferPointer { region in
            var source = unsafe ZSTD_inBuffer(src: region.baseAddress, size: region.count, pos: 0)
            while failure == nil {
                var code = 0
                var isFull = false
                _ = unsafe output.withRoom(16 << 10) { space in
                    let room = min(space.count, ContentDecoder.partBytes)
                    var target = unsafe ZSTD_outBuffer(dst: space.baseAddress, size: room, pos: 0)
                    unsafe code = ZSTD_decompressStream(stream, &target, &source)
                    isFull = unsafe target.pos == room
                    return unsafe target.pos
                }
                unsafe used = source.pos
                if ZSTD_isError(code) != 0 {
                    failure = ZstdDecoder.failure(of: code)
                    return
                }
                isComplete = code == 0
                if output.count > limit { failure = .tooLarge }
                let isUsedUp = unsafe source.pos == source.size
                // What it still holds when the input is used up is a block at most, so that is not left behind.
                if isUsedUp ? !isFull || isComplete : output.count >= bound { return }
            }
        }
        if let failure { throw failure }
        return used
    }

    private static func failure(of code: Int) -> ContentDecoder.Failure {
        switch ZSTD_getErrorCode(code) {
        case ZSTD_error_frameParameter_windowTooLarge: .windowTooLarge
        case ZSTD_error_memory_allocation: .outOfMemory
        default: .corrupt
        }
    }
}
