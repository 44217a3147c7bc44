internal import EventLoop
internal import HTTPServer
internal import JSONText
internal import Observability

extension Inference {
    /// Keeps who answered for the log.
    ///
    /// - Returns: what the answer's head says of it; `nil` when the upstream did not name anybody.
    func note(_ answerer: Answerer) -> KnownAnswerer? {
        let known = lane?.known(answerer, gateway.state.log)
        record.answeredBy = known?.labels
        return known
    }

    /// The same for a whole answer.
    func note(_ check: AnswerCheck, of content: borrowing ByteBuffer) -> KnownAnswerer? {
        let known = lane?.known(
            model: check.model, provider: check.providerName, in: content.bytes, gateway.state.log)
        record.answeredBy = known?.labels
        return known
    }
}

extension AnswererLabels {
    /// - Parameter redactor: of the log that requests are written to.
    convenience init(_ answerer: Answerer, _ redactor: Redactor) {
        func text(_ json: [UInt8]) -> String? {
            jsonString(0..<json.count, in: json.span).flatMap { $0.isEmpty ? nil : redactor.redact($0) }
        }
        self.init(model: text(answerer.model), provider: text(answerer.provider), redactor: redactor)
    }
}
