import Crypto
import Testing

@Suite struct SecureRandomTests {
    /// Past several fillings of its pool, and from two generators.
    @Test func repeatsNothing() {
        var (one, other) = (SecureRandom(), SecureRandom())
        var seen: Set<UInt64> = []
        for _ in 0..<1000 { seen.formUnion([one.next(), other.next()]) }
        #expect(seen.count == 2000)
    }

    /// Each bit is set about half of the time: 4096 draws stray by 300 once in 10^20 runs.
    @Test func everyBitIsDrawn() {
        var random = SecureRandom()
        var counts = [Int](repeating: 0, count: 64)
        for _ in 0..<4096 {
            let bits = random.next()
            for bit in 0..<64 where bits >> UInt64(bit) & 1 == 1 { counts[bit] += 1 }
        }
        for count in counts { #expect(abs(count - 2048) < 300) }
    }
}
