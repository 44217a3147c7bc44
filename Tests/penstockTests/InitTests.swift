import Foundation
import Testing

@testable import penstock

@Suite struct InitTests {
    @Test func writesTheExample() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let example = try String(contentsOf: root.appendingPathComponent("config.example.yaml"), encoding: .utf8)
        #expect(Init.template == example)
    }
}

@Suite struct EnvironmentConfigTests {
    static let table: [(variables: [String: String], entries: [String])] = [
        (["OPENROUTER_API_KEY": "k"], ["openrouter/*"]), (["OR_API_KEY": "k"], ["openrouter/*"]),
        (["OPENAI_API_KEY": "k", "GROQ_API_KEY": "k"], ["openai/*", "groq/*"]),
        (["OPENROUTER_API_KEY": ""], ["demo"]), (["OPENROUTER_API_KEY": " \n"], ["demo"]), ([:], ["demo"]),
        (["AZURE_API_KEY": "k"], ["demo"]),
        (["AZURE_API_KEY": "k", "AZURE_API_BASE": "https://x.openai.azure.com"], ["azure/*"]),
        (["ANTHROPIC_API_KEY": "k"], ["demo"]), (["OLLAMA_API_BASE": "http://o:11434"], ["ollama/*"]),
    ]

    @Test(arguments: table)
    func servesEveryProviderWithAKey(_ c: (variables: [String: String], entries: [String])) {
        let text = EnvironmentConfig(environment: c.variables).text
        let names = text.matches(of: #/model_name: "?([^",\n]+)/#).map { String($0.1) }
        #expect(names == c.entries)
    }
}
