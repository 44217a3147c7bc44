import ConfigFile
import EventLoop
import JSONText
import Model
import Providers
import Testing

@testable import Gateway

/// A text full of one member costs as much as any other of its length: what is written in its place is written once.
@Suite struct RepeatedMembersTests {
    static let name = #""\#(String(repeating: "n", count: 512))""#

    /// 2 MiB, of members as short as they can be.
    static func many(_ member: String) -> String {
        String(repeating: member, count: (2 << 20) / member.utf8.count)
    }

    @Test(arguments: [#""model":1,"#, #""model":1,"x":2,"#, #""m\u006fdel":1,"#])
    func aRequestsModelIsWrittenOnce(_ member: String) throws {
        let body = "{" + Self.many(member) + #""model":"m","messages":[]}"#
        let found = try envelope(body)
        let target = try target(
            "openrouter/*", group: "*", asking: "openrouter/vendor/" + String(repeating: "n", count: 400))
        var builder = UpstreamRequestBuilder(
            target: target, endpoint: .chatCompletions, attribution: Attribution(environment: [:]))
        let built = builder.build(body: buffer(body), envelope: found, client: nil)
        #expect(built.count <= body.utf8.count + 2048)
        #expect(text(built).hasSuffix(#","messages":[]}"#))
    }

    @Test(arguments: [
        #""timeout":1,"#, #""tags":1,"cache":2,"x":3,"#, #""max_completion_tokens":1,"#, #""stream_options":1,"#,
    ])
    func otherMembersToo(_ member: String) throws {
        let body = "{" + Self.many(member) + #""stream":true,"model":"m","messages":[]}"#
        let target = try target("groq/llama") { $0.defaults = [.init("seed", 1)] }
        var builder = UpstreamRequestBuilder(
            target: target, endpoint: .chatCompletions, attribution: Attribution(environment: [:]))
        let last = "{" + #""stream":true,"model":"m","messages":[],"# + Self.many(member) + #""z":1}"#
        for body in [body, last] {
            let found = try envelope(body)
            let built = builder.build(body: buffer(body), envelope: found, client: nil)
            #expect(built.count <= body.utf8.count + 2048)
        }
    }

    @Test(arguments: [#""model":1,"#, #""model":1,"x":2,"#])
    func anAnswersModelIsWrittenOnce(_ member: String) throws {
        let answer = "{" + String(repeating: member, count: 2000) + #""choices":[{"text":"a"}]}"#
        let check = try AnswerCheck(buffer(answer), endpoint: .chatCompletions, provider: "p")
        let edits = check.edits(restoring: Array(Self.name.utf8), in: buffer(answer))
        #expect(edits.size(of: answer.utf8.count) <= answer.utf8.count + 600)
        let changed = text(edits.apply(to: Array(answer.utf8).span))
        #expect(changed.split(separator: Self.name, omittingEmptySubsequences: false).count == 2)
        #expect(try JSONValue.parse(changed)["choices"] != nil)
    }

    @Test func aChunksModelIsWrittenOnce() throws {
        let models = String(repeating: #""model":1,"#, count: 2000)
        let usage = #""usage":{"prompt_tokens":1},"#
        for more in ["", usage, usage + usage, #""choices":1,"choices":2,"# + usage] {
            let chunk = "{" + models + more + #""choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#
            let wire = "data: \(chunk)\n\ndata: [DONE]\n\n"
            let rewriter = ChatStreamRewriter(model: Array(Self.name.utf8), wantsUsage: true, provider: "p")
            let relayed = relay(Array(wire.utf8), rewriter, size: wire.utf8.count)
            #expect(relayed.failure == nil)
            // A chunk with finish and usage becomes two.
            #expect(relayed.out.utf8.count <= 2 * (wire.utf8.count + 600))
        }
    }

    @Test func anEventsModelIsWrittenOnce() throws {
        let models = String(repeating: #""model":1,"#, count: 2000)
        for inner in [
            #""response":{\#(models)"id":"r"}"#,
            String(repeating: #""response":{"model":1},"#, count: 1000) + #""x":1"#,
        ] {
            let wire = #"data: {"type":"response.incomplete",\#(inner)}"# + "\n\n"
            let rewriter = ResponsesStreamRewriter(model: Array(Self.name.utf8), provider: "p")
            let relayed = relay(Array(wire.utf8), rewriter, size: wire.utf8.count)
            #expect(relayed.failure == nil)
            #expect(relayed.out.utf8.count <= wire.utf8.count + 700)
        }
    }
}
