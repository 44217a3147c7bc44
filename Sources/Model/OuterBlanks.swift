/// `text` without blanks, tabs and line ends at its ends: files, shells and secret stores like to leave a line feed behind a
/// key, and no header field can carry one (RFC 9110 §5.5).
package func withoutOuterBlanks(_ text: String) -> String {
    let bytes = text.utf8
    guard let first = bytes.first, let last = bytes.last, isBlank(first) || isBlank(last) else { return text }
    guard let start = bytes.firstIndex(where: { !isBlank($0) }), let end = bytes.lastIndex(where: { !isBlank($0) })
    else { return "" }
    return String(Substring(bytes[start...end]))
}

private func isBlank(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x09, 0x0A, 0x0D, 0x20: true
    default: false
    }
}

extension Secret {
    /// The same without blanks at its ends; `nil` when nothing is left.
    package var trimmed: Secret? {
        let text = withoutOuterBlanks(reveal())
        if text.isEmpty { return nil }
        return text.utf8.count == reveal().utf8.count ? self : Secret(text)
    }
}
