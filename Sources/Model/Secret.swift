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
