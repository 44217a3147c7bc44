import Testing

@testable import penstock

@Suite struct BurstMemoryTests {
    typealias Case = (rule: String, connections: [Int], trims: [Bool])
    static let cases: [Case] = [
        ("few connections are no burst", [0, 200, 0, 0], [false, false, false, false]),
        ("a burst that ended", [0, 1000, 0, 0], [false, false, true, false]),
        ("one that is ending", [1000, 700, 400, 400], [false, false, true, false]),
        ("less than half has to be left", [1000, 600, 600], [false, false, false]),
        ("while new ones come it is not over", [1000, 100, 200, 150], [false, true, false, false]),
        ("each burst once", [600, 0, 600, 0, 0], [false, true, false, true, false]),
        ("a load that goes up and down a little", [1000, 900, 1000, 950], [false, false, false, false]),
    ]

    @Test(arguments: cases)
    func trimsWhenABurstIsOver(_ c: Case) {
        var memory = BurstMemory()
        #expect(c.connections.map { memory.isToTrim(connections: $0) } == c.trims, "\(c.rule)")
    }
}
