import Model
import Testing

@Suite struct SaturationTests {
    static let whole: [(one: Int, other: Int, sum: Int)] = [
        (0, 0, 0), (1, 2, 3), (5, -7, -2),
        (.max, 0, .max), (.max, 1, .max), (1, .max, .max), (.max, .max, .max), (.max - 1, 1, .max),
        (.min, 0, .min), (.min, -1, .min), (-1, .min, .min), (.min, .min, .min), (.min, .max, -1),
    ]

    @Test(arguments: whole)
    func addsUpToTheLargest(_ row: (one: Int, other: Int, sum: Int)) {
        #expect(row.one.addingSaturated(row.other) == row.sum)
        var sum = row.one
        sum.addSaturated(row.other)
        #expect(sum == row.sum)
    }

    static let largest = Double.greatestFiniteMagnitude

    static let fractional: [(one: Double, other: Double, sum: Double)] = [
        (0.5, 0.25, 0.75), (largest, largest, largest), (-largest, -largest, -largest), (1, .infinity, 1),
        (1, -.infinity, 1), (1, .nan, 1), (largest, -largest, 0),
    ]

    @Test(arguments: fractional)
    func staysFinite(_ row: (one: Double, other: Double, sum: Double)) {
        var sum = row.one
        sum.addSaturated(row.other)
        #expect(sum == row.sum)
    }
}
