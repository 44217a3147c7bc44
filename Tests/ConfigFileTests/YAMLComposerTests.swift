import JSONText
import Testing

@testable import ConfigFile

@Suite struct YAMLComposerTests {
    /// The tree in a compact notation; strings are quoted, other scalars are not.
    static func show(_ text: String) -> String {
        do {
            let file = try YAMLComposer.compose(Array(text.utf8), file: "c.yaml")
            return file.root.map { show($0.json { scalar, _ in scalar.json }) } ?? "nothing"
        } catch {
            return "\(error.line):\(error.column): \(error.problem)"
        }
    }

    static func show(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .number(let text): text
        case .string(let text): "'\(text)'"
        case .array(let items): "[" + items.map(show).joined(separator: " ") + "]"
        case .object(let members): "{" + members.map { "\($0.key):" + show($0.value) }.joined(separator: " ") + "}"
        }
    }

    typealias Case = (rule: String, text: String, tree: String)
    static let cases: [Case] = [
        ("empty file", "", "nothing"),
        ("comments only", "# a\n", "nothing"),
        ("byte order mark", "\u{FEFF}a: 1", "{a:1}"),
        ("document marks", "---\na: 1\n...\n", "{a:1}"),
        ("empty document", "---\n", "null"),
        ("block and flow", "a:\n  - b\n  - {c: [1, x]}\n", "{a:['b' {c:[1 'x']}]}"),
        ("quotes make strings", #"a: "1"\#nb: 'no'"#, "{a:'1' b:'no'}"),
        ("blocks make strings", "a: |\n  1\nb: >-\n  x\n  y\n", "{a:'1\n' b:'x y'}"),
        ("!!str makes a string", "a: !!str 12", "{a:'12'}"),
        ("core tags are ignored", "a: !!map {b: !!seq [1]}", "{a:{b:[1]}}"),
        ("foreign tags are ignored", "a: !x {b: !y 1}", "{a:{b:1}}"),
        ("alias", "a: &x [1]\nb: *x", "{a:[1] b:[1]}"),
        ("alias as a key", "a: &x k\n*x : 2", "{a:'k' k:2}"),
        ("anchor set twice: the later one", "a: &x 1\nb: &x 2\nc: *x", "{a:1 b:2 c:2}"),
        ("merge, own key wins", "a: &x {p: 1, q: 2}\nb: {q: 3, <<: *x}", "{a:{p:1 q:2} b:{p:1 q:3}}"),
        (
            "merge of a list, the first wins", "a: {x: 1, <<: [{x: 2, y: 3}, {y: 4, z: 5}]}",
            "{a:{y:3 z:5 x:1}}"
        ),
        ("quoted << is a key", #"a: {"<<": {b: 1}}"#, "{a:{<<:{b:1}}}"),
        ("the last of two equal keys counts", "{a: 1, a: 2}", "{a:2}"),
        ("a list as root", "- 1", "[1]"),
        (
            "unknown alias", "a: *b",
            "1:4: an alias (`*…`) without its anchor; put a text that begins with `*` in quotes"
        ),
        (
            "alias inside its anchor", "a: &a [*a]",
            "1:8: an alias (`*…`) without its anchor; put a text that begins with `*` in quotes"
        ),
        ("merge of a scalar", "x: {<<: 1}", "1:9: `<<` wants a map or a list of maps"),
        ("merge of scalars", "x: {<<: [1]}", "1:11: `<<` wants a map or a list of maps"),
        ("list as a key", "? [1]\n: 2", "1:5: a key is a single value, neither a list nor a map"),
        ("two documents", "a: 1\n---\nb: 2", "2:1: a file holds one document; this `---` begins a second one"),
        ("tab", "a:\n\t- b", "2:1: found character that cannot start any token while scanning for the next token"),
        ("bracket left open", "a: [1", "2:1: did not find expected ',' or ']' while parsing a flow sequence"),
        ("not UTF-8 control", "a: \u{1}", "0:0: control characters are not allowed"),
        (
            "64 deep", String(repeating: "[", count: 64) + String(repeating: "]", count: 64),
            String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        ),
        ("65 deep", String(repeating: "[", count: 65), "1:65: more than 64 lists and maps inside each other"),
        (
            "deep by aliases",
            (1...65).reduce("a0: &a0 []\n") { $0 + "a\($1): &a\($1) [*a\($1 - 1)]\n" },
            "64:12: more than 64 lists and maps inside each other"
        ),
    ]

    @Test(arguments: cases) func trees(_ c: Case) {
        #expect(Self.show(c.text) == c.tree, "\(c.rule)")
    }

    @Test func howDeepAFileNestsDecidesAboutNoCallDepth() {
        let text = String(repeating: "[", count: 100_000)
        #expect(Self.show(text) == "1:65: more than 64 lists and maps inside each other")
    }

    @Test func aliasBombIsRefused() {
        var text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
        for level in 1...12 {
            let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ",")
            text += "a\(level): &a\(level) [\(aliases)]\n"
        }
        #expect(Self.show(text).hasSuffix("more than 200000 values, aliases counted with what they stand for"))
    }

    /// Ten thousand deployments with a dozen settings each have as many keys as values.
    @Test func keysAreNoValues() throws {
        let map = "{a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8, i: 9}"
        func list(_ count: Int) -> [UInt8] { Array(String(repeating: "- \(map)\n", count: count).utf8) }
        let composed = try YAMLComposer.compose(list(19_999), file: "c")
        guard case .list(let items) = composed.root?.content else {
            Issue.record("no list")
            return
        }
        #expect(items.count == 19_999)
        #expect(throws: YAMLError.self) { try YAMLComposer.compose(list(20_000), file: "c") }
    }

    @Test func mergeBombIsRefused() {
        let keys = (0..<1000).map { "k\($0): 1" }.joined(separator: ", ")
        let merges = Array(repeating: "*a", count: 1000).joined(separator: ", ")
        #expect(Self.show("a: &a {\(keys)}\nb: {<<: [\(merges)]}").contains("more than 200000 values"))
    }

    @Test func everyCutOfAFileIsATreeOrAnError() {
        let text = Array("a: &x {p: [1, 'zwei', \"d\\u00e9\"], <<: {q: ~}}\nb: *x\nc: |\n  text ü\nd: !t x\n".utf8)
        for length in 0...text.count {
            // What matters is that each call returns.
            _ = try? YAMLComposer.compose(Array(text[..<length]), file: "c.yaml")
            _ = try? YAMLComposer.compose(Array(text[length...]), file: "c.yaml")
        }
    }

    @Test func everyByteInEveryPlaceIsATreeOrAnError() {
        let text = Array("a: &x {p: [1]}\nb: *x\n".utf8)
        for index in text.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = text
                changed[index] = byte
                _ = try? YAMLComposer.compose(changed, file: "c.yaml")
            }
        }
    }

    @Test func duplicatesAndTagsAreReportedWithPathAndLine() throws {
        let text = "m:\n  - a: 1\n    b:\n      c: 1\n      c: 2\n    a: !secret x\n"
        let file = try YAMLComposer.compose(Array(text.utf8), file: "c.yaml")
        #expect(
            file.warnings.map(\.text) == [
                "c.yaml:5: m[0].b.c: is there twice, first in line 4; the last one counts",
                "c.yaml:6: m[0].a: a tag (`!…`) has no meaning here; put a text that begins with `!` in quotes",
                "c.yaml:6: m[0].a: is there twice, first in line 2; the last one counts",
            ])
    }
}
