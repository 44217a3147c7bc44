import JSONText
import Model
import Testing

@testable import Gateway

@Suite struct ResponsesStreamRewriterTests {
    static let rewriter = ResponsesStreamRewriter(model: Array(#""mine""#.utf8), provider: "p")

    static func event(_ type: String, _ members: String) -> String {
        "event: \(type)\ndata: {\"type\":\"\(type)\",\(members)}\n\n"
    }

    static func response(_ model: String, _ status: String, _ more: String = "") -> String {
        #""response":{"id":"r","model":"\#(model)","status":"\#(status)"\#(more)}"#
    }

    static func created(_ model: String) -> String {
        event("response.created", #""sequence_number":0,"# + response(model, "in_progress"))
            + event("response.in_progress", #""sequence_number":1,"# + response(model, "in_progress"))
    }

    static let delta = event("response.output_text.delta", #""sequence_number":2,"delta":"Hé","model":"x""#)
    static let usageText = #","usage":{"input_tokens":3,"output_tokens":4,"total_tokens":7}"#

    static func completed(_ model: String, _ kind: String = "completed") -> String {
        event("response.\(kind)", #""sequence_number":3,"# + response(model, kind, usageText))
    }

    static let usage = Usage(promptTokens: 3, completionTokens: 4, totalTokens: 7)
    static let whole = Relayed(out: created("mine") + delta + completed("mine"), isCommitted: true, usage: usage)

    static let table: [Row<String, Relayed>] = [
        Row("plain", created("x") + delta + completed("x"), whole),
        Row("with [DONE]", created("x") + delta + completed("x") + "data: [DONE]\n\n", whole),
        Row("[DONE] in the middle is nothing", created("x") + "data: [DONE]\n\n" + delta + completed("x"), whole),
        Row("without event lines", strip(created("x") + delta + completed("x")), whole),
        Row(
            "CRLF, comments, no blanks",
            ": hi\r\n\r\n"
                + (created("x") + delta + completed("x")).replacing("\n", with: "\r\n")
                .replacing(": ", with: ":").replacing("data:{", with: "data:{"), whole),
        Row("no blank line at the end", String((created("x") + delta + completed("x")).dropLast()), whole),
        Row(
            "what follows the end is not part of it", created("x") + delta + completed("x") + delta + "data: x\n\n",
            whole),
        Row(
            "a second ending",
            created("x") + delta + completed("x") + event("response.done", response("x", "completed")),
            whole),
        Row(
            "response.done alone", delta + event("response.done", response("x", "completed")),
            Relayed(out: delta + event("response.done", response("mine", "completed")), isCommitted: true)),
        Row(
            "incomplete", created("x") + delta + completed("x", "incomplete"),
            Relayed(out: created("mine") + delta + completed("mine", "incomplete"), isCommitted: true, usage: usage)),
        Row(
            "nothing but the frame, and it is not whole", created("x") + completed("x", "incomplete"),
            Relayed(out: created("mine") + completed("mine", "incomplete"), usage: usage)),
        Row(
            "nothing but the frame, with the output in it",
            event("response.completed", response("x", "completed", #","output":[{}]"#)),
            Relayed(out: event("response.completed", response("mine", "completed", #","output":[{}]"#)))),
        Row(
            "an unknown event, with its name alone", "event: response.new\ndata: {\"a\":1}\n\n" + completed("x"),
            Relayed(
                out: "event: response.new\ndata: {\"a\":1}\n\n" + completed("mine"), isCommitted: true, usage: usage)),
        Row(
            "an event without any name", "data: {\"a\":1}\n\n" + delta + completed("x"),
            Relayed(out: "data: {\"a\":1}\n\n" + delta + completed("mine"), isCommitted: true, usage: usage)),
        Row(
            "[DONE] with blanks and quotes", created("x") + "data:  \"[DONE]\" \n\n" + delta + completed("x"), whole),
        Row(
            "a type that would break out of its line",
            "data: {\"type\":\"a\\n\\ndata: {\\\"error\\\":1}\"}\n\n" + delta + completed("x"),
            Relayed(
                out: "data: {\"type\":\"a\\n\\ndata: {\\\"error\\\":1}\"}\n\n" + delta + completed("mine"),
                isCommitted: true,
                usage: usage)),
        Row(
            "several data lines", created("x") + delta.replacing("\",\"", with: "\",\ndata: \"") + completed("x"),
            Relayed(
                out: created("mine") + delta.replacing("\",\"", with: "\", \"") + completed("mine"), isCommitted: true,
                usage: usage)),
    ]

    static func strip(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("event: ") }
            .joined(separator: "\n")
    }

    @Test(arguments: table)
    func rewrites(_ row: Row<String, Relayed>) {
        #expect(relayAtEveryCut(row.input, Self.rewriter) == row.expected)
    }

    static let failures: [Row<String, (Int, String)>] = [
        Row(
            "flat", event("error", #""sequence_number":5,"code":"rate_limit_exceeded","message":"m","param":null"#),
            (429, "m")),
        Row("nested", event("error", #""error":{"code":503,"message":"m"}"#), (503, "m")),
        Row(
            "in OpenRouter's name", event("response.error", #""error":{"code":"server_error","message":"m"}"#),
            (502, "m")),
        Row(
            "failed",
            event(
                "response.failed", #""response":{"status":"failed","error":{"code":"invalid_prompt","message":"m"}}"#),
            (400, "m")),
        Row(
            "failed without saying why", event("response.failed", #""response":{"status":"failed","error":null}"#),
            (502, "p reported a failed response without an error.")),
        Row(
            "failed, in an event of success",
            event(
                "response.completed",
                #""response":{"status":"failed","error":{"code":"server_error","message":"m"},"output":[{}]}"#),
            (502, "m")),
        Row(
            "an error in an event of success",
            event("response.incomplete", #""response":{"error":{"code":"400","message":"m"}}"#), (400, "m")),
        Row(
            "failed in an event of success, without saying why",
            event("response.completed", #""response":{"status":"failed","output":[{}]}"#),
            (502, "p reported a failed response without an error.")),
        Row("in chat's dialect", "data: {\"error\":{\"code\":402,\"message\":\"m\"}}\n\n", (402, "m")),
        Row("by its name alone", "event: error\ndata: {\"message\":\"m\",\"code\":500}\n\n", (500, "m")),
        Row("flat, without an event", "data: {\"object\":\"error\",\"message\":\"m\",\"code\":400}\n\n", (400, "m")),
        Row(
            "a class for a type", "data: {\"object\":\"error\",\"message\":\"m\",\"type\":\"BadRequestError\"}\n\n",
            (400, "m")),
        Row("a detail", "data: {\"detail\":\"m\"}\n\n", (502, "m")),
        Row(
            "a name, and another type", "event: error\ndata: {\"type\":\"api_error\",\"message\":\"m\"}\n\n", (502, "m")
        ),
        Row("no line of data", "{\"error\":{\"code\":429,\"message\":\"m\"}}\n\n", (429, "m")),
        Row("a name and a text", "event: error\ndata: m\n\n", (502, "m")),
        Row("no JSON", "data: {\n\n", (502, "p sent a stream event that is not valid JSON.")),
    ]

    @Test(arguments: failures)
    func beforeContentIsAStatus(_ row: Row<String, (Int, String)>) {
        let result = relayAtEveryCut(Self.created("x") + row.input + Self.delta, Self.rewriter)
        #expect(!result.isCommitted)
        #expect(result.status == row.expected.0)
        #expect(result.failure == row.expected.1)
    }

    @Test(arguments: failures)
    func afterContentIsAnEventAndTheEnd(_ row: Row<String, (Int, String)>) throws {
        let result = relayAtEveryCut(Self.created("x") + Self.delta + row.input + Self.delta, Self.rewriter)
        let before = Self.created("mine") + Self.delta + "event: error\ndata: "
        #expect(result.out.hasPrefix(before))
        let event = try json(String(result.out.dropFirst(before.count)))
        #expect(event["type"] == "error")
        #expect(event["message"]?.stringValue == row.expected.1)
        #expect(event["sequence_number"] == 3)
        #expect(event["code"]?.stringValue != nil)
    }

    @Test func everyCutIsVisible() {
        let bytes = Array((Self.created("x") + Self.delta + Self.completed("x")).utf8)
        for count in 0...bytes.count {
            let result = relay(Array(bytes[..<count]), Self.rewriter, size: 5)
            #expect((result.failure == nil) == (count >= bytes.count - 2), "\(count)")
        }
    }

    @Test func aHostileSequenceNumberDoesNotOverflow() {
        let number = "9223372036854775807"
        let result = relayAtEveryCut(
            Self.event("response.output_text.delta", #""sequence_number":\#(number),"delta":"a""#), Self.rewriter)
        #expect(result.out.contains(#"{"type":"error","sequence_number":\#(number),"#))
    }
}
