import Model
import Providers
import Testing

@Suite struct ProviderURLTests {
    struct Case: Sendable {
        let prefix: String
        let base: String
        let endpoint: Endpoint
        let target: String

        init(_ prefix: String, _ base: String, _ endpoint: Endpoint, _ target: String) {
            (self.prefix, self.base, self.endpoint, self.target) = (prefix, base, endpoint, target)
        }
    }

    static let appended = [
        Case("openrouter", "https://openrouter.ai/api/v1", .chatCompletions, "/api/v1/chat/completions"),
        Case("openrouter", "https://openrouter.ai/api/v1/", .responses, "/api/v1/responses"),
        Case("openrouter", "https://openrouter.ai/api/v1", .embeddings, "/api/v1/embeddings"),
        Case("openrouter", "https://openrouter.ai/api/v1", .completions, "/api/v1/completions"),
        Case("openai", "http://h:8000", .chatCompletions, "/chat/completions"),
        Case("openai", "http://h:8000/v1?key=1", .chatCompletions, "/v1/chat/completions?key=1"),
        // The whole URL of an endpoint.
        Case("openai", "http://h/v1/chat/completions", .chatCompletions, "/v1/chat/completions"),
        Case("openai", "http://h/v1/chat/completions/", .chatCompletions, "/v1/chat/completions"),
        Case("openai", "http://h/v1/chat/completions", .responses, "/v1/responses"),
        Case("openai", "http://h/v1/chat/completions", .completions, "/v1/completions"),
        Case("openai", "http://h/v1/responses", .chatCompletions, "/v1/chat/completions"),
        Case("openai", "http://h/chat/completions", .embeddings, "/embeddings"),
        // A mount point that happens to be called like an endpoint.
        Case("openai", "http://h/embeddings", .embeddings, "/embeddings"),
        Case("openai", "http://h/embeddings", .chatCompletions, "/embeddings/chat/completions"),
        Case("ollama", "http://h:11434", .chatCompletions, "/v1/chat/completions"),
        Case("ollama", "http://h:11434/", .chatCompletions, "/v1/chat/completions"),
        Case("ollama", "http://h:11434/v1", .chatCompletions, "/v1/chat/completions"),
        Case("ollama", "http://h/ollama", .embeddings, "/ollama/v1/embeddings"),
        Case("ollama", "http://h/v1/chat/completions", .chatCompletions, "/v1/chat/completions"),
        Case(
            "gemini", "https://generativelanguage.googleapis.com", .chatCompletions, "/v1beta/openai/chat/completions"),
        Case("gemini", "https://g/v1beta", .chatCompletions, "/v1beta/openai/chat/completions"),
        Case("gemini", "https://g/v1beta/openai/", .embeddings, "/v1beta/openai/embeddings"),
        Case("gemini", "https://g/x?key=1", .embeddings, "/x/v1beta/openai/embeddings?key=1"),
    ]

    static let azure = [
        Case(
            "azure", "https://r.openai.azure.com", .chatCompletions,
            "/openai/deployments/m%20x/chat/completions?api-version=2024-10-21"),
        Case(
            "azure", "https://r.openai.azure.com/?api-version=2023-05-15", .embeddings,
            "/openai/deployments/m%20x/embeddings?api-version=2023-05-15"),
        Case(
            "azure", "https://r.openai.azure.com/openai?a=b", .completions,
            "/openai/deployments/m%20x/completions?a=b&api-version=2024-10-21"),
        Case(
            "azure", "https://gw/azure/openai/deployments/dep?api-version=1", .chatCompletions,
            "/azure/openai/deployments/dep/chat/completions?api-version=1"),
        Case(
            "azure", "https://r/openai/deployments/dep/chat/completions?api-version=1", .chatCompletions,
            "/openai/deployments/dep/chat/completions?api-version=1"),
        Case("azure", "https://r", .responses, "/openai/responses?api-version=2025-04-01-preview"),
        Case("azure", "https://r/openai/deployments/dep?api-version=9", .responses, "/openai/responses?api-version=9"),
        Case("azure", "https://r/openai/v1", .chatCompletions, "/openai/v1/chat/completions"),
        Case("azure", "https://r/openai/v1/", .responses, "/openai/v1/responses"),
        Case(
            "azure", "https://r/openai/v1/?api-version=preview", .responses, "/openai/v1/responses?api-version=preview"),
        Case("azure", "https://r/openai/v1/chat/completions", .chatCompletions, "/openai/v1/chat/completions"),
    ]

    @Test(arguments: appended + azure)
    func joinsBaseAndEndpoint(_ c: Case) throws {
        let row = try #require(ProviderTable.row(c.prefix))
        let base = try #require(row.base(from: c.base))
        #expect(row.requestTarget(for: c.endpoint, model: "m x", base: base) == c.target, "\(c.base)")
    }

    @Test(arguments: ["a/b", "a?b=c", "a#b", "a\r\nX: y", "../x", "é", "a%2Fb", ".", ".."], Endpoint.allCases)
    func aModelInThePathCannotLeaveItsSegment(_ model: String, _ endpoint: Endpoint) throws {
        let row = try #require(ProviderTable.row("azure"))
        let base = try #require(BaseURL("https://r.openai.azure.com"))
        let target = row.requestTarget(for: endpoint, model: model, base: base)
        #expect(target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        let path = target.prefix { $0 != "?" }.replacing("%2E", with: ".")
        #expect(!path.split(separator: "/").contains { $0 == "." || $0 == ".." })
        #expect(path.split(separator: "/").count == (endpoint == .chatCompletions ? 5 : endpoint == .responses ? 2 : 4))
    }

    @Test(arguments: ["", "openrouter.ai", "https://h/ v1", "ftp://h"])
    func whatIsNoURLIsNoBase(_ text: String) {
        for row in ProviderTable.all { #expect(row.base(from: text) == nil) }
    }
}
