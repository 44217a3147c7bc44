internal import CCrypto

/// Random bytes that nobody can foretell (libcrypto's generator, seeded by the kernel). Loop-owned value: it asks for 512
/// bytes at a time, so that an id costs a copy.
package struct SecureRandom: RandomNumberGenerator {
    private var pool = InlineArray<64, UInt64>(repeating: 0)
    /// How many of `pool` have been given out.
    private var used = 64

    package init() {}

    package mutating func next() -> UInt64 {
        if used == 64 { refill() }
        defer { used &+= 1 }
        // Forgotten at once: what was given out is in no memory dump.
        defer { pool[used] = 0 }
        return pool[used]
    }

    private mutating func refill() {
        var space = pool.mutableSpan
        let isDone = unsafe space.withUnsafeMutableBytes { unsafe RAND_bytes($0.baseAddress, 512) == 1 }
        // The kernel gives random bytes once the machine is up; without them no key or id may be made.
        precondition(isDone, "libcrypto has no random bytes")
        used = 0
    }
}
