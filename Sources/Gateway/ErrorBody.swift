internal import JSONText
package import Model
package import Observability

/// The JSON of an error, in OpenAI's shape. Redacted here and nowhere else; at most 8 KiB.
package enum ErrorBody {
    // In bytes of JSON text; all together stay below 8 KiB.
    private static let messageBytes = 2400
    private static let metadataBytes = 3200
    private static let wordBytes = 200
    /// Of members beyond the usual ones, besides what metadata leaves free.
    private static let otherBytes = 400
    /// Longer metadata does not become short enough by what the redactor takes out.
    private static let longestMetadata = 64 << 10

    /// `{"error":{"message","type","param","code","metadata"?}}`. `code` and `param` are strings or `null`: clients with typed
    /// decoders lose the whole error on a number. An upstream's number is `metadata.upstream_code`.
    package static func json(_ error: GatewayError, redactor: Redactor) -> [UInt8] {
        var out = Array(#"{"error":"#.utf8)
        appendObject(error, redactor: redactor, requestID: nil, to: &out)
        out.append(UInt8(ascii: "}"))
        return out
    }

    /// The event that ends a broken stream of chat chunks: text so far, then this, then nothing.
    static func chatEvent(_ error: GatewayError, requestID: String, redactor: Redactor) -> [UInt8] {
        var object: [UInt8] = []
        appendObject(error, redactor: redactor, requestID: requestID, to: &object)
        // A line end between two tokens of the upstream's metadata would end the event's line.
        let line = object.map { $0 == 0x0A || $0 == 0x0D ? UInt8(ascii: " ") : $0 }
        return Array(#"data: {"error":"#.utf8) + line + Array("}\n\n".utf8)
    }

    /// The same in the dialect of Responses: a flat `error` event.
    static func responsesEvent(
        _ error: GatewayError, requestID: String, sequenceNumber: Int, redactor: Redactor
    ) -> [UInt8] {
        let outcome = error.outcome
        var out = Array(#"event: error"#.utf8)
        out.append(contentsOf: "\ndata: {\"type\":\"error\",\"sequence_number\":\(sequenceNumber),\"code\":".utf8)
        if let code = word(outcome.code, redactor) {
            out.append(contentsOf: code)
        } else {
            appendJSONString(bounded(redactor.redact(outcome.type), wordBytes), to: &out)
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
        appendJSONString(bounded(redactor.redact(outcome.type), wordBytes), to: &out)
        out.append(contentsOf: #","param":"#.utf8)
        if case .upstream(let failure) = error, let param = word(failure.param, redactor) {
            out.append(contentsOf: param)
        } else if let param = outcome.param {
            appendJSONString(param, to: &out)
        } else {
            out.append(contentsOf: "null".utf8)
        }
        out.append(contentsOf: #","code":"#.utf8)
        out.append(contentsOf: word(outcome.code, redactor) ?? Array("null".utf8))
        if case .upstream(let failure) = error {
            let start = out.count
            let number = failure.code.flatMap { isNumber($0) && $0.count <= longestNumber ? $0 : nil }
            if failure.metadata != nil || number != nil {
                out.append(contentsOf: #","metadata":"#.utf8)
                appendMetadata(failure.metadata, number, redactor: redactor, to: &out)
            }
            if let members = failure.otherMembers {
                append(members, within: otherBytes + metadataBytes - (out.count - start), redactor: redactor, to: &out)
            }
            out.append(contentsOf: #","provider":"#.utf8)
            appendJSONString(failure.provider, to: &out)
            if failure.tried.count > 1 {
                out.append(contentsOf: #","tried":["#.utf8)
                for (index, attempt) in failure.tried.prefix(12).enumerated() {
                    if index > 0 { out.append(UInt8(ascii: ",")) }
                    appendJSONString(bounded(redactor.redact(attempt), 100), to: &out)
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
        bounded(redactor.redact(outcome.message), messageBytes)
    }

    /// JSON text of a code or a parameter, as a string; `nil` when it is too long to be one.
    private static func word(_ json: [UInt8]?, _ redactor: Redactor) -> [UInt8]? {
        guard let json, json.first == UInt8(ascii: "\"") || isNumber(json), json.count <= 1 << 16 else { return nil }
        let quoted = isNumber(json) ? jsonText(of: String(decoding: json, as: UTF8.self)) : json
        let word = redactor.redact(json: quoted)
        return word.count <= wordBytes ? word : nil
    }

    private static func isNumber(_ json: [UInt8]) -> Bool {
        jsonKind(of: 0..<json.count, in: json.span) == .number
    }

    private static let longestNumber = 40

    /// `text`, cut to what takes at most `limit` bytes as JSON.
    private static func bounded(_ text: String, _ limit: Int) -> String {
        var size = 0
        // Room for the quotes and the ellipsis.
        var fits = text.unicodeScalars.startIndex
        for index in text.unicodeScalars.indices {
            let scalar = text.unicodeScalars[index]
            size += scalar.value < 0x20 ? 6 : scalar == "\"" || scalar == "\\" ? 2 : UTF8.width(scalar)
            if size + 5 <= limit { fits = text.unicodeScalars.index(after: index) }
            if size + 2 > limit { return "\(text[..<fits])…" }
        }
        return text
    }

    /// What is looked at of a text of which the client gets a thousand bytes; cut behind a word, since half a credential
    /// would not be known as one.
    private static func start(of text: String) -> String {
        guard text.utf8.count > 16 << 10 else { return text }
        let words = text.utf8.prefix(16 << 10)
        guard let end = words.lastIndex(of: UInt8(ascii: " ")) else {
            return String(decoding: words.prefix(8 << 10), as: UTF8.self)
        }
        return String(text[..<end])
    }

    /// The members of an object, each as it came but for what the redactor takes out; those that do not fit are left out.
    private static func append(_ members: [UInt8], within limit: Int, redactor: Redactor, to out: inout [UInt8]) {
        guard let tape = try? JSONTape(copying: redactor.redact(json: members).span) else { return }
        let end = out.count + limit
        for member in tape.root.members {
            let size = member.key.range.count + member.value.range.count + 2
            guard out.count + size <= end else { continue }
            out.append(UInt8(ascii: ","))
            member.key.appendText(to: &out)
            out.append(UInt8(ascii: ":"))
            member.value.appendText(to: &out)
        }
    }

    /// The upstream's metadata as it came, or, when it is too long for an error, what it says about who and why.
    private static func appendMetadata(
        _ metadata: [UInt8]?, _ number: [UInt8]?, redactor: Redactor, to out: inout [UInt8]
    ) {
        guard let number else {
            if let metadata { appendMetadata(metadata, redactor: redactor, to: &out) }
            return
        }
        out.append(contentsOf: #"{"upstream_code":"#.utf8)
        out.append(contentsOf: number)
        var own: [UInt8] = []
        if let metadata { appendMetadata(metadata, redactor: redactor, to: &own) }
        if let scan = ObjectScan(own.span, within: 0..<own.count, names: MemberNames()) {
            if !scan.isEmpty {
                out.append(UInt8(ascii: ","))
                out.append(contentsOf: own[(scan.object.lowerBound + 1)..<(scan.object.upperBound - 1)])
            }
        } else if !own.isEmpty {
            // No object: whatever it is, it is what the upstream had to say.
            out.append(contentsOf: #","raw":"#.utf8)
            out.append(contentsOf: own)
        }
        out.append(UInt8(ascii: "}"))
    }

    private static func appendMetadata(_ metadata: [UInt8], redactor: Redactor, to out: inout [UInt8]) {
        if metadata.count <= longestMetadata {
            let whole = redactor.redact(json: metadata)
            if whole.count <= metadataBytes {
                out.append(contentsOf: whole)
                return
            }
        }
        let scan = ObjectScan(
            metadata.span, within: 0..<metadata.count, names: MemberNames("provider_name", "error_type", "raw"))
        out.append(contentsOf: #"{"truncated":true"#.utf8)
        for (index, name) in ["provider_name", "error_type", "raw"].enumerated() {
            guard let range = scan?[index], let text = jsonString(range, in: metadata.span) else { continue }
            out.append(contentsOf: ",\"\(name)\":".utf8)
            appendJSONString(bounded(redactor.redact(start(of: text)), 1000), to: &out)
        }
        out.append(UInt8(ascii: "}"))
    }
}
