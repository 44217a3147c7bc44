import Foundation
import Testing

/// docs/LOG.md has every field that the code writes, each with the one type that it has on every line.
@Suite struct LogDocumentTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func documented() throws -> [String: String] {
        let text = try String(contentsOf: root.appendingPathComponent("docs/LOG.md"), encoding: .utf8)
        let rows = text.matches(of: /\n\| `([a-z_]+)` \| (text|number|flag) \|/).map { (String($0.1), String($0.2)) }
        #expect(Set(rows.map(\.0)).count == rows.count, "a field stands twice")
        return Dictionary(rows) { first, _ in first }
    }

    /// `name type` of every field in the calls of `Log.write` and in a request's line.
    private static func written() throws -> Set<String> {
        let sources = root.appendingPathComponent("Sources").resolvingSymlinksInPath()
        let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
        var found: Set<String> = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            guard text.contains("log.write(") || file.lastPathComponent == "Log.swift" else { continue }
            for call in text.split(separator: "log.write(").dropFirst() {
                let arguments = call.prefix(upTo: call.firstRange(of: "])")?.lowerBound ?? call.startIndex)
                for field in arguments.matches(of: /"([a-z_]+)": (\.[a-z]+\(|")/) {
                    let types = [".text(": "text", ".number(": "number", ".flag(": "flag", "\"": "text"]
                    found.insert("\(field.1) \(types[String(field.2)] ?? "of an unknown type")")
                }
            }
            guard file.lastPathComponent == "Log.swift" else { continue }
            for field in text.matches(of: /add\(key: ",\\"([a-z_]+)\\":", (text:|own:)?/) {
                found.insert("\(field.1) \(field.2 == nil ? "number" : "text")")
            }
            for field in text.matches(of: /add\("([a-z_]+)", true\)/) { found.insert("\(field.1) flag") }
        }
        return found
    }

    @Test func aFieldHasOneTypeAndARow() throws {
        let (documented, written) = (try Self.documented(), try Self.written())
        #expect(written.count > 30, "the search finds what it looks for")
        for field in written {
            let parts = field.split(separator: " ", maxSplits: 1).map(String.init)
            #expect(documented[parts[0]] == parts[1], "\(field)")
        }
        // These are put together elsewhere.
        let others: Set = [
            "time", "level", "message", "deployment", "provider", "upstream_model", "group", "answered_model",
            "answered_provider",
        ]
        let names = Set(written.map { String($0.prefix { $0 != " " }) }).union(others)
        #expect(Set(documented.keys) == names)
    }
}
