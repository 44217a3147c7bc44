import TestSupport
import Testing

/// What one client address may do: `127.0.0.2` and the like stand for other clients.
@Suite(.serialized, .gateway(Config.oneModel, arguments: ["--workers", "2"])) struct WrongKeys {
    private func get(_ key: String, from address: UInt8) throws -> TestResponse {
        let client = try TestHTTPClient(port: stack().port, from: address)
        try client.send("GET", "/v1/models", [WireField("Authorization", "Bearer \(key)")])
        return try client.response()
    }

    /// Over both workers together: each connection may be another's.
    @Test func areSlowedPerAddress() throws {
        for number in 0..<10 { #expect(try get("\(Secrets.wrong)-\(number)", from: 2).status == 401) }
        for _ in 0..<5 {
            let answer = try get(Secrets.wrong, from: 2)
            #expect(answer.status == 429)
            #expect(answer.errorType == "rate_limit_error")
            #expect(answer.errorCode == "too_many_wrong_keys")
            let seconds = try #require(answer.field("retry-after").flatMap { Int($0) })
            #expect((1...6).contains(seconds))
            #expect(answer.field("www-authenticate") == nil)
            #expect(try stack().requestLine(answer)["detail"]?.string == "from 127.0.0.2")
        }
        #expect(try get(Stack.masterKey, from: 2).status == 200, "a reverse proxy here may speak for others")
        #expect(try get(Secrets.wrong, from: 3).status == 401, "another address has its own count")
        let none = try TestHTTPClient.get(stack().port, "/v1/models")
        #expect(none.status == 401)
        #expect(none.errorCode == "missing_api_key")
    }

    @Test func areSlowedOnOneConnectionToo() throws {
        let client = try TestHTTPClient(port: stack().port, from: 4)
        let right = [WireField("Authorization", "Bearer \(Stack.masterKey)")]
        let wrong = [WireField("x-api-key", Secrets.wrong)]
        try client.send("GET", "/v1/models", right)
        #expect(try client.response().status == 200)
        var statuses: [Int] = []
        for _ in 0..<12 {
            try client.send("GET", "/v1/models", wrong)
            statuses.append(try client.response().status)
        }
        #expect(statuses.prefix(10).allSatisfy { $0 == 401 })
        #expect(statuses.suffix(2) == [429, 429])
        try client.send("GET", "/v1/models", right)
        #expect(try client.response().status == 200)
    }
}

@Suite(.serialized, .gateway("\(Config.oneModel)\ngeneral_settings: {max_wrong_keys_per_minute: 0}\n"))
struct WrongKeysWithoutALimit {
    @Test func areCountedByNobody() throws {
        for _ in 0..<30 { #expect(try stack().get("/v1/models", key: Secrets.wrong).status == 401) }
    }
}

@Suite(
    .serialized,
    .gateway(
        "\(Config.oneModel)\ngeneral_settings: {max_connections_per_address: 3}\n", arguments: ["--workers", "2"]))
struct ConnectionsPerAddress {
    private func open(_ address: UInt8) throws -> (client: TestHTTPClient, answer: TestResponse) {
        let client = try TestHTTPClient(port: stack().port, from: address)
        try client.send("GET", "/health/liveliness")
        return (client, try client.response())
    }

    /// Connections are spread over both workers, and the limit is one of both together.
    @Test func areLimitedOverAllWorkers() throws {
        let places = try (0..<3).map { _ in try self.open(2) }
        #expect(places.allSatisfy { $0.answer.status == 200 })
        for _ in 0..<8 {
            let late = try self.open(2)
            #expect(late.answer.status == 503)
            #expect(late.answer.field("retry-after") == "1")
            #expect(late.answer.field("connection") == "close")
            #expect(late.answer.field("access-control-allow-origin") == "*")
            #expect(late.answer.errorCode == "too_many_connections")
            #expect(late.answer.errorMessage?.contains("max_connections_per_address") == true)
            #expect(try late.client.rest().isEmpty)
        }
        #expect(try self.open(3).answer.status == 200, "another address has its own places")
        places[0].client.close()
        // The worker notices that the client has left, and then there is a place again.
        let end = ContinuousClock.now + .seconds(10)
        var status = 503
        while status == 503, ContinuousClock.now < end { status = try self.open(2).answer.status }
        #expect(status == 200)
        for one in places.dropFirst() {
            try one.client.send("GET", "/health/liveliness")
            #expect(try one.client.response().status == 200)
        }
    }
}
