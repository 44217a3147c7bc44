import Model
import Providers
import Testing

@Suite struct AttributionTests {
    struct Case: Sendable {
        let environment: [String: String]
        var site: String?
        var title: String?
        let fields: [String]
    }

    static let cases = [
        Case(environment: [:], fields: []),
        Case(
            environment: ["OR_SITE_URL": "https://a", "OR_APP_NAME": "A"],
            fields: ["http-referer: https://a", "x-title: A"]),
        Case(
            environment: ["OPENROUTER_SITE_URL": "https://b", "OPENROUTER_SITE_NAME": "B"],
            fields: ["http-referer: https://b", "x-title: B"]),
        Case(
            environment: ["OR_SITE_URL": "https://a", "OPENROUTER_SITE_URL": "https://b", "OPENROUTER_SITE_NAME": "B"],
            fields: ["http-referer: https://a", "x-title: B"]),
        Case(
            environment: ["OR_SITE_URL": "", "OPENROUTER_SITE_URL": "https://b"], fields: ["http-referer: https://b"]),
        Case(
            environment: ["OR_APP_NAME": "A"], site: "https://c", title: "C",
            fields: ["http-referer: https://c", "x-title: C"]),
        Case(environment: ["OR_APP_NAME": "A"], site: "https://c", fields: ["http-referer: https://c", "x-title: A"]),
        // What cannot stand in a field is not sent, wherever it came from.
        Case(environment: ["OR_APP_NAME": "A\r\nX: y"], fields: []),
        Case(environment: ["OR_APP_NAME": "A"], title: "C\nX: y", fields: ["x-title: A"]),
        Case(environment: ["OR_APP_NAME": "A"], title: "", fields: ["x-title: A"]),
    ]

    @Test(arguments: cases)
    func theClientsValuesThenTheEnvironments(_ c: Case) {
        let fields = Attribution(environment: c.environment).fields(clientSite: c.site, clientTitle: c.title)
        #expect(fields.map { "\($0.name): \($0.value)" } == c.fields)
    }

    @Test func whatTheOperatorWroteStands() {
        let attribution = Attribution(environment: ["OR_SITE_URL": "https://env", "OR_APP_NAME": "Env"])
        let headers: [Deployment.HeaderField] = [
            .init(name: "x-title", value: "Operator"), .init(name: "http-referer", value: "https://env"),
        ]
        let sent = attribution.applied(to: headers, clientSite: "https://client", clientTitle: "Client")
        #expect(sent.map { "\($0.name): \($0.value)" } == ["x-title: Operator", "http-referer: https://client"])
        let alone = attribution.applied(to: headers, clientSite: nil, clientTitle: nil)
        #expect(Set(alone) == Set(headers))
    }
}
