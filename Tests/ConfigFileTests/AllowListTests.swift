import ConfigFile
import Model
import Testing

/// `allowed_origins` and `allowed_hosts`.
@Suite struct AllowListTests {
    @Test func listsAreRead() throws {
        let loaded = load(
            """
            general_settings:
              allowed_origins: ["https://App.example.com:443", http://localhost:3000, app://obsidian.md, os.environ/PAGE]
              allowed_hosts: [Gateway.internal, 10.1.2.3, "fd00::5"]
            """, ["PAGE": "https://page.example"])
        #expect(loaded.texts == [])
        let general = loaded.config.general
        #expect(general.allowedOrigins?.allowsAll == false)
        #expect(
            general.allowedOrigins?.names.map(\.text).sorted() == [
                "app://obsidian.md", "http://localhost:3000", "https://app.example.com", "https://page.example",
            ])
        #expect(general.allowedHosts.names.map(\.text).sorted() == ["10.1.2.3", "[fd00::5]", "gateway.internal"])
        #expect(!general.allowedHosts.allowsAll)
    }

    @Test func oneNeedsNoList() {
        let general = load(
            "general_settings:\n  allowed_origins: https://a.example\n  allowed_hosts: a.example\n  master_key: k"
        ).config.general
        #expect(general.allowedOrigins?.names.count == 1)
        #expect(general.allowedHosts.names.count == 1)
    }

    @Test func nothingAndAnEmptyListAreNotTheSame() {
        #expect(load("general_settings: {allowed_origins: }").config.general.allowedOrigins == nil)
        #expect(load("general_settings: {allowed_origins: []}").config.general.allowedOrigins == AllowList())
        #expect(load("general_settings: {allowed_hosts: }").config.general.allowedHosts == AllowList())
    }

    @Test func aStarIsAll() {
        let loaded = load("general_settings:\n  allowed_origins: '*'\n  allowed_hosts: ['*']\n  master_key: k")
        #expect(loaded.texts == [])
        #expect(loaded.config.general.allowedOrigins == AllowList(allowsAll: true))
        #expect(loaded.config.general.allowedHosts == AllowList(allowsAll: true))
    }

    @Test func everyPageWithoutAKeyIsWorthAWarning() {
        #expect(
            load("general_settings:\n  allowed_origins:\n    - https://a.example\n    - '*'").texts == [
                "warning config.yaml:4: general_settings.allowed_origins[1]: with `*` and no master key every web page that "
                    + "is opened on this machine can spend money here; list the origins that may, or set LITELLM_MASTER_KEY"
            ])
        #expect(load("general_settings: {allowed_origins: '*'}", ["LITELLM_MASTER_KEY": "k"]).texts == [])
    }

    typealias Case = (value: String, message: String)

    static let origins: [Case] = [
        ("app.example.com", "must be an origin with its scheme, such as `https://app.example.com`, or `*` for all"),
        ("localhost:3000", "must be an origin with its scheme, such as `https://app.example.com`, or `*` for all"),
        (
            "https://a.example/",
            "must end behind host and port, such as `https://app.example.com`: leave out the `/` and what follows"
        ),
        ("'null'", "cannot be `null`: any page may be called that; `*` allows all pages"),
        (
            "'https://*.example'",
            "cannot have a `*` within an origin: list each one, or write `*` alone for all"
        ),
        (
            "https://u:p@a.example",
            "must name a host in ASCII (`xn--…` for other alphabets) and no user, such as `https://app.example.com`"
        ),
        ("https://a.example:99999", "must have a port from 1 to 65535 behind the colon, or none"),
    ]

    @Test(arguments: origins) func mistakesInOriginsAreExplained(_ c: Case) {
        let loaded = load("general_settings:\n  allowed_origins:\n    - https://a.example\n    - \(c.value)")
        #expect(loaded.texts == ["error config.yaml:4: general_settings.allowed_origins[1]: \(c.message)"])
        #expect(loaded.hasErrors)
    }

    @Test(arguments: ["https://a.example", "a:80", "'*.example'", "a/b", "ä"])
    func mistakesInNamesAreExplained(_ value: String) {
        #expect(
            load("general_settings:\n  allowed_hosts: [b, \(value)]").texts == [
                "error config.yaml:2: general_settings.allowed_hosts[1]: must be a name or an address without scheme, port "
                    + "and path, such as `gateway.example.com`, or `*` for all names"
            ])
    }

    @Test func aMistakeInTheEnvironmentIsLookedForThere() {
        #expect(
            load("general_settings: {allowed_hosts: os.environ/NAME}", ["NAME": "a b"]).texts == [
                "error config.yaml:1: general_settings.allowed_hosts: must be a name or an address without scheme, port and "
                    + "path, such as `gateway.example.com`, or `*` for all names (it comes from the environment variable NAME)"
            ])
    }

    @Test func aListOfSomethingElseIsNone() {
        #expect(
            load("general_settings: {allowed_origins: {a: b}}").texts == [
                "error config.yaml:1: general_settings.allowed_origins: must be a list of strings"
            ])
        #expect(
            load("general_settings: {allowed_origin: [https://a.example]}").texts.first?.contains("`allowed_origins`?")
                == true)
    }
}
