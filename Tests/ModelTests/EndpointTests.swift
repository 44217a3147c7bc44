import Model
import Testing

@Suite struct EndpointTests {
    static let names: [(name: String, endpoint: Endpoint?)] = [
        ("chat/completions", .chatCompletions),
        ("/chat/completions", .chatCompletions),
        ("/v1/chat/completions", .chatCompletions),
        ("v1/chat/completions/", .chatCompletions),
        ("chat", .chatCompletions),
        ("/v1/responses", .responses),
        ("responses", .responses),
        ("response", .responses),
        ("/v1/completions", .completions),
        ("completion", .completions),
        ("text", .completions),
        ("/embeddings", .embeddings),
        ("embedding", .embeddings),
        ("", nil),
        ("/", nil),
        ("v1", nil),
        ("/v1/", nil),
        ("/v1/v1/responses", nil),
        ("models", nil),
        ("Chat/Completions", nil),
    ]

    @Test(arguments: names)
    func isFoundByTheWordsPeopleType(_ c: (name: String, endpoint: Endpoint?)) {
        #expect(Endpoint(named: c.name) == c.endpoint)
    }

    @Test(arguments: Endpoint.allCases)
    func isFoundByItsOwnPath(_ endpoint: Endpoint) {
        #expect(Endpoint(named: endpoint.path) == endpoint)
        #expect(Endpoint(named: "/v1/\(endpoint.path)") == endpoint)
        #expect(!endpoint.path.hasPrefix("/"))
    }

    @Test func everyEndpointNamesItsAnswer() {
        #expect(Endpoint.allCases.map(\.answerObject) == ["chat.completion", "response", "text_completion", "list"])
        #expect(Endpoint.allCases.filter { !$0.streams } == [.embeddings])
    }
}
