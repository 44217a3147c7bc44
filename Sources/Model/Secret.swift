/// A credential. It has no printable form: interpolation, `print`, `dump` and reflection all give `[redacted]`.
///
/// The one way to its text is ``reveal()``, so a search for that name finds every place that reads a credential.
package struct Secret: Sendable, Hashable {
    private let name: Name
    private var text: String { name.text }

    package init(_ text: String) {
        name = Name(text)
    }

    /// The credential itself: for the upstream's header, the comparison with a caller's key, and the redactor's list.
    package func reveal() -> String {
        text
    }

    package var isEmpty: Bool {
        text.isEmpty
    }

    /// Whether `candidate` holds exactly this secret's bytes. The time taken depends on the length of `candidate` only.
    package func matches(_ candidate: Span<UInt8>) -> Bool {
        let own = text.utf8.span
        let hasLength = own.count == candidate.count
        // Of another length it is compared with itself, which takes as long: the length has already decided by then.
        let difference = Secret.difference(hasLength ? own : candidate, candidate)
        return hasLength && difference == 0
    }

    /// Every bit in which two texts of one length differ, put together. Nothing is decided before the end.
    private static func difference(_ one: Span<UInt8>, _ other: Span<UInt8>) -> UInt64 {
        precondition(one.count == other.count)
        var difference: UInt64 = 0
        guard one.count >= 8 else {
            for index in one.indices { difference |= UInt64(one[index] ^ other[index]) }
            return difference
        }
        let (a, b) = unsafe (one.bytes, other.bytes)
        // Both words lie within the length, which is the same: the last begins eight bytes before the end.
        var index = 0
        let last = one.count &- 8
        while true {
            let word = unsafe a.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
            difference |= unsafe word ^ b.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self)
            if index == last { return difference }
            index = min(index &+ 8, last)
        }
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "[redacted]" }
    package var debugDescription: String { "[redacted]" }
    package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}

/// Where a provider's key comes from. The source may be shown to operators, the secret never.
package struct Credential: Sendable, Hashable {
    package enum Source: Sendable, Hashable {
        /// Written in the configuration file itself.
        case configuration
        /// An environment variable, by name.
        case environment(String)
    }

    package let source: Source
    /// `nil` when the named environment variable is not set.
    package let secret: Secret?

    package init(source: Source, secret: Secret?) {
        self.source = source
        self.secret = secret
    }
}
