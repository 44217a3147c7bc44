internal import ConfigFile
package import HTTPServer
internal import HTTPWire

extension Snapshot {
    /// What the server takes of a client, as the configuration has it.
    package var serverLimits: ServerLimits {
        let limits = config.general.limits
        return ServerLimits(
            head: RequestLimits(
                requestLineBytes: limits.requestLineBytes, headerBlockBytes: limits.headerBlockBytes,
                fields: limits.headerFields, fieldBytes: limits.headerFieldBytes),
            requestBodyBytes: limits.requestBodyBytes, headerTime: limits.headerTime, bodyTime: limits.bodyTime,
            idleTime: limits.idleTime, writeTime: limits.writeTime)
    }
}
