import CZlib
import CZstd
import EventLoop
import Testing

@testable import ContentCoding

@Suite struct ContentDecoderTests {
    typealias Case = (rule: String, coding: ContentCoding, packed: [UInt8], whole: [UInt8])

    static let text = Array(#"{"model":"m","messages":[{"role":"user","content":"é😀 Hi Hi Hi Hi"}]}"#.utf8)

    static let cases: [Case] = [
        ("gzip", .gzip, packed(text, window: 31), text),
        ("two members of gzip", .gzip, packed(text, window: 31) + packed(text, window: 31), text + text),
        ("an empty member", .gzip, packed([], window: 31) + packed(text, window: 31), text),
        ("zlib", .deflate, packed(text, window: 15), text),
        ("deflate without zlib's header", .deflate, packed(text, window: -15), text),
        ("a stored block without it", .deflate, packed(text, window: -15, level: 0), text),
        ("gzip under deflate's name", .deflate, packed(text, window: 31), text),
        ("zstd", .zstd, zstd(text), text),
        ("two frames", .zstd, zstd(text) + zstd(text), text + text),
        ("a frame to be skipped", .zstd, [0x50, 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 1, 2] + zstd(text), text),
        ("nothing in a frame", .zstd, zstd([]), []),
    ]

    @Test(arguments: cases, [1, 2, 3, 7, 4096])
    func sameBytesHoweverTheyAreCut(_ c: Case, _ size: Int) throws {
        var decoder = ContentDecoder(c.coding)
        var source = ByteBuffer()
        source.append(c.packed)
        var output = ByteBuffer()
        var position = 0
        while position < c.packed.count {
            position += try decoder.decode(
                position..<min(c.packed.count, position + size), of: source, into: &output, limit: 1 << 20)
        }
        let (isComplete, whole) = (decoder.isComplete, array(output))
        #expect(isComplete, "\(c.rule)")
        #expect(whole == c.whole, "\(c.rule)")
    }

    @Test(arguments: cases)
    func aCutBodyIsNotComplete(_ c: Case) throws {
        for count in [1, c.packed.count / 3, c.packed.count - 1] where count > 0 {
            // Behind a whole member or frame there may be another one, or not.
            if c.rule.contains("two"), count == c.packed.count / 2 { continue }
            var decoder = ContentDecoder(c.coding)
            var source = ByteBuffer()
            source.append(Array(c.packed.prefix(count)))
            var output = ByteBuffer()
            var position = 0
            while position < count {
                position += try decoder.decode(position..<count, of: source, into: &output, limit: 1 << 20)
            }
            let isComplete = decoder.isComplete
            #expect(!isComplete, "\(c.rule) cut at \(count)")
        }
    }

    typealias Broken = (rule: String, coding: ContentCoding, bytes: [UInt8], failure: ContentDecoder.Failure)

    static let broken: [Broken] = [
        ("JSON as gzip", .gzip, text, .corrupt), ("JSON as deflate", .deflate, text, .corrupt),
        ("JSON as zstd", .zstd, text, .corrupt), ("zstd as gzip", .gzip, zstd(text), .corrupt),
        ("gzip as zstd", .zstd, packed(text, window: 31), .corrupt),
        ("bytes behind gzip", .gzip, packed(text, window: 31) + [1, 2, 3], .corrupt),
        ("bytes behind zlib", .deflate, packed(text, window: 15) + packed(text, window: 15), .corrupt),
        ("bytes behind zstd", .zstd, zstd(text) + [1, 2, 3, 4, 5], .corrupt),
        // Window descriptor 0x70: 2^(10 + 14) bytes.
        ("a window of 16 MiB", .zstd, [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x70, 0x01, 0x00, 0x00], .windowTooLarge),
    ]

    @Test(arguments: broken)
    func whatIsNoneOfItIsRefused(_ c: Broken) throws {
        var decoder = ContentDecoder(c.coding)
        var source = ByteBuffer()
        source.append(c.bytes)
        var output = ByteBuffer()
        var failure: ContentDecoder.Failure?
        var position = 0
        do throws(ContentDecoder.Failure) {
            while position < c.bytes.count {
                position += try decoder.decode(position..<c.bytes.count, of: source, into: &output, limit: 1 << 20)
            }
        } catch {
            failure = error
        }
        #expect(failure == c.failure, "\(c.rule)")
    }

    @Test(arguments: [ContentCoding.gzip, .deflate, .zstd])
    func aBombEndsAtTheLimit(_ coding: ContentCoding) throws {
        let zeros = [UInt8](repeating: 0, count: 32 << 20)
        let bomb = coding == .zstd ? Self.zstd(zeros) : Self.packed(zeros, window: coding == .gzip ? 31 : 15)
        var decoder = ContentDecoder(coding)
        var source = ByteBuffer()
        source.append(bomb)
        var output = ByteBuffer()
        var position = 0
        var failure: ContentDecoder.Failure?
        do throws(ContentDecoder.Failure) {
            while position < bomb.count {
                let before = output.count
                position += try decoder.decode(position..<bomb.count, of: source, into: &output, limit: 4 << 20)
                let grown = output.count - before
                #expect(grown <= 3 << 20, "one stretch")
            }
        } catch {
            failure = error
        }
        let held = output.count
        #expect(failure == .tooLarge)
        #expect(held <= 6 << 20)
    }

    @Test func namesAreOfAnyCase() {
        #expect(ContentCoding(named: "GZip") == .gzip)
        #expect(ContentCoding(named: "x-gzip") == .gzip)
        #expect(ContentCoding(named: "Deflate") == .deflate)
        #expect(ContentCoding(named: "ZSTD") == .zstd)
        for name in ["identity", "br", "compress", "", "gzip "] { #expect(ContentCoding(named: name) == nil) }
    }

    // MARK: what is unpacked

    private func array(_ buffer: borrowing ByteBuffer) -> [UInt8] {
        let bytes = buffer.bytes
        return bytes.indices.map { bytes[$0] }
    }

    /// - Parameter window: 31 for gzip, 15 for zlib, -15 for deflate alone.
    private static func packed(_ bytes: [UInt8], window: Int32, level: Int32 = 6) -> [UInt8] {
        unsafe withUnsafeTemporaryAllocation(of: z_stream.self, capacity: 1) { streams in
            guard let stream = streams.baseAddress else { return [] }
            unsafe stream.initialize(to: z_stream())
            unsafe deflateInit2_(
                stream, level, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY, zlibVersion(),
                Int32(MemoryLayout<z_stream>.size))
            var input = bytes
            return unsafe [UInt8](unsafeUninitializedCapacity: bytes.count + 1024 + bytes.count / 1000) {
                space, count in
                unsafe input.withUnsafeMutableBufferPointer { input in
                    unsafe stream.pointee.next_in = input.baseAddress
                    unsafe stream.pointee.avail_in = UInt32(input.count)
                    unsafe stream.pointee.next_out = space.baseAddress
                    unsafe stream.pointee.avail_out = UInt32(space.count)
                    unsafe deflate(stream, Z_FINISH)
                    unsafe count = space.count - Int(stream.pointee.avail_out)
                    unsafe deflateEnd(stream)
                }
            }
        }
    }

    private static func zstd(_ bytes: [UInt8]) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { space, count in
            unsafe bytes.withUnsafeBufferPointer { input in
                unsafe count = ZSTD_compress(space.baseAddress, space.count, input.baseAddress, input.count, 3)
            }
        }
    }
}
