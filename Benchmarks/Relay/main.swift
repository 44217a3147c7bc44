// What the gateway reads and changes of the bodies that pass through it, one part at a time and without a socket, for
// counting instructions:
//   PENSTOCK_BENCH=1 swift build -c release --scratch-path .build-bench --product bench-relay -Xswiftc -enable-testing
//   valgrind --tool=callgrind .build-bench/release/bench-relay PART TIMES
// The difference of two runs, over the difference of their times, is the cost of one.
import EventLoop
import HTTPWire
import JSONText
import Model

@testable import Gateway

let part = CommandLine.arguments.dropFirst().first ?? "answer"
let times = CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 1000
let model = Array(#""bench""#.utf8)
var sum = 0

func buffer(_ text: String) -> ByteBuffer {
    var buffer = ByteBuffer()
    buffer.append(text: text)
    return buffer
}

switch part {
case "answer":
    let body = buffer(Samples.completion)
    for _ in 0..<times {
        let check = try AnswerCheck(body, endpoint: .chatCompletions, provider: "openrouter")
        sum += check.usage?.promptTokens ?? 0
    }
case "edits":
    let body = buffer(Samples.completion)
    let check = try AnswerCheck(body, endpoint: .chatCompletions, provider: "openrouter")
    for _ in 0..<times {
        let edits = check.edits(restoring: model, in: body)
        sum += edits.size(of: body.count)
        edits.forEachPiece(of: body.count) { piece in
            switch piece {
            case .source(let range): sum += range.count
            case .text(let text): sum += text.count
            }
        }
    }
case "request", "large":
    let body = buffer(part == "large" ? Samples.largeRequest : Samples.request)
    var parser = RequestParser()
    guard let head = try parser.parse(Array(Samples.requestHead.utf8).span) else { fatalError("a sample is a head") }
    for _ in 0..<times {
        let envelope = try Envelope(body, asked: .chatCompletions, pathModel: nil)
        let wishes = try RequestWishes(envelope, of: body, head.fields)
        sum += envelope.model.utf8.count + wishes.models.count
    }
case "chat", "responses", "parser":
    let input = buffer(part == "responses" ? Samples.responsesStream : Samples.chatStream)
    for _ in 0..<times {
        var out = ByteBuffer()
        if part == "responses" {
            relay(input, ResponsesStreamRewriter(model: model, provider: "openrouter"), &out)
        } else if part == "chat" {
            relay(input, ChatStreamRewriter(model: model, wantsUsage: true, provider: "openrouter"), &out)
        } else {
            var parser = EventStreamParser()
            var position = 0
            while let event = try parser.next(input.bytes, from: &position) { sum += event.range.count }
        }
        sum += out.count
    }
default: fatalError("no such part")
}
Output.number(sum)

func relay(_ input: borrowing ByteBuffer, _ first: some StreamRewriter, _ out: inout ByteBuffer) {
    var rewriter = first
    var parser = EventStreamParser()
    var position = 0
    while let event = (try? parser.next(input.bytes, from: &position)) ?? nil {
        guard case .failed = rewriter.rewrite(event, of: input, into: &out) else { continue }
        fatalError("the sample stream is sound")
    }
}
