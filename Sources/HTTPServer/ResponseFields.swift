internal import HTTPWire

/// The fields of one answer, already in their wire form. A value.
///
/// Nothing gets in that could end a line: a value with CR, LF, NUL or another control character is refused by leaving
/// its field out (`rejectedFields` counts them), never by escaping it.
package struct ResponseFields {
    package private(set) var wire: [UInt8] = []
    package private(set) var rejectedFields = 0

    package init() {}

    package mutating func add(_ name: StaticString, _ value: String) {
        var value = value
        let added = value.withUTF8 { unsafe append(name, Span(_unsafeElements: $0)) }
        if !added { rejectedFields += 1 }
    }

    package mutating func add(_ name: StaticString, _ value: StaticString) {
        append(name)
        wire.append(UInt8(ascii: ":"))
        wire.append(UInt8(ascii: " "))
        append(value)
        endLine()
    }

    package mutating func add(_ name: StaticString, _ value: Span<UInt8>) {
        if !append(name, value) { rejectedFields += 1 }
    }

    package mutating func add(_ name: StaticString, decimal value: Int) {
        add(name, String(value))
    }

    /// A time in milliseconds with three decimals; a negative one is 0.
    package mutating func add(_ name: StaticString, milliseconds duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let (scaled, overflow) = max(0, seconds).multipliedReportingOverflow(by: 1_000_000)
        let microseconds = overflow ? .max / 2 : scaled + max(0, attoseconds / 1_000_000_000_000)
        append(name)
        wire.append(contentsOf: ": \(microseconds / 1000).".utf8)
        let rest = UInt8(truncatingIfNeeded: microseconds % 1000 / 100)
        wire.append(UInt8(ascii: "0") + rest)
        wire.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: microseconds % 100 / 10))
        wire.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: microseconds % 10))
        endLine()
    }

    /// A field whose name is not known beforehand, such as `llm_provider-…`. The name must be a token.
    package mutating func add(name: String, value: String) {
        guard isFieldName(name.utf8.span), isFieldValue(value.utf8.span) else {
            rejectedFields += 1
            return
        }
        wire.append(contentsOf: name.utf8)
        wire.append(UInt8(ascii: ":"))
        wire.append(UInt8(ascii: " "))
        wire.append(contentsOf: value.utf8)
        endLine()
    }

    private mutating func append(_ name: StaticString, _ value: Span<UInt8>) -> Bool {
        guard isFieldValue(value) else { return false }
        append(name)
        wire.append(UInt8(ascii: ":"))
        wire.append(UInt8(ascii: " "))
        unsafe value.withUnsafeBufferPointer { unsafe wire.append(contentsOf: $0) }
        endLine()
        return true
    }

    private mutating func append(_ text: StaticString) {
        unsafe wire.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func endLine() {
        wire.append(UInt8(ascii: "\r"))
        wire.append(UInt8(ascii: "\n"))
    }
}
