internal import Glibc

/// Bodies as OpenRouter and its clients write them.
enum Samples {
    static let request =
        #"{"model":"bench","messages":[{"role":"system","content":"You are a helpful assistant that answers briefly."},"#
        + #"{"role":"user","content":"What is a penstock? Answer in one sentence, please, and name a famous one."}],"#
        + #""temperature":0.7,"max_tokens":256,"user":"benchmark-user-0001","stream":false}"#

    static let largeRequest: String = {
        let turn = #"{"role":"user","content":"The \"operator's\" manual says,\nthat water runs down the pipe."},"#
        return #"{"model":"bench","messages":["# + String(repeating: turn, count: 1100)
            + #"{"role":"user","content":"What is a penstock?"}],"stream":true}"#
    }()

    static let requestHead =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: gateway.internal:4000\r\nAccept-Encoding: gzip, deflate\r\n"
        + "Connection: keep-alive\r\nAccept: application/json\r\nContent-Type: application/json\r\n"
        + "User-Agent: OpenAI/Python 1.99.0\r\nX-Stainless-Lang: python\r\n"
        + "Authorization: Bearer sk-0123456789abcdef0123456789abcdef\r\nContent-Length: 290\r\n\r\n"

    static let completion =
        #"{"id":"gen-1767225600-0123456789","provider":"Mock","model":"openai/gpt-4o","object":"chat.completion","#
        + #""created":1767225600,"choices":[{"index":0,"message":{"role":"assistant","content":"A pipe for water.","#
        + #""refusal":null},"finish_reason":"stop","native_finish_reason":"stop","logprobs":null}],"#
        + #""usage":{"prompt_tokens":12,"completion_tokens":6,"total_tokens":18,"cost":0.00002,"#
        + #""prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}}"#

    static let chatStream: String = {
        let head =
            #"data: {"id":"gen-1767225600-bench","provider":"Mock","model":"openai/gpt-4o","#
            + #""object":"chat.completion.chunk","created":1767225600,"choices":["#
        let chunk =
            head + #"{"index":0,"delta":{"role":"assistant","content":" word"},"finish_reason":null,"#
            + #""native_finish_reason":null,"logprobs":null}]}"# + "\n\n"
        return String(repeating: chunk, count: 200) + head
            + #"{"index":0,"delta":{},"finish_reason":"stop"}]}"# + "\n\ndata: [DONE]\n\n"
    }()

    static let responsesStream: String = {
        let response = #""response":{"id":"resp_1","object":"response","status":"in_progress","model":"gpt-4o"}"#
        var text =
            "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,\(response)}\n\n"
        for number in 1...200 {
            text += "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\","
            text += "\"sequence_number\":\(number),\"item_id\":\"msg_1\",\"output_index\":0,\"content_index\":0,"
            text += "\"delta\":\" word\",\"logprobs\":[],\"obfuscation\":\"aB3dE5f\"}\n\n"
        }
        return text + "event: response.completed\ndata: {\"type\":\"response.completed\",\"sequence_number\":201,"
            + "\(response)}\n\n"
    }()
}

enum Output {
    static func number(_ value: Int) {
        let bytes = Array("\(value)\n".utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count) }
    }
}
