import ConfigFile
import JSONText
import Model
import Testing

/// Each mistake that a file can hold, with the whole text that its owner reads.
@Suite struct IssueTests {
    /// What is known about a key is worked out once, and still said for every entry.
    @Test func aMistakeThatEntriesShareIsReportedForEach() {
        let loaded = load(
            """
            model_list:
              - {model_name: a, litellm_params: {model: openai/a, temprature: 1, api_base: x}, modle_info: {}}
              - {model_name: b, litellm_params: {model: openai/b, temprature: 1, api_base: x}, modle_info: {}}
            """)
        let texts = loaded.texts
        #expect(texts.count == 6)
        for (index, line) in [(0, 2), (1, 3)] {
            let place = "config.yaml:\(line): model_list[\(index)]"
            #expect(texts.contains("warning \(place).modle_info: unknown key; did you mean `model_info`?"))
            #expect(
                texts.contains { $0.hasPrefix("warning \(place).litellm_params.temprature: unknown key, not sent") })
            #expect(texts.contains { $0.hasPrefix("error \(place).litellm_params.api_base: must be an http") })
        }
    }

    typealias Case = (rule: String, file: String, issues: [String])

    private static let p = "config.yaml:5: model_list[0].litellm_params."

    static let params: [Case] = [
        ("negative timeout", "timeout: -1", ["error \(p)timeout: must be a number of seconds above 0"]),
        ("timeout 0", "timeout: 0", ["error \(p)timeout: must be a number of seconds above 0"]),
        ("timeout in words", "timeout: soon", ["error \(p)timeout: must be a number of seconds above 0"]),
        ("timeout nan", "timeout: .nan", ["error \(p)timeout: must be a number of seconds above 0"]),
        ("timeout list", "timeout: [1]", ["error \(p)timeout: must be a number of seconds above 0"]),
        ("hexadecimal float", "timeout: '0x1p3'", ["error \(p)timeout: must be a number of seconds above 0"]),
        ("negative cooldown", "cooldown_time: -1", ["error \(p)cooldown_time: must be a number of seconds, 0 or more"]),
        ("negative rpm", "rpm: -5", ["error \(p)rpm: must be a whole number, 0 or more"]),
        ("half an rpm", "rpm: 1.5", ["error \(p)rpm: must be a whole number, 0 or more"]),
        ("huge rpm", "rpm: 99999999999999999999", ["error \(p)rpm: must be a whole number, 0 or more"]),
        (
            "no parallel requests", "max_parallel_requests: 0",
            ["error \(p)max_parallel_requests: must be a whole number, 1 or more"]
        ),
        ("too many retries", "num_retries: 101", ["error \(p)num_retries: must be a whole number from 0 to 100"]),
        ("order in words", "order: first", ["error \(p)order: must be a whole number"]),
        (
            "negative price", "input_cost_per_token: -1e-6",
            ["error \(p)input_cost_per_token: must be a number, 0 or more"]
        ),
        ("flag in words", "drop_params: maybe", ["error \(p)drop_params: must be true or false"]),
        ("flag as a number", "drop_params: 1", ["error \(p)drop_params: must be true or false"]),
        ("key is a mapping", "api_key: {a: b}", ["error \(p)api_key: must be a string"]),
        ("key is a flag", "api_key: yes", ["error \(p)api_key: must be a string; put it in quotes"]),
        (
            "key with a line end", #"api_key: "a\nb""#,
            ["error \(p)api_key: must hold no line ends or other control characters: it goes into a header"]
        ),
        ("organization is a flag", "organization: no", ["error \(p)organization: must be a string; put it in quotes"]),
        (
            "base without a scheme", "api_base: localhost:8000",
            [
                "error \(p)api_base: must be an http or https URL with a host, and without a user name, a password, `#` and blanks"
            ]
        ),
        (
            "base with a password", "base_url: https://u:hunter2@h/v1",
            [
                "error \(p)base_url: must be an http or https URL with a host, and without a user name, a password, `#` and blanks"
            ]
        ),
        (
            "header name", "extra_headers: {'a b': c}",
            ["error \(p)extra_headers.a b: is no name of a header (RFC 9110 §5.1)"]
        ),
        (
            "header value", #"headers: {a: "b\r\nc: d"}"#,
            ["error \(p)headers.a: must hold no line ends or other control characters (RFC 9110 §5.5)"]
        ),
        ("headers as a list", "headers: [a]", ["error \(p)headers: must be a mapping"]),
        ("body as a list", "extra_body: [a]", ["error \(p)extra_body: must be a mapping"]),
        ("tags with a mapping", "tags: [a, {b: c}]", ["error \(p)tags[1]: must be a string"]),
        ("tags as a mapping", "tags: {b: c}", ["error \(p)tags: must be a list of strings"]),
        ("tags with an empty one", "tags: ['']", ["error \(p)tags[0]: must be a string that is not empty"]),
        ("mock as a list", "mock_response: [a]", ["error \(p)mock_response: must be a string or a mapping"]),
        (
            "certificates", "ssl_verify: 3",
            ["error \(p)ssl_verify: must be true, false or the path of a file of certificates"]
        ),
        (
            "unknown credential", "litellm_credential_name: x",
            ["error \(p)litellm_credential_name: `credential_list` has no such name"]
        ),
        (
            "reference without a name", "api_base: os.environ/",
            ["error \(p)api_base: `os.environ/` lacks the name of a variable"]
        ),
        (
            "misspelt setting", "api_kye: k",
            [
                "warning \(p)api_kye: unknown key, not sent; did you mean `api_key`? (`extra_body` sends any key upstream)"
            ]
        ),
        (
            "misspelt parameter", "temprature: 1",
            [
                "warning \(p)temprature: unknown key, not sent; did you mean `temperature`? (`extra_body` sends any key upstream)"
            ]
        ),
        (
            "a secret that nobody asked for", "my_provider_password: k",
            ["warning \(p)my_provider_password: unknown key, not sent: by its name it is a secret"]
        ),
        (
            "a parameter of somebody's own", "frobnicate: 1",
            ["note \(p)frobnicate: no known key; sent upstream as a default of the request's body"]
        ),
        ("a body parameter", "temperature: 0.2\nmax_tokens: 5\nprovider: {order: [a]}", []),
        (
            "keys that do nothing here",
            "aws_region_name: x\nvertex_project: y\nitpm: 4\ncache_read_input_token_cost: 1", []
        ),
        ("nothing given", "timeout:\napi_key: ~\ntags: null", []),
        (
            "twice", "rpm: 1\nrpm: 2",
            [
                "warning config.yaml:6: model_list[0].litellm_params.rpm: is there twice, first in line 5; the last one counts"
            ]
        ),
    ]

    @Test(arguments: params) func mistakesInParams(_ c: Case) {
        let loaded = load(entry(c.file))
        #expect(loaded.texts == c.issues, "\(c.rule)")
        #expect(loaded.config.models.map(\.name) == ["m"], "the entry is read all the same")
    }

    static let entries: [Case] = [
        (
            "no name", "model_list:\n  - litellm_params: {model: a/b}",
            ["error config.yaml:2: model_list[0].model_name: must not be empty"]
        ),
        (
            "empty name", "model_list:\n  - model_name: ''\n    litellm_params: {model: a/b}",
            ["error config.yaml:2: model_list[0].model_name: must not be empty"]
        ),
        (
            "name is a list", "model_list:\n  - model_name: [a]\n    litellm_params: {model: a/b}",
            ["error config.yaml:2: model_list[0].model_name: must be a string"]
        ),
        (
            "name is a flag", "model_list:\n  - model_name: on\n    litellm_params: {model: a/b}",
            ["error config.yaml:2: model_list[0].model_name: must be a string; put it in quotes"]
        ),
        (
            "name with a line end", "model_list:\n  - model_name: \"a\\nb\"\n    litellm_params: {model: a/b}",
            ["error config.yaml:2: model_list[0].model_name: must hold no control characters"]
        ),
        (
            "no params", "model_list:\n  - model_name: a",
            ["error config.yaml:2: model_list[0].litellm_params: is missing; it says how the model is called"]
        ),
        (
            "params is a string", "model_list:\n  - model_name: a\n    litellm_params: b",
            ["error config.yaml:3: model_list[0].litellm_params: must be a mapping"]
        ),
        (
            "no model", "model_list:\n  - model_name: a\n    litellm_params: {rpm: 1}",
            ["error config.yaml:3: model_list[0].litellm_params.model: must not be empty; it is `provider/model-id`"]
        ),
        (
            "misspelt model", "model_list:\n  - model_name: a\n    litellm_params:\n      modle: b",
            [
                "error config.yaml:4: model_list[0].litellm_params.model: must not be empty; it is `provider/model-id`",
                "warning config.yaml:4: model_list[0].litellm_params.modle: unknown key, not sent; did you mean `model`? (`extra_body` sends any key upstream)",
            ]
        ),
        (
            "model is a list", "model_list:\n  - model_name: a\n    litellm_params: {model: [b]}",
            ["error config.yaml:3: model_list[0].litellm_params.model: must be a string"]
        ),
        ("entry is a string", "model_list:\n  - a", ["error config.yaml:2: model_list[0]: must be a mapping"]),
        (
            "all mistakes at once", "model_list:\n  - a\n  - litellm_params: {}\n",
            [
                "error config.yaml:2: model_list[0]: must be a mapping",
                "error config.yaml:3: model_list[1].model_name: must not be empty",
                "error config.yaml:3: model_list[1].litellm_params.model: must not be empty; it is `provider/model-id`",
            ]
        ),
        (
            "key beside the params", "model_list:\n  - model_name: a\n    api_key: k\n    litellm_params: b",
            [
                "error config.yaml:4: model_list[0].litellm_params: must be a mapping",
                "warning config.yaml:3: model_list[0].api_key: unknown key; it belongs to `model_list[].litellm_params`",
            ]
        ),
        (
            "info is a string", "model_list:\n  - model_name: a\n    litellm_params: b\n    model_info: c",
            ["error config.yaml:3: model_list[0].litellm_params: must be a mapping"]
        ),
    ]

    @Test(arguments: entries) func entriesThatAreLeftOut(_ c: Case) {
        let loaded = load(c.file + "\n  - model_name: good\n    litellm_params: {model: openai/good}\n")
        #expect(loaded.texts == c.issues, "\(c.rule)")
        let usable = loaded.config.models.filter(\.params.faults.isEmpty)
        #expect(usable.map(\.name) == ["good"], "the others are read all the same")
    }

    /// Without it a request would go to somebody else, or under another name: the entry is not called. Its name stays, so that
    /// no wildcard takes it.
    @Test(arguments: [
        ("api_key: [a]", ["api_key"]), ("api_key: yes", ["api_key"]), (#"api_key: "a\nb""#, ["api_key"]),
        ("api_base: localhost:8000", ["api_base"]), ("base_url: x", ["base_url"]), ("api_base: {a: b}", ["api_base"]),
        ("custom_llm_provider: [a]", ["custom_llm_provider"]), ("organization: {a: b}", ["organization"]),
        ("litellm_credential_name: x", ["litellm_credential_name"]), ("mock_response: [a]", ["mock_response"]),
        ("timeout: -1\nrpm: x\nextra_body: [a]\nssl_verify: 3\nheaders: {a b: c}", []),
    ])
    func aMistakeThatDecidesWhereARequestGoesCostsTheEntry(_ lines: String, _ faults: [String]) {
        let loaded = load(entry(lines))
        #expect(loaded.hasErrors)
        #expect(!loaded.isFatal)
        #expect(loaded.config.models.map(\.params.faults) == [faults])
        #expect(loaded.config.models.map(\.name) == ["m"])
    }

    /// What comes from a file of unknown content, or decides who may call, is nothing to go on without.
    @Test(arguments: [
        ("", true), ("- a", true), ("a: [", true), ("a: 1\n---\nb: 1", true), ("include: [gone.yaml]", true),
        ("include: gone.yaml", true), ("include: {a: b}", true), ("include: [[a]]", true),
        ("general_settings:\n  master_key: os.environ/NOT_SET", true), ("general_settings:\n  master_key: ''", true),
        ("general_settings:\n  master_key: [a]", true), ("general_settings:\n  master_key: ' '", true),
        ("general_settings: [a]", true), ("general_settings: {proxy: [a]}", true),
        ("general_settings: {max_connections: 0}", false), ("router_settings: []", false),
        ("router_settings: {routing_strategy: random}", false), ("model_list: {a: b}", false),
        ("litellm_settings: {callbacks: {a: b}}", false), ("model_list:\n  - a\n", false),
    ])
    func whatNothingCanBeServedAfter(_ file: String, _ isFatal: Bool) {
        let loaded = load(file)
        #expect(loaded.isFatal == isFatal, "\(loaded.texts)")
        #expect(loaded.hasErrors)
    }

    static let files: [Case] = [
        ("empty", "", ["error config.yaml: the file is empty"]),
        ("a comment", "# nothing\n", ["error config.yaml: the file is empty"]),
        ("a list", "- a", ["error config.yaml:1: must be a mapping with keys such as `model_list`"]),
        (
            "no YAML", "a: [",
            ["error config.yaml:2: did not find expected node content while parsing a flow node (column 1)"]
        ),
        (
            "a key that begins with *", "general_settings:\n  master_key: *Secret",
            [
                "error config.yaml:2: an alias (`*…`) without its anchor; put a text that begins with `*` in quotes (column 15)"
            ]
        ),
        (
            "two documents", "a: 1\n---\nb: 1",
            ["error config.yaml:2: a file holds one document; this `---` begins a second one (column 1)"]
        ),
        (
            "models as a mapping", "model_list: {a: b}",
            ["error config.yaml:1: model_list: must be a list of entries that begin with `- model_name:`"]
        ),
        (
            "settings as a list", "router_settings: []\ngeneral_settings: x\nlitellm_settings: 1",
            [
                "error config.yaml:1: router_settings: must be a mapping",
                "error config.yaml:3: litellm_settings: must be a mapping",
                "error config.yaml:2: general_settings: must be a mapping",
            ]
        ),
        ("empty sections", "model_list:\nrouter_settings:\ngeneral_settings: ~", []),
        (
            "misspelt section", "modle_list: []\nrouter_setting: {}",
            [
                "warning config.yaml:1: modle_list: unknown section; did you mean `model_list`?",
                "warning config.yaml:2: router_setting: unknown section; did you mean `router_settings`?",
            ]
        ),
        (
            "sections without effect", "guardrails: [{a: b}]\nsomething_else: 1\nx-anchors: 1\n.more: 1\n_common: 2",
            [
                "warning config.yaml:1: guardrails: is a restriction on which nothing acts yet: the gateway is more open than its file says"
            ]
        ),
        (
            "unknown strategy", "router_settings:\n  routing_strategy: random",
            [
                "error config.yaml:2: router_settings.routing_strategy: must be one of simple-shuffle, least-busy, usage-based-routing, usage-based-routing-v2, latency-based-routing, cost-based-routing, provider-budget-routing, lar1"
            ]
        ),
        (
            "port 0", "router_settings: {redis_port: 0}",
            ["error config.yaml:1: router_settings.redis_port: must be a whole number from 1 to 65535"]
        ),
        (
            "port 65536", "router_settings: {redis_port: 65536}",
            ["error config.yaml:1: router_settings.redis_port: must be a whole number from 1 to 65535"]
        ),
        (
            "key in the wrong section", "router_settings: {health_check_interval: 3, master_key: k}",
            [
                "warning config.yaml:1: router_settings.health_check_interval: unknown key; it belongs to `general_settings`",
                "warning config.yaml:1: router_settings.master_key: unknown key; it belongs to `general_settings`",
            ]
        ),
        (
            "misspelt settings", "litellm_settings:\n  drop_parms: true\ngeneral_settings:\n  masterkey: k\n  zzzzz: 1",
            [
                "warning config.yaml:2: litellm_settings.drop_parms: unknown key; did you mean `drop_params`?",
                "warning config.yaml:4: general_settings.masterkey: unknown key; did you mean `master_key`?",
                "warning config.yaml:5: general_settings.zzzzz: unknown key",
            ]
        ),
        (
            "alias without a target",
            "router_settings:\n  model_group_alias:\n    a:\n    b: {hidden: true}\n    c: ''\n    d: [x]",
            [
                "error config.yaml:3: router_settings.model_group_alias.a: must name a model, or be a mapping with `model` and `hidden`",
                "error config.yaml:4: router_settings.model_group_alias.b: must name a model, or be a mapping with `model` and `hidden`",
                "error config.yaml:5: router_settings.model_group_alias.c: must name a model, or be a mapping with `model` and `hidden`",
                "warning config.yaml:6: router_settings.model_group_alias.d: must name a model, or be a mapping with `model` and `hidden`, not a list: it leads to the first, `x` (`fallbacks` names further ones)",
            ]
        ),
        (
            "alias to itself", "router_settings:\n  model_group_alias: {a: a}",
            ["error config.yaml:2: router_settings.model_group_alias.a: an alias must not be empty or name itself"]
        ),
        (
            "aliases in a circle", "router_settings:\n  model_group_alias:\n    a: b\n    b: a",
            [
                "error config.yaml:3: router_settings.model_group_alias.a: leads back to itself by way of `b`",
                "error config.yaml:4: router_settings.model_group_alias.b: leads back to itself by way of `a`",
            ]
        ),
        (
            "misspelt part of an alias", "router_settings:\n  model_group_alias:\n    a: {model: x/y, hiden: true}",
            ["warning config.yaml:3: router_settings.model_group_alias.a.hiden: unknown key; did you mean `hidden`?"]
        ),
        (
            "aliases as a list", "router_settings:\n  model_group_alias: [a]",
            ["error config.yaml:2: router_settings.model_group_alias: must be a mapping"]
        ),
        (
            "fallbacks as a string", "router_settings:\n  fallbacks: a",
            [
                "error config.yaml:2: router_settings.fallbacks: must be a list of mappings from a model to a list of models"
            ]
        ),
        (
            "a fallback without a model", "router_settings:\n  fallbacks: [a]",
            ["error config.yaml:2: router_settings.fallbacks[0]: must be a mapping from a model to a list of models"]
        ),
        (
            "a fallback without targets", "router_settings:\n  fallbacks: [{a: }, {b: [{c: d}]}]",
            [
                "error config.yaml:2: router_settings.fallbacks[0].a: must be a list of models",
                "error config.yaml:2: router_settings.fallbacks[1].b[0]: must be a string",
            ]
        ),
        (
            "a fallback to itself", "router_settings:\n  fallbacks: [{a: [a, b/c]}]",
            ["warning config.yaml:2: router_settings.fallbacks[0].a: falls back to itself; that has no effect"]
        ),
        (
            "misspelt policies",
            "router_settings:\n  retry_policy: {TimeoutRetries: 1}\n  allowed_fails_policy: {RateLimitErrorAllowedFail: 1}\n  model_group_retry_policy: {g: {zz: 1}}",
            [
                "warning config.yaml:2: router_settings.retry_policy.TimeoutRetries: unknown kind of error",
                "warning config.yaml:4: router_settings.model_group_retry_policy.g.zz: unknown kind of error",
                "warning config.yaml:3: router_settings.allowed_fails_policy.RateLimitErrorAllowedFail: unknown kind of error; did you mean `RateLimitErrorAllowedFails`?",
            ]
        ),
        (
            "policy count", "router_settings:\n  retry_policy: {DefaultRetries: -1}",
            [
                "error config.yaml:2: router_settings.retry_policy.DefaultRetries: must be a whole number from 0 to 100000"
            ]
        ),
        (
            "empty master key", "general_settings:\n  master_key: ''",
            ["error config.yaml:2: general_settings.master_key: must be a string that is not empty"]
        ),
        (
            "master key from nowhere", "general_settings:\n  master_key: os.environ/NOT_SET",
            [
                "error config.yaml:2: general_settings.master_key: the environment variable NOT_SET is not set"
            ]
        ),
        (
            "key header", "general_settings:\n  litellm_key_header_name: a b",
            ["error config.yaml:2: general_settings.litellm_key_header_name: is no name of a header (RFC 9110 §5.1)"]
        ),
        (
            "limits",
            "general_settings:\n  max_request_size_mb: 0\n  max_header_fields: 1\n  header_timeout: -1\n  max_connections: 0",
            [
                "error config.yaml:3: general_settings.max_header_fields: must be a whole number from 8 to 10000",
                "error config.yaml:2: general_settings.max_request_size_mb: must be a number of MiB above 0, at most 4096",
                "error config.yaml:4: general_settings.header_timeout: must be a number of seconds above 0",
                "error config.yaml:5: general_settings.max_connections: must be a whole number from 1 to 1000000",
            ]
        ),
        (
            "pass-through",
            "general_settings:\n  pass_through_endpoints:\n    - path: /a\n    - {path: b, target: 'http://h'}\n    - x",
            [
                "error config.yaml:3: general_settings.pass_through_endpoints[0]: must have `path` and `target`",
                "error config.yaml:4: general_settings.pass_through_endpoints[1]: `path` must begin with `/`, and `target` must be an http or https URL",
                "error config.yaml:5: general_settings.pass_through_endpoints[2]: must be a mapping",
            ]
        ),
        (
            "credentials",
            "credential_list:\n  - {credential_values: {api_key: k}}\n  - credential_name: a\n  - {credential_name: b, credential_values: {api_key: k}}\n  - {credential_name: b, credential_values: {}}",
            [
                "error config.yaml:2: credential_list[0].credential_name: must not be empty",
                "error config.yaml:3: credential_list[1].credential_values: is missing",
                "error config.yaml:5: credential_list[3].credential_name: there is a credential of this name already; the first one counts",
            ]
        ),
        (
            "variables", "environment_variables:\n  'A=B': c\n  PATH: /x\n  L: [a]",
            [
                "error config.yaml:2: environment_variables.A=B: is no name of an environment variable",
                "warning config.yaml:3: environment_variables.PATH: is not set from a file",
                "warning config.yaml:4: environment_variables.L: must be a string; it is not set",
            ]
        ),
    ]

    @Test(arguments: files) func mistakesInFiles(_ c: Case) {
        #expect(load(c.file).texts == c.issues, "\(c.rule)")
    }

    /// A key that says what happens anyway is no finding; one that restricts is a loud one.
    @Test(arguments: [
        ("litellm_settings", "drop_params", ["false", "False"], ["true"]),
        (
            "litellm_settings", "callbacks", ["[]", "prometheus", "[prometheus]"],
            ["[langfuse]", "[prometheus, langfuse]"]
        ),
        ("litellm_settings", "service_callback", ["[]"], ["[datadog]"]),
        ("litellm_settings", "telemetry", ["true", "false"], []),
        ("router_settings", "redis_port", ["6379", "'6379'"], ["6380"]),
        ("router_settings", "client_ttl", ["3600", "3600.0"], ["60"]),
        ("general_settings", "health_check_details", ["true"], ["false"]),
        ("general_settings", "store_model_in_db", ["false", "no"], ["true"]),
        ("general_settings", "litellm_license", ["''"], ["x"]),
    ])
    func aKeySetToItsDefaultIsNoFinding(_ section: String, _ key: String, _ silent: [String], _ told: [String]) {
        for (values, paths) in [(silent, []), (told, ["\(section).\(key)"])] {
            for value in values {
                let loaded = load("\(section):\n  \(key): \(value)")
                #expect((loaded.notYetEffective + loaded.ignored).map(\.path) == paths, "\(value)")
                #expect(loaded.texts == [], "\(value)")
            }
        }
    }

    @Test(arguments: [
        "general_settings: {allowed_routes: [/a]}", "general_settings: {admin_only_routes: [/a]}",
        "general_settings: {enable_jwt_auth: true}", "general_settings: {enforce_user_param: true}",
        "general_settings: {custom_auth: a.b}", "litellm_settings: {max_budget: 1}",
        "guardrails: [{guardrail_name: a}]",
        "model_list: [{model_name: a, litellm_params: {model: openai/a, guardrails: [x]}}]",
        "router_settings: {provider_budget_config: {openai: {budget_limit: 1}}}",
    ])
    func aRestrictionWithoutEffectIsALoudWarning(_ file: String) {
        let loaded = load(file)
        #expect(loaded.unmetRestrictions.count == 1)
        #expect(loaded.texts.count == 1)
        #expect(loaded.texts.first?.contains("the gateway is more open than its file says") == true)
        #expect(loaded.notYetEffective + loaded.ignored == [])
    }

    @Test func addressesThatMayCall() {
        func ranges(_ value: String) -> ([AddressRange]?, LoadedConfig) {
            let loaded = load("general_settings:\n  allowed_ips: \(value)")
            return (loaded.config.general.allowedAddresses, loaded)
        }
        let place = "config.yaml:2: general_settings.allowed_ips"
        let words = "must be an IP address or a range such as `10.0.0.0/8`; all are `0.0.0.0/0` and `::/0`"
        let home = AddressRange("10.0.0.0/8")
        #expect(ranges("[10.0.0.0/8, ' ::1 ']").0 == [home, AddressRange("::1")].compactMap { $0 })
        #expect(ranges("10.0.0.0/8").0 == [home].compactMap { $0 })
        #expect(ranges("~").0 == nil)
        let (some, one) = ranges("[10.0.0.0/8, localhost]")
        #expect(some == [home].compactMap { $0 })
        #expect(one.texts == ["error \(place)[1]: \(words)"])
        #expect(!one.isFatal)
        let (nobody, empty) = ranges("[]")
        #expect(nobody == [])
        #expect(empty.texts == ["warning \(place): is empty, so nobody may call"])
        for value in ["['*']", "{a: b}", "[os.environ/NOT_SET]", "yes"] {
            let (none, loaded) = ranges(value)
            #expect(none == [], "\(value)")
            #expect(loaded.isFatal, "\(value)")
        }
    }

    /// Where nobody else says it.
    @Test func retriesInEverySection() {
        func retries(_ file: String) -> Int { load(file).config.router.numRetries }
        #expect(retries("general_settings: {num_retries: 5}") == 5)
        #expect(retries("general_settings: {max_retries: 6}") == 6)
        #expect(retries("litellm_settings: {max_retries: 4}\ngeneral_settings: {num_retries: 5}") == 4)
        #expect(retries("litellm_settings: {num_retries: 3, max_retries: 4}") == 3)
        #expect(retries("router_settings: {max_retries: 1}\nlitellm_settings: {num_retries: 3}") == 1)
        #expect(retries("router_settings: {num_retries: 0, max_retries: 1}") == 0)
        let models = load(entry("max_retries: 7")).config.models
        #expect(models.map(\.params.numRetries) == [7])
        #expect(load(entry("max_retries: 7\nnum_retries: 8")).config.models.map(\.params.numRetries) == [8])
    }

    @Test func numbersOfAModelInItsInfo() {
        let loaded = load(
            entry("rpm: 1") + """
                    model_info:
                      {rpm: 2, tpm: 3, timeout: 4, stream_timeout: 5, order: 6, weight: 7, num_retries: 8, cooldown_time: 9,
                       max_parallel_requests: 10, blocked: true}
                """)
        #expect(loaded.texts == [])
        let params = loaded.config.models.first?.params
        #expect(params?.requestsPerMinute == 1)
        #expect(params?.tokensPerMinute == 3)
        #expect(params?.timeout == .seconds(4))
        #expect(params?.streamTimeout == .seconds(5))
        #expect(params?.order == 6)
        #expect(params?.weight == 7)
        #expect(params?.numRetries == 8)
        #expect(params?.cooldownTime == .seconds(9))
        #expect(params?.maxParallelRequests == 10)
        #expect(loaded.config.models.first?.info.isBlocked == true)
    }

    @Test func aBaseModelLendsItsFacts() {
        let loaded = load(
            """
            model_list:
              - model_name: mine
                litellm_params: {model: azure/my-deployment, api_base: "http://h"}
                model_info: {base_model: azure/gpt-4o, max_output_tokens: 5}
              - model_name: gpt
                litellm_params: {model: openai/gpt-4o}
                model_info: {max_input_tokens: 128000, max_output_tokens: 9, input_cost_per_token: 1, mode: chat}
              - model_name: other
                litellm_params: {model: azure/x, api_base: "http://h"}
                model_info: {base_model: unheard-of}
            """)
        let infos = loaded.config.models.map(\.info)
        #expect(infos.map(\.maxInputTokens) == [128000, 128000, nil])
        #expect(infos.map(\.maxOutputTokens) == [5, 9, nil])
        #expect(infos.map(\.inputCostPerToken) == [1, 1, nil])
        #expect(infos.map(\.mode) == ["chat", "chat", nil])
        #expect(loaded.notYetEffective == [])
    }

    @Test func aListOfOrganizationsMakesADeploymentForEach() {
        let loaded = load(
            """
            model_list:
              - model_name: m
                litellm_params: {model: openai/m, organization: [org-a, os.environ/ORG, 'org-c ', '']}
                model_info: {id: one}
              - model_name: n
                litellm_params: {model: openai/n, organization: [org-d]}
            """, ["ORG": "org-b"])
        #expect(
            loaded.texts == [
                "error config.yaml:3: model_list[0].litellm_params.organization[3]: must be a string that is not empty"
            ])
        let models = loaded.config.models
        #expect(models.map(\.name) == ["m", "m", "m", "n"])
        #expect(models.map(\.params.organization) == ["org-a", "org-b", "org-c", "org-d"])
        #expect(models.map(\.info.id) == ["one", "one-2", "one-3", nil])
        #expect(
            models.map { $0.params.written.last?.value } == [
                .string("org-a"), .string("os.environ/ORG"), .string("org-c "), .array([.string("org-d")]),
            ])
    }

    @Test func aListOfParametersToDropIsMeantForAnotherKey() {
        let file = entry("drop_params: [a, b]\nadditional_drop_params: [c]")
        let loaded = load(file + "litellm_settings: {drop_params: [d]}")
        let words = "is true or false; the list is taken for `additional_drop_params`"
        #expect(
            loaded.texts == [
                "warning config.yaml:7: litellm_settings.drop_params: \(words)",
                "warning \(Self.p)drop_params: \(words)",
            ])
        #expect(loaded.config.models.map(\.params.additionalDropParams) == [["c", "a", "b"]])
        #expect(loaded.config.litellm.additionalDropParams == ["d"])
        #expect(loaded.notYetEffective == [])
    }

    /// Compose and shells replace it; LiteLLM does not.
    @Test func aShellsReferenceIsAnsweredWithOurs() {
        let loaded = load(
            """
            model_list:
              - model_name: m
                litellm_params:
                  model: openai/m
                  api_key: ${OPENAI_API_KEY}
                  api_base: https://${HOST:-h}/v1
                  extra_headers: {x: "a ${B_1} ${C}"}
                  stop: ["$", "${}", "${ x }", "$NAME", "${LAST}"]
                  mock_response: costs ${PRICE}
            """)
        let words = "a whole value may be"
        #expect(
            loaded.texts(.warning) == [
                "\(Self.p)api_key: `${OPENAI_API_KEY}` is not replaced; write `os.environ/OPENAI_API_KEY`",
                "config.yaml:6: model_list[0].litellm_params.api_base: `${HOST}` is not replaced; \(words) `os.environ/HOST`, a part of one may not",
                "config.yaml:7: model_list[0].litellm_params.extra_headers.x: `${B_1}` is not replaced; \(words) `os.environ/B_1`, a part of one may not",
                "config.yaml:8: model_list[0].litellm_params.stop[4]: `${LAST}` is not replaced; write `os.environ/LAST`",
            ])
    }

    @Test func aMissingFileIsAnError() {
        #expect(load(files: [:]).texts == ["error config.yaml: no such file"])
    }

    @Test func valuesFromTheEnvironmentSayWhereTheyCameFrom() {
        let loaded = load(entry("timeout: os.environ/T"), ["T": "soon"])
        #expect(
            loaded.texts == [
                "error \(Self.p)timeout: must be a number of seconds above 0 (it comes from the environment variable T)"
            ])
    }

    @Test func namesThatNothingAnswersTo() {
        let loaded = load(
            """
            model_list:
              - model_name: gpt-4o
                litellm_params: {model: openai/gpt-4o}
                model_info: {id: one}
              - model_name: claude-*
                litellm_params: {model: anthropic/claude-*}
                model_info: {id: one}
            router_settings:
              model_group_alias:
                good: gpt-4o
                far: openrouter/x/y
                wild: claude-3
                bad: gpt-4p
              fallbacks: [{good: [claude-x, one, gtp-4o]}]
            litellm_settings:
              default_fallbacks: [nobody]
            """)
        #expect(
            loaded.texts == [
                "error config.yaml:7: model_list[1].model_info.id: is the id of model_list[0] already",
                "warning config.yaml:13: router_settings.model_group_alias.bad: there is no model `gpt-4p`; did you mean `gpt-4o`?",
                "warning config.yaml:14: router_settings.fallbacks: there is no model `gtp-4o`; did you mean `gpt-4o`?",
                "warning config.yaml:16: litellm_settings.default_fallbacks: there is no model `nobody`",
            ])
        #expect(loaded.config.models.map(\.info.id) == ["one", nil])
    }
}
