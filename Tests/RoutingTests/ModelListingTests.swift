import ConfigFile
import Routing
import Testing

@Suite struct ModelListingTests {
    @Test func groupsAndVisibleAliasesInTheFilesOrder() {
        let listed = catalog(
            [
                entry("b", "openai/b") { $0.info.mode = "chat" }, entry("openrouter/*", "openrouter/*"),
                entry("a", "openai/a"), entry("b", "openai/b2"), entry("*", "*"), entry("broken", "nowhere"),
                entry("claude", "anthropic/claude"), entry("shadowed", "openai/s"), entry("gone", "openai/g"),
            ],
            aliases: [
                .init(alias: "visible", target: "a"), .init(alias: "hidden", target: "a", hidden: true),
                .init(alias: "shadowed", target: "b"), .init(alias: "gone", target: "b", hidden: true),
                .init(alias: "nowhere", target: "nothing/at/all/x"), .init(alias: "wild", target: "openrouter/a/b"),
            ]
        ).listing()
        #expect(listed.map(\.name) == ["b", "openrouter/*", "a", "*", "shadowed", "visible", "wild"])
        #expect(listed.map(\.isWildcard) == [false, true, false, true, false, false, false])
        #expect(listed.map(\.aliasOf) == [nil, nil, nil, nil, "b", "a", "openrouter/a/b"])
        #expect(listed.first?.mode == "chat")
    }

    @Test func hiddenAliasesAreCallable() throws {
        let one = catalog([entry("a", "openai/a")], aliases: [.init(alias: "hidden", target: "a", hidden: true)])
        #expect(try one.resolve("hidden").targets.map(\.upstreamModel) == ["a"])
        #expect(one.listing().map(\.name) == ["a"])
    }
}
