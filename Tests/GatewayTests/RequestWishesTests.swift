import EventLoop
import HTTPWire
import Model
import Routing
import Testing

@testable import Gateway

@Suite struct RequestWishesTests {
    static func wishes(_ members: String, _ fields: [String] = []) throws -> RequestWishes {
        let head = try head("POST /v1/x HTTP/1.1\nHost: gateway\n" + fields.map { "\($0)\n" }.joined() + "\n")
        let body = #"{"model":"m","messages":[]\#(members)}"#
        return try #require(try RequestWishes.read(try envelope(body), of: buffer(body), head.fields))
    }

    @Test func withoutAWordNothingIsWished() throws {
        let head = try head("POST /v1/x HTTP/1.1\nHost: gateway\n\n")
        let body = #"{"model":"m","messages":[]}"#
        #expect(try RequestWishes.read(try envelope(body), of: buffer(body), head.fields) == nil)
        let nulls = try Self.wishes(#","num_retries":null,"timeout":null,"fallbacks":null,"tags":null,"models":null"#)
        #expect(nulls.policy.numRetries == nil && nulls.policy.fallbacks == nil && !nulls.policy.disableFallbacks)
        #expect(nulls.timeout == nil && nulls.streamTimeout == nil && nulls.requestTimeout == nil)
        #expect(nulls.policy.tags.isEmpty && nulls.models.isEmpty)
    }

    static let retries: [Row<(String, [String]), Int?>] = [
        Row("a member", (#","num_retries":3"#, []), 3), Row("zero", (#","num_retries":0"#, []), 0),
        Row("the most", (#","num_retries":20"#, []), 20), Row("a field", ("", ["x-litellm-num-retries: 4"]), 4),
        Row("the field wins", (#","num_retries":3"#, ["x-litellm-num-retries: 4"]), 4),
        Row("too many", (#","num_retries":21"#, []), nil), Row("negative", (#","num_retries":-1"#, []), nil),
        Row("a fraction", (#","num_retries":1.5"#, []), nil), Row("a text", (#","num_retries":"3""#, []), nil),
        Row("huge", (#","num_retries":99999999999999999999"#, []), nil),
        Row("a word", ("", ["x-litellm-num-retries: many"]), nil),
        Row("an empty field", ("", ["x-litellm-num-retries:"]), nil),
    ]

    @Test(arguments: retries)
    func readsRetries(_ row: Row<(String, [String]), Int?>) throws {
        if let expected = row.expected {
            #expect(try Self.wishes(row.input.0, row.input.1).policy.numRetries == expected)
        } else {
            #expect {
                _ = try Self.wishes(row.input.0, row.input.1)
            } throws: {
                ($0 as? GatewayError)?.outcome.message == "'num_retries' must be a whole number from 0 to 20."
            }
        }
    }

    static let times: [Row<(String, [String]), Duration?>] = [
        Row("a number", (#","timeout":2"#, []), .seconds(2)),
        Row("a fraction", (#","timeout":0.25"#, []), .milliseconds(250)),
        Row("rounded up", (#","timeout":0.0001"#, []), .milliseconds(1)),
        Row("a text", (#","timeout":"3""#, []), .seconds(3)),
        Row("a field", ("", ["x-litellm-timeout: 4"]), .seconds(4)),
        Row("the field wins", (#","timeout":2"#, ["x-litellm-timeout: 4"]), .seconds(4)),
        Row("a day", (#","timeout":86400"#, []), .seconds(86_400)), Row("more", (#","timeout":86401"#, []), nil),
        Row("zero", (#","timeout":0"#, []), nil), Row("negative", (#","timeout":-5"#, []), nil),
        Row("huge", (#","timeout":1e300"#, []), nil), Row("beyond", (#","timeout":1e999"#, []), nil),
        Row("nan", ("", ["x-litellm-timeout: nan"]), nil), Row("inf", ("", ["x-litellm-timeout: inf"]), nil),
        Row("an object", (#","timeout":{}"#, []), nil),
    ]

    @Test(arguments: times)
    func readsTimes(_ row: Row<(String, [String]), Duration?>) throws {
        if let expected = row.expected {
            #expect(try Self.wishes(row.input.0, row.input.1).timeout == expected)
        } else {
            #expect {
                _ = try Self.wishes(row.input.0, row.input.1)
            } throws: {
                ($0 as? GatewayError)?.outcome.param == "timeout"
            }
        }
    }

    @Test func everyTimeHasItsPlace() throws {
        let all = try Self.wishes(#","timeout":1,"stream_timeout":2,"request_timeout":3"#)
        #expect(all.timeout == .seconds(1) && all.streamTimeout == .seconds(2) && all.requestTimeout == .seconds(3))
        #expect(try Self.wishes("", ["x-litellm-stream-timeout: 5"]).streamTimeout == .seconds(5))
    }

    /// Models, each with its overrides in JSON.
    static let fallbacks: [Row<String, [String]?>] = [
        Row("none", "[]", []), Row("names", #"["a","b"]"#, ["a {}", "b {}"]),
        Row("objects", #"[{"model":"a","temperature":0.50,"x":[1]}]"#, ["a {temperature:0.50,x:[1]}"]),
        Row("the configuration's form", #"[{"other":["x"]},{"m":["a","b"]}]"#, ["a {}", "b {}"]),
        Row("its star", #"[{"*":["a"]}]"#, ["a {}"]),
        Row("the own name before the star", #"[{"*":["x"],"m":["a"]}]"#, ["a {}"]),
        Row("a number", "[1]", nil), Row("null within", "[null]", nil), Row("a name alone", #""a""#, nil),
        Row("an object alone", #"{"m":["a"]}"#, nil),
    ]

    @Test(arguments: fallbacks)
    func readsFallbacks(_ row: Row<String, [String]?>) throws {
        for name in ["fallbacks", "context_window_fallbacks", "content_policy_fallbacks"] {
            guard let expected = row.expected else {
                #expect(throws: GatewayError.self, "\(name)") { _ = try Self.wishes(#","\#(name)":\#(row.input)"#) }
                continue
            }
            let policy = try Self.wishes(#","\#(name)":\#(row.input)"#).policy
            let found =
                name == "fallbacks"
                ? policy.fallbacks
                : name == "context_window_fallbacks" ? policy.contextWindowFallbacks : policy.contentPolicyFallbacks
            let texts = found?.map { entry in
                "\(entry.model) {\(entry.overrides.map { "\($0.key):\(text($0.value))" }.joined(separator: ","))}"
            }
            #expect(texts == expected, "\(name)")
        }
    }

    static let tags: [Row<(String, [String]), [String]>] = [
        Row("a member", (#","tags":["a","b"]"#, []), ["a", "b"]),
        Row("in the metadata", (#","metadata":{"tags":["a"]}"#, []), ["a"]),
        Row("the member wins", (#","tags":["a"],"metadata":{"tags":["b"]}"#, []), ["a"]),
        Row("a field", ("", ["x-litellm-tags: a, b ,c"]), ["a", "b", "c"]),
        Row("the field wins", (#","tags":["a"]"#, ["x-litellm-tags: b"]), ["b"]),
        Row("others than texts are none", (#","tags":["a",1,null,{}]"#, []), ["a"]),
        Row("no array", (#","tags":"a""#, []), []),
    ]

    @Test(arguments: tags)
    func readsTags(_ row: Row<(String, [String]), [String]>) throws {
        #expect(try Self.wishes(row.input.0, row.input.1).policy.tags == row.expected)
    }

    @Test func readsTheChainAndTheSwitch() throws {
        #expect(try Self.wishes(#","models":["a",5,"b"]"#).models == ["a", "b"])
        #expect(try Self.wishes(#","models":"a""#).models.isEmpty)
        #expect(try Self.wishes(#","disable_fallbacks":true"#).policy.disableFallbacks)
        #expect(try !Self.wishes(#","disable_fallbacks":"true""#).policy.disableFallbacks)
    }
}

@Suite struct RequestIDTests {
    @Test func areUUIDsOfVersionFour() {
        var source = RequestIDSource()
        var seen: Set<String> = []
        for _ in 0..<1000 {
            let id = source.next()
            let groups = id.split(separator: "-", omittingEmptySubsequences: false)
            #expect(groups.map(\.utf8.count) == [8, 4, 4, 4, 12])
            #expect(groups[2].first == "4")
            #expect("89ab".contains(groups[3].first ?? "x"))
            #expect(id.allSatisfy { "0123456789abcdef-".contains($0) })
            #expect(seen.insert(id).inserted)
            let fraction = source.fraction()
            #expect(fraction >= 0 && fraction < 1)
        }
    }
}
