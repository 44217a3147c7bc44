import HTTPWire
import JSONText
import Model
import Testing
import Upstream

@testable import Gateway

@Suite struct FailureReadingTests {
    /// What one failure says, in a value that can be compared.
    struct Said: Equatable, Sendable {
        var status = 400
        var message = ""
        var type: String?
        var code: String?
        var param: String?
        var metadata: String?

        init(
            _ status: Int, _ message: String, type: String? = nil, code: String? = nil, param: String? = nil,
            metadata: String? = nil
        ) {
            (self.status, self.message, self.type) = (status, message, type)
            (self.code, self.param, self.metadata) = (code, param, metadata)
        }

        init(_ failure: UpstreamFailure) {
            self.init(
                failure.status, failure.message, type: failure.type, code: failure.code.map { text($0) },
                param: failure.param.map { text($0) }, metadata: failure.metadata.map { text($0) })
        }
    }

    static func failure(_ status: Int, _ body: String, _ fields: String = "") throws -> UpstreamFailure {
        let head = Array("HTTP/1.1 \(status) X\r\n\(fields)\r\n".utf8)
        var parser = ResponseParser()
        let parsed = try #require(try parser.parse(head.span, answering: .post))
        return UpstreamFailure(status: status, fields: parsed.fields, body: buffer(body), provider: "openrouter")
    }

    static let bodies: [Row<(Int, String), Said>] = [
        Row(
            "OpenRouter", (402, #"{"error":{"code":402,"message":"Insufficient credits."},"user_id":"u"}"#),
            Said(402, "Insufficient credits.", code: "402")),
        Row(
            "OpenRouter with metadata",
            (
                429,
                #"{"error":{"message":"Provider returned error","code":429,"metadata":{"provider_name":null,"raw":"{\"a\":1}"}}}"#
            ),
            Said(
                429, "Provider returned error", code: "429", metadata: #"{"provider_name":null,"raw":"{\"a\":1}"}"#)),
        Row(
            "OpenRouter without code",
            (400, #"{"error":{"error_type":"invalid_prompt","http_status":400,"message":"m"}}"#),
            Said(400, "m", type: "invalid_prompt")),
        Row("the HTTP status wins", (503, #"{"error":{"code":400,"message":"m"}}"#), Said(503, "m", code: "400")),
        Row(
            "a validation", (400, #"{"success":false,"error":{"name":"ZodError","message":"[{\"a\":1}]"}}"#),
            Said(400, #"[{"a":1}]"#)),
        Row(
            "OpenAI",
            (
                401,
                #"{"error":{"message":"Incorrect API key","type":"invalid_request_error","param":null,"code":"invalid_api_key"}}"#
            ), Said(401, "Incorrect API key", type: "invalid_request_error", code: #""invalid_api_key""#)),
        Row(
            "OpenAI with a param",
            (400, #"{"error":{"message":"m","type":"t","param":"messages[0].content","code":null}}"#),
            Said(400, "m", type: "t", param: #""messages[0].content""#)),
        Row(
            "Groq", (413, #"{"error":{"message":"m","type":"tokens","code":"rate_limit_exceeded"}}"#),
            Said(413, "m", type: "tokens", code: #""rate_limit_exceeded""#)),
        Row(
            "old vLLM", (400, #"{"object":"error","message":"m","type":"BadRequestError","param":null,"code":400}"#),
            Said(400, "m", type: "BadRequestError", code: "400")),
        Row("a flat message", (404, #"{"message":"no Route matched"}"#), Said(404, "no Route matched")),
        Row("FastAPI", (404, #"{"detail":"Not Found"}"#), Said(404, "Not Found")),
        Row(
            "FastAPI's list", (422, #"{"detail":[{"loc":["body","x"],"msg":"field required","type":"missing"}]}"#),
            Said(422, "body.x: field required")),
        Row(
            "FastAPI's longer list",
            (
                400,
                #"{"detail":[{"loc":["body","messages",0,"role"],"msg":"bad role"},{"msg":"no loc"},7,{"loc":[],"msg":"m"}]}"#
            ), Said(400, "body.messages.0.role: bad role; no loc; m")),
        Row("FastAPI's object", (400, #"{"detail":{"error":"m"}}"#), Said(400, "m")),
        Row("FastAPI's nothing", (400, #"{"detail":[]}"#), Said(400, "openrouter answered HTTP 400.")),
        Row(
            "Gemini", (400, #"[{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}]"#),
            Said(400, "m", code: "400")),
        Row("an empty array", (400, "[]"), Said(400, "openrouter answered HTTP 400.")),
        Row("an array of texts", (400, #"["a"]"#), Said(400, "a")),
        Row(
            "Anthropic", (529, #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#),
            Said(529, "Overloaded", type: "overloaded_error")),
        Row("a text", (500, #"{"error":"it broke"}"#), Said(500, "it broke")),
        Row("an empty text", (500, #"{"error":""}"#), Said(500, "openrouter answered HTTP 500.")),
        Row("a number", (500, #"{"error":5}"#), Said(500, "openrouter answered HTTP 500.")),
        Row("false and a message", (500, #"{"error":false,"message":"m"}"#), Said(500, "m")),
        Row("true and a message", (500, #"{"error":true,"message":"m"}"#), Said(500, "m")),
        Row("null", (500, #"{"error":null}"#), Said(500, "openrouter answered HTTP 500.")),
        Row("null and a message", (500, #"{"error":null,"message":"m"}"#), Said(500, "m")),
        Row("an empty object", (500, #"{"error":{}}"#), Said(500, "openrouter answered HTTP 500.")),
        Row(
            "a message that is none", (500, #"{"error":{"message":{"a":1}}}"#),
            Said(500, "openrouter answered HTTP 500.")),
        // Where else servers put it.
        Row(
            "Mistral's object",
            (422, #"{"object":"error","message":{"detail":[{"loc":["body","x"],"msg":"m"}]},"type":"t"}"#),
            Said(422, "body.x: m", type: "t")),
        Row(
            "xAI", (400, #"{"code":"Client specified an invalid argument","error":"m"}"#),
            Said(400, "m", code: #""Client specified an invalid argument""#)),
        Row(
            "Cerebras", (400, #"{"message":"m","type":"t","param":"p","code":"wrong_api_format"}"#),
            Said(400, "m", type: "t", code: #""wrong_api_format""#, param: #""p""#)),
        Row(
            "Databricks", (404, #"{"error_code":"ENDPOINT_NOT_FOUND","message":"m"}"#),
            Said(404, "m", code: #""ENDPOINT_NOT_FOUND""#)),
        Row(
            "Cloudflare",
            (400, #"{"result":null,"success":false,"errors":[{"code":5006,"message":"m"}],"messages":[]}"#),
            Said(400, "m", code: "5006")),
        Row("a list of texts", (400, #"{"errors":["m","n"]}"#), Said(400, "m; n")),
        Row(
            "AWS", (400, #"{"__type":"ValidationException","Message":"m"}"#),
            Said(400, "m", type: "ValidationException")),
        Row(
            "OAuth", (400, #"{"error":"invalid_client","error_description":"AADSTS1: m"}"#),
            Said(400, "invalid_client: AADSTS1: m")),
        Row(
            "NestJS", (400, #"{"statusCode":400,"message":["m is bad"],"error":"Bad Request"}"#),
            Said(400, "Bad Request: m is bad")),
        Row(
            "Rails, ASP.NET", (400, #"{"errors":{"model":["is required","is short"],"a":{"b":"c"}}}"#),
            Said(400, "model: is required; model: is short; a.b: c")),
        Row("an object without a message", (400, #"{"error":{"message":{"why":"m"}}}"#), Said(400, "why: m")),
        Row(
            "packed into another answer", (400, #"{"result":{"error":{"message":"m","code":1234}}}"#),
            Said(400, "m", code: "1234")),
        Row("a text in a packet", (400, #"{"data":{"error":"m"}}"#), Said(400, "m")),
        Row(
            "JSON in a message",
            (
                400,
                #"{"error":{"message":"{\"error\":{\"message\":\"m\",\"type\":\"t\",\"param\":\"p\"}}","code":"c"}}"#
            ),
            Said(400, "m", type: "t", code: #""c""#, param: #""p""#)),
        Row("a description", (400, #"{"ok":false,"description":"m"}"#), Said(400, "m")),
        Row("err", (400, #"{"err":"m"}"#), Said(400, "m")),
        Row("the same twice", (400, #"{"error":"m","message":"m"}"#), Said(400, "m")),
        Row("MiniMax", (401, #"{"base_resp":{"status_code":1004,"status_msg":"m"}}"#), Said(401, "m")),
        Row("Baidu", (429, #"{"error_code":17,"error_msg":"m"}"#), Said(429, "m", code: "17")),
        Row("msg", (400, #"{"code":-1,"msg":"m"}"#), Said(400, "m", code: "-1")),
        Row(
            "RFC 9457", (400, #"{"type":"about:blank","title":"Bad","detail":"m"}"#),
            Said(400, "m", type: "about:blank")),
        Row("a text in JSON", (401, #""m""#), Said(401, "m")),
        Row("plain text", (500, "Internal Server\n  Error\n"), Said(500, "Internal Server Error")),
        Row(
            "a page", (502, "<html><head><TITLE>502 Bad Gateway</TITLE></head>"),
            Said(502, "openrouter answered HTTP 502.")),
        Row("bytes that are no text", (500, "\u{1}\u{2}"), Said(500, "openrouter answered HTTP 500.")),
        Row(
            "an event", (429, "event: error\ndata: {\"error\":{\"type\":\"rate_limit_error\",\"message\":\"m\"}}\n\n"),
            Said(429, "m", type: "rate_limit_error")),
        Row("an event behind a comment, cut", (429, ": hi\n\ndata: {\"message\":\"m\"}"), Said(429, "m")),
        Row("an event of text", (500, "data: it broke\n\ndata: [DONE]\n\n"), Said(500, "it broke")),
        Row("lines of JSON", (500, "{\"error\":\"m\"}\n{\"done\":true}\n"), Said(500, "m")),
        Row("blanks and a byte order mark in front", (500, "\n \u{FEFF}{\"error\":\"m\"}"), Said(500, "m")),
        Row(
            "a code that is none", (500, #"{"error":{"message":"m","code":{"a":1},"param":[1],"type":4}}"#),
            Said(500, "m")),
        Row("nothing", (502, ""), Said(502, "openrouter answered HTTP 502.")),
        Row(
            "Google's CANCELLED: the client is still there", (499, #"{"error":{"code":499,"message":"m"}}"#),
            Said(502, "m", code: "499")),
        Row("499 without a word", (499, ""), Said(502, "openrouter answered HTTP 499.")),
        Row("HTML", (524, "<!DOCTYPE html><html>524</html>"), Said(524, "openrouter answered HTTP 524.")),
        Row("cut", (500, #"{"error":{"message":"m""#), Said(500, "openrouter answered HTTP 500.")),
        Row(
            "too deep", (500, String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)),
            Said(500, "openrouter answered HTTP 500.")),
    ]

    @Test(arguments: bodies)
    func reads(_ row: Row<(Int, String), Said>) throws {
        let failure = try Self.failure(row.input.0, row.input.1)
        #expect(Said(failure) == row.expected)
        #expect(failure.cause == .status)
    }

    /// Only an answer that is whole is believed.
    @Test func everyCutOfABodyIsStillAFailure() throws {
        let body = #"[{"error":{"message":"mé","code":"c","metadata":{"headers":{"Retry-After":"5"}}}}]"#
        for count in 0...body.utf8.count {
            let cut = String(decoding: Array(body.utf8.prefix(count)), as: UTF8.self)
            #expect(
                try Self.failure(429, cut).message
                    == (count == body.utf8.count ? "mé" : "openrouter answered HTTP 429."))
        }
    }

    @Test func aRedirectIsNotFollowed() throws {
        let failure = try Self.failure(302, "", "Location: http://169.254.169.254/\r\n")
        #expect(failure.cause == .redirect)
        #expect(failure.status == 502)
        #expect(!failure.message.contains("169.254"))
    }

    static let waits: [Row<(String, String), String?>] = [
        Row("none", ("", "{}"), nil),
        Row("seconds", ("Retry-After: 7\r\n", "{}"), "7"),
        Row("zero", ("Retry-After: 0\r\n", ""), "0"),
        Row(
            "a date", ("Retry-After: Fri, 20 Nov 2026 12:09:57 GMT\r\n", "{}"), "Fri, 20 Nov 2026 12:09:57 GMT"),
        Row("negative", ("Retry-After: -1\r\n", "{}"), nil),
        Row("a fraction", ("Retry-After: 1.5\r\n", "{}"), nil),
        Row("a word", ("Retry-After: soon\r\n", "{}"), nil),
        Row("too large", ("Retry-After: 99999999999999999999\r\n", "{}"), nil),
        Row(
            "in the metadata's headers",
            ("", #"{"error":{"message":"m","metadata":{"headers":{"Retry-After":"12"}}}}"#), "12"),
        Row(
            "there in lower case", ("", #"{"error":{"message":"m","metadata":{"headers":{"retry-after":"12"}}}}"#),
            "12"),
        Row(
            "there as a number", ("", #"{"error":{"message":"m","metadata":{"headers":{"Retry-After":12}}}}"#), "12"),
        Row("in the metadata", ("", #"{"error":{"message":"m","metadata":{"retry_after_seconds":30}}}"#), "30"),
        Row("rounded up", ("", #"{"error":{"message":"m","metadata":{"retry_after_seconds":2.1}}}"#), "3"),
        Row("negative there", ("", #"{"error":{"message":"m","metadata":{"retry_after_seconds":-2}}}"#), nil),
        Row("huge there", ("", #"{"error":{"message":"m","metadata":{"retry_after_seconds":1e300}}}"#), nil),
        Row(
            "a word in the headers, a number beside",
            ("", #"{"error":{"message":"m","metadata":{"headers":{"Retry-After":"x"},"retry_after_seconds":4}}}"#), "4"),
        Row(
            "the field wins",
            ("Retry-After: 7\r\n", #"{"error":{"message":"m","metadata":{"retry_after_seconds":30}}}"#), "7"),
        Row(
            "an invalid field gives way",
            ("Retry-After: x\r\n", #"{"error":{"message":"m","metadata":{"retry_after_seconds":30}}}"#), "30"),
    ]

    @Test(arguments: waits)
    func findsHowLongToWait(_ row: Row<(String, String), String?>) throws {
        #expect(try Self.failure(429, row.input.1, row.input.0).retryAfter == row.expected)
    }

    /// Errors in a body or stream whose HTTP status said success.
    static let inside: [Row<String, Said>] = [
        Row("a code", #"{"code":429,"message":"m"}"#, Said(429, "m", code: "429")),
        Row("a code in quotes", #"{"code":"503","message":"m"}"#, Said(503, "m", code: #""503""#)),
        Row("499, though the client is still there", #"{"code":499,"message":"m"}"#, Said(502, "m", code: "499")),
        Row("a code that is no error's", #"{"code":200,"message":"m"}"#, Said(502, "m", code: "200")),
        Row("a word", #"{"code":"server_error","message":"m"}"#, Said(502, "m", code: #""server_error""#)),
        Row(
            "a word that is a status", #"{"code":"rate_limit_exceeded","message":"m"}"#,
            Said(429, "m", code: #""rate_limit_exceeded""#)),
        Row("http_status", #"{"http_status":403,"message":"m"}"#, Said(403, "m")),
        Row(
            "a type that is a status", #"{"type":"overloaded_error","message":"m","code":null}"#,
            Said(503, "m", type: "overloaded_error")),
        Row("an event's type is none", #"{"type":"error","code":null,"message":"m"}"#, Said(502, "m")),
        Row("a text", #""it broke""#, Said(502, "it broke")),
        Row("anything", "17", Said(502, "openrouter reported an error without a message.")),
        Row(
            "vLLM's class", #"{"object":"error","message":"m","type":"NotFoundError"}"#,
            Said(404, "m", type: "NotFoundError")),
        Row("Google's word", #"{"message":"m","status":"RESOURCE_EXHAUSTED"}"#, Said(429, "m")),
        Row("FastAPI", #"{"detail":[{"loc":["body"],"msg":"m","type":"t"}]}"#, Said(422, "body: m")),
        Row("around the error", #"{"error":"m","code":402}"#, Said(402, "m", code: "402")),
        Row("status_code", #"{"error":{"message":"m","status_code":"404"}}"#, Said(404, "m")),
        Row("an answer's own metadata", #"{"error":{"message":"m"},"metadata":{"a":"b"}}"#, Said(502, "m")),
        Row("huge", #"{"code":99999999999999999999,"message":"m"}"#, Said(502, "m", code: "99999999999999999999")),
    ]

    @Test(arguments: inside)
    func readsErrorsInsideASuccess(_ row: Row<String, Said>) {
        let bytes = Array(row.input.utf8)
        let failure = UpstreamFailure(
            errorObject: 0..<bytes.count, in: bytes.span, cause: .errorInStream, provider: "openrouter")
        #expect(Said(failure) == row.expected)
    }

    static let transport: [Row<UpstreamError, (Int, String)>] = [
        Row(
            "connect", .connect(.refused, detail: "libcurl says"),
            (502, "openrouter: the connection was refused or the host cannot be reached.")),
        Row(
            "first byte", .timeout(.firstByte),
            (504, "openrouter did not answer in time (first-byte timeout).")),
        Row("closed", .closedBeforeAnswer, (502, "openrouter closed the connection without an answer.")),
        Row("cut", .cut, (502, "openrouter closed the connection in the middle of its answer.")),
        Row("malformed", .malformed("why"), (502, "openrouter sent an answer that is not valid HTTP/1.1.")),
        Row("encoding", .encoding("why"), (502, "openrouter sent a body that cannot be decoded.")),
        Row("too large", .tooLarge(limitBytes: 5), (502, "openrouter sent an answer larger than 5 bytes.")),
        Row("cancelled", .cancelled, (499, "The client closed the connection.")),
    ]

    /// The operator's words stay in the log.
    @Test(arguments: transport)
    func namesWhatTheTransportDid(_ row: Row<UpstreamError, (Int, String)>) {
        let failure = UpstreamFailure(row.input, provider: "openrouter")
        #expect(failure.status == row.expected.0)
        #expect(failure.message == row.expected.1)
    }
}

@Suite struct AnswerCheckTests {
    static let chat = #"{"choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}"#

    static let refused: [Row<(Endpoint, String), (Int, String)>] = [
        Row("nothing", (.chatCompletions, ""), none), Row("HTML", (.chatCompletions, "<html>"), none),
        Row("null", (.chatCompletions, "null"), none), Row("an array", (.chatCompletions, "[]"), none),
        Row("cut", (.chatCompletions, String(chat.dropLast())), none),
        Row("an object", (.chatCompletions, "{}"), none),
        Row("choices null", (.chatCompletions, #"{"choices":null}"#), none),
        Row("choices empty", (.chatCompletions, #"{"choices":[]}"#), none),
        Row("choices of texts", (.chatCompletions, #"{"choices":["a"]}"#), none),
        Row("completions alike", (.completions, #"{"choices":[]}"#), none),
        Row("a choice of nothing", (.chatCompletions, #"{"choices":[{}]}"#), none),
        Row("a finish alone", (.chatCompletions, #"{"choices":[{"finish_reason":"stop"}]}"#), none),
        Row(
            "a message that is not done and says nothing",
            (.chatCompletions, #"{"choices":[{"message":{"role":"assistant","content":""},"finish_reason":""}]}"#), none
        ),
        Row("a text that is not done", (.completions, #"{"choices":[{"text":"","finish_reason":null}]}"#), none),
        Row("flat", (.chatCompletions, #"{"object":"error","message":"m","code":400}"#), (400, "m")),
        Row("flat beside null", (.embeddings, #"{"code":"503","message":"m","data":null}"#), (503, "m")),
        Row("a detail", (.responses, #"{"detail":"m"}"#), (502, "m")),
        Row(
            "a list of errors", (.chatCompletions, #"{"success":false,"errors":[{"code":7,"message":"m"}]}"#),
            (502, "m")),
        Row("a list of one", (.chatCompletions, #"[{"error":{"code":400,"message":"m"}}]"#), (400, "m")),
        Row("an event", (.chatCompletions, "data: {\"error\":{\"code\":429,\"message\":\"m\"}}\n\n"), (429, "m")),
        Row(
            "an event that is a chunk",
            (.chatCompletions, "data: {\"object\":\"chat.completion.chunk\",\"choices\":[]}\n\n"), none),
        Row("no vector", (.embeddings, #"{"object":"list","data":[]}"#), none),
        Row("an empty vector", (.embeddings, #"{"data":[{"embedding":[0.5]},{"embedding":[]}]}"#), none),
        Row("data without a vector", (.embeddings, #"{"data":[{"index":0}]}"#), none),
        Row("empty output", (.responses, #"{"object":"response","output":[],"status":"completed"}"#), none),
        Row("empty output alone", (.responses, #"{"output":[]}"#), none),
        Row("an error", (.chatCompletions, #"{"error":{"code":429,"message":"m"}}"#), (429, "m")),
        Row(
            "an error beside choices", (.chatCompletions, #"{"error":{"code":402,"message":"m"},"choices":[{}]}"#),
            (402, "m")),
        Row(
            "an error in a choice", (.chatCompletions, #"{"choices":[{"error":{"code":503,"message":"m"}}]}"#),
            (503, "m")),
        Row(
            "a choice broken off", (.chatCompletions, #"{"choices":[{"finish_reason":"error"}]}"#),
            (502, "p broke the answer off (finish_reason 'error').")),
        Row("no output", (.responses, "{}"), none), Row("a status alone", (.responses, #"{"status":"ok"}"#), none),
        Row("output null", (.responses, #"{"output":null}"#), none),
        Row(
            "failed",
            (
                .responses,
                #"{"object":"response","status":"failed","error":{"code":"rate_limit_exceeded","message":"m"}}"#
            ),
            (429, "m")),
        Row("failed without an error", (.responses, #"{"output":[],"status":"failed","error":null}"#), none),
        Row("a chat answer", (.responses, chat), none),
        Row("no data", (.embeddings, "{}"), none), Row("data text", (.embeddings, #"{"data":"x"}"#), none),
    ]

    static let none = (502, "p answered with something that is not a completion.")

    @Test(arguments: refused)
    func refuses(_ row: Row<(Endpoint, String), (Int, String)>) {
        do throws(UpstreamFailure) {
            _ = try AnswerCheck(buffer(row.input.1), endpoint: row.input.0, provider: "p")
            Issue.record("it was taken")
        } catch {
            #expect(error.status == row.expected.0)
            #expect(error.message == row.expected.1)
        }
    }

    static let taken: [Row<(Endpoint, String), String>] = [
        Row("no model", (.chatCompletions, chat), chat),
        Row(
            "a model", (.chatCompletions, #"{"model":"x","choices":[{"message":{"content":"a"}}], "error": null}"#),
            #"{"model":"mine","choices":[{"message":{"content":"a"}}], "error": null}"#),
        Row(
            "the last model on top, alone",
            (
                .chatCompletions,
                #"{"m\u006fdel":"x","choices":[{"model":"y","message":{"refusal":"no"}}],"model":null}"#
            ),
            #"{"choices":[{"model":"y","message":{"refusal":"no"}}],"model":"mine"}"#),
        Row(
            "choice error null", (.chatCompletions, #"{"choices":[{"error":null,"message":{"content":"a"}}]}"#),
            #"{"choices":[{"error":null,"message":{"content":"a"}}]}"#),
        Row(
            "nothing to say, and done",
            (.chatCompletions, #"{"choices":[{"message":{"role":"assistant","content":""},"finish_reason":"stop"}]}"#),
            #"{"choices":[{"message":{"role":"assistant","content":""},"finish_reason":"stop"}]}"#),
        Row(
            "a call of a tool",
            (
                .chatCompletions,
                #"{"choices":[{"message":{"content":null,"tool_calls":[{"id":"a"}]},"finish_reason":null}]}"#
            ),
            #"{"choices":[{"message":{"content":null,"tool_calls":[{"id":"a"}]},"finish_reason":null}]}"#),
        Row(
            "one of two choices is empty",
            (.chatCompletions, #"{"choices":[{"message":{"content":"a"}},{"message":{"content":""}}]}"#),
            #"{"choices":[{"message":{"content":"a"}},{"message":{"content":""}}]}"#),
        Row(
            "an empty error", (.chatCompletions, #"{"error":"","choices":[{"error":{},"message":{"content":"a"}}]}"#),
            #"{"error":"","choices":[{"error":{},"message":{"content":"a"}}]}"#),
        Row(
            "an error of nothing",
            (.completions, #"{"error":{"code":0,"message":"","type":null},"choices":[{"text":"a"}]}"#),
            #"{"error":{"code":0,"message":"","type":null},"choices":[{"text":"a"}]}"#),
        Row(
            "false", (.embeddings, #"{"error":false,"message":"ok","data":[{"embedding":"AAAA"}]}"#),
            #"{"error":false,"message":"ok","data":[{"embedding":"AAAA"}]}"#),
        Row(
            "work that goes on", (.responses, #"{"object":"response","output":[],"status":"queued"}"#),
            #"{"object":"response","output":[],"status":"queued"}"#),
        Row(
            "a response", (.responses, #"{"object":"response","output":[],"status":"incomplete","model":"x"}"#),
            #"{"object":"response","output":[],"status":"incomplete","model":"mine"}"#),
        Row("output alone", (.responses, #"{"output":[{}]}"#), #"{"output":[{}]}"#),
        Row(
            "embeddings", (.embeddings, #"{"data":[{"embedding":[1]}],"model":"x"}"#),
            #"{"data":[{"embedding":[1]}],"model":"mine"}"#),
    ]

    @Test func aLongErrorIsLookedAtNearItsBeginning() {
        func failure(_ body: String) -> UpstreamFailure {
            let bytes = Array(body.utf8)
            return UpstreamFailure(errorObject: 0..<bytes.count, in: bytes.span, cause: .errorInBody, provider: "p")
        }
        let words = String(repeating: "word sk-0123456789abcdef ", count: 10_000)
        let cut = failure(#"{"message":"\#(words)"}"#).message
        // Behind a word: half a key would be no key.
        #expect(cut.utf8.count <= (16 << 10) + 3)
        #expect(cut.hasSuffix("word…") || cut.hasSuffix("sk-0123456789abcdef…"))
        #expect(failure(#"{"message":"\#(String(repeating: "a", count: 20_000))"}"#).message.utf8.count == 8195)
        #expect(
            failure(#"{"message":"\#(String(repeating: "a", count: 1 << 20))"}"#).message
                == "p reported an error of 1048590 bytes.")
    }

    @Test(arguments: taken)
    func takes(_ row: Row<(Endpoint, String), String>) throws {
        let bytes = Array(row.input.1.utf8)
        let check = try AnswerCheck(bytes.span, endpoint: row.input.0, provider: "p")
        #expect(
            text(check.edits(restoring: Array(#""mine""#.utf8), in: bytes.span).apply(to: bytes.span)) == row.expected)
    }

    @Test func findsTheUsage() throws {
        let body = #"{"choices":[{"message":{"content":"a"}}],"usage":{"prompt_tokens":5,"cost":0.5}}"#
        let check = try AnswerCheck(buffer(body), endpoint: .chatCompletions, provider: "p")
        #expect(check.usage == Usage(promptTokens: 5, cost: 0.5))
    }
}
