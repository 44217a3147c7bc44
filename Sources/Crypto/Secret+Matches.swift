internal import CCrypto
package import Model

extension Secret {
    /// Whether `candidate` holds exactly this secret's bytes. The time taken depends on the length of `candidate` only.
    package func matches(_ candidate: Span<UInt8>) -> Bool {
        let text = reveal()
        let own = text.utf8.span
        let hasLength = own.count == candidate.count
        // Of another length the candidate is compared with itself, which takes as long: the length has already decided.
        return hasSameBytes(hasLength ? own : candidate, candidate) && hasLength
    }
}

/// Whether two texts of one length are equal. Nothing is decided before the end.
private func hasSameBytes(_ one: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
    precondition(one.count == other.count)
    return unsafe one.withUnsafeBufferPointer { one in
        unsafe other.withUnsafeBufferPointer { other in
            // An empty span has no address.
            guard let a = one.baseAddress, let b = other.baseAddress else { return true }
            return unsafe CRYPTO_memcmp(a, b, one.count) == 0
        }
    }
}
