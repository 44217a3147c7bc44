import Model

/// Every provider prefix that the gateway knows, one row each.
package enum ProviderTable {
    /// In the order in which hosts are compared and lists are shown.
    package static let all: [Provider] = majors + hosted + selfHosted + notSpoken

    private static let byPrefix = Dictionary(all.map { ($0.prefix, $0) }) { first, _ in first }

    package static func row(_ prefix: String) -> Provider? {
        byPrefix[prefix]
    }

    /// As people write it where nothing but a provider can stand: `OpenAI`, `together-ai`, `openai/`.
    package static func row(written name: String) -> Provider? {
        if let row = byPrefix[name] { return row }
        let text = asciiLowercased(withoutOuterBlanks(name))
        var bytes = text.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
        if bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        return byPrefix[String(decoding: bytes, as: UTF8.self)]
    }

    /// The row whose default base is on `host`. Only hosts on the public net count: `localhost` says nothing.
    package static func row(host: String) -> Provider? {
        byHost[host]
    }

    private static let byHost: [String: Provider] = {
        var rows: [String: Provider] = [:]
        for row in all where row.speaksOpenAI {
            guard let text = row.defaultBase, let base = row.base(from: text), base.scheme == .https else { continue }
            if rows[base.host] == nil { rows[base.host] = row }
        }
        return rows
    }()
}
