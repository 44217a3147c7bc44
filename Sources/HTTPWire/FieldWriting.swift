/// Text that came from outside and cannot stand in a head (RFC 9110 §5.5). It is refused, never escaped or cut.
package enum FieldTextError: Error, Equatable, Sendable {
    /// Not `1*tchar`.
    case name
    /// CR, LF, NUL or another control character but HTAB.
    case value
}

/// Whether `text` may be a field's value: no control character but HTAB.
package func isFieldValue(_ text: Span<UInt8>) -> Bool {
    var index = 0
    while true {
        index = text.firstControl(from: index, upTo: text.count)
        if index == text.count { return true }
        if text[index] != ASCII.tab { return false }
        index += 1
    }
}

/// ``isFieldValue(_:)-(Span<UInt8>)`` for a string.
package func isFieldValue(_ text: String) -> Bool {
    isFieldValue(text.utf8.span)
}

/// Whether `text` may be a field's name: `1*tchar`.
package func isFieldName(_ text: Span<UInt8>) -> Bool {
    for index in text.indices where !ASCII.isToken(text[index]) { return false }
    return !text.isEmpty
}

/// Appends `name: value` and a line end, or throws and appends nothing. Our own names are not checked.
package func appendField(
    _ name: StaticString, _ value: Span<UInt8>, to head: inout [UInt8]
) throws(FieldTextError) {
    guard isFieldValue(value) else { throw .value }
    for offset in 0..<name.utf8CodeUnitCount { unsafe head.append(name.utf8Start[offset]) }
    appendValue(value, to: &head)
}

/// ``appendField(_:_:to:)`` for a string.
package func appendField(_ name: StaticString, _ value: String, to head: inout [UInt8]) throws(FieldTextError) {
    try appendField(name, value.utf8.span, to: &head)
}

/// Appends a field whose name comes from outside too, or throws and appends nothing.
package func appendField(
    named name: Span<UInt8>, _ value: Span<UInt8>, to head: inout [UInt8]
) throws(FieldTextError) {
    guard isFieldName(name) else { throw .name }
    guard isFieldValue(value) else { throw .value }
    unsafe name.withUnsafeBufferPointer { unsafe head.append(contentsOf: $0) }
    appendValue(value, to: &head)
}

private func appendValue(_ value: Span<UInt8>, to head: inout [UInt8]) {
    head.append(ASCII.colon)
    head.append(ASCII.space)
    unsafe value.withUnsafeBufferPointer { unsafe head.append(contentsOf: $0) }
    head.append(ASCII.cr)
    head.append(ASCII.lf)
}
