import ConfigFile
import JSONText
import Testing

/// No text that a person may see holds a secret of the file or of the environment.
@Suite struct SecrecyTests {
    /// Every place a key can be written in, rightly or wrongly; each holds the word SECRET and more.
    static let files: [(rule: String, text: String)] = [
        (
            "right places",
            """
            general_settings:
              master_key: SECRET-1
              database_url: postgres://u:SECRET-2@h/db
              proxy: http://u:SECRET-3@h:1
              pass_through_endpoints:
                - {path: /x, target: "https://h/x", headers: {Authorization: "bearer SECRET-4"}, api_key: SECRET-5}
            router_settings:
              redis_password: SECRET-6
              redis_url: redis://:SECRET-7@h
              routing_strategy_args: {password: SECRET-8}
            litellm_settings:
              cache_params: {type: redis, password: SECRET-9, url: "redis://:SECRET-A@h"}
            credential_list:
              - credential_name: c
                credential_values: {api_key: SECRET-B, model: m}
            environment_variables: {SOME_KEY: SECRET-C, OTHER: SECRET-D}
            model_list:
              - model_name: m
                litellm_params:
                  model: openai/m
                  api_key: SECRET-E
                  api_base: https://h/v1?key=SECRET-F
                  headers: {x-anything: SECRET-G}
                  extra_headers: {Authorization: SECRET-H}
                  extra_body: {api_key: SECRET-I, nested: [{password: SECRET-J}], deep: {auth: {any: [SECRET-K]}}}
                  metadata: {token: SECRET-L}
                  aws_secret_access_key: SECRET-M
                  azure_ad_token: SECRET-N
                  user: sk-SECRET-O
                model_info: {id: i, note: "Bearer SECRET-P", api_key: SECRET-Q, url: "https://u:SECRET-R@h/?a=SECRET-S"}
              - model_name: e
                litellm_params: {model: openai/e, api_key: os.environ/FROM_OUTSIDE, organization: os.environ/OTHER}
            """
        ),
        (
            "wrong kinds",
            """
            general_settings:
              master_key: [SECRET-1]
              keepalive_seconds: SECRET-2
              max_request_size_mb: SECRET-3
            router_settings:
              routing_strategy: SECRET-4
              redis_port: SECRET-5
            model_list:
              - model_name: m
                litellm_params:
                  model: openai/m
                  api_key: {SECRET-7: SECRET-8}
                  api_base: SECRET-9
                  timeout: SECRET-A
                  drop_params: SECRET-B
                  tags: {a: SECRET-C}
                  api_kee: SECRET-D
                  extra_headers: {Authorization: "SECRET\\nE"}
                  custom_secret: SECRET-F
            """.replacing("SECRET-7", with: "a")
        ),
        ("no YAML at all", "SECRET-1"), ("a list", "- SECRET-1"), ("an alias", "a: *SECRET-1"),
        ("a tag", "a: !SECRET-1"),
        ("a tag with text", "general_settings: {master_key: !SECRET-1 SECRET-2}"),
        ("a broken quote", "a: \"SECRET-1"), ("a broken list", "a: [SECRET-1"), ("a bad escape", "a: \"\\qSECRET-1\""),
        ("a merge", "a: {<<: SECRET-1}"), ("a tab", "a:\n\tSECRET-1: b"), ("a percent", "%SECRET-1"),
        ("a control character", "a: SECRET-1\u{1}"),
        ("twice", "general_settings: {master_key: SECRET-1, master_key: SECRET-2}"),
    ]

    @Test(arguments: files) func nothingShowsASecret(_ c: (rule: String, text: String)) {
        let loaded = load(
            c.text, ["FROM_OUTSIDE": "SECRET-X", "LITELLM_MASTER_KEY": "SECRET-Y", "DATABASE_URL": "SECRET-Z"])
        var seen = ""
        dump(loaded, to: &seen)
        seen += "\(loaded) \(String(reflecting: loaded))" + loaded.texts.joined(separator: "\n")
        for model in loaded.config.models {
            seen += "\(model.params.written) \(model.info.members) \(model)"
        }
        #expect(!seen.contains("SECRET"), "\(c.rule): \(seen.split(separator: "\n").filter { $0.contains("SECRET") })")
    }

    @Test func referencesMayBeSeen() {
        let written = load(
            entry("api_key: os.environ/K\nheaders: {a: os.environ/H, b: literal}\nrpm: 3"), ["K": "k", "H": "h"]
        )
        .config.models.first?.params.written
        #expect(
            written == [
                .init("model", .string("openai/m")), .init("api_key", .string("os.environ/K")),
                .init("headers", .object([.init("a", .string("os.environ/H")), .init("b", .string("[redacted]"))])),
                .init("rpm", .number("3")),
            ])
    }

    static let texts: [(text: String, shown: String)] = [
        ("sk-abc", "[redacted]"), ("SK-abc", "[redacted]"), ("sK-", "[redacted]"), ("Bearer x", "[redacted]"),
        ("BASIC eA==", "[redacted]"), ("AIzaX", "[redacted]"), ("xoxb-1", "[redacted]"), ("ghp_1", "[redacted]"),
        ("hf_1", "[redacted]"), ("gsk_1", "[redacted]"), ("xai-1", "[redacted]"),
        ("sk", "sk"), ("sk_abc", "sk_abc"), ("bearer", "bearer"), ("a sk-abc", "a sk-abc"), ("hf", "hf"),
        ("https://host/v1", "https://host/v1"), ("https://host:8443/a:b", "https://host:8443/a:b"),
        ("https://user:pw@host/v1", "https://[redacted]@host/v1"),
        ("https://host/v1?key=pw", "https://host/v1?[redacted]"), ("https://host/#pw", "https://host/#[redacted]"),
        ("https://user:pw@host?x@y", "https://[redacted]@host?[redacted]"), ("https://host/a@b", "https://host/a@b"),
        ("user@host", "user@host"), ("what?", "what?"), ("a:b@c", "a:b@c"),
    ]

    @Test(arguments: texts) func textsThatShowASecretByThemselvesAreHidden(_ c: (text: String, shown: String)) {
        let written = load(entry("note: '\(c.text)'")).config.models.first?.params.written
        #expect(written?.last == .init("note", .string(c.shown)), "\(c.text)")
    }

    static let names: [(name: String, isSecret: Bool)] = [
        ("api_key", true), ("master_key", true), ("redis_password", true), ("client_secret", true),
        ("secretName", true),
        ("aws_session_token", true), ("accessToken", true), ("apiKey", true), ("Authorization", true),
        ("x-api-key", true),
        ("vertex_credentials", true), ("LITELLM_SALT_KEY", true), ("password", true), ("token", true),
        ("sentry_dsn", true),
        ("max_tokens", false), ("input_cost_per_token", false), ("cache_read_input_token_cost", false),
        ("prompt_cache_key", false), ("litellm_key_header_name", false), ("model", false), ("keepalive_seconds", false),
        ("user_api_key_cache_ttl", false), ("public_key", false), ("monkey", false), ("", false), ("tokens", false),
    ]

    @Test(arguments: names) func namesThatMeanASecret(_ name: String, _ isSecret: Bool) {
        #expect(namesSecret(name) == isSecret, "\(name)")
    }
}
