import JSONText
import Model
import Testing

@testable import Gateway

@Suite struct AnswerMembersTests {
    static let sound = #"{"message":{"content":""},"finish_reason":"stop"}"#

    /// What is said of an answer to chat; `nil` when it is sound.
    static let table: [Row<String, String?>] = [
        Row("sound", #"{"choices":[\#(sound)]}"#, nil),
        Row("no choices", "{}", "an answer without 'choices'"),
        Row("choices that are no array", #"{"choices":{"finish_reason":"stop"}}"#, "an answer without 'choices'"),
        Row("empty choices", #"{"choices":[]}"#, "an answer with empty 'choices'"),
        Row("the last choices count", #"{"choices":[\#(sound)],"choices":[]}"#, "an answer with empty 'choices'"),
        Row("the last choices count, sound", #"{"choices":[1],"choices":[\#(sound)]}"#, nil),
        Row(
            "the last choices count, no array", #"{"choices":[\#(sound)],"choices":null}"#,
            "an answer without 'choices'"),
        Row("a choice that is a number", #"{"choices":[\#(sound),1]}"#, "a choice that is not an object"),
        Row("a choice that is an array", #"{"choices":[[\#(sound)]]}"#, "a choice that is not an object"),
        Row("a choice's error", #"{"choices":[\#(sound),{"error":{"message":"m"}}]}"#, "m"),
        Row("a choice's last error", #"{"choices":[{"error":{"message":"m"},"error":null,"text":"a"}]}"#, nil),
        Row("the first fault", #"{"choices":[{"error":{"message":"m"}},{"error":{"message":"n"}},1]}"#, "m"),
        Row("an error before its reason", #"{"choices":[{"finish_reason":"error","error":{"message":"m"}}]}"#, "m"),
        Row(
            "broken off", #"{"choices":[{"finish_reason":"error"}]}"#,
            "p broke the answer off (finish_reason 'error')."),
        Row(
            "broken off in escapes", #"{"choices":[{"finish_reason":"\u0065rror"}]}"#,
            "p broke the answer off (finish_reason 'error')."),
        Row(
            "aborted", #"{"choices":[{"message":{"content":"a"},"finish_reason":"abort"}]}"#,
            "p broke the answer off (finish_reason 'abort')."),
        Row("the last reason", #"{"choices":[{"message":{},"finish_reason":"error","finish_reason":"stop"}]}"#, nil),
        Row(
            "the last reason is none", #"{"choices":[{"message":{},"finish_reason":"stop","finish_reason":"null"}]}"#,
            "choices without a message"),
        Row("an earlier choice's reason", #"{"choices":[{"error":null},\#(sound)]}"#, nil),
        Row("reasons further in", #"{"choices":[{"message":{"finish_reason":"error","error":1}}]}"#, nil),
        Row("an error outside", #"{"choices":[{"error":{"message":"m"}}],"error":{"message":"n"}}"#, "n"),
        Row("no error outside", #"{"choices":[\#(sound)],"error":{"message":"n"},"error":null}"#, nil),
    ]

    @Test(arguments: table)
    func tellsWhatIsWrong(_ row: Row<String, String?>) {
        let found: String?
        do throws(UpstreamFailure) {
            _ = try AnswerCheck(buffer(row.input), endpoint: .chatCompletions, provider: "p")
            found = nil
        } catch {
            found = error.cause == .notACompletion ? error.detail : error.message
        }
        #expect(found == row.expected)
    }

    @Test func theLastNameOfTheModelIsReplacedAndTheOthersGo() throws {
        for count in 0...3 {
            let model = { (name: String) in String(repeating: #""model":"\#(name)","#, count: count) }
            let answer = { (models: String) in
                "{\(models)\"x\":{\"model\":1},\"choices\":[\(Self.sound)]}"
            }
            let bytes = Array(answer(model("theirs")).utf8)
            let check = try AnswerCheck(bytes.span, endpoint: .chatCompletions, provider: "p")
            let edits = check.edits(restoring: Array(#""mine""#.utf8), in: bytes.span)
            let changed = edits.apply(to: bytes.span)
            #expect(text(changed) == answer(count == 0 ? "" : #""model":"mine","#))
            #expect(edits.size(of: bytes.count) == changed.count)
        }
    }

    @Test func choicesFinishWhateverTheirNumber() {
        let numbers = [0, 1, 63, 64, 1000, -1, .max, .min]
        var finished = ChoiceNumbers()
        #expect(finished.isEmpty)
        for (place, number) in numbers.enumerated() {
            var alone = ChoiceNumbers()
            alone.insert(number)
            #expect(!finished.contains(number) && !alone.isSubset(of: finished))
            finished.formUnion(alone)
            #expect(!finished.isEmpty && alone.isSubset(of: finished))
            for (other, number) in numbers.enumerated() { #expect(finished.contains(number) == (other <= place)) }
        }
    }
}
