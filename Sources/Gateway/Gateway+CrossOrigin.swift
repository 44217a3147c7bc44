package import HTTPServer
internal import HTTPWire

/// What an answer says about the pages that may read it (CORS). Nothing else writes these fields.
extension Gateway {
    /// - Parameter head: of the request; `nil` when none could be read, and so nobody knows which page asks.
    func addCrossOrigin(_ head: RequestHead?, to fields: inout ResponseFields) {
        guard let policy = lanes.snapshot.originPolicy else {
            fields.add(lines: "Access-Control-Allow-Origin: *\r\nAccess-Control-Expose-Headers: *\r\n")
            return
        }
        // Also where no page may read it: a cache must not give that answer to one that may.
        fields.add(lines: "Vary: Origin\r\n")
        guard let head, let origin = policy.grantedOrigin(head) else { return }
        fields.add("Access-Control-Allow-Origin", origin)
        fields.add(lines: "Access-Control-Expose-Headers: *\r\n")
    }

    package func addFields(toRefusal fields: inout ResponseFields) {
        addCrossOrigin(nil, to: &fields)
    }

    /// A browser asks before it sends a key, JSON or a DELETE. By now its page has been found to be one that may.
    func addPreflight(_ head: RequestHead, to fields: inout ResponseFields) {
        fields.add("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS")
        fields.add("Access-Control-Allow-Headers", head.fields.string(.accessControlRequestHeaders) ?? "*")
        fields.add("Access-Control-Max-Age", "86400")
    }
}
