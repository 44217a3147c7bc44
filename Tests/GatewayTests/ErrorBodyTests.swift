import JSONText
import Model
import Observability
import Testing
import Upstream

@testable import Gateway

@Suite struct ErrorBodyTests {
    static let redactor = Redactor(secrets: [Secret("very-secret-value"), Secret("86753099")])

    static func object(
        _ message: String, _ type: String, param: String = "null", code: String, more: String = ""
    ) -> String {
        #"{"error":{"message":"\#(message)","type":"\#(type)","param":\#(param),"code":"\#(code)"\#(more)}}"#
    }

    static let invalid = "invalid_request_error"

    static let table: [Row<GatewayError, (Int, String)>] = [
        Row(
            "invalidRequest", .invalidRequest(param: "stream", message: "no"),
            (400, object("no", invalid, param: #""stream""#, code: "invalid_value"))),
        Row(
            "invalidRequest without a param", .invalidRequest(param: nil, message: "no"),
            (400, object("no", invalid, code: "invalid_value"))),
        Row(
            "missingParameter", .missingParameter("model", hint: "Send it."),
            (
                400,
                object(
                    "Missing required parameter: 'model'. Send it.", invalid, param: #""model""#,
                    code: "missing_required_parameter")
            )),
        Row(
            "malformedJSON", .malformedJSON(message: "x at byte 3"),
            (400, object("The request body is not valid JSON: x at byte 3.", invalid, code: "invalid_json"))),
        Row(
            "bodyTooLarge", .bodyTooLarge(limitBytes: 10),
            (
                413,
                object(
                    "The request body is larger than 10 bytes (general_settings.max_request_size_mb).", invalid,
                    code: "request_too_large")
            )),
        Row(
            "bodyTimedOut", .bodyTimedOut,
            (408, object("The request body did not arrive in time.", "timeout_error", code: "request_timeout"))),
        Row(
            "bodyMalformed", .bodyMalformed,
            (400, object("The request's chunked body is malformed.", invalid, code: "invalid_chunking"))),
        Row(
            "unsupportedMediaType", .unsupportedMediaType("no"),
            (415, object("no", invalid, code: "unsupported_media_type"))),
        Row(
            "missingKey", .missingKey,
            (
                401,
                object(
                    "No API key was sent. Send `Authorization: Bearer <key>` with a key of this gateway.",
                    "authentication_error", code: "missing_api_key")
            )),
        Row(
            "wrongKey", .wrongKey,
            (401, object("The API key is not valid for this gateway.", "authentication_error", code: "invalid_api_key"))
        ),
        Row(
            "unknownModel", .unknownModel("gpt\"4", nearest: []),
            (
                404,
                object(
                    #"The model 'gpt\"4' does not exist on this gateway. GET /v1/models lists what there is."#, invalid,
                    param: #""model""#, code: "model_not_found")
            )),
        Row(
            "unknownModel with a guess", .unknownModel("a", nearest: ["b", "c"]),
            (
                404,
                object(
                    "The model 'a' does not exist on this gateway. Did you mean 'b' or 'c'?", invalid,
                    param: #""model""#, code: "model_not_found")
            )),
        Row(
            "unusableModel", .unusableModel("why", isDialect: false),
            (500, object("why", "server_error", param: #""model""#, code: "misconfigured_model"))),
        Row(
            "unusableModel for its dialect", .unusableModel("why", isDialect: true),
            (501, object("why", invalid, param: #""model""#, code: "provider_not_supported"))),
        Row(
            "unservedPath", .unservedPath(method: "GET", path: "/x", hint: "It is theirs."),
            (
                404,
                object(
                    "GET /x is not supported. It is theirs. GET /routes lists what there is.", invalid,
                    code: "endpoint_not_supported")
            )),
        Row(
            "unknownPath with a hint", .unknownPath(method: "GET", path: "/x", hint: "Did you mean /y?"),
            (404, object("Unknown request URL: GET /x. Did you mean /y?", invalid, code: "unknown_url"))),
        Row(
            "malformedAuthorization", .malformedAuthorization(.noScheme),
            (
                401,
                object(
                    "The Authorization header needs the form `Bearer <key>`, with a key of this gateway; the word `Bearer` and "
                        + "the blank behind it are missing.", "authentication_error", code: "missing_api_key")
            )),
        Row(
            "refusedKey", .refusedKey(RefusedKey(Array("sk-or-v1-0123456789".utf8))),
            (
                401,
                object(
                    "The API key is not valid for this gateway. It looks like a key of OpenRouter: clients show the gateway's "
                        + "own key, and the gateway adds the provider's.", "authentication_error",
                    code: "invalid_api_key")
            )),
        Row(
            "unknownPath", .unknownPath(method: "GET", path: "/x"),
            (404, object("Unknown request URL: GET /x. GET /routes lists what there is.", invalid, code: "unknown_url"))
        ),
        Row(
            "methodNotAllowed", .methodNotAllowed(method: "PUT", path: "/x", allowed: ["GET", "POST"]),
            (405, object("PUT is not allowed for /x; use GET or POST.", invalid, code: "method_not_allowed"))),
        Row(
            "methodNotAllowed with a hint",
            .methodNotAllowed(method: "POST", path: "/", allowed: ["GET"], hint: "Did you mean /x?"),
            (
                405,
                object("POST is not allowed for /; use GET. Did you mean /x?", invalid, code: "method_not_allowed")
            )),
        Row(
            "unsupportedEndpoint", .unsupportedEndpoint(.responses, model: "m", provider: "groq"),
            (
                501,
                object(
                    "The model 'm' is served by groq, which does not speak /responses; this gateway does not translate it yet.",
                    invalid, param: #""model""#, code: "endpoint_not_supported")
            )),
        Row(
            "missingProviderKey", .missingProviderKey(provider: "groq", variable: "GROQ_API_KEY", model: "m"),
            (
                401,
                object(
                    "The model 'm' needs a key for groq, and the gateway has none: set the environment variable "
                        + "GROQ_API_KEY (or litellm_params.api_key) and start it again.",
                    "upstream_authentication_error", code: "missing_provider_key")
            )),
        Row(
            "resting", .resting(.init(model: "m", left: .milliseconds(4_831), cause: nil, loneStatus: nil)),
            (
                429,
                object(
                    "All deployments of 'm' are resting and none was asked; the first to come back rests for 4.9 s.",
                    "rate_limit_error", param: #""model""#, code: "all_deployments_in_cooldown")
            )),
        Row(
            "resting, with the cause",
            .resting(.init(model: "m", left: .seconds(5), cause: "502 BadGatewayError", loneStatus: nil)),
            (
                429,
                object(
                    "All deployments of 'm' are resting and none was asked; the first to come back rests for 5.0 s after a "
                        + "502 BadGatewayError.", "rate_limit_error", param: #""model""#,
                    code: "all_deployments_in_cooldown")
            )),
        Row(
            "resting, alone",
            .resting(.init(model: "m", left: .seconds(90), cause: "401 AuthenticationError", loneStatus: 401)),
            (
                401,
                object(
                    "The deployment of 'm' rests for 90 s after a 401 AuthenticationError; it was not asked.",
                    "upstream_authentication_error", param: #""model""#, code: "deployment_in_cooldown")
            )),
        Row(
            "resting, alone, after a gateway's error",
            .resting(.init(model: "m", left: .milliseconds(1), cause: "502 BadGatewayError", loneStatus: 502)),
            (
                502,
                object(
                    "The deployment of 'm' rests for 0.1 s after a 502 BadGatewayError; it was not asked.",
                    "upstream_error", param: #""model""#, code: "deployment_in_cooldown")
            )),
        Row(
            "limited", .limited(model: "m"),
            (
                429,
                object(
                    "The gateway's own limits for 'm' (rpm, tpm or max_parallel_requests) are used up.",
                    "rate_limit_error", param: #""model""#, code: "gateway_limit_reached")
            )),
        Row(
            "noTagMatch", .noTagMatch(tags: ["a", "b"]),
            (401, object("No deployment of this model serves requests tagged 'a', 'b'.", invalid, code: "no_tag_match"))
        ),
        Row(
            "requestTimedOut", .requestTimedOut(model: "m"),
            (
                408,
                object(
                    "The time for the whole request to 'm' is over (request_timeout).", "timeout_error",
                    code: "request_timeout")
            )),
        Row(
            "clientGone", .clientGone,
            (499, object("The client closed the connection.", "client_closed_request", code: "client_closed_request"))),
        Row(
            "upstream, transport", .upstream(UpstreamFailure(.cut, provider: "groq")),
            (
                502,
                object(
                    "groq closed the connection in the middle of its answer.", "upstream_error", code: "upstream_cut",
                    more: #","provider":"groq""#)
            )),
        Row(
            "upstream, timeout", .upstream(UpstreamFailure(.timeout(.idle), provider: "groq")),
            (
                504,
                object(
                    "groq fell silent in the middle of its answer (idle timeout).", "timeout_error",
                    code: "upstream_timeout_idle", more: #","provider":"groq""#)
            )),
    ]

    @Test(arguments: table)
    func isWhole(_ row: Row<GatewayError, (Int, String)>) {
        #expect(row.input.outcome.status == row.expected.0)
        #expect(text(ErrorBody.json(row.input, redactor: Self.redactor)) == row.expected.1)
    }

    static func upstream(_ status: Int, _ error: String) -> GatewayError {
        let bytes = Array(error.utf8)
        var failure = UpstreamFailure(
            errorObject: 0..<bytes.count, in: bytes.span, cause: .status, provider: "openrouter")
        if failure.status != status {
            let read = failure
            failure = UpstreamFailure(
                cause: read.cause, provider: read.provider, status: status, message: read.message, detail: nil)
            (failure.type, failure.code, failure.param, failure.metadata) = (
                read.type, read.code, read.param, read.metadata
            )
            failure.otherMembers = read.otherMembers
        }
        return .upstream(failure)
    }

    static let upstreams: [Row<(Int, String), String>] = [
        Row(
            "OpenRouter's", (429, #"{"message":"m","code":429,"metadata":{"provider_name":"X","raw":{"a":1.50}}}"#),
            #"{"error":{"message":"m","type":"rate_limit_error","param":null,"code":"429","metadata":{"upstream_code":429,"provider_name":"X","raw":{"a":1.50}},"provider":"openrouter"}}"#
        ),
        Row(
            "OpenAI's", (400, #"{"message":"m","type":"t","param":"a.b","code":"c"}"#),
            #"{"error":{"message":"m","type":"t","param":"a.b","code":"c","provider":"openrouter"}}"#),
        Row(
            "a key that the provider refuses is not the client's",
            (401, #"{"message":"m","type":"invalid_request_error"}"#),
            #"{"error":{"message":"m","type":"upstream_authentication_error","param":null,"code":null,"provider":"openrouter"}}"#
        ),
        Row(
            "payment", (402, #"{"message":"m"}"#),
            #"{"error":{"message":"m","type":"insufficient_quota","param":null,"code":null,"provider":"openrouter"}}"#),
        Row(
            "permission", (403, #"{"message":"m"}"#),
            #"{"error":{"message":"m","type":"upstream_permission_error","param":null,"code":null,"provider":"openrouter"}}"#
        ),
        Row(
            "a type is never null or empty", (500, #"{"message":"m","type":"","code":"c"}"#),
            #"{"error":{"message":"m","type":"upstream_error","param":null,"code":"c","provider":"openrouter"}}"#),
        Row(
            "members beyond the usual ones stay",
            (
                400,
                #"{"message":"m","type":"exceed_context_size_error","code":"c","n_prompt_tokens":13392, "n_ctx" : 8192,"none":null,"details":[{"reason":"R"}]}"#
            ),
            #"{"error":{"message":"m","type":"exceed_context_size_error","param":null,"code":"c","n_prompt_tokens":13392,"n_ctx":8192,"details":[{"reason":"R"}],"provider":"openrouter"}}"#
        ),
        Row(
            "and are redacted",
            (400, #"{"message":"m","type":"t","code":"c","provider_specific_fields":{"k":"very-secret-value"}}"#),
            #"{"error":{"message":"m","type":"t","param":null,"code":"c","provider_specific_fields":{"k":"[redacted]"},"provider":"openrouter"}}"#
        ),
        Row(
            "those that are too long are left out",
            (400, #"{"message":"m","type":"t","code":"c","long":"\#(String(repeating: "x", count: 3900))","n":1}"#),
            #"{"error":{"message":"m","type":"t","param":null,"code":"c","n":1,"provider":"openrouter"}}"#
        ),
        Row(
            "secrets go, wherever they stand",
            (
                400,
                #"{"message":"key very-secret-value","type":"sk-0123456789","param":"very-secret-value","code":"very-secret-value","metadata":{"raw":"{\"k\":\"very-secret-value\"}","n":86753099,"very-secret-value":[true]}}"#
            ),
            #"{"error":{"message":"key [redacted]","type":"[redacted]","param":"[redacted]","code":"[redacted]","metadata":{"raw":"{\"k\":\"[redacted]\"}","n":86753099,"[redacted]":[true]},"provider":"openrouter"}}"#
        ),
        Row(
            "a code that looks like a secret number", (400, #"{"message":"m","code":86753099}"#),
            #"{"error":{"message":"m","type":"invalid_request_error","param":null,"code":"[redacted]","metadata":{"upstream_code":86753099},"provider":"openrouter"}}"#
        ),
        Row(
            "a number in a list of metadata", (400, #"{"message":"m","code":7,"param":3,"metadata":[1]}"#),
            #"{"error":{"message":"m","type":"invalid_request_error","param":"3","code":"7","metadata":{"upstream_code":7,"raw":[1]},"provider":"openrouter"}}"#
        ),
        Row(
            "a number and empty metadata", (400, #"{"message":"m","code":7,"metadata":{}}"#),
            #"{"error":{"message":"m","type":"invalid_request_error","param":null,"code":"7","metadata":{"upstream_code":7},"provider":"openrouter"}}"#
        ),
        Row(
            "a code too long to be one", (400, #"{"message":"m","code":"\#(String(repeating: "c", count: 300))"}"#),
            #"{"error":{"message":"m","type":"invalid_request_error","param":null,"code":null,"provider":"openrouter"}}"#
        ),
    ]

    @Test(arguments: upstreams)
    func carriesWhatTheUpstreamSaid(_ row: Row<(Int, String), String>) {
        #expect(text(ErrorBody.json(Self.upstream(row.input.0, row.input.1), redactor: Self.redactor)) == row.expected)
    }

    @Test func longMetadataIsReducedToWhoAndWhy() throws {
        let raw = String(repeating: "é\\\"", count: 3000)
        let error = Self.upstream(
            502, #"{"message":"m","metadata":{"raw":"\#(raw)","provider_name":"X","error_type":7,"other":1}}"#)
        let body = try json(ErrorBody.json(error, redactor: Self.redactor))
        let metadata = try #require(body["error"]?["metadata"])
        #expect(metadata["truncated"] == true)
        #expect(metadata["provider_name"] == "X")
        #expect(metadata["error_type"] == nil)
        #expect(metadata["other"] == nil)
        #expect(try #require(metadata["raw"]?.stringValue).hasSuffix("…"))
    }

    /// Units whose JSON is longer than they are, or which are one character however long.
    static let hostile = [
        "a", "\u{1}", "\"", "\\", "\n", "é", "😀", "\u{301}", "sk-0123456789 ", "key=abcd ", "\u{2028}",
        "very-secret-value",
    ]

    @Test(arguments: hostile)
    func isJSONOfAtMostEightKiB(_ unit: String) throws {
        for count in [1, 2397, 2500] {
            let long = String(repeating: unit, count: count)
            let quoted = text(jsonText(of: long))
            let error =
                #"{"message":\#(quoted),"type":\#(quoted),"param":\#(quoted),"code":\#(quoted),"metadata":{"raw":\#(quoted),"provider_name":\#(quoted),"error_type":\#(quoted)}}"#
            var all: [GatewayError] = [
                Self.upstream(400, error), Self.upstream(500, error), .unknownModel(long, nearest: []),
                .unknownPath(method: "GET", path: long), .invalidRequest(param: "p", message: long),
            ]
            if case .upstream(var failure) = Self.upstream(400, error) {
                failure.tried = Array(repeating: long, count: 20)
                all.append(.upstream(failure))
            }
            all.append(
                Self.upstream(400, #"{"message":"m","metadata":[\#(Array(repeating: quoted, count: 1).joined())]}"#))
            for error in all {
                let body = ErrorBody.json(error, redactor: Self.redactor)
                #expect(body.count <= 8192)
                let value = try json(body)
                #expect(value["error"]?["message"]?.stringValue?.isEmpty == false)
                #expect(value["error"]?["type"]?.stringValue?.isEmpty == false)
                #expect(!text(body).contains("very-secret-value"))
                for event in [
                    ErrorBody.chatEvent(error, requestID: "r", redactor: Self.redactor),
                    ErrorBody.responsesEvent(error, requestID: "r", sequenceNumber: 3, redactor: Self.redactor),
                ] {
                    #expect(event.count <= 8192)
                    let lines = text(event).split(separator: "\n", omittingEmptySubsequences: false)
                    #expect(lines.suffix(2) == ["", ""])
                    let data = try #require(lines.dropLast(2).last)
                    #expect(lines.count <= 4 && data.hasPrefix("data: "))
                    _ = try json(String(data.dropFirst(6)))
                }
            }
        }
    }

    @Test func anEventIsOneLineWhateverTheMetadataLooksLike() {
        let error = Self.upstream(502, "{\"message\":\"m\",\"metadata\":{\r\n  \"raw\" : 1\n}}")
        #expect(
            text(ErrorBody.chatEvent(error, requestID: "r-1", redactor: Self.redactor))
                == #"data: {"error":{"message":"m","type":"upstream_error","param":null,"code":null,"metadata":{    "raw" : 1 },"provider":"openrouter","request_id":"r-1"}}"#
                + "\n\n")
    }

    static let responsesEvents: [Row<(Int, String), String>] = [
        Row("a word", (429, #"{"message":"m","code":"rate_limit_exceeded"}"#), #""rate_limit_exceeded""#),
        Row("a number", (429, #"{"message":"m","code":429}"#), #""429""#),
        Row("none", (500, #"{"message":"m"}"#), #""upstream_error""#),
        Row("none and a hostile type", (500, #"{"message":"m","type":"a\"b\\"}"#), #""a\"b\\""#),
        Row("a secret", (500, #"{"message":"m","code":"very-secret-value"}"#), #""[redacted]""#),
    ]

    @Test(arguments: responsesEvents)
    func theEventOfResponsesIsFlat(_ row: Row<(Int, String), String>) {
        let event = ErrorBody.responsesEvent(
            Self.upstream(row.input.0, row.input.1), requestID: "r-1", sequenceNumber: 7, redactor: Self.redactor)
        #expect(
            text(event) == "event: error\n"
                + #"data: {"type":"error","sequence_number":7,"code":\#(row.expected),"message":"m","param":null,"request_id":"r-1"}"#
                + "\n\n")
    }
}
