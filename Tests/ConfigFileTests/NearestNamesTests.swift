import Testing

@testable import ConfigFile

@Suite struct NearestNamesTests {
    typealias Case = (rule: String, name: String, among: [String], found: [String])
    static let cases: [Case] = [
        ("swapped neighbours", "modle", ["model", "mode", "api_key"], ["mode", "model"]),
        ("missing letter", "api_ky", ["api_key", "api_base"], ["api_key"]),
        ("case does not count", "GPT-4o", ["gpt-4o", "gpt-4"], ["gpt-4o", "gpt-4"]),
        ("dash is underscore", "api-key", ["api_key"], ["api_key"]),
        ("too far", "temperature", ["top_p"], []),
        ("short names need to be close", "abc", ["abd", "xyz", "axy"], ["abd"]),
        ("nothing", "", ["a"], []),
        ("no candidates", "a", [], []),
        ("long names are not compared", String(repeating: "a", count: 257), [String(repeating: "a", count: 257)], []),
        (
            "at most three, nearest first, then by name", "aaaaaaaaa",
            ["aaaaaaaab", "aaaaaaaac", "aaaaaaaaa", "aaaaaaabc"], ["aaaaaaaaa", "aaaaaaaab", "aaaaaaaac"]
        ),
    ]

    @Test(arguments: cases) func nearest(_ c: Case) {
        #expect(nearestNames(to: c.name, among: c.among) == c.found, "\(c.rule)")
    }

    static let distances: [(String, String, Int, Int?)] = [
        ("", "", 0, 0), ("", "ab", 2, 2), ("", "ab", 1, nil), ("ab", "ba", 1, 1), ("ca", "abc", 3, 3),
        ("kitten", "sitting", 3, 3), ("kitten", "sitting", 2, nil), ("same", "same", 0, 0), ("same", "sane", 0, nil),
    ]

    @Test(arguments: distances) func distance(_ first: String, _ second: String, _ bound: Int, _ expected: Int?) {
        #expect(editDistance(Array(first.utf8), Array(second.utf8), atMost: bound) == expected)
        #expect(editDistance(Array(second.utf8), Array(first.utf8), atMost: bound) == expected)
    }

    @Test func suggestionsReadLikeASentence() {
        #expect(suggestion([]) == "")
        #expect(suggestion(["a"]) == "; did you mean `a`?")
        #expect(suggestion(["a", "b", "c"]) == "; did you mean `a`, `b` or `c`?")
    }
}
