import JSONText
import Testing

@Suite struct ObjectScanTests {
    static let names = MemberNames("model", "stream", "messages", "max_completion_tokens", "é", "", "a\"b")

    typealias Case = (rule: String, input: String, index: Int, values: [String])
    static let cases: [Case] = [
        ("found", #"{"model":"m"}"#, 0, [#""m""#]),
        ("not there", #"{"models":1,"mode":2,"Model":3,"model ":4}"#, 0, []),
        ("white space is not part of the value", "{ \"model\" :\n [ 1 ] , \"x\":0}", 0, ["[ 1 ]"]),
        ("the last of several", #"{"model":1,"x":{},"model":2,"model":3}"#, 0, ["1", "2", "3"]),
        ("escaped key", #"{"\u006dodel":1}"#, 0, ["1"]),
        ("wholly escaped key", #"{"\u006D\u006f\u0064\u0065\u006c":1}"#, 0, ["1"]),
        ("escaped and plain", #"{"model":1,"mode\u006c":2}"#, 0, ["1", "2"]),
        ("escaped backslash is not an escape", #"{"\\u006dodel":1}"#, 0, []),
        ("nested keys are not members", #"{"a":{"model":1},"b":[{"model":2}],"model":3}"#, 0, ["3"]),
        ("a string that looks like a member", #"{"a":"\"model\":1","model":2}"#, 0, ["2"]),
        ("long name", #"{"max_completion_tokens":1,"max_completion_tokenz":2}"#, 3, ["1"]),
        ("long name, first eight bytes alike", #"{"max_comp":1,"max_compl":2}"#, 3, []),
        ("name outside ASCII", #"{"é":1,"\u00e9":2,"e\u0301":3}"#, 4, ["1", "2"]),
        ("empty name", #"{"":1," ":2}"#, 5, ["1"]),
        ("name with a quote", #"{"a\"b":1,"a\u0022b":2,"a\\\"b":3}"#, 6, ["1", "2"]),
        (
            "every kind", #"{"stream":null,"stream":true,"stream":-1e5,"stream":"","stream":{}}"#, 1,
            ["null", "true", "-1e5", "\"\"", "{}"]
        ),
        ("name with a NUL behind", #"{"model\u0000":1}"#, 0, []),
        ("end of the text", #"{"model":{}}"#, 0, ["{}"]),
    ]

    @Test(arguments: cases)
    func findsEveryOccurrence(_ c: Case) throws {
        let bytes = utf8(c.input)
        let scan = try ObjectScan(bytes.span, names: Self.names)
        #expect(scan.occurrences(of: c.index).map { slice($0.value, bytes) } == c.values, "\(c.rule)")
        #expect(slice(scan[c.index], bytes) == c.values.last, "\(c.rule)")
        for member in scan.occurrences(of: c.index) {
            #expect(slice(member.key, bytes)?.first == "\"" && slice(member.key, bytes)?.last == "\"")
        }
    }

    @Test(arguments: cases)
    func findsTheSameInANestedObject(_ c: Case) throws {
        let outer = utf8("[1, \(c.input) ,2]")
        let tape = try JSONTape(outer)
        let node = try #require(tape.root[1])
        let scan = try #require(scanWithin(outer, node.range, Self.names))
        #expect(scan.object == node.range)
        #expect(scan.occurrences(of: c.index).map { slice($0.value, outer) } == c.values, "\(c.rule)")
        let wide = try #require(
            scanWithin(outer, node.range.lowerBound - 1..<node.range.upperBound + 1, Self.names))
        #expect(wide.object == node.range)
    }

    @Test func tellsWhereTheObjectIsAndWhetherItIsEmpty() throws {
        for (input, object, isEmpty) in [
            ("{}", 0..<2, true), (" { } ", 1..<4, true), ("\n{\"x\":1}\t", 1..<8, false), ("{\"a\":{}}", 0..<8, false),
        ] {
            let bytes = utf8(input)
            let scan = try ObjectScan(bytes.span, names: Self.names)
            #expect(scan.object == object && scan.isEmpty == isEmpty)
            let nested = try #require(scanWithin(bytes, 0..<bytes.count, Self.names))
            #expect(nested.object == object && nested.isEmpty == isEmpty)
        }
    }

    @Test func whatIsNoObjectHasNoScanWithin() {
        for input in ["[]", "1", "null", "\"{}\"", "", "  "] {
            let bytes = utf8(input)
            #expect(scanWithin(bytes, 0..<bytes.count, Self.names) == nil)
        }
        let bytes = utf8("{}")
        #expect(scanWithin(bytes, 0..<9, Self.names) == nil)
    }

    @Test func skippingUncheckedTextNeverTraps() {
        var random = SeededGenerator(seed: 3)
        let alphabet = utf8("{}[]\"\\:,model1 ")
        for _ in 0..<20_000 {
            let bytes = utf8("{\"model\":") + (0..<12).map { _ in alphabet.randomElement(using: &random) ?? 0 }
            let range = 0..<bytes.count
            _ = ObjectScan(bytes.span, within: range, names: Self.names)
            var elements = JSONElements(9..<bytes.count, in: bytes.span)
            while let element = elements.next() { #expect(element.upperBound <= bytes.count) }
            _ = jsonString(9..<bytes.count, in: bytes.span)
            _ = jsonInt(9..<bytes.count, in: bytes.span)
        }
    }

    @Test func manyNamesAllAreFound() throws {
        let names = MemberNames(
            "model", "stream", "messages", "input", "tools", "tool_choice", "user", "metadata", "temperature", "top_p",
            "n",
            "max_tokens", "stop", "seed", "logprobs", "fallbacks", "api_key", "api_base", "timeout", "num_retries",
            "usage",
            "choices", "error", "id", "object", "created", "stream_options", "response_format", "parallel_tool_calls")
        for index in 0..<names.count {
            let bytes = utf8("{\"x\":0,\"\(text(names.bytes(of: index)))\":1}")
            let scan = try ObjectScan(bytes.span, names: names)
            for other in 0..<names.count { #expect((scan[other] != nil) == (other == index)) }
        }
    }

    @Test func namesMayStandAtTheVeryEndOfTheSpan() {
        // A key is never the last thing of valid text; a cut one must not be read past the end.
        for end in 1...9 {
            let bytes = Array(utf8(#"{"model":"#)[..<end])
            #expect(throws: JSONError.self) { _ = try ObjectScan(bytes.span, names: Self.names) }
        }
    }
}
