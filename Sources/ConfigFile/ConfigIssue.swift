/// Something about the configuration that its owner should know. Never holds a value from the file: it may be a key.
package struct ConfigIssue: Sendable, Hashable {
    package enum Severity: String, Sendable, CaseIterable {
        /// A mistake; the key or the entry that it is about has no effect, and all others have theirs.
        case error
        case warning
        case note
    }

    package var severity: Severity
    package var location: ConfigLocation
    package var message: String
    /// A mistake after which nothing can be served: who may call is not known, or which file is meant.
    package var isFatal: Bool

    package init(
        _ severity: Severity, _ location: ConfigLocation, _ message: String, isFatal: Bool = false
    ) {
        self.severity = severity
        self.location = location
        self.message = message
        self.isFatal = isFatal
    }

    /// `config.yaml:12: model_list[0].litellm_params.timeout: must be …`
    package var text: String { "\(location.text): \(message)" }
}

extension ConfigLocation {
    /// `config.yaml:12: model_list[0].litellm_params.timeout`, without the parts that are not known.
    package var text: String {
        let place = line > 0 ? "\(file):\(line)" : file
        return path.isEmpty ? place : "\(place): \(path)"
    }
}

/// Why a file could not be read. Thrown by the closure that ``loadConfig(path:environment:readFile:)`` is given.
package enum ConfigReadError: Error, Sendable, Equatable {
    case notFound
    /// The system's words, such as `Permission denied`.
    case notReadable(reason: String)

    package var text: String {
        switch self {
        case .notFound: "no such file"
        case .notReadable(let reason): "cannot be read: \(reason)"
        }
    }
}
