import JSONText
import Model

/// `organization`, one or several. A faulty one of several is reported and left out.
func readOrganizations(_ section: SettingsReader) -> (one: String?, several: [ModelParams.Organization]) {
    guard let node = section.node("organization"), case .list(let items) = node.content else {
        return (section.string("organization"), [])
    }
    let place = section.location(of: "organization").path
    let several = items.enumerated().compactMap { index, item -> ModelParams.Organization? in
        let location = item.mark.location("\(place)[\(index)]")
        guard let given = section.given(item, at: location, "a string"), case .scalar(let scalar) = item.content else {
            return nil
        }
        guard let id = given.string.map(withoutOuterBlanks), !id.isEmpty else {
            section.report.add(.error, location, "must be a string that is not empty")
            return nil
        }
        return ModelParams.Organization(id: id, written: scalar.text)
    }
    if several.isEmpty, !items.isEmpty { section.error("organization", "holds none that can be used") }
    return (several.first?.id, several)
}

extension ModelEntry {
    /// One for each organization of a list, as LiteLLM has it. The first keeps the id.
    var forEachOrganization: [ModelEntry] {
        guard params.organizations.count > 1 else { return [self] }
        return params.organizations.enumerated().map { index, organization in
            var entry = self
            entry.params.organization = organization.id
            entry.params.organizations = []
            // Also where the list as a whole is not shown, because of a fault in it: ids are derived from this.
            entry.params.written = params.written.filter { $0.key != "organization" }
            entry.params.written.append(JSONValue.Member("organization", .string(organization.written)))
            if index > 0 { entry.info.id = info.id.map { "\($0)-\(index + 1)" } }
            return entry
        }
    }
}

/// `drop_params`. A list of names can only be meant for `additional_drop_params`.
func readDropParams(_ section: SettingsReader) -> (flag: Bool?, names: [String]) {
    guard let node = section.node("drop_params"), case .list = node.content else {
        return (section.bool("drop_params"), [])
    }
    section.warning("drop_params", "is true or false; the list is taken for `additional_drop_params`")
    return (nil, section.strings("drop_params") ?? [])
}

/// Warns of `${NAME}`, which Compose and shells know and LiteLLM does not: it stays as it is. Texts for people may hold
/// anything, so what a mock answers is passed over.
func checkShellReferences(_ entries: [ConfigNode.Entry], report: LoadReport) {
    var open: [(node: ConfigNode, path: String, mark: ConfigMark)] = entries.reversed().map {
        ($0.value, $0.key, $0.mark)
    }
    while let (node, path, mark) = open.popLast() {
        switch node.content {
        case .scalar(let scalar):
            guard let name = shellReference(scalar.text) else { continue }
            let isWhole = scalar.text.utf8.count == name.utf8.count + 3
            report.add(
                .warning, mark.location(path),
                "`${\(name)}` is not replaced; "
                    + (isWhole
                        ? "write `os.environ/\(name)`"
                        : "a whole value may be `os.environ/\(name)`, a part of one may not"))
        case .list(let items):
            open += items.enumerated().reversed().map { ($1, "\(path)[\($0)]", $1.mark) }
        case .map(let entries):
            open += entries.reversed().lazy.filter { $0.key != "mock_response" }.map {
                ($0.value, joined(path, $0.key), $0.mark)
            }
        }
    }
}

/// `NAME` of the first `${NAME}` or `${NAME:-default}` in `text`.
private func shellReference(_ text: String) -> String? {
    var rest = text.utf8[...]
    while let mark = rest.firstIndex(of: UInt8(ascii: "$")) {
        rest = rest[mark...].dropFirst()
        guard rest.first == UInt8(ascii: "{") else { continue }
        let name = rest.dropFirst().prefix(while: isNameByte)
        let end = rest[name.endIndex...].first
        guard let first = name.first, !(0x30...0x39 ~= first), let end, "}:-".utf8.contains(end) else { continue }
        return String(Substring(name))
    }
    return nil
}

private func isNameByte(_ byte: UInt8) -> Bool {
    0x30...0x39 ~= byte || 0x41...0x5A ~= byte || 0x61...0x7A ~= byte || byte == UInt8(ascii: "_")
}
