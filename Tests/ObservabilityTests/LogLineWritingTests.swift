import EventLoop
import JSONText
import Model
import Testing

@testable import Observability

/// What a line writes fast is what the plain ways write.
@Suite struct LogLineWritingTests {
    private func text(_ write: (inout ByteBuffer) -> Void) -> String {
        var buffer = ByteBuffer()
        write(&buffer)
        return unsafe buffer.bytes.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }

    static let nanoseconds: [Int64] = [
        0, 1, 49_999, 50_000, 99_999, 100_000, 149_999, 150_000, 999_949_999, 999_950_000, 1_000_000, 12_345_678,
        3_600_000_000_000, -49_999, -50_000, -1_250_000, 86_400_000_000_000,
    ]

    @Test(arguments: nanoseconds)
    func tenthsAsADoubleRoundedWouldBeWritten(_ nanoseconds: Int64) {
        let tenths = (Double(nanoseconds) / 1e5).rounded() / 10
        let expected = tenths == 0 ? "0.0" : "\(tenths)"
        #expect(text { $0.append(tenthsOfMilliseconds: nanoseconds) } == expected)
    }

    static let strings: [String] =
        [
            "", "a", "plain", "exactly8", "sixteen bytes ok", "a \"quote\"", "back\\slash", "tab\there", "nul\0",
            "del\u{7F}", "ünïcode", "東京", "line\nfeed", "\u{1F}", "ends with \"", "seven77\"", "eight888\\",
        ] + (0..<128).map { "before \(String(UnicodeScalar(UInt8($0)))) after it" }

    @Test(arguments: strings)
    func stringsAsTheJSONWriterWritesThem(_ value: String) {
        var expected: [UInt8] = []
        appendJSONString(value, to: &expected)
        #expect(text { $0.append(jsonString: value) } == String(decoding: expected, as: UTF8.self))
    }

    @Test(arguments: [
        (0, 2, "00"), (7, 2, "07"), (12, 2, "12"), (0, 3, "000"), (9, 3, "009"), (10, 3, "010"), (999, 3, "999"),
        (1000, 3, "1000"),
    ])
    func paddedNumbers(_ number: Int, _ width: Int, _ expected: String) {
        #expect(text { $0.append(padded: number, width) } == expected)
    }

    /// The prefilter may only ever say too often that something is suspicious.
    @Test func whatIsRedactedWasSuspected() {
        let secrets = ["very-secret-value", "86753099", "p@ss\"word\"", "aaaaaa"]
        let redactor = Redactor(secrets: secrets.map { Secret($0) })
        let tokens = [
            "sk-", "sk_", "AIza", "gsk_", "xai-", "pplx-", "hf_", "r8_", "ghp_", "eyJ", "Bearer ", "bearer ", "key=",
            "KEY=", "token=", "Token=", "abcdefghijklmnopqrstuvwxyz0123456789", " ", "/", "x", "-", "\"", "=", "ok",
        ]
        var state: UInt64 = 7
        func draw(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        var redactions = 0
        for _ in 0..<20_000 {
            let candidates = tokens + secrets
            let value = (0..<draw(5) + 1).map { _ in candidates[draw(candidates.count)] }.joined()
            let bytes = Array(value.utf8)
            guard redactor.redact(bytes) != bytes else { continue }
            redactions += 1
            let isSuspected = redactor.suspects(bytes.span)
            #expect(isSuspected, "\(value)")
        }
        #expect(redactions > 1000)
    }
}
