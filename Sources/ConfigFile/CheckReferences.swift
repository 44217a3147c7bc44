import Model

/// What `router_settings` say about models: circles are taken out, names that nothing answers to are reported.
func checkReferences(
    _ settings: inout RouterSettings, models: [ModelEntry], router: SettingsReader?, litellm: SettingsReader?
) {
    if let aliases = router?.mapping("model_group_alias") {
        dropCircles(&settings.aliases, section: aliases)
        checkNames(settings, models: models, section: aliases)
    }
    checkFallbacks(settings, models: models, router: router, litellm: litellm)
}

/// `a` for `b` and `b` for `a`: no request would ever leave the circle.
private func dropCircles(_ aliases: inout [ModelAlias], section: SettingsReader) {
    let targets = Dictionary(aliases.map { (Name($0.alias), $0.target) }, uniquingKeysWith: { _, last in last })
    aliases.removeAll { alias in
        var name = alias.target
        for _ in 0...targets.count {
            guard Name(name) != Name(alias.alias) else {
                section.error(alias.alias, "leads back to itself by way of `\(alias.target)`")
                return true
            }
            guard let next = targets[Name(name)] else { return false }
            name = next
        }
        return false
    }
}

private func checkNames(_ settings: RouterSettings, models: [ModelEntry], section: SettingsReader) {
    let names = Names(settings, models)
    for alias in settings.aliases where names.lacks(alias.target) {
        section.report.add(.warning, section.location(of: alias.alias), names.message(alias.target))
    }
}

private func checkFallbacks(
    _ settings: RouterSettings, models: [ModelEntry], router: SettingsReader?, litellm: SettingsReader?
) {
    let names = Names(settings, models)
    let lists = [
        ("fallbacks", settings.fallbacks), ("context_window_fallbacks", settings.contextWindowFallbacks),
        ("content_policy_fallbacks", settings.contentPolicyFallbacks),
        ("default_fallbacks", [FallbackRule(group: "*", targets: settings.defaultFallbacks)]),
    ]
    for (key, rules) in lists {
        guard let section = router?.node(key) == nil ? litellm : router else { continue }
        var seen: Set<Name> = []
        for name in rules.flatMap({ [$0.group] + $0.targets })
        where names.lacks(name) && seen.insert(Name(name)).inserted {
            section.report.add(.warning, section.location(of: key), names.message(name))
        }
    }
}

/// What a request may be sent to by name.
private struct Names {
    /// Without any model there is nothing to compare with.
    private let hasModels: Bool
    private let known: Set<Name>
    private let wildcardStarts: [Substring.UTF8View]

    init(_ settings: RouterSettings, _ models: [ModelEntry]) {
        let groups = models.map(\.name)
        hasModels = !models.isEmpty
        known = Set((groups + settings.aliases.map(\.alias) + models.compactMap(\.info.id)).map { Name($0) })
        wildcardStarts = groups.filter(isPattern).map { $0.utf8.prefix { $0 != UInt8(ascii: "*") } }
    }

    /// Only of names that cannot be meant for a provider: `openrouter/openai/gpt-4o` needs no entry.
    func lacks(_ name: String) -> Bool {
        hasModels && !name.utf8.contains(UInt8(ascii: "/")) && name != "*" && !known.contains(Name(name))
            && !wildcardStarts.contains { name.utf8.starts(with: $0) }
    }

    func message(_ name: String) -> String {
        "there is no model `\(name)`" + suggestion(nearestNames(to: name, among: known.map(\.text)))
    }
}
