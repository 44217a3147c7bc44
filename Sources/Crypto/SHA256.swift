internal import CCrypto

/// SHA-256 (FIPS 180-4) by libcrypto: for names derived from content, and for keys that are kept as their hash.
package enum SHA256 {
    /// The 32 bytes of the digest, the most significant first.
    package static func digest(of bytes: Span<UInt8>) -> InlineArray<32, UInt8> {
        var digest = InlineArray<32, UInt8>(repeating: 0)
        var space = digest.mutableSpan
        let isDone = unsafe bytes.withUnsafeBufferPointer { input in
            unsafe space.withUnsafeMutableBufferPointer { output in
                unsafe CCrypto.SHA256(input.baseAddress, input.count, output.baseAddress) != nil
            }
        }
        // It allocates nothing and takes any input; only a libcrypto that lacks the algorithm says no.
        precondition(isDone, "libcrypto has no SHA-256")
        return digest
    }

    /// 64 lower-case hexadecimal digits.
    package static func hex(_ bytes: Span<UInt8>) -> String {
        let digest = digest(of: bytes)
        var digits: [UInt8] = []
        digits.reserveCapacity(64)
        for index in digest.indices {
            for half in [digest[index] >> 4, digest[index] & 15] {
                digits.append(half < 10 ? UInt8(ascii: "0") + half : UInt8(ascii: "a") + half - 10)
            }
        }
        return String(decoding: digits, as: UTF8.self)
    }
}
