import ConfigFile
import JSONText
import Model
import Routing
import Testing

@Suite struct DeploymentIDTests {
    private func id(_ name: String, _ written: [(String, JSONValue)]) -> String {
        DeploymentID.derived(
            from: entry(name, "openai/a") { $0.params.written = written.map { .init($0.0, $0.1) } })
    }

    @Test func isTheSameForTheSameEntryAndAnotherForAnyOther() {
        let model = ("model", JSONValue.string("openai/a"))
        let rpm = ("rpm", JSONValue.number("10"))
        let all = [
            id("m", [model, rpm]), id("n", [model, rpm]), id("m", [rpm, model]), id("m", [model]),
            id("m", [model, ("rpm", .string("10"))]), id("mm", [("odel", .string("openai/a")), rpm]),
        ]
        #expect(Set(all).count == all.count)
        #expect(all.allSatisfy { $0.utf8.count == 64 })
        #expect(id("m", [model, rpm]) == all.first)
    }

    @Test func holdsTheVariableAndNotItsValue() {
        func made(_ secret: String) -> [String] {
            catalog([entry("m", "openai/a") { $0.params.apiKey = variable("K", secret) }]).groups
                .flatMap(\.deployments).map(\.id)
        }
        #expect(made("one") == made("two"))
    }

    @Test func isUniqueInACatalog() throws {
        let same = catalog([
            entry("m", "openai/a") { $0.params.apiKey = literal("one") },
            entry("m", "openai/a") { $0.params.apiKey = literal("two") },
            entry("x", "openai/x") { $0.info.id = "id" }, entry("y", "openai/y") { $0.info.id = "id" },
        ])
        let ids = same.groups.flatMap(\.deployments).map(\.id)
        #expect(Set(ids).count == 4)
        #expect(ids.first.map { "\($0)-2" } == ids.dropFirst().first)
        #expect(same.issues.map(\.cause) == [.repeatedID("id")])
        #expect(try same.resolve("id").targets.first?.upstreamModel == "x")
        #expect(try same.resolve("id-2").targets.first?.upstreamModel == "y")
        #expect(Set(same.entries.ids) == Set(ids))
    }

    @Test func equalEntriesAreCounted() {
        let first = DeploymentID.derived(from: entry("m", "openai/a"))
        let same = catalog([
            entry("m", "openai/a"), entry("other", "openai/b") { $0.info.id = "\(first)-3" }, entry("m", "openai/a"),
            entry("m", "openai/a"), entry("m", "openai/a"),
        ])
        let ids = same.groups.filter { $0.name == "m" }.flatMap(\.deployments).map(\.id)
        #expect(ids == [first, "\(first)-2", "\(first)-4", "\(first)-5"])
    }

    @Test func providersBehindOneWildcardRestApart() throws {
        let everything = catalog([entry("*", "*") { $0.info.id = "all" }])
        #expect(try everything.resolve("openai/a").targets.map(\.deployment.id) == ["all-openai"])
        #expect(try everything.resolve("openrouter/a/b").targets.map(\.deployment.id) == ["all-openrouter"])
    }
}
