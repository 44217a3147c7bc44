import TestSupport
import Testing

/// What a client that knocks wrongly reads, and what the log says of it.
@Suite(.serialized, .gateway()) struct WrongDoor {
    @Test func aWrongPathIsAnsweredWithTheRightOne() throws {
        for path in ["/v1/v1/chat/completions", "//v1/chat/completions", "/chat/completion"] {
            let answer = try stack().post(path, chat("mymodel"))
            #expect(answer.status == 404)
            #expect(answer.errorCode == "unknown_url")
            #expect(answer.errorMessage?.contains("Did you mean /v1/chat/completions?") == true)
        }
        let images = try stack().post("/v1/images/generations", "{}", key: nil)
        #expect(images.status == 404)
        #expect(images.errorCode == "endpoint_not_supported")
        #expect(images.errorMessage?.contains("This path is OpenAI's, and this gateway does not serve it yet.") == true)
        let method = try stack().get("/v1/chat/completions")
        #expect(method.status == 405)
        #expect(method.field("allow") == "POST")
    }

    @Test func azuresClientsNameTheModelInTheBody() throws {
        let (answer, upstream) = try stack().exchange(
            "/openai/responses?api-version=2025-03-01-preview", responses("mymodel"), key: nil,
            [WireField("api-key", Stack.masterKey)])
        #expect(answer.status == 200)
        #expect(upstream?.target == "/api/v1/responses")
    }

    @Test(arguments: [("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}", "TLS"), ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2")])
    func bytesOfAnotherProtocolAreNamed(_ bytes: String, _ word: String) throws {
        let client = try TestHTTPClient(port: stack().port)
        try client.send(bytes)
        let answer = try client.response()
        #expect(answer.status == 400)
        #expect(answer.errorMessage?.contains(word) == true)
        #expect(try stack().gateway.waitForOutput("this looks like \(word);"))
    }

    @Test func aMissingBearerIsSaid() throws {
        for value in [Stack.masterKey, "Token \(Stack.masterKey)", "Bearer"] {
            let answer = try stack().get("/v1/models", key: nil, [WireField("Authorization", value)])
            #expect(answer.status == 401)
            #expect(answer.errorMessage?.contains("needs the form `Bearer <key>`") == true)
            #expect(answer.field("www-authenticate") == "Bearer")
        }
    }

    @Test func theLogTellsTheEndOfARefusedKey() throws {
        let answer = try stack().get("/v1/models", key: Secrets.wrong)
        #expect(try stack().requestLine(answer)["detail"]?.string == "from 127.0.0.1, key …cdef")
        let foreign = try stack().get("/v1/models", key: "sk-or-v1-0123456789abcdef")
        #expect(foreign.errorMessage?.contains("It looks like a key of OpenRouter") == true)
        #expect(!foreign.text.contains("abcdef"))
    }

    /// Somebody who mixes up what belongs where does not read a key again, in a body, a field or the log.
    @Test(arguments: [Stack.masterKey, "sk-or-v1-0123456789abcdef"])
    func aKeyInTheWrongPlaceIsNotEchoed(_ key: String) throws {
        let answers = [
            try stack().post("/chat/completions", chat(key)), try stack().post("/v1/responses", responses(key)),
            try stack().get("/\(key)"), try stack().get("/v1/models/\(key)"), try stack().get("/v1/route?model=\(key)"),
            try stack().post("/openai/deployments/\(key)/chat/completions", chat("x")),
        ]
        for answer in answers {
            #expect(answer.status == 404)
            #expect(!answer.text.contains(key))
            for field in answer.fields { #expect(!field.value.contains(key), "\(field.name)") }
            #expect(!"\(try stack().requestLine(answer))".contains(key))
        }
    }
}
