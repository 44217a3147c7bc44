import Testing

@testable import Observability

@Suite struct LabelNamesTests {
    /// For Unicode they are equal; a client that asks for the one must not count as one that asked for the other.
    @Test func aLabelIsItsOwnBytes() {
        let table = LabelTable()
        let names = MetricNames(
            in: table, models: ["m-K", "e\u{301}"], deployments: [], providers: [], outcomes: [], routes: [])
        #expect(names.model("m-K", group: nil) != .other)
        #expect(names.model("m-\u{212A}", group: nil) == .other)
        #expect(names.model("\u{E9}", group: nil) == .other)
        var memory = NameMemory()
        #expect(memory.model("m-\u{212A}", group: nil, names) == .other)
        #expect(memory.model("m-K", group: nil, names) == names.model("m-K", group: nil))
        #expect(table.label("m-K") != table.label("m-\u{212A}"))
    }
}
