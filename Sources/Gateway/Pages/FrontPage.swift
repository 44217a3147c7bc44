/// `/`: what runs here, and how to ask it. Pure.
struct FrontPage {
    let version: String
    let wantsKey: Bool
    let wantsKeyForMetrics: Bool
    /// Names as clients ask for them, without wildcards; not shown to somebody without a key where one is wanted.
    let models: [String]
    let wildcards: [String]
    /// `http://localhost:4000`.
    let address: String

    private static let mostShown = 40

    var html: [UInt8] {
        HTMLText.page(
            title: "Penstock \(version)",
            body: """
                <h1>Penstock \(HTMLText.escaped(version))</h1>
                <p>An OpenAI-compatible gateway for language models runs here. Its base URL is <code>\(escapedBase)</code>.</p>
                <p>\(keySentence)</p>
                <h2>Models</h2>
                \(modelList)
                <h2>Ask</h2>
                <pre>\(HTMLText.escaped(example.curl))</pre>
                <pre>\(HTMLText.escaped(example.python))</pre>
                <h2>Look</h2>
                <ul>
                \(link("/v1/models", "what can be asked for", wantsKey: wantsKey))
                \(link("/routes", "everything that is answered", wantsKey: false))
                \(link("/health/readiness", "whether it is ready", wantsKey: false))
                \(link("/metrics", "counts and latencies for Prometheus", wantsKey: wantsKeyForMetrics))
                </ul>
                <p><code>penstock explain MODEL</code>, or <code>/v1/route?model=MODEL</code>, tells where a request goes and why.
                <code>README.md</code> and <code>docs/</code> of the project have the rest.</p>
                """)
    }

    private var escapedBase: String { HTMLText.escaped("\(address)/v1") }

    private var keySentence: String {
        wantsKey
            ? "It wants a key of its own: <code>Authorization: Bearer &lt;key&gt;</code>."
            : "It wants no key; SDKs that insist on one may send anything."
    }

    private var modelList: String {
        if wantsKey { return "<p>Who has a key sees them at <code>/v1/models</code>.</p>" }
        let names = models + wildcards
        guard !names.isEmpty else { return "<p>None yet: <code>model_list</code> of the configuration is empty.</p>" }
        let items = names.prefix(FrontPage.mostShown).map { "<li><code>\(HTMLText.escaped($0))</code></li>" }
        let more = names.count > items.count ? "<p>And \(names.count - items.count) more.</p>" : ""
        return "<ul>\n\(items.joined(separator: "\n"))\n</ul>\(more)"
    }

    private func link(_ path: String, _ text: String, wantsKey: Bool) -> String {
        "<li>"
            + (wantsKey
                ? "<code>\(path)</code>: \(text); it wants the key" : "<a href=\"\(path)\">\(path)</a>: \(text)")
            + "</li>"
    }

    /// One that can be asked for as it stands, when there is one to be shown.
    private var example: ChatExample {
        let name = wantsKey ? "MODEL" : models.first ?? wildcards.first.map { ChatExample.name(for: $0) } ?? "MODEL"
        return ChatExample(base: "\(address)/v1", model: name, keyVariable: wantsKey ? "PENSTOCK_KEY" : nil)
    }
}

extension FrontPage {
    /// Under which name a browser or a program has found the gateway: its own words, kept only when they are a name.
    ///
    /// - Parameter host: of the request.
    static func address(host: String?, isTLS: Bool) -> String {
        let allowed = host?.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || ".-:[]_".utf8.contains(byte)
        }
        guard let host, allowed == true, !host.isEmpty, host.utf8.count <= 260 else { return "http://localhost:4000" }
        return "\(isTLS ? "https" : "http")://\(host)"
    }
}
