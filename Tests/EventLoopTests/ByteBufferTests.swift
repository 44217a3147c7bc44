import Testing

@testable import EventLoop

@Suite struct ByteBufferTests {
    private func text(_ buffer: borrowing ByteBuffer) -> String {
        var bytes: [UInt8] = []
        for index in buffer.bytes.indices { bytes.append(buffer.bytes[index]) }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func whatIsAppendedComesOutInOrder() {
        var buffer = ByteBuffer()
        var expected = ""
        for number in 0..<2000 {
            buffer.append(decimal: number)
            buffer.append(",")
            expected += "\(number),"
            if number % 7 == 0 {
                buffer.consume(3)
                expected.removeFirst(min(3, expected.count))
            }
        }
        #expect(text(buffer) == expected)
    }

    @Test(arguments: [
        (0, "0"), (7, "7"), (-12, "-12"), (Int.max, "9223372036854775807"), (Int.min, "-9223372036854775808"),
    ])
    func decimalDigits(_ number: Int, _ expected: String) {
        var buffer = ByteBuffer()
        buffer.append(decimal: number)
        #expect(text(buffer) == expected)
    }

    @Test func smallNumbersInAsManyDigitsAsAsked() {
        for number in 0..<10_000 {
            for width in 1...4 {
                var buffer = ByteBuffer()
                buffer.append(digits: UInt32(number), atLeast: width)
                let plain = String(number)
                let expected = String(repeating: "0", count: max(0, width - plain.count)) + plain
                if text(buffer) != expected { Issue.record("\(number) in \(width): \(text(buffer))") }
            }
        }
    }

    @Test(arguments: [(0, "0"), (9, "9"), (10, "a"), (255, "ff"), (4096, "1000"), (Int.max, "7fffffffffffffff")])
    func hexadecimalDigits(_ number: Int, _ expected: String) {
        var buffer = ByteBuffer()
        buffer.append(hexadecimal: number)
        #expect(text(buffer) == expected)
    }

    /// Every size of block on the way up, and one that is taken again after it was given back.
    @Test func growingKeepsWhatIsInIt() {
        for _ in 0..<3 {
            var buffer = ByteBuffer()
            var expected: [UInt8] = []
            for step in 0..<400 {
                let piece = [UInt8](repeating: UInt8(truncatingIfNeeded: step), count: step * 3)
                buffer.append(piece)
                expected += piece
                if step % 50 == 49 {
                    buffer.consume(step)
                    expected.removeFirst(step)
                }
            }
            #expect(buffer.count == expected.count)
            #expect(buffer.bytes.indices.allSatisfy { buffer.bytes[$0] == expected[$0] })
        }
    }

    @Test func consumingMoreThanThereIsEmptiesIt() {
        var buffer = ByteBuffer()
        buffer.append("abc")
        buffer.consume(10)
        buffer.consume(-1)
        let isEmpty = buffer.isEmpty
        #expect(isEmpty)
        buffer.append("d")
        #expect(text(buffer) == "d")
    }

    @Test func truncatingKeepsTheFront() {
        var buffer = ByteBuffer()
        buffer.append("abcdef")
        buffer.consume(1)
        buffer.truncate(to: 2)
        #expect(text(buffer) == "bc")
        buffer.truncate(to: 9)
        #expect(text(buffer) == "bc")
    }

    @Test func aReleasedBufferCanBeUsedAgain() {
        var buffer = ByteBuffer()
        buffer.append([UInt8](repeating: 65, count: 100_000))
        buffer.consume(100_000)
        buffer.releaseIfLarge()
        buffer.append("again")
        #expect(text(buffer) == "again")
    }
}
