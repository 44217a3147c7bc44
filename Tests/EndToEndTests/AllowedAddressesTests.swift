import TestSupport
import Testing

/// `allowed_ips`: `127.0.0.2` and the like stand for other clients.
@Suite(.serialized, .gateway(AddressConfig.twoRanges, arguments: ["--workers", "1"])) struct AllowedAddresses {
    private func get(_ path: String, from address: UInt8, _ fields: [WireField] = []) throws -> TestResponse {
        let client = try TestHTTPClient(port: stack().port, from: address)
        try client.send("GET", path, [WireField("Authorization", "Bearer \(Stack.masterKey)")] + fields)
        return try client.response()
    }

    @Test func mayAsk() throws {
        for address: UInt8 in [1, 4, 7] { #expect(try get("/v1/models", from: address).status == 200, "\(address)") }
        #expect(try stack().post("/chat/completions", chat("mymodel")).status == 200)
    }

    @Test func othersMayNotWhateverTheyAsk() throws {
        for path in ["/v1/models", "/", "/metrics", "/health", "/no/such/path"] {
            let answer = try get(path, from: 2)
            #expect(answer.status == 403, "\(path)")
            #expect(answer.errorType == "permission_error")
            #expect(answer.errorCode == "address_not_allowed")
            let message = answer.json?["error"]?["message"]?.string
            #expect(message == "The address 127.0.0.2 may not use this gateway (general_settings.allowed_ips).")
        }
        let post = try TestHTTPClient(port: stack().port, from: 8)
        try stack().fake.forgetRequests()
        try post.send(
            "POST", "/v1/responses", [WireField("Authorization", "Bearer \(Stack.masterKey)")],
            body: Array("{\"model\":\"mymodel\",\"input\":\"x\"}".utf8))
        #expect(try post.response().errorCode == "address_not_allowed")
        #expect(try stack().fake.requests.isEmpty)
    }

    /// An orchestrator asks from addresses that nobody knows beforehand.
    @Test func probesAreAnsweredToEverybody() throws {
        for path in ["/health/liveliness", "/health/liveness", "/health/readiness"] {
            #expect(try get(path, from: 2).status == 200, "\(path)")
        }
    }

    /// Whoever reaches the port can write it.
    @Test func aForwardedAddressIsNotBelieved() throws {
        #expect(try get("/v1/models", from: 2, [WireField("X-Forwarded-For", "127.0.0.1")]).status == 403)
        #expect(try get("/v1/models", from: 1, [WireField("X-Forwarded-For", "10.0.0.1")]).status == 200)
    }
}

@Suite(.serialized, .gateway(AddressConfig.behindAProxy, arguments: ["--workers", "1"]))
struct AllowedAddressesBehindAProxy {
    private func status(_ lists: String...) throws -> Int {
        try stack().get("/v1/models", lists.map { WireField("X-Forwarded-For", $0) }).status
    }

    @Test func theLastForwardedAddressCounts() throws {
        #expect(try status("203.0.113.7") == 200)
        #expect(try status("6.6.6.6, 203.0.113.7:4711") == 200)
        #expect(try status("203.0.113.7, 6.6.6.6") == 403)
        #expect(try status("203.0.113.7", "6.6.6.6") == 403)
        #expect(try status("6.6.6.6", "[2001:db8::7]:443") == 200)
        #expect(try status("2001:db8::7") == 200)
        #expect(try status("unknown") == 403)
        #expect(try status("") == 403)
        // Nobody stands between, and this machine is not in the list.
        #expect(try status() == 403)
    }
}

private enum AddressConfig {
    static let twoRanges = """
        \(Config.oneModel)
        general_settings: {allowed_ips: [127.0.0.1, "::ffff:127.0.0.4/126"]}
        """

    static let behindAProxy = """
        \(Config.oneModel)
        general_settings: {allowed_ips: [203.0.113.0/24, "2001:db8::/32"], use_x_forwarded_for: true}
        """
}
