import HTTPWire
import JSONText

/// What a busy gateway reads all day.
enum Samples {
    /// About as many as the gateway looks for.
    static let memberNames = MemberNames(
        "model", "stream", "messages", "input", "prompt", "stream_options", "usage", "api_base", "api_key",
        "num_retries", "timeout", "fallbacks", "metadata", "tags", "cache", "mock_response")

    static func chatRequest(bytes: Int) -> [UInt8] {
        let turn = #"{"role":"user","content":"The \"operator's\" manual says,\nthat water runs down the pipe."},"#
        let head = #"{"model":"openrouter/openai/gpt-4o","temperature":0.7,"max_tokens":256,"messages":["#
        let tail = #"{"role":"user","content":"What is a penstock?"}],"stream":true,"user":"benchmark"}"#
        let turns = max(0, bytes - head.utf8.count - tail.utf8.count) / turn.utf8.count
        return Array((head + String(repeating: turn, count: turns) + tail).utf8)
    }

    /// The same with few long texts, as conversations have them.
    static func chatRequest(bytes: Int, of text: String) -> [UInt8] {
        let turn = #"{"role":"user","content":""# + String(repeating: text, count: 12) + #""},"#
        let turns = String(repeating: turn, count: bytes / turn.utf8.count)
        return Array((#"{"model":"openrouter/openai/gpt-4o","messages":["# + turns + #"{}],"stream":true}"#).utf8)
    }

    static let english = #"The water of the upper reservoir, so the \"operator's\" manual says,\nruns down the pipe. "#
    static let russian = #"Вода верхнего водохранилища, как сказано в руководстве «оператора»,\nстекает по трубе. "#

    static let requestHead = Array(
        """
        POST /v1/chat/completions HTTP/1.1\r
        Host: gateway.internal:4000\r
        Accept-Encoding: gzip, deflate\r
        Connection: keep-alive\r
        Accept: application/json\r
        Content-Type: application/json\r
        User-Agent: OpenAI/Python 1.99.0\r
        X-Stainless-Lang: python\r
        X-Stainless-OS: Linux\r
        X-Stainless-Runtime: CPython\r
        Authorization: Bearer sk-0123456789abcdef0123456789abcdef\r
        Content-Length: 290\r
        \r

        """.utf8)

    static let smallRequestHead = Array(
        """
        POST /v1/chat/completions HTTP/1.1\r
        Host: gateway.internal:4000\r
        Authorization: Bearer sk-0123456789abcdef0123456789abcdef0123456789abcde\r
        Content-Type: application/json\r
        Content-Length: 290\r
        User-Agent: curl/8.23.0\r
        Accept: */*\r
        \r

        """.utf8)

    static let responseHead = Array(
        """
        HTTP/1.1 200 OK\r
        Date: Fri, 20 Nov 2026 12:00:00 GMT\r
        Content-Type: application/json\r
        Transfer-Encoding: chunked\r
        Connection: keep-alive\r
        Cache-Control: no-cache\r
        Access-Control-Allow-Origin: *\r
        X-Generation-Id: gen-1767225600-0123456789\r
        \r

        """.utf8)

    private static let event = Array(
        (#"data: {"id":"gen-1767225600-bench","provider":"Mock","model":"openai/gpt-4o","object":"chat.completion.chunk","#
            + #""created":1767225600,"choices":[{"index":0,"delta":{"role":"assistant","content":" word"},"#
            + #""finish_reason":null,"native_finish_reason":null,"logprobs":null}]}"# + "\n\n").utf8)

    static let eventStream = Array(repeatElement(event, count: 200).joined())

    static let chunked: [UInt8] = {
        var bytes: [UInt8] = []
        for _ in 0..<200 {
            appendChunkHeader(event.count, to: &bytes)
            bytes += event
            appendChunkEnd(to: &bytes)
        }
        appendLastChunk(to: &bytes)
        return bytes
    }()
}
