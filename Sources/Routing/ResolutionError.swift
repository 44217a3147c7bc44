/// Why a name leads to no upstream.
package enum ResolutionError: Error, Sendable, Hashable, CustomStringConvertible {
    case unknown(UnknownModel)
    /// The name is configured, and every entry behind it has a fault of its own.
    case unusable(UnusableModel)

    package var description: String {
        switch self {
        case .unknown(let error): error.description
        case .unusable(let error): error.description
        }
    }
}

/// Nothing in the configuration has this name, and nothing can be inferred from it.
package struct UnknownModel: Error, Sendable, Hashable, CustomStringConvertible {
    /// As it was asked for; past 512 bytes it is cut, and ends with `…`.
    package let model: String
    /// At most three names that a client may call, nearest first.
    package let nearest: [String]

    package init(model: String, nearest: [String]) {
        self.model = model
        self.nearest = nearest
    }

    package var description: String {
        "no model `\(printable(model))`\(suggestion(nearest))"
    }
}

/// A model that is configured and cannot be called.
package struct UnusableModel: Error, Sendable, Hashable, CustomStringConvertible {
    package let model: String
    /// The group's name or the pattern.
    package let group: String
    /// Not empty; one per entry of the group.
    package let issues: [CatalogIssue]

    package init(model: String, group: String, issues: [CatalogIssue]) {
        self.model = model
        self.group = group
        self.issues = issues
    }

    /// The provider, when all that is wrong is that its dialect is not spoken: a 501 rather than a 500.
    package var providerNotSpoken: String? {
        var prefix: String?
        for issue in issues {
            guard case .providerNotSpoken(let name) = issue.cause else { return nil }
            prefix = prefix ?? name
        }
        return prefix
    }

    package var description: String {
        "model `\(printable(model))` cannot be called: \(issues.map(\.explanation).joined(separator: "; "))"
    }
}
