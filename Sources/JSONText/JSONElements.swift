/// The elements of an array in text that was validated before, one after the other, without allocation.
///
///     var elements = JSONElements(range, in: bytes)
///     while let element = elements.next() { … }
package struct JSONElements: ~Escapable {
    private let bytes: Span<UInt8>
    private var at: Int

    /// - Parameter range: an array's; of anything else there are no elements.
    @_lifetime(copy bytes)
    package init(_ range: Range<Int>, in bytes: Span<UInt8>) {
        self.bytes = bytes
        at = bytes.count
        if jsonKind(of: range, in: bytes) == .array {
            at = bytes.skippingSpace(from: bytes.skippingSpace(from: range.lowerBound) + 1)
        }
    }

    /// The range of the next element, or nil after the last one.
    @_lifetime(self: copy self)
    package mutating func next() -> Range<Int>? {
        let start = at
        guard let end = endOfValue(bytes, from: start) else {
            at = bytes.count
            return nil
        }
        at = bytes.skippingSpace(from: end)
        at = bytes.byte(at) == ASCII.comma ? bytes.skippingSpace(from: at + 1) : bytes.count
        return start..<end
    }
}

/// The members of an object in text that was validated before, one after the other, without allocation.
package struct JSONMembers: ~Escapable {
    private let bytes: Span<UInt8>
    private var at: Int
    /// Whether the key that `next` gave last is written with escapes.
    private(set) var keyHasEscapes = false
    /// Just past the object's `}`, once `next` gave nil; nil for anything that is not an object.
    private(set) var end: Int?

    /// - Parameter range: an object's; of anything else there are no members.
    @_lifetime(copy bytes)
    package init(_ range: Range<Int>, in bytes: Span<UInt8>) {
        self.bytes = bytes
        at = bytes.count
        if jsonKind(of: range, in: bytes) == .object {
            at = bytes.skippingSpace(from: bytes.skippingSpace(from: range.lowerBound) + 1)
        }
    }

    /// The ranges of the next member's key, with both quotes, and value, or nil after the last one.
    @_lifetime(self: copy self)
    package mutating func next() -> (key: Range<Int>, value: Range<Int>)? {
        if bytes.byte(at) == ASCII.closeBrace { end = at + 1 }
        guard bytes.byte(at) == ASCII.quote, let key = endOfString(bytes, from: at) else { return stop() }
        let colon = bytes.skippingSpace(from: key.end)
        guard bytes.byte(colon) == ASCII.colon else { return stop() }
        let start = bytes.skippingSpace(from: colon + 1)
        guard let valueEnd = endOfValue(bytes, from: start) else { return stop() }
        let keyRange = at..<key.end
        keyHasEscapes = key.hasEscapes
        at = bytes.skippingSpace(from: valueEnd)
        if bytes.byte(at) == ASCII.comma { at = bytes.skippingSpace(from: at + 1) }
        return (keyRange, start..<valueEnd)
    }

    @_lifetime(self: copy self)
    private mutating func stop() -> (key: Range<Int>, value: Range<Int>)? {
        at = bytes.count
        return nil
    }
}
