internal import EventLoop
internal import HTTPServer
internal import JSONText
internal import Observability

extension Inference {
    /// Keeps who answered for the log and counts the answer.
    ///
    /// - Returns: what the answer's head says of it; `nil` when the upstream did not name anybody.
    func note(_ answerer: Answerer) -> KnownAnswerer? {
        guard let lane, let upstream = record.upstream else { return nil }
        return note(lane.known(answerer, for: upstream) { known($0, for: upstream) })
    }

    /// The same for a whole answer.
    func note(_ check: AnswerCheck, of content: borrowing ByteBuffer) -> KnownAnswerer? {
        guard let lane, let upstream = record.upstream else { return nil }
        if let known = lane.known(
            model: check.model, provider: check.providerName, in: content.bytes, for: upstream)
        {
            return note(known)
        }
        var answerer = Answerer()
        answerer.note(model: check.model, provider: check.providerName, in: content.bytes)
        return note(answerer)
    }

    @inline(__always)
    private func note(_ answerer: KnownAnswerer?) -> KnownAnswerer? {
        guard let answerer else { return nil }
        record.answeredBy = answerer.labels
        answerer.count.add()
        return answerer
    }

    private func known(_ answerer: Answerer, for upstream: UpstreamLabels) -> KnownAnswerer {
        let state = gateway.state
        let labels = AnswererLabels(answerer, state.log.redactor)
        return KnownAnswerer(
            answerer, for: upstream, labels, state.metrics.answers.count(labels, of: upstream, gateway.metricNames))
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
