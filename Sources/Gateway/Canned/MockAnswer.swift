internal import EventLoop
internal import HTTPServer
internal import JSONText
internal import Model
internal import Observability
internal import Providers
internal import Routing
internal import Upstream

/// `mock_response`: an answer from the configuration, so that a newcomer sees one without any provider's key.
extension Inference {
    /// LiteLLM streams a canned text in pieces of three characters.
    private static let pieceLength = 3

    func answer(
        with mock: Deployment.MockAnswer, _ envelope: Envelope, _ body: RequestBody, _ target: Target
    ) async throws(UpstreamFailure) {
        var content = ByteBuffer()
        switch mock {
        case .body(let body): content.append(body)
        case .text(let text):
            if let failure = Inference.failure(named: text, provider: target.access.provider.prefix) {
                throw failure
            }
            content.append(try await cannedBody(text, envelope, body))
        }
        let check = try AnswerCheck(content, endpoint: envelope.endpoint, provider: "mock_response")
        if let usage = check.usage { record.usage = usage }
        record.cost = record.usage.cost(at: target.deployment.price)
        noteEnd(of: nil, at: LoopTime.now())
        if envelope.isStream {
            let stream = try WholeAnswerAsStream(
                content, envelope: envelope, provider: "mock_response", pieceLength: Inference.pieceLength)
            record.firstTokenAt = reactor.now
            startStream(nil, target)
            await write(stream, of: content)
        } else {
            start(content, check, envelope, answerFields(nil, target))
            await finish()
        }
    }

    /// The words by which LiteLLM's `mock_response` asks for an error.
    private static func failure(named text: String, provider: String) -> UpstreamFailure? {
        switch text {
        case "litellm.RateLimitError":
            UpstreamFailure(
                cause: .status, provider: provider, status: 429, message: "This is a mock rate limit error.")
        case "litellm.ContextWindowExceededError":
            UpstreamFailure(
                cause: .status, provider: provider, status: 400,
                message: "This is a mock context window exceeded error.")
        case "litellm.InternalServerError":
            UpstreamFailure(
                cause: .status, provider: provider, status: 500, message: "This is a mock internal server error.")
        default: nil
        }
    }

    /// The configured text as a whole answer that keeps to what the request asks for.
    private func cannedBody(
        _ text: String, _ envelope: Envelope, _ body: RequestBody
    ) async throws(UpstreamFailure) -> [UInt8] {
        let request = try await cannedRequest(body, envelope.endpoint)
        let (model, id, created) = (envelope.model, record.requestID, Int(wallClockSeconds()))
        switch envelope.endpoint {
        case .responses: return CannedResponse.body(text, request, model: model, id: id, created: created)
        case .embeddings: return try CannedEmbeddings.body(request, model: model)
        case .chatCompletions, .completions:
            return CannedCompletion.body(
                text, request, isChat: envelope.endpoint == .chatCompletions, model: model, id: id, created: created)
        }
    }

    private func cannedRequest(_ body: RequestBody, _ endpoint: Endpoint) async throws(UpstreamFailure) -> CannedRequest
    {
        do throws(JSONError) {
            let scan: ObjectScan
            if let large = try await exchange.waiter.scanIfLarge(body, names: CannedRequest.names) {
                scan = large
            } else {
                scan = try body.scan(CannedRequest.names)
            }
            return CannedRequest(scan, of: body.bytes, endpoint: endpoint)
        } catch {
            throw UpstreamFailure.tooManyMembers("mock_response", error)
        }
    }
}

extension RequestBody {
    fileprivate func scan(_ names: MemberNames) throws(JSONError) -> ObjectScan {
        try bytes.scan(names)
    }
}

extension ByteBuffer {
    fileprivate func scan(_ names: MemberNames) throws(JSONError) -> ObjectScan {
        try ObjectScan(bytes, names: names)
    }
}

extension CannedRequest {
    init(_ scan: ObjectScan, of body: borrowing ByteBuffer, endpoint: Endpoint) {
        self.init(scan, of: body.bytes, endpoint: endpoint)
    }
}
