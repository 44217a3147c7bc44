internal import EventLoop
internal import HTTPServer
package import HTTPWire
internal import JSONText
internal import Model
internal import Observability

extension Gateway {
    /// The fields that every answer carries.
    func baseFields(_ record: RequestRecord, _ exchange: ServerExchange) -> ResponseFields {
        var fields = ResponseFields()
        fields.add(linesFrom: "x-request-id: ", "x-litellm-call-id: ", record.requestID)
        addCrossOrigin(exchange.head, to: &fields)
        return fields
    }

    /// What was tried and where the answer is from, on answers and errors of inference alike.
    ///
    /// - Parameter isError: the name may be none of the configuration's, and a key that was sent in its place.
    func addRouting(_ record: RequestRecord, to fields: inout ResponseFields, isError: Bool = false) {
        guard record.endpoint != nil else { return }
        if let model = record.model {
            fields.add(
                "x-litellm-model-group", isError || record.redactor != nil ? redactor(of: record).redact(model) : model)
        }
        if let upstream = record.upstream {
            fields.add("x-litellm-model-id", upstream.deployment)
            fields.add("x-litellm-model-api-base", upstream.apiBase)
        }
        fields.add("x-litellm-attempted-retries", decimal: record.retries)
        fields.add("x-litellm-attempted-fallbacks", decimal: record.fallbacks)
        if let limit = record.retryLimit { fields.add("x-penstock-retry-limit", decimal: limit) }
        if !record.trail.isEmpty { fields.add("x-penstock-route", redactor(of: record).redact(record.trail)) }
    }

    private func redactor(of record: RequestRecord) -> Redactor { record.redactor ?? state.log.redactor }

    /// What of the client's body did not go upstream as it came.
    func addChanged(_ record: RequestRecord, to fields: inout ResponseFields) {
        guard !record.changedMembers.isEmpty else { return }
        let names = record.changedMembers.joined(separator: ",")
        fields.add("x-penstock-changed", names)
        // The field's former name, until 0.2.
        fields.add("x-penstock-dropped-params", names)
    }

    func answer(
        _ exchange: ServerExchange, _ record: RequestRecord, status: Int = 200, json value: JSONValue,
        redactedBy redactor: Redactor? = nil
    ) async {
        var fields = baseFields(record, exchange)
        fields.add("Content-Type", "application/json")
        record.status = status
        let text = value.serialized()
        let body = redactor?.redact(json: text) ?? text
        record.answerBytes = body.count
        await exchange.answer(status: status, fields: fields, body: body)
    }

    /// The one place that turns an error into an answer.
    func answer(
        _ error: GatewayError, _ exchange: ServerExchange, _ snapshot: Snapshot, _ record: RequestRecord
    ) async {
        let outcome = error.outcome
        record.status = outcome.status
        record.errorCode =
            outcome.code.map { String(decoding: $0, as: UTF8.self) }.map { $0.filter { $0 != "\"" } }
            ?? outcome.type
        let redactor = hideSecrets(of: error, exchange, snapshot, record)
        if case .clientGone = error {
            record.clientLeft = true
            return
        }
        var fields = baseFields(record, exchange)
        fields.add("Content-Type", "application/json")
        switch error {
        case .missingKey, .malformedAuthorization: fields.add("WWW-Authenticate", "Bearer")
        case .wrongKey:
            fields.add("WWW-Authenticate", "Bearer")
            record.errorDetail = "from \(exchange.clientNetwork)"
        case .unsupportedCoding(_, let accepted): fields.add("Accept-Encoding", accepted)
        case .refusedKey(let key):
            fields.add("WWW-Authenticate", "Bearer")
            record.errorDetail = "from \(exchange.clientNetwork), key \(key.end)"
        case .methodNotAllowed(_, _, let allowed, _): fields.add("Allow", allowed.joined(separator: ", "))
        case .resting(let resting):
            fields.add("Retry-After", decimal: resting.seconds)
            record.errorDetail = outcome.message
        case .tooManyWrongKeys(let seconds):
            fields.add("Retry-After", decimal: seconds)
            record.errorDetail = "from \(exchange.clientNetwork)"
        case .foreignPage, .foreignHost, .unnamedPage, .foreignAddress: record.errorDetail = outcome.message
        case .limited: fields.add("Retry-After", "60")
        case .upstream(let failure):
            record.errorDetail = failure.logDetail
            if let retryAfter = failure.retryAfter { fields.add("Retry-After", retryAfter) }
        default: break
        }
        if exchange.hasAnswered { return await endStream(error, exchange, redactor, record) }
        addRouting(record, to: &fields, isError: true)
        addChanged(record, to: &fields)
        let body = ErrorBody.json(error, redactor: redactor)
        record.answerBytes = body.count
        await exchange.answer(status: outcome.status, fields: fields, body: body)
    }

    /// Nothing but heartbeats has gone out, and now nothing else will: the error is the stream's only event.
    private func endStream(
        _ error: GatewayError, _ exchange: ServerExchange, _ redactor: Redactor, _ record: RequestRecord
    ) async {
        record.status = 200
        let event =
            record.endpoint == .responses
            ? ErrorBody.responsesEvent(
                error, requestID: record.requestID, sequenceNumber: 0, redactor: redactor)
            : ErrorBody.chatEvent(error, requestID: record.requestID, redactor: redactor)
        record.answerBytes += event.count
        _ = await exchange.send(event.span)
        await exchange.finishStream()
    }

    /// CORS preflight: a browser asks before it sends a key.
    func answerPreflight(_ exchange: ServerExchange, _ record: RequestRecord) async {
        var fields = baseFields(record, exchange)
        addPreflight(exchange.head, to: &fields)
        fields.add("Allow", "GET, HEAD, POST, DELETE, OPTIONS")
        record.status = 204
        await exchange.answer(status: 204, fields: fields, body: [UInt8]())
    }

    package func note(mistake: StaticString) {
        state.log.write(.error, "a mistake of the gateway ended a connection", ["mistake": "\(mistake)"])
    }

    package func body(refusing rejection: RequestRejection) -> [UInt8] {
        state.log.write(
            .warning, "refused a request",
            [
                "reason": "\(rejection.reason)", "status": .number(rejection.status),
                "detail": .text(Gateway.hint(on: rejection.reason)),
            ])
        metrics.refused(status: rejection.status)
        let value: JSONValue = .object([
            .init(
                "error",
                .object([
                    .init("message", .string(rejection.message)), .init("type", "invalid_request_error"),
                    .init("param", .null), .init("code", .string("bad_http_request")),
                ]))
        ])
        return value.serialized()
    }

    /// For the operator, when bytes that are no request tell what was meant.
    private static func hint(on reason: RequestRejection.Reason) -> String? {
        switch reason {
        case .tlsHandshake: "this looks like TLS; use http://"
        case .http2Preface: "this looks like HTTP/2; this port speaks HTTP/1.1"
        default: nil
        }
    }
}
