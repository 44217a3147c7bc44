/// A key that a LiteLLM configuration may hold, and what it does here. docs/CONFIG.md is checked against these.
package struct KnownKey: Sendable, Equatable {
    package enum Effect: String, Sendable, CaseIterable {
        case effective
        /// Read and checked, but nothing acts on it yet.
        case notYet = "not yet"
        /// LiteLLM knows it; here it is accepted and does nothing.
        case ignored
    }

    package var section: ConfigSection
    package var name: String
    /// In words, such as `seconds`. Empty when the key is ignored, as the two that follow.
    package var type: String
    package var defaultValue: String
    package var effect: Effect
    package var summary: String
    /// What the key may say without anything to tell, although nothing acts on it: it is what happens anyway. Of a list every
    /// item has to be one of these.
    package var harmlessValues: [String] = ["false"]
    /// In LiteLLM it keeps somebody from something. While nothing acts on it, the gateway is more open than its file says.
    package var restricts = false
}

/// Where keys stand.
package enum ConfigSection: String, Sendable, CaseIterable {
    case root = "the file itself"
    case entry = "model_list[]"
    case params = "model_list[].litellm_params"
    case info = "model_list[].model_info"
    case credential = "credential_list[]"
    case router = "router_settings"
    case litellm = "litellm_settings"
    case general = "general_settings"

    /// Its place among all. A dictionary by section would hash the text, for every key of every entry.
    fileprivate var place: Int {
        switch self {
        case .root: 0
        case .entry: 1
        case .params: 2
        case .info: 3
        case .credential: 4
        case .router: 5
        case .litellm: 6
        case .general: 7
        }
    }
}

extension KnownKey {
    /// Every key, section by section, in the order of the documentation.
    package static let all: [KnownKey] = rootKeys + modelKeys + routerKeys + litellmKeys + generalKeys

    /// By section and name.
    private static let keys: [[String: KnownKey]] = ConfigSection.allCases.map { section in
        Dictionary(
            all.lazy.filter { $0.section == section }.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// `nil` when nobody knows the key.
    static func named(_ name: String, in section: ConfigSection) -> KnownKey? {
        keys[section.place][name]
    }

    /// Whether `value` asks for nothing but what happens anyway: an empty one, or one of ``harmlessValues``.
    func isHarmless(_ value: ConfigNode) -> Bool {
        switch value.content {
        case .map(let entries): entries.isEmpty
        // Read as `additional_drop_params`.
        case .list(let items): items.allSatisfy(isHarmless) || name == "drop_params"
        case .scalar(let scalar):
            switch scalar.value {
            case .null: true
            case .bool(let flag): harmlessValues.contains(flag ? "true" : "false")
            case .number(let text): harmlessValues.contains { $0 == text || Double($0) == Double(text) }
            case .string(let text): text.isEmpty || harmlessValues.contains(text.lowercased())
            }
        }
    }

    package static func names(in section: ConfigSection) -> [String] {
        all.filter { $0.section == section }.map(\.name)
    }

    /// The same, to find one by a name like it.
    static func index(of section: ConfigSection) -> NameIndex {
        indices[section] ?? NameIndex([])
    }

    private static let indices = Dictionary(
        ConfigSection.allCases.map { ($0, NameIndex(names(in: $0))) }, uniquingKeysWith: { first, _ in first })

    static func effective(
        _ section: ConfigSection, _ name: String, _ type: String, _ defaultValue: String, _ summary: String
    ) -> KnownKey {
        KnownKey(
            section: section, name: name, type: type, defaultValue: defaultValue, effect: .effective, summary: summary)
    }

    static func notYet(
        _ section: ConfigSection, _ name: String, _ type: String, _ defaultValue: String, _ summary: String,
        harmless: [String] = [], restricts: Bool = false
    ) -> KnownKey {
        KnownKey(
            section: section, name: name, type: type, defaultValue: defaultValue, effect: .notYet, summary: summary,
            harmlessValues: [defaultValue, "false"] + harmless, restricts: restricts)
    }

    /// - Parameter names: separated by blanks or line ends. One may end with `^` when it restricts, or with `=` and its
    ///   harmless values, between which stand `|`; else that is `false`.
    static func ignored(_ section: ConfigSection, _ names: String) -> [KnownKey] {
        names.split { $0 == " " || $0 == "\n" }.map { word in
            let parts = word.split(separator: "=", maxSplits: 1)
            let restricts = word.hasSuffix("^")
            var key = KnownKey(
                section: section, name: String(restricts ? word.dropLast() : parts[0]), type: "", defaultValue: "",
                effect: .ignored, summary: "", restricts: restricts)
            if parts.count > 1 { key.harmlessValues = parts[1].split(separator: "|").map(String.init) }
            return key
        }
    }
}

extension KnownKey {
    static let rootKeys: [KnownKey] =
        [
            effective(
                .root, "model_list", "list of entries", "empty", "the models; entries with one name form a group"),
            effective(.root, "router_settings", "mapping", "", "how a deployment is chosen"),
            effective(.root, "litellm_settings", "mapping", "", "settings of all calls"),
            effective(.root, "general_settings", "mapping", "", "settings of the server"),
            effective(.root, "credential_list", "list of entries", "empty", "named credentials that entries share"),
            effective(
                .root, "environment_variables", "mapping of strings", "empty",
                "win over the process's environment wherever the file says `os.environ/NAME`"),
            effective(.root, "include", "list of paths", "empty", "more files, relative to the one that names them"),
        ]
        + ignored(
            .root,
            """
            callback_settings guardrails^ mcp_servers search_tools prompts policies^ vector_store_registry files_settings
            finetune_settings assistant_settings default_vertex_config sandbox_tools agents mcp_tools policy_attachments^
            """)
}
