import Model

/// What one run of `loadConfig` collects. Owned by that call and not shared.
final class LoadReport {
    private(set) var issues: [ConfigIssue] = []
    /// A key may be looked at twice; that is no reason to say the same twice.
    private var said: Set<ConfigIssue> = []
    private(set) var missing: [MissingVariable] = []
    private var positions: [String: Int] = [:]
    private var seenUses: Set<[String]> = []
    private(set) var notYetEffective: [ConfigLocation] = []
    private(set) var ignored: [ConfigLocation] = []
    private(set) var unmetRestrictions: [ConfigLocation] = []
    /// Which keys somebody asked for, as `section.name`, if that is to be kept: the tests compare them with the table of
    /// known keys.
    private(set) var asked: Set<String>?
    private var secretNames = Remembered<Bool>()
    private var baseURLs = Remembered<Bool>()
    private var unknownKeys = Remembered<String>()
    /// The process's environment, with what the file's `environment_variables` put over it.
    var environment: [String: String]

    init(environment: [String: String], keepsAsked: Bool = false) {
        self.environment = environment
        asked = keepsAsked ? [] : nil
    }

    func add(_ severity: ConfigIssue.Severity, _ location: ConfigLocation, _ message: String) {
        add(ConfigIssue(severity, location, message))
    }

    /// An error after which nothing is served.
    func addFatal(_ location: ConfigLocation, _ message: String) {
        add(ConfigIssue(.error, location, message, isFatal: true))
    }

    func add(_ issue: ConfigIssue) {
        var mild = issue
        mild.isFatal = false
        if said.insert(mild).inserted {
            issues.append(issue)
        } else if issue.isFatal, let place = issues.firstIndex(of: mild) {
            issues[place].isFatal = true
        }
    }

    /// What there is to say about a key that stands in the file, whatever its value is read as.
    func note(_ key: KnownKey, _ value: ConfigNode, at location: @autoclosure () -> ConfigLocation) {
        guard key.effect != .effective, !key.isHarmless(value) else { return }
        guard !key.restricts else {
            let location = location()
            unmetRestrictions.append(location)
            add(
                .warning, location,
                "is a restriction on which nothing acts yet: the gateway is more open than its file says")
            return
        }
        note(key.effect, at: location())
    }

    func note(_ effect: KnownKey.Effect, at location: @autoclosure () -> ConfigLocation) {
        switch effect {
        case .effective: break
        case .notYet: notYetEffective.append(location())
        case .ignored: ignored.append(location())
        }
    }

    func ask(_ section: ConfigSection?, _ key: String) {
        guard asked != nil, let section else { return }
        asked?.insert("\(section.rawValue).\(key)")
    }

    // MARK: What is worked out once for all entries

    /// ``ConfigFile/namesSecret(_:)``.
    func isSecretName(_ name: String) -> Bool {
        secretNames.value(of: name, namesSecret)
    }

    func isBaseURL(_ text: String) -> Bool {
        baseURLs.value(of: text) { BaseURL($0) != nil }
    }

    /// What `hint` says about a key that `section` does not know; one `hint` for each section.
    func hint(_ key: String, in section: ConfigSection, _ hint: (String) -> String) -> String {
        unknownKeys.value(of: "\(section.rawValue).\(key)") { _ in hint(key) }
    }

    /// Without the line feed that files and shells like to leave at the end. An unset variable, an empty one and one of
    /// blanks are the same: compose files set what they do not know to nothing.
    func variable(_ name: String, at location: ConfigLocation, model: String?) -> String? {
        if let value = environment[name].map(withoutOuterBlanks), !value.isEmpty { return value }
        let use = MissingVariable.Use(location: location, model: model)
        guard seenUses.insert([name, location.file, "\(location.line)", location.path]).inserted else { return nil }
        if let position = positions[name] {
            missing[position].usedBy.append(use)
        } else {
            positions[name] = missing.count
            missing.append(MissingVariable(name: name, usedBy: [use]))
        }
        return nil
    }

    /// One warning for each variable, however often it is named; none where its absence is an error already.
    func reportMissing() {
        let errors = Set(issues.lazy.filter { $0.severity == .error }.map(\.location))
        for variable in missing {
            guard let first = variable.usedBy.first(where: { !errors.contains($0.location) }) else { continue }
            let models = variable.models
            let users = models.isEmpty ? "" : "; used by \(models.map { "`\($0)`" }.joined(separator: ", "))"
            add(.warning, first.location, "the environment variable \(variable.name) is not set\(users)")
        }
    }
}

/// `os.environ/NAME`, the whole string: the name. It may still be empty.
func environmentReference(_ text: String) -> String? {
    let prefix = "os.environ/".utf8
    return text.utf8.starts(with: prefix) ? String(Substring(text.utf8.dropFirst(prefix.count))) : nil
}
