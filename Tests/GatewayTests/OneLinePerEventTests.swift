import EventLoop
import HTTPWire
import JSONText
import Model
import Testing

@testable import Gateway

/// Text of an upstream must never end a line of an event stream that the gateway writes.
@Suite struct OneLinePerEventTests {
    @Test(arguments: ["\n", "\r", "\r\n", " \n\n  "])
    func aPrettyAnswerBecomesEventsOfOneLine(_ lineEnd: String) throws {
        let chat = #"""
            {|"model": "m",|"choices": [|{"message": {|"role": "assistant",|"content": "a\nb",|"tool_calls": [|{|"id": "c"|}|]|},|
            "finish_reason": "stop"|}|],|"usage": {|"total_tokens": 3|}|}
            """#
        let response = #"""
            {|"model": "m",|"output": [|{|"type": "message",|"content": [|{|"type": "output_text",|"text": "a"|}|]|}|]|}
            """#
        for (endpoint, answer) in [(Endpoint.chatCompletions, chat), (.responses, response)] {
            var content = ByteBuffer()
            content.append(text: answer.replacing("|", with: lineEnd))
            var out = ByteBuffer()
            var stream = try wholeAnswer(content, endpoint)
            while stream.append(upTo: out.count + 64, of: content, to: &out) {}
            try expectOneLine(out)
        }
    }

    private func wholeAnswer(_ content: borrowing ByteBuffer, _ endpoint: Endpoint) throws -> WholeAnswerAsStream {
        var request = ByteBuffer()
        request.append(
            #"{"model":"x","messages":[],"input":"","stream":true,"stream_options":{"include_usage":true}}"#)
        return try WholeAnswerAsStream(
            content, envelope: try Envelope(request.bytes, asked: endpoint, pathModel: nil), provider: "p")
    }

    @Test(arguments: [#"a\n\ndata: {}\n\n"#, #"a\rb"#, #"\n"#])
    func aTypeCannotBringEventsOfItsOwn(_ type: String) throws {
        var input = ByteBuffer()
        input.append(text: #"data: {"type":"\#(type)","delta":"x"}"# + "\n\n")
        var parser = EventStreamParser()
        var position = 0
        let parsed = try parser.next(input.bytes, from: &position)
        let event = try #require(parsed)
        var rewriter = ResponsesStreamRewriter(model: Array(#""x""#.utf8), provider: "openrouter")
        var out = ByteBuffer()
        _ = rewriter.rewrite(event, of: input, into: &out)
        let count = try expectOneLine(out)
        #expect(count == 1)
    }

    /// - Returns: how many events there are.
    @discardableResult
    private func expectOneLine(_ out: borrowing ByteBuffer) throws -> Int {
        let span = out.bytes
        let bytes = span.indices.map { span[$0] }
        var parser = EventStreamParser()
        var position = 0
        var count = 0
        while let event = try parser.next(bytes.span, from: &position) {
            count += 1
            let data = try #require(event.data, "one line of data")
            let line = String(decoding: bytes[data], as: UTF8.self)
            #expect(line == "[DONE]" || (try? JSONValue.parse(line)) != nil, "\(line)")
        }
        #expect(position == bytes.count)
        return count
    }
}
