package import EventLoop
internal import HTTPWire
internal import Model

/// The fields of one answer, already in their wire form. A value, written once and sent; never copied.
///
/// Nothing gets in that could end a line: a value with CR, LF, NUL or another control character is refused by leaving
/// its field out (`rejectedFields` counts them), never by escaping it.
package struct ResponseFields: ~Copyable {
    package private(set) var wire = ByteBuffer()
    package private(set) var rejectedFields = 0

    package init() {}

    /// Field lines that another one has written and checked.
    package struct Lines: Sendable {
        fileprivate let wire: [UInt8]
        fileprivate let rejectedFields: Int
    }

    /// What has been added so far, to be added to other answers as well.
    package var lines: Lines {
        Lines(wire: unsafe wire.bytes.withUnsafeBufferPointer { unsafe Array($0) }, rejectedFields: rejectedFields)
    }

    package mutating func add(_ lines: Lines) {
        wire.append(lines.wire)
        rejectedFields += lines.rejectedFields
    }

    /// Whole field lines, each with its line end.
    package mutating func add(lines: StaticString) {
        wire.append(lines)
    }

    package mutating func add(_ name: StaticString, _ value: String) {
        if !append(name, value.utf8.span) { rejectedFields += 1 }
    }

    /// Two fields of one value, each given by how its line begins: `x-request-id: `.
    package mutating func add(linesFrom first: StaticString, _ second: StaticString, _ value: String) {
        let value = value.utf8.span
        guard isFieldValue(value) else {
            rejectedFields += 2
            return
        }
        wire.append(first)
        wire.append(value)
        wire.append("\r\n")
        wire.append(second)
        wire.append(value)
        wire.append("\r\n")
    }

    package mutating func add(_ name: StaticString, _ value: StaticString) {
        wire.append(name)
        wire.append(": ")
        wire.append(value)
        wire.append("\r\n")
    }

    package mutating func add(_ name: StaticString, _ value: Span<UInt8>) {
        if !append(name, value) { rejectedFields += 1 }
    }

    package mutating func add(_ name: StaticString, decimal value: Int) {
        wire.append(name)
        wire.append(": ")
        wire.append(decimal: value)
        wire.append("\r\n")
    }

    /// A time in milliseconds with three decimals; a negative one is 0. Not a `Duration`, whose parts are 128-bit divisions.
    ///
    /// - Parameter start: how the line begins, such as `x-took-ms: `.
    package mutating func add(lineFrom start: StaticString, millisecondsOf nanoseconds: Int64) {
        let microseconds = Int(clamping: max(0, nanoseconds) / 1000)
        wire.append(start)
        wire.append(decimal: microseconds / 1000)
        wire.append(byte: UInt8(ascii: "."))
        wire.append(digits: UInt32(truncatingIfNeeded: microseconds % 1000), atLeast: 3)
        wire.append("\r\n")
    }

    /// A field whose name is not known beforehand, such as `llm_provider-…`. The name must be a token.
    package mutating func add(name: String, value: String) {
        guard isFieldName(name.utf8.span), isFieldValue(value.utf8.span) else {
            rejectedFields += 1
            return
        }
        wire.append(text: name)
        wire.append(": ")
        wire.append(text: value)
        wire.append("\r\n")
    }

    private mutating func append(_ name: StaticString, _ value: Span<UInt8>) -> Bool {
        guard isFieldValue(value) else { return false }
        wire.append(name)
        wire.append(": ")
        wire.append(value)
        wire.append("\r\n")
        return true
    }
}
