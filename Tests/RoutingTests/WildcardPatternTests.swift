import Routing
import Testing

@Suite struct WildcardPatternTests {
    static let matches: [(pattern: String, name: String, captures: [String]?)] = [
        ("*", "", [""]),
        ("*", "anything/at all", ["anything/at all"]),
        ("openrouter/*", "openrouter/a/b", ["a/b"]),
        ("openrouter/*", "openrouter/", [""]),
        ("openrouter/*", "openrouter", nil),
        ("openrouter/*", "xopenrouter/a", nil),
        ("my-*-model", "my-4o-model", ["4o"]),
        ("my-*-model", "my--model", [""]),
        ("my-*-model", "my-model", nil),
        ("my-*-model", "my-4o-modelXYZ", nil),
        ("a/*/b/*", "a/x/b/y", ["x", "y"]),
        // An earlier star is the greedy one.
        ("a/*/b/*", "a/x/b/y/b/z", ["x/b/y", "z"]),
        ("*-*", "a-b-c", ["a-b", "c"]),
        ("**", "ab", ["ab", ""]),
        ("*a*a*", "aaa", ["a", "", ""]),
        ("*ab*", "ab", ["", ""]),
        ("*.gguf", "m.gguf", ["m"]),
        // Nothing but the star is special.
        ("a.c*", "abcd", nil),
        ("a+(b)*", "a+(b)c", ["c"]),
        ("é*", "éa", ["a"]),
        ("*é", "é", [""]),
        ("gpt-*", "GPT-4", nil),
    ]

    @Test(arguments: matches)
    func capturesWhatEachStarStandsFor(_ c: (pattern: String, name: String, captures: [String]?)) throws {
        let pattern = try #require(WildcardPattern(c.pattern))
        #expect(pattern.captures(of: Array(c.name.utf8)) == c.captures, "\(c.pattern) against \(c.name)")
    }

    @Test func aNameWithoutAStarIsNoPattern() {
        #expect(WildcardPattern("gpt-4o") == nil)
        #expect(WildcardPattern("") == nil)
    }

    static let substitutions: [(captures: [String], target: String, result: String)] = [
        (["x"], "openai/*", "openai/x"),
        (["x"], "openai/fixed", "openai/fixed"),
        (["x", "y"], "*/*", "x/y"),
        (["x", "y"], "openai/*", "the whole name"),
        (["z"], "openai/x-*-*", "openai/x-z-*"),
        ([""], "openai/*", "openai/"),
        (["*"], "a-*-b", "a-*-b"),
    ]

    @Test(arguments: substitutions)
    func isSubstituted(_ c: (captures: [String], target: String, result: String)) {
        #expect(WildcardPattern.substitute(c.captures, into: c.target, requested: "the whole name") == c.result)
    }

    @Test func ranksByLiteralLengthThenByStars() throws {
        let order = try ["anthropic/claude-*", "openrouter/*", "my-*-model", "a/*/b/*", "a*", "a**", "*", "**"].map {
            try #require(WildcardPattern($0))
        }
        for (i, a) in order.enumerated() {
            for b in order[(i + 1)...] {
                #expect(a.precedes(b) || (a.literalBytes, a.starCount) == (b.literalBytes, b.starCount))
                #expect(!b.precedes(a))
            }
        }
    }

    /// Backtracking would take longer than the universe has; here the test's own time limit would notice a second.
    @Test(.timeLimit(.minutes(1))) func hostileNamesTakeNoTime() throws {
        let pattern = try #require(WildcardPattern(String(repeating: "a*", count: 200) + "b"))
        #expect(pattern.captures(of: Array(repeating: UInt8(ascii: "a"), count: 512)) == nil)
        let stars = try #require(WildcardPattern(String(repeating: "*", count: 500)))
        #expect(stars.captures(of: Array(repeating: UInt8(ascii: "a"), count: 512))?.count == 500)
    }
}
