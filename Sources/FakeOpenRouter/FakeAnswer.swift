/// One step of answering on a connection.
package enum FakeStep: Equatable, Sendable {
    case write([UInt8])
    /// Waits; ends at once when the client leaves.
    case pause(Duration)
    /// Says nothing more until the client leaves.
    case hold
    /// Writes the same bytes again and again, with this pause before each, until the client leaves.
    case forever([UInt8], every: Duration)
    /// Ends the connection with RST.
    case reset
    /// Ends the connection with FIN, without having announced it.
    case close
}

/// What the fake does with one request: bytes and pauses, decided before the first byte is written.
package struct FakeAnswer: Equatable, Sendable {
    /// The status the steps will send; 0 when they never get that far.
    package var status: Int
    package var steps: [FakeStep]

    package init(status: Int, steps: [FakeStep]) { (self.status, self.steps) = (status, steps) }

    /// An answer with a length, in one write.
    package init(status: Int, fields: [WireField], body: [UInt8]) {
        let length = status == 204 ? [] : [WireField("Content-Length", "\(body.count)")]
        self.init(status: status, steps: [.write(Self.head(status, fields + length) + body)])
    }

    static func json(_ status: Int, _ body: String, _ fields: [WireField] = []) -> FakeAnswer {
        FakeAnswer(
            status: status, fields: [WireField("Content-Type", "application/json")] + fields, body: Array(body.utf8))
    }

    static func head(_ status: Int, _ fields: [WireField]) -> [UInt8] {
        let lines = fields.map { "\($0.name): \($0.value)\r\n" }.joined()
        return Array("HTTP/1.1 \(status) \(reasons[status] ?? "Status")\r\n\(lines)\r\n".utf8)
    }

    package static func chunk(_ data: some Collection<UInt8>) -> [UInt8] {
        Array("\(String(data.count, radix: 16))\r\n".utf8) + data + Array("\r\n".utf8)
    }

    package static let lastChunk = Array("0\r\n\r\n".utf8)

    private static let reasons: [Int: String] = [
        200: "OK", 204: "No Content", 307: "Temporary Redirect", 400: "Bad Request", 401: "Unauthorized",
        402: "Payment Required", 403: "Forbidden", 404: "Not Found", 408: "Request Timeout",
        413: "Payload Too Large", 422: "Unprocessable Content", 429: "Too Many Requests",
        500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
    ]
}
