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
    let circles = circles(
        in: Dictionary(
            aliases.map { (Name($0.alias), Name($0.target)) }, uniquingKeysWith: { _, last in last }))
    aliases.removeAll { alias in
        guard circles.contains(Name(alias.alias)) else { return false }
        section.error(alias.alias, "leads back to itself by way of `\(alias.target)`")
        return true
    }
}

/// The names that lead back to themselves. Each is passed once, however long the ways are.
private func circles(in targets: [Name: Name]) -> Set<Name> {
    var circles: Set<Name> = []
    /// By the walk that came by first.
    var walks: [Name: Int] = [:]
    for (walk, start) in targets.keys.enumerated() {
        var way: [Name] = []
        var name = start
        while walks[name] == nil, let next = targets[name] {
            walks[name] = walk
            way.append(name)
            name = next
        }
        // Back on the way that this walk came: from there on it is a circle.
        if walks[name] == walk, let place = way.lastIndex(of: name) { circles.formUnion(way[place...]) }
    }
    return circles
}

private func checkNames(_ settings: RouterSettings, models: [ModelEntry], section: SettingsReader) {
    var names = Names(settings, models)
    for alias in settings.aliases where names.lacks(alias.target) {
        section.report.add(.warning, section.location(of: alias.alias), names.message(alias.target))
    }
}

private func checkFallbacks(
    _ settings: RouterSettings, models: [ModelEntry], router: SettingsReader?, litellm: SettingsReader?
) {
    var names = Names(settings, models)
    let lists = [
        ("fallbacks", settings.fallbacks), ("context_window_fallbacks", settings.contextWindowFallbacks),
        ("content_policy_fallbacks", settings.contentPolicyFallbacks),
        ("default_fallbacks", [FallbackRule(group: "*", targets: settings.defaultFallbacks)]),
    ]
    for (key, rules) in lists {
        guard let section = router?.node(key) == nil ? litellm : router else { continue }
        var seen: Set<Name> = []
        for rule in rules {
            for (place, name) in ([rule.group] + rule.targets).enumerated()
            where names.lacks(name) && (place > 0 || !names.hasGroup(withoutProvider: name))
                && seen.insert(Name(name)).inserted
            {
                section.report.add(.warning, section.location(of: key), names.message(name))
            }
        }
    }
}

/// What a request may be sent to by name.
private struct Names {
    /// Without any model there is nothing to compare with.
    private let hasModels: Bool
    private let known: Set<Name>
    /// What stands behind the first `/` of a group's name.
    private let bare: Set<Name>
    private let wildcardStarts: [Substring.UTF8View]
    private let index: NameIndex
    /// A file of faulty names gets a guess for this many.
    private var guessesLeft = 100

    init(_ settings: RouterSettings, _ models: [ModelEntry]) {
        let groups = models.map(\.name)
        hasModels = !models.isEmpty
        known = Set((groups + settings.aliases.map(\.alias) + models.compactMap(\.info.id)).map { Name($0) })
        bare = Set(
            groups.compactMap { group in
                group.utf8.firstIndex(of: UInt8(ascii: "/")).map { slash in
                    Name(String(Substring(group.utf8[group.utf8.index(after: slash)...])))
                }
            })
        wildcardStarts = groups.filter(isPattern).map { $0.utf8.prefix { $0 != UInt8(ascii: "*") } }
        index = NameIndex(known.map(\.text))
    }

    /// Only of names that cannot be meant for a provider: `openrouter/openai/gpt-4o` needs no entry.
    func lacks(_ name: String) -> Bool {
        hasModels && !name.utf8.contains(UInt8(ascii: "/")) && name != "*" && !known.contains(Name(name))
            && !wildcardStarts.contains { name.utf8.starts(with: $0) }
    }

    /// A list's key may leave the provider out.
    func hasGroup(withoutProvider name: String) -> Bool { bare.contains(Name(name)) }

    mutating func message(_ name: String) -> String {
        guard guessesLeft > 0 else { return "there is no model `\(name)`" }
        guessesLeft -= 1
        return "there is no model `\(name)`" + suggestion(index.nearest(to: name))
    }
}
