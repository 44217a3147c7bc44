import Testing

@testable import ConfigFile

@Suite struct NameIndexTests {
    /// Names of one form, as large catalogs have them: the worst case, since they differ at their end.
    private static func names(_ count: Int) -> [String] {
        (0..<count).map { "openrouter/provider/some-model-of-this-catalog-\($0)" }
    }

    @Test func aSearchIsBoundedHoweverManyNamesThereAre() {
        for count in [1000, 10_000, 100_000] {
            let index = NameIndex(Self.names(count))
            for name in ["openrouter/provider/some-model-of-this-catalog-9x9", String(repeating: "a", count: 256)] {
                var steps = 0
                let found = index.nearest(to: name, limit: 3, steps: &steps)
                #expect(steps <= NameIndex.mostSteps + 256 * 7, "\(count)")
                #expect(found.isEmpty == !name.hasPrefix("openrouter"))
            }
        }
    }

    @Test func theLongestNamesAreBoundedToo() {
        let long = String(repeating: "a", count: 250)
        let index = NameIndex((0..<10_000).map { long + "\($0)" })
        var steps = 0
        #expect(!index.nearest(to: long + "99x9", limit: 3, steps: &steps).isEmpty)
        #expect(steps <= NameIndex.mostSteps + 256 * 7)
    }

    @Test func aUsualCatalogIsSearchedWhole() {
        let names = Self.names(300) + ["gpt-4o", "gpt-4o-mini", "claude-sonnet"]
        let index = NameIndex(names)
        #expect(index.nearest(to: "gpt-4o-mnii") == ["gpt-4o-mini"])
        #expect(index.nearest(to: "Claude_Sonet") == ["claude-sonnet"])
        #expect(index.nearest(to: names[17] + "z") == [names[17], names[170], names[171]])
    }

    @Test func aComparisonKeepsToTheDiagonal() {
        let (first, second) = ([UInt8](repeating: 97, count: 256), [UInt8](repeating: 97, count: 256))
        var steps = 0
        #expect(editDistance(first, second, atMost: 3, steps: &steps) == 0)
        #expect(steps <= 256 * 7)
    }
}
