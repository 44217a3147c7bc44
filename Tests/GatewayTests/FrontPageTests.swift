import Testing

@testable import Gateway

@Suite struct FrontPageTests {
    static func page(
        wantsKey: Bool = false, models: [String] = ["demo"], wildcards: [String] = [], address: String = "http://h:4000"
    ) -> String {
        let page = FrontPage(
            version: "1", wantsKey: wantsKey, wantsKeyForMetrics: false, models: models, wildcards: wildcards,
            address: address)
        return String(decoding: page.html, as: UTF8.self)
    }

    @Test func anOpenGatewayShowsItsModelsAndLinksThatWork() {
        let page = Self.page(wildcards: ["openrouter/*"])
        for text in [
            "It wants no key", "<code>demo</code>", "<code>openrouter/*</code>",
            "curl http://h:4000/v1/chat/completions \\",
            "-d &#39;{&quot;model&quot;:&quot;demo&quot;", "base_url=&quot;http://h:4000/v1&quot;",
            "<a href=\"/v1/models\">",
            "<a href=\"/routes\">", "rel=\"icon\"",
        ] {
            #expect(page.contains(text), "\(text)")
        }
        #expect(!page.contains("<script") && !page.contains("PENSTOCK_KEY"))
    }

    @Test func whereAKeyIsWantedNothingOfTheConfigurationIsShown() {
        let page = Self.page(wantsKey: true, models: ["private"], wildcards: ["inner/*"])
        #expect(page.contains("It wants a key of its own"))
        #expect(page.contains("Authorization: Bearer $PENSTOCK_KEY"))
        #expect(page.contains("os.environ[&quot;PENSTOCK_KEY&quot;]"))
        #expect(page.contains("<code>/v1/models</code>: what can be asked for; it wants the key"))
        #expect(page.contains("<a href=\"/health/readiness\">"))
        #expect(page.contains("<a href=\"/routes\">"))
        #expect(!page.contains("private") && !page.contains("inner"))
    }

    /// Whoever writes names into the configuration may not write the page.
    @Test func namesAreTexts() {
        let page = Self.page(models: [#"<b>'"&\"#])
        #expect(!page.contains("<b>"))
        #expect(page.contains("<code>&lt;b&gt;&#39;&quot;&amp;\\</code>"))
        // In the shell's quotes, in JSON, in HTML.
        #expect(page.contains(#"&quot;&lt;b&gt;&#39;\&#39;&#39;\&quot;&amp;\\&quot;,&quot;messages"#))
    }

    @Test func aLongListIsCut() {
        #expect(Self.page(models: (0..<100).map { "m\($0)" }).contains("And 60 more."))
        #expect(Self.page(models: []).contains("None yet"))
    }

    static let hosts: [Row<String?, String>] = [
        Row("as asked", "gw.example:8080", "http://gw.example:8080"), Row("IPv6", "[::1]:4000", "http://[::1]:4000"),
        Row("none", nil, "http://localhost:4000"), Row("empty", "", "http://localhost:4000"),
        Row("no name", "a'b", "http://localhost:4000"), Row("markup", "<b>", "http://localhost:4000"),
        Row("a command", "$(id)", "http://localhost:4000"),
    ]

    @Test(arguments: hosts) func theAddressIsTheOneThatWasAsked(_ row: Row<String?, String>) {
        #expect(FrontPage.address(host: row.input, isTLS: false) == row.expected)
    }
}
