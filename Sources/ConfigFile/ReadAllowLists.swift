import Model

/// `allowed_origins`. `nil` when the file does not say it.
///
/// - Parameter hasKey: whether clients need one. Without it the list is all that stands between a web page and the money.
func readAllowedOrigins(_ section: SettingsReader, hasKey: Bool) -> AllowList<WebOrigin>? {
    guard let items = section.texts("allowed_origins") else { return nil }
    var list = AllowList<WebOrigin>()
    for item in items {
        guard item.text != "*" else {
            list.allowsAll = true
            if !hasKey {
                section.report.add(
                    .warning, item.location,
                    "with `*` and no master key every web page that is opened on this machine can spend money here; "
                        + "list the origins that may, or set LITELLM_MASTER_KEY")
            }
            continue
        }
        do throws(WebOrigin.Fault) {
            list.names.insert(try WebOrigin(item.text))
        } catch {
            section.report.add(.error, item.location, error.advice + item.origin)
        }
    }
    return list
}

/// `allowed_hosts`.
func readAllowedHosts(_ section: SettingsReader) -> AllowList<HostName> {
    var list = AllowList<HostName>()
    for item in section.texts("allowed_hosts") ?? [] {
        if item.text == "*" {
            list.allowsAll = true
        } else if let name = HostName(item.text) {
            list.names.insert(name)
        } else {
            section.report.add(
                .error, item.location,
                "must be a name or an address without scheme, port and path, such as `gateway.example.com`, "
                    + "or `*` for all names\(item.origin)")
        }
    }
    return list
}

/// `allowed_ips`. `nil` when the file does not say it. What cannot be read opens nothing: a faulty address is left out, and a
/// list of which nothing is left is fatal.
func readAllowedAddresses(_ section: SettingsReader) -> [AddressRange]? {
    guard let node = section.node("allowed_ips") else { return nil }
    let ranges = (section.texts("allowed_ips") ?? []).compactMap { item -> AddressRange? in
        if let range = AddressRange(withoutOuterBlanks(item.text)) { return range }
        section.report.add(
            .error, item.location,
            "must be an IP address or a range such as `10.0.0.0/8`; all are `0.0.0.0/0` and `::/0`\(item.origin)")
        return nil
    }
    guard ranges.isEmpty else { return ranges }
    if case .list(let items) = node.content, items.isEmpty {
        section.warning("allowed_ips", "is empty, so nobody may call")
    } else {
        section.fatal("allowed_ips", "names no address that can be allowed")
    }
    return ranges
}

extension WebOrigin.Fault {
    /// What to write instead.
    fileprivate var advice: String {
        switch self {
        case .noScheme: "must be an origin with its scheme, such as `https://app.example.com`, or `*` for all"
        case .opaque: "cannot be `null`: any page may be called that; `*` allows all pages"
        case .path:
            "must end behind host and port, such as `https://app.example.com`: leave out the `/` and what follows"
        case .wildcard: "cannot have a `*` within an origin: list each one, or write `*` alone for all"
        case .badHost:
            "must name a host in ASCII (`xn--…` for other alphabets) and no user, such as `https://app.example.com`"
        case .badPort: "must have a port from 1 to 65535 behind the colon, or none"
        }
    }
}
