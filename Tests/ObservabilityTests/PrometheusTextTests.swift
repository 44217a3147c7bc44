import Testing

@testable import Observability

@Suite struct PrometheusTextTests {
    static let numbers: [(Double, String)] = [
        (0, "0"), (1, "1"), (-3, "-3"), (0.5, "0.5"), (0.00008, "8e-05"), (9_007_199_254_740_992, "9007199254740992.0"),
        (1e300, "1e+300"), (.nan, "NaN"), (.infinity, "+Inf"), (-.infinity, "-Inf"),
    ]

    @Test(arguments: numbers) func number(_ value: Double, _ expected: String) {
        #expect(PrometheusText.number(value) == expected)
    }

    @Test func aFamilyIsEscapedSortedAndAddedUp() {
        var family = MetricFamily("x_total", "One \\ line\nand \"another\".", .counter)
        for (name, value) in [("b\"\\\n", 1.0), ("a", 2), ("b\"\\\n", 0.5)] {
            var labels = LabelText()
            labels.add("model", name)
            labels.add("team", "None")
            family.add(labels, value)
        }
        var text = PrometheusText()
        family.write(to: &text)
        MetricFamily("y", "Without a sample it is not there.", .gauge).write(to: &text)
        var bare = MetricFamily("z", "Without labels.", .gauge)
        bare.add(LabelText(), 7)
        bare.write(to: &text)
        #expect(
            String(decoding: text.bytes, as: UTF8.self) == #"""
                # HELP x_total One \\ line\nand "another".
                # TYPE x_total counter
                x_total{model="a",team="None"} 2
                x_total{model="b\"\\\n",team="None"} 1.5
                # HELP z Without labels.
                # TYPE z gauge
                z 7

                """#)
    }

    @Test func aHistogramIsCumulative() {
        var family = HistogramFamily("h", "Seconds.")
        var histogram = Histogram()
        for seconds in [0.004, 0.2, 0.2, 1.5, 1000] { histogram.observe(seconds: seconds) }
        var labels = LabelText()
        labels.add("model", "m")
        family.add(labels, histogram)
        family.add(LabelText(), Histogram())
        var text = PrometheusText()
        family.write(to: &text)
        #expect(
            String(decoding: text.bytes, as: UTF8.self) == #"""
                # HELP h Seconds.
                # TYPE h histogram
                h_bucket{model="m",le="0.005"} 1
                h_bucket{model="m",le="0.01"} 1
                h_bucket{model="m",le="0.025"} 1
                h_bucket{model="m",le="0.05"} 1
                h_bucket{model="m",le="0.1"} 1
                h_bucket{model="m",le="0.25"} 3
                h_bucket{model="m",le="0.5"} 3
                h_bucket{model="m",le="1.0"} 3
                h_bucket{model="m",le="2.0"} 4
                h_bucket{model="m",le="5.0"} 4
                h_bucket{model="m",le="10.0"} 4
                h_bucket{model="m",le="30.0"} 4
                h_bucket{model="m",le="60.0"} 4
                h_bucket{model="m",le="120.0"} 4
                h_bucket{model="m",le="300.0"} 4
                h_bucket{model="m",le="420.0"} 4
                h_bucket{model="m",le="600.0"} 4
                h_bucket{model="m",le="+Inf"} 5
                h_sum{model="m"} 1001.904
                h_count{model="m"} 5

                """#)
    }
}
