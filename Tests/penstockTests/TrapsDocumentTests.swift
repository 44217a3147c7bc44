import Foundation
import Testing

/// docs/THREAT_MODEL.md names every place in Sources that ends the process on purpose, so that a new one needs a reason
/// that a reviewer reads.
@Suite struct TrapsDocumentTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// What ends the process when it turns out to be wrong, by the word that a line of code has.
    private static let words = [
        "precondition": #"\bprecondition\("#, "preconditionFailure": #"\bpreconditionFailure\("#,
        "fatalError": #"\bfatalError\("#, "assert": #"\bassert(ionFailure)?\("#,
        "unowned": #"\bunowned(\([a-z]+\))? (self|let|var)\b"#,
        "uniqueKeysWithValues": #"\buniqueKeysWithValues:"#, "!": #"[\w\)\]]!([\s\.\)\],;:\[]|$)"#,
    ]

    /// `HTTPServer/ServerExchange.swift: 2 precondition`, for each file and word that it has.
    private static func found() throws -> Set<String> {
        let sources = root.appendingPathComponent("Sources").resolvingSymlinksInPath()
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var found: Set<String> = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
                .filter { line in words.keys.contains { line.contains($0) } }.map(code)
            for (word, pattern) in words {
                let pattern = try Regex(pattern)
                let count = lines.reduce(0) { $1.contains(word) ? $0 + $1.matches(of: pattern).count : $0 }
                let name = file.resolvingSymlinksInPath().path.dropFirst(sources.path.count + 1)
                if count > 0 { found.insert("\(name): \(count) \(word)") }
            }
        }
        return found
    }

    /// A line without its comment and what its strings say.
    private static func code(_ line: Substring) -> String {
        let bare = line.replacing(#/"(\\.|[^"\\])*"/#, with: "\"\"")
        return String(bare.prefix(upTo: bare.firstRange(of: "//")?.lowerBound ?? bare.endIndex))
    }

    @Test func everyTrapIsInTheDocument() throws {
        let text = try String(contentsOf: Self.root.appendingPathComponent("docs/THREAT_MODEL.md"), encoding: .utf8)
        let rows = text.matches(of: #/\| `(?<file>[\w/+]+\.swift)` \| (?<count>\d+) `(?<word>[^`]+)` \|/#)
        let listed = Set(rows.map { "\($0.output.file): \($0.output.count) \($0.output.word)" })
        let found = try Self.found()
        #expect(found.count > 10)
        #expect(found.subtracting(listed).sorted() == [], "in Sources and not in docs/THREAT_MODEL.md")
        #expect(listed.subtracting(found).sorted() == [], "in docs/THREAT_MODEL.md and not in Sources")
    }

    @Test func aLineIsReadWithoutItsWords() {
        #expect(Self.code(#"let a = "fatalError(\"x\") // no" + b! // precondition("#) == #"let a = "" + b! "#)
    }
}
