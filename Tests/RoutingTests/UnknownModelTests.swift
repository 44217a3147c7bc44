import ConfigFile
import Model
import Providers
import Routing
import Testing

@Suite struct UnknownModelTests {
    static let some = catalog(
        [
            entry("gpt-4o", "openai/gpt-4o"), entry("gpt-4o-mini", "openai/gpt-4o-mini"),
            entry("claude-sonnet", "openrouter/anthropic/claude-sonnet-4"), entry("openrouter/*", "openrouter/*"),
        ],
        aliases: [
            .init(alias: "fast", target: "gpt-4o-mini"), .init(alias: "secret-name", target: "gpt-4o", hidden: true),
        ])

    static let unknown: [(model: String, nearest: [String])] = [
        ("gpt-4", ["gpt-4o"]),
        ("gpt-4o-mnii", ["gpt-4o-mini"]),
        ("Claude-Sonnet", ["claude-sonnet"]),
        ("fst", ["fast"]),
        ("secret-nam", []),
        ("nothing at all", []),
        ("", []),
        ("openrouter/", []),
        ("meta-llama/llama-3", []),
    ]

    @Test(arguments: unknown)
    func saysWhatMayHaveBeenMeant(_ c: (model: String, nearest: [String])) {
        #expect(throws: ResolutionError.unknown(UnknownModel(model: c.model, nearest: c.nearest))) {
            try Self.some.resolve(c.model)
        }
    }

    @Test func nothingIsSuggestedWhereNobodyReadsIt() {
        for c in Self.unknown {
            #expect(throws: ResolutionError.unknown(UnknownModel(model: c.model, nearest: []))) {
                try Self.some.resolve(c.model, suggesting: false)
            }
        }
    }

    @Test func aNameTooLongIsUnknownEvenToTheWildcardForEverything() throws {
        let everything = catalog([entry("*", "openai/*")])
        let longest = String(repeating: "x", count: Catalog.longestNameBytes)
        #expect(try everything.resolve(longest).targets.first?.upstreamModel == longest)
        #expect(throws: ResolutionError.unknown(UnknownModel(model: longest + "…", nearest: []))) {
            try everything.resolve(longest + "x")
        }
    }

    @Test func aConfiguredModelThatCannotBeCalledIsNotUnknown() {
        let broken = catalog([
            entry("claude", "anthropic/claude-3"), entry("dep", "azure/dep"), entry("*", "*"), entry("odd", "odd"),
        ])
        func issues(_ model: String) -> [CatalogIssue.Cause] {
            do throws(ResolutionError) {
                _ = try broken.resolve(model)
                return []
            } catch {
                guard case .unusable(let unusable) = error else { return [] }
                return unusable.issues.map(\.cause)
            }
        }
        #expect(issues("claude") == [.providerNotSpoken(prefix: "anthropic")])
        #expect(issues("dep") == [.baseMissing(prefix: "azure", variables: ["AZURE_API_BASE"])])
        #expect(issues("odd") == [.modelName(.noProvider("odd"))])
        // The same by way of a wildcard, where the client's name says who it is.
        #expect(issues("anthropic/claude-3") == [.providerNotSpoken(prefix: "anthropic")])
        #expect(issues("claude-3") == [.providerNotSpoken(prefix: "anthropic")])
        #expect(issues("azure/x") == [.baseMissing(prefix: "azure", variables: ["AZURE_API_BASE"])])
        #expect(throws: ResolutionError.unknown(UnknownModel(model: "llama", nearest: []))) {
            try broken.resolve("llama")
        }
        #expect(
            UnusableModel(model: "a", group: "a", issues: broken.issues.filter { $0.model == "claude" })
                .providerNotSpoken == "anthropic")
    }

    @Test func whatTheTerminalGetsHasNoControlCharacters() {
        let error = UnknownModel(model: "a\u{1b}[31m\nb\u{202e}", nearest: [])
        #expect(error.description == "no model `a\\u{1b}[31m\\u{a}b\\u{202e}`")
    }
}
