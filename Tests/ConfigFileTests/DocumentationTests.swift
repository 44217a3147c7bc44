import Foundation
import Testing

@testable import ConfigFile

/// docs/CONFIG.md and config.example.yaml say what the code does.
///
/// After a change of the table of known keys, `PENSTOCK_UPDATE_DOCS=1 swift test --filter DocumentationTests` writes the
/// tables anew.
@Suite struct DocumentationTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func text(_ name: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(name), encoding: .utf8)
    }

    private static func table(_ section: ConfigSection) -> String {
        let keys = KnownKey.all.filter { $0.section == section }
        var lines = ["| key | type | default | effect | |", "|---|---|---|---|---|"]
        for key in keys where key.effect != .ignored {
            lines.append(
                "| `\(key.name)` | \(key.type) | \(key.defaultValue) | \(key.effect.rawValue) | \(key.summary) |")
        }
        let ignored = keys.filter { $0.effect == .ignored }.map { "`\($0.name)`" + ($0.restricts ? "!" : "") }.sorted()
        if !ignored.isEmpty { lines += ["", "Without effect: " + ignored.joined(separator: ", ") + "."] }
        return lines.joined(separator: "\n")
    }

    /// The document with its tables as they should be.
    private static func withTables(_ text: String) -> String {
        var lines: [Substring] = []
        var isTable = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "<!-- end -->" { isTable = false }
            if !isTable { lines.append(line) }
            let mark = line.hasPrefix("<!-- keys: ") && line.hasSuffix(" -->")
            if mark, let section = ConfigSection(rawValue: String(line.dropFirst(11).dropLast(4))) {
                isTable = true
                lines += table(section).split(separator: "\n", omittingEmptySubsequences: false)
            }
        }
        return lines.joined(separator: "\n")
    }

    @Test func everyKeyIsInTheDocument() throws {
        let text = try Self.text("docs/CONFIG.md")
        for section in ConfigSection.allCases {
            #expect(text.contains("<!-- keys: \(section.rawValue) -->"), "a table for \(section.rawValue)")
        }
        let expected = Self.withTables(text)
        if ProcessInfo.processInfo.environment["PENSTOCK_UPDATE_DOCS"] == "1" {
            try expected.write(
                to: Self.root.appendingPathComponent("docs/CONFIG.md"), atomically: true, encoding: .utf8)
        } else {
            let known = Set(text.split(separator: "\n"))
            let missing = expected.split(separator: "\n").filter { !known.contains($0) }
            #expect(missing == [], "lines that docs/CONFIG.md lacks")
            #expect(text == expected)
        }
    }

    @Test func theExampleLoadsWithoutAWord() throws {
        let text = try Self.text("config.example.yaml")
        let loaded = load(text, ["OPENROUTER_API_KEY": "k"])
        #expect(loaded.texts == [])
        #expect(loaded.notYetEffective == [])
        #expect(loaded.ignored == [])
        #expect(loaded.config.models.map(\.name) == ["demo", "openrouter/*"])
        #expect(loaded.config.models.first?.params.apiKey == nil, "the first model needs no key")
        #expect(loaded.config.router.aliases == [ModelAlias(alias: "mymodel", target: "openrouter/openai/gpt-4o")])
        #expect(load(text).texts.count == 1, "the one missing variable")
    }

    @Test func whatTheExampleCommentsOutLoadsToo() throws {
        let lines = try Self.text("config.example.yaml").split(separator: "\n", omittingEmptySubsequences: false)
        let text = lines.map { line in
            let blanks = line.prefix { $0 == " " }
            let rest = line.dropFirst(blanks.count)
            let isSetting = rest.hasPrefix("# ") && (rest.hasSuffix(":") || rest.contains(": ")) && !rest.contains(". ")
            return isSetting && !rest.contains("curl") && !rest.contains(" by its ") ? blanks + rest.dropFirst(2) : line
        }.joined(separator: "\n")
        let loaded = load(text, ["OPENROUTER_API_KEY": "k", "LITELLM_MASTER_KEY": "m"])
        #expect(loaded.texts == [])
        #expect(loaded.config.models.map(\.name) == ["demo", "openrouter/*", "fast"])
        #expect(loaded.config.general.masterKey?.variable == "LITELLM_MASTER_KEY")
    }
}
