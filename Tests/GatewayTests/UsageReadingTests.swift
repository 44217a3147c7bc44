import JSONText
import Model
import Testing

@testable import Gateway

@Suite struct UsageReadingTests {
    static let table: [Row<String, Usage?>] = [
        Row("nothing", "{}", Usage()),
        Row("null", "null", nil), Row("text", #""5""#, nil), Row("array", "[1]", nil),
        Row(
            "chat", #"{"prompt_tokens":69,"completion_tokens":22,"total_tokens":91,"cost":0.25}"#,
            Usage(promptTokens: 69, completionTokens: 22, totalTokens: 91, cost: 0.25)),
        Row(
            "chat's details",
            #"{"prompt_tokens":1,"prompt_tokens_details":{"audio_tokens":9,"cached_tokens":64},"completion_tokens_details":{"reasoning_tokens":3}}"#,
            Usage(promptTokens: 1, cachedTokens: 64, reasoningTokens: 3)),
        Row(
            "responses",
            #"{"input_tokens":12,"input_tokens_details":{"cached_tokens":1},"output_tokens":4,"output_tokens_details":{"reasoning_tokens":2},"total_tokens":16,"cost":6.25e-05}"#,
            Usage(
                promptTokens: 12, completionTokens: 4, totalTokens: 16, cachedTokens: 1, reasoningTokens: 2,
                cost: 6.25e-05)),
        Row(
            "both", #"{"prompt_tokens":1,"input_tokens":2,"completion_tokens":3,"output_tokens":4}"#,
            Usage(promptTokens: 1, completionTokens: 3)),
        Row("the last one", #"{"prompt_tokens":1,"prompt_tokens":2}"#, Usage(promptTokens: 2)),
        Row("escaped", #"{"\u0070rompt_tokens":7}"#, Usage(promptTokens: 7)),
        Row("nulls", #"{"prompt_tokens":null,"cost":null,"prompt_tokens_details":null}"#, Usage()),
        Row("texts", #"{"prompt_tokens":"5","cost":"0.5","prompt_tokens_details":"x"}"#, Usage()),
        Row("negative", #"{"prompt_tokens":-1,"completion_tokens":-1e3,"cost":-0.5}"#, Usage()),
        Row(
            "fractions", #"{"prompt_tokens":1.5,"completion_tokens":2.0,"total_tokens":1e2}"#,
            Usage(completionTokens: 2, totalTokens: 100)),
        Row(
            "zeros", #"{"prompt_tokens":0,"completion_tokens":-0,"cost":-0.0}"#,
            Usage(promptTokens: 0, completionTokens: 0, cost: 0)),
        Row(
            "the most that is believed",
            #"{"prompt_tokens":1000000000,"completion_tokens":1e9,"total_tokens":1000000001,"cost":1e6}"#,
            Usage(promptTokens: 1_000_000_000, completionTokens: 1_000_000_000, cost: 1_000_000)),
        Row(
            "counts that no answer has",
            #"{"prompt_tokens":9007199254740992,"input_tokens":1,"output_tokens":9223372036854775807,"total_tokens":1e18}"#,
            Usage()),
        Row(
            "details that no answer has",
            #"{"prompt_tokens_details":{"cached_tokens":1e10},"output_tokens_details":{"reasoning_tokens":1000000001}}"#,
            Usage()),
        Row(
            "beyond any count",
            #"{"prompt_tokens":9223372036854775808,"completion_tokens":99999999999999999999,"total_tokens":1e400,"cost":1e400}"#,
            Usage()),
        Row("a cost that no answer has", #"{"cost":1e300}"#, Usage()),
        Row("a little too dear", #"{"cost":1000000.1}"#, Usage()),
        Row("a details' number too large", #"{"prompt_tokens_details":{"cached_tokens":1e30}}"#, Usage()),
    ]

    @Test(arguments: table)
    func reads(_ row: Row<String, Usage?>) throws {
        let usage = try Self.usage(#"{"usage":\#(row.input)}"#)
        #expect(usage == row.expected)
        #expect(usage?.cost?.sign != .minus)
    }

    private static let paths = JSONPaths(Usage.paths("usage"))

    static func usage(_ text: String) throws -> Usage? {
        let bytes = Array(text.utf8)
        let scan = try PathScan(bytes.span, paths)
        var finds = UsageFinds()
        for place in 0..<scan.count { finds.note(scan[place], scan[place].path, in: bytes.span) }
        return finds.usage
    }

    @Test func theLastUsageCounts() throws {
        #expect(try Self.usage(#"{"usage":{"prompt_tokens":1,"cost":1},"usage":{"total_tokens":2}}"#)?.totalTokens == 2)
        #expect(try Self.usage(#"{"usage":{"prompt_tokens":1},"usage":{"total_tokens":2}}"#)?.promptTokens == nil)
        #expect(try Self.usage(#"{"usage":{"prompt_tokens":1},"usage":null}"#) == nil)
        #expect(try Self.usage(#"{"usage":null,"usage":{"cost":1}}"#) == Usage(cost: 1))
        #expect(try Self.usage(#"{"x":{"usage":{"cost":1}},"y":[{"usage":{}}]}"#) == nil)
    }

    @Test func detailsThatAreThereKeepTheOtherNameOut() throws {
        let input = #""input_tokens_details":{"cached_tokens":3}"#
        for prompt in ["null", "{}", "[]", "0", #"{"cached_tokens":"x"}"#] {
            let text = #"{"usage":{"prompt_tokens_details":\#(prompt),\#(input)}}"#
            #expect(try Self.usage(text) == Usage(), "\(prompt)")
        }
        #expect(try Self.usage("{\"usage\":{\(input)}}")?.cachedTokens == 3)
    }

    @Test func costsWhatWasReportedElseTokensTimesPrice() {
        let price = Deployment.Price(input: 0.001, output: 0.01)
        #expect(Usage(promptTokens: 10, cost: 5).cost(at: price) == 5)
        #expect(Usage(promptTokens: 10, cost: 0).cost(at: price) == 0)
        #expect(Usage(promptTokens: 10, completionTokens: 2).cost(at: price) == 0.03)
        #expect(Usage(promptTokens: 10).cost(at: price) == 0.01)
        #expect(Usage(completionTokens: 2).cost(at: price) == nil)
        #expect(Usage(promptTokens: 10).cost(at: nil) == nil)
    }

    @Test(arguments: [1e300, 1e308, Double.greatestFiniteMagnitude, 1e6, .infinity, .nan])
    func aPriceBeyondReasonMakesNoCost(_ price: Double) {
        let most = Usage(promptTokens: Usage.mostTokens, completionTokens: Usage.mostTokens)
        #expect(most.cost(at: .init(input: price, output: price)) == nil)
        #expect(most.cost(at: .init(input: 0, output: price)) == nil)
        #expect(most.cost(at: .init(input: 0, output: -price)) == nil)
    }
}
