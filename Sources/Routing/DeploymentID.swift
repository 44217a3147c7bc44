package import ConfigFile
import JSONText
package import Model

/// The id of a deployment whose entry does not give one.
package enum DeploymentID {
    /// SHA-256 over the public name and the parameters as they were written, in their order. A reload of the same entry
    /// gives the same id, so cooldowns and counts survive it; no credential is in it, only the name of its variable.
    package static func derived(from entry: ModelEntry) -> Deployment.ID {
        var hash = SHA256()
        // Each part is preceded by its length, so that no two entries can have the same bytes.
        func add(_ bytes: Span<UInt8>) {
            hash.update(String(bytes.count).utf8.span)
            hash.update(":".utf8.span)
            hash.update(bytes)
        }
        add(entry.name.utf8.span)
        var value: [UInt8] = []
        for member in entry.params.written {
            add(member.key.utf8.span)
            value.removeAll(keepingCapacity: true)
            member.value.append(to: &value)
            add(value.span)
        }
        if entry.params.written.isEmpty { add(entry.params.model.utf8.span) }
        return hash.hexDigest()
    }
}
