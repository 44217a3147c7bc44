import TestSupport
import Testing

extension Config {
    static let admin = """
        model_list:
          - model_name: openrouter/*
            litellm_params:
              model: openrouter/*
              api_key: os.environ/OPEN_ROUTER_API_KEY
          - model_name: mymodel
            litellm_params:
              model: openrouter/openai/gpt-4o
              api_key: \(Stack.providerKey)
              extra_headers: {X-Token: team-secret-0123456789}
              input_cost_per_token: 0.0000025
              output_cost_per_token: 0.00001
            model_info: {id: my-id, mode: chat, max_input_tokens: 128000, max_output_tokens: 16384, note: mine}
          - model_name: team/broken
            litellm_params:
              model: openrouter/fault/502
              api_key: os.environ/OPEN_ROUTER_API_KEY
            model_info: {id: broken-id}
          - model_name: embedder
            litellm_params:
              model: openrouter/openai/text-embedding-3-small
              api_key: os.environ/OPEN_ROUTER_API_KEY
            model_info: {id: embedder-id, mode: embedding}
        router_settings:
          num_retries: 0
          disable_cooldowns: true
          model_group_alias:
            shown: mymodel
            unseen: {model: mymodel, hidden: true}
        """
}

/// Everything that is no inference.
@Suite(.serialized, .gateway(Config.admin)) struct Admin {
    @Test func modelsAreListed() throws {
        for path in ["/v1/models", "/models", "/v1/models/", "/openai/v1/models", "/api/v1/models"] {
            let list = try stack().get(path)
            #expect(list.status == 200)
            let rows = try #require(list.json?["data"]?.array)
            #expect(
                rows.compactMap { $0["id"]?.string } == ["openrouter/*", "mymodel", "team/broken", "embedder", "shown"])
            #expect(list.json?["object"]?.string == "list")
            for row in rows {
                #expect(row["object"]?.string == "model")
                #expect(row["created"]?.int == 1_677_610_602)
                #expect(row["owned_by"]?.string == "openrouter")
            }
            #expect(rows[0]["wildcard"]?.bool == true)
            #expect(rows[1]["wildcard"] == nil)
            #expect(rows[1]["context_length"]?.int == 128_000)
            #expect(rows[1]["pricing"] == TestJSON(#"{"prompt":"0.0000025","completion":"0.00001"}"#))
            #expect(rows[4]["alias_of"]?.string == "mymodel")
        }
    }

    @Test(arguments: [
        "mymodel", "shown", "unseen", "team/broken", "team%2Fbroken", "openrouter/openai/gpt-4o",
        "openrouter%2Fopenai%2Fgpt-4o",
    ])
    func oneModelIsShownUnderItsName(_ name: String) throws {
        for path in ["/v1/models/", "/models/"] {
            let answer = try stack().get(path + name)
            #expect(answer.status == 200)
            #expect(answer.json?["id"]?.string == name.replacing("%2F", with: "/"))
            #expect(answer.json?["object"]?.string == "model")
        }
    }

    @Test func anUnknownModelIsNotFound() throws {
        let answer = try stack().get("/v1/models/nope")
        #expect(answer.status == 404)
        #expect(answer.errorCode == "model_not_found")
        // An encoded slash counts as part of a name, and nowhere else.
        #expect(try stack().get("/v1%2Fmodels").status == 400)
        #expect(try stack().get("/v1%2Fmodels/mymodel").status == 400)
        #expect(try stack().get("/v1/models%2Fmymodel").status == 400)
        #expect(try stack().get("/v1/models/a%2F..%2Fb").status == 400)
    }

    @Test func hiddenAliasesCanBeCalled() throws {
        let (answer, upstream) = try stack().exchange("/v1/chat/completions", chat("unseen"))
        #expect(answer.json?["model"]?.string == "unseen")
        #expect(upstream?.model == "openai/gpt-4o")
    }

    @Test func modelInfoHasEverythingButKeys() throws {
        for path in ["/model/info", "/v1/model/info"] {
            let answer = try stack().get(path)
            #expect(answer.status == 200)
            let rows = try #require(answer.json?["data"]?.array)
            #expect(
                rows.compactMap { $0["model_name"]?.string }
                    == ["openrouter/*", "mymodel", "team/broken", "embedder", "shown"])
            #expect(rows[4]["model_info"]?["id"]?.string == "my-id")
            let mine = rows[1]
            #expect(mine["model_info"]?["id"]?.string == "my-id")
            #expect(mine["model_info"]?["note"]?.string == "mine")
            #expect(mine["model_info"]?["litellm_provider"]?.string == "openrouter")
            #expect(mine["litellm_params"]?["model"]?.string == "openrouter/openai/gpt-4o")
            #expect(mine["litellm_params"]?["api_key"] == nil)
            #expect(!answer.text.contains(Stack.providerKey))
            #expect(!answer.text.contains("team-secret"))
        }
    }

    @Test func healthCallsEveryDeployment() throws {
        let stack = try stack()
        stack.fake.forgetRequests()
        let answer = try stack.get("/health")
        #expect(answer.status == 200)
        let json = try #require(answer.json)
        #expect(json["healthy_count"]?.int == 2)
        #expect(json["unhealthy_count"]?.int == 1)
        #expect(json["unchecked_count"]?.int == 1)
        #expect(
            Set(json["healthy_endpoints"]?.array?.compactMap { $0["model_id"]?.string } ?? []) == [
                "my-id", "embedder-id",
            ])
        let bad = json["unhealthy_endpoints"]?[0]
        #expect(bad?["model_id"]?.string == "broken-id")
        #expect(bad?["error"]?.string == "Provider returned error")
        #expect(bad?["exception_status"]?.int == 502)
        #expect(json["unchecked_endpoints"]?[0]?["model_name"]?.string == "openrouter/*")
        // What a real request would send.
        #expect(
            Set(stack.fake.requests.compactMap(\.model)) == [
                "openai/gpt-4o", "fault/502", "openai/text-embedding-3-small",
            ])
        #expect(
            stack.fake.requests.first { $0.model == "openai/text-embedding-3-small" }?.target == "/api/v1/embeddings")
        #expect(!answer.text.contains(Stack.providerKey))
    }

    @Test func healthCanBeAskedForOneModel() throws {
        let stack = try stack()
        for (query, ids) in [("model=mymodel", ["my-id"]), ("model_id=embedder-id", ["embedder-id"])] {
            let answer = try stack.get("/health?\(query)")
            #expect(answer.json?["healthy_endpoints"]?.array?.compactMap { $0["model_id"]?.string } == ids)
            #expect(answer.json?["unhealthy_count"]?.int == 0)
        }
        #expect(try stack.get("/health?model=nope").status == 404)
    }

    @Test func livenessAndReadinessNeedNoKey() throws {
        for path in ["/health/liveliness", "/health/liveness"] {
            let answer = try stack().get(path, key: nil)
            #expect(answer.status == 200)
            #expect(answer.text == "\"I'm alive!\"")
        }
        let ready = try stack().get("/health/readiness", key: nil)
        #expect(ready.status == 200)
        #expect(ready.json?["status"]?.string == "healthy")
        #expect(ready.json?["db"]?.string == "Not connected")
    }

    @Test func theFrontPageAndTheRoutes() throws {
        let page = try stack().get("/", key: nil)
        #expect(page.status == 200)
        #expect(page.field("content-type") == "text/html; charset=utf-8")
        #expect(page.field("content-security-policy")?.hasPrefix("default-src 'none'") == true)
        #expect(page.field("x-content-type-options") == "nosniff")
        #expect(page.text.contains("/v1/models"))
        #expect(page.text.contains("It wants a key of its own"))
        #expect(!page.text.contains("mymodel"))
        #expect(!page.text.contains("<script"))
        #expect(try stack().get("/favicon.ico", key: nil).field("content-type") == "image/svg+xml")
        let browser = WireField("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
        let table = try stack().get("/routes", key: nil, [browser])
        #expect(table.field("content-type") == "text/html; charset=utf-8")
        #expect(table.text.contains("<code>/v1/chat/completions</code>"))
        #expect(page.text.contains("<a href=\"/routes\">"))
        let list = try stack().get("/routes", key: nil)
        #expect(list.field("content-type") == "application/json")
        let fake = try stack().fake.baseURL
        for text in [table.text, list.text] {
            #expect(!text.contains("mymodel") && !text.contains(fake))
        }
        let routes = try #require(list.json?["routes"]?.array)
        let paths = routes.flatMap { $0["paths"]?.array?.compactMap(\.string) ?? [] }
        for path in ["/chat/completions", "/v1/chat/completions", "/v1/responses", "/v1/models/{model}", "/health"] {
            #expect(paths.contains(path))
        }
        let open = routes.filter { $0["needs_key"]?.bool == false }.compactMap { $0["paths"]?[0]?.string }
        #expect(
            open == ["/routes", "/", "/favicon.ico", "/health/liveliness", "/health/liveness", "/health/readiness"])
    }

    // MARK: why a request goes where it goes

    static let trail = "shown>mymodel>openrouter:openai/gpt-4o"

    @Test func theRouteIsTheSameInTheHeaderTheEndpointAndTheCommand() throws {
        let stack = try stack()
        for (path, body, endpoint) in [
            ("/v1/chat/completions", chat("shown"), "chat/completions"),
            ("/v1/chat/completions", chat("shown", ",\"stream\":true"), "chat/completions"),
            ("/v1/responses", responses("shown"), "responses"),
        ] {
            let (answer, upstream) = try stack.exchange(path, body)
            #expect(answer.field("x-penstock-route") == Self.trail)
            #expect(answer.field("x-litellm-model-id") == "my-id")
            #expect(answer.field("x-litellm-model-group") == "shown")
            #expect(answer.field("x-litellm-call-id") == answer.field("x-request-id"))
            let told = try #require(try stack.get("/v1/route?model=shown&endpoint=\(endpoint)").json)
            let deployment = told["deployments"]?[0]
            #expect(told["route"]?.string == Self.trail)
            #expect(told["group"]?.string == "mymodel")
            #expect(deployment?["id"]?.string == "my-id")
            #expect(deployment?["model"]?.string == upstream?.model)
            #expect(deployment?["url"]?.string == "http://127.0.0.1:\(stack.fake.port)\(upstream?.target ?? "")")
            #expect(deployment?["key"] == TestJSON(#"{"source":"configuration","set":true}"#))
            let (exit, output) = try runToItsEnd(
                ["explain", "shown", "--config", "{config}", "--endpoint", endpoint, "--json"], config: Config.admin,
                environment: ["OPENROUTER_API_BASE": stack.fake.baseURL])
            #expect(exit == .status(0))
            #expect(TestJSON(output) == told)
            #expect(!output.contains(Stack.providerKey))
        }
        let wildcard = try stack.get("/route?model=openrouter%2Fopenrouter%2Ffree")
        #expect(
            wildcard.json?["route"]?.string == "openrouter/openrouter/free>openrouter/*>openrouter:openrouter/free")
        #expect(
            wildcard.json?["deployments"]?[0]?["key"]
                == TestJSON(#"{"source":"environment","variable":"OPEN_ROUTER_API_KEY","set":true}"#))
        #expect(try stack.get("/v1/route?model=nope").status == 404)
        #expect(try stack.get("/v1/route").errorCode == "missing_required_parameter")
        #expect(try stack.get("/v1/route?model=shown&endpoint=x").status == 400)
    }

    @Test func explainSpeaksToPeople() throws {
        let stack = try stack()
        let (exit, output) = try runToItsEnd(
            ["explain", "openrouter/openrouter/free", "--config", "{config}"], config: Config.admin,
            environment: ["OPENROUTER_API_BASE": stack.fake.baseURL, "OPEN_ROUTER_API_KEY": Stack.providerKey])
        #expect(exit == .status(0))
        let lines = output.split(separator: "\n").map(String.init)
        #expect(lines.first == "openrouter/openrouter/free on /v1/chat/completions")
        #expect(lines.contains("  wildcard `openrouter/*` matches, * = `openrouter/free`"))
        #expect(lines.contains("  -> openrouter: openrouter/free"))
        #expect(lines.contains("     url         \(stack.fake.baseURL)/chat/completions"))
        #expect(lines.contains("     key         variable OPEN_ROUTER_API_KEY (set)"))
        #expect(!output.contains(Stack.providerKey))
        let unknown = try runToItsEnd(["explain", "mymodle", "--config", "{config}"], config: Config.admin)
        #expect(unknown.exit == .status(4))
        #expect(unknown.output == "penstock: no model `mymodle` (did you mean `mymodel`?)\n")
    }
}

/// Without a master key everybody on this machine may call.
@Suite(.serialized, .gateway(masterKey: nil)) struct OpenGateway {
    @Test func noKeyIsAskedFor() throws {
        #expect(try stack().get("/v1/models", key: nil).status == 200)
        #expect(try stack().post("/v1/chat/completions", chat("mymodel"), key: nil).status == 200)
        #expect(try stack().post("/v1/chat/completions", chat("mymodel"), key: Secrets.wrong).status == 200)
    }
}

extension Config {
    static let ownHeader = """
        model_list:
          - model_name: mymodel
            litellm_params:
              model: openrouter/openai/gpt-4o
              api_key: os.environ/OPEN_ROUTER_API_KEY
          - model_name: wrong-path
            litellm_params:
              model: openai/gpt-4o
              api_base: {fake}/v2/
              api_key: os.environ/OPEN_ROUTER_API_KEY
        \(once)
        general_settings:
          litellm_key_header_name: X-Team-Key
        """
}

@Suite(.serialized, .gateway(Config.ownHeader)) struct OwnKeyHeader {
    @Test func theKeyMayStandInAFieldOfTheOperatorsChoice() throws {
        for (fields, status) in [
            ([WireField("x-team-key", "sk-1234")], 200), ([WireField("X-Team-Key", "Bearer sk-1234")], 200),
            ([WireField("X-Team-Key", Secrets.wrong)], 401),
            ([WireField("X-Team-Key", Secrets.wrong), WireField("Authorization", "Bearer sk-1234")], 401),
            ([WireField("Authorization", "Bearer sk-1234")], 200),
        ] {
            #expect(try stack().post("/v1/chat/completions", chat("mymodel"), key: nil, fields).status == status)
        }
    }

    @Test func anAddressThatIsNoneOfTheProvidersIsA404() throws {
        let (answer, upstream) = try stack().exchange("/v1/chat/completions", chat("wrong-path"))
        #expect(upstream?.target == "/api/v1/v2/chat/completions")
        #expect(answer.status == 404)
        #expect(answer.errorMessage == "Not Found")
        #expect(answer.json?["error"]?["provider"]?.string == "openai")
    }
}
