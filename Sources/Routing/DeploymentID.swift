package import ConfigFile
import Crypto
import JSONText
package import Model

/// The id of a deployment whose entry does not give one.
package enum DeploymentID {
    /// SHA-256 over the public name and the parameters as they were written, in their order. A reload of the same entry
    /// gives the same id, so cooldowns and counts survive it; no credential is in it, only the name of its variable.
    package static func derived(from entry: ModelEntry) -> Deployment.ID {
        var text: [UInt8] = []
        // Each part is preceded by its length, so that no two entries can have the same bytes.
        func add(_ part: some Collection<UInt8>) {
            text += Array("\(part.count):".utf8)
            text += part
        }
        add(entry.name.utf8)
        var value: [UInt8] = []
        for member in entry.params.written {
            add(member.key.utf8)
            value.removeAll(keepingCapacity: true)
            member.value.append(to: &value)
            add(value)
        }
        if entry.params.written.isEmpty { add(entry.params.model.utf8) }
        return SHA256.hex(text.span)
    }
}
