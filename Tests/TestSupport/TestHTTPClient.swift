/// A blocking HTTP/1.1 client for tests: raw bytes out, answers in whole or in pieces.
///
/// One connection, one user at a time. It never retries, never reconnects and refuses bad framing. Closed with its last copy.
package struct TestHTTPClient {
    private let socket: TCPSocket
    private let reader: ByteReader
    private let port: UInt16
    /// The longest wait of one call.
    package var timeout: Duration

    /// - Parameter source: 127.0.0.x is where it connects from; 0 leaves it to the system.
    /// - Throws: `SocketError.failed` when nobody listens on 127.0.0.1:`port`.
    package init(port: UInt16, from source: UInt8 = 0, timeout: Duration = .seconds(20)) throws(SocketError) {
        socket = try TCPSocket.connected(to: port, from: source)
        reader = ByteReader(socket)
        (self.port, self.timeout) = (port, timeout)
    }

    // MARK: Sending

    package func send(_ bytes: some Collection<UInt8>) throws(SocketError) { try socket.send(bytes, timeout: timeout) }

    package func send(_ text: String) throws(SocketError) { try send(text.utf8) }

    /// A composed request with `Host`, and with `Content-Length` when there is a body.
    package func send(
        _ method: String, _ target: String, _ fields: [WireField] = [], body: [UInt8]? = nil
    ) throws(SocketError) {
        try send(request(method, target, fields, body.map { [WireField("Content-Length", "\($0.count)")] } ?? []))
        if let body { try send(body) }
    }

    /// The same with a chunked body, one chunk per piece.
    package func send(
        _ method: String, _ target: String, _ fields: [WireField] = [], chunks: [[UInt8]]
    ) throws(SocketError) {
        let body = chunks.flatMap { FakeAnswer.chunk($0) } + FakeAnswer.lastChunk
        try send(request(method, target, fields, [WireField("Transfer-Encoding", "chunked")]))
        try send(body)
    }

    /// Sends FIN; answers can still be read.
    package func finishSending() { socket.finishSending() }

    /// Leaves with RST.
    package func reset() {
        socket.resetOnClose()
        close()
    }

    /// Leaves with FIN (or RST, where bytes are unread). Every later call sees the end.
    package func close() { socket.close() }

    // MARK: Receiving

    /// The head of the next answer, past any 1xx.
    package func head() throws(SocketError) -> TestResponse {
        let deadline = ContinuousClock.now + timeout
        var interim: [Int] = []
        while true {
            guard let line = try reader.line(before: deadline) else { throw .endedEarly }
            let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), parts[1].count == 3, let status = Int(parts[1])
            else { throw .malformed("status line: \(line)") }
            let fields = try reader.fields(before: deadline)
            guard (100..<200).contains(status) else {
                return TestResponse(status: status, fields: fields, interim: interim)
            }
            interim.append(status)
        }
    }

    /// The next answer to its last byte.
    ///
    /// - Parameter toHead: the request was HEAD, so no body follows whatever the fields say.
    /// - Throws: `SocketError.endedEarly` when the connection ends inside it.
    package func response(toHead: Bool = false) throws(SocketError) -> TestResponse {
        var response = try head()
        let none = toHead || response.status == 204 || response.status == 304
        let framing = none ? .none : try WireFraming(response.fields, openEnded: .untilClose)
        (response.body, response.trailers) = try reader.body(framing, before: .now + timeout)
        return response
    }

    /// The next piece of the body of `response` as it arrives, without its framing; nil at the end of the body.
    package func piece(of response: inout TestResponse) throws(SocketError) -> [UInt8]? {
        let deadline = ContinuousClock.now + timeout
        switch try WireFraming(response.fields, openEnded: .untilClose) {
        case .none: return nil
        case .untilClose:
            guard let piece = try reader.piece(atMost: 65536, before: deadline) else { return nil }
            response.body += piece
            return piece
        case .length(let length):
            guard response.body.count < length else { return nil }
            guard let piece = try reader.piece(atMost: length - response.body.count, before: deadline) else {
                throw .endedEarly
            }
            response.body += piece
            return piece
        case .chunked:
            let size = try reader.chunkSize(before: deadline)
            guard size > 0 else {
                response.trailers = try reader.fields(before: deadline)
                return nil
            }
            let piece = try reader.bytes(size, before: deadline)
            try reader.chunkEnd(before: deadline)
            response.body += piece
            return piece
        }
    }

    /// Reads pieces until the body so far holds `text`, and gives that body.
    ///
    /// - Throws: `SocketError.endedEarly` when the body ends without it.
    @discardableResult
    package func read(_ response: inout TestResponse, until text: String) throws(SocketError) -> String {
        while !response.text.contains(text) {
            guard try piece(of: &response) != nil else { throw .endedEarly }
        }
        return response.text
    }

    /// Bytes as they come, at least one; nil at the end of the connection.
    package func rawPiece() throws(SocketError) -> [UInt8]? {
        try reader.piece(atMost: 65536, before: .now + timeout)
    }

    /// Everything up to the end of the connection.
    package func rest() throws(SocketError) -> [UInt8] {
        try reader.body(.untilClose, before: .now + timeout).bytes
    }

    /// Whether the other side closes within `within`, unread bytes or not.
    package func peerCloses(within: Duration = .seconds(10)) -> Bool { socket.peerLeaves(within: within) }

    /// Makes the kernel take in little while the test does not read. Call it before the first answer.
    package func readSlowly() { socket.limitReceiveBuffer(bytes: 4096) }

    // MARK: One request on a connection of its own

    package static func get(
        _ port: UInt16, _ target: String, key: String? = nil, fields: [WireField] = []
    ) throws(SocketError) -> TestResponse {
        let client = try TestHTTPClient(port: port)
        try client.send("GET", target, bearer(key) + fields)
        return try client.response()
    }

    /// Posts `body` as JSON.
    package static func post(
        _ port: UInt16, _ target: String, _ body: String, key: String? = nil, fields: [WireField] = []
    ) throws(SocketError) -> TestResponse {
        let client = try TestHTTPClient(port: port)
        try client.post(target, body, key: key, fields: fields)
        return try client.response()
    }

    /// Posts `body` as JSON and leaves the answer to be read.
    package func post(
        _ target: String, _ body: String, key: String? = nil, fields: [WireField] = []
    ) throws(SocketError) {
        let type = WireField("Content-Type", "application/json")
        try send("POST", target, [type] + Self.bearer(key) + fields, body: Array(body.utf8))
    }

    private static func bearer(_ key: String?) -> [WireField] {
        key.map { [WireField("Authorization", "Bearer \($0)")] } ?? []
    }

    private func request(_ method: String, _ target: String, _ fields: [WireField], _ framing: [WireField]) -> String {
        let host = fields.first("host") == nil ? [WireField("Host", "127.0.0.1:\(port)")] : []
        let lines = (host + fields + framing).map { "\($0.name): \($0.value)\r\n" }.joined()
        return "\(method) \(target) HTTP/1.1\r\n\(lines)\r\n"
    }
}

/// An answer as far as it was read.
package struct TestResponse: Sendable {
    package let status: Int
    package let fields: [WireField]
    /// The statuses of the 1xx answers before it.
    package let interim: [Int]
    /// Without framing.
    package var body: [UInt8] = []
    package var trailers: [WireField] = []

    init(status: Int, fields: [WireField], interim: [Int]) {
        (self.status, self.fields, self.interim) = (status, fields, interim)
    }

    /// The first field of this name, in any case.
    package func field(_ name: String) -> String? { fields.first(name) }

    package var text: String { String(decoding: body, as: UTF8.self) }

    package var json: TestJSON? { TestJSON(body) }

    /// The body as an event stream.
    package var events: [ServerSentEvent] { ServerSentEvent.parse(body) }
}
