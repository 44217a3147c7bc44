import ConfigFile
import Routing
import Testing

@testable import Gateway

@Suite struct RouteMemoryTests {
    private func catalog() -> Catalog {
        var config = Config()
        for (name, model) in [("plain", "openrouter/vendor/plain"), ("openrouter/*", "openrouter/*")] {
            var params = ModelParams()
            params.model = model
            config.models.append(
                ModelEntry(
                    name: name, params: params, location: ConfigLocation(path: "model_list", file: "c.yaml", line: 1)))
        }
        config.router.aliases = [
            ModelAlias(alias: "other", target: "plain", hidden: false),
            ModelAlias(alias: "hidden", target: "openrouter/vendor/x", hidden: true),
        ]
        return Catalog(config: config, environment: Keys.environment)
    }

    @Test(arguments: ["plain", "other", "hidden", "openrouter/vendor/a", "openrouter/openrouter/free"])
    func theSameRouteWhetherRememberedOrNot(_ name: String) throws {
        let catalog = catalog()
        var memory = RouteMemory(catalog)
        let expected = try catalog.resolve(name)
        for _ in 0..<3 {
            let route = try memory.resolve(name)
            #expect(route.requested == expected.requested)
            #expect(route.group == expected.group)
            #expect(route.steps == expected.steps)
            #expect(route.targets.map(\.upstreamModel) == expected.targets.map(\.upstreamModel))
            #expect(route.targets.map(\.trail) == expected.targets.map(\.trail))
            #expect(route.targets.map(\.place) == expected.targets.map(\.place))
        }
    }

    @Test func aWildcardsTargetIsMadeOnce() throws {
        var memory = RouteMemory(catalog())
        let first = try memory.resolve("openrouter/vendor/a")
        let second = try memory.resolve("openrouter/vendor/a")
        #expect(first.targets[0] === second.targets[0])
    }

    @Test func anyNumberOfNamesTakesBoundedRoom() throws {
        var memory = RouteMemory(catalog())
        for number in 0..<5000 {
            #expect(try memory.resolve("openrouter/vendor/\(number)").targets[0].upstreamModel == "vendor/\(number)")
            #expect(memory.count <= RouteMemory.limit)
        }
    }

    @Test func anUnknownNameIsNotRemembered() throws {
        var memory = RouteMemory(catalog())
        for _ in 0..<2 {
            #expect(throws: ResolutionError.self) { try memory.resolve("nothing") }
        }
        #expect(memory.count == 0)
    }
}
