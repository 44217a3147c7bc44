/// The members of one object that another one lacks, each with a comma before it, as they are written. Members without a
/// value (`null`) are left out.
///
/// - Parameters:
///   - object: of a text already validated.
///   - other: the text of the other object, valid as well.
///   - known: names that are left out.
package func missingMembers(
    of object: Range<Int>, in bytes: Span<UInt8>, from other: Span<UInt8>, besides known: MemberNames
) -> [UInt8] {
    var found: [UInt8] = []
    var members = JSONMembers(object, in: bytes)
    while let (key, value) = members.next() {
        if known.index(of: key, hasEscapes: members.keyHasEscapes, in: bytes) >= 0 { continue }
        if jsonKind(of: value, in: bytes) == .null || hasMember(key, of: bytes, other) { continue }
        found.append(ASCII.comma)
        found.append(bytes, key)
        found.append(ASCII.colon)
        found.append(bytes, value)
    }
    return found
}

/// Whether the object has a member whose key is spelled so.
private func hasMember(_ key: Range<Int>, of bytes: Span<UInt8>, _ other: Span<UInt8>) -> Bool {
    let text = bytes.extracting(key)
    var members = JSONMembers(0..<other.count, in: other)
    while let member = members.next() {
        if isEqual(text, other, member.key) { return true }
    }
    return false
}

/// Whether an object of a text already validated has a member besides `known` that is more than `null`, `""`, `[]` or `{}`.
package func hasMemberWithContent(of object: Range<Int>, in bytes: Span<UInt8>, besides known: MemberNames) -> Bool {
    var members = JSONMembers(object, in: bytes)
    while let (key, value) = members.next() {
        if known.index(of: key, hasEscapes: members.keyHasEscapes, in: bytes) >= 0 { continue }
        switch jsonKind(of: value, in: bytes) {
        case .null: continue
        case .string: if value.count > 2 { return true }
        case .array, .object:
            // Between the brackets stands something other than blanks.
            if bytes.skippingSpace(from: value.lowerBound + 1) < value.upperBound - 1 { return true }
        case .bool, .number: return true
        }
    }
    return false
}
