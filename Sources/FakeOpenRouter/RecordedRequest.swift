/// One request as the fake received it, whole.
package struct RecordedRequest: Sendable {
    /// 0 for the first request since the start; stays when the list is cleared.
    package let number: Int
    /// 0 for the first connection: two requests with the same number shared it.
    package let connection: Int
    package let method: String
    /// The target as sent, with its query.
    package let target: String
    package let fields: [WireField]
    package let body: [UInt8]
    package let receivedAt: ContinuousClock.Instant
    /// When the client was seen to leave before the answer was complete; nil when it stayed.
    ///
    /// A client that only finishes its sending side counts as gone: no gateway does that.
    package internal(set) var clientLeftAt: ContinuousClock.Instant?
    /// When the last byte of the answer was written; nil while it is not, and for an answer that is never completed.
    package internal(set) var answeredAt: ContinuousClock.Instant?

    package var clientLeft: Bool { clientLeftAt != nil }

    /// The target without its query.
    package var path: String { String(target.prefix { $0 != "?" }) }

    /// What follows the `?`, empty when there is none.
    package var query: String { String(target.drop { $0 != "?" }.dropFirst()) }

    package var text: String { String(decoding: body, as: UTF8.self) }

    package var json: FakeJSON? { FakeJSON(body) }

    /// The first field of this name, in any case.
    package func field(_ name: String) -> String? { fields.first(name) }

    /// What the body names as `model`.
    package var model: String? { json?["model"]?.string }

    /// The row of `GET /__requests`.
    var summary: String {
        let fields = fields.map { "[\(FakeJSON.quoted($0.name)),\(FakeJSON.quoted($0.value))]" }.joined(separator: ",")
        return """
            {"number":\(number),"connection":\(connection),"method":\(FakeJSON.quoted(method)),\
            "target":\(FakeJSON.quoted(target)),"headers":[\(fields)],"body":\(FakeJSON.quoted(text)),\
            "client_left":\(clientLeft),"client_left_after_ms":\(milliseconds(clientLeftAt)),\
            "answered_after_ms":\(milliseconds(answeredAt))}
            """
    }

    private func milliseconds(_ instant: ContinuousClock.Instant?) -> String {
        instant.map { "\(($0 - receivedAt) / .milliseconds(1))" } ?? "null"
    }
}
