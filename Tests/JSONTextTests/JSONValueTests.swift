import JSONText
import Testing

@Suite struct JSONValueTests {
    @Test func orderDuplicatesAndSpellingStay() throws {
        let input = #"{"b":1.50,"a":-0,"b":1E+2,"":[null,true,"\"é\n"],"big":123456789012345678901234567890,"o":{}}"#
        let value = try JSONValue.parse(input)
        #expect(
            value
                == .object([
                    .init("b", .number("1.50")), .init("a", .number("-0")), .init("b", .number("1E+2")),
                    .init("", [nil, true, "\"é\n"]), .init("big", .number("123456789012345678901234567890")),
                    .init("o", [:]),
                ]))
        #expect(text(value.serialized()) == input)
    }

    @Test func access() throws {
        let value: JSONValue = ["a": 1, "b": ["x", 2.5, true, nil], "a": 3]
        #expect(value["a"] == 3 && value["a"]?.intValue == 3 && value["z"] == nil)
        #expect(value["b"]?.arrayValue?.count == 4 && value["b"]?["x"] == nil)
        #expect(value["b"]?.arrayValue?[0].stringValue == "x" && value["b"]?.arrayValue?[1].doubleValue == 2.5)
        #expect(value["b"]?.arrayValue?[2].boolValue == true && value["b"]?.arrayValue?[3].isNull == true)
        #expect(value.objectValue?.map(\.key) == ["a", "b", "a"])
        #expect(value.stringValue == nil && value.intValue == nil && value.boolValue == nil && value.arrayValue == nil)
        #expect(JSONValue.number(Double.nan) == nil && JSONValue.number(Double.infinity).isNull)
        #expect(JSONValue.number("junk").intValue == nil && JSONValue.number("junk").doubleValue == nil)
        for number in [0.1, 1e-7, 1e300, -Double.leastNonzeroMagnitude, 3] {
            #expect(try JSONValue.parse(JSONValue.number(number).serialized().span).doubleValue == number)
        }
    }

    @Test func pretty() throws {
        let value: JSONValue = ["a": [1, [:], []], "b": ["c": "d"], "e": []]
        let expected = """
            {
              "a": [
                1,
                {},
                []
              ],
              "b": {
                "c": "d"
              },
              "e": []
            }
            """
        #expect(text(value.serialized(pretty: true)) == expected)
        #expect(try JSONValue.parse(expected) == value)
        #expect(text((nil as JSONValue).serialized(pretty: true)) == "null")
        #expect(text(([] as JSONValue).serialized(pretty: true)) == "[]")
    }

    @Test func whatIsWrittenIsReadBack() throws {
        for seed in 3000..<3400 as Range<UInt64> {
            var generator = DocumentGenerator(seed: seed)
            let value = generator.value(depth: 5)
            #expect(try JSONValue.parse(generator.spelled(value).span) == value)
            #expect(try JSONValue.parse(value.serialized().span) == value)
            #expect(try JSONValue.parse(value.serialized(pretty: true).span) == value)
        }
    }

    @Test func deepValuesAreReadAndWrittenWithoutRecursion() throws {
        let input = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        let value = try JSONValue.parse(input)
        #expect(text(value.serialized()) == input)
        #expect(try JSONValue.parse(value.serialized(pretty: true).span) == value)
    }
}
