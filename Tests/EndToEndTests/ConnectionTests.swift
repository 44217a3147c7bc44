import Glibc
import TestSupport
import Testing

/// Many requests over one connection, and the process's end.
@Suite(.serialized, .gateway()) struct Connections {
    @Test func pipelinedRequestsAreAnsweredInOrder() throws {
        let client = try TestHTTPClient(port: stack().port)
        let models = ["openrouter/fault/delay-100", "mymodel", "openrouter/fault/words-3", "openrouter/openai/gpt-4o"]
        for model in models { try client.post("/v1/chat/completions", chat(model), key: Stack.masterKey) }
        try client.post("/v1/chat/completions", chat("mymodel", ",\"stream\":true"), key: Stack.masterKey)
        try client.send("GET", "/health/liveliness")
        for model in models { #expect(try client.response().json?["model"]?.string == model) }
        #expect(try client.response().events.last?.data == "[DONE]")
        #expect(try client.response().text == "\"I'm alive!\"")
    }

    @Test func headHasTheFieldsAndNoBody() throws {
        let client = try TestHTTPClient(port: stack().port)
        let key = [WireField("Authorization", "Bearer \(Stack.masterKey)")]
        try client.send("GET", "/v1/models", key)
        let whole = try client.response()
        try client.send("HEAD", "/v1/models", key)
        let head = try client.response(toHead: true)
        #expect(head.status == 200)
        #expect(head.body.isEmpty)
        #expect(head.field("content-length") == whole.field("content-length"))
        try client.send("GET", "/health/liveliness")
        #expect(try client.response().status == 200)
    }

    @Test func aBrowserMayAskFirst() throws {
        let client = try TestHTTPClient(port: stack().port)
        try client.send(
            "OPTIONS", "/v1/chat/completions",
            [
                WireField("Origin", "https://app.example"), WireField("Access-Control-Request-Method", "POST"),
                WireField("Access-Control-Request-Headers", "authorization,content-type"),
            ])
        let answer = try client.response()
        #expect(answer.status == 204)
        #expect(answer.field("access-control-allow-origin") == "*")
        #expect(answer.field("access-control-allow-headers") == "authorization,content-type")
        #expect(answer.field("access-control-allow-methods")?.contains("POST") == true)
        #expect(answer.field("content-length") == nil)
        try client.post("/v1/chat/completions", chat("mymodel"), key: Stack.masterKey)
        #expect(try client.response().field("access-control-allow-origin") == "*")
    }

    @Test func anHTTP10ClientGetsAStreamUntilTheEndOfTheConnection() throws {
        let client = try TestHTTPClient(port: stack().port)
        let body = chat("mymodel", ",\"stream\":true")
        try client.send(
            "POST /v1/chat/completions HTTP/1.0\r\nAuthorization: Bearer \(Stack.masterKey)\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        let answer = try client.response()
        #expect(answer.field("transfer-encoding") == nil)
        #expect(answer.field("connection") == "close")
        #expect(content(answer.events) == "Hello from the fake.")
    }

    @Test func sigtermLetsRequestsFinish() throws {
        let stack = try Stack(Config.usual)
        let unary = try TestHTTPClient(port: stack.port)
        let stream = try TestHTTPClient(port: stack.port)
        let idle = try TestHTTPClient(port: stack.port)
        try idle.send("GET", "/health/liveliness")
        #expect(try idle.response().status == 200)
        try unary.post("/v1/chat/completions", chat("openrouter/fault/delay-300"), key: Stack.masterKey)
        try stream.post(
            "/v1/chat/completions", chat("openrouter/fault/pace-60", ",\"stream\":true"), key: Stack.masterKey)
        stack.fake.waitForRequests(2)
        stack.gateway.send(signal: SIGTERM)
        #expect(idle.peerCloses(within: .seconds(2)))
        // The loops stop listening one after the other.
        let end = ContinuousClock.now + .seconds(2)
        while ContinuousClock.now < end, (try? TestHTTPClient(port: stack.port)) != nil {}
        #expect(throws: SocketError.self) { try TestHTTPClient(port: stack.port) }
        let answer = try unary.response()
        #expect(answer.status == 200)
        #expect(answer.field("connection") == "close")
        let events = try stream.response().events
        #expect(content(events) == "Hello from the fake.")
        #expect(events.last?.data == "[DONE]")
        #expect(stack.gateway.waitForExit() == .status(0))
        #expect(stack.gateway.output.contains(#""message":"stopped","cut_connections":0"#))
    }

    @Test func aSecondSignalMeansAtOnce() throws {
        let stack = try Stack(Config.usual)
        let client = try TestHTTPClient(port: stack.port)
        try client.post("/v1/chat/completions", chat("openrouter/fault/never-answers"), key: Stack.masterKey)
        stack.fake.waitForRequests(1)
        stack.gateway.send(signal: SIGTERM)
        #expect(stack.gateway.waitForOutput("stopping"))
        stack.gateway.send(signal: SIGINT)
        #expect(stack.gateway.waitForExit(timeout: .seconds(5)) == .status(0))
    }
}
