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

    @Test func userAndPasswordAreNoKey() throws {
        // `user:` and the right key, as curl's -u sends them.
        let answer = try stack().get("/v1/models", key: nil, [WireField("Authorization", "Basic dXNlcjpzay0xMjM0")])
        #expect(answer.status == 401)
        #expect(
            answer.errorMessage
                == "The API key is not valid for this gateway. It came with the scheme `Basic`, as user and password do; send "
                + "`Authorization: Bearer <key>`.")
    }

    /// The key came, and not where it is looked for.
    @Test(arguments: [
        ("/v1/models", "OpenAI-API-Key", "'openai-api-key' is none"),
        ("/v1/models", "X-Auth-Token", "'x-auth-token' is none"),
        ("/v1/models", "Proxy-Authorization", "'proxy-authorization' is none"),
        ("/v1/models?key=\(Stack.masterKey)", "Accept", "A key in the URL is not looked at"),
        ("/v1/models?a=1&API_KEY=x", "Idempotency-Key", "A key in the URL is not looked at"),
        ("/v1/models?model=key", "X-CSRF-Token", "No API key was sent. Send"),
        ("/v1/models", "Sec-WebSocket-Key", "No API key was sent. Send"),
    ])
    func aKeyInAnotherPlaceIsTold(_ path: String, _ field: String, _ sentence: String) throws {
        let answer = try stack().get(path, key: nil, [WireField(field, Stack.masterKey)])
        #expect(answer.status == 401)
        #expect(answer.errorCode == "missing_api_key")
        #expect(answer.errorMessage?.contains(sentence) == true)
        #expect(answer.errorMessage?.contains("Send `Authorization: Bearer <key>`") == true)
        #expect(!answer.text.contains(Stack.masterKey))
    }

    /// A base URL alone, and one that ends with the path of a list.
    @Test func aWrongMethodIsAnsweredWithThePathThatIsMeant() throws {
        for path in ["/", "/v1", "/v1/", "/v1/models/chat/completions", "/models/chat/completions"] {
            let answer = try stack().post(path, chat("mymodel"))
            #expect(answer.status == 405)
            #expect(answer.field("allow") == "GET")
            #expect(answer.errorMessage?.hasSuffix("use GET. Did you mean /v1/chat/completions?") == true)
        }
        #expect(try stack().post("/v1/models", "{}").errorMessage == "POST is not allowed for /v1/models; use GET.")
        let icon = try stack().get("/favicon.png")
        #expect(icon.errorMessage == "Unknown request URL: GET /favicon.png. Did you mean /favicon.ico?")
    }

    @Test func theLogTellsTheEndOfARefusedKey() throws {
        let answer = try stack().get("/v1/models", key: Secrets.wrong)
        #expect(try stack().requestLine(answer)["detail"]?.string == "from 127.0.0.1, key …cdef")
        let foreign = try stack().get("/v1/models", key: "sk-or-v1-0123456789abcdef")
        #expect(foreign.errorMessage?.contains("It looks like a key of OpenRouter") == true)
        #expect(!foreign.text.contains("abcdef"))
    }
}

/// Somebody who mixes up what belongs where does not read a key again, in a body, a field or the log.
@Suite(.serialized, .gateway(Config.withNamesLikeKeys)) struct MisplacedKeys {
    static let keys = [
        Stack.masterKey, "sk-or-v1-0123456789abcdef", "AKIAIOSFODNN7EXAMPLE",
        "ghp_0123456789abcdefghijABCDEFGHIJ012345",
        "xai-abcdefghijklmnopqrst", "gsk_abcdefghijklmnopqrstuvwxyz", "AIzaSyD-0123456789abcdefghijklmnopqrstu",
        "0123456789abcdef0123456789abcdef", "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "550e8400-e29b-41d4-a716-446655440000",
    ]

    @Test(arguments: keys)
    func areNotEchoed(_ key: String) throws {
        let stack = try stack()
        let answers = [
            try stack.post("/chat/completions", chat(key)),
            try stack.post("/chat/completions", chat(key, ",\"stream\":true")),
            try stack.post("/v1/responses", responses(key)), try stack.post("/v1/completions", chat(key)),
            try stack.post("/v1/embeddings", responses(key)), try stack.get("/\(key)"),
            try stack.post("/v1/\(key)", "{}"),
            try stack.get("/v1/files/\(key)"), try stack.get("/v1/models/\(key)"),
            try stack.get("/v1/route?model=\(key)"),
            try stack.get("/health?model=\(key)"), try stack.get("/health?model_id=\(key)"),
            try stack.post("/openai/deployments/\(key)/chat/completions", chat("x")),
            try stack.post("/engines/\(key)/embeddings", responses("x")), try stack.post("/v1/models/\(key)", "{}"),
            try stack.post("/chat/completions", chat("mymodel", ",\"fallbacks\":[\"\(key)\"]")),
            try stack.post("/chat/completions", chat("openrouter/\(key)")),
            try stack.post("/v1/responses", responses("openrouter/vendor/\(key)")),
            try stack.get("/v1/route?model=openrouter/\(key)"), try stack.get("/v1/models/openrouter/\(key)"),
            try stack.get("/health?model=openrouter/\(key)"), try stack.get("/router/cooldowns"),
        ]
        for answer in answers {
            #expect(!answer.text.contains(key))
            for field in answer.fields { #expect(!field.value.contains(key), "\(field.name)") }
            #expect(stack.gateway.waitForOutput(try #require(answer.field("x-request-id"))))
        }
        #expect(!stack.gateway.output.contains(key))
    }

    /// The credential of the same request, whatever it looks like.
    @Test(arguments: ["hunter2-Tr0ub4dor", "correct.horse.battery.staple", "swordfish"])
    func norIsTheCredentialOfTheRequest(_ key: String) throws {
        for field in ["Authorization": "Bearer \(key)", "api-key": key, "x-api-key": "\"\(key)\""] {
            let fields = [WireField(field.key, field.value)]
            let answers = [
                try stack().get("/v1/\(key)", key: nil, fields), try stack().get("/v1/models/\(key)", key: nil, fields),
                try stack().post("/v1/\(key)", chat("x"), key: nil, fields),
            ]
            for answer in answers {
                #expect(!answer.text.contains(key))
                #expect(!"\(try stack().requestLine(answer))".contains(key))
            }
        }
    }

    /// The wildcard's upstream does not know the key as a model, and a fallback answers.
    @Test(arguments: ["", ",\"stream\":true"]) func norIsOneThatAFallbackAnswersFor(_ more: String) throws {
        let key = "d41d8cd98f00b204e9800998ecf8427e"
        let fallbacks = ",\"fallbacks\":[\"mymodel\"]"
        let answer = try stack().post("/v1/chat/completions", chat("openrouter/\(key)", fallbacks + more))
        #expect(answer.status == 200)
        #expect(answer.field("x-litellm-attempted-fallbacks") == "1")
        for field in answer.fields { #expect(!field.value.contains(key), "\(field.name)") }
        #expect(!"\(try stack().requestLine(answer))".contains(key))
    }

    /// What the configuration calls so is a name, and a sentence keeps its end.
    @Test func namesAreTold() throws {
        for name in [Config.nameLikeAKey, Config.idLikeAKey] {
            let (answer, upstream) = try stack().exchange("/chat/completions", chat(name))
            #expect(answer.status == 200)
            #expect(answer.json?["model"]?.string == name)
            #expect(answer.field("x-litellm-model-group") == name)
            #expect(upstream?.json?["model"]?.string == "openai/gpt-4o")
            #expect(try stack().requestLine(answer)["model"]?.string == name)
            #expect(try stack().get("/v1/route?model=\(name)").text.contains(name))
        }
        let refused = try stack().post("/chat/completions", chat(Config.nameLikeAKey, ",\"stream\":7"))
        #expect(refused.status == 400)
        let unknown = try stack().post("/chat/completions", chat("meta-llama/Llama-3.3-70B-Instruct"))
        #expect(unknown.errorMessage?.contains("'meta-llama/Llama-3.3-70B-Instruct'") == true)
        let path = try stack().post("/AKIAIOSFODNN7EXAMPLE", "{}")
        #expect(path.errorMessage == "Unknown request URL: POST /[redacted]. GET /routes lists what there is.")
        let model = try stack().post("/chat/completions", chat("AKIAIOSFODNN7EXAMPLE"))
        #expect(
            model.errorMessage
                == "The model '[redacted]' does not exist on this gateway. GET /v1/models lists what there is.")
        #expect(model.field("x-litellm-model-group") == "[redacted]")
    }
}

extension Config {
    static let nameLikeAKey = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    static let idLikeAKey = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"

    static let withNamesLikeKeys = """
        model_list:
          - model_name: openrouter/*
            litellm_params:
              model: openrouter/*
              api_base: {fake}
              api_key: os.environ/OPEN_ROUTER_API_KEY
          - model_name: mymodel
            litellm_params:
              model: openrouter/openai/gpt-4o
              api_key: os.environ/OPEN_ROUTER_API_KEY
          - model_name: \(nameLikeAKey)
            litellm_params:
              model: openrouter/openai/gpt-4o
              api_key: os.environ/OPEN_ROUTER_API_KEY
            model_info:
              id: \(idLikeAKey)
        \(once)
        """
}
