import Crypto
import Model
import Testing

@Suite struct SecretMatchTests {
    static let text = "sk-or-v1-0123456789"
    static let secret = Secret(text)

    static let candidates: [(candidate: String, equal: Bool)] = [
        (text, true),
        ("", false),
        ("s", false),
        (text + "0", false),
        (String(text.dropLast()), false),
        ("Sk-or-v1-0123456789", false),
        (text + "\0", false),
        // 256 bytes more: a difference of lengths that a single byte cannot hold.
        (text + String(repeating: "\0", count: 256), false),
    ]

    @Test(arguments: candidates)
    func matchesExactlyItsOwnBytes(_ c: (candidate: String, equal: Bool)) {
        #expect(matches(Self.secret, Array(c.candidate.utf8)) == c.equal)
    }

    @Test func anEmptySecretMatchesNothingButNothing() {
        #expect(matches(Secret(""), []))
        #expect(!matches(Secret(""), [0]))
    }

    /// A span cannot stand in an expectation.
    private func matches(_ secret: Secret, _ candidate: some Collection<UInt8>) -> Bool {
        let bytes = Array(candidate)
        return secret.matches(bytes.span)
    }

    /// Equal to itself, to nothing shorter, longer or changed in any one bit.
    @Test func aSecretMatchesItselfOnly() {
        for length in 0...70 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: 33 + $0 * 7 % 90) }
            let secret = Secret(String(decoding: bytes, as: UTF8.self))
            #expect(matches(secret, bytes))
            #expect(!matches(secret, (bytes + [0])))
            #expect(!matches(secret, (bytes + bytes + [1])))
            for index in bytes.indices {
                for bit in 0..<8 {
                    var other = bytes
                    other[index] ^= 1 << UInt8(bit)
                    #expect(!matches(secret, other))
                }
                #expect(!matches(secret, bytes[..<index]))
            }
        }
    }
}
