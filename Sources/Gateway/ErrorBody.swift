internal import JSONText
package import Model
package import Observability

/// The JSON of an error, in OpenAI's shape. Redacted here and nowhere else; at most 8 KiB.
package enum ErrorBody {
    private static let messageBytes = 3000
    private static let metadataBytes = 4000

    /// `{"error":{"message","type","param","code","metadata"?}}`.
    package static func json(_ error: GatewayError, redactor: Redactor) -> [UInt8] {
        var out = Array(#"{"error":"#.utf8)
        appendObject(error, redactor: redactor, requestID: nil, to: &out)
        out.append(UInt8(ascii: "}"))
        return out
    }

    /// The event that ends a broken stream of chat chunks: text so far, then this, then nothing.
    static func chatEvent(_ error: GatewayError, requestID: String, redactor: Redactor) -> [UInt8] {
        var out = Array(#"data: {"error":"#.utf8)
        appendObject(error, redactor: redactor, requestID: requestID, to: &out)
        out.append(contentsOf: "}\n\n".utf8)
        return out
    }

    /// The same in the dialect of Responses: a flat `error` event.
    static func responsesEvent(
        _ error: GatewayError, requestID: String, sequenceNumber: Int, redactor: Redactor
    ) -> [UInt8] {
        let outcome = error.outcome
        var out = Array(#"event: error"#.utf8)
        out.append(contentsOf: "\ndata: {\"type\":\"error\",\"sequence_number\":\(sequenceNumber),\"code\":".utf8)
        // Clients take the code for a word here, so a number is quoted.
        let code = outcome.code ?? Array("\"\(outcome.type)\"".utf8)
        if code.first == UInt8(ascii: "\"") {
            out.append(contentsOf: code)
        } else {
            appendJSONString(String(decoding: code, as: UTF8.self), to: &out)
        }
        out.append(contentsOf: #","message":"#.utf8)
        appendJSONString(message(outcome, redactor), to: &out)
        out.append(contentsOf: #","param":null,"request_id":"#.utf8)
        appendJSONString(requestID, to: &out)
        out.append(contentsOf: "}\n\n".utf8)
        return out
    }

    private static func appendObject(
        _ error: GatewayError, redactor: Redactor, requestID: String?, to out: inout [UInt8]
    ) {
        let outcome = error.outcome
        out.append(contentsOf: #"{"message":"#.utf8)
        appendJSONString(message(outcome, redactor), to: &out)
        out.append(contentsOf: #","type":"#.utf8)
        appendJSONString(redactor.redact(outcome.type), to: &out)
        out.append(contentsOf: #","param":"#.utf8)
        if case .upstream(let failure) = error, let param = failure.param, param.count <= 200 {
            out.append(contentsOf: redactor.redact(param))
        } else if let param = outcome.param {
            appendJSONString(param, to: &out)
        } else {
            out.append(contentsOf: "null".utf8)
        }
        out.append(contentsOf: #","code":"#.utf8)
        out.append(
            contentsOf: outcome.code.flatMap { $0.count <= 200 ? redactor.redact($0) : nil } ?? Array("null".utf8))
        if case .upstream(let failure) = error {
            if let metadata = failure.metadata {
                out.append(contentsOf: #","metadata":"#.utf8)
                appendMetadata(metadata, redactor: redactor, to: &out)
            }
            out.append(contentsOf: #","provider":"#.utf8)
            appendJSONString(failure.provider, to: &out)
            if failure.tried.count > 1 {
                out.append(contentsOf: #","tried":["#.utf8)
                for (index, attempt) in failure.tried.prefix(12).enumerated() {
                    if index > 0 { out.append(UInt8(ascii: ",")) }
                    appendJSONString(redactor.redact(String(attempt.prefix(100))), to: &out)
                }
                out.append(UInt8(ascii: "]"))
            }
        }
        if let requestID {
            out.append(contentsOf: #","request_id":"#.utf8)
            appendJSONString(requestID, to: &out)
        }
        out.append(UInt8(ascii: "}"))
    }

    private static func message(_ outcome: GatewayError.Outcome, _ redactor: Redactor) -> String {
        let redacted = redactor.redact(outcome.message)
        guard redacted.utf8.count > messageBytes else { return redacted }
        var cut = redacted.utf8.index(redacted.startIndex, offsetBy: messageBytes)
        while cut > redacted.startIndex, String.Index(cut, within: redacted) == nil {
            cut = redacted.utf8.index(before: cut)
        }
        return "\(redacted[..<cut])…"
    }

    /// The upstream's metadata as it came, or, when it is too long for an error, what it says about who and why.
    private static func appendMetadata(_ metadata: [UInt8], redactor: Redactor, to out: inout [UInt8]) {
        if metadata.count <= metadataBytes {
            out.append(contentsOf: redactor.redact(metadata))
            return
        }
        let scan = ObjectScan(
            metadata.span, within: 0..<metadata.count, names: MemberNames("provider_name", "error_type", "raw"))
        out.append(contentsOf: #"{"truncated":true"#.utf8)
        for (index, name) in ["provider_name", "error_type", "raw"].enumerated() {
            guard let range = scan?[index], let text = jsonString(range, in: metadata.span) else { continue }
            out.append(contentsOf: ",\"\(name)\":".utf8)
            appendJSONString(redactor.redact(String(text.prefix(1000))), to: &out)
        }
        out.append(UInt8(ascii: "}"))
    }
}
