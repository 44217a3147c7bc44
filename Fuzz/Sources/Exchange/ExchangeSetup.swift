internal import CVirtualTime
internal import ConfigFile
internal import Gateway
internal import Glibc
internal import Model
internal import Observability
internal import Routing
internal import Upstream

/// One of the configurations that a script can choose, and the sockets that all scripts share. Made once.
final class ExchangeSetup {
    let snapshot: Snapshot
    let connectionLimit: Int
    let transport: TransportSettings

    /// Of the upstreams.
    let listeners: [PeerListener]
    let log: ExchangeLog

    static let masterKey = "sk-master-Zq8fhT2"
    static func key(of place: Int) -> String { "sk-upstream-\(place)\(keyEnd)" }
    /// Nobody but an upstream may see a key that ends so.
    static let keyEnd = "-pQ7wLx4"
    static let secrets = [masterKey] + (0..<4).map(key)

    private init(_ settings: Settings, listeners: [PeerListener], refusing: PeerListener, log: ExchangeLog) {
        let yaml = ExchangeSetup.models(listeners + [refusing]) + settings.yaml
        let loaded = loadConfig(path: "config.yaml", environment: [:]) { _ throws(ConfigReadError) in Array(yaml.utf8) }
        require(!loaded.hasErrors, "the configuration of this target is sound: \(loaded.issues.map(\.text))")
        let catalog = Catalog(config: loaded.config, environment: [:])
        require(catalog.issues.isEmpty, "the configuration of this target is sound: \(catalog.issues)")
        snapshot = Snapshot(
            config: loaded.config, catalog: catalog, redactor: Redactor(secrets: ExchangeSetup.secrets.map(Secret.init))
        )
        connectionLimit = settings.connectionLimit
        let limits = loaded.config.general.limits
        transport = TransportSettings(
            // An empty proxy is none, but libcurl has to move the bytes then.
            proxy: settings.isByLibcurl ? Secret("") : nil, connectTime: limits.connectTime,
            idleTime: limits.upstreamIdleTime)
        self.listeners = listeners
        self.log = log
    }

    nonisolated(unsafe) static let all: [ExchangeSetup] = {
        for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
            unsafe unsetenv(name)
        }
        let upstreams = [PeerListener(), PeerListener(), PeerListener()]
        let refusing = PeerListener(listens: false)
        let log = ExchangeLog()
        return settings.map {
            ExchangeSetup($0, listeners: upstreams, refusing: refusing, log: log)
        }
    }()

    // MARK: the configurations

    /// `main` has one deployment, `pair` two, `backup` one more, `dead` one that refuses connections, `demo` a canned text.
    private static func models(_ listeners: [PeerListener]) -> String {
        func model(_ name: String, _ place: Int, _ model: String, _ more: String = "") -> String {
            """
              - model_name: "\(name)"
                litellm_params:
                  model: "\(model)"
                  api_base: http://127.0.0.1:\(listeners[place].port)/v1
                  api_key: \(key(of: place))
            \(more)
            """
        }
        return "model_list:\n"
            + model("main", 0, "openrouter/test/main") + model("pair", 0, "openrouter/test/left")
            + model("pair", 1, "openrouter/test/right") + model("backup", 2, "openai/backup")
            + model("dead", 3, "openai/dead") + model("openrouter/*", 1, "openrouter/*")
                + """
                  - model_name: demo
                    litellm_params: {model: openai/demo, mock_response: canned}
                  - model_name: limited
                    litellm_params: {model: openai/limited, mock_response: litellm.RateLimitError}

                """
    }

    private struct Settings {
        let yaml: String
        var connectionLimit = 100
        var isByLibcurl = false

        init(
            router: String, heartbeat: String = "1", general: String = "", connectionLimit: Int = 100,
            isByLibcurl: Bool = false
        ) {
            yaml = """
                litellm_settings: {request_timeout: 30}
                general_settings:
                  keepalive_seconds: \(heartbeat)
                  upstream_idle_timeout: 5
                  keepalive_timeout: 60
                \(general)
                router_settings:
                  cooldown_time: 2
                \(router)
                """
            self.connectionLimit = connectionLimit
            self.isByLibcurl = isByLibcurl
        }
    }

    private static let settings = [
        Settings(router: "  num_retries: 0"),
        Settings(router: "  num_retries: 2"),
        Settings(
            router: """
                  num_retries: 1
                  fallbacks: [{main: [backup, demo]}, {pair: [backup]}, {dead: [demo]}, {backup: [limited]}]
                  context_window_fallbacks: [{main: [pair]}]
                  content_policy_fallbacks: [{main: [demo]}]
                  model_group_alias: {mine: main, yours: pair}
                """),
        Settings(
            router: """
                  num_retries: 2
                  timeout: 4
                  stream_timeout: 2
                  default_fallbacks: [backup]
                  allowed_fails: 0
                """, heartbeat: "0.3"),
        Settings(
            router: """
                  num_retries: 1
                  routing_strategy: least-busy
                  enable_tag_filtering: true
                  fallbacks: [{main: [demo]}]
                """, heartbeat: "0",
            general: """
                  master_key: \(masterKey)
                  max_header_bytes: 2048
                  max_header_fields: 20
                  max_request_line_bytes: 512
                """, connectionLimit: 2),
        Settings(
            router: "  num_retries: 1\n  fallbacks: [{main: [demo]}, {pair: [demo]}]", heartbeat: "2", isByLibcurl: true
        ),
    ]
}

/// What the gateways of all runs log, in memory.
final class ExchangeLog {
    let sink: LogSink
    private let descriptor: Int32

    init() {
        descriptor = memory_file()
        guard descriptor >= 0, let sink = try? LogSink(descriptor: descriptor) else {
            complain("no log")
            exit(2)
        }
        self.sink = sink
        // Ends its thread: what is written from here on waits until it is taken.
        sink.close()
    }

    /// What was logged since the last call.
    func take() -> [UInt8] {
        sink.close()
        let count = Int(lseek(descriptor, 0, SEEK_CUR))
        guard count > 0 else { return [] }
        let text = unsafe [UInt8](unsafeUninitializedCapacity: count) { space, filled in
            unsafe filled = max(0, pread(descriptor, space.baseAddress, count, 0))
        }
        ftruncate(descriptor, 0)
        lseek(descriptor, 0, SEEK_SET)
        return text
    }
}
