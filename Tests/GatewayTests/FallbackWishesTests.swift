import EventLoop
import HTTPWire
import JSONText
import Model
import Routing
import Testing

@testable import Gateway

/// What a request's own fallbacks may cost, and what they may change.
@Suite struct FallbackWishesTests {
    static let lists = ["fallbacks", "context_window_fallbacks", "content_policy_fallbacks"]

    private static func message(_ list: String, _ value: String, _ more: String = "") throws -> String? {
        do {
            _ = try RequestWishesTests.wishes(#","\#(list)":\#(value)\#(more)"#)
            return nil
        } catch let error as GatewayError {
            #expect(error.outcome.status == 400 && error.outcome.param == list)
            return error.outcome.message
        }
    }

    private static func array(_ count: Int, _ element: (Int) -> String) -> String {
        "[\((0..<count).map(element).joined(separator: ","))]"
    }

    @Test(arguments: lists) func aListHasAnEnd(_ list: String) throws {
        let tooMany = "'\(list)' must have at most 20 entries."
        #expect(try Self.message(list, Self.array(20) { "\"b\($0)\"" }) == nil)
        #expect(try Self.message(list, Self.array(21) { "\"b\($0)\"" }) == tooMany)
        #expect(try Self.message(list, Self.array(30_000) { "\"b\($0)\"" }) == tooMany)
        #expect(try Self.message(list, Self.array(21) { _ in "{}" }) == tooMany)
        #expect(try Self.message(list, "[{\"m\":\(Self.array(20) { "\"b\($0)\"" })}]") == nil)
        #expect(try Self.message(list, "[{\"m\":\(Self.array(21) { "\"b\($0)\"" })}]") == tooMany)
        #expect(try Self.message(list, "[\"c\",{\"m\":\(Self.array(20) { "\"b\($0)\"" })}]") == tooMany)
    }

    @Test func anEntrySetsAFewMembers() throws {
        func entry(_ count: Int, _ value: String = "1") -> String {
            "[{\"model\":\"b\",\((0..<count).map { "\"x\($0)\":\(value)" }.joined(separator: ","))}]"
        }
        #expect(try Self.message("fallbacks", entry(32)) == nil)
        #expect(try #require(try Self.message("fallbacks", entry(33))).contains("at most 32 members"))
        let long = "\"" + String(repeating: "a", count: 200_000) + "\""
        #expect(try Self.message("fallbacks", entry(10, long)) == nil)
        #expect(try #require(try Self.message("fallbacks", entry(11, long))).contains("at most 2097152 bytes"))
        let name = String(repeating: "n", count: 257)
        #expect(
            try #require(try Self.message("fallbacks", #"[{"model":"b","\#(name)":1}]"#)).contains("at most 256 bytes"))
    }

    /// Members, and whether an entry may set them.
    static let members: [Row<String, Bool>] = [
        Row("a parameter", #""temperature":0"#, true), Row("messages", #""messages":[]"#, true),
        Row("metadata", #""metadata":{}"#, true), Row("options of the stream", #""stream_options":{}"#, true),
        Row("a key", #""api_key":"x""#, false), Row("a key in escapes", #""api\u005fkey":"x""#, false),
        Row("an address", #""api_base":"x""#, false), Row("another", #""base_url":"x""#, false),
        Row("what speaks to the gateway", #""num_retries":5"#, false), Row("more of it", #""fallbacks":["c"]"#, false),
        Row("a canned answer", #""mock_response":"x""#, false),
        Row("no stream where none is asked", #""stream":false"#, true),
        Row("a stream where none is asked", #""stream":true"#, false),
    ]

    @Test(arguments: members) func anEntrySetsOnlyWhatGoesUpstream(_ row: Row<String, Bool>) throws {
        let message = try Self.message("fallbacks", #"[{"model":"b",\#(row.input)}]"#)
        #expect((message == nil) == row.expected, "\(message ?? "")")
    }

    @Test func aStreamStaysOne() throws {
        #expect(try Self.message("fallbacks", #"[{"model":"b","stream":true}]"#, #","stream":true"#) == nil)
        #expect(try Self.message("fallbacks", #"[{"model":"b","stream":false}]"#, #","stream":true"#) == nil)
    }

    @Test func theLastOfEqualMembersIsSet() throws {
        let wishes = try RequestWishesTests.wishes(#","fallbacks":[{"x":1,"model":"a","x":2,"model":"b"}]"#)
        #expect(wishes.policy.fallbacks == [.init(model: "b", overrides: [.init(key: "x", value: Array("2".utf8))])])
    }

    @Test func aChainAndTagsHaveAnEndToo() throws {
        let chain = try RequestWishesTests.wishes(#","models":\#(Self.array(5000) { "\"m\($0)\"" })"#)
        #expect(chain.models.count == RequestWishes.longestChain + 1)
        #expect(try Self.message("tags", Self.array(100) { "\"t\($0)\"" }) == nil)
        #expect(try Self.message("tags", Self.array(101) { "\"t\($0)\"" }) != nil)
        #expect(try Self.message("tags", "[\"" + String(repeating: "t", count: 257) + "\"]") != nil)
    }

    @Test func allMembersAreSetAtOnce() throws {
        let members = [
            Deployment.BodyMember(key: "a", value: Array("1".utf8)), .init(key: "c\"", value: Array("[]".utf8)),
            .init(key: "b", value: Array("null".utf8)),
        ]
        func applied(_ body: String) -> String { text(BodyOverrides(members).applied(to: buffer(body))) }
        #expect(applied(#"{"x":0}"#) == #"{"x":0,"a":1,"c\"":[],"b":null}"#)
        #expect(
            applied(#" { "b" : "old", "x":1.0 , "\u0061":{}, "b":2 } "#)
                == #" { "x":1.0 , "\u0061":1, "b":null ,"c\"":[]} "#)
        #expect(applied("{}") == #"{"a":1,"c\"":[],"b":null}"#)
        // Twice as much of the same comes to twice as much.
        for count in [1000, 2000] {
            let body = "{" + String(repeating: #""a":1,"y":[2],"#, count: count) + #""z":0}"#
            #expect(applied(body).utf8.count <= body.utf8.count + 64)
        }
    }

    @Test func aModelOfMegabytesIsNotLookedUp() throws {
        let name = String(repeating: "m", count: 1 << 20)
        #expect {
            _ = try envelope(#"{"model":"\#(name)","messages":[]}"#)
        } throws: {
            let outcome = ($0 as? GatewayError)?.outcome
            return outcome?.status == 404 && (outcome?.message.utf8.count ?? .max) < 700
        }
    }
}
