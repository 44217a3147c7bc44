import ConfigFile
import JSONText
import Model
import Testing

@Suite struct EnvironmentTests {
    @Test func referencesAreResolvedWhereATypedValueIsWanted() throws {
        let loaded = load(
            entry(
                """
                api_key: os.environ/KEY
                api_base: os.environ/BASE
                timeout: os.environ/SECONDS
                rpm: os.environ/RPM
                drop_params: os.environ/FLAG
                tags: [os.environ/TAG, plain]
                ssl_verify: os.environ/FLAG
                """),
            [
                "KEY": "k", "BASE": "https://h/v1", "SECONDS": " 30 ", "RPM": "6e1", "FLAG": "True", "TAG": "eu",
            ])
        #expect(loaded.texts == [])
        let params = try #require(loaded.config.models.first?.params)
        #expect(params.apiKey == SecretReference(variable: "KEY", secret: Secret("k")))
        #expect(params.apiBase == "https://h/v1")
        #expect(params.timeout == .seconds(30))
        #expect(params.requestsPerMinute == 60)
        #expect(params.dropParams == true)
        #expect(params.tags == ["eu", "plain"])
        #expect(params.sslVerify == .system)
    }

    @Test func freeFormPartsResolveAsLiteLLMDoes() throws {
        let text = """
            extra_body:
              a: os.environ/A
              list: [os.environ/A, {b: os.environ/A}]
              flag: os.environ/FLAG
              number: os.environ/NUMBER
              missing: os.environ/MISSING
              middle: x os.environ/A
            temperature: os.environ/NUMBER
            """
        let loaded = load(entry(text), ["A": "x", "FLAG": "FALSE", "NUMBER": "1"])
        let params = try #require(loaded.config.models.first?.params)
        #expect(
            params.extraBody == [
                .init("a", .string("x")),
                .init("list", .array([.string("os.environ/A"), .object([.init("b", .string("x"))])])),
                .init("flag", .bool(false)), .init("number", .string("1")), .init("missing", .null),
                .init("middle", .string("x os.environ/A")),
            ])
        #expect(params.defaults == [.init("temperature", .string("1"))])
        #expect(
            loaded.texts == [
                "warning config.yaml:10: model_list[0].litellm_params.extra_body.missing: the environment variable MISSING is not set; used by `m`"
            ])
    }

    @Test func theFilesOwnVariablesWinOverTheProcesss() {
        let loaded = load(
            """
            general_settings: {master_key: os.environ/KEY, database_url: os.environ/URL}
            environment_variables:
              KEY: from the file
              COPY: os.environ/OUTSIDE
              URL: os.environ/COPY
              PORT: 6379
              LOST: os.environ/NOWHERE
            router_settings: {redis_port: os.environ/PORT}
            """, ["KEY": "from outside", "OUTSIDE": "o"])
        #expect(
            loaded.texts == [
                "warning config.yaml:7: environment_variables.LOST: the environment variable NOWHERE is not set"
            ])
        #expect(loaded.config.general.masterKey == SecretReference(variable: "KEY", secret: Secret("from the file")))
        #expect(loaded.config.general.databaseURL == SecretReference(variable: "URL", secret: Secret("o")))
        #expect(loaded.config.router.redisPort == 6379)
        #expect(loaded.config.environment.map(\.name) == ["KEY", "COPY", "URL", "PORT"])
    }

    @Test func missingVariablesAreListedWithTheModelsThatWantThem() {
        let loaded = load(
            """
            model_list:
              - model_name: a
                litellm_params: {model: openai/a, api_key: os.environ/K}
              - model_name: b
                litellm_params: {model: openai/b, api_key: os.environ/K, extra_headers: {x-team: os.environ/EMPTY}}
              - model_name: a
                litellm_params: {model: openai/a2, api_key: os.environ/K}
            """, ["EMPTY": ""])
        #expect(
            loaded.texts == [
                "warning config.yaml:3: model_list[0].litellm_params.api_key: the environment variable K is not set; used by `a`, `b`",
                "warning config.yaml:5: model_list[1].litellm_params.extra_headers.x-team: the environment variable EMPTY is not set; used by `b`",
            ])
        #expect(loaded.missingVariables.map(\.name) == ["K", "EMPTY"])
        #expect(loaded.missingVariables.first?.models == ["a", "b"])
        #expect(loaded.missingVariables.first?.usedBy.map(\.location.line) == [3, 5, 7])
        #expect(
            loaded.config.models.map(\.params.apiKey)
                == Array(repeating: SecretReference(variable: "K", secret: nil), count: 3))
    }

    @Test func variablesThatStandInForKeys() {
        let variables = [
            "LITELLM_MASTER_KEY": "mk", "DATABASE_URL": "db", "LITELLM_DROP_PARAMS": "true", "REQUEST_TIMEOUT": "77",
            "DEFAULT_COOLDOWN_TIME_SECONDS": "9", "ROUTER_MAX_FALLBACKS": "3", "STORE_MODEL_IN_DB": "True",
            "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",
        ]
        for text in ["model_list: []", "model_list: []\ngeneral_settings:\nlitellm_settings: {}\nrouter_settings: {}"] {
            let config = load(text, variables).config
            #expect(config.general.masterKey == SecretReference(variable: "LITELLM_MASTER_KEY", secret: Secret("mk")))
            #expect(config.general.databaseURL == SecretReference(variable: "DATABASE_URL", secret: Secret("db")))
            #expect(config.general.storeModelInDB)
            #expect(config.general.permitWeakMasterKey)
            #expect(config.litellm.dropParams)
            #expect(config.litellm.requestTimeout == .seconds(77))
            #expect(config.router.cooldownTime == .seconds(9))
            #expect(config.router.maxFallbacks == 3)
        }
        let config = load("general_settings: {master_key: file}\nlitellm_settings: {drop_params: false}", variables)
            .config
        #expect(config.general.masterKey == SecretReference(variable: nil, secret: Secret("file")))
        #expect(!config.litellm.dropParams)
    }

    /// Files, shells and secret stores leave line feeds behind, which no header could carry.
    @Test func keysLoseTheBlanksAtTheirEnds() {
        let loaded = load(
            """
            model_list:
              - model_name: m
                litellm_params:
                  model: "openai/m "
                  api_key: os.environ/K
                  api_base: os.environ/B
                  extra_headers: {x-key: os.environ/K, x-own: " v "}
              - model_name: n
                litellm_params:
                  model: openai/n
                  api_key: |
                    literal
            general_settings: {master_key: os.environ/M, database_url: " u "}
            router_settings: {redis_password: os.environ/K, retry_after: os.environ/N}
            environment_variables: {K: "k\\n", N: " 3\\n"}
            """, ["B": " http://127.0.0.1:1/v1\r\n", "M": "\tsk-m\n\n"])
        #expect(loaded.texts == [])
        let params = loaded.config.models.map(\.params)
        #expect(params.map(\.apiKey?.secret) == [Secret("k"), Secret("literal")])
        #expect(params.first?.model == "openai/m")
        #expect(params.first?.apiBase == "http://127.0.0.1:1/v1")
        #expect(params.first?.extraHeaders.map(\.value.secret) == [Secret("k"), Secret("v")])
        #expect(loaded.config.general.masterKey?.secret == Secret("sk-m"))
        #expect(loaded.config.general.databaseURL?.secret == Secret("u"))
        #expect(loaded.config.router.redisPassword?.secret == Secret("k"))
        #expect(loaded.config.router.retryAfter == .seconds(3))
        #expect(load("model_list: []", ["LITELLM_MASTER_KEY": "k\n"]).config.general.masterKey?.secret == Secret("k"))
        #expect(load("model_list: []", ["LITELLM_MASTER_KEY": " \n"]).config.general.masterKey == nil)
    }

    @Test func aMasterKeyThatIsAskedForAndNotThereNeverMeansNone() {
        for text in ["os.environ/NOT_SET", "''", "' '", "[a]", "yes", "os.environ/", #""a\nb""#] {
            let loaded = load("general_settings:\n  master_key: \(text)", ["LITELLM_MASTER_KEY": "other"])
            #expect(loaded.hasErrors, "\(text)")
            #expect(loaded.isFatal, "\(text)")
            #expect(loaded.config.general.masterKey != nil, "\(text)")
        }
        #expect(
            load("general_settings:\n  master_key:\n", ["LITELLM_MASTER_KEY": "k"]).config.general.masterKey?.secret
                != nil)
        #expect(load("general_settings:\n  master_key:\n").config.general.masterKey == nil)
        #expect(load("model_list: []", ["LITELLM_MASTER_KEY": ""]).config.general.masterKey == nil)
    }
}
