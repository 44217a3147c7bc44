import ConfigFile
import EventLoop
import HTTPWire
import JSONText
import Model
import Providers
import Routing
import Testing

@testable import Gateway

@Suite struct UpstreamRequestBuilderTests {
    /// The wire with bare line feeds.
    private func wire(
        _ target: Target, _ body: String, _ endpoint: Endpoint = .chatCompletions, client: RequestHead? = nil,
        environment: [String: String] = [:]
    ) throws -> (head: String, body: String, dropped: [String]) {
        let envelope = try envelope(body, endpoint)
        var builder = UpstreamRequestBuilder(
            target: target, endpoint: envelope.endpoint, attribution: Attribution(environment: environment))
        let built = builder.build(body: buffer(body), envelope: envelope, client: client)
        let whole = text(built).replacing("\r\n", with: "\n")
        let parts = whole.split(separator: "\n\n", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), String(parts[1]), builder.changedMembers.names)
    }

    static let plain = #"{"model":"m","messages":[]}"#

    // MARK: heads

    @Test func openRouterGetsItsPathItsKeyAndTheAttribution() throws {
        let environment = Keys.environment.merging(["OR_SITE_URL": "https://own.example", "OR_APP_NAME": "Own"]) { $1 }
        let target = try target("openrouter/openai/gpt-4o", environment: environment)
        let own = try wire(target, Self.plain, environment: environment)
        #expect(
            own.head == """
                POST /api/v1/chat/completions HTTP/1.1
                Host: openrouter.ai
                Content-Type: application/json
                Accept-Encoding: identity
                Accept: application/json
                User-Agent: penstock
                authorization: Bearer or-key
                http-referer: https://own.example
                x-title: Own
                Content-Length: 39
                """)
        #expect(own.body == #"{"model":"openai/gpt-4o","messages":[]}"#)
        let client = try request("POST /v1/x", "HTTP-Referer: https://app.example", "X-Title: App", "Cookie: secret")
        let theirs = try wire(target, Self.plain, client: client, environment: environment).head
        #expect(theirs.contains("\nhttp-referer: https://app.example\nx-title: App\n"))
        #expect(!theirs.contains("own.example") && !theirs.contains("secret"))
    }

    @Test func theAttributionGoesToOpenRouterOnly() throws {
        let client = try request("POST /v1/x", "HTTP-Referer: https://app.example", "X-Title: App")
        let head = try wire(try target("openai/gpt-4o"), Self.plain, client: client).head
        #expect(!head.contains("app.example"))
        #expect(!head.lowercased().contains("x-title"))
    }

    static let targets: [Row<(String, Endpoint), String>] = [
        Row("chat", ("openai/gpt-4o", .chatCompletions), "POST /v1/chat/completions HTTP/1.1"),
        Row("responses", ("openai/gpt-4o", .responses), "POST /v1/responses HTTP/1.1"),
        Row("embeddings", ("openai/e", .embeddings), "POST /v1/embeddings HTTP/1.1"),
        Row("groq", ("groq/llama", .chatCompletions), "POST /openai/v1/chat/completions HTTP/1.1"),
        Row(
            "azure", ("azure/my-gpt", .chatCompletions),
            "POST /openai/deployments/my-gpt/chat/completions?api-version=2024-10-21 HTTP/1.1"),
        Row(
            "azure's responses", ("azure/my-gpt", .responses),
            "POST /openai/responses?api-version=2025-04-01-preview HTTP/1.1"),
        Row(
            "a deployment's name cannot leave its segment", ("azure/a b/../c\r\nX: y", .chatCompletions),
            "POST /openai/deployments/a%20b%2F..%2Fc%0D%0AX%3A%20y/chat/completions?api-version=2024-10-21 HTTP/1.1"),
    ]

    @Test(arguments: targets)
    func asksForThePathOfTheProvider(_ row: Row<(String, Endpoint), String>) throws {
        let target = try target(row.input.0) {
            if row.input.0.hasPrefix("azure/") { $0.apiBase = "https://r.openai.azure.com" }
        }
        let body = row.input.1 == .chatCompletions ? Self.plain : #"{"model":"m","input":"a"}"#
        let head = try wire(target, body, row.input.1).head
        #expect(head.split(separator: "\n").first.map(String.init) == row.expected)
    }

    @Test func azureGetsItsOwnFieldForTheKey() throws {
        let target = try target("azure/my-gpt") { $0.apiBase = "https://r.openai.azure.com:8443/" }
        let head = try wire(target, Self.plain).head
        #expect(head.contains("\nHost: r.openai.azure.com:8443\n"))
        #expect(head.contains("\napi-key: az-key\n"))
        #expect(!head.lowercased().contains("authorization"))
    }

    @Test func aStreamIsAskedForAsOne() throws {
        let head = try wire(try target("openai/gpt-4o"), #"{"model":"m","messages":[],"stream":true}"#).head
        #expect(head.contains("\nAccept: text/event-stream\n"))
    }

    @Test func theOperatorsFieldsStandOnce() throws {
        let target = try target("openai/gpt-4o") {
            $0.extraHeaders = [
                ("User-Agent", SecretReference(variable: nil, secret: Secret("mine"))),
                ("Accept", SecretReference(variable: nil, secret: Secret("*/*"))),
                ("X-Team", SecretReference(variable: nil, secret: Secret("blue"))),
                ("Authorization", SecretReference(variable: nil, secret: Secret("Token t"))),
            ]
        }
        #expect(
            try wire(target, Self.plain).head == """
                POST /v1/chat/completions HTTP/1.1
                Host: api.openai.com
                Content-Type: application/json
                Accept-Encoding: identity
                user-agent: mine
                accept: */*
                x-team: blue
                authorization: Token t
                Content-Length: 32
                """)
    }

    @Test func theLengthIsTheBodys() throws {
        let bodies = [
            Self.plain, #"{"messages":[{"content":"é😀"}],"model":"m","tags":["a"],"stream":true}"#,
            #" {"model":"m","messages":[]} "#,
        ]
        for body in bodies {
            let built = try wire(try target("openai/gpt-4o"), body)
            let length = try #require(built.head.split(separator: "\n").last)
            #expect(length == "Content-Length: \(built.body.utf8.count)")
            _ = try json(built.body)
        }
    }

    // MARK: bodies

    /// Bodies for `openai/gpt-4o`.
    static let bodies: [Row<String, String>] = [
        Row("the model is replaced", #"{"model":"m","messages":[]}"#, #"{"model":"gpt-4o","messages":[]}"#),
        Row(
            "all else stays byte for byte",
            #" { "x" : 1.50E+2 , "messages":[ {"a":"\u00e9\/"} ],"model" : "m","big":123456789012345678901234567890,"null":null } "#,
            #" { "x" : 1.50E+2 , "messages":[ {"a":"\u00e9\/"} ],"model" : "gpt-4o","big":123456789012345678901234567890,"null":null } "#
        ),
        Row(
            "every spelling of the key", #"{"model":"m","messages":[],"m\u006fdel":"m"}"#,
            #"{"messages":[],"m\u006fdel":"gpt-4o"}"#),
        Row(
            "the last of equal options gets the usage",
            #"{"stream_options":{"a":1},"stream_options":{},"model":"m","messages":[],"stream":true}"#,
            #"{"stream_options":{"include_usage":true},"model":"gpt-4o","messages":[],"stream":true}"#),
        Row(
            "equal members that are not changed stay", #"{"model":"m","messages":[],"x":1,"x":2,"messages":[]}"#,
            #"{"model":"gpt-4o","messages":[],"x":1,"x":2,"messages":[]}"#),
        Row(
            "a model inside stays", #"{"metadata":{"model":"m"},"model":"m","messages":[]}"#,
            #"{"metadata":{"model":"m"},"model":"gpt-4o","messages":[]}"#),
        Row("first goes", #"{"tags":["a"],"model":"m","messages":[]}"#, #"{"model":"gpt-4o","messages":[]}"#),
        Row("last goes", #"{"model":"m","messages":[],"timeout":5}"#, #"{"model":"gpt-4o","messages":[]}"#),
        Row(
            "neighbours go", #"{"model":"m","num_retries":1,"cache":{"no-cache":true},"messages":[]}"#,
            #"{"model":"gpt-4o","messages":[]}"#),
        Row(
            "several apart go", #"{"tags":[],"model":"m","timeout":1,"messages":[],"guardrails":[]}"#,
            #"{"model":"gpt-4o","messages":[]}"#),
        Row(
            "twice written goes twice", #"{"timeout":1,"model":"m","timeout":2,"messages":[]}"#,
            #"{"model":"gpt-4o","messages":[]}"#),
        Row(
            "with escapes", #"{"t\u0061gs":[],"model":"m","messages":[]}"#, #"{"model":"gpt-4o","messages":[]}"#),
        Row(
            "one that contains one",
            #"{"litellm_metadata":{"tags":["model",{"timeout":1}]},"model":"m","messages":[]}"#,
            #"{"model":"gpt-4o","messages":[]}"#),
        Row(
            "OpenAI's own metadata and user stay", #"{"model":"m","messages":[],"metadata":{"a":"b"},"user":"u"}"#,
            #"{"model":"gpt-4o","messages":[],"metadata":{"a":"b"},"user":"u"}"#),
        Row(
            "a stream asks for usage", #"{"model":"m","messages":[],"stream":true}"#,
            #"{"model":"gpt-4o","messages":[],"stream":true,"stream_options":{"include_usage":true}}"#),
        Row(
            "into the options", #"{"stream_options":{"a":1},"model":"m","messages":[],"stream":true}"#,
            #"{"stream_options":{"a":1,"include_usage":true},"model":"gpt-4o","messages":[],"stream":true}"#),
        Row(
            "into empty options", #"{"stream_options":{ },"model":"m","messages":[],"stream":true}"#,
            #"{"stream_options":{ "include_usage":true},"model":"gpt-4o","messages":[],"stream":true}"#),
        Row(
            "in place of null", #"{"stream_options":null,"model":"m","messages":[],"stream":true}"#,
            #"{"stream_options":{"include_usage":true},"model":"gpt-4o","messages":[],"stream":true}"#),
        Row(
            "a no is respected",
            #"{"stream_options":{"include_usage":false},"model":"m","messages":[],"stream":true}"#,
            #"{"stream_options":{"include_usage":false},"model":"gpt-4o","messages":[],"stream":true}"#),
        Row(
            "nonsense is the upstream's to refuse", #"{"stream_options":[],"model":"m","messages":[],"stream":true}"#,
            #"{"stream_options":[],"model":"gpt-4o","messages":[],"stream":true}"#),
        Row(
            "no stream, no options", #"{"model":"m","messages":[],"stream":false}"#,
            #"{"model":"gpt-4o","messages":[],"stream":false}"#),
    ]

    @Test(arguments: bodies)
    func rewritesTheBody(_ row: Row<String, String>) throws {
        #expect(try wire(try target("openai/gpt-4o"), row.input).body == row.expected)
    }

    @Test func onlyGatewayMembersAreLeftBesidesThePathsModel() throws {
        let body = #"{"tags":[],"messages":[],"timeout":3}"#
        let found = try envelope(body, pathModel: "m")
        var builder = UpstreamRequestBuilder(
            target: try target("openai/gpt-4o"), endpoint: .chatCompletions, attribution: Attribution(environment: [:]))
        let built = text(builder.build(body: buffer(body), envelope: found, client: nil))
        #expect(built.hasSuffix("\r\n\r\n" + #"{"messages":[],"model":"gpt-4o"}"#))
    }

    /// Removing everything and adding to what is left: no stray comma whatever goes together.
    @Test func everySubsetOfMembersLeavesJSON() throws {
        let members = [
            #""tags":[]"#, #""messages":[]"#, #""timeout":1"#, #""num_retries":2"#, #""stream":true"#, #""top_k":3"#,
            #""cache":{}"#,
        ]
        let target = try target("openai/gpt-4o") {
            $0.defaults = [.init("seed", 7)]
            $0.additionalDropParams = ["top_k"]
        }
        for subset in 0..<(1 << members.count) {
            let chosen = members.indices.filter { subset >> $0 & 1 == 1 || $0 == 1 }.map { members[$0] }
            let body = "{\(chosen.joined(separator: " , "))}"
            let found = try envelope(body, pathModel: "m")
            var builder = UpstreamRequestBuilder(
                target: target, endpoint: .chatCompletions, attribution: Attribution(environment: [:]))
            let built = text(builder.build(body: buffer(body), envelope: found, client: nil))
            let value = try json(String(try #require(built.split(separator: "\r\n\r\n").last)))
            let keys = Set(value.objectValue?.map(\.key) ?? [])
            let isStream = body.contains("stream")
            #expect(
                keys == Set(["messages", "model", "seed"] + (isStream ? ["stream", "stream_options"] : [])), "\(body)")
            #expect(value.objectValue?.count == keys.count, "\(body)")
        }
    }

    static let streams: [Row<(String, Endpoint), String>] = [
        Row(
            "OpenRouter sends usage unasked", ("openrouter/openai/gpt-4o", .chatCompletions),
            #"{"model":"openai/gpt-4o","messages":[],"stream":true}"#),
        Row(
            "Responses know no such option", ("openai/gpt-4o", .responses),
            #"{"model":"gpt-4o","input":"a","stream":true}"#),
        Row(
            "completions do", ("openai/gpt-4o", .completions),
            #"{"model":"gpt-4o","prompt":"a","stream":true,"stream_options":{"include_usage":true}}"#),
    ]

    @Test(arguments: streams)
    func asksForUsageWhereItIsUnderstood(_ row: Row<(String, Endpoint), String>) throws {
        let member =
            switch row.input.1 {
            case .chatCompletions: #""messages":[]"#
            case .completions: #""prompt":"a""#
            default: #""input":"a""#
            }
        let built = try wire(try target(row.input.0), #"{"model":"m",\#(member),"stream":true}"#, row.input.1)
        #expect(built.body == row.expected)
    }

    /// Groq knows `max_completion_tokens` as `max_tokens`.
    static let renamed: [Row<String, String>] = [
        Row(
            "renamed", #"{"model":"m","messages":[],"max_completion_tokens":5}"#,
            #"{"model":"llama","messages":[],"max_tokens":5}"#),
        Row(
            "the old name stays", #"{"model":"m","messages":[],"max_tokens":5}"#,
            #"{"model":"llama","messages":[],"max_tokens":5}"#),
        Row(
            "of both the newer", #"{"model":"m","max_tokens":9,"messages":[],"max_completion_tokens":5}"#,
            #"{"model":"llama","messages":[],"max_tokens":5}"#),
        Row(
            "of both the newer, whatever the order",
            #"{"model":"m","max_completion_tokens":5,"messages":[],"max_tokens":9}"#,
            #"{"model":"llama","max_tokens":5,"messages":[]}"#),
        Row(
            "the last of equal ones",
            #"{"max_completion_tokens":4,"model":"m","messages":[],"max_completion_tokens":5}"#,
            #"{"model":"llama","messages":[],"max_tokens":5}"#),
        Row(
            "null gives way", #"{"model":"m","max_tokens":9,"messages":[],"max_completion_tokens":null}"#,
            #"{"model":"llama","max_tokens":9,"messages":[]}"#),
        Row(
            "null alone", #"{"model":"m","messages":[],"max_completion_tokens":null}"#,
            #"{"model":"llama","messages":[],"max_tokens":null}"#),
    ]

    @Test(arguments: renamed)
    func renamesForTheProvider(_ row: Row<String, String>) throws {
        #expect(try wire(try target("groq/llama"), row.input).body == row.expected)
    }

    @Test func aDefaultNeverStandsBesideTheClientsOwn() throws {
        for key in ["max_tokens", "max_completion_tokens"] {
            let target = try target("groq/llama") { $0.defaults = [.init(key, 100)] }
            #expect(
                try wire(target, #"{"model":"m","messages":[],"max_completion_tokens":5}"#).body
                    == #"{"model":"llama","messages":[],"max_tokens":5}"#)
            #expect(
                try wire(target, #"{"model":"m","messages":[],"max_tokens":5}"#).body
                    == #"{"model":"llama","messages":[],"max_tokens":5}"#)
            #expect(try wire(target, Self.plain).body == #"{"model":"llama","messages":[],"max_tokens":100}"#)
        }
    }

    @Test func addsDefaultsThatAreNotSent() throws {
        let target = try target("openai/gpt-4o") {
            $0.defaults = [
                .init("temperature", .number("0.10")), .init("model", "other"), .init("stream_options", .object([])),
                .init("a\"b", .array([.null])),
            ]
        }
        #expect(
            try wire(target, #"{"model":"m","messages":[],"temperature":null,"stream":true}"#).body
                == #"{"model":"gpt-4o","messages":[],"temperature":null,"stream":true,"stream_options":{},"a\"b":[null]}"#
        )
        #expect(
            try wire(target, Self.plain).body == #"{"model":"gpt-4o","messages":[],"temperature":0.10,"a\"b":[null]}"#)
    }

    @Test func dropsWhatTheOperatorSaysAndNamesIt() throws {
        let target = try target("openai/gpt-4o") {
            $0.additionalDropParams = ["top_k", "seed", "stream_options"]
            $0.defaults = [.init("seed", 1)]
        }
        let built = try wire(
            target,
            #"{"top_k":1,"model":"m","t\u006fp_k":2,"messages":[],"stream":true,"stream_options":{},"seed":2}"#)
        #expect(built.body == #"{"model":"gpt-4o","messages":[],"stream":true}"#)
        #expect(built.dropped == ["top_k", "stream_options", "seed"])
        let untouched = try wire(target, #"{"model":"m","messages":[],"stream":true}"#)
        #expect(untouched.body == #"{"model":"gpt-4o","messages":[],"stream":true}"#)
        #expect(untouched.dropped.isEmpty)
    }

    @Test func aModelNameIsWrittenAsJSON() throws {
        let target = try target(
            "openrouter/*", group: "openrouter/*", asking: "openrouter/a/\"b\\\u{1}é")
        #expect(
            try wire(target, Self.plain).body == #"{"model":"a/\"b\\\u0001é","messages":[]}"#)
    }
}

@Suite struct CurlCommandTests {
    static func command(_ wire: String, _ base: String) throws -> String {
        CurlCommand(buffer(wire), base: try #require(BaseURL(base))).text
    }

    @Test func canBePastedIntoAShell() throws {
        let wire =
            "POST /v1/a?x=1&y=$(id) HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
            + "X-Title: it's\r\nAccept-Encoding: identity\r\nContent-Length: 3\r\n\r\n{\"a\":\"it's $HOME `id`\r\n\"}"
        #expect(
            try Self.command(wire, "https://h:8443/v1")
                == "curl 'https://h:8443/v1/a?x=1&y=$(id)' -H 'Content-Type: application/json'"
                + #" -H 'X-Title: it'\''s' -d '{"a":"it'\''s $HOME `id`"# + "\r\n\"}'")
    }

    @Test func cutsALongBody() throws {
        let text = try Self.command("POST / HTTP/1.1\r\n\r\n" + String(repeating: "a", count: 5000), "http://h")
        #expect(text == "curl 'http://h/' -d '\(String(repeating: "a", count: 4000))' # body cut at 4000 bytes")
    }

    @Test func nothingBreaksIt() throws {
        for wire in ["", "\r\n\r\n", "POST", "POST /x HTTP/1.1\r\nHost: h", "é\r\n\r\n\u{0}"] {
            #expect(try Self.command(wire, "http://h").hasPrefix("curl 'http://h/"))
        }
    }
}
