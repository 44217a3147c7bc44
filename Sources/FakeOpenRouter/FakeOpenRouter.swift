/// An OpenRouter on 127.0.0.1 that knows every answer and every fault of docs/MOCK.md. Shared; one thread per connection.
///
/// It shares no code with the gateway: its own HTTP, its own JSON, plain blocking sockets.
package final class FakeOpenRouter: Sendable {
    struct State: Sendable {
        var requests: [RecordedRequest] = []
        var malformed: [String] = []
        var received = 0
        var accepted = 0
        var open: [Int: TCPSocket] = [:]
        var acceptorRuns = true
        var byModel: [String: [String]] = [:]
        var byKey: [String: [String]] = [:]
        var random: RandomFaults?
        /// The latest requests are kept, so many.
        var keeps = Int.max
    }

    package let port: UInt16
    private let listener: TCPSocket
    let state = Watched(State())

    /// Listens at once.
    ///
    /// - Parameters:
    ///   - port: 0 takes a free one.
    ///   - keeps: how many requests are remembered at least; about twice as many at most.
    /// - Throws: `SocketError.failed` when the port is taken.
    package init(port: UInt16 = 0, keeps: Int = .max) throws(SocketError) {
        listener = try TCPSocket.listening(on: port)
        state.update { $0.keeps = keeps }
        self.port = listener.port
        let (listener, state, base) = (listener, state, baseURL)
        startThread {
            while let socket = listener.accepted() {
                let number = state.update { state -> Int? in
                    guard state.acceptorRuns else { return nil }
                    state.accepted += 1
                    state.open[state.accepted - 1] = socket
                    return state.accepted - 1
                }
                guard let number else { break }
                startThread {
                    FakeConnection(socket, number: number, state: state, base: base).serve()
                    state.update { _ = $0.open.removeValue(forKey: number) }
                }
            }
        }
    }

    deinit { stop() }

    /// `http://127.0.0.1:<port>/api/v1`, as OpenRouter's own.
    package var baseURL: String { "http://127.0.0.1:\(port)/api/v1" }

    /// Refuses new connections and cuts the open ones. The port is free afterwards.
    package func stop() {
        let open = state.update { state in
            state.acceptorRuns = false
            return Array(state.open.values)
        }
        listener.shutDown()
        for socket in open { socket.shutDown() }
        _ = state.wait(.seconds(5)) { $0.open.isEmpty ? true : nil }
    }

    /// Whole requests in the order of their last byte.
    package var requests: [RecordedRequest] { state.value.requests }

    /// What was sent that is not HTTP/1.1, one line each. Empty for a correct client.
    package var malformed: [String] { state.value.malformed }

    /// Connections accepted since the start, with those that never sent a request.
    package var connectionsAccepted: Int { state.value.accepted }

    /// Connections open now.
    package var connectionsOpen: Int { state.value.open.count }

    package func forgetRequests() { state.update { $0.requests = [] } }

    /// Blocks until at least `count` requests are recorded; gives what there is when `timeout` passes first.
    @discardableResult
    package func waitForRequests(_ count: Int, timeout: Duration = .seconds(10)) -> [RecordedRequest] {
        state.wait(timeout) { $0.requests.count >= count ? $0.requests : nil } ?? requests
    }

    /// Blocks until a recorded request fits; nil when `timeout` passes first.
    package func waitForRequest(
        timeout: Duration = .seconds(10), where fits: (RecordedRequest) -> Bool
    ) -> RecordedRequest? {
        state.wait(timeout) { $0.requests.first(where: fits) }
    }

    /// Blocks until the client of request `number` has left before its answer was complete; nil when it has not.
    package func waitForClientToLeave(
        request number: Int = 0, timeout: Duration = .seconds(10)
    ) -> ContinuousClock.Instant? {
        state.wait(timeout) { $0.requests.first { $0.number == number }?.clientLeftAt }
    }

    /// Blocks until `count` connections are open; false when `timeout` passes first.
    package func waitForOpenConnections(_ count: Int, timeout: Duration = .seconds(10)) -> Bool {
        state.wait(timeout) { $0.open.count == count ? true : nil } ?? false
    }

    /// The next calls for `model` act as these ids in turn, then as the last one for ever; an empty list undoes it.
    ///
    /// `["fault/502", "openai/gpt-4o"]` fails once. The answer still names `model` when the fake knows it.
    package func answer(model: String, as ids: [String]) { state.update { $0.byModel[model] = ids } }

    /// The same for every call with this key (without `Bearer`); stronger than the rule of a model.
    package func answer(key: String, as ids: [String]) { state.update { $0.byKey[key] = ids } }

    /// From now on this share of the calls, drawn at random, acts as one of `ids`; 0 ends it.
    package func failAtRandom(share: Double, as ids: [String] = RandomFaults.usual, seed: UInt64 = 1) {
        state.update { $0.random = share > 0 && !ids.isEmpty ? RandomFaults(share: share, ids: ids, seed: seed) : nil }
    }
}

extension FakeOpenRouter.State {
    mutating func override(key: String, model: String) -> String? {
        if let ruled = Self.next(&byKey[key]) ?? Self.next(&byModel[model]) { return ruled }
        return model.hasPrefix("fault/") ? nil : random?.next()
    }

    mutating func remember(_ request: RecordedRequest) {
        received += 1
        requests.append(request)
        // In one go, so that remembering stays cheap.
        if keeps < requests.count / 2 { requests.removeFirst(requests.count - keeps) }
    }

    private static func next(_ ids: inout [String]?) -> String? {
        guard let list = ids, let first = list.first else { return nil }
        if list.count > 1 { ids = Array(list.dropFirst()) }
        return first
    }
}

extension FakeOpenRouter {
    /// Every `fault/<name>` that refuses with a status, without those that carry a number.
    package static var refusalNames: [String] { FakeError.faults.keys.sorted() }

    /// Every other `fault/<name>`, without those that carry a number.
    package static var faultNames: [String] { FakeFault.allCases.map(\.rawValue) }
}
