internal import HTTPWire
internal import Model

/// The fields of one answer, already in their wire form. A value.
///
/// Nothing gets in that could end a line: a value with CR, LF, NUL or another control character is refused by leaving
/// its field out (`rejectedFields` counts them), never by escaping it.
package struct ResponseFields {
    package private(set) var wire: [UInt8] = []
    package private(set) var rejectedFields = 0

    package init() {}

    /// Room for the fields of a usual answer, so that adding them moves nothing.
    package init(capacity: Int) {
        wire.reserveCapacity(capacity)
    }

    /// Everything that `other` holds.
    package mutating func append(_ other: ResponseFields) {
        wire.append(contentsOf: other.wire)
        rejectedFields += other.rejectedFields
    }

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
        append(name)
        append(": ")
        if value < 0 { wire.append(UInt8(ascii: "-")) }
        append(decimal: value)
        endLine()
    }

    private mutating func append(decimal value: some FixedWidthInteger) {
        var digits: InlineArray<20, UInt8> = .init(repeating: 0)
        var start = 20
        var rest = UInt64(value.magnitude)
        repeat {
            start -= 1
            digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        for place in start..<20 { wire.append(digits[place]) }
    }

    /// A time in milliseconds with three decimals; a negative one is 0.
    package mutating func add(_ name: StaticString, milliseconds duration: Duration) {
        let microseconds = max(0, duration.clampedNanoseconds) / 1000
        append(name)
        append(": ")
        append(decimal: microseconds / 1000)
        wire.append(UInt8(ascii: "."))
        wire.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: microseconds % 1000 / 100))
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
