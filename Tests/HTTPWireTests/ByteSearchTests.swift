import Testing

@testable import HTTPWire

@Suite struct ByteSearchTests {
    @Test func everyByteIsFoundAtEveryOffset() {
        for filler in [UInt8(0x20), 0x61, 0x80, 0xFF] {
            for length in 0...20 {
                let plain = [UInt8](repeating: filler, count: length)
                #expect(firstControl(in: plain, from: 0, upTo: length) == length)
                #expect(firstLineEnd(in: plain, from: 0, upTo: length + 5) == length)
                for offset in 0..<length {
                    for byte in UInt8.min...UInt8.max {
                        var bytes = plain
                        bytes[offset] = byte
                        let isControl = byte < 0x20 || byte == 0x7F
                        let isLineEnd = byte == 0x0A || byte == 0x0D
                        for start in [0, offset] {
                            guard firstControl(in: bytes, from: start, upTo: length) == (isControl ? offset : length),
                                firstLineEnd(in: bytes, from: start, upTo: length) == (isLineEnd ? offset : length)
                            else {
                                Issue.record("\(byte) at \(offset) of \(length)")
                                return
                            }
                        }
                    }
                }
            }
        }
    }

    private func firstControl(in bytes: [UInt8], from start: Int, upTo end: Int) -> Int {
        bytes.span.firstControl(from: start, upTo: end)
    }

    private func firstLineEnd(in bytes: [UInt8], from start: Int, upTo end: Int) -> Int {
        bytes.span.firstLineEnd(from: start, upTo: end)
    }

    @Test func theFirstOfSeveralIsFound() {
        for first in 0..<16 {
            var bytes = [UInt8](repeating: 0x61, count: 16)
            for index in first..<16 { bytes[index] = index % 2 == 0 ? 0x0A : 0x0D }
            #expect(firstLineEnd(in: bytes, from: 0, upTo: 16) == first)
            #expect(firstControl(in: bytes, from: 0, upTo: 16) == first)
            #expect(firstLineEnd(in: bytes, from: 0, upTo: first) == first)
        }
    }

    @Test func aStartBehindTheEndStays() {
        let bytes = [UInt8](repeating: 0x0A, count: 4)
        #expect(firstLineEnd(in: bytes, from: 3, upTo: 2) == 3)
        #expect(firstControl(in: bytes, from: 3, upTo: 2) == 3)
    }

    /// Each search against what it says of a single octet, at every offset of words and of what is left over.
    @Test func everyOctetIsToldFromEveryOther() {
        for filler in [UInt8(0x61), 0x5A, 0x30, 0x2D] {
            for length in 1...19 {
                for offset in 0..<length {
                    for byte in UInt8.min...UInt8.max {
                        var bytes = [UInt8](repeating: filler, count: length)
                        bytes[offset] = byte
                        let isMark = [0x25, 0x2E, 0x3F, 0x5C].contains(byte)
                        let isName = ASCII.isVisible(byte) && byte != 0x3A
                        guard token(bytes) == ASCII.isToken(byte),
                            hostNameEnd(bytes) == (ASCII.isHostName(byte) ? length : offset),
                            markOfTarget(bytes) == (isMark ? offset : length),
                            nameEnd(bytes) == (isName ? length : offset)
                        else {
                            Issue.record("\(byte) at \(offset) of \(length)")
                            return
                        }
                    }
                }
            }
        }
    }

    private func token(_ bytes: [UInt8]) -> Bool { bytes.span.isToken(0..<bytes.count) }
    private func hostNameEnd(_ bytes: [UInt8]) -> Int { bytes.span.firstNotHostName(in: 0..<bytes.count) }
    private func markOfTarget(_ bytes: [UInt8]) -> Int { bytes.span.firstMarkOfTarget(from: 0, upTo: bytes.count) }
    private func nameEnd(_ bytes: [UInt8]) -> Int { bytes.span.firstNotVisible(or: 0x3A, from: 0, upTo: bytes.count) }
}
