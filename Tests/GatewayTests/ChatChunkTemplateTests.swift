import EventLoop
import HTTPWire
import Model
import Testing

@testable import Gateway

/// A chunk that is read by its template means what it means without.
@Suite struct ChatChunkTemplateTests {
    static let chunk =
        #"{"id":"g","model":"theirs","choices":[{"index":0,"delta":{"role":"assistant","content":"a"},"#
        + #""finish_reason":null}]}"#

    private static let variants = [
        (#""content":"a""#, #""content":"word""#), (#""content":"a""#, #""content":"é日😀\n\u00e9\"""#),
        (#""content":"a""#, #""content":"""#), (#""content":"a""#, #""content":null"#),
        (#""content":"a""#, #""content":"a","refusal":"b""#), (#""content":"a""#, #""content":"a"}"#),
        (#""content":"a""#, #""content":"\x""#), (#""content":"a""#, #""content":"\ud800""#),
        (#""content":"a""#, #""content":"a","role":"assistant","content":"""#),
        (#""content":"a""#, #""tool_calls":[{"id":"t"}]"#), (#"{"role""#, #"{ "role""#),
        (#""finish_reason":null"#, #""finish_reason":"stop""#), (#""finish_reason":null"#, #""finish_reason":"error""#),
        (#""index":0"#, #""index":1"#), (#""theirs""#, #""others""#), (#""theirs","#, #""theirs","model":"x","#),
        (#""model":"theirs","#, ""), (#""id":"g""#, #""error":{"message":"m"}"#), ("]}", #"],"usage":{"cost":1}}"#),
        ("]}", #"],"model":"theirs"}"#), (#""a""#, #"1"#), ("}]}", "}]"), ("", ""), ("", ""), ("", ""),
    ]

    private struct Outcome: Equatable {
        var steps: [String] = []
        var out = ""
        var ending: String?
    }

    private func rewrite(_ wire: String, wantsUsage: Bool, usingTemplates: Bool) -> Outcome {
        var rewriter = ChatStreamRewriter(model: Array(#""mine""#.utf8), wantsUsage: wantsUsage, provider: "p")
        var parser = EventStreamParser()
        let input = buffer(wire)
        var out = ByteBuffer()
        var outcome = Outcome()
        var position = 0
        while let event = (try? parser.next(input.bytes, from: &position)) ?? nil {
            if !usingTemplates { rewriter.template = nil }
            switch rewriter.rewrite(event, of: input, into: &out) {
            case .held: outcome.steps.append("held")
            case .content: outcome.steps.append("content")
            case .skipped: outcome.steps.append("skipped")
            case .done: outcome.steps.append("done")
            // The relay stops here; going on finds more to compare.
            case .failed(let failure): outcome.steps.append("failed \(failure.message)")
            }
        }
        outcome.ending = rewriter.end(into: &out)?.message
        outcome.out = text(out)
        return outcome
    }

    @Test func theSameWithAndWithout() {
        var random = SystemRandomNumberGenerator()
        for round in 0..<3000 {
            var wire = ""
            for _ in 0..<Int.random(in: 2...12, using: &random) {
                var data = Self.chunk
                for _ in 0..<Int.random(in: 0...2, using: &random) {
                    guard let (old, new) = Self.variants.randomElement(using: &random), !old.isEmpty,
                        let place = data.firstRange(of: old)
                    else { continue }
                    data.replaceSubrange(place, with: new)
                }
                if round % 2 == 0 {
                    var bytes = Array(data.utf8)
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
                        in: 0x20...0x7E, using: &random)
                    if Bool.random(using: &random) { data = text(bytes) }
                }
                wire += "data: \(data)\n\n"
            }
            let wantsUsage = Bool.random(using: &random)
            let plain = rewrite(wire, wantsUsage: wantsUsage, usingTemplates: false)
            #expect(rewrite(wire, wantsUsage: wantsUsage, usingTemplates: true) == plain, "\(wire)")
        }
    }

    @Test func aPieceOfTextAloneIsRewrittenByTheTemplate() {
        let wire = ["a", "word", "é", #"\n"#].map { piece in
            "data: " + Self.chunk.replacing(#""a""#, with: "\"\(piece)\"") + "\n\n"
        }
        let outcome = rewrite(wire.joined(), wantsUsage: false, usingTemplates: true)
        #expect(outcome.steps == ["content", "content", "content", "content"])
        #expect(outcome.out == wire.joined().replacing("theirs", with: "mine"))
    }
}
