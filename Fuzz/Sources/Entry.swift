internal import Glibc

/// What libFuzzer calls for every input. One binary holds all targets; `FUZZ_TARGET` names the one that runs.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    chosenTarget.check(unsafe Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

private let chosenTarget: FuzzTarget = {
    let name = unsafe getenv("FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
    guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
        complain("FUZZ_TARGET is one of: \(FuzzTarget.all.map(\.name).joined(separator: " "))")
        exit(2)
    }
    return target
}()

/// One parser and the claims about it that hold for every input.
struct FuzzTarget: Sendable {
    /// Also the folder of its seeds in `Fuzz/Corpora`.
    let name: String
    /// Traps when a claim does not hold.
    let check: @Sendable ([UInt8]) -> Void

    static let all = [
        FuzzTarget(name: "request-head", check: checkRequestHead),
        FuzzTarget(name: "response-head", check: checkResponseHead),
        FuzzTarget(name: "chunked-body", check: checkChunkedBody),
        FuzzTarget(name: "event-stream", check: checkEventStream),
        FuzzTarget(name: "gzip-body", check: checkGzipBody),
        FuzzTarget(name: "field-values", check: checkFieldValues),
        FuzzTarget(name: "json", check: checkJSON),
        FuzzTarget(name: "json-edits", check: checkJSONEdits),
        FuzzTarget(name: "config", check: checkConfig),
        FuzzTarget(name: "redactor", check: checkRedactor),
        FuzzTarget(name: "upstream-request", check: checkUpstreamRequest),
        FuzzTarget(name: "upstream-answer", check: checkUpstreamAnswer),
        FuzzTarget(name: "chat-stream", check: checkChatStream),
        FuzzTarget(name: "responses-stream", check: checkResponsesStream),
        FuzzTarget(name: "exchange", check: checkExchange),
    ]
}
