import Testing

@testable import JSONText

@Suite struct ByteRunsTests {
    private func check<Stop: ByteStop>(_ stop: Stop.Type) {
        for value in UInt8.min...UInt8.max {
            for (place, count) in [(0, 1), (0, 70), (7, 8), (8, 17), (15, 16), (16, 47), (17, 60), (40, 90), (69, 70)] {
                // A byte that stops somewhere behind must not hide or move the first one.
                for filler in [UInt8(ascii: "a"), 0x21, 0x23, 0x5B, 0x5D, 0x7F] {
                    var bytes = [UInt8](repeating: filler, count: count)
                    bytes[place] = value
                    let expected = bytes.firstIndex { Stop.stops($0) } ?? count
                    #expect(endOfRun(stop, in: bytes.span, from: 0, to: count) == expected)
                }
            }
        }
    }

    @Test func everyByteStopsWhereItsClassSays() {
        check(UncheckedStringStop.self)
        check(CheckedStringStop.self)
        check(EscapeStop.self)
    }

    @Test func everyStartAndEndIsKept() {
        let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 70) + [0x22]
        for start in 0...71 {
            for end in start...71 {
                let expected = max(start, min(end, 70))
                #expect(endOfRun(CheckedStringStop.self, in: bytes.span, from: start, to: end) == expected)
            }
        }
    }

    @Test func runsOfBytesNextToTheLimitsAreSeenInEveryMix() {
        var random = SeededGenerator(seed: 1)
        let values: [UInt8] = [0x00, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x5B, 0x5C, 0x5D, 0x7F, 0x80, 0xFF]
        for _ in 0..<2000 {
            let bytes = (0..<40).map { _ in values.randomElement(using: &random) ?? 0 }
            for start in 0..<40 {
                for end in [start, min(start + 9, 40), 40] {
                    let range = start..<end
                    #expect(
                        endOfRun(UncheckedStringStop.self, in: bytes.span, from: start, to: end)
                            == range.first { UncheckedStringStop.stops(bytes[$0]) } ?? end)
                    #expect(
                        endOfRun(CheckedStringStop.self, in: bytes.span, from: start, to: end)
                            == range.first { CheckedStringStop.stops(bytes[$0]) } ?? end)
                    #expect(
                        endOfRun(EscapeStop.self, in: bytes.span, from: start, to: end)
                            == range.first { EscapeStop.stops(bytes[$0]) } ?? end)
                }
            }
        }
    }
}
