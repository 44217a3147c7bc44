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
        (0.0, "0.0"), (1.0, "1.0"), (0.25, "0.25"), (12.5, "12.5"), (9006.75, "9006.75"), (1000.000001, "1000.000001"),
        (0.00008, "0.00008"), (1e-12, "0.000000000001"), (2.5e-13, "2.5e-13"), (9007.5, "9007.5"), (1e20, "1e+20"),
        (0.1 + 0.2, "0.30000000000000004"), (0.000123, "0.000123"), (-1.5, "-1.5"), (123.456, "123.456"),
    ])
    func sumsOfMoney(_ cost: Double, _ expected: String) {
        let record = RequestRecord(startedAt: LoopTime(nanoseconds: 0))
        record.cost = cost
        #expect(record.costText == expected)
    }

    @Test func everySumOfMoneyReadsBackAsItself() {
        let record = RequestRecord(startedAt: LoopTime(nanoseconds: 0))
        var state: UInt64 = 3
        for round in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let digits = Double(state >> 40)
            record.cost = round.isMultiple(of: 2) ? digits / 1e9 : digits * 0.0000123
            if record.costText.flatMap({ Double($0) }) != record.cost { Issue.record("\(record.cost ?? 0)") }
        }
        record.cost = .infinity
        #expect(record.costText == nil)
    }

    /// The prefilter may only ever say too often that something is suspicious.
    @Test func whatIsRedactedWasSuspected() {
        let secrets = ["very-secret-value", "86753099", "p@ss\"word\"", "aaaaaa", "/+odd==", "r/likebearer"]
        let redactor = Redactor(secrets: secrets.map { Secret($0) })
        let tokens = [
            "sk-", "sk_", "AIza", "gsk_", "xai-", "pplx-", "hf_", "r8_", "ghp_", "eyJ", "Bearer ", "bearer ", "key=",
            "KEY=", "token=", "Token=", "abcdefghijklmnopqrstuvwxyz0123456789", " ", "/", "x", "-", "\"", "=", "ok",
            "%2F", "%20", "%3D", "\\/", "\\u002f", "%2B", "odd%3d=", "bearer",
            "p@ss%22word%22", "p%40ss\\\"word\\\"", ":", "+",
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
