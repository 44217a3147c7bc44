/// One connection of the fake: reads requests, records them, does what `FakeBehaviour` says. Owned by its thread.
struct FakeConnection {
    private let socket: TCPSocket
    private let reader: ByteReader
    private let number: Int
    private let state: Watched<FakeOpenRouter.State>
    private let base: String

    init(_ socket: TCPSocket, number: Int, state: Watched<FakeOpenRouter.State>, base: String) {
        (self.socket, self.number, self.state, self.base) = (socket, number, state, base)
        reader = ByteReader(socket)
    }

    /// Longer than any test: a kept-alive connection waits, and a client that does not read blocks the writer.
    private static let patience: Duration = .seconds(600)

    /// Until the client or the fake ends the connection.
    func serve() {
        while true {
            do {
                guard let request = try request() else { return }
                let keep =
                    if request.path.hasPrefix("/__") { control(request) } else { perform(request) }
                guard keep, request.field("connection")?.lowercased() != "close" else { return }
            } catch SocketError.malformed(let what) {
                state.update { $0.malformed.append(what) }
                let answer = FakeAnswer(status: 400, fields: [WireField("Connection", "close")], body: [])
                for case .write(let bytes) in answer.steps { try? socket.send(bytes, timeout: .seconds(1)) }
                return
            } catch {
                return
            }
        }
    }

    /// The next request, whole; nil when the client ends the connection between two.
    private func request() throws(SocketError) -> RecordedRequest? {
        let deadline = ContinuousClock.now + Self.patience
        guard let line = try reader.line(before: deadline) else { return nil }
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[2] == "HTTP/1.1" || parts[2] == "HTTP/1.0" else {
            throw .malformed("request line: \(line)")
        }
        let fields = try reader.fields(before: deadline)
        guard fields.all("host").count == 1 else { throw .malformed("not one Host") }
        let framing = try WireFraming(fields, openEnded: .none)
        if fields.first("expect")?.lowercased() == "100-continue" {
            try socket.send("HTTP/1.1 100 Continue\r\n\r\n".utf8, timeout: .seconds(5))
        }
        let body = try reader.body(framing, before: deadline).bytes
        let (method, target) = (String(parts[0]), String(parts[1]))
        return state.update { [number] state in
            let own = target.hasPrefix("/__requests")
            let request = RecordedRequest(
                number: own ? -1 : state.received, connection: number, method: method, target: target, fields: fields,
                body: body, receivedAt: .now)
            if !own { state.remember(request) }
            return request
        }
    }

    /// False when the connection is over.
    private func perform(_ request: RecordedRequest) -> Bool {
        let behaviour = FakeBehaviour(
            override: { key, model in state.update { $0.override(key: key, model: model) } }, base: base)
        for step in behaviour.answer(request).steps {
            // At the end of all, a client that has everything may go.
            guard step == .close || !socket.peerLeaves(within: .zero) else {
                noteClientLeft(request)
                return false
            }
            switch step {
            case .write(let bytes):
                guard write(bytes, for: request) else { return false }
            case .pause(let duration):
                if socket.peerLeaves(within: duration) {
                    noteClientLeft(request)
                    return false
                }
            case .hold:
                _ = socket.peerLeaves(within: nil)
                noteClientLeft(request)
                return false
            case .forever(let bytes, let pause):
                while !socket.peerLeaves(within: pause) {
                    guard write(bytes, for: request) else { return false }
                }
                noteClientLeft(request)
                return false
            case .reset:
                socket.resetOnClose()
                return false
            case .close:
                noteAnswered(request)
                return false
            }
        }
        noteAnswered(request)
        return true
    }

    private func write(_ bytes: [UInt8], for request: RecordedRequest) -> Bool {
        do {
            try socket.send(bytes, timeout: Self.patience)
            return true
        } catch {
            noteClientLeft(request)
            return false
        }
    }

    private func noteClientLeft(_ request: RecordedRequest) {
        note(request) { $0.clientLeftAt = .now }
    }

    private func noteAnswered(_ request: RecordedRequest) {
        note(request) { $0.answeredAt = .now }
    }

    private func note(_ request: RecordedRequest, _ change: @Sendable (inout RecordedRequest) -> Void) {
        state.update { state in
            guard let index = state.requests.lastIndex(where: { $0.number == request.number }) else { return }
            change(&state.requests[index])
        }
    }

    /// The endpoint for tests in another process. `/__redirected` is recorded like any other request.
    private func control(_ request: RecordedRequest) -> Bool {
        let answer: FakeAnswer
        switch (request.method, request.path) {
        case ("GET", "/__requests"):
            answer = .json(200, "[\(state.value.requests.map(\.summary).joined(separator: ","))]")
        case ("GET", "/__requests/lines"):
            let lines = state.value.requests.map { "\($0.method) \($0.target) \($0.text)\n" }.joined()
            answer = FakeAnswer(
                status: 200, fields: [WireField("Content-Type", "text/plain; charset=utf-8")], body: Array(lines.utf8))
        case ("GET", "/__requests/count"):
            let state = state.value
            answer = .json(
                200, "{\"received\":\(state.received),\"failed_at_random\":\(state.random?.count ?? 0)}")
        case ("PUT", "/__requests/random"):
            // {"share": 0.05, "ids": [ids]?, "seed": 1?}: failAtRandom(share:as:seed:), likewise.
            guard let share = request.json?["share"]?.double else { return false }
            let ids = request.json?["ids"]?.array?.compactMap(\.string) ?? RandomFaults.usual
            let seed = request.json?["seed"]?.int ?? 1
            state.update { state in
                state.random =
                    share > 0 && !ids.isEmpty
                    ? RandomFaults(share: share, ids: ids, seed: UInt64(truncatingIfNeeded: seed)) : nil
            }
            answer = FakeAnswer(status: 204, fields: [], body: [])
        case ("DELETE", "/__requests"):
            state.update { $0.requests = [] }
            answer = FakeAnswer(status: 204, fields: [], body: [])
        case ("PUT", "/__requests/answers"):
            // {"model": [ids], …}: answer(model:as:) for a test that cannot call it.
            guard case .object(let members) = request.json else { return false }
            state.update { state in
                for member in members { state.byModel[member.name] = member.value.array?.compactMap(\.string) }
            }
            answer = FakeAnswer(status: 204, fields: [], body: [])
        default: answer = FakeError.notFound.answer
        }
        for case .write(let bytes) in answer.steps {
            guard write(bytes, for: request) else { return false }
        }
        return true
    }
}
