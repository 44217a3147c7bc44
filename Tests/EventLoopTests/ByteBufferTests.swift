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

    @Test func consumingMoreThanThereIsEmptiesIt() {
        var buffer = ByteBuffer()
        buffer.append("abc")
        buffer.consume(10)
        buffer.consume(-1)
        #expect(text(buffer) == "")
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
