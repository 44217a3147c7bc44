import JSONText
import Model

/// Typed access to one mapping. A value of the wrong kind is reported where it stands, and then counts as not given.
struct SettingsReader {
    let report: LoadReport
    /// `nil` for a mapping whose keys nobody lists.
    let section: ConfigSection?
    let path: String
    let mark: ConfigMark
    /// The model it belongs to, for the list of missing variables.
    var model: String?
    let entries: [ConfigNode.Entry]
    private let places: KeyPlaces

    /// `nil` when `node` is no mapping; that is reported.
    init?(_ node: ConfigNode, section: ConfigSection?, path: String, report: LoadReport, model: String? = nil) {
        guard case .map(let entries) = node.content else {
            report.add(.error, node.mark.location(path), "must be a mapping")
            return nil
        }
        self.init(entries, mark: node.mark, section: section, path: path, report: report, model: model)
    }

    init(
        _ entries: [ConfigNode.Entry], mark: ConfigMark, section: ConfigSection?, path: String, report: LoadReport,
        model: String? = nil
    ) {
        self.report = report
        self.section = section
        self.path = path
        self.mark = mark
        self.model = model
        self.entries = entries
        places = KeyPlaces(entries)
    }

    var location: ConfigLocation { mark.location(path) }

    /// Where the key stands; where the mapping stands when the key is not there.
    func location(of key: String) -> ConfigLocation {
        (places.place(of: key, among: entries).map { entries[$0].mark } ?? mark).location(joined(path, key))
    }

    func error(_ key: String, _ message: String) {
        report.add(.error, location(of: key), message)
    }

    /// An error after which nothing is served.
    func fatal(_ key: String, _ message: String) {
        report.addFatal(location(of: key), message)
    }

    func warning(_ key: String, _ message: String) {
        report.add(.warning, location(of: key), message)
    }

    /// `nil` when the key is not there or holds nothing.
    func node(_ key: String) -> ConfigNode? {
        report.ask(section, key)
        guard let place = places.place(of: key, among: entries), !entries[place].value.isNull else { return nil }
        return entries[place].value
    }

    /// Reports what is unknown, not effective yet, or ignored.
    func checkKeys() {
        guard let section else { return }
        for entry in entries {
            if let known = KnownKey.named(entry.key, in: section) {
                report.note(known, entry.value, at: entry.mark.location(joined(path, entry.key)))
            } else {
                let hint = report.hint(entry.key, in: section) { SettingsReader.hint($0, section) }
                report.add(.warning, entry.mark.location(joined(path, entry.key)), "unknown key" + hint)
            }
        }
    }

    private static func hint(_ key: String, _ section: ConfigSection) -> String {
        let elsewhere = ConfigSection.allCases.filter {
            $0 != section && KnownKey.named(key, in: $0).map { $0.effect != .ignored } ?? false
        }
        if !elsewhere.isEmpty {
            return "; it belongs to " + elsewhere.map { "`\($0.rawValue)`" }.joined(separator: " or ")
        }
        return suggestion(KnownKey.index(of: section).nearest(to: key))
    }

    // MARK: Scalars

    /// A scalar after its environment reference.
    struct Given {
        var value: ConfigScalar.Value
        var text: String
        var variable: String?

        /// Appended to messages, so that nobody looks for the mistake in the file.
        var origin: String { variable.map { " (it comes from the environment variable \($0))" } ?? "" }
    }

    /// - Parameter expectation: completes "must be …".
    func given(_ key: String, _ expectation: String) -> Given? {
        guard let node = node(key) else { return nil }
        return given(node, at: location(of: key), expectation)
    }

    /// The same for a list's item.
    func given(_ node: ConfigNode, at location: @autoclosure () -> ConfigLocation, _ expectation: String) -> Given? {
        guard case .scalar(let scalar) = node.content else {
            report.add(.error, location(), "must be \(expectation)")
            return nil
        }
        let value = scalar.value
        guard case .string(let text) = value, let name = environmentReference(text) else {
            return value == .null ? nil : Given(value: value, text: scalar.text)
        }
        guard !name.isEmpty else {
            report.add(.error, location(), "`os.environ/` lacks the name of a variable")
            return nil
        }
        guard let value = report.variable(name, at: location(), model: model) else { return nil }
        return Given(value: .string(value), text: value, variable: name)
    }

    /// Without blanks and line ends at its ends; what is empty then counts as not given. Numbers and dates are taken as they
    /// are written.
    func string(_ key: String) -> String? {
        guard let given = given(key, "a string") else { return nil }
        guard let text = given.string.map(withoutOuterBlanks) else {
            error(key, "must be a string; put it in quotes")
            return nil
        }
        return text.isEmpty ? nil : text
    }

    /// A string that is shown to nobody. A missing variable is remembered in it.
    func secret(_ key: String) -> SecretReference? {
        guard let node = node(key) else { return nil }
        return secret(node, at: location(of: key))
    }

    func secret(_ node: ConfigNode, at location: @autoclosure () -> ConfigLocation) -> SecretReference? {
        if case .scalar(let scalar) = node.content, let name = environmentReference(scalar.text), !name.isEmpty {
            let value = report.variable(name, at: location(), model: model)
            return SecretReference(variable: name, secret: value.map { Secret($0) })
        }
        guard let given = given(node, at: location(), "a string") else { return nil }
        guard let text = given.string else {
            report.add(.error, location(), "must be a string; put it in quotes")
            return nil
        }
        // `nil` when nothing is left of it.
        return Secret(text).trimmed.map { SecretReference(variable: nil, secret: $0) }
    }

    func bool(_ key: String) -> Bool? {
        guard let given = given(key, "true or false") else { return nil }
        if let flag = given.bool { return flag }
        error(key, "must be true or false\(given.origin)")
        return nil
    }

    func integer(_ key: String, _ range: ClosedRange<Int>) -> Int? {
        guard node(key) != nil else { return nil }
        let expectation =
            switch (range.lowerBound, range.upperBound) {
            case (.min, .max): "a whole number"
            case (0, .max): "a whole number, 0 or more"
            case (let low, .max): "a whole number, \(low) or more"
            case (let low, let high): "a whole number from \(low) to \(high)"
            }
        guard let given = given(key, expectation) else { return nil }
        if let number = given.integer, range.contains(number) { return number }
        error(key, "must be \(expectation)\(given.origin)")
        return nil
    }

    func number(_ key: String) -> Double? {
        let expectation = "a number, 0 or more"
        guard let given = given(key, expectation) else { return nil }
        if let number = given.number, number >= 0 { return number }
        error(key, "must be \(expectation)\(given.origin)")
        return nil
    }

    /// Whole bytes of a number of MiB.
    func megabytes(_ key: String, upTo limit: Int) -> Int? {
        let expectation = "a number of MiB above 0, at most \(limit)"
        guard let given = given(key, expectation) else { return nil }
        if let number = given.number, number > 0, number <= Double(limit) { return max(1, Int(number * 1_048_576)) }
        error(key, "must be \(expectation)\(given.origin)")
        return nil
    }

    /// Seconds, at most thirty years: what is longer means never just as well. At least a millisecond: what is shorter would
    /// become nothing, which some keys take for "switched off".
    func duration(_ key: String, allowsZero: Bool = false) -> Duration? {
        let expectation = allowsZero ? "a number of seconds, 0 or more" : "a number of seconds above 0"
        guard let given = given(key, expectation) else { return nil }
        if let number = given.number, number > 0 { return .seconds(min(max(number, 0.001), 1e9)) }
        if allowsZero, given.number == 0 { return .zero }
        error(key, "must be \(expectation)\(given.origin)")
        return nil
    }

    func tlsVerification(_ key: String) -> TLSVerification? {
        guard let given = given(key, "true, false or the path of a file of certificates") else { return nil }
        if let flag = given.bool { return flag ? .system : .off }
        guard case .string(let path) = given.value else {
            error(key, "must be true, false or the path of a file of certificates\(given.origin)")
            return nil
        }
        return path.isEmpty ? nil : .bundle(path)
    }

    // MARK: Lists and mappings

    /// A single string counts as a list of one.
    func strings(_ key: String) -> [String]? {
        texts(key)?.map(\.text)
    }

    /// The same, each with the place where it stands and the variable it comes from, as `Given.origin` tells it.
    func texts(_ key: String) -> [(text: String, location: ConfigLocation, origin: String)]? {
        guard let node = node(key) else { return nil }
        let isList: Bool = if case .list = node.content { true } else { false }
        let items: [ConfigNode] = if case .list(let items) = node.content { items } else { [node] }
        let base = location(of: key)
        var result: [(text: String, location: ConfigLocation, origin: String)] = []
        for (index, item) in items.enumerated() {
            let path = isList ? "\(base.path)[\(index)]" : base.path
            let location = isList ? item.mark.location(path) : base
            guard let given = given(item, at: location, isList ? "a string" : "a list of strings") else { continue }
            if let text = given.string, !text.isEmpty {
                result.append((text, location, given.origin))
            } else {
                report.add(
                    .error, location, isList ? "must be a string that is not empty" : "must be a list of strings")
            }
        }
        return result
    }

    /// The items of a list with their paths.
    func items(_ key: String, _ expectation: String) -> [(node: ConfigNode, path: String)]? {
        guard let node = node(key) else { return nil }
        guard case .list(let items) = node.content else {
            error(key, "must be \(expectation)")
            return nil
        }
        // Lists of several files are put together; a path counts within its own file.
        let base = joined(path, key)
        var counts: [String: Int] = [:]
        return items.map { item in
            let index = counts[item.mark.file, default: 0]
            counts[item.mark.file] = index + 1
            return (item, "\(base)[\(index)]")
        }
    }

    func mapping(_ key: String, section: ConfigSection? = nil) -> SettingsReader? {
        guard let node = node(key) else { return nil }
        guard case .map(let entries) = node.content else {
            error(key, "must be a mapping")
            return nil
        }
        return SettingsReader(
            entries, mark: node.mark, section: section, path: joined(path, key), report: report, model: model)
    }
}

extension SettingsReader.Given {
    /// `nil` for a boolean.
    var string: String? {
        switch value {
        case .string(let text): text
        case .number: text
        case .null, .bool: nil
        }
    }

    /// Also the words `true` and `false` in a string, in any case.
    var bool: Bool? {
        switch value {
        case .bool(let flag): return flag
        case .string(let text):
            switch text.lowercased() {
            case "true": return true
            case "false": return false
            default: return nil
            }
        case .null, .number: return nil
        }
    }

    /// Also one in a string. Always finite.
    var number: Double? {
        let spelling: Substring
        switch value {
        case .number(let text), .string(let text): spelling = text.trimmed
        case .null, .bool: return nil
        }
        guard spelling.utf8.count <= 64, spelling.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }),
            let number = Double(spelling), number.isFinite
        else { return nil }
        return number
    }

    /// Also `30.0`, and one in a string.
    var integer: Int? {
        switch value {
        case .number(let text), .string(let text):
            if let number = Int(text.trimmed) { return number }
        case .null, .bool: return nil
        }
        return number.flatMap { Int(exactly: $0) }
    }
}

extension String {
    fileprivate var trimmed: Substring {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}

extension ConfigMark {
    func location(_ path: String) -> ConfigLocation {
        ConfigLocation(path: path, file: file, line: line)
    }
}
