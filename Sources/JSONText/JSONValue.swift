/// A JSON value for configuration and administration, never for the request path.
///
/// It keeps what a rewrite would otherwise lose: the order of members, duplicate keys, and the spelling of numbers.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    /// The number as it was written, always valid by RFC 8259 §6.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([Member])

    package struct Member: Sendable, Hashable {
        package var key: String
        package var value: JSONValue

        package init(_ key: String, _ value: JSONValue) {
            self.key = key
            self.value = value
        }
    }
}
